"""Validation of canonical definitions (CanonicalABI.md, "Canonical Definitions")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pycm_core.base.errors import Invalid
from pycm_core.base.features import Feature
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.builtins import CATALOGUE, Immediate
from pycm_core.component.valid import flat as f
from pycm_core.component.valid.externs import value_type
from pycm_core.component.valid.flat import Flattening
from pycm_core.component.valid.scope import Scope
from pycm_core.component.valid.subtype import func_text, valtype_text
from pycm_core.wasm.syntax import types as w
from pycm_core.wasm.syntax.typespace import closed_func
from pycm_core.wasm.valid import matching

I32, I64 = w.NumType.I32, w.NumType.I64

_OPTION_NAMES = {
    0x00: "utf8",
    0x01: "utf16",
    0x02: "latin1-utf16",
    0x03: "memory",
    0x04: "realloc",
    0x05: "post-return",
    0x06: "async",
    0x07: "callback",
    0x08: "core-type",
    0x09: "gc",
}

_FUNCREF = w.RefType(True, w.HeapKind.FUNC)


# --- options (CanonicalABI.md, "`canonopt` Validation") ---------------------------------------------------------------------


def _check_options(scope: Scope, opts: s.CanonOpts) -> Flattening:
    """The rules that hold for every list of options. Answers with the flattening for the address type of the memory."""
    _check_duplicates(opts)
    if opts.gc or opts.core_type is not None:
        raise Invalid("the canonical options `gc` and `core-type` are not part of the component model yet", missing=Feature.GC)
    pointer = I32
    if opts.memory is not None:
        memory = scope.memory(opts.memory)
        if memory.limits.addr64:
            scope.context.require(Feature.MEMORY64, "a 64-bit memory")
            pointer = I64
        if not matching.externtype(memory, w.MemoryType(w.Limits(0, None, memory.limits.addr64))):
            raise Invalid("canonical option `memory` needs a memory that is neither shared nor of another page size")
    if opts.realloc is not None:
        if opts.memory is None:
            raise Invalid("canonical option `realloc` requires `memory` to also be specified")
        _check_signature(scope, "realloc", opts.realloc, w.FuncType((pointer,) * 4, (pointer,)))
    if opts.async_:
        scope.context.require(Feature.ASYNC, "the canonical option `async`")
    return scope.context.flat32 if pointer is I32 else scope.context.flat64


def _check_duplicates(opts: s.CanonOpts) -> None:
    seen: set[int] = set()
    encoding: int | None = None
    for opcode in opts.order:
        if opcode <= 0x02:
            if encoding is not None:
                raise Invalid(
                    f"canonical encoding option `{_OPTION_NAMES[encoding]}` conflicts with option `{_OPTION_NAMES[opcode]}`"
                )
            encoding = opcode
        elif opcode in seen:
            raise Invalid(f"canonical option `{_OPTION_NAMES[opcode]}` is specified more than once")
        seen.add(opcode)


def _check_signature(scope: Scope, option: str, index: int, expected: w.FuncType) -> None:
    func = scope.core_func(index)
    if func != expected:
        raise Invalid(
            f"canonical option `{option}` uses a core function with an incorrect signature: "
            f"expected {func_text(expected)}, found {func_text(func)}"
        )


def _forbid(opts: s.CanonOpts, where: str, *options: str) -> None:
    """Reject options that a definition does not take."""
    for option in options:
        value = getattr(opts, "async_" if option == "async" else option.replace("-", "_"))
        if value is not None and value is not False:
            raise Invalid(f"canonical option `{option}` cannot be specified for {where}")


def _need_memory(opts: s.CanonOpts) -> None:
    if opts.memory is None:
        raise Invalid("canonical option `memory` is required")


def _need_realloc(opts: s.CanonOpts) -> None:
    _need_memory(opts)
    if opts.realloc is None:
        raise Invalid("canonical option `realloc` is required")


def _has_pointer(scope: Scope, *types: Any) -> bool:
    return any(scope.context.facts.of(x).pointer for x in types if x is not None)


# --- lift and lower -----------------------------------------------------------------------------------------------------------


def lift(scope: Scope, canon: s.CanonLift) -> None:
    """`canon lift`."""
    callee = scope.core_func(canon.core_func)
    func = scope.functype(canon.type)
    opts = canon.opts
    flat = _check_options(scope, opts)
    if opts.async_:
        if not func.async_:
            raise Invalid("the `async` canonical option requires an async function type")
        _forbid(opts, "`async` lifts", "post-return")
        if opts.callback is None:
            scope.context.require(Feature.STACKFUL, "an `async` lift without `callback`")
        else:
            _check_signature(scope, "callback", opts.callback, w.FuncType((I32,) * 3, (I32,)))
    elif opts.callback is not None:
        raise Invalid("cannot specify callback without async: canonical option `callback` requires `async`")
    core = f.lifted(flat, func, opts.async_, opts.callback is not None)
    if _has_pointer(scope, *[p.type for p in func.params]) or len(f.flat_params(flat, func)) > f.MAX_FLAT_PARAMS:
        _need_realloc(opts)
    most = f.MAX_FLAT_PARAMS if opts.async_ else f.MAX_FLAT_RESULTS
    if _has_pointer(scope, func.result) or len(f.flat_result(flat, func)) > most:
        _need_memory(opts)
    for what, wanted, found in (("parameter", core.params, callee.params), ("result", core.results, callee.results)):
        if wanted != found:
            raise Invalid(f"lowered {what} types `{_list(wanted)}` do not match {what} types `{_list(found)}` of core function")
    if opts.post_return is not None:
        _check_signature(scope, "post-return", opts.post_return, w.FuncType(core.results, ()))
    scope.push(scope.funcs, func)


def _list(types: tuple[w.ValType, ...]) -> str:
    return f"[{', '.join([valtype_text(x).upper() for x in types])}]"


def lower(scope: Scope, canon: s.CanonLower) -> None:
    """`canon lower`.

    The text asks for a memory whenever `async` is there; the reference tests and every tool ask only where results go through memory.
    """
    func = scope.func(canon.func)
    opts = canon.opts
    flat = _check_options(scope, opts)
    _forbid(opts, "lowerings", "post-return", "callback")
    if opts.async_ and not func.async_:
        raise Invalid("the `async` canonical option requires an async function type")
    if _has_pointer(scope, func.result):
        _need_realloc(opts)
    params, results = f.flat_params(flat, func), f.flat_result(flat, func)
    most_params, most_results = (f.MAX_FLAT_ASYNC_PARAMS, 0) if opts.async_ else (f.MAX_FLAT_PARAMS, f.MAX_FLAT_RESULTS)
    if _has_pointer(scope, *[p.type for p in func.params]) or len(params) > most_params or len(results) > most_results:
        _need_memory(opts)
    scope.push(scope.core_funcs, f.lowered(flat, func, opts.async_))


# --- built-ins -----------------------------------------------------------------------------------------------------------------


def builtin(scope: Scope, canon: s.CanonBuiltin) -> None:
    """A canonical built-in."""
    entry = CATALOGUE[canon.name]
    if entry.gate is not None:
        scope.context.require(entry.gate, f"`{canon.name}`")
    if Immediate.ASYNC in entry.immediates and canon.async_:
        scope.context.require(Feature.MORE_ASYNC_BUILTINS, f"`async` on `{canon.name}`")
    fixed = _FIXED.get(canon.name)
    if fixed is None:
        fixed = _RULES[canon.name](scope, canon)
    scope.push(scope.core_funcs, fixed)


def _core(params: int, results: int) -> w.FuncType:
    return w.FuncType((I32,) * params, (I32,) * results)


_FIXED: Mapping[str, w.FuncType] = MappingProxyType(
    {
        "backpressure.inc": _core(0, 0),
        "backpressure.dec": _core(0, 0),
        "task.cancel": _core(0, 0),
        "waitable-set.new": _core(0, 1),
        "waitable-set.drop": _core(1, 0),
        "waitable.join": _core(2, 0),
        "subtask.cancel": _core(1, 1),
        "subtask.drop": _core(1, 0),
        "thread.index": _core(0, 1),
        "thread.resume-later": _core(1, 0),
        "thread.suspend": _core(0, 1),
        "thread.yield": _core(0, 1),
        "thread.suspend-then-resume": _core(1, 1),
        "thread.yield-then-resume": _core(1, 1),
        "thread.suspend-then-promote": _core(1, 1),
        "thread.yield-then-promote": _core(1, 1),
        "thread.available-parallelism": _core(0, 1),
        "error-context.drop": _core(1, 0),
    }
)
"""The signatures of the built-ins that have no rules of their own."""


def _index(value: int | None) -> int:
    """An index that the catalogue says is there."""
    assert value is not None
    return value


def _resource(scope: Scope, canon: s.CanonBuiltin) -> w.FuncType:
    index = _index(canon.type)
    resource = scope.resource(index)
    if canon.name == "resource.drop":
        return _core(1, 0)
    local = scope.locals.get(resource.id)
    if local is None:
        raise Invalid(f"type index {index} is not a local resource")
    return w.FuncType((local.rep,), (I32,)) if canon.name == "resource.new" else w.FuncType((I32,), (local.rep,))


def _context(scope: Scope, canon: s.CanonBuiltin) -> w.FuncType:
    type_ = canon.core_type
    assert type_ is not None
    if type_ is I64:
        scope.context.require(Feature.MEMORY64, f"`{canon.name} i64`")
    elif type_ is not I32:
        raise Invalid(f"`{canon.name}` only supports `i32` (or `i64`), found {valtype_text(type_)}")
    if scope.context_type is not None and scope.context_type is not type_:
        raise Invalid("all `context.get` and `context.set` of a component must have the same type")
    scope.context_type = type_
    if canon.slot >= 2:
        raise Invalid(f"immediate must be zero or one: `{canon.name}` has no slot {canon.slot}")
    return w.FuncType((), (type_,)) if canon.name == "context.get" else w.FuncType((type_,), ())


def _task_return(scope: Scope, canon: s.CanonBuiltin) -> w.FuncType:
    flat = _check_options(scope, canon.opts)
    _forbid(canon.opts, "`task.return`", "realloc", "post-return", "async", "callback")
    result = None if canon.result is None else value_type(scope, canon.result)
    if result is not None and scope.context.facts.of(result).borrow:
        raise Invalid("function result cannot contain a `borrow` type")
    func: t.FuncType[Any] = t.FuncType(() if result is None else (t.Field("v", result),), None)
    if _has_pointer(scope, result) or len(f.flat_params(flat, func)) > f.MAX_FLAT_PARAMS:
        _need_memory(canon.opts)
    return f.lowered(flat, func, False)


def _end_type(scope: Scope, canon: s.CanonBuiltin) -> t.Stream[Any] | t.Future[Any]:
    """The stream or future type of a built-in."""
    index = _index(canon.type)
    what = canon.name.partition(".")[0]
    type_ = scope.type(index)
    if not isinstance(type_, t.Stream if what == "stream" else t.Future):
        raise Invalid(f"`{canon.name}` requires a {what} type: type index {index} is none")
    return type_


def _end(scope: Scope, canon: s.CanonBuiltin) -> w.FuncType:
    _end_type(scope, canon)
    operation = canon.name.partition(".")[2]
    if operation == "new":
        return w.FuncType((), (I64,))
    return _core(1, 0) if operation.startswith("drop") else _core(1, 1)


def _copy(scope: Scope, canon: s.CanonBuiltin) -> w.FuncType:
    type_ = _end_type(scope, canon)
    opts = canon.opts
    flat = _check_options(scope, opts)
    _forbid(opts, f"`{canon.name}`", "post-return", "callback")
    element = type_.element if isinstance(type_, t.Stream) else type_.type
    if element is not None:
        _need_memory(opts)
        if canon.name.endswith("read") and _has_pointer(scope, element):
            _need_realloc(opts)
    if not opts.async_:
        scope.context.require(Feature.MORE_ASYNC_BUILTINS, f"`{canon.name}` without `async`")
    pointer = flat.pointer
    if isinstance(type_, t.Stream):
        return w.FuncType((I32, pointer, pointer), (pointer,))
    return w.FuncType((I32, pointer), (I32,))


def _wait(scope: Scope, canon: s.CanonBuiltin) -> w.FuncType:
    flat = _check_options(scope, s.CanonOpts(memory=canon.memory))
    return w.FuncType((I32, flat.pointer), (I32,))


def _error_context(scope: Scope, canon: s.CanonBuiltin) -> w.FuncType:
    opts = canon.opts
    flat = _check_options(scope, opts)
    _forbid(opts, f"`{canon.name}`", "post-return", "async", "callback")
    if canon.name == "error-context.new":
        _need_memory(opts)
        return w.FuncType((flat.pointer, flat.pointer), (I32,))
    _need_realloc(opts)
    return w.FuncType((I32, flat.pointer), ())


def _start_func(scope: Scope, canon: s.CanonBuiltin) -> w.FuncType:
    """The function type that a thread starts with."""
    index = _index(canon.type)
    type_ = scope.core_type(index)
    if isinstance(type_, t.CoreModuleType):
        raise Invalid(f"type index {index} is a module type, not a function type")
    try:
        func = closed_func(type_)
    except TypeError:
        raise Invalid(f"type index {index} is not a function type") from None
    if func == w.FuncType((I64,), ()):
        scope.context.require(Feature.MEMORY64, "a thread with an `i64` parameter")
    elif func != w.FuncType((I32,), ()):
        raise Invalid(f"start function must take a single `i32` argument (`(func (param i32))`), found {func_text(func)}")
    return func


def _start_table(scope: Scope, canon: s.CanonBuiltin) -> w.NumType:
    """The address type of the table that a thread's function comes from."""
    table = scope.table(_index(canon.table))
    if not matching.reftype(table.element, _FUNCREF):
        raise Invalid(f"the table of `{canon.name}` must hold `funcref`, found {valtype_text(table.element)}")
    if table.limits.addr64:
        scope.context.require(Feature.MEMORY64, "a 64-bit table")
        return I64
    return I32


def _thread_indirect(scope: Scope, canon: s.CanonBuiltin) -> w.FuncType:
    func = _start_func(scope, canon)
    return w.FuncType((_start_table(scope, canon), *func.params), (I32,))


def _thread_ref(scope: Scope, canon: s.CanonBuiltin) -> w.FuncType:
    func = _start_func(scope, canon)
    type_ = scope.core_type(_index(canon.type))
    assert isinstance(type_, w.DefType)
    return w.FuncType((w.RefType(True, type_), *func.params), (I32,))


Rule = Callable[[Scope, s.CanonBuiltin], w.FuncType]

_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "resource.new": _resource,
        "resource.drop": _resource,
        "resource.rep": _resource,
        "context.get": _context,
        "context.set": _context,
        "task.return": _task_return,
        **{f"{end}.{operation}": _copy for end in ("stream", "future") for operation in ("read", "write")},
        **{
            f"{end}.{operation}": _end
            for end in ("stream", "future")
            for operation in ("new", "cancel-read", "cancel-write", "drop-readable", "drop-writable")
        },
        "waitable-set.wait": _wait,
        "waitable-set.poll": _wait,
        "error-context.new": _error_context,
        "error-context.debug-message": _error_context,
        "thread.new-indirect": _thread_indirect,
        "thread.spawn-indirect": _thread_indirect,
        "thread.spawn-ref": _thread_ref,
    }
)
"""What the other built-ins check, and the signature they get."""
