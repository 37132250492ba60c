"""Whatever the bytes, nothing but the documented errors comes out, and what comes out is valid."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pycm_core.assemble import Adapter, dummy, new_component
from pycm_core.assemble.shrink import shrink
from pycm_core.base.errors import InternalError, PyCMError
from pycm_core.base.source import Source
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.text.module import parse
from pycm_core.wasm.valid.module import validate_binary
from pycm_core.wit import load
from pycm_core.wit.metadata import embed

PROGRAMS = Path(__file__).parent / "programs"
ADAPTER = """(module $adapter
  (import "env" "memory" (memory 0))
  (import "__main_module__" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "a:b/log" "write" (func $write (param i32 i32)))
  (import "a:b/log" "never" (func $never (param i32) (result i64)))
  (type $t (func (param i32) (result i32)))
  (table 2 funcref)
  (global $__stack_pointer (mut i32) (i32.const 0))
  (global $allocation_state (mut i32) (i32.const 0))
  (global $unused (mut i64) (i64.const 5))
  (elem (i32.const 0) $twice $push)
  (elem declare func $twice)
  (func $twice (type $t) (i32.mul (local.get 0) (i32.const 2)))
  (func $push (type $t)
    (local $p i32)
    (global.set $__stack_pointer (local.tee $p (i32.sub (global.get $__stack_pointer) (i32.const 16))))
    (call $write (local.get $p) (local.get 0))
    (global.set $__stack_pointer (i32.add (local.get $p) (i32.const 16)))
    (local.get $p))
  (func (export "dispatch") (param i32 i32) (result i32) (call_indirect (type $t) (local.get 0) (local.get 1)))
  (func (export "refer") (result funcref) (ref.func $twice))
  (func (export "unneeded") (drop (call $never (global.get $allocation_state))) (global.set $unused (i64.const 1)))
)"""
MAIN = """(module
  (import "adapter" "dispatch" (func $d (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $d (i32.const 1) (i32.const 1)))))"""


@cache
def adapter() -> bytes:
    wit = "package a:b; interface log { write: func(text: string); never: func(x: u32) -> u64; } world w { import log; }"
    from pycm_core.wit import resolve

    return embed(encode(parse(Source(ADAPTER))), resolve([Source(wit)]), 0)


@cache
def main() -> bytes:
    return encode(parse(Source(MAIN)))


@cache
def kit() -> bytes:
    resolve = load(PROGRAMS / "kit.wit")
    return embed(encode(dummy(resolve, 0)), resolve, 0)


def mutated(data: bytes, changes: list[tuple[int, int]], cut: int | None) -> bytes:
    out = bytearray(data)
    for place, byte in changes:
        out[place % len(out)] = byte
    return bytes(out if cut is None else out[: cut % len(out)])


CHANGES = st.lists(st.tuples(st.integers(8, 1 << 20), st.integers(0, 255)), min_size=1, max_size=4)
CUTS = st.none() | st.integers(0, 1 << 20)


@settings(max_examples=400, deadline=None)
@given(CHANGES, CUTS)
def test_a_broken_module(changes, cut):
    try:
        new_component(mutated(kit(), changes, cut))
    except PyCMError as error:
        assert not isinstance(error, InternalError)


@settings(max_examples=400, deadline=None)
@given(CHANGES, CUTS)
def test_a_broken_adapter(changes, cut):
    try:
        new_component(main(), [Adapter("adapter", mutated(adapter(), changes, cut))])
    except PyCMError as error:
        assert not isinstance(error, InternalError)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(["dispatch", "refer", "unneeded"])), st.booleans())
def test_any_part_of_an_adapter_is_valid(exports, realloc):
    kept = validate_binary(shrink(adapter(), exports, realloc), 0)
    assert {name for name, _ in kept.exports} == exports
    names = {name for _, name, _ in kept.imports}
    assert ("never" in names) == ("unneeded" in exports)
    assert ("write" in names) == ("dispatch" in exports)


def test_the_adapter_as_a_whole():
    component = new_component(main(), [Adapter("adapter", adapter())])
    assert [x.name.name for x in component.definitions if type(x).__name__ == "Import"] == ["a:b/log"]
