"""The types of the component model (Explainer.md, "Type Definitions").

One family of classes serves twice. In *syntax* a reference to a type is a `Prim` or a type index (`int`); after
elaboration (`pycm_core.component.elaborate`) it is a `Prim` or the type itself. The parameter `R` says which.

Elaborated types compare by structure. Object identity carries more: two names for equal types are two objects, and
`alias_of` leads from a re-naming (a bound `(eq i)`, Explainer.md, "Declarators") to what it re-names. Printing WIT needs that;
validation and the canonical ABI do not look at it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar


class Prim(Enum):
    """Primitive value types; the value is the name in WIT and in the text format."""

    BOOL = "bool"
    S8 = "s8"
    U8 = "u8"
    S16 = "s16"
    U16 = "u16"
    S32 = "s32"
    U32 = "u32"
    S64 = "s64"
    U64 = "u64"
    F32 = "f32"
    F64 = "f64"
    CHAR = "char"
    STRING = "string"
    ERROR_CONTEXT = "error-context"

    # Enum members are singletons; identity hashing is what makes them fast dictionary keys.
    __hash__ = object.__hash__


R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Defined:
    """What every defined type knows: the definition it re-names, if any. Never compared."""

    alias_of: Any = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Named(Defined):
    """A type entry that renames a primitive: `type index = u32`."""

    prim: Prim


@dataclass(frozen=True, slots=True)
class Field(Generic[R]):
    """A labelled type: a record field or a parameter."""

    label: str
    type: R


@dataclass(frozen=True, slots=True)
class Case(Generic[R]):
    """A variant case; `type` is `None` for a case without payload."""

    label: str
    type: R | None


@dataclass(frozen=True, slots=True)
class Record(Defined, Generic[R]):
    fields: tuple[Field[R], ...]


@dataclass(frozen=True, slots=True)
class Variant(Defined, Generic[R]):
    cases: tuple[Case[R], ...]


@dataclass(frozen=True, slots=True)
class List(Defined, Generic[R]):
    """`list<element>`; `length` is set for the fixed-length lists of 🔧."""

    element: R
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Tuple(Defined, Generic[R]):
    types: tuple[R, ...]


@dataclass(frozen=True, slots=True)
class Flags(Defined):
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnumType(Defined):
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Option(Defined, Generic[R]):
    type: R


@dataclass(frozen=True, slots=True)
class Result(Defined, Generic[R]):
    ok: R | None
    error: R | None


@dataclass(frozen=True, slots=True)
class Own(Defined, Generic[R]):
    resource: R


@dataclass(frozen=True, slots=True)
class Borrow(Defined, Generic[R]):
    resource: R


@dataclass(frozen=True, slots=True)
class Stream(Defined, Generic[R]):
    """🔀 `stream<element>`; `None` for `stream`."""

    element: R | None


@dataclass(frozen=True, slots=True)
class Future(Defined, Generic[R]):
    """🔀 `future<type>`; `None` for `future`."""

    type: R | None


@dataclass(frozen=True, slots=True)
class Map(Defined, Generic[R]):
    """🗺️ `map<key, value>`."""

    key: R
    value: R


DefValType = (
    Named
    | Record[R]
    | Variant[R]
    | List[R]
    | Tuple[R]
    | Flags
    | EnumType
    | Option[R]
    | Result[R]
    | Own[R]
    | Borrow[R]
    | Stream[R]
    | Future[R]
    | Map[R]
)
"""A defined value type over references `R`."""


class ResourceId:
    """The identity of a resource type. `name` is only for messages."""

    __slots__ = ("name",)

    def __init__(self, name: str = "resource") -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<resource {self.name}>"


@dataclass(frozen=True, slots=True)
class Resource(Defined):
    """An elaborated resource type: equal when the identity is."""

    id: ResourceId


@dataclass(frozen=True, slots=True)
class FuncType(Defined, Generic[R]):
    """`func(params) -> result`; `result` is `None` when nothing is returned."""

    params: tuple[Field[R], ...]
    result: R | None
    async_: bool = False


ValType = Prim | DefValType[Any]
"""An elaborated value type: its references are `ValType`s, those of `Own` and `Borrow` are `Resource`s."""

TypeRef = Prim | int
"""A reference in syntax: a primitive or a type index. `Own` and `Borrow` always hold an index."""


@dataclass(frozen=True, slots=True)
class CoreModuleType(Defined):
    """The type of a core module: imports in order as `(module, name, type)`, exports by name."""

    imports: tuple[tuple[str, str, Any], ...]
    exports: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class InstanceType(Defined):
    """Exports in order: `(name, externtype)`."""

    exports: tuple[tuple[str, ExternType], ...]


@dataclass(frozen=True, slots=True)
class ComponentType(Defined):
    """Imports and exports in order: `(name, externtype)`."""

    imports: tuple[tuple[str, ExternType], ...]
    exports: tuple[tuple[str, ExternType], ...]


@dataclass(frozen=True, slots=True)
class TypeBound:
    """An imported or exported type: `fresh` for `(sub resource)`, else `(eq type)`."""

    type: DefType
    fresh: bool


@dataclass(frozen=True, slots=True)
class ValueBound:
    """🪙 An imported or exported value of this type."""

    type: ValType


ExternType = FuncType[ValType] | InstanceType | ComponentType | CoreModuleType | TypeBound | ValueBound
"""What an import or export has for a type."""

DefType = DefValType[Any] | FuncType[Any] | Resource | InstanceType | ComponentType
"""What a type index stands for, elaborated."""
