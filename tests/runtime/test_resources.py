"""Resources: the host's and the guest's, owned, borrowed, lent, dropped."""

import pytest

from pycm_core.api import HostInterface, HostResource, Invalid, Tracer, Trap

GUEST = """
(component
  (core module $memory
    (global (export "dropped") (mut i32) (i32.const 0)))
  (core instance $memory (instantiate $memory))
  (core module $dtor
    (import "" "dropped" (global $dropped (mut i32)))
    (func (export "dtor") (param i32) (global.set $dropped (local.get 0)))
    (func (export "last") (result i32) (global.get $dropped)))
  (core instance $d (instantiate $dtor (with "" (instance $memory))))
  (type $thing (resource (rep i32) (dtor (func $d "dtor"))))
  (core func $new (canon resource.new $thing))
  (core func $rep (canon resource.rep $thing))
  (core func $drop (canon resource.drop $thing))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "look") (param i32) (result i32) (local.get 0))
    (func (export "take") (param i32) (result i32) (call $rep (local.get 0)) (call $drop (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
  (export $thing' "thing" (type $thing))
  (func (export "make") (param "n" u32) (result (own $thing')) (canon lift (core func $i "make")))
  (func (export "look") (param "t" (borrow $thing')) (result u32) (canon lift (core func $i "look")))
  (func (export "take") (param "t" (own $thing')) (result u32) (canon lift (core func $i "take")))
  (func (export "last") (result u32) (canon lift (core func $d "last"))))
"""


def test_a_guest_resource(instantiate):
    instance = instantiate(GUEST)
    thing = instance.func("make")(7)
    assert instance.func("look")(thing) == 7
    assert instance.func("take")(thing) == 7
    assert instance.func("last")() == 7
    with pytest.raises(Trap, match="already moved or dropped"):
        instance.func("take")(thing)


def test_dropping_from_outside_runs_the_destructor(instantiate):
    instance = instantiate(GUEST)
    with instance.func("make")(9):
        assert instance.func("last")() == 0
    assert instance.func("last")() == 9


def test_not_a_handle(instantiate):
    with pytest.raises(Invalid, match="expected a handle to a `thing`, found 7"):
        instantiate(GUEST).func("look")(7)


def test_a_handle_of_another_instance(instantiate):
    thing = instantiate(GUEST).func("make")(1)
    with pytest.raises(Invalid, match="expected a handle to a `thing`"):
        instantiate(GUEST).func("look")(thing)


HOST = """
(component
  (import "test:host/files" (instance $files
    (export "file" (type $file (sub resource)))
    (export "open" (func (param "name" string) (result (own $file))))
    (export "[method]file.size" (func (param "self" (borrow $file)) (result u32)))))
  (alias export $files "file" (type $file))
  (core module $memory (memory (export "memory") 1)
    (data (i32.const 8) "name")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
  (core instance $memory (instantiate $memory))
  (core func $open (canon lower (func $files "open") (memory $memory "memory")))
  (core func $size (canon lower (func $files "[method]file.size")))
  (core func $drop (canon resource.drop $file))
  (core module $m
    (import "" "open" (func $open (param i32 i32) (result i32)))
    (import "" "size" (func $size (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (result i32) (local $f i32)
      (local.set $f (call $open (i32.const 8) (i32.const 4)))
      (call $size (local.get $f))
      (call $drop (local.get $f)))
    (func (export "leak") (result i32) (call $open (i32.const 8) (i32.const 4)))
    (func (export "forged") (result i32) (call $size (i32.const 77))))
  (core instance $i (instantiate $m (with "" (instance
    (export "open" (func $open)) (export "size" (func $size)) (export "drop" (func $drop))))))
  (func (export "run") (result u32) (canon lift (core func $i "run")))
  (func (export "forged") (result u32) (canon lift (core func $i "forged"))))
"""


def files(log):
    return HostInterface(
        "test:host/files",
        {
            "open": lambda name: log.append(("open", name)) or {"name": name, "size": 5},
            "[method]file.size": lambda file: file["size"],
        },
        {"file": HostResource("file", lambda file: log.append(("drop", file["name"])))},
    )


def test_a_host_resource(instantiate):
    log = []
    assert instantiate(HOST, files(log)).func("run")() == 5
    assert log == [("open", "name"), ("drop", "name")]


def test_a_forged_handle_traps(instantiate):
    with pytest.raises(Trap, match="unknown handle index 77"):
        instantiate(HOST, files([])).func("forged")()


def test_handle_events(instantiate):
    trace = Tracer()
    instantiate(HOST, files([]), trace=trace).func("run")()
    kinds = [e.kind for e in trace.events if e.kind.startswith(("handle", "resource"))]
    assert kinds == ["handle-add", "handle-lend", "handle-unlend", "resource-drop"]
