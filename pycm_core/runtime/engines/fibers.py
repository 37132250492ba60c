"""Guests on wasmtime's fibers: calls that can be left in the middle and gone on with later, through its C interface.

PyPI's `wasmtime` has no methods for it, but its bindings do. Python runs on a fiber's stack while a host function does; it is never
left there: the function returns a `Waiting`, then wasmtime suspends the fiber.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Sequence
from typing import Any

import wasmtime
from wasmtime import _bindings as c
from wasmtime import _func as functions

from pycm_core.runtime.engine import Steps, results_of
from pycm_core.runtime.store import Waiting
from pycm_core.runtime.tasks import refuse_to_wait
from pycm_core.wasm.syntax.types import FuncType, NumType, ValType

SUPPORTED = hasattr(c, "wasmtime_func_call_async") and sys.version_info < (3, 14)
"""From 3.14 on, Python compares the stack pointer with the bounds of the thread's own stack, and takes a fiber's for an overflow."""

STACK = 4 << 20
"""Bytes of a fiber's stack: for the guest, and for the Python of the host functions it calls."""

_KINDS: dict[ValType, tuple[int, str]] = {
    NumType.I32: (0, "i32"),
    NumType.I64: (1, "i64"),
    NumType.F32: (2, "f32"),
    NumType.F64: (3, "f64"),
}
_MASKS = {"i32": 0xFFFF_FFFF, "i64": 0xFFFF_FFFF_FFFF_FFFF}

Kinds = tuple[tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]]
"""Of parameters and results: wasmtime's number for the type, and its field in a value."""


def configure(config: Any) -> None:
    """Settings of an engine whose guests may run on fibers."""
    if SUPPORTED:
        c.wasmtime_config_async_stack_size_set(config.ptr(), STACK)


def kinds_of(type: FuncType) -> Kinds:
    """The kinds of a function's values."""
    params, results = (tuple([_KINDS[t] for t in side if isinstance(t, NumType)]) for side in (type.params, type.results))
    return params, results


class _Fiber:
    """One call under way: what its innermost host function waits for, and what that raised."""

    __slots__ = ("error", "waiting")

    def __init__(self) -> None:
        self.waiting: _Suspended | None = None
        self.error: BaseException | None = None


class _Suspended:
    """A host function that waits: its steps, where its results go, and whether they are there."""

    __slots__ = ("callback", "done", "finish", "steps", "trap")

    def __init__(self, steps: Steps, finish: Callable[[Any], None], trap: Any) -> None:
        self.steps = steps
        self.finish = finish
        self.trap = trap
        self.done = False
        self.callback: Any = c.wasmtime_func_async_continuation_callback_t(lambda env: self.done)


_running: list[_Fiber] = []
"""The calls that are running, innermost last. Guests run on one thread at a time."""


@c.wasmtime_func_async_continuation_callback_t  # type: ignore[untyped-decorator]  # untyped library
def _at_once(env: Any) -> bool:
    return True


def suspending_func(engine: Any, store: Any, functype: Any, kinds: Kinds, call: Callable[..., Any]) -> Any:
    """A core function that calls Python, which may answer with a `Waiting`."""
    params, results = kinds

    def entered(env: Any, caller: Any, args: Any, nargs: int, out: Any, nout: int, trap: Any, continuation: Any) -> None:
        fiber = _running[-1]

        def finish(result: Any) -> None:
            _set(out, results, results_of(result))

        continuation[0].callback = _at_once
        try:
            result = call(*[getattr(args[i].of, field) for i, (_, field) in enumerate(params)])
            if result.__class__ is Waiting:
                fiber.waiting = _Suspended(result.rest(), finish, trap)
                continuation[0].callback = fiber.waiting.callback
            else:
                finish(result)
        except BaseException as error:
            fiber.error = error
            _raise(trap)

    callback = c.wasmtime_func_async_callback_t(entered)
    linker = wasmtime.Linker(engine)
    text = ctypes.cast(ctypes.c_char_p(b"f"), ctypes.POINTER(ctypes.c_char))
    error = c.wasmtime_linker_define_async_func(linker.ptr(), text, 0, text, 1, functype.ptr(), callback, None, _NO_FINALIZER)
    if error:
        raise wasmtime.WasmtimeError._from_ptr(error)
    keep = store.__dict__.setdefault("_callbacks_of_fibers", [])
    keep.append((callback, linker))
    return linker.get(store, "", "f")


_NO_FINALIZER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(0)


def _set(raw: Any, kinds: Sequence[tuple[int, str]], values: Sequence[Any]) -> None:
    for i, ((kind, field), value) in enumerate(zip(kinds, values, strict=True)):
        raw[i].kind = kind
        mask = _MASKS.get(field)
        setattr(raw[i].of, field, value if mask is None else _signed(value & mask, mask))


def _signed(value: int, mask: int) -> int:
    return value - mask - 1 if value > mask >> 1 else value


def _raise(trap: Any) -> None:
    message = b"host"
    trap[0] = c.wasmtime_trap_new(ctypes.cast(ctypes.c_char_p(message), ctypes.POINTER(ctypes.c_char)), len(message))


def call(store: Any, func: Any, kinds: Kinds, args: Sequence[Any]) -> Steps:
    """One call, in steps. Raises `wasmtime.Trap`, `wasmtime.WasmtimeError`, and what host functions raise unchanged."""
    params, results = kinds
    given = (c.wasmtime_val_t * len(params))()
    _set(given, params, args)
    out = (c.wasmtime_val_t * len(results))()
    trap, error = ctypes.POINTER(c.wasm_trap_t)(), ctypes.POINTER(c.wasmtime_error_t)()
    raw = func._func
    future = c.wasmtime_func_call_async(
        store._context(), ctypes.byref(raw), given, len(params), out, len(results), ctypes.byref(trap), ctypes.byref(error)
    )
    yield from _run(future, trap, error)
    values = [getattr(out[i].of, field) for i, (_, field) in enumerate(results)]
    return None if not values else values[0] if len(values) == 1 else tuple(values)


def _run(future: Any, trap: Any, error: Any) -> Steps:
    """Poll a fiber to its end, and yield what its host functions wait for."""
    fiber = _Fiber()
    try:
        while not _poll(future, fiber):
            waiting = fiber.waiting
            assert waiting is not None
            yield from _resumed(waiting, fiber)
    finally:
        c.wasmtime_call_future_delete(future)
    if fiber.error is not None:
        if trap:
            c.wasm_trap_delete(trap)
        if error:
            c.wasmtime_error_delete(error)
        raise fiber.error
    if error or trap:
        found = wasmtime.WasmtimeError._from_ptr(error) if error else wasmtime.Trap._from_ptr(trap)
        raised, functions.LAST_EXCEPTION = functions.LAST_EXCEPTION, None  # by a host function that does not suspend
        raise found if raised is None else raised


def _poll(future: Any, fiber: _Fiber) -> bool:
    _running.append(fiber)
    try:
        return bool(c.wasmtime_call_future_poll(future))
    finally:
        _running.pop()


def _resumed(waiting: _Suspended, fiber: _Fiber) -> Steps:
    """What one host function waits for; then its results, or its exception, are where the fiber goes on."""
    try:
        waiting.finish((yield from waiting.steps))
    except GeneratorExit:
        raise
    except BaseException as error:
        fiber.error = error
        _raise(waiting.trap)
    waiting.done = True


def instantiate(engine: Any, store: Any, module: Any, items: Sequence[Any]) -> Any:
    """Instantiate on a fiber; the start function cannot wait."""
    linker = wasmtime.Linker(engine)
    linker.allow_shadowing = True
    for wanted, item in zip(module.imports, items, strict=True):
        linker.define(store, wanted.module, wanted.name, item)
    instance = c.wasmtime_instance_t()
    trap, error = ctypes.POINTER(c.wasm_trap_t)(), ctypes.POINTER(c.wasmtime_error_t)()
    future = c.wasmtime_linker_instantiate_async(
        linker.ptr(), store._context(), module.ptr(), ctypes.byref(instance), ctypes.byref(trap), ctypes.byref(error)
    )
    steps = _run(future, trap, error)
    for request in steps:
        steps.close()
        refuse_to_wait(request)
    return wasmtime.Instance._from_raw(instance)
