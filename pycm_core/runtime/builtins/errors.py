"""📝 Built-ins of error contexts (CanonicalABI.md, "canon error-context.new" and what follows)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pycm_core.abi.handles import ErrorContext, canonical_trap
from pycm_core.abi.layout import I32, elem_size
from pycm_core.abi.literal import store
from pycm_core.abi.traced import load_string
from pycm_core.component import syntax as s
from pycm_core.component.types import Prim
from pycm_core.runtime.builtins.context import BuiltinContext, Made, signature, u32, unsigned
from pycm_core.wasm.syntax.types import FuncType


def _entry(entry: Any, index: int, rule: str) -> ErrorContext:
    if not isinstance(entry, ErrorContext):
        raise canonical_trap(f"index {index} is not an error context", rule)
    return entry


def _new(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    """The spec lets a host change or drop the message; we keep it."""

    def call(address: int, units: int) -> int:
        c.instance.check_may_leave()
        cx = c.store.context(c.opts, c.instance, None)
        message = load_string(cx, unsigned(address, c.opts.ptr), unsigned(units, c.opts.ptr))
        return c.instance.handles.add(ErrorContext(message))

    return FuncType((c.pointer, c.pointer), (I32,)), call


def _debug_message(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    rule = "canon error-context.debug-message"

    def call(index: int, address: int) -> None:
        c.instance.check_may_leave()
        entry = _entry(c.instance.handles.get(u32(index)), index, rule)
        cx = c.store.context(c.opts, c.instance, None)
        address = unsigned(address, c.opts.ptr)
        if address + elem_size(Prim.STRING, c.opts.ptr) > cx.memory.size():  # the text asks for no alignment here
            raise canonical_trap(f"pointer {address:#x} is out of bounds of memory", rule)
        store(cx, entry.debug_message, Prim.STRING, address, "debug-message")

    return FuncType((I32, c.pointer), ()), call


def _drop(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int) -> None:
        c.instance.check_may_leave()
        _entry(c.instance.handles.remove(u32(index)), index, "canon error-context.drop")

    return signature(1, 0), call


MAKERS: Mapping[str, Callable[[BuiltinContext, s.CanonBuiltin], Made]] = MappingProxyType(
    {"error-context.new": _new, "error-context.debug-message": _debug_message, "error-context.drop": _drop}
)
"""By name."""
