"""What types are called: elaborated types as WIT writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pycm_core.component import types as t
from pycm_core.component.types import ExternType, Prim


class TypeNames:
    """The names that imports and exports give to types.

    A type is looked up by identity first. Records, variants, enums and flags that carry no name of their own (the validator and the
    runtime each elaborate their own objects) take the name of an equal one; other types are written out.
    """

    __slots__ = ("_by_structure", "_names", "_resources")

    def __init__(self) -> None:
        self._names: dict[int, tuple[str, Any]] = {}
        self._by_structure: dict[Any, str] = {}
        self._resources: dict[t.ResourceId, str] = {}

    def add(self, externs: Iterable[tuple[str, ExternType]]) -> None:
        """Learn the names that these imports or exports give, those inside their instances included."""
        for name, extern in externs:
            if isinstance(extern, t.InstanceType):
                self.add(extern.exports)
            elif isinstance(extern, t.TypeBound):
                self._learn(name, extern.type)

    def _learn(self, name: str, type: Any) -> None:
        if isinstance(type, t.Resource):
            self._resources.setdefault(type.id, name)
            return
        self._names.setdefault(id(type), (name, type))
        if isinstance(type, t.Record | t.Variant | t.EnumType | t.Flags):
            self._by_structure.setdefault(type, name)

    def resource(self, type: t.Resource) -> str:
        """The name of a resource type."""
        return self._resources.get(type.id, type.id.name)

    def text(self, type: Any) -> str:
        """`type` as WIT writes it where it is used: its name, else its structure."""
        if isinstance(type, Prim):
            return type.value
        origin = type
        while origin is not None:  # a type that re-names another, without a name where we look
            known = self._names.get(id(origin))
            if known is not None:
                return known[0]
            origin = origin.alias_of
        if isinstance(type, t.Record | t.Variant | t.EnumType | t.Flags) and type in self._by_structure:
            return self._by_structure[type]
        return _WRITE[type.__class__](self, type)

    def params(self, params: Iterable[t.Field[Any]]) -> str:
        """`a: s32, b: string`."""
        return ", ".join(f"{p.label}: {self.text(p.type)}" for p in params)

    def _arguments(self, name: str, *types: Any) -> str:
        return name if types == (None,) else f"{name}<{', '.join(map(self.text, types))}>"

    def _result(self, type: t.Result[Any]) -> str:
        if type.error is not None:
            return f"result<{'_' if type.ok is None else self.text(type.ok)}, {self.text(type.error)}>"
        return "result" if type.ok is None else f"result<{self.text(type.ok)}>"

    def _list(self, type: t.List[Any]) -> str:
        return f"list<{self.text(type.element)}{'' if type.length is None else f', {type.length}'}>"

    def _cases(self, type: t.Variant[Any]) -> str:
        cases = (case.label if case.type is None else f"{case.label}({self.text(case.type)})" for case in type.cases)
        return f"variant {{ {', '.join(cases)} }}"


_WRITE: dict[type, Callable[[TypeNames, Any], str]] = {
    t.Named: lambda names, type: type.prim.value,
    t.Record: lambda names, type: f"record {{ {names.params(type.fields)} }}",
    t.Variant: TypeNames._cases,
    t.List: TypeNames._list,
    t.Tuple: lambda names, type: names._arguments("tuple", *type.types),
    t.Flags: lambda names, type: f"flags {{ {', '.join(type.labels)} }}",
    t.EnumType: lambda names, type: f"enum {{ {', '.join(type.labels)} }}",
    t.Option: lambda names, type: names._arguments("option", type.type),
    t.Result: TypeNames._result,
    t.Own: lambda names, type: names.resource(type.resource),
    t.Borrow: lambda names, type: f"borrow<{names.resource(type.resource)}>",
    t.Stream: lambda names, type: names._arguments("stream", type.element),
    t.Future: lambda names, type: names._arguments("future", type.type),
    t.Map: lambda names, type: names._arguments("map", type.key, type.value),
}
