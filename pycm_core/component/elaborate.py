"""From type syntax to types: indices replaced by what they stand for.

Validation and instantiation both elaborate; each brings its own index space as `lookup`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycm_core.component import types as t
from pycm_core.component.types import DefType, Prim, TypeRef

Lookup = Callable[[int], DefType]
"""What a type index stands for; raises for an index that is out of bounds."""

Elaborator = Callable[[Any, Callable[[Any], Any]], Any]


def valtype(ref: TypeRef, lookup: Lookup) -> Any:
    """The value type a reference stands for."""
    return ref if type(ref) is Prim else lookup(ref)  # type: ignore[arg-type]  # a TypeRef is a Prim or an int


def deftype(syntax: t.DefValType[TypeRef] | t.FuncType[TypeRef], lookup: Lookup) -> DefType:
    """A value or function type with its references replaced. Resource, instance and component types are not elaborated here."""

    def ref(r: Any) -> Any:
        return r if r is None or type(r) is Prim else lookup(r)

    return _ELABORATE[type(syntax)](syntax, ref)  # type: ignore[no-any-return]  # the table's functions are untyped


def _fields(fields: tuple[t.Field[Any], ...], ref: Callable[[Any], Any]) -> tuple[t.Field[Any], ...]:
    return tuple(t.Field(f.label, ref(f.type)) for f in fields)


_ELABORATE: dict[type, Elaborator] = {
    t.Named: lambda s, ref: s,
    t.Record: lambda s, ref: t.Record(_fields(s.fields, ref)),
    t.Variant: lambda s, ref: t.Variant(tuple(t.Case(c.label, ref(c.type)) for c in s.cases)),
    t.List: lambda s, ref: t.List(ref(s.element), s.length),
    t.Tuple: lambda s, ref: t.Tuple(tuple(ref(x) for x in s.types)),
    t.Flags: lambda s, ref: s,
    t.EnumType: lambda s, ref: s,
    t.Option: lambda s, ref: t.Option(ref(s.type)),
    t.Result: lambda s, ref: t.Result(ref(s.ok), ref(s.error)),
    t.Own: lambda s, ref: t.Own(ref(s.resource)),
    t.Borrow: lambda s, ref: t.Borrow(ref(s.resource)),
    t.Stream: lambda s, ref: t.Stream(ref(s.element)),
    t.Future: lambda s, ref: t.Future(ref(s.type)),
    t.Map: lambda s, ref: t.Map(ref(s.key), ref(s.value)),
    t.FuncType: lambda s, ref: t.FuncType(_fields(s.params, ref), ref(s.result), s.async_),
}
