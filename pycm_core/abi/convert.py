"""Between Python values and what the canonical ABI moves: ranges checked, cases found, labels to attributes.

Whatever a host hands over that is not of the type raises `Invalid`, in words; nothing is silently truncated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pycm_core.abi.values import Err, Ok, RecordValue, Some, VariantValue, attribute
from pycm_core.base.errors import Invalid
from pycm_core.component import types as t
from pycm_core.component.types import Prim

INT_RANGE = {
    Prim.S8: (-(1 << 7), (1 << 7) - 1),
    Prim.U8: (0, (1 << 8) - 1),
    Prim.S16: (-(1 << 15), (1 << 15) - 1),
    Prim.U16: (0, (1 << 16) - 1),
    Prim.S32: (-(1 << 31), (1 << 31) - 1),
    Prim.U32: (0, (1 << 32) - 1),
    Prim.S64: (-(1 << 63), (1 << 63) - 1),
    Prim.U64: (0, (1 << 64) - 1),
}
"""The inclusive range of each integer type."""

CANONICAL_NAN = math.nan


def mismatch(expected: str, value: Any) -> Invalid:
    """A host's value that is not of the type."""
    shown = repr(value)
    return Invalid(f"expected {expected}, found {shown if len(shown) <= 60 else shown[:57] + '...'}")


def check_prim(value: Any, prim: Prim) -> Any:
    """`value` as the ABI moves a primitive: `int`, `float` or `str`; `bool` as 0 or 1, `char` as its code point."""
    limits = INT_RANGE.get(prim)
    if limits is not None:
        if type(value) is not int and (isinstance(value, bool) or not hasattr(value, "__index__")):
            raise mismatch(prim.value, value)
        number = value.__index__()
        if not limits[0] <= number <= limits[1]:
            raise mismatch(f"{prim.value} from {limits[0]} to {limits[1]}", value)
        return number
    if prim is Prim.BOOL:
        if not isinstance(value, bool):
            raise mismatch("bool", value)
        return int(value)
    if prim in (Prim.F32, Prim.F64):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise mismatch(prim.value, value)
        try:
            return float(value)
        except OverflowError:
            raise mismatch(prim.value, value) from None
    if not isinstance(value, str):
        raise mismatch(prim.value, value)
    if prim is Prim.CHAR:
        if len(value) != 1 or 0xD800 <= ord(value) <= 0xDFFF:
            raise mismatch("char (one Unicode scalar value)", value)
        return ord(value)
    return value


def sequence(value: Any, length: int | None) -> Sequence[Any]:
    """A list's elements, of the fixed `length` if there is one."""
    if isinstance(value, str) or not isinstance(value, Sequence | memoryview):
        raise mismatch("list", value)
    if length is not None and len(value) != length:
        raise mismatch(f"list of {length} elements", value)
    return value


def record_fields(value: Any, labels: Sequence[str]) -> list[Any]:
    """The fields of a record, in order, from attributes or a mapping."""
    if isinstance(value, Mapping):
        found = []
        for label in labels:
            if label in value:
                found.append(value[label])
            elif attribute(label) in value:
                found.append(value[attribute(label)])
            else:
                raise mismatch(f"record with the field `{label}`", value)
        return found
    try:
        return [getattr(value, attribute(label)) for label in labels]
    except AttributeError as e:
        raise mismatch(f"record with the field `{e.name}`", value) from None


def tuple_items(value: Any, length: int) -> Sequence[Any]:
    """The members of a tuple."""
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != length:
        raise mismatch(f"tuple of {length}", value)
    return value


def flags_bits(value: Any, labels: Sequence[str]) -> int:
    """Flags as an integer, the first label in bit 0 (CanonicalABI.md, "Storing": `pack_flags_into_int`)."""
    bits = 0
    if isinstance(value, str):
        raise mismatch("flags (a set of labels)", value)
    try:
        for label in value:
            bits |= 1 << labels.index(label)
    except (TypeError, ValueError):
        raise mismatch(f"flags of {', '.join(labels)}", value) from None
    return bits


def flags_from_bits(bits: int, labels: Sequence[str]) -> frozenset[str]:
    """The labels whose bit is set; bits without a label are ignored."""
    return frozenset(label for i, label in enumerate(labels) if bits >> i & 1)


def needs_some(type: Any) -> bool:
    """Whether a present `option<type>` must be told from `None` by `Some`."""
    return isinstance(type, t.Option)


def match_case(value: Any, type: Any) -> tuple[int, Any]:
    """The index of the case `value` is of, and its payload, for every type that despecializes to a variant."""
    return _MATCH[type.__class__](value, type)


def make_case(index: int, payload: Any, type: Any) -> Any:
    """The Python value of case `index` with `payload`."""
    return _MAKE[type.__class__](index, payload, type)


def _match_variant(value: Any, type: t.Variant[Any]) -> tuple[int, Any]:
    if isinstance(value, VariantValue):
        for i, case in enumerate(type.cases):
            if case.label == value.tag:
                return i, value.value
    raise mismatch(f"variant with a case of {', '.join(c.label for c in type.cases[:8])}", value)


def _match_enum(value: Any, type: t.EnumType) -> tuple[int, Any]:
    if isinstance(value, str) and value in type.labels:
        return type.labels.index(value), None
    raise mismatch(f"one of {', '.join(type.labels[:8])}", value)


def _match_option(value: Any, type: t.Option[Any]) -> tuple[int, Any]:
    if value is None:
        return 0, None
    if isinstance(value, Some):
        return 1, value.value
    if needs_some(type.type):
        raise mismatch("`None` or `Some(...)`", value)
    return 1, value


def _match_result(value: Any, type: t.Result[Any]) -> tuple[int, Any]:
    if isinstance(value, Ok):
        return 0, value.value
    if isinstance(value, Err):
        return 1, value.value
    raise mismatch("`Ok(...)` or `Err(...)`", value)


_MATCH: dict[type, Callable[[Any, Any], tuple[int, Any]]] = {
    t.Variant: _match_variant,
    t.EnumType: _match_enum,
    t.Option: _match_option,
    t.Result: _match_result,
}

_MAKE: dict[type, Callable[[int, Any, Any], Any]] = {
    t.Variant: lambda index, payload, type: VariantValue(type.cases[index].label, payload),
    t.EnumType: lambda index, payload, type: type.labels[index],
    t.Option: lambda index, payload, type: None if index == 0 else Some(payload) if needs_some(type.type) else payload,
    t.Result: lambda index, payload, type: Err(payload) if index else Ok(payload),
}


def make_record(labels: Sequence[str], values: Sequence[Any]) -> RecordValue:
    """A record from its fields in order."""
    record = RecordValue()
    record.__dict__.update(zip([attribute(label) for label in labels], values, strict=True))
    return record
