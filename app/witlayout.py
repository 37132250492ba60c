"""The layout of a WIT type, from types alone (CanonicalABI.md, "Alignment" to "Flattening"). For 32-bit memories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from app.messages import WitLayout, WitLayoutPart
from pycm_core.abi import layout
from pycm_core.component import types as t
from pycm_core.wasm.syntax.types import NumType, RefType
from pycm_core.wit import model as m
from pycm_core.wit.kinds import map_refs, references
from pycm_core.wit.print import Printer

LARGEST = 4096
"""How many types, each counted as often as it is written out, a layout may be made of: what nests doubles with each level."""


def layout_of(resolve: m.Resolve, index: int) -> WitLayout | None:
    """The layout of a type; `None` for a resource, which is no value, and for what is too large to be written out."""
    if isinstance(resolve.definition(index), int) and _is_resource(resolve, index):
        return None
    if _weight(resolve, index, {}) > LARGEST:
        return None
    type = value_type(resolve, index)
    try:
        size, align = layout.elem_size(type), layout.alignment(type)
        flat = [core.value for core in layout.flatten_type(type)]
    except ValueError:  # a record without fields, which is reported elsewhere
        return None
    return {
        "size": size,
        "align": align,
        "parts": list(_parts(resolve, index, type)),
        "flat": flat if len(flat) <= layout.MAX_FLAT_PARAMS else None,
    }


def core_signature(resolve: m.Resolve, func: m.Func) -> str | None:
    """The core signature of a function that is lifted: what the guest exports; `None` for what is too large."""
    used = [p.type for p in func.params] + ([] if func.result is None else [func.result])
    if sum(_weight(resolve, ref, {}) for ref in used) > LARGEST:
        return None
    params = tuple(t.Field(p.label, value_type(resolve, p.type)) for p in func.params)
    result = None if func.result is None else value_type(resolve, func.result)
    try:
        core = layout.flatten_functype(t.FuncType(params, result), "lift")
    except ValueError:
        return None
    return f"({_core_types(core.params)}) → {_core_types(core.results) or '()'}"


def _core_types(types: Sequence[NumType | RefType]) -> str:
    return ", ".join(x.value for x in types if isinstance(x, NumType))  # flattening gives no references


def value_type(resolve: m.Resolve, ref: t.TypeRef) -> Any:
    """A type of the model written out as the ABI reads it; resources stand as handles."""
    if not isinstance(ref, int):
        return ref
    kind = resolve.types[ref].kind
    if isinstance(kind, m.Alias):
        return value_type(resolve, kind.type)
    if isinstance(kind, m.ResourceKind):
        return t.Own(ref)
    return map_refs(kind, lambda inner: value_type(resolve, inner), lambda resource: resource)


def _is_resource(resolve: m.Resolve, index: int) -> bool:
    found = resolve.definition(index)
    return isinstance(found, int) and isinstance(resolve.types[found].kind, m.ResourceKind)


def _weight(resolve: m.Resolve, ref: t.TypeRef, known: dict[int, int]) -> int:
    """How many types `ref` is when everything is written out."""
    if not isinstance(ref, int):
        return 1
    if ref not in known:
        kind = resolve.types[ref].kind
        if isinstance(kind, m.ResourceKind | t.Own | t.Borrow):
            known[ref] = 1
        else:
            inside = sum(_weight(resolve, r, known) for r in references(kind))
            length = kind.length if isinstance(kind, t.List) and kind.length is not None else 1
            known[ref] = 1 + inside * max(1, length)
    return known[ref]


def _parts(resolve: m.Resolve, index: int, type: Any) -> Iterator[WitLayoutPart]:
    """Where the fields of a record or the cases of a variant are."""
    found = resolve.definition(index)
    if not isinstance(found, int):
        return
    kind = resolve.types[found].kind
    printer = Printer(resolve)

    def part(name: str, ref: t.TypeRef | None, offset: int, inner: Any) -> WitLayoutPart:
        size = 0 if inner is None else layout.elem_size(inner)
        return {"name": name, "type": None if ref is None else printer.type(ref), "offset": offset, "size": size}

    match kind:
        case t.Record(fields):
            for field, (inner, offset) in zip(fields, layout.field_offsets(type.fields), strict=True):
                yield part(field.label, field.type, offset, inner.type)
        case t.Tuple(types):
            whole = layout.despecialize(type)
            for number, (ref, (inner, offset)) in enumerate(zip(types, layout.field_offsets(whole.fields), strict=True)):
                yield part(str(number), ref, offset, inner.type)
        case t.Variant(cases):
            offset = layout.payload_offset(type.cases)
            for case, made in zip(cases, type.cases, strict=True):
                yield part(case.label, case.type, offset, made.type)
        case _:
            return
