"""Which types have an external name (Explainer.md, "External Visibility of Types")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pycm_core.component import types as t
from pycm_core.component.types import Prim
from pycm_core.component.valid.scope import Names


class Visibility:
    """Answers for one import or export: `sides` are the names it may refer to."""

    __slots__ = ("_named", "_seen", "_sides")

    def __init__(self, *sides: Names) -> None:
        self._sides = sides
        self._named: set[int] = set()
        """What the instances around introduce themselves."""
        self._seen: set[int] = set()
        """Types already found to be visible."""

    def extern(self, item: t.ExternType) -> bool:
        """Whether every type that `item` refers to has a name. Types that `item` introduces name themselves, in order."""
        match item:
            case t.FuncType():
                return self._func(item)
            case t.ValueBound():
                return self._value(item.type)
            case t.TypeBound():
                return self._definition(item.type)
            case t.InstanceType():
                return self._instance(item)
            case _:
                return True

    def _func(self, func: t.FuncType[Any]) -> bool:
        return self._all([*[p.type for p in func.params], func.result])

    def _instance(self, instance: t.InstanceType) -> bool:
        if id(instance) in self._seen:
            return True
        for _, item in instance.exports:
            if not self.extern(item):
                return False
            if isinstance(item, t.TypeBound):
                self._named.add(id(item.type))
        self._seen.add(id(instance))
        return True

    def _definition(self, type_: Any) -> bool:
        """A type about to get a name: it needs none itself, what is inside does."""
        match type_:
            case t.InstanceType():
                return self._instance(type_)
            case t.FuncType():
                return self._func(type_)
            case t.Resource() | t.ComponentType():
                return True
            case _:
                return self._is_named(type_) or self._all(_parts(type_))

    def _is_named(self, type_: Any) -> bool:
        return id(type_) in self._named or any(id(type_) in side.visible for side in self._sides)

    def _all(self, types: Iterable[Any]) -> bool:
        return all(x is None or self._value(x) for x in types)

    def _value(self, type_: Any) -> bool:
        if type(type_) is Prim or id(type_) in self._seen:
            return True
        if not self._is_named(type_):
            if isinstance(type_, t.Record | t.Variant | t.EnumType | t.Flags | t.Resource):
                return False
            if not self._all(_parts(type_)):
                return False
        self._seen.add(id(type_))
        return True


def _parts(type_: Any) -> Iterable[Any]:
    match type_:
        case t.Record():
            return [f.type for f in type_.fields]
        case t.Variant():
            return [c.type for c in type_.cases]
        case t.Tuple():
            return type_.types
        case t.List() | t.Stream():
            return [type_.element]
        case t.Option() | t.Future():
            return [type_.type]
        case t.Result():
            return [type_.ok, type_.error]
        case t.Map():
            return [type_.key, type_.value]
        case t.Own() | t.Borrow():
            return [type_.resource]
        case _:
            return []


def show(names: Names, item: t.ExternType) -> None:
    """Give names to the types that a named item introduces."""
    if isinstance(item, t.TypeBound):
        names.show(item.type)
    elif isinstance(item, t.InstanceType) and id(item) not in names.visible:
        names.show(item)
        for _, inner in item.exports:
            show(names, inner)
