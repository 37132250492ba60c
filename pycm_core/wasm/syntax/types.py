"""Core WebAssembly types (core specification, "Structure", "Types")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256


class NumType(Enum):
    """Number and vector types; the value is the name in the text format."""

    I32 = "i32"
    I64 = "i64"
    F32 = "f32"
    F64 = "f64"
    V128 = "v128"

    # Enum members are singletons; identity hashing is what makes them fast dictionary keys.
    __hash__ = object.__hash__


class PackType(Enum):
    """Packed types of fields and array elements; the value is the name in the text format."""

    I8 = "i8"
    I16 = "i16"

    __hash__ = object.__hash__


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

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class RefType:
    """`(ref null? heap)`; `heap` is an abstract heap type, a type index, or, in a closed type, a `DefType`."""

    nullable: bool
    heap: HeapKind | int | DefType


ValType = NumType | RefType
StorageType = ValType | PackType


@dataclass(frozen=True, slots=True)
class FuncType:
    """`params -> results`. `defined` is set on a closed type that is not simply `(rec (sub final (func ...)))`: matching needs it."""

    params: tuple[ValType, ...]
    results: tuple[ValType, ...]
    defined: DefType | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field of a structure, or the element of an array."""

    type: StorageType
    mutable: bool


@dataclass(frozen=True, slots=True)
class StructType:
    fields: tuple[FieldType, ...]


@dataclass(frozen=True, slots=True)
class ArrayType:
    field: FieldType


CompType = FuncType | StructType | ArrayType


@dataclass(frozen=True, slots=True)
class SubType:
    """`(sub final? super* type)`; a supertype is a type index, or a `DefType` in a closed type."""

    type: CompType
    final: bool = True
    supers: tuple[int | DefType, ...] = ()


@dataclass(frozen=True, slots=True)
class RecType:
    """`(rec sub*)`: types that may refer to each other."""

    types: tuple[SubType, ...]


class DefType:
    """A defined type, closed: the `index`th member of a recursion group that refers to nothing but `DefType`s and itself.

    Compared by structure, across modules (core specification, "Rolling and Unrolling"). Comparison is by digest, so it costs the
    same however deep the type is. Inside `group`, the heap type `-1 - i` stands for member `i` of the group itself.
    """

    __slots__ = ("_unrolled", "digest", "group", "index")

    def __init__(self, group: RecType, digest: bytes, index: int) -> None:
        self.group = group
        self.digest = digest
        """Of the group."""
        self.index = index
        self._unrolled: SubType | None = None

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, DefType) and self.index == other.index and self.digest == other.digest)

    def __hash__(self) -> int:
        return hash((self.digest, self.index))

    def __repr__(self) -> str:
        return f"<type {self.index} of {self.digest.hex()[:8]}>"

    def unroll(self) -> SubType:
        """This type with the members of its own group closed too."""
        if self._unrolled is None:
            self._unrolled = map_heap_types(
                self.group.types[self.index], lambda i: DefType(self.group, self.digest, -1 - i) if i < 0 else i
            )
        return self._unrolled

    def expand(self) -> CompType:
        """The composite type behind this type."""
        return self.unroll().type


def map_heap_types(sub: SubType, replace: Callable[[int], DefType | int]) -> SubType:
    """`sub` with `replace` applied to every type index in it."""

    def index(i: int | DefType) -> int | DefType:
        return i if isinstance(i, DefType) else replace(i)

    def value(t: StorageType) -> StorageType:
        if type(t) is RefType and type(t.heap) is int:
            return RefType(t.nullable, replace(t.heap))
        return t

    def values(ts: tuple[ValType, ...]) -> tuple[ValType, ...]:
        return tuple(value(t) for t in ts)  # type: ignore[misc]  # a value type stays a value type

    comp = sub.type
    if isinstance(comp, FuncType):
        comp = FuncType(values(comp.params), values(comp.results))
    elif isinstance(comp, StructType):
        comp = StructType(tuple(FieldType(value(f.type), f.mutable) for f in comp.fields))
    else:
        comp = ArrayType(FieldType(value(comp.field.type), comp.field.mutable))
    return SubType(comp, sub.final, tuple(index(i) for i in sub.supers))


def roll(rec: RecType, base: int, lookup: Callable[[int], DefType]) -> tuple[DefType, ...]:
    """Close a recursion group whose first type gets the index `base` (core specification, "Rolling and Unrolling").

    `lookup` answers indices below `base`; it, or this, raises `IndexError` for an index that is out of bounds.
    """
    end = base + len(rec.types)

    def replace(i: int) -> DefType | int:
        if i < base:
            return lookup(i)
        if i < end:
            return base - i - 1
        raise IndexError(i)

    group = RecType(tuple(map_heap_types(sub, replace) for sub in rec.types))
    digest = sha256("\n".join(_key(sub) for sub in group.types).encode()).digest()
    return tuple(DefType(group, digest, i) for i in range(len(rec.types)))


def _key(sub: SubType) -> str:
    """A text that is equal for equal closed types only."""

    def heap(h: HeapKind | int | DefType) -> str:
        if isinstance(h, HeapKind):
            return h.value
        return str(h) if isinstance(h, int) else f"{h.digest.hex()}.{h.index}"

    def value(t: StorageType) -> str:
        return f"ref{'?' * t.nullable}{heap(t.heap)}" if isinstance(t, RefType) else t.value

    def field(f: FieldType) -> str:
        return ("mut " if f.mutable else "") + value(f.type)

    comp = sub.type
    if isinstance(comp, FuncType):
        text = f"func {','.join(map(value, comp.params))}->{','.join(map(value, comp.results))}"
    elif isinstance(comp, StructType):
        text = f"struct {','.join(map(field, comp.fields))}"
    else:
        text = f"array {field(comp.field)}"
    return f"{'final ' * sub.final}{','.join(map(heap, sub.supers))} {text}"


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
    """An exception tag of the function type `type` (which has no results): a type index as written, a `FuncType` once resolved."""

    type: FuncType | int


ExternType = FuncType | TableType | MemoryType | GlobalType | TagType
"""What a module imports or exports, with type indices resolved."""
