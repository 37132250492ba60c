"""A destructor could not wait for a host function, and in it no thread could be made, because it was called outside of any task."""

import asyncio

import pytest

from pycm_core.base.errors import Trap, TrapKind

TEXT = """
(component
  (import "flush" (func $flush (result u32)))
  (core func $flush' (canon lower (func $flush)))
  (component $Owner
    (import "flush" (func $flush (result u32)))
    (core func $flush' (canon lower (func $flush)))
    (core module $D
      (import "" "flush" (func $flush (result i32)))
      (global $seen (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $seen (i32.add (local.get 0) (call $flush))))
      (func (export "seen") (result i32) (global.get $seen)))
    (core instance $d (instantiate $D (with "" (instance (export "flush" (func $flush'))))))
    (type $R' (resource (rep i32) (dtor (func $d "dtor"))))
    (export $R "r" (type $R'))
    (core func $new (canon resource.new $R'))
    (func (export "make") (param "x" u32) (result (own $R)) (canon lift (core func $new)))
    (func (export "seen") (result u32) (canon lift (core func $d "seen"))))
  (instance $o (instantiate $Owner (with "flush" (func $flush))))
  (alias export $o "r" (type $R))
  (core func $make (canon lower (func $o "make")))
  (core func $drop (canon resource.drop $R))
  (core module $M
    (import "" "make" (func $make (param i32) (result i32))) (import "" "drop" (func $drop (param i32)))
    (func (export "run") (call $drop (call $make (i32.const 40)))))
  (core instance $m (instantiate $M (with "" (instance (export "make" (func $make)) (export "drop" (func $drop))))))
  (func (export "run") (canon lift (core func $m "run")))
  (export "seen" (func $o "seen")))
"""


@pytest.mark.parametrize("suspends", [True, False])
def test_waits(instantiate, engine, root, suspends):
    async def flush():
        await asyncio.sleep(0)
        return 2

    instance = instantiate(TEXT, root(flush=flush), suspends=suspends)
    if not suspends:
        with pytest.raises(Trap) as caught:
            instance.func("run")()
        assert caught.value.kind is TrapKind.HOST
        return

    async def main():
        await instance.func("run").call_async()
        return await instance.func("seen").call_async()

    assert asyncio.run(main()) == 42
