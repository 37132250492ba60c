"""All code that functions of a store without a tracer can come to, as far as it can be told without running it: `python reachable.py KIND`.

Prints one line for each code object: its name, a digest, and the names it uses. `KIND` is `alone`, where the module of tracers is not there
at all, or `after`, where a store with a tracer was used before in the same process.
"""

from __future__ import annotations

import dis
import functools
import hashlib
import sys
import types

TEXT = """
(component
  (import "ask" (func $ask (param "x" string) (result string)))
  (core module $Libc
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $top (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.get $top)
      (global.set $top (i32.add (global.get $top) (local.get 3))))
    (func (export "free") (param i32)))
  (core instance $libc (instantiate $Libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $ask' (canon lower (func $ask) (memory $memory) (realloc $realloc)))
  (type $thing' (resource (rep i32)))
  (export $thing "thing" (type $thing'))
  (core func $new (canon resource.new $thing'))
  (core module $M
    (import "" "ask" (func $ask (param i32 i32 i32)))
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "memory" (memory 1))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "relay") (param i32 i32) (result i32) (call $ask (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16))
    (func (export "many") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "look") (param i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $M (with "" (instance
    (export "ask" (func $ask')) (export "new" (func $new)) (export "memory" (memory $memory))))))
  (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $m "add")))
  (func (export "relay") (param "x" string) (result string)
    (canon lift (core func $m "relay") (memory $memory) (realloc $realloc) (post-return (func $libc "free"))))
  (func (export "many") (param "x" (list (tuple string f64 (option u8)))) (result (list (tuple string f64 (option u8))))
    (canon lift (core func $m "many") (memory $memory) (realloc $realloc)))
  (func (export "make") (param "x" u32) (result (own $thing)) (canon lift (core func $m "make")))
  (func (export "look") (param "x" (borrow $thing)) (result u32) (canon lift (core func $m "look"))))
"""


def use(store, component, linker):
    """Every function, called; the functions."""
    instance = linker.instantiate(store, component)
    funcs = {name: instance.func(name) for name in ("add", "relay", "many", "make", "look")}
    assert funcs["add"](2, 3) == 5
    assert funcs["relay"]("zoë") == "zoë!"
    assert funcs["many"]([("a", 0.5, None), ("", 1.0, 7)]) == [("a", 0.5, None), ("", 1.0, 7)]
    assert funcs["look"](funcs["make"](9)) == 9
    return funcs.values()


def main(kind):
    if kind == "alone":
        sys.modules["pycm_core.abi.trace"] = absent = types.ModuleType("pycm_core.abi.trace")
        absent.Event = absent.Tracer = None
    from pycm_core.api import Component, HostInterface, Linker, Store
    from pycm_core.base.source import Source
    from pycm_core.component.binary.encode import encode
    from pycm_core.component.text.parse import parse
    from pycm_core.runtime.engines.python import PythonEngine

    component = Component(encode(parse(Source(TEXT, "reachable.wat"))))
    linker = Linker()
    linker.add(HostInterface("", {"ask": lambda text: text + "!"}))
    engine = PythonEngine()
    if kind == "after":
        from pycm_core.abi.trace import Tracer

        trace = Tracer()
        use(Store(engine, trace=trace), component, linker)
        assert len(trace.events) > 50
    store = Store(engine)
    given, host_func = [], store.core.host_func
    store_class = type(store.core)
    store_class.host_func = lambda self, type, call, *rest: given.append(call) or original(self, type, call, *rest)
    original = host_func.__func__
    funcs = use(store, component, linker)
    store_class.host_func = original
    for code in sorted(reachable([*(func.func for func in funcs), *given]), key=lambda c: (c.co_qualname, c.co_code, c.co_names)):
        names = sorted({*code.co_names, *code.co_freevars})
        print(code.co_qualname, hashlib.sha256(code.co_code).hexdigest()[:16], *names)
    print("used:", kind == "alone" or "pycm_core.abi.trace" in sys.modules)


def reachable(roots):
    """Code objects that can be come to: closures, defaults, globals by name, methods by name of the objects met, and what these lead to."""
    codes, names, seen, objects, classes, made = set(), set(), set(), list(roots), set(), set()
    while True:
        while objects:
            it = objects.pop()
            if id(it) in seen:
                continue
            seen.add(id(it))
            module = getattr(type(it), "__module__", "")
            if isinstance(it, types.CodeType):
                codes.add(it)
                names.update(it.co_names)
                objects += [const for const in it.co_consts if isinstance(const, types.CodeType)]
            elif isinstance(it, types.FunctionType):
                if module_of(it) in ("pycm_core", None):
                    objects += [it.__code__, *(it.__defaults__ or ())]
                    objects += [cell.cell_contents for cell in it.__closure__ or () if filled(cell)]
                    objects += named(it.__code__, it.__globals__)
            elif isinstance(it, types.MethodType):
                objects += [it.__func__, it.__self__]
            elif isinstance(it, functools.partial):
                objects += [it.func, *it.args]
            elif isinstance(it, list | tuple) and len(it) < 1000:
                objects += it
            elif isinstance(it, dict) and len(it) < 1000:
                objects += it.values()
            elif isinstance(it, type):
                if it.__module__.startswith("pycm_core"):
                    classes.add(it)
                    made.add(it)
            elif module.startswith(("pycm_core.abi", "pycm_core.runtime")):
                classes.add(type(it))
        for cls in classes:
            for base in cls.__mro__:
                for name, value in vars(base).items():
                    if (cls in made if name == "__init__" else name in names) and base.__module__.startswith("pycm_core"):
                        objects.append(getattr(value, "__func__", getattr(value, "fget", value)))
        objects = [it for it in objects if id(it) not in seen]
        if not objects:
            return codes


def module_of(function):
    return (function.__globals__.get("__name__") or "").split(".")[0] or None


def filled(cell):
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def named(code, names):
    """What code finds by global names; of a module, only what is taken from it."""
    steps = list(dis.get_instructions(code))
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        value = names.get(step.argval) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") else None
        if isinstance(value, types.ModuleType):
            value = getattr(value, after.argval, None) if after.opname in ("LOAD_ATTR", "LOAD_METHOD") else None
        if value is not None:
            yield value
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from named(const, names)


if __name__ == "__main__":
    main(sys.argv[1])
