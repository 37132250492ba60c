"""Calls in and out of a component: values, traps, poisoning, waiting."""

import asyncio

import pytest

from pycm_core.api import Invalid, Tracer, Trap, TrapKind, Unlinkable

ADD_ONE = """
(component
  (import "ask" (func $ask (param "n" u32) (result u32)))
  (core func $ask' (canon lower (func $ask)))
  (core module $m
    (import "" "ask" (func $ask (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (i32.add (call $ask (local.get 0)) (i32.const 1)))
    (func (export "boom") unreachable))
  (core instance $i (instantiate $m (with "" (instance (export "ask" (func $ask'))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run")))
  (func (export "boom") (canon lift (core func $i "boom"))))
"""


def test_a_host_function_answers(instantiate, root):
    assert instantiate(ADD_ONE, root(ask=lambda n: n * 2)).func("run")(20) == 41


def test_unsigned_all_the_way(instantiate, root):
    assert instantiate(ADD_ONE, root(ask=lambda n: n - 1)).func("run")(0xFFFF_FFFF) == 0xFFFF_FFFF


def test_missing_import_is_refused(instantiate):
    with pytest.raises(Unlinkable, match="missing import `ask`"):
        instantiate(ADD_ONE)


def test_unanswered_import_traps_and_names_itself(instantiate):
    with pytest.raises(Trap, match="the import `ask` is not answered") as caught:
        instantiate(ADD_ONE, trap_unknown=True).func("run")(1)
    assert caught.value.kind is TrapKind.UNANSWERED_IMPORT


def test_exceptions_of_the_host_come_out_unchanged(instantiate, root):
    class Stop(Exception):
        pass

    def ask(n):
        raise Stop

    with pytest.raises(Stop):
        instantiate(ADD_ONE, root(ask=ask)).func("run")(1)


def test_a_host_value_of_the_wrong_type_is_refused(instantiate, root):
    with pytest.raises(Invalid, match="expected u32 from 0 to 4294967295, found -1"):
        instantiate(ADD_ONE, root(ask=lambda n: -1)).func("run")(1)


def test_wrong_arguments_leave_the_instance_usable(instantiate, root):
    run = instantiate(ADD_ONE, root(ask=lambda n: n)).func("run")
    with pytest.raises(Invalid, match="found 'x'"):
        run("x")
    with pytest.raises(Invalid, match="takes 1 arguments, found 0"):
        run()
    assert run(1) == 2


def test_a_trap_poisons_the_instance(instantiate, root):
    instance = instantiate(ADD_ONE, root(ask=lambda n: n))
    with pytest.raises(Trap) as caught:
        instance.func("boom")()
    assert caught.value.kind is TrapKind.UNREACHABLE
    with pytest.raises(Trap, match="cannot enter component instance"):
        instance.func("run")(1)


def test_reentry_traps(instantiate, root):
    box = []
    box.append(instantiate(ADD_ONE, root(ask=lambda n: box[0].func("run")(n))))
    with pytest.raises(Trap, match="cannot enter component instance"):
        box[0].func("run")(1)


def test_a_host_function_may_wait(instantiate, root):
    async def ask(n):
        await asyncio.sleep(0.001)
        return n + 10

    instance = instantiate(ADD_ONE, root(ask=ask), suspends=True)
    assert asyncio.run(instance.func("run").call_async(1)) == 12


def test_waiting_where_nothing_can_wait_traps(instantiate, root):
    async def ask(n):
        return n

    with pytest.raises(Trap, match="must wait"):
        instantiate(ADD_ONE, root(ask=ask)).func("run")(1)


def test_the_events_of_a_call(instantiate, root):
    trace = Tracer()
    instantiate(ADD_ONE, root(ask=lambda n: n), trace=trace).func("run")(1)
    assert [(e.kind, e.depth) for e in trace.events] == [
        ("call-begin", 0),
        ("lower", 1),
        ("core-call", 1),
        ("call-begin", 1),
        ("lift", 2),
        ("lower", 2),
        ("call-end", 1),
        ("core-return", 1),
        ("lift", 1),
        ("call-end", 0),
    ]


REALLOC_CALLS_OUT = """
(component
  (import "ask" (func $ask))
  (core func $ask' (canon lower (func $ask)))
  (core module $m
    (import "" "ask" (func $ask))
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $ask) (i32.const 0))
    (func (export "take") (param i32 i32)))
  (core instance $i (instantiate $m (with "" (instance (export "ask" (func $ask'))))))
  (func (export "take") (param "s" string)
    (canon lift (core func $i "take") (memory $i "memory") (realloc (func $i "realloc")))))
"""


def test_realloc_must_not_call_out(instantiate, root):
    with pytest.raises(Trap, match="cannot leave component instance"):
        instantiate(REALLOC_CALLS_OUT, root(ask=lambda: None)).func("take")("x")


COMPOSED = """
(component
  (import "ask" (func $ask (param "s" string) (result string)))
  (component $inner
    (import "ask" (func $ask (param "s" string) (result string)))
    (core module $libc (memory (export "memory") 1) (global $top (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $top) (global.set $top (i32.add (global.get $top) (i32.const 64)))))
    (core instance $libc (instantiate $libc))
    (core func $ask' (canon lower (func $ask) (memory $libc "memory") (realloc (func $libc "realloc"))))
    (core module $m (import "" "ask" (func $ask (param i32 i32 i32)))
      (func (export "run") (param i32 i32) (result i32) (call $ask (local.get 0) (local.get 1) (i32.const 512)) (i32.const 512)))
    (core instance $i (instantiate $m (with "" (instance (export "ask" (func $ask'))))))
    (func (export "run") (param "s" string) (result string)
      (canon lift (core func $i "run") (memory $libc "memory") (realloc (func $libc "realloc")))))
  (instance $a (instantiate $inner (with "ask" (func $ask))))
  (instance $b (instantiate $inner (with "ask" (func $a "run"))))
  (export "run" (func $b "run")))
"""


def test_waiting_under_two_components(instantiate, root):
    async def ask(s):
        await asyncio.sleep(0.001)
        return s + "!"

    instance = instantiate(COMPOSED, root(ask=ask), suspends=True)
    assert asyncio.run(instance.func("run").call_async("hé")) == "hé!"
    assert instantiate(COMPOSED, root(ask=lambda s: s + "?")).func("run")("hé") == "hé?"
