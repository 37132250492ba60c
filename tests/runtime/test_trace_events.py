"""What traces tell of resources and their scopes, of tasks, subtasks and built-ins, streams, traps and exceptions."""

from __future__ import annotations

import asyncio

import pytest
from test_concurrency import TWICE
from test_resources import HOST, files

from pycm_core.abi.trace import Tracer
from pycm_core.api import HostInterface, Trap


def told(trace, *kinds):
    """Kind and fields of the events of these kinds."""
    return [(e.kind, e.fields) for e in trace.events if e.kind in kinds]


def test_what_a_subtask_borrows(instantiate):
    """A handle is lent once, and given back when the call ended."""
    trace = Tracer()
    instantiate(HOST, files([]), trace=trace).func("run")()
    lent = told(trace, "scope-enter", "handle-lend", "handle-unlend", "scope-exit")
    assert [kind for kind, _ in lent] == ["scope-enter", "handle-lend", "handle-unlend", "scope-exit"]
    assert [fields.get("lends") for _, fields in lent] == [None, 1, 0, None]
    assert all(fields["table"] == 0 and fields["index"] == 1 for _, fields in lent[1:3])
    assert lent[3][1] == {"scope": "subtask", "count": 1}


OWN = """
(component
  (core module $m
    (func (export "dtor") (param i32)))
  (core instance $d (instantiate $m))
  (type $thing' (resource (rep i32) (dtor (func $d "dtor"))))
  (export $thing "thing" (type $thing'))
  (core func $new (canon resource.new $thing'))
  (core func $rep (canon resource.rep $thing'))
  (core func $drop (canon resource.drop $thing'))
  (core module $f
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "make") (param i32) (result i32) (local $h i32)
      (local.set $h (call $new (local.get 0)))
      (drop (call $rep (local.get $h)))
      (local.get $h))
    (func (export "end") (param i32) (call $drop (local.get 0)))
    (func (export "look") (param i32) (result i32) (local.get 0))
    (func (export "fail") unreachable))
  (core instance $i (instantiate $f (with "" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
  (func (export "make") (param "x" u32) (result (own $thing)) (canon lift (core func $i "make")))
  (func (export "end") (param "x" (own $thing)) (canon lift (core func $i "end")))
  (func (export "look") (param "x" (borrow $thing)) (result u32) (canon lift (core func $i "look")))
  (func (export "fail") (canon lift (core func $i "fail"))))
"""


def test_the_life_of_a_resource(instantiate):
    trace = Tracer()
    instance = instantiate(OWN, trace=trace)
    thing = instance.func("make")(7)
    assert instance.func("look")(thing) == 7
    instance.func("end")(thing)
    kinds = (
        "resource-new",
        "resource-rep",
        "handle-remove",
        "handle-add",
        "resource-drop",
        "resource-dtor",
        "scope-enter",
        "scope-exit",
    )
    events = told(trace, *kinds)
    assert [kind for kind, _ in events] == [
        *("resource-new", "resource-rep", "handle-remove"),
        *("scope-enter", "scope-exit"),  # the borrow of its own resource is the representation, not a handle
        *("handle-add", "resource-drop", "resource-dtor"),
    ]
    assert all(fields["value"] == "7" for kind, fields in events if not kind.startswith("scope"))
    assert [fields.get("index") for kind, fields in events] == [1, 1, 1, None, None, 1, 1, None]


def test_a_trap_says_which_rule_fired(instantiate):
    trace = Tracer()
    instance = instantiate(OWN, trace=trace)
    with pytest.raises(Trap):
        instance.func("fail")()
    with pytest.raises(Trap):
        instance.func("fail")()
    rules = [e.rule for e in trace.events if e.kind == "trap"]
    assert rules == ['CanonicalABI.md, "canon lift"', 'CanonicalABI.md, "Component Instances"']
    assert trace.depth == 0


def test_an_exception_of_the_host_passes_through(instantiate):
    def size(file):
        raise KeyError("lost")

    host = files([])
    trace = Tracer()
    changed = HostInterface(host.name, {**host.functions, "[method]file.size": size}, host.resources)
    with pytest.raises(KeyError):
        instantiate(HOST, changed, trace=trace).func("run")()
    assert [(f["func"].split("#")[-1], f["value"]) for _, f in told(trace, "call-unwind")] == [
        ("[method]file.size", "KeyError"),
        ("run", "KeyError"),
    ]
    assert trace.depth == 0


def test_tasks_subtasks_and_waitables(instantiate, root):
    """Two imports at once: what is told of each, at which depth."""

    async def fetch(n):
        await asyncio.sleep(0.01 * n)
        return n

    trace = Tracer()

    async def main():
        return await instantiate(TWICE, root(fetch=fetch), trace=trace).func("sum").call_async(1, 2)

    assert asyncio.run(main()) == 3
    subtasks = [fields["value"] for _, fields in told(trace, "subtask")]
    assert subtasks == ["started", "started"]
    tasks = [(kind, fields["func"]) for kind, fields in told(trace, "task-start", "task-return")]
    assert tasks.count(("task-start", "fetch")) == tasks.count(("task-return", "fetch")) == 2
    assert tasks[0] == ("task-start", "sum") and tasks[-1] == ("task-return", "sum")
    called = [fields["func"] for _, fields in told(trace, "builtin")]
    assert called == ["waitable-set.new", "waitable.join", "waitable.join", *("waitable.join", "subtask.drop") * 2, "task.return"]
    assert len(told(trace, "builtin-return")) == len(called)
    assert all(e.depth >= 0 for e in trace.events) and trace.depth == 0
    begins = [e.depth for e in trace.events if e.kind == "call-begin"]
    assert begins == [0, 1, 1]


STREAM = """
(component
  (type $s (stream u8))
  (core module $libc (memory (export "memory") 1) (data (i32.const 0) "abcd"))
  (core instance $libc (instantiate $libc))
  (core func $new (canon stream.new $s))
  (core func $read (canon stream.read $s async (memory $libc "memory")))
  (core func $write (canon stream.write $s async (memory $libc "memory")))
  (core func $drop (canon stream.drop-writable $s))
  (core module $m
    (import "" "new" (func $new (result i64)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (result i32) (local $ends i64)
      (local.set $ends (call $new))
      (drop (call $read (i32.wrap_i64 (local.get $ends)) (i32.const 100) (i32.const 8)))
      (call $write (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))) (i32.const 0) (i32.const 4))))
  (core instance $i (instantiate $m (with "" (instance
    (export "new" (func $new)) (export "read" (func $read)) (export "write" (func $write)) (export "drop" (func $drop))))))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))
"""


def test_a_stream(instantiate):
    trace = Tracer()
    assert instantiate(STREAM, trace=trace).func("run")() == 4 << 4
    said = [(fields["func"], fields.get("value")) for _, fields in told(trace, "builtin-return")]
    assert said == [
        ("stream.new", "readable 1, writable 2"),
        ("stream.read", "blocked"),
        ("stream.write", "completed, 4 copied"),
    ]
    assert [(f["direction"], f["count"]) for _, f in told(trace, "copy")] == [("read", 4), ("write", 4)]
    (load,), (store,) = told(trace, "load"), told(trace, "store")
    assert (load[1]["address"], store[1]["address"]) == (0, 100) and load[1]["bytes"] == store[1]["bytes"] == b"abcd"
