"""Which types match which (core specification, "Validation", "Matching"), on closed types.

Each function answers whether its first argument matches the second: may stand where the second is expected.
"""

from __future__ import annotations

from enum import Enum

from pycm_core.wasm.syntax.types import (
    CompType,
    DefType,
    ExternType,
    FieldType,
    FuncType,
    GlobalType,
    HeapKind,
    Limits,
    MemoryType,
    NumType,
    PackType,
    RecType,
    RefType,
    StorageType,
    StructType,
    SubType,
    TableType,
    TagType,
    ValType,
    roll,
)


class Bottom(Enum):
    """Types of operands that unreachable code invents: any value, or any reference ("Validation Algorithm")."""

    BOT = "bot"
    BOT_REF = "(ref bot)"

    __hash__ = object.__hash__


Operand = NumType | RefType | Bottom
"""The type of a value on the operand stack."""

Heap = HeapKind | int | DefType

_K = HeapKind
_ABSTRACT: dict[HeapKind, frozenset[HeapKind]] = {
    _K.FUNC: frozenset(),
    _K.EXTERN: frozenset(),
    _K.ANY: frozenset(),
    _K.EXN: frozenset(),
    _K.EQ: frozenset({_K.ANY}),
    _K.I31: frozenset({_K.EQ, _K.ANY}),
    _K.STRUCT: frozenset({_K.EQ, _K.ANY}),
    _K.ARRAY: frozenset({_K.EQ, _K.ANY}),
    _K.NONE: frozenset({_K.I31, _K.STRUCT, _K.ARRAY, _K.EQ, _K.ANY}),
    _K.NOFUNC: frozenset({_K.FUNC}),
    _K.NOEXTERN: frozenset({_K.EXTERN}),
    _K.NOEXN: frozenset({_K.EXN}),
}
"""The abstract heap types above each."""


def kind_of(type: DefType) -> HeapKind:
    """The abstract heap type right above a defined type."""
    comp = type.expand()
    if isinstance(comp, FuncType):
        return HeapKind.FUNC
    return HeapKind.STRUCT if isinstance(comp, StructType) else HeapKind.ARRAY


def top(heap: Heap) -> HeapKind:
    """The greatest heap type above `heap`."""
    kind = kind_of(heap) if isinstance(heap, DefType) else heap
    assert isinstance(kind, HeapKind)
    above = _ABSTRACT[kind]
    for candidate in (HeapKind.ANY, HeapKind.FUNC, HeapKind.EXTERN, HeapKind.EXN):
        if candidate in above:
            return candidate
    return kind


def supertype(type: DefType) -> DefType | None:
    """The declared supertype."""
    supers = type.unroll().supers
    if not supers:
        return None
    assert isinstance(supers[0], DefType)
    return supers[0]


def deftype(a: DefType, b: DefType) -> bool:
    """("Defined Types")"""
    step: DefType | None = a
    while step is not None:
        if step == b:
            return True
        step = supertype(step)
    return False


def heap(a: Heap, b: Heap) -> bool:
    """("Heap Types")"""
    if a is b or a == b:
        return True
    if isinstance(a, DefType):
        if isinstance(b, DefType):
            return deftype(a, b)
        kind = kind_of(a)
        return b is kind or b in _ABSTRACT[kind]
    assert isinstance(a, HeapKind)
    if isinstance(b, DefType):
        return a in (HeapKind.NONE, HeapKind.NOFUNC) and kind_of(b) in _ABSTRACT[a]
    return b in _ABSTRACT[a]


def reftype(a: RefType, b: RefType) -> bool:
    """("Reference Types")"""
    return (b.nullable or not a.nullable) and heap(a.heap, b.heap)


def valtype(a: ValType, b: ValType) -> bool:
    """("Value Types")"""
    if a is b:
        return True
    return isinstance(a, RefType) and isinstance(b, RefType) and reftype(a, b)


def operand(a: Operand, b: ValType) -> bool:
    """The same for what may stand on the operand stack."""
    if a is b:
        return True
    if isinstance(a, RefType):
        return isinstance(b, RefType) and reftype(a, b)
    return a is Bottom.BOT or (a is Bottom.BOT_REF and isinstance(b, RefType))


def values(a: tuple[ValType, ...], b: tuple[ValType, ...]) -> bool:
    """("Result Types")"""
    return len(a) == len(b) and all(map(valtype, a, b))


def storage(a: StorageType, b: StorageType) -> bool:
    """("Field Types")"""
    if isinstance(a, PackType) or isinstance(b, PackType):
        return a is b
    return valtype(a, b)


def field(a: FieldType, b: FieldType) -> bool:
    """("Field Types")"""
    if a.mutable != b.mutable or not storage(a.type, b.type):
        return False
    return not a.mutable or storage(b.type, a.type)


def comptype(a: CompType, b: CompType) -> bool:
    """("Composite Types")"""
    if isinstance(a, FuncType):
        return isinstance(b, FuncType) and values(b.params, a.params) and values(a.results, b.results)
    if isinstance(a, StructType):
        return isinstance(b, StructType) and len(a.fields) >= len(b.fields) and all(map(field, a.fields, b.fields))
    return not isinstance(b, FuncType | StructType) and field(a.field, b.field)


def limits(a: Limits, b: Limits) -> bool:
    """("Limits"), the address type included."""
    if a.addr64 != b.addr64 or a.shared != b.shared or a.min < b.min:
        return False
    return b.max is None or (a.max is not None and a.max <= b.max)


def defined(type: FuncType) -> DefType:
    """The defined type of a closed function type."""
    if type.defined is not None:
        return type.defined
    return roll(RecType((SubType(type),)), 0, _closed)[0]


def _closed(index: int) -> DefType:
    raise IndexError(index)


def functype(a: FuncType, b: FuncType) -> bool:
    """("External Types"), by defined type."""
    if a.defined is None and b.defined is None:
        return a == b
    return deftype(defined(a), defined(b))


def externtype(a: ExternType, b: ExternType) -> bool:
    """("External Types")"""
    match a, b:
        case FuncType(), FuncType():
            return functype(a, b)
        case TableType(), TableType():
            return limits(a.limits, b.limits) and reftype(a.element, b.element) and reftype(b.element, a.element)
        case MemoryType(), MemoryType():
            return limits(a.limits, b.limits) and a.page_size_log2 == b.page_size_log2
        case GlobalType(), GlobalType():
            if a.mutable != b.mutable or not valtype(a.type, b.type):
                return False
            return not a.mutable or valtype(b.type, a.type)
        case TagType(FuncType() as f), TagType(FuncType() as g):
            return functype(f, g) and functype(g, f)
    return False
