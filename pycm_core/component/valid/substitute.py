"""Types with resources and type objects replaced (Explainer.md, "Type Checking": substitution by `instantiate`).

Object identity is kept wherever nothing changes, and one object is replaced by one object, so two places that shared a type still do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from pycm_core.component import types as t
from pycm_core.component.types import Prim, ResourceId
from pycm_core.component.valid.facts import FactTable

Items = Iterable[tuple[str, t.ExternType]]


class Substitution:
    """A map of resources and of type objects, extended while types are checked."""

    __slots__ = ("_facts", "_keep", "_new", "_owned", "_rename", "_seen", "resources")

    def __init__(self, facts: FactTable, rename: bool = False) -> None:
        self._facts = facts
        self.resources: dict[ResourceId, ResourceId] = {}
        """What resources become."""
        self._new: dict[int, Any] = {}
        self._keep: list[Any] = []
        self._owned: set[int] = set()
        self._seen: set[int] = set()
        self._rename = rename

    def bind(self, old: Any, new: Any) -> None:
        """The type object `old` becomes `new` from now on."""
        self._facts.spend()
        self._new[id(old)] = new
        self._keep.append(old)

    def own(self, items: Items, fresh: bool) -> None:
        """The types these items introduce become new objects, even where nothing in them changes; with `fresh`, abstract resources new ones."""
        for _, item in items:
            if isinstance(item, t.TypeBound):
                self._owned.add(id(item.type))
                if fresh and item.fresh:
                    assert isinstance(item.type, t.Resource)
                    self.resources[item.type.id] = ResourceId(item.type.id.name)
            elif isinstance(item, t.InstanceType) and id(item) not in self._seen:
                self._seen.add(id(item))
                self.own(item.exports, fresh)

    def type(self, type_: Any) -> Any:
        """`type_` (a value, function, resource, instance, component or core module type) after substitution."""
        if type_ is None or type(type_) is Prim:
            return type_
        new = self._new.get(id(type_))
        if new is not None:
            return new
        chain = [type_]
        while (alias := chain[-1].alias_of) is not None and id(alias) not in self._new:
            chain.append(alias)
        for link in reversed(chain):
            new = self._rebuild(link)
            self.bind(link, new)
        return new

    def items(self, items: Items) -> tuple[tuple[str, t.ExternType], ...]:
        """Imports or exports after substitution."""
        return tuple([(name, self.extern(item)) for name, item in items])

    def extern(self, item: Any) -> Any:
        """An extern type after substitution."""
        if isinstance(item, t.TypeBound):
            new = self.type(item.type)
            return item if new is item.type else t.TypeBound(new, item.fresh)
        if isinstance(item, t.ValueBound):
            new = self.type(item.type)
            return item if new is item.type else t.ValueBound(new)
        return self.type(item)

    def _rebuild(self, type_: Any) -> Any:
        """A type whose alias, if any, has its replacement."""
        new = _REBUILD[type(type_)](self, type_)
        if self._rename and id(type_) in self._owned:
            return replace(new, alias_of=type_)
        alias = None if type_.alias_of is None else self._new[id(type_.alias_of)]
        if alias is type_.alias_of and (new is not type_ or id(type_) not in self._owned):
            return new
        return replace(new, alias_of=alias)

    def _fields(self, fields: tuple[t.Field[Any], ...]) -> tuple[t.Field[Any], ...] | None:
        """The new fields, or `None` where nothing changed."""
        types = [self.type(f.type) for f in fields]
        if all(new is f.type for new, f in zip(types, fields, strict=True)):
            return None
        return tuple([t.Field(f.label, new) for new, f in zip(types, fields, strict=True)])

    def _record(self, x: t.Record[Any]) -> t.Record[Any]:
        fields = self._fields(x.fields)
        return x if fields is None else t.Record(fields, alias_of=x.alias_of)

    def _variant(self, x: t.Variant[Any]) -> t.Variant[Any]:
        types = [self.type(c.type) for c in x.cases]
        if all(new is c.type for new, c in zip(types, x.cases, strict=True)):
            return x
        return t.Variant(tuple([t.Case(c.label, new) for new, c in zip(types, x.cases, strict=True)]), alias_of=x.alias_of)

    def _tuple(self, x: t.Tuple[Any]) -> t.Tuple[Any]:
        types = tuple([self.type(y) for y in x.types])
        return x if all(new is old for new, old in zip(types, x.types, strict=True)) else t.Tuple(types, alias_of=x.alias_of)

    def _func(self, x: t.FuncType[Any]) -> t.FuncType[Any]:
        params, result = self._fields(x.params), self.type(x.result)
        if params is None and result is x.result:
            return x
        return t.FuncType(x.params if params is None else params, result, x.async_, alias_of=x.alias_of)

    def _resource(self, x: t.Resource) -> t.Resource:
        id_ = self.resources.get(x.id)
        return x if id_ is None else t.Resource(id_, alias_of=x.alias_of)

    def _instance(self, x: t.InstanceType) -> t.InstanceType:
        exports = self.items(x.exports)
        return x if _same(exports, x.exports) else t.InstanceType(exports, alias_of=x.alias_of)

    def _component(self, x: t.ComponentType) -> t.ComponentType:
        imports, exports = self.items(x.imports), self.items(x.exports)
        if _same(imports, x.imports) and _same(exports, x.exports):
            return x
        return t.ComponentType(imports, exports, alias_of=x.alias_of)


def _same(new: tuple[tuple[str, t.ExternType], ...], old: tuple[tuple[str, t.ExternType], ...]) -> bool:
    return all(a is b for (_, a), (_, b) in zip(new, old, strict=True))


def _one(attribute: str) -> Callable[[Substitution, Any], Any]:
    """Rebuilds a type with one type inside."""

    def rebuild(sub: Substitution, x: Any) -> Any:
        old = getattr(x, attribute)
        new = sub.type(old)
        return x if new is old else replace(x, **{attribute: new})

    return rebuild


def _two(first: str, second: str) -> Callable[[Substitution, Any], Any]:
    """Rebuilds a type with two types inside."""

    def rebuild(sub: Substitution, x: Any) -> Any:
        old = getattr(x, first), getattr(x, second)
        new = sub.type(old[0]), sub.type(old[1])
        return x if new[0] is old[0] and new[1] is old[1] else replace(x, **{first: new[0], second: new[1]})

    return rebuild


def _unchanged(sub: Substitution, x: Any) -> Any:
    return x


_REBUILD: dict[type, Callable[[Substitution, Any], Any]] = {
    t.Named: _unchanged,
    t.Flags: _unchanged,
    t.EnumType: _unchanged,
    t.CoreModuleType: _unchanged,
    t.Record: Substitution._record,
    t.Variant: Substitution._variant,
    t.Tuple: Substitution._tuple,
    t.List: _one("element"),
    t.Option: _one("type"),
    t.Result: _two("ok", "error"),
    t.Own: _one("resource"),
    t.Borrow: _one("resource"),
    t.Stream: _one("element"),
    t.Future: _one("type"),
    t.Map: _two("key", "value"),
    t.FuncType: Substitution._func,
    t.Resource: Substitution._resource,
    t.InstanceType: Substitution._instance,
    t.ComponentType: Substitution._component,
}


def open_instance(instance: t.InstanceType, facts: FactTable) -> t.InstanceType:
    """An instance of this type: what it introduces becomes new, abstract resources included."""
    sub = Substitution(facts)
    sub.own(instance.exports, fresh=True)
    return t.InstanceType(sub.items(instance.exports))


def rename_extern(item: t.ExternType, facts: FactTable) -> Any:
    """`item` under a new name: the types it introduces become new objects whose `alias_of` leads to the old ones (resources stay the same)."""
    if isinstance(item, t.TypeBound):
        return t.TypeBound(replace(item.type, alias_of=item.type), False)
    if isinstance(item, t.InstanceType):
        sub = Substitution(facts, rename=True)
        sub.own(item.exports, fresh=False)
        return t.InstanceType(sub.items(item.exports))
    return item
