"""Core WebAssembly types (core specification, "Structure", "Types")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class NumType(Enum):
    """Number and vector types; the value is the name in the text format."""

    I32 = "i32"
    I64 = "i64"
    F32 = "f32"
    F64 = "f64"
    V128 = "v128"


class HeapKind(Enum):
    """Abstract heap types; the value is the name in the text format."""

    FUNC = "func"
    EXTERN = "extern"
    ANY = "any"
    EQ = "eq"
    I31 = "i31"
    STRUCT = "struct"
    ARRAY = "array"
    EXN = "exn"
    NONE = "none"
    NOFUNC = "nofunc"
    NOEXTERN = "noextern"
    NOEXN = "noexn"


@dataclass(frozen=True, slots=True)
class RefType:
    """`(ref null? heap)`; `heap` is an abstract heap type or a type index."""

    nullable: bool
    heap: HeapKind | int


ValType = NumType | RefType


@dataclass(frozen=True, slots=True)
class FuncType:
    """`params -> results`."""

    params: tuple[ValType, ...]
    results: tuple[ValType, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """`min..max` in pages or elements; `max` is `None` when open. `addr64`: indexed by i64 (memory64)."""

    min: int
    max: int | None = None
    addr64: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class MemoryType:
    """A linear memory; pages of `1 << page_size_log2` bytes."""

    limits: Limits
    page_size_log2: int = 16


@dataclass(frozen=True, slots=True)
class TableType:
    """A table of references."""

    limits: Limits
    element: RefType


@dataclass(frozen=True, slots=True)
class GlobalType:
    """A global variable."""

    type: ValType
    mutable: bool


@dataclass(frozen=True, slots=True)
class TagType:
    """An exception tag of the function type `type` (which has no results)."""

    type: FuncType | int


ExternType = FuncType | TableType | MemoryType | GlobalType | TagType
"""What a module imports or exports, with type indices resolved."""
