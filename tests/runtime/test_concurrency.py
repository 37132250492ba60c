"""Calls that go on while others do: host functions that take time, backpressure, cancellation, deadlock, and what is left running."""

import asyncio

import pytest

from pycm_core.api import Trap, TrapKind

TWICE = """
(component
  (import "fetch" (func $fetch async (param "n" u32) (result u32)))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $fetch' (canon lower (func $fetch) async (memory $libc "memory")))
  (core func $fetch-and-wait (canon lower (func $fetch)))
  (core func $new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $wait (canon waitable-set.wait (memory $libc "memory")))
  (core func $drop (canon subtask.drop))
  (core func $cancel (canon subtask.cancel))
  (core func $return (canon task.return (result u32)))
  (core module $m
    (import "" "memory" (memory 1))
    (import "" "fetch" (func $fetch (param i32 i32) (result i32)))
    (import "" "fetch-and-wait" (func $fetch-and-wait (param i32) (result i32)))
    (import "" "new" (func $new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "wait" (func $wait (param i32 i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "cancel" (func $cancel (param i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (global $set (mut i32) (i32.const 0))
    (global $left (mut i32) (i32.const 0))
    (func $begin (param $n i32) (param $at i32) (local $packed i32)
      (local.set $packed (call $fetch (local.get $n) (local.get $at)))
      (if (i32.eq (i32.and (local.get $packed) (i32.const 15)) (i32.const 1))
        (then
          (global.set $left (i32.add (global.get $left) (i32.const 1)))
          (call $join (i32.shr_u (local.get $packed) (i32.const 4)) (global.get $set)))))
    (func $done (result i32)
      (call $return (i32.add (i32.load (i32.const 16)) (i32.load (i32.const 20))))
      (i32.const 0))
    (func $next (result i32)
      (if (result i32) (i32.eqz (global.get $left))
        (then (call $done))
        (else (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))))
    (func (export "sum") (param i32 i32) (result i32)
      (global.set $set (call $new))
      (call $begin (local.get 0) (i32.const 16))
      (call $begin (local.get 1) (i32.const 20))
      (call $next))
    (func (export "sum-callback") (param $event i32) (param $index i32) (param $state i32) (result i32)
      (if (i32.or (i32.ne (local.get $event) (i32.const 1)) (i32.ne (local.get $state) (i32.const 2))) (then unreachable))
      (call $join (local.get $index) (i32.const 0))
      (call $drop (local.get $index))
      (global.set $left (i32.sub (global.get $left) (i32.const 1)))
      (call $next))
    (func (export "one") (param i32) (result i32) (call $fetch-and-wait (local.get 0)))
    (func (export "stackful") (param i32) (call $return (call $fetch-and-wait (local.get 0))))
    (func (export "forever") (drop (call $wait (call $new) (i32.const 0))))
    (func (export "give-up") (param i32) (result i32)
      (call $cancel (i32.shr_u (call $fetch (local.get 0) (i32.const 16)) (i32.const 4)))))
  (core instance $i (instantiate $m (with "" (instance
    (export "memory" (memory $libc "memory")) (export "fetch" (func $fetch')) (export "fetch-and-wait" (func $fetch-and-wait))
    (export "new" (func $new)) (export "join" (func $join)) (export "wait" (func $wait)) (export "drop" (func $drop))
    (export "cancel" (func $cancel)) (export "return" (func $return))))))
  (func (export "sum") async (param "a" u32) (param "b" u32) (result u32)
    (canon lift (core func $i "sum") async (callback (func $i "sum-callback"))))
  (func (export "one") async (param "a" u32) (result u32) (canon lift (core func $i "one")))
  (func (export "stackful") async (param "a" u32) (result u32) (canon lift (core func $i "stackful") async))
  (func (export "blocks") (param "a" u32) (result u32) (canon lift (core func $i "one")))
  (func (export "forever") async (canon lift (core func $i "forever")))
  (func (export "give-up") async (param "a" u32) (result u32) (canon lift (core func $i "give-up"))))
"""


def slowly(log):
    async def fetch(n):
        log.append(f"begin {n}")
        try:
            await asyncio.sleep(0.001 * n)
        except asyncio.CancelledError:
            log.append(f"cancelled {n}")
            raise
        log.append(f"end {n}")
        return n * 10

    return fetch


def test_two_host_functions_at_once(instantiate, root):
    log = []
    func = instantiate(TWICE, root(fetch=slowly(log))).func("sum")
    assert asyncio.run(func.call_async(9, 1)) == 100
    assert log == ["begin 9", "begin 1", "end 1", "end 9"]


def test_what_answers_at_once_needs_no_event_loop(instantiate, root):
    instance = instantiate(TWICE, root(fetch=lambda n: n * 10))
    assert instance.func("sum")(9, 1) == 100
    assert instance.func("one")(3) == 30
    assert instance.func("stackful")(4) == 40


@pytest.mark.parametrize("name", ["one", "stackful"])
def test_waiting_in_the_middle_of_a_call(instantiate, root, name):
    func = instantiate(TWICE, root(fetch=slowly([]))).func(name)
    assert asyncio.run(func.call_async(2)) == 20


def test_calls_of_the_host_interleave(instantiate, root):
    log = []
    instance = instantiate(TWICE, root(fetch=slowly(log)))

    async def both():
        return await asyncio.gather(instance.func("stackful").call_async(9), instance.func("stackful").call_async(1))

    assert asyncio.run(both()) == [90, 10]
    assert log == ["begin 9", "begin 1", "end 1", "end 9"]


def test_a_call_that_needs_the_instance_for_itself_waits_its_turn(instantiate, root):
    log = []
    instance = instantiate(TWICE, root(fetch=slowly(log)))

    async def both():
        return await asyncio.gather(instance.func("one").call_async(9), instance.func("one").call_async(1))

    assert asyncio.run(both()) == [90, 10]
    assert log == ["begin 9", "end 9", "begin 1", "end 1"]


def test_a_function_that_is_not_async_must_not_wait(instantiate, root):
    func = instantiate(TWICE, root(fetch=slowly([]))).func("blocks")
    with pytest.raises(Trap, match="cannot block a synchronous task before returning"):
        asyncio.run(func.call_async(2))


def test_without_an_event_loop_a_slow_host_function_traps_in_words(instantiate, root):
    with pytest.raises(Trap, match="the call must wait, and nothing here can wait for it"):
        instantiate(TWICE, root(fetch=slowly([]))).func("sum")(1, 2)


def test_deadlock_is_a_trap(instantiate, root):
    with pytest.raises(Trap, match="deadlock") as caught:
        instantiate(TWICE, root(fetch=lambda n: n)).func("forever")()
    assert caught.value.kind is TrapKind.DEADLOCK


def test_cancelling_a_host_function(instantiate, root):
    log = []
    func = instantiate(TWICE, root(fetch=slowly(log))).func("give-up")
    assert asyncio.run(func.call_async(500)) == 4  # cancelled before it returned
    assert log == []  # the event loop has not even begun it


def test_an_exception_of_a_slow_host_function_comes_out(instantiate, root):
    class Stop(Exception):
        pass

    async def fetch(n):
        await asyncio.sleep(0.001)
        raise Stop

    for name in ("one", "stackful"):
        with pytest.raises(Stop):
            asyncio.run(instantiate(TWICE, root(fetch=fetch)).func(name).call_async(1))
    with pytest.raises(Stop):
        asyncio.run(instantiate(TWICE, root(fetch=fetch)).func("sum").call_async(1, 2))


def test_traced_calls_give_the_same(instantiate, root):
    from pycm_core.api import Tracer

    trace = Tracer()
    instance = instantiate(TWICE, root(fetch=slowly([])), trace=trace)
    assert asyncio.run(instance.func("sum").call_async(2, 1)) == 30
    assert [e.kind for e in trace.events if e.kind in ("core-call", "core-return")] == ["core-call", "core-return"] * 3
