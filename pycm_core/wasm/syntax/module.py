"""Modules as they are written: definitions in order, references by index (core specification, "Structure", "Modules").

`at` is where a definition starts: an offset into the outermost file for binaries, an index into the source for texts.
It is never compared, nor is anything else that only says how something was spelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from pycm_core.wasm.syntax.instructions import Instr
from pycm_core.wasm.syntax.types import (
    ExternType,
    GlobalType,
    MemoryType,
    RecType,
    RefType,
    TableType,
    TagType,
    ValType,
)


class Section(Enum):
    """The sections of the binary format; the value is the id."""

    CUSTOM = 0
    TYPE = 1
    IMPORT = 2
    FUNC = 3
    TABLE = 4
    MEMORY = 5
    GLOBAL = 6
    EXPORT = 7
    START = 8
    ELEM = 9
    CODE = 10
    DATA = 11
    DATA_COUNT = 12
    TAG = 13

    __hash__ = object.__hash__


SECTION_ORDER = (
    Section.TYPE,
    Section.IMPORT,
    Section.FUNC,
    Section.TABLE,
    Section.MEMORY,
    Section.TAG,
    Section.GLOBAL,
    Section.EXPORT,
    Section.START,
    Section.ELEM,
    Section.DATA_COUNT,
    Section.CODE,
    Section.DATA,
)
"""The order of the sections in a module; custom sections may stand anywhere (core binary format, "Modules")."""


class ExternKind(Enum):
    """What can be imported and exported; the value is the opcode."""

    FUNC = 0
    TABLE = 1
    MEMORY = 2
    GLOBAL = 3
    TAG = 4

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class At:
    """Where a definition starts. Never compared."""

    at: int = field(default=0, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Expr:
    """Instructions without the closing `end`. `places` has the place of each, and last that of the `end`."""

    instrs: tuple[Instr, ...]
    places: Sequence[int] = field(default=(), compare=False, repr=False)


ImportDesc = int | TableType | MemoryType | GlobalType | TagType
"""What an import declares: a function of the type index, or a type."""


@dataclass(frozen=True, slots=True)
class Import(At):
    module: str
    name: str
    type: ImportDesc


@dataclass(frozen=True, slots=True)
class Func(At):
    """A function: its type index, its locals as runs of one type, none of them empty or mergeable, and its body."""

    type: int
    locals: tuple[tuple[int, ValType], ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Table(At):
    """A table; without `init` its elements are null."""

    type: TableType
    init: Expr | None = None


@dataclass(frozen=True, slots=True)
class Memory(At):
    type: MemoryType


@dataclass(frozen=True, slots=True)
class Tag(At):
    type: TagType


@dataclass(frozen=True, slots=True)
class Global(At):
    type: GlobalType
    init: Expr


@dataclass(frozen=True, slots=True)
class Export(At):
    name: str
    kind: ExternKind
    index: int


@dataclass(frozen=True, slots=True)
class Start(At):
    func: int


class ElemMode(Enum):
    """What becomes of an element segment."""

    ACTIVE = "active"
    PASSIVE = "passive"
    DECLARE = "declare"


@dataclass(frozen=True, slots=True)
class Elem(At):
    """An element segment. `items` are function indices (`int`) or expressions; `table` and `offset` are for active ones.

    `explicit`: the binary spells the table index out, although it could be left away.
    """

    mode: ElemMode
    type: RefType
    items: tuple[int, ...] | tuple[Expr, ...]
    table: int = 0
    offset: Expr | None = None
    explicit: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Data(At):
    """A data segment; passive without `offset`."""

    content: bytes = field(repr=False)
    memory: int = 0
    offset: Expr | None = None
    explicit: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Custom(At):
    """A custom section, `after` the section of that id (`Section.CUSTOM`: before the first)."""

    name: str
    content: bytes = field(repr=False)
    after: Section = Section.DATA


@dataclass(frozen=True, slots=True)
class Module(At):
    """A core module. Index spaces start with the imports of their kind."""

    types: tuple[RecType, ...] = ()
    imports: tuple[Import, ...] = ()
    funcs: tuple[Func, ...] = ()
    tables: tuple[Table, ...] = ()
    memories: tuple[Memory, ...] = ()
    tags: tuple[Tag, ...] = ()
    globals: tuple[Global, ...] = ()
    exports: tuple[Export, ...] = ()
    start: Start | None = None
    elems: tuple[Elem, ...] = ()
    datas: tuple[Data, ...] = ()
    customs: tuple[Custom, ...] = ()
    has_data_count: bool = field(default=False, compare=False)
    """Whether the binary has a data count section; one is written whenever an instruction needs it."""
    type_places: tuple[int, ...] = field(default=(), compare=False, repr=False)
    """Where each recursion group starts."""


@dataclass(frozen=True, slots=True)
class ModuleType:
    """What a module imports, in order, and exports, with type indices resolved and closed."""

    imports: tuple[tuple[str, str, ExternType], ...]
    exports: tuple[tuple[str, ExternType], ...]


def import_kind(type: ImportDesc) -> ExternKind:
    """The kind of item an import declares."""
    if isinstance(type, TableType):
        return ExternKind.TABLE
    if isinstance(type, MemoryType):
        return ExternKind.MEMORY
    if isinstance(type, GlobalType):
        return ExternKind.GLOBAL
    return ExternKind.TAG if isinstance(type, TagType) else ExternKind.FUNC
