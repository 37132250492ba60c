"""Validation of types (core specification, "Validation", "Types")."""

from __future__ import annotations

from collections.abc import Iterator

from pycm_core.base.errors import Exhaustion
from pycm_core.base.limits import Limits as Bounds
from pycm_core.wasm.syntax.types import (
    ArrayType,
    CompType,
    DefType,
    FuncType,
    Limits,
    MemoryType,
    RecType,
    RefType,
    StorageType,
    TableType,
)
from pycm_core.wasm.syntax.typespace import TypeSpace
from pycm_core.wasm.valid import matching
from pycm_core.wasm.valid.fault import Fault


def _heap_indices(type: StorageType) -> Iterator[int]:
    if isinstance(type, RefType) and isinstance(type.heap, int):
        yield type.heap


def _indices(comp: CompType) -> Iterator[int]:
    """The type indices in a composite type."""
    if isinstance(comp, FuncType):
        for type in (*comp.params, *comp.results):
            yield from _heap_indices(type)
    elif isinstance(comp, ArrayType):
        yield from _heap_indices(comp.field.type)
    else:
        for field in comp.fields:
            yield from _heap_indices(field.type)


def rectype(space: TypeSpace, rec: RecType, bounds: Bounds) -> None:
    """Check a recursion group and give its types the next indices ("Recursive Types"). Raises `Fault`, `Exhaustion`."""
    base = len(space)
    end = base + len(rec.types)
    if end > bounds.definitions:
        raise Exhaustion(f"{end} types, the limit is {bounds.definitions}")
    for i, sub in enumerate(rec.types):
        for index in _indices(sub.type):
            if index >= end:
                raise Fault(f"unknown type {index}")
        if len(sub.supers) > 1:
            raise Fault(f"sub type {base + i} has more than one super type")
        for above in sub.supers:
            if not isinstance(above, int) or above >= base + i:
                raise Fault(f"unknown type {above}: a super type must be defined before")
    for i, type in enumerate(space.add(rec)):
        _subtype(type, base + i, bounds)


def _subtype(type: DefType, index: int, bounds: Bounds) -> None:
    """A type against its supertype ("Recursive Types")."""
    above = matching.supertype(type)
    if above is None:
        return
    if above.unroll().final:
        raise Fault(f"sub type {index} does not match super type: it is final")
    if not matching.comptype(type.expand(), above.expand()):
        raise Fault(f"sub type {index} does not match super type")
    length = 0
    while above is not None:
        length += 1
        above = matching.supertype(above)
    if length > bounds.supertypes:
        raise Exhaustion(f"type {index} has {length} supertypes, the limit is {bounds.supertypes}")


def limits(limits: Limits, most: int, message: str) -> None:
    """("Limits")"""
    if limits.min > most or (limits.max is not None and limits.max > most):
        raise Fault(message)
    if limits.max is not None and limits.min > limits.max:
        raise Fault("size minimum must not be greater than maximum")


def memorytype(type: MemoryType, custom_page_sizes: bool) -> None:
    """("Memory Types"); shared memories must have a maximum (threads proposal)."""
    if type.page_size_log2 != 16 and not (custom_page_sizes and type.page_size_log2 == 0):
        raise Fault("invalid custom page size")
    bits = (64 if type.limits.addr64 else 32) - type.page_size_log2
    most = (1 << bits) - (type.page_size_log2 == 0)
    limits(type.limits, most, f"memory size must be at most {most} pages")
    if type.limits.shared and type.limits.max is None:
        raise Fault("shared memory must have maximum")


def tabletype(type: TableType) -> None:
    """("Table Types")"""
    most = (1 << (64 if type.limits.addr64 else 32)) - 1
    limits(type.limits, most, f"table size must be at most {most}")
    if type.limits.shared:
        raise Fault("shared tables need shared-everything-threads")
