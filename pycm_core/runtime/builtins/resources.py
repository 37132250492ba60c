"""Built-ins of resources (CanonicalABI.md, "canon resource.new" and what follows)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pycm_core.abi.handles import HandleEntry, canonical_trap
from pycm_core.abi.instance import RuntimeResource
from pycm_core.abi.layout import I32, I64
from pycm_core.component import syntax as s
from pycm_core.component.types import Resource
from pycm_core.runtime.builtins.context import Blocking, BuiltinContext, Made, signature, u32
from pycm_core.runtime.store import Steps
from pycm_core.wasm.syntax.types import FuncType


def _id(c: BuiltinContext) -> RuntimeResource:
    assert isinstance(c.type, Resource) and isinstance(c.type.id, RuntimeResource)
    return c.type.id


def _entry(c: BuiltinContext, entry: Any, index: int, rule: str) -> HandleEntry:
    if not isinstance(entry, HandleEntry):
        raise canonical_trap(f"index {index} is not a resource handle", rule)
    if entry.resource is not _id(c):
        raise canonical_trap(f"handle index {index} is a `{entry.resource.name}`, expected a `{_id(c).name}`", rule)
    return entry


def _resource_new(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    id = _id(c)
    mask = 0xFFFF_FFFF_FFFF_FFFF if id.rep64 else 0xFFFF_FFFF

    def call(rep: int) -> int:
        c.instance.check_may_leave()
        return c.instance.handles.add(HandleEntry(id, rep & mask, True))

    return FuncType((I64 if id.rep64 else I32,), (I32,)), call


def _resource_drop(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    id = _id(c)

    def removed(index: int) -> HandleEntry:
        c.instance.check_may_leave()
        index = u32(index)
        entry = _entry(c, c.instance.handles.remove(index), index, "canon resource.drop")
        if entry.lends:
            raise canonical_trap(f"cannot drop handle {index}: it is lent to a call that has not ended", "canon resource.drop")
        if not entry.own:
            entry.scope.borrows -= 1
        return entry

    def call(index: int) -> None:
        entry = removed(index)
        if entry.own:
            id.destroy(entry.rep, c.instance)

    def steps(index: int) -> Steps:
        entry = removed(index)
        if entry.own:
            yield from id.steps(entry.rep, c.instance)

    return signature(1, 0), Blocking(steps) if id.lifted is not None else call


def _resource_rep(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int) -> Any:
        index = u32(index)
        return _entry(c, c.instance.handles.get(index), index, "canon resource.rep").rep

    return FuncType((I32,), (I64 if _id(c).rep64 else I32,)), call


MAKERS: Mapping[str, Callable[[BuiltinContext, s.CanonBuiltin], Made]] = MappingProxyType(
    {"resource.new": _resource_new, "resource.drop": _resource_drop, "resource.rep": _resource_rep}
)
"""By name."""
