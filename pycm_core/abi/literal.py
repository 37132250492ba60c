"""The literal form of lifting and lowering: the functions of the spec, by their names, reporting what they do.

It is the reference: the oracle of the compiled form (`pycm_core.abi.compiled`) and the source of every trace.
`path` names the part of the value at hand (`points[3].y`), for events.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from pycm_core.abi import convert, moves
from pycm_core.abi.context import LiftLowerContext
from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.layout import (
    F32,
    F64,
    I32,
    I64,
    MAX_LIST_BYTE_LENGTH,
    alignment,
    despecialize,
    discriminant_size,
    elem_size,
    field_offsets,
    flags_size,
    flatten_payload,
    flatten_type,
    flatten_types,
    payload_offset,
    plain,
    pointer_type,
)
from pycm_core.abi.traced import LOADING, STORING, TracedContext, handle_event, load_string, store_string
from pycm_core.abi.values import map_pairs, map_value
from pycm_core.component import types as t
from pycm_core.component.types import Prim
from pycm_core.wasm.syntax.types import NumType

FLAT_LIFTING, FLAT_LOWERING = 'CanonicalABI.md, "Flat Lifting"', 'CanonicalABI.md, "Flat Lowering"'

_INT_BYTES = {
    Prim.BOOL: (1, False),
    Prim.U8: (1, False),
    Prim.U16: (2, False),
    Prim.U32: (4, False),
    Prim.U64: (8, False),
    Prim.S8: (1, True),
    Prim.S16: (2, True),
    Prim.S32: (4, True),
    Prim.S64: (8, True),
    Prim.CHAR: (4, False),
    Prim.ERROR_CONTEXT: (4, False),
}
_FLOATS = {Prim.F32: ("<f", 4), Prim.F64: ("<d", 8)}


class CoreValueIter:
    """Core values one by one, as unsigned integers and floats."""

    __slots__ = ("values",)

    def __init__(self, values: Sequence[Any]) -> None:
        self.values: Iterator[Any] = iter(values)

    def next(self, type: NumType) -> Any:
        """The next value, which has the core type `type`."""
        value = next(self.values)
        if type is I32:
            return value & 0xFFFF_FFFF
        if type is I64:
            return value & 0xFFFF_FFFF_FFFF_FFFF
        return value


class CoerceValueIter(CoreValueIter):
    """The payload of a variant: values of the joined types, read as the types of one case (CanonicalABI.md, "Flat Lifting")."""

    __slots__ = ("have", "inner")

    def __init__(self, inner: CoreValueIter, have: list[NumType]) -> None:
        self.inner = inner
        self.have = have

    def next(self, type: NumType) -> Any:
        have = self.have.pop(0)
        value = self.inner.next(have)
        if have is type:
            return value
        if have is I32:  # f32 carried as i32
            return decode_float(value, F32)
        if type is I32:
            return value & 0xFFFF_FFFF
        return decode_float(value & 0xFFFF_FFFF if type is F32 else value, type)


def decode_float(bits: int, type: NumType) -> float:
    """Bits as a float; every NaN becomes the canonical one (CanonicalABI.md, "Loading")."""
    value: float = (
        struct.unpack("<f", struct.pack("<I", bits))[0] if type is F32 else struct.unpack("<d", struct.pack("<Q", bits))[0]
    )
    return math.nan if math.isnan(value) else value


def encode_float(value: float, type: NumType) -> int:
    """A float as bits, NaN as the canonical one (CanonicalABI.md, "Storing", in the deterministic profile)."""
    if math.isnan(value):
        return 0x7FC0_0000 if type is F32 else 0x7FF8_0000_0000_0000
    if type is F32:
        return int.from_bytes(pack_f32(value), "little")
    return int.from_bytes(struct.pack("<d", value), "little")


def pack_f32(value: float) -> bytes:
    """An f32 in memory; values beyond its range round to infinity, as `f32.demote_f64` does."""
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", math.copysign(math.inf, value))


def round_f32(value: float) -> float:
    """The nearest f32; beyond its range, infinity."""
    rounded: float = struct.unpack("<f", pack_f32(value))[0]
    return rounded


# --- Loading ------------------------------------------------------------------------------------------------------------


def load(cx: LiftLowerContext, address: int, type: Any, path: str = "") -> Any:
    """The value of `type` at `address`, which is aligned and in bounds (CanonicalABI.md, "Loading")."""
    kind = despecialize(type)
    match kind:
        case Prim.STRING:
            begin = load_int(cx, address, cx.ptr, type=kind, path=path)
            units = load_int(cx, address + cx.ptr, cx.ptr, type=kind, path=path)
            value: Any = load_string(cx, begin, units)
        case Prim.F32 | Prim.F64:
            code, size = _FLOATS[kind]
            (value,) = struct.unpack(code, load_bytes(cx, address, size, kind, path))
            value = math.nan if math.isnan(value) else value
        case Prim():
            size, signed = _INT_BYTES[kind]
            value = from_int(cx, load_int(cx, address, size, signed, kind, path), kind)
        case t.List(element, None):
            begin = load_int(cx, address, cx.ptr, type=kind, path=path)
            length = load_int(cx, address + cx.ptr, cx.ptr, type=kind, path=path)
            value = load_list_from_range(cx, begin, length, element, path)
        case t.List(element, int(length)):
            value = load_list_from_valid_range(cx, address, length, element, path)
        case t.Record(fields):
            values = [load(cx, address + offset, f.type, join_path(path, f.label)) for f, offset in field_offsets(fields, cx.ptr)]
            value = make_product(type, fields, values)
        case t.Variant(cases):
            index = load_int(cx, address, discriminant_size(cases), type=kind, path=path)
            case = case_at(cases, index)
            payload = None
            if case.type is not None:
                payload = load(cx, address + payload_offset(cases, cx.ptr), case.type, join_path(path, case.label))
            value = convert.make_case(index, payload, type)
        case t.Flags(labels):
            value = convert.flags_from_bits(load_int(cx, address, flags_size(labels), type=kind, path=path), labels)
        case _:
            value = lift_handle(cx, load_int(cx, address, 4, type=kind, path=path), kind)
    if isinstance(type, t.Map):
        value = map_value(value)
    if cx.trace is not None:
        report(cx, "lift", LOADING, value, type, path)
    return value


def load_bytes(cx: LiftLowerContext, address: int, count: int, type: Any, path: str) -> bytes:
    """`count` bytes, reported."""
    if isinstance(cx, TracedContext):
        return cx.read(address, count, path=path, type=cx.trace.name(type))
    return cx.memory.read(address, count)


def load_int(cx: LiftLowerContext, address: int, count: int, signed: bool = False, type: Any = None, path: str = "") -> int:
    """A little-endian integer of `count` bytes."""
    return int.from_bytes(load_bytes(cx, address, count, type, path), "little", signed=signed)


def from_int(cx: LiftLowerContext, value: int, prim: Prim) -> Any:
    """What an integer in memory means as `prim`."""
    if prim is Prim.BOOL:
        return value != 0
    if prim is Prim.CHAR:
        return char_from(value)
    if prim is Prim.ERROR_CONTEXT:
        return moves.lift_error_context(cx, value)
    return value


def char_from(code: int) -> str:
    """A Unicode scalar value (CanonicalABI.md, "Loading": `convert_i32_to_char`)."""
    if code >= 0x110000 or 0xD800 <= code <= 0xDFFF:
        raise canonical_trap(f"invalid `char`: {code:#x} is not a Unicode scalar value", "Loading")
    return chr(code)


def load_list_from_range(cx: LiftLowerContext, address: int, length: int, element: Any, path: str) -> Any:
    """`length` elements at `address`, checked to be aligned and in bounds."""
    size = length * elem_size(element, cx.ptr)
    if size > MAX_LIST_BYTE_LENGTH:
        raise canonical_trap(f"list of {size} bytes is too long", "Loading")
    align = alignment(element, cx.ptr)
    if address & (align - 1):
        raise canonical_trap(f"list pointer {address:#x} is not aligned to {align}", "Loading")
    if address + size > cx.memory.size():
        raise canonical_trap(f"list content out of bounds: {size} bytes at {address:#x}", "Loading")
    return load_list_from_valid_range(cx, address, length, element, path)


def load_list_from_valid_range(cx: LiftLowerContext, address: int, length: int, element: Any, path: str) -> Any:
    """`length` elements at `address`; `bytes` for `list<u8>`."""
    if plain(element) is Prim.U8:
        return load_bytes(cx, address, length, element, path) if length else b""
    size = elem_size(element, cx.ptr)
    return [load(cx, address + i * size, element, f"{path}[{i}]") for i in range(length)]


def make_product(type: Any, fields: Sequence[t.Field[Any]], values: list[Any]) -> Any:
    """A record or a tuple from its members."""
    return tuple(values) if isinstance(type, t.Tuple) else convert.make_record([f.label for f in fields], values)


def case_at(cases: Sequence[t.Case[Any]], index: int) -> t.Case[Any]:
    """The case a discriminant names; traps for one out of range."""
    if index >= len(cases):
        raise canonical_trap(f"unexpected discriminant {index}: there are {len(cases)} cases", "Loading")
    return cases[index]


def lift_handle(cx: LiftLowerContext, index: int, type: Any) -> Any:
    """A handle leaves the guest's table (`own`, a stream or future) or is lent (`borrow`)."""
    if not isinstance(cx, TracedContext):
        return moves.lift_handle(cx, index, type)
    entries = cx.instance.handles.array
    entry: Any = entries[index] if index < len(entries) else None
    value = moves.lift_handle(cx, index, type)
    if isinstance(type, t.Borrow):
        handle_event(cx, "handle-lend", LOADING, index, type, entry, lends=entry.lends)
    else:
        handle_event(cx, "handle-remove", LOADING, index, type, entry)
    return value


# --- Storing ------------------------------------------------------------------------------------------------------------


def store(cx: LiftLowerContext, value: Any, type: Any, address: int, path: str = "") -> None:
    """Store `value` at `address`, which is aligned and in bounds (CanonicalABI.md, "Storing")."""
    if cx.trace is not None:
        report(cx, "lower", STORING, value, type, path)
    if isinstance(type, t.Map):
        value = map_pairs(value)
    kind = despecialize(type)
    match kind:
        case Prim.STRING:
            begin, units = store_string(cx, convert.check_prim(value, kind))
            store_int(cx, begin, address, cx.ptr, kind, path)
            store_int(cx, units, address + cx.ptr, cx.ptr, kind, path)
        case Prim.F32 | Prim.F64:
            number = convert.check_prim(value, kind)
            core, size = (F32, 4) if kind is Prim.F32 else (F64, 8)
            store_int(cx, encode_float(number, core), address, size, kind, path)
        case Prim.ERROR_CONTEXT:
            store_int(cx, lower_error_context(cx, value), address, 4, kind, path)
        case Prim():
            size, signed = _INT_BYTES[kind]
            store_int(cx, convert.check_prim(value, kind), address, size, kind, path, signed)
        case t.List(element, length):
            items = convert.sequence(value, length)
            if length is not None:
                store_list_into_valid_range(cx, items, address, element, path)
            else:
                begin, count = store_list_into_range(cx, items, element, path)
                store_int(cx, begin, address, cx.ptr, kind, path)
                store_int(cx, count, address + cx.ptr, cx.ptr, kind, path)
        case t.Record(fields):
            members = product_items(value, type, fields)
            for (f, offset), member in zip(field_offsets(fields, cx.ptr), members, strict=True):
                store(cx, member, f.type, address + offset, join_path(path, f.label))
        case t.Variant(cases):
            index, payload = convert.match_case(value, type)
            store_int(cx, index, address, discriminant_size(cases), kind, path)
            case = cases[index]
            if case.type is not None:
                store(cx, payload, case.type, address + payload_offset(cases, cx.ptr), join_path(path, case.label))
        case t.Flags(labels):
            store_int(cx, convert.flags_bits(value, labels), address, flags_size(labels), kind, path)
        case _:
            store_int(cx, lower_handle(cx, value, kind), address, 4, kind, path)


def store_bytes(cx: LiftLowerContext, raw: bytes, address: int, type: Any, path: str) -> None:
    """Write bytes, reported."""
    if isinstance(cx, TracedContext):
        cx.write(address, raw, path=path, type=cx.trace.name(type))
    else:
        cx.memory.write(address, raw)


def store_int(
    cx: LiftLowerContext, value: int, address: int, count: int, type: Any = None, path: str = "", signed: bool = False
) -> None:
    """A little-endian integer of `count` bytes."""
    store_bytes(cx, value.to_bytes(count, "little", signed=signed), address, type, path)


def product_items(value: Any, type: Any, fields: Sequence[t.Field[Any]]) -> Sequence[Any]:
    """The members of a record or tuple value."""
    if isinstance(type, t.Tuple):
        return convert.tuple_items(value, len(fields))
    return convert.record_fields(value, [f.label for f in fields])


def store_list_into_range(cx: LiftLowerContext, items: Sequence[Any], element: Any, path: str) -> tuple[int, int]:
    """Store a list where `realloc` says; the address and the number of elements."""
    size = len(items) * elem_size(element, cx.ptr)
    if size > MAX_LIST_BYTE_LENGTH:
        raise canonical_trap(f"list of {size} bytes is too long", "Storing")
    address = cx.reallocate(0, 0, alignment(element, cx.ptr), size)
    store_list_into_valid_range(cx, items, address, element, path)
    return address, len(items)


def store_list_into_valid_range(cx: LiftLowerContext, items: Sequence[Any], address: int, element: Any, path: str) -> None:
    """Store elements one after the other; bytes in one go."""
    if plain(element) is Prim.U8 and isinstance(items, bytes | bytearray | memoryview):
        if len(items):
            store_bytes(cx, bytes(items), address, element, path)
        return
    size = elem_size(element, cx.ptr)
    for i, item in enumerate(items):
        store(cx, item, element, address + i * size, f"{path}[{i}]")


def lower_handle(cx: LiftLowerContext, value: Any, type: Any) -> int:
    """A handle enters the guest's table; the instance that implements a resource gets what a borrow stands for."""
    index = moves.lower_handle(cx, value, type)
    if isinstance(cx, TracedContext) and not (isinstance(type, t.Borrow) and moves.sees_rep(cx, type.resource.id)):
        handle_event(cx, "handle-add", STORING, index, type, cx.instance.handles.get(index))
    return index


def lower_error_context(cx: LiftLowerContext, value: Any) -> int:
    """(CanonicalABI.md, "Storing": `lower_error_context`)"""
    index = moves.lower_error_context(cx, value)
    if isinstance(cx, TracedContext):
        handle_event(cx, "handle-add", STORING, index, Prim.ERROR_CONTEXT, value)
    return index


# --- Flat lifting -------------------------------------------------------------------------------------------------------


def lift_flat(cx: LiftLowerContext, values: CoreValueIter, type: Any, path: str = "") -> Any:
    """A value from core values (CanonicalABI.md, "Flat Lifting")."""
    kind = despecialize(type)
    match kind:
        case Prim.STRING:
            pointer = pointer_type(cx.ptr)
            begin = values.next(pointer)
            value: Any = load_string(cx, begin, values.next(pointer))
        case Prim.F32 | Prim.F64:
            value = values.next(F32 if kind is Prim.F32 else F64)
            value = math.nan if math.isnan(value) else value
        case Prim():
            value = from_int(cx, wrap_int(values.next(I64 if kind in (Prim.S64, Prim.U64) else I32), kind), kind)
        case t.List(element, None):
            pointer = pointer_type(cx.ptr)
            begin = values.next(pointer)
            value = load_list_from_range(cx, begin, values.next(pointer), element, path)
        case t.List(element, int(length)):
            value = [lift_flat(cx, values, element, f"{path}[{i}]") for i in range(length)]
            if plain(element) is Prim.U8:
                value = bytes(value)
        case t.Record(fields):
            members = [lift_flat(cx, values, f.type, join_path(path, f.label)) for f in fields]
            value = make_product(type, fields, members)
        case t.Variant(cases):
            index = values.next(I32)
            case = case_at(cases, index)
            have = flatten_payload(cases, cx.ptr)
            payload = None
            inner = CoerceValueIter(values, have)
            if case.type is not None:
                payload = lift_flat(cx, inner, case.type, join_path(path, case.label))
            while inner.have:
                values.next(inner.have.pop(0))
            value = convert.make_case(index, payload, type)
        case t.Flags(labels):
            value = convert.flags_from_bits(values.next(I32), labels)
        case _:
            value = lift_handle(cx, values.next(I32), kind)
    if isinstance(type, t.Map):
        value = map_value(value)
    if cx.trace is not None:
        report(cx, "lift", FLAT_LIFTING, value, type, path)
    return value


def wrap_int(value: int, prim: Prim) -> int:
    """The low bits of a core integer, signed where `prim` is; `bool` is any non-zero i32."""
    if prim in (Prim.BOOL, Prim.CHAR, Prim.ERROR_CONTEXT):
        return value
    count, signed = _INT_BYTES[prim]
    bits = count * 8
    value &= (1 << bits) - 1
    return value - (1 << bits) if signed and value >> (bits - 1) else value


# --- Flat lowering ------------------------------------------------------------------------------------------------------


def lower_flat(cx: LiftLowerContext, value: Any, type: Any, path: str = "") -> list[Any]:
    """Core values from a value (CanonicalABI.md, "Flat Lowering"); integers are unsigned."""
    if cx.trace is not None:
        report(cx, "lower", FLAT_LOWERING, value, type, path)
    if isinstance(type, t.Map):
        value = map_pairs(value)
    kind = despecialize(type)
    match kind:
        case Prim.STRING:
            return list(store_string(cx, convert.check_prim(value, kind)))
        case Prim.F32:
            return [round_f32(convert.check_prim(value, kind))]
        case Prim.F64:
            return [convert.check_prim(value, kind)]
        case Prim.ERROR_CONTEXT:
            return [lower_error_context(cx, value)]
        case Prim():
            number = convert.check_prim(value, kind)
            return [number & (0xFFFF_FFFF_FFFF_FFFF if kind is Prim.S64 else 0xFFFF_FFFF) if number < 0 else number]
        case t.List(element, None):
            return list(store_list_into_range(cx, convert.sequence(value, None), element, path))
        case t.List(element, length):
            items = convert.sequence(value, length)
            return [flat for i, item in enumerate(items) for flat in lower_flat(cx, item, element, f"{path}[{i}]")]
        case t.Record(fields):
            members = product_items(value, type, fields)
            return [
                flat
                for f, member in zip(fields, members, strict=True)
                for flat in lower_flat(cx, member, f.type, join_path(path, f.label))
            ]
        case t.Variant(cases):
            return lower_flat_variant(cx, value, type, cases, path)
        case t.Flags(labels):
            return [convert.flags_bits(value, labels)]
        case _:
            return [lower_handle(cx, value, kind)]


def lower_flat_variant(cx: LiftLowerContext, value: Any, type: Any, cases: Sequence[t.Case[Any]], path: str) -> list[Any]:
    """The discriminant, then the payload coerced to the joined types, then zeros (CanonicalABI.md, "Flat Lowering")."""
    index, payload = convert.match_case(value, type)
    joined = flatten_payload(cases, cx.ptr)
    flat: list[Any] = [index]
    case = cases[index]
    if case.type is not None:
        values = lower_flat(cx, payload, case.type, join_path(path, case.label))
        for core, have, want in zip(values, flatten_type(case.type, cx.ptr), joined, strict=False):
            flat.append(encode_float(core, have) if have in (F32, F64) and have is not want else core)
    for want in joined[len(flat) - 1 :]:
        flat.append(0.0 if want in (F32, F64) else 0)
    return flat


# --- Lifting and lowering values ----------------------------------------------------------------------------------------


def lift_flat_values(
    cx: LiftLowerContext, max_flat: int, values: CoreValueIter, types: Sequence[Any], names: Sequence[str]
) -> list[Any]:
    """Parameters or results, spilled to memory when they flatten to more than `max_flat` (CanonicalABI.md, "Lifting and Lowering Values")."""
    if len(flatten_types(types, cx.ptr)) <= max_flat:
        return [lift_flat(cx, values, type, name) for type, name in zip(types, names, strict=True)]
    address = values.next(pointer_type(cx.ptr))
    fields = tuple(t.Field(name, type) for name, type in zip(names, types, strict=True))
    check_range(cx, address, t.Record(fields), "Lifting and Lowering Values")
    return [load(cx, address + offset, f.type, f.label) for f, offset in field_offsets(fields, cx.ptr)]


def lower_flat_values(
    cx: LiftLowerContext,
    max_flat: int,
    values: Sequence[Any],
    types: Sequence[Any],
    names: Sequence[str],
    out_param: int | None = None,
) -> list[Any]:
    """The converse; `out_param` is where the caller wants spilled results."""
    if len(flatten_types(types, cx.ptr)) <= max_flat:
        return [
            flat for value, type, name in zip(values, types, names, strict=True) for flat in lower_flat(cx, value, type, name)
        ]
    fields = tuple(t.Field(name, type) for name, type in zip(names, types, strict=True))
    record: t.Record[Any] = t.Record(fields)
    if out_param is None:
        address = cx.reallocate(0, 0, alignment(record, cx.ptr), elem_size(record, cx.ptr))
    else:
        address = out_param
        check_range(cx, address, record, "Lifting and Lowering Values")
    for (f, offset), value in zip(field_offsets(fields, cx.ptr), values, strict=True):
        store(cx, value, f.type, address + offset, f.label)
    return [address] if out_param is None else []


def load_elements(cx: LiftLowerContext, address: int, count: int, type: Any) -> Any:
    """Elements of a stream or future out of a buffer (CanonicalABI.md, "Buffer State")."""
    if isinstance(cx, TracedContext):
        cx.trace.emit("copy", 'CanonicalABI.md, "Buffer State"', cx.instance.id, direction="read", count=count)
    return load_list_from_valid_range(cx, address, count, type, "element")


def store_elements(cx: LiftLowerContext, values: Sequence[Any], address: int, type: Any) -> None:
    """Elements of a stream or future into a buffer (CanonicalABI.md, "Buffer State")."""
    if isinstance(cx, TracedContext):
        cx.trace.emit("copy", 'CanonicalABI.md, "Buffer State"', cx.instance.id, direction="write", count=len(values))
    store_list_into_valid_range(cx, values, address, type, "element")


def check_range(cx: LiftLowerContext, address: int, type: Any, rule: str) -> None:
    """Trap unless a value of `type` fits at `address`."""
    align = alignment(type, cx.ptr)
    if address & (align - 1):
        raise canonical_trap(f"pointer {address:#x} is not aligned to {align}", rule)
    if address + elem_size(type, cx.ptr) > cx.memory.size():
        raise canonical_trap(f"pointer {address:#x} is out of bounds of memory", rule)


def join_path(path: str, label: str) -> str:
    """`path.label`."""
    return f"{path}.{label}" if path else label


def report(cx: LiftLowerContext, kind: str, rule: str, value: Any, type: Any, path: str) -> None:
    """Tell the tracer about a value."""
    trace = cx.trace
    trace.emit(kind, rule, cx.instance.id, path=path, type=trace.name(type), value=trace.show(value, type))
