"""Structures, arrays and references to them (core specification, "Execution", "Aggregate Instructions" and "Reference Instructions").

An i31 reference is a Python integer, unsigned, of 31 bits. A host's reference inside the guest's hierarchy, and a guest's outside, is
wrapped, so that the two can always be told apart.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from pycm_core.base.errors import Exhaustion, Trap, TrapKind
from pycm_core.wasm.exec.items import Func, GuestException, table_out_of_bounds
from pycm_core.wasm.syntax.types import DefType, HeapKind
from pycm_core.wasm.valid import matching


class Struct:
    """A structure; packed fields are unsigned."""

    __slots__ = ("fields", "type")

    def __init__(self, type: DefType, fields: list[Any]) -> None:
        self.type = type
        self.fields = fields


class Array:
    """An array; packed elements are unsigned."""

    __slots__ = ("elems", "type")

    def __init__(self, type: DefType, elems: list[Any]) -> None:
        self.type = type
        self.elems = elems


class HostRef:
    """A reference of the host as one of the guest: what `any.convert_extern` gives."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class GuestRef:
    """A reference of the guest as one of the host: what `extern.convert_any` gives."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def internalize(ref: Any) -> Any:
    """`any.convert_extern`"""
    if ref is None:
        return None
    return ref.value if type(ref) is GuestRef else HostRef(ref)


def externalize(ref: Any) -> Any:
    """`extern.convert_any`"""
    if ref is None:
        return None
    return ref.value if type(ref) is HostRef else GuestRef(ref)


def ref_eq(a: Any, b: Any) -> bool:
    """`ref.eq`: i31 by value, all else by identity."""
    return a is b or (type(a) is int and type(b) is int and a == b)


def heap_of(ref: Any) -> HeapKind | DefType:
    """The heap type of a reference that is not null ("Typing of Runtime Constructs")."""
    if isinstance(ref, Struct | Array | Func):
        return ref.type
    if type(ref) is int:
        return HeapKind.I31
    if isinstance(ref, GuestException):
        return HeapKind.EXN
    return HeapKind.ANY if isinstance(ref, HostRef) else HeapKind.EXTERN


def is_of(ref: Any, heap: HeapKind | DefType) -> bool:
    """Whether a reference that is not null belongs to a heap type. Host references belong to `extern`, inside to `any`."""
    return matching.heap(heap_of(ref), heap)


def cast(ref: Any, heap: HeapKind | DefType, nullable: bool) -> Any:
    """`ref.cast`. Raises `Trap`."""
    if nullable if ref is None else is_of(ref, heap):
        return ref
    raise Trap(TrapKind.CAST_FAILURE.value, kind=TrapKind.CAST_FAILURE)


# --- arrays -----------------------------------------------------------------------------------------------------------------


def array_out_of_bounds() -> Trap:
    """The trap of an access beyond an array's end."""
    return Trap("out of bounds array access", kind=TrapKind.OTHER)


def null_array() -> Trap:
    """The trap of an array that is null."""
    return Trap("null array reference", kind=TrapKind.NULL_REFERENCE)


MAX_ELEMS = 1 << 26
"""How long an array may be."""


def array_elems(value: Any, count: int) -> list[Any]:
    """The elements of a new array. Raises `Exhaustion`."""
    if count > MAX_ELEMS:
        raise Exhaustion(f"an array of {count} elements, the limit is {MAX_ELEMS}")
    return [value] * count


def array_fill(array: Array | None, start: int, value: Any, count: int) -> None:
    """`array.fill`. Raises `Trap`, as do the functions that follow."""
    if array is None:
        raise null_array()
    if start + count > len(array.elems):
        raise array_out_of_bounds()
    array.elems[start : start + count] = [value] * count


def array_copy(to: Array | None, start: int, source: Array | None, source_start: int, count: int) -> None:
    """`array.copy`"""
    if to is None or source is None:
        raise null_array()
    if start + count > len(to.elems) or source_start + count > len(source.elems):
        raise array_out_of_bounds()
    to.elems[start : start + count] = source.elems[source_start : source_start + count]


def data_elems(format: str, data: Sequence[int], start: int, count: int) -> list[Any]:
    """`count` numbers of a `struct` format from a data segment ("v": vectors)."""
    size = 16 if format == "v" else struct.calcsize(format)
    if start + count * size > len(data):
        raise Trap(TrapKind.MEMORY_OUT_OF_BOUNDS.value, kind=TrapKind.MEMORY_OUT_OF_BOUNDS)
    raw = bytes(data[start : start + count * size])
    if format == "v":
        return [int.from_bytes(raw[i : i + 16], "little") for i in range(0, len(raw), 16)]
    return list(struct.unpack(f"<{count}{format}", raw))


def array_new_data(type: DefType, format: str, data: Sequence[int], start: int, count: int) -> Array:
    """`array.new_data`"""
    return Array(type, data_elems(format, data, start, count))


def array_init_data(array: Array | None, start: int, format: str, data: Sequence[int], data_start: int, count: int) -> None:
    """`array.init_data`"""
    if array is None:
        raise null_array()
    if start + count > len(array.elems):
        raise array_out_of_bounds()
    array.elems[start : start + count] = data_elems(format, data, data_start, count)


def array_new_elem(type: DefType, elems: Sequence[Any], start: int, count: int) -> Array:
    """`array.new_elem`"""
    if start + count > len(elems):
        raise table_out_of_bounds()
    return Array(type, list(elems[start : start + count]))


def array_init_elem(array: Array | None, start: int, elems: Sequence[Any], elem_start: int, count: int) -> None:
    """`array.init_elem`"""
    if array is None:
        raise null_array()
    if start + count > len(array.elems):
        raise array_out_of_bounds()
    if elem_start + count > len(elems):
        raise table_out_of_bounds()
    array.elems[start : start + count] = elems[elem_start : elem_start + count]
