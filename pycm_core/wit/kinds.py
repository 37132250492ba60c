"""The references inside type kinds: listed, and replaced."""

from __future__ import annotations

from collections.abc import Callable

from pycm_core.component import types as t
from pycm_core.component.types import TypeRef
from pycm_core.wit import model as m


class Closed(Exception):
    """A reference to something behind a closed gate; never leaves this package."""

    def __init__(self, what: str, member: int | None = None) -> None:
        self.what = what
        self.member = member


def map_refs(kind: m.TypeKind, ref: Callable[[TypeRef], TypeRef], resource: Callable[[int], int]) -> m.TypeKind:
    """`kind` with `ref` applied to the value types in it, and `resource` to what handles are of."""
    match kind:
        case t.Record(fields):
            return t.Record(tuple(t.Field(f.label, _member(i, ref, f.type)) for i, f in enumerate(fields)))
        case t.Variant(cases):
            return t.Variant(
                tuple(t.Case(c.label, None if c.type is None else _member(i, ref, c.type)) for i, c in enumerate(cases))
            )
        case t.Tuple(types):
            return t.Tuple(tuple(ref(x) for x in types))
        case t.List(element, length):
            return t.List(ref(element), length)
        case t.Option(x):
            return t.Option(ref(x))
        case t.Result(ok, error):
            return t.Result(None if ok is None else ref(ok), None if error is None else ref(error))
        case t.Stream(element):
            return t.Stream(None if element is None else ref(element))
        case t.Future(x):
            return t.Future(None if x is None else ref(x))
        case t.Map(key, value):
            return t.Map(ref(key), ref(value))
        case t.Own(x):
            return t.Own(resource(x))  # type: ignore[arg-type]  # `Own` and `Borrow` always hold an index
        case t.Borrow(x):
            return t.Borrow(resource(x))  # type: ignore[arg-type]  # the same
        case _:
            return kind


def _member(index: int, ref: Callable[[TypeRef], TypeRef], type_: TypeRef) -> TypeRef:
    try:
        return ref(type_)
    except Closed as e:
        raise Closed(e.what, index) from None


def references(kind: m.TypeKind) -> list[TypeRef]:
    """The types that a type is made of, in order."""
    match kind:
        case m.Alias(x) | t.Option(x):
            return [x]
        case t.Record(fields):
            return [f.type for f in fields]
        case t.Variant(cases):
            return [c.type for c in cases if c.type is not None]
        case t.Tuple(types):
            return list(types)
        case t.List(x):
            return [x]
        case t.Result(ok, error):
            return [x for x in (ok, error) if x is not None]
        case t.Stream(x) | t.Future(x):
            return [] if x is None else [x]
        case t.Map(key, value):
            return [key, value]
        case t.Own(x) | t.Borrow(x):
            return [x]
        case _:
            return []
