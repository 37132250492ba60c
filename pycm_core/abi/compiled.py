"""The compiled form of lifting and lowering: one `Codec` of closures and `struct` formats per type, made once when a function is bound.

Same results as the literal form (`pycm_core.abi.literal`), which is its oracle, with three liberties that no value shows: a list's bytes
are read and written in one piece, padding and the unused part of a payload are written as zeros, and the payload of a NaN passes
unchanged (the spec allows any NaN).

A type is *simple* when its flat form and its memory form hold the same numbers in the same order: everything but what despecializes to a
variant with payloads. Then memory is a `struct` format over the flat values, and the two forms share their code.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from pycm_core.abi import convert, layout, literal, moves
from pycm_core.abi.context import LiftLowerContext
from pycm_core.abi.elements import Read, Write, elements
from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.instance import RuntimeResource
from pycm_core.abi.layout import F32, F64, MAX_LIST_BYTE_LENGTH, alignment, elem_size, flatten_type
from pycm_core.abi.streams import Elements
from pycm_core.abi.strings import load_string_from_range, store_string_into_range
from pycm_core.abi.values import Err, Ok, RecordValue, Some, VariantValue, attribute, map_pairs, map_value
from pycm_core.component import types as t
from pycm_core.component.types import Prim
from pycm_core.wasm.syntax.types import NumType

Lift = Callable[[LiftLowerContext, Sequence[Any], int], Any]
"""`lift(cx, values, i)`: the value whose flat values start at `values[i]`."""
Lower = Callable[[LiftLowerContext, Any, list[Any]], None]
"""`lower(cx, value, out)`: append the flat values."""
Load = Callable[[LiftLowerContext, bytes, int], Any]
"""`load(cx, buffer, at)`: the value at offset `at` of a piece of memory."""
Store = Callable[[LiftLowerContext, Any, bytearray, int], None]
"""`store(cx, value, buffer, at)`."""


class Codec:
    """How values of one type move. `format` is the `struct` format of a simple type, trailing padding included; else `None`."""

    __slots__ = ("align", "flat", "format", "is_string", "lift", "load", "lower", "size", "store")

    def __init__(self, type: Any, ptr: int, lift: Lift, lower: Lower, format: str | None) -> None:
        self.is_string = layout.plain(type) is Prim.STRING
        self.size = elem_size(type, ptr)
        self.align = alignment(type, ptr)
        self.flat = len(flatten_type(type, ptr))
        self.lift = lift
        self.lower = lower
        self.format = format
        if format is not None:
            self.load, self.store = _through_format(format, lift, lower)

    load: Load
    store: Store


def _through_format(format: str, lift: Lift, lower: Lower) -> tuple[Load, Store]:
    form = struct.Struct("<" + format)
    unpack_from, pack_into = form.unpack_from, form.pack_into

    def load(cx: LiftLowerContext, buffer: bytes, at: int) -> Any:
        return lift(cx, unpack_from(buffer, at), 0)

    def store(cx: LiftLowerContext, value: Any, buffer: bytearray, at: int) -> None:
        out: list[Any] = []
        lower(cx, value, out)
        pack_into(buffer, at, *out)

    return load, store


class Codecs:
    """Makes codecs; one for each type object, for one pointer size."""

    __slots__ = ("_made", "ptr")

    def __init__(self, ptr: int) -> None:
        self.ptr = ptr
        self._made: dict[int, tuple[Any, Codec]] = {}

    def codec(self, type: Any) -> Codec:
        """The codec of an elaborated value type."""
        made = self._made.get(id(type))
        if made is None:
            make = _prim if type.__class__ is Prim else _MAKERS[type.__class__]
            made = self._made[id(type)] = type, make(self, type)
        return made[1]

    def elements(self, type: Any) -> Elements:
        """How consecutive values of a type are loaded and stored, in one piece."""
        element = self.codec(type)
        read, write = _elements(layout.plain(type), element)
        size = element.size

        def load(cx: LiftLowerContext, address: int, count: int) -> Sequence[Any]:
            return read(cx, cx.memory.read(address, count * size), count)  # type: ignore[no-any-return]  # a sequence

        def store(cx: LiftLowerContext, values: Sequence[Any], address: int) -> None:
            cx.memory.write(address, write(cx, values, len(values) * size))

        return load, store


# --- primitives -----------------------------------------------------------------------------------------------------------

_FORMATS = {
    Prim.BOOL: "B",
    Prim.S8: "b",
    Prim.U8: "B",
    Prim.S16: "h",
    Prim.U16: "H",
    Prim.S32: "i",
    Prim.U32: "I",
    Prim.S64: "q",
    Prim.U64: "Q",
    Prim.F32: "f",
    Prim.F64: "d",
    Prim.CHAR: "I",
    Prim.ERROR_CONTEXT: "I",
}


def _prim(codecs: Codecs, prim: Any) -> Codec:
    if prim is Prim.STRING:
        return _string(codecs, prim)
    make = _integer if prim in convert.INT_RANGE else _OTHER_PRIMS[prim]
    lift, lower = make(prim)
    return Codec(prim, codecs.ptr, lift, lower, _FORMATS[prim])


def _integer(prim: Prim) -> tuple[Lift, Lower]:
    least, most = convert.INT_RANGE[prim]
    mask = most - least
    check = convert.check_prim

    if least:
        sign = most + 1

        def lift(cx: LiftLowerContext, values: Sequence[Any], i: int) -> int:
            return ((values[i] & mask) ^ sign) - sign  # type: ignore[no-any-return]  # core values are untyped

    else:

        def lift(cx: LiftLowerContext, values: Sequence[Any], i: int) -> int:
            return values[i] & mask  # type: ignore[no-any-return]  # core values are untyped

    def lower(cx: LiftLowerContext, value: Any, out: list[Any]) -> None:
        out.append(value if value.__class__ is int and least <= value <= most else check(value, prim))

    return lift, lower


def _checked(prim: Prim, lift: Lift) -> tuple[Lift, Lower]:
    check = convert.check_prim
    return lift, lambda cx, value, out: out.append(check(value, prim))


def _f32(prim: Prim) -> tuple[Lift, Lower]:
    form = struct.Struct("<f")

    def lower(cx: LiftLowerContext, value: Any, out: list[Any]) -> None:
        number = convert.check_prim(value, prim)
        try:
            out.append(form.unpack(form.pack(number))[0])
        except OverflowError:  # beyond f32: rounds to infinity, as f32.demote_f64 does
            out.append(math.copysign(math.inf, number))

    return _lift_as_is, lower


def _lift_as_is(cx: LiftLowerContext, values: Sequence[Any], i: int) -> Any:
    return values[i]


def _error_context(prim: Prim) -> tuple[Lift, Lower]:
    return (
        lambda cx, values, i: moves.lift_error_context(cx, values[i] & 0xFFFF_FFFF),
        lambda cx, value, out: out.append(moves.lower_error_context(cx, value)),
    )


_OTHER_PRIMS: dict[Prim, Callable[[Prim], tuple[Lift, Lower]]] = {
    Prim.BOOL: lambda prim: _checked(prim, lambda cx, values, i: values[i] != 0),
    Prim.F32: _f32,
    Prim.F64: lambda prim: _checked(prim, _lift_as_is),
    Prim.CHAR: lambda prim: _checked(prim, lambda cx, values, i: literal.char_from(values[i] & 0xFFFF_FFFF)),
    Prim.ERROR_CONTEXT: _error_context,
}


def _pointers(ptr: int) -> tuple[str, int]:
    return ("II", 0xFFFF_FFFF) if ptr == 4 else ("QQ", 0xFFFF_FFFF_FFFF_FFFF)


def _string(codecs: Codecs, type: Any) -> Codec:
    format, mask = _pointers(codecs.ptr)

    def lift(cx: LiftLowerContext, values: Sequence[Any], i: int) -> str:
        return load_string_from_range(cx, values[i] & mask, values[i + 1] & mask)

    def lower(cx: LiftLowerContext, value: Any, out: list[Any]) -> None:
        if not isinstance(value, str):
            raise convert.mismatch("string", value)
        out.extend(store_string_into_range(cx, value))

    return Codec(type, codecs.ptr, lift, lower, format)


# --- lists ----------------------------------------------------------------------------------------------------------------


def _list(codecs: Codecs, type: t.List[Any]) -> Codec:
    element = codecs.codec(type.element)
    if type.length is not None:
        return _fixed_list(codecs, type, element, type.length)
    read, write = _elements(layout.plain(type.element), element)
    format, mask = _pointers(codecs.ptr)
    size, align = element.size, element.align
    allocates = not layout.is_fixed(type.element)

    def lift(cx: LiftLowerContext, values: Sequence[Any], i: int) -> Any:
        address, count = values[i] & mask, values[i + 1] & mask
        total = count * size
        if total > MAX_LIST_BYTE_LENGTH:
            raise canonical_trap(f"list of {total} bytes is too long", "Loading")
        if address & (align - 1):
            raise canonical_trap(f"list pointer {address:#x} is not aligned to {align}", "Loading")
        if not total:
            if address > cx.memory.size():
                raise canonical_trap(f"list content out of bounds: 0 bytes at {address:#x}", "Loading")
            return read(cx, b"", 0)
        if address + total > cx.memory.size():
            raise canonical_trap(f"list content out of bounds: {total} bytes at {address:#x}", "Loading")
        return read(cx, cx.memory.read(address, total), count)

    def lower(cx: LiftLowerContext, value: Any, out: list[Any]) -> None:
        items = convert.sequence(value, None)
        count = len(items)
        total = count * size
        if total > MAX_LIST_BYTE_LENGTH:
            raise canonical_trap(f"list of {total} bytes is too long", "Storing")
        if allocates:
            address = cx.reallocate(0, 0, align, total)
            if total:
                cx.memory.write(address, write(cx, items, total))
        else:
            address = cx.place(align, write(cx, items, total))
        out.append(address)
        out.append(count)

    return Codec(type, codecs.ptr, lift, lower, format)


def _elements(type: Any, element: Codec) -> tuple[Read, Write]:
    if type in convert.INT_RANGE or type is Prim.F64:
        return _numbers(type)
    if element.format is not None:
        slow = _simple_elements(element)
        return elements(type, element.format, slow) or slow
    size, load, store = element.size, element.load, element.store

    def read(cx: LiftLowerContext, raw: bytes, count: int) -> list[Any]:
        return [load(cx, raw, i * size) for i in range(count)]

    def write(cx: LiftLowerContext, items: Sequence[Any], total: int) -> bytearray:
        buffer = bytearray(total)
        for i, item in enumerate(items):
            store(cx, item, buffer, i * size)
        return buffer

    return read, write


def _numbers(prim: Prim) -> tuple[Read, Write]:
    code = _FORMATS[prim]

    def read(cx: LiftLowerContext, raw: bytes, count: int) -> Any:
        return list(struct.unpack(f"<{count}{code}", raw))

    exact = {float} if prim is Prim.F64 else {int}

    def write(cx: LiftLowerContext, items: Sequence[Any], total: int) -> bytes:
        try:
            if set(map(type, items)) <= exact:
                return struct.pack(f"<{len(items)}{code}", *items)
        except struct.error:
            pass
        checked = [convert.check_prim(item, prim) for item in items]
        return struct.pack(f"<{len(items)}{code}", *checked)

    if prim is not Prim.U8:
        return read, write

    def write_bytes(cx: LiftLowerContext, items: Sequence[Any], total: int) -> Any:
        return (
            items
            if isinstance(items, bytes | bytearray)
            else bytes(items)
            if isinstance(items, memoryview)
            else write(cx, items, total)
        )

    return (lambda cx, raw, count: raw), write_bytes


def _simple_elements(element: Codec) -> tuple[Read, Write]:
    form = struct.Struct(f"<{element.format}")
    lift, lower, size = element.lift, element.lower, element.size
    iter_unpack, pack_into = form.iter_unpack, form.pack_into

    def read(cx: LiftLowerContext, raw: bytes, count: int) -> list[Any]:
        return [lift(cx, values, 0) for values in iter_unpack(raw)]

    def write(cx: LiftLowerContext, items: Sequence[Any], total: int) -> bytearray:
        buffer = bytearray(total)
        at = 0
        for item in items:
            out: list[Any] = []
            lower(cx, item, out)
            pack_into(buffer, at, *out)
            at += size
        return buffer

    return read, write


def _fixed_list(codecs: Codecs, type: Any, element: Codec, length: int) -> Codec:
    finish: Callable[[list[Any]], Any] = bytes if layout.plain(type.element) is Prim.U8 else list

    def lift(cx: LiftLowerContext, values: Sequence[Any], i: int) -> Any:
        return finish([element.lift(cx, values, i + n * element.flat) for n in range(length)])

    def lower(cx: LiftLowerContext, value: Any, out: list[Any]) -> None:
        for item in convert.sequence(value, length):
            element.lower(cx, item, out)

    if element.format is not None and length * len(element.format) <= 1000:
        return Codec(type, codecs.ptr, lift, lower, element.format * length)

    def load(cx: LiftLowerContext, buffer: bytes, at: int) -> Any:
        return finish([element.load(cx, buffer, at + n * element.size) for n in range(length)])

    def store(cx: LiftLowerContext, value: Any, buffer: bytearray, at: int) -> None:
        for n, item in enumerate(convert.sequence(value, length)):
            element.store(cx, item, buffer, at + n * element.size)

    codec = Codec(type, codecs.ptr, lift, lower, None)
    codec.load, codec.store = load, store
    return codec


def _map(codecs: Codecs, type: t.Map[Any]) -> Codec:
    pairs = codecs.codec(t.List(t.Tuple((type.key, type.value))))

    def lift(cx: LiftLowerContext, values: Sequence[Any], i: int) -> Any:
        return map_value(pairs.lift(cx, values, i))

    def lower(cx: LiftLowerContext, value: Any, out: list[Any]) -> None:
        pairs.lower(cx, map_pairs(value), out)

    return Codec(type, codecs.ptr, lift, lower, pairs.format)


# --- records, tuples, flags, handles ------------------------------------------------------------------------------------


def _record(codecs: Codecs, type: t.Record[Any]) -> Codec:
    labels = [f.label for f in type.fields]
    attributes = [attribute(label) for label in labels]
    members = attrgetter(*attributes) if len(attributes) > 1 else None
    new = RecordValue.__new__

    def build(values: Sequence[Any]) -> RecordValue:
        record = new(RecordValue)
        record.__dict__.update(zip(attributes, values, strict=True))
        return record

    def take(value: Any) -> Sequence[Any]:
        if members is not None and value.__class__ is RecordValue:
            try:
                return members(value)
            except AttributeError:
                pass
        return convert.record_fields(value, labels)

    return _product(codecs, type, type.fields, build, take)


def _tuple(codecs: Codecs, type: t.Tuple[Any]) -> Codec:
    count = len(type.types)
    fields = layout.despecialize(type).fields
    return _product(codecs, type, fields, tuple, lambda value: convert.tuple_items(value, count))


def _product(
    codecs: Codecs,
    type: Any,
    fields: Sequence[t.Field[Any]],
    build: Callable[[Sequence[Any]], Any],
    take: Callable[[Any], Sequence[Any]],
) -> Codec:
    members = [codecs.codec(f.type) for f in fields]
    offsets = [offset for _, offset in layout.field_offsets(fields, codecs.ptr)]
    starts = [sum(m.flat for m in members[:i]) for i in range(len(members))]
    lifts = [(m.lift, start) for m, start in zip(members, starts, strict=True)]
    lowers = [m.lower for m in members]

    def lift(cx: LiftLowerContext, values: Sequence[Any], i: int) -> Any:
        return build([lift(cx, values, i + start) for lift, start in lifts])

    def lower(cx: LiftLowerContext, value: Any, out: list[Any]) -> None:
        for lower, member in zip(lowers, take(value), strict=True):
            lower(cx, member, out)

    formats = [m.format for m in members]
    if all(f is not None for f in formats):
        format, end = "", 0
        for member, offset in zip(members, offsets, strict=True):
            format += "x" * (offset - end) + (member.format or "")
            end = offset + member.size
        return Codec(type, codecs.ptr, lift, lower, format + "x" * (elem_size(type, codecs.ptr) - end))

    loads = [(m.load, offset) for m, offset in zip(members, offsets, strict=True)]
    stores = [(m.store, offset) for m, offset in zip(members, offsets, strict=True)]

    def load(cx: LiftLowerContext, buffer: bytes, at: int) -> Any:
        return build([load(cx, buffer, at + offset) for load, offset in loads])

    def store(cx: LiftLowerContext, value: Any, buffer: bytearray, at: int) -> None:
        for (store, offset), member in zip(stores, take(value), strict=True):
            store(cx, member, buffer, at + offset)

    codec = Codec(type, codecs.ptr, lift, lower, None)
    codec.load, codec.store = load, store
    return codec


def _flags(codecs: Codecs, type: t.Flags) -> Codec:
    labels = type.labels
    code = {1: "B", 2: "H", 4: "I"}[layout.flags_size(labels)]
    return Codec(
        type,
        codecs.ptr,
        lambda cx, values, i: convert.flags_from_bits(values[i], labels),
        lambda cx, value, out: out.append(convert.flags_bits(value, labels)),
        code,
    )


def _enum(codecs: Codecs, type: t.EnumType) -> Codec:
    labels = type.labels
    cases = layout.despecialize(type).cases
    index = {label: i for i, label in enumerate(labels)}

    def lift(cx: LiftLowerContext, values: Sequence[Any], i: int) -> str:
        case = values[i] & 0xFFFF_FFFF
        return labels[case] if case < len(labels) else literal.case_at(cases, case).label

    def lower(cx: LiftLowerContext, value: Any, out: list[Any]) -> None:
        found = index.get(value) if value.__class__ is str else None
        out.append(convert.match_case(value, type)[0] if found is None else found)

    return Codec(type, codecs.ptr, lift, lower, _discriminant(cases))


def _discriminant(cases: Sequence[Any]) -> str:
    return {1: "B", 2: "H", 4: "I"}[layout.discriminant_size(cases)]


def _own(codecs: Codecs, type: t.Own[Any]) -> Codec:
    id: RuntimeResource = type.resource.id
    return Codec(
        type,
        codecs.ptr,
        lambda cx, values, i: moves.lift_own(cx, values[i] & 0xFFFF_FFFF, id),
        lambda cx, value, out: out.append(moves.lower_own(cx, value, id)),
        "I",
    )


def _borrow(codecs: Codecs, type: t.Borrow[Any]) -> Codec:
    id: RuntimeResource = type.resource.id
    return Codec(
        type,
        codecs.ptr,
        lambda cx, values, i: moves.lift_borrow(cx, values[i] & 0xFFFF_FFFF, id),
        lambda cx, value, out: out.append(moves.lower_borrow(cx, value, id)),
        "I",
    )


def _async_value(codecs: Codecs, type: Any) -> Codec:
    return Codec(
        type,
        codecs.ptr,
        lambda cx, values, i: moves.lift_handle(cx, values[i] & 0xFFFF_FFFF, type),
        lambda cx, value, out: out.append(moves.lower_handle(cx, value, type)),
        "I",
    )


# --- variants -------------------------------------------------------------------------------------------------------------


def _variant(codecs: Codecs, type: Any) -> Codec:
    cases = layout.despecialize(type).cases
    ptr = codecs.ptr
    payloads = [None if c.type is None else codecs.codec(c.type) for c in cases]
    joined = layout.flatten_payload(cases, ptr)
    own = [[] if c.type is None else flatten_type(c.type, ptr) for c in cases]
    same = [have == joined[: len(have)] for have in own]
    zeros = [0.0 if kind in (F32, F64) else 0 for kind in joined]
    width = 1 + len(joined)
    offset = layout.payload_offset(cases, ptr)
    disc = struct.Struct("<" + _discriminant(cases))
    count = len(cases)
    make, match = _make_case(type), _match_case(type)

    def lift(cx: LiftLowerContext, values: Sequence[Any], i: int) -> Any:
        index = values[i] & 0xFFFF_FFFF
        if index >= count:
            literal.case_at(cases, index)
        payload = payloads[index]
        if payload is None:
            return make(index, None)
        if same[index]:
            return make(index, payload.lift(cx, values, i + 1))
        return make(index, payload.lift(cx, _coerced(values, i + 1, joined, own[index]), 0))

    def lower(cx: LiftLowerContext, value: Any, out: list[Any]) -> None:
        index, inner = match(value)
        start = len(out)
        out.append(index)
        payload = payloads[index]
        if payload is not None:
            payload.lower(cx, inner, out)
            if not same[index]:
                for n, (have, want) in enumerate(zip(own[index], joined, strict=False), start + 1):
                    if have is not want:
                        out[n] = literal.encode_float(out[n], have) if have in (F32, F64) else out[n] & 0xFFFF_FFFF
        out.extend(zeros[len(out) - start - 1 :])
        assert len(out) - start == width

    def load(cx: LiftLowerContext, buffer: bytes, at: int) -> Any:
        (index,) = disc.unpack_from(buffer, at)
        if index >= count:
            literal.case_at(cases, index)
        payload = payloads[index]
        return make(index, None if payload is None else payload.load(cx, buffer, at + offset))

    def store(cx: LiftLowerContext, value: Any, buffer: bytearray, at: int) -> None:
        index, inner = match(value)
        disc.pack_into(buffer, at, index)
        payload = payloads[index]
        if payload is not None:
            payload.store(cx, inner, buffer, at + offset)

    codec = Codec(type, ptr, lift, lower, None)
    codec.load, codec.store = load, store
    return codec


def _coerced(values: Sequence[Any], start: int, joined: Sequence[NumType], want: Sequence[NumType]) -> list[Any]:
    """A payload's flat values, from the joined types to its own (CanonicalABI.md, "Flat Lifting")."""
    iter = literal.CoerceValueIter(literal.CoreValueIter(values[start:]), list(joined))
    return [iter.next(kind) for kind in want]


def _make_case(type: Any) -> Callable[[int, Any], Any]:
    match type:
        case t.Option(inner):
            if convert.needs_some(inner):
                return lambda index, payload: Some(payload) if index else None
            return lambda index, payload: payload if index else None
        case t.Result():
            return lambda index, payload: Err(payload) if index else Ok(payload)
    labels = [c.label for c in type.cases]
    return lambda index, payload: VariantValue(labels[index], payload)


def _match_case(type: Any) -> Callable[[Any], tuple[int, Any]]:
    slow = convert.match_case
    match type:
        case t.Result():

            def result(value: Any) -> tuple[int, Any]:
                kind = value.__class__
                return (0, value.value) if kind is Ok else (1, value.value) if kind is Err else slow(value, type)

            return result
        case t.Variant(cases):
            index = {c.label: i for i, c in enumerate(cases)}

            def variant(value: Any) -> tuple[int, Any]:
                found = index.get(value.tag) if value.__class__ is VariantValue else None
                return slow(value, type) if found is None else (found, value.value)

            return variant
    return lambda value: slow(value, type)


_MAKERS: dict[type, Callable[[Codecs, Any], Codec]] = {
    t.Named: lambda codecs, type: codecs.codec(type.prim),
    t.Record: _record,
    t.Tuple: _tuple,
    t.List: _list,
    t.Map: _map,
    t.Flags: _flags,
    t.EnumType: _enum,
    t.Variant: _variant,
    t.Option: _variant,
    t.Result: _variant,
    t.Own: _own,
    t.Borrow: _borrow,
    t.Stream: _async_value,
    t.Future: _async_value,
}
