"""A component's imports and exports as the page shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from app.messages import FuncItem, InterfaceItem, NamedType, TypeNode
from pycm_core.component import types as t
from pycm_core.component.types import ExternType, Prim
from pycm_core.wit.print import ident
from pycm_core.wit.type_names import TypeNames


def functions(externs: Iterable[tuple[str, ExternType]]) -> dict[str, t.FuncType[Any]]:
    """Every function by its path: `lab:b/api@1.0.0#echo`, or `add` for the world's own."""
    found: dict[str, t.FuncType[Any]] = {}
    for name, extern in externs:
        if isinstance(extern, t.FuncType):
            found[name] = extern
        elif isinstance(extern, t.InstanceType):
            for inner, what in extern.exports:
                if isinstance(what, t.FuncType):
                    found[f"{name}#{inner}"] = what
    return found


NODES = 100_000
"""Nodes of all type trees of one component together; types are graphs, so trees could be far larger. Beyond, nodes have no parts."""


class Describer:
    """Describes the imports and exports of one component."""

    __slots__ = ("_left", "_names")

    def __init__(self, names: TypeNames) -> None:
        self._names = names
        self._left = NODES

    def interfaces(self, externs: Iterable[tuple[str, ExternType]]) -> list[InterfaceItem]:
        """Imported or exported instances in order; the world's own functions and types come first, under an empty name."""
        world: InterfaceItem = {"name": "", "funcs": [], "types": []}
        items: list[InterfaceItem] = []
        for name, extern in externs:
            if isinstance(extern, t.InstanceType):
                item: InterfaceItem = {"name": name, "funcs": [], "types": []}
                for inner, what in extern.exports:
                    self._add(item, inner, what)
                items.append(item)
            else:
                self._add(world, name, extern)
        return [world, *items] if world["funcs"] or world["types"] else items

    def _add(self, item: InterfaceItem, name: str, extern: ExternType) -> None:
        if isinstance(extern, t.FuncType):
            item["funcs"].append(self.function(f"{item['name']}#{name}" if item["name"] else name, name, extern))
        elif isinstance(extern, t.TypeBound):
            item["types"].append(name)

    def function(self, path: str, name: str, type: t.FuncType[Any]) -> FuncItem:
        """One function. `name` is as in the binary (`[method]counter.bump`)."""
        return {
            "path": path,
            "name": name,
            "params": [{"name": p.label, "type": self.node(p.type)} for p in type.params],
            "result": None if type.result is None else self.node(type.result),
            "async_": type.async_,
            "wit": signature(name, type, self._names),
        }

    def node(self, type: Any) -> TypeNode:
        """A value type as a tree."""
        text = self._names.text(type)
        self._left -= 1
        if isinstance(type, t.Named):
            type = type.prim
        if isinstance(type, Prim):
            return {"kind": type.value, "text": text}
        kind = _KIND[type.__class__]
        if isinstance(type, t.Flags | t.EnumType):
            return {"kind": kind, "text": text, "labels": list(type.labels)}
        parts = _PARTS.get(type.__class__)
        if parts is None or self._left <= 0:
            return {"kind": kind, "text": text}
        items: list[NamedType] = [{"name": name, "type": None if part is None else self.node(part)} for name, part in parts(type)]
        return {"kind": kind, "text": text, "items": items}


def signature(name: str, type: t.FuncType[Any], names: TypeNames) -> str:
    """The function as WIT declares it; members of resources stand behind their resource: `counter.bump: func(by: u32) -> u32`."""
    kind, _, member = name.rpartition("]")
    member = ".".join(map(ident, member.split(".")))
    params = type.params[1:] if kind == "[method" else type.params  # `self` is not written
    word = "async func" if type.async_ else "func"
    if kind == "[static":
        word = "static " + word
    if kind == "[constructor":
        return f"{member}.constructor({names.params(params)})"
    result = "" if type.result is None else f" -> {names.text(type.result)}"
    return f"{member}: {word}({names.params(params)}){result}"


_KIND: dict[type, str] = {
    t.Record: "record",
    t.Variant: "variant",
    t.List: "list",
    t.Tuple: "tuple",
    t.Flags: "flags",
    t.EnumType: "enum",
    t.Option: "option",
    t.Result: "result",
    t.Own: "own",
    t.Borrow: "borrow",
    t.Stream: "stream",
    t.Future: "future",
    t.Map: "map",
}

_PARTS: dict[type, Callable[[Any], list[tuple[str, Any]]]] = {
    t.Record: lambda type: [(f.label, f.type) for f in type.fields],
    t.Variant: lambda type: [(c.label, c.type) for c in type.cases],
    t.List: lambda type: [("element", type.element)],
    t.Tuple: lambda type: [(str(i), part) for i, part in enumerate(type.types)],
    t.Option: lambda type: [("some", type.type)],
    t.Result: lambda type: [("ok", type.ok), ("err", type.error)],
    t.Stream: lambda type: [("element", type.element)],
    t.Future: lambda type: [("value", type.type)],
    t.Map: lambda type: [("key", type.key), ("value", type.value)],
}
