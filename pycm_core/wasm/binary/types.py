"""Types in the binary format (core specification, "Binary Format", "Types"). One function per production."""

from __future__ import annotations

from pycm_core.base.reader import Reader
from pycm_core.wasm.syntax.types import (
    ArrayType,
    CompType,
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
)

NUM_TYPES = {0x7F: NumType.I32, 0x7E: NumType.I64, 0x7D: NumType.F32, 0x7C: NumType.F64, 0x7B: NumType.V128}
PACK_TYPES = {0x78: PackType.I8, 0x77: PackType.I16}
HEAP_KINDS = {
    0x74: HeapKind.NOEXN,
    0x73: HeapKind.NOFUNC,
    0x72: HeapKind.NOEXTERN,
    0x71: HeapKind.NONE,
    0x70: HeapKind.FUNC,
    0x6F: HeapKind.EXTERN,
    0x6E: HeapKind.ANY,
    0x6D: HeapKind.EQ,
    0x6C: HeapKind.I31,
    0x6B: HeapKind.STRUCT,
    0x6A: HeapKind.ARRAY,
    0x69: HeapKind.EXN,
}
REF_NULL, REF = 0x63, 0x64
FUNC, STRUCT, ARRAY = 0x60, 0x5F, 0x5E
SUB, SUB_FINAL, REC = 0x50, 0x4F, 0x4E

SHORT_VAL_TYPES: dict[int, ValType] = {
    **NUM_TYPES,
    **{code: RefType(True, kind) for code, kind in HEAP_KINDS.items()},
}
"""Value types of a single byte."""


def heaptype(reader: Reader) -> HeapKind | int:
    """An abstract heap type, or a type index as a positive s33 ("Heap Types")."""
    at = reader.at
    kind = HEAP_KINDS.get(reader.peek())
    if kind is not None:
        reader.pos += 1
        return kind
    index = reader.signed(33)
    if index < 0:
        raise reader.malformed("malformed heap type", at)
    return index


def reftype(reader: Reader) -> RefType:
    """("Reference Types")"""
    at = reader.at
    code = reader.byte()
    if code == REF_NULL:
        return RefType(True, heaptype(reader))
    if code == REF:
        return RefType(False, heaptype(reader))
    kind = HEAP_KINDS.get(code)
    if kind is None:
        raise reader.malformed("malformed reference type", at)
    return RefType(True, kind)


def valtype(reader: Reader) -> ValType:
    """("Value Types")"""
    code = reader.peek()
    short = SHORT_VAL_TYPES.get(code)
    if short is not None:
        reader.pos += 1
        return short
    if code not in (REF, REF_NULL):
        raise reader.malformed("malformed value type")
    return reftype(reader)


def resulttype(reader: Reader) -> tuple[ValType, ...]:
    """A vector of value types ("Result Types")."""
    return tuple([valtype(reader) for _ in range(reader.count())])


def functype(reader: Reader) -> FuncType:
    """A function type with its 0x60 ("Composite Types"), as component binaries use it too."""
    at = reader.at
    if reader.byte() != FUNC:
        raise reader.malformed("malformed function type", at)
    params = resulttype(reader)
    return FuncType(params, resulttype(reader))


def mutability(reader: Reader) -> bool:
    """Whether something is mutable ("Global Types")."""
    at = reader.at
    byte = reader.byte()
    if byte > 1:
        raise reader.malformed("malformed mutability", at)
    return byte == 1


def fieldtype(reader: Reader) -> FieldType:
    """("Composite Types")"""
    pack = PACK_TYPES.get(reader.peek())
    type: StorageType
    if pack is not None:
        reader.pos += 1
        type = pack
    else:
        type = valtype(reader)
    return FieldType(type, mutability(reader))


def comptype(reader: Reader) -> CompType:
    """("Composite Types")"""
    at = reader.at
    code = reader.peek()
    if code == FUNC:
        return functype(reader)
    reader.pos += 1
    if code == STRUCT:
        return StructType(tuple([fieldtype(reader) for _ in range(reader.count(2))]))
    if code == ARRAY:
        return ArrayType(fieldtype(reader))
    raise reader.malformed("malformed composite type" if code != 0x40 else "integer representation too long", at)


def subtype(reader: Reader) -> SubType:
    """("Recursive Types")"""
    code = reader.peek()
    if code not in (SUB, SUB_FINAL):
        return SubType(comptype(reader))
    reader.pos += 1
    supers = tuple([reader.u32() for _ in range(reader.count())])
    return SubType(comptype(reader), code == SUB_FINAL, supers)


def rectype(reader: Reader) -> RecType:
    """A recursion group, or a single type as the group of one ("Recursive Types").

    In a component's core type section, where 0x50 means a module type, the caller reads the 0x00 before a non-final
    `sub` itself (Binary.md, "Type Definitions"); what follows it is this production.
    """
    if reader.peek() != REC:
        return RecType((subtype(reader),))
    reader.pos += 1
    return RecType(tuple([subtype(reader) for _ in range(reader.count(2))]))


_HAS_MAX, _SHARED, _ADDR64, _PAGE_SIZE = 1, 2, 4, 8


def _limits(reader: Reader, allowed: int) -> tuple[Limits, int]:
    """Limits and their flags."""
    at = reader.at
    flags = reader.byte()
    if flags & ~allowed or (flags & _SHARED and not flags & _HAS_MAX):
        raise reader.malformed("integer too large" if flags & 0x80 else "malformed limits flags", at)
    addr64 = bool(flags & _ADDR64)
    least = reader.unsigned(64)
    most = reader.unsigned(64) if flags & _HAS_MAX else None
    return Limits(least, most, addr64, bool(flags & _SHARED)), flags


def limits(reader: Reader) -> Limits:
    """("Limits"), the shared ones of shared-everything-threads included; what may be shared is for validation to say."""
    return _limits(reader, _HAS_MAX | _SHARED | _ADDR64)[0]


def memorytype(reader: Reader) -> MemoryType:
    """("Memory Types"), with the page size of custom-page-sizes."""
    found, flags = _limits(reader, _HAS_MAX | _SHARED | _ADDR64 | _PAGE_SIZE)
    if not flags & _PAGE_SIZE:
        return MemoryType(found)
    at = reader.at
    log2 = reader.u32()
    if log2 >= 64:
        raise reader.malformed("invalid custom page size", at)
    return MemoryType(found, log2)


def tabletype(reader: Reader) -> TableType:
    """("Table Types")"""
    element = reftype(reader)
    return TableType(limits(reader), element)


def globaltype(reader: Reader) -> GlobalType:
    """("Global Types")"""
    type = valtype(reader)
    return GlobalType(type, mutability(reader))


def tagtype(reader: Reader) -> TagType:
    """A tag type: attribute 0, then the type index ("Tag Types")."""
    at = reader.at
    if reader.byte() != 0:
        raise reader.malformed("malformed tag attribute", at)
    return TagType(reader.u32())
