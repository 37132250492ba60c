"""What types are called: elaborated types as WIT writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pycm_core.component import types as t
from pycm_core.component.types import ExternType, Prim
from pycm_core.wit.print import ident

LENGTH = 400
"""The longest text of a type; what is longer is cut off with `…`. Types are graphs, so their texts could be far longer than they."""


class TypeNames:
    """The names that imports and exports give to types.

    A type is looked up by identity first. Records, variants, enums and flags that carry no name of their own (the runtime elaborates its
    own objects) take the name of one that is written the same; other types are written out.
    """

    __slots__ = ("_by_structure", "_names", "_resources", "_texts")

    def __init__(self) -> None:
        self._names: dict[int, tuple[str, Any]] = {}
        self._resources: dict[t.ResourceId, str] = {}
        self._by_structure: dict[str, str] | None = None
        """By the text of the structure, so that resources are the same when their names are."""
        self._texts: dict[int, tuple[str, Any]] = {}

    def fork(self) -> TypeNames:
        """The same names for somebody who lives shorter: what is remembered of the types met is not shared."""
        other = TypeNames()
        other._names, other._resources, other._by_structure = self._names, self._resources, self._by_structure
        return other

    def add(self, externs: Iterable[tuple[str, ExternType]]) -> None:
        """Learn the names that these imports or exports give, those inside their instances included."""
        for name, extern in externs:
            if isinstance(extern, t.InstanceType):
                self.add(extern.exports)
            elif isinstance(extern, t.TypeBound) and isinstance(extern.type, t.Resource):
                self._resources.setdefault(extern.type.id, name)
            elif isinstance(extern, t.TypeBound):
                self._names.setdefault(id(extern.type), (name, extern.type))

    def resource(self, type: t.Resource) -> str:
        """The name of a resource type."""
        return self._resources.get(type.id, type.id.name)

    def text(self, type: Any) -> str:
        """`type` as WIT writes it where it is used: its name, else its structure, cut off when long."""
        if isinstance(type, Prim):
            return type.value
        known = self._texts.get(id(type))
        if known is None:
            text = self._name(type) or _WRITE[type.__class__](self, type)
            known = self._texts[id(type)] = text if len(text) <= LENGTH else text[:LENGTH] + "…", type
        return known[0]

    def _name(self, type: Any) -> str | None:
        origin = type
        while origin is not None:  # a type that re-names another, without a name where we look
            known = self._names.get(id(origin))
            if known is not None:
                return ident(known[0])
            origin = origin.alias_of
        if not isinstance(type, t.Record | t.Variant | t.EnumType | t.Flags):
            return None
        if self._by_structure is None:
            self._by_structure = {}
            for name, named in self._names.values():
                if isinstance(named, t.Record | t.Variant | t.EnumType | t.Flags):
                    self._by_structure.setdefault(_WRITE[named.__class__](self, named), ident(name))
        return self._by_structure.get(_WRITE[type.__class__](self, type))

    def params(self, params: Iterable[t.Field[Any]]) -> str:
        """`a: s32, b: string`."""
        return self._listed(f"{ident(p.label)}: {self.text(p.type)}" for p in params)

    def _listed(self, texts: Iterable[str]) -> str:
        """`a, b, c`, no longer than what is shown of it."""
        found: list[str] = []
        length = 0
        for text in texts:
            found.append(text)
            length += len(text)
            if length > LENGTH:
                break
        return ", ".join(found)

    def _arguments(self, name: str, *types: Any) -> str:
        return name if types == (None,) else f"{name}<{self._listed(map(self.text, types))}>"

    def _result(self, type: t.Result[Any]) -> str:
        if type.error is not None:
            return f"result<{'_' if type.ok is None else self.text(type.ok)}, {self.text(type.error)}>"
        return "result" if type.ok is None else f"result<{self.text(type.ok)}>"

    def _list(self, type: t.List[Any]) -> str:
        return f"list<{self.text(type.element)}{'' if type.length is None else f', {type.length}'}>"

    def _cases(self, type: t.Variant[Any]) -> str:
        cases = (ident(case.label) + ("" if case.type is None else f"({self.text(case.type)})") for case in type.cases)
        return f"variant {{ {self._listed(cases)} }}"


_WRITE: dict[type, Callable[[TypeNames, Any], str]] = {
    t.Named: lambda names, type: type.prim.value,
    t.Record: lambda names, type: f"record {{ {names.params(type.fields)} }}",
    t.Variant: TypeNames._cases,
    t.List: TypeNames._list,
    t.Tuple: lambda names, type: names._arguments("tuple", *type.types),
    t.Flags: lambda names, type: f"flags {{ {names._listed(map(ident, type.labels))} }}",
    t.EnumType: lambda names, type: f"enum {{ {names._listed(map(ident, type.labels))} }}",
    t.Option: lambda names, type: names._arguments("option", type.type),
    t.Result: TypeNames._result,
    t.Own: lambda names, type: ident(names.resource(type.resource)),
    t.Borrow: lambda names, type: f"borrow<{ident(names.resource(type.resource))}>",
    t.Stream: lambda names, type: names._arguments("stream", type.element),
    t.Future: lambda names, type: names._arguments("future", type.type),
    t.Map: lambda names, type: names._arguments("map", type.key, type.value),
}
