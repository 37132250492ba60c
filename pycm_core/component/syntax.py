"""Components as they are written: definitions in order, references by index (Binary.md and Explainer.md).

`at` is where a definition starts: an offset into the outermost file for binaries, an index into the source for texts.
It is never compared, so a component equals what its print parses back to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from pycm_core.component import types as t
from pycm_core.component.types import TypeRef
from pycm_core.wasm.syntax import types as core


class CoreSort(Enum):
    """`core:sort` (Binary.md, "Instance Definitions"); the value is the opcode."""

    FUNC = 0x00
    TABLE = 0x01
    MEMORY = 0x02
    GLOBAL = 0x03
    TAG = 0x04
    TYPE = 0x10
    MODULE = 0x11
    INSTANCE = 0x12


class Sort(Enum):
    """`sort` without the core ones; the value is the opcode."""

    FUNC = 0x01
    VALUE = 0x02
    TYPE = 0x03
    COMPONENT = 0x04
    INSTANCE = 0x05


AnySort = Sort | CoreSort


@dataclass(frozen=True, slots=True)
class SortIdx:
    """`sortidx`: an index into the index space of `sort`."""

    sort: AnySort
    index: int


@dataclass(frozen=True, slots=True)
class ExternName:
    """`nameattributes`: a name, and attributes that validation of types ignores."""

    name: str
    implements: str | None = None
    version_suffix: str | None = None
    external_id: str | None = None
    opcode: int | None = field(default=None, compare=False, repr=False)
    """The leading byte it was written with, where a binary chose one (`0x00` and `0x01` mean the same)."""
    order: tuple[int, ...] = field(default=(), compare=False, repr=False)
    """The opcodes of the attributes in the order they were written, duplicates (which validation rejects) included."""


@dataclass(frozen=True, slots=True)
class At:
    """Where a definition starts. Never compared."""

    at: int = field(default=0, compare=False, repr=False, kw_only=True)


# --- core definitions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CoreModule(At):
    """A nested core module, left as bytes: `at` is the offset of its first byte. Decoded by `pycm_core.wasm` when asked.

    What came from a binary is a view of it, so that large code costs nothing until somebody wants it.
    """

    binary: bytes | memoryview = field(repr=False)


@dataclass(frozen=True, slots=True)
class CoreInstantiate(At):
    """`(core instance (instantiate module (with name (instance i))*))`."""

    module: int
    args: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CoreInlineInstance(At):
    """`(core instance (export name (sort i))*)`."""

    exports: tuple[tuple[str, CoreSort, int], ...]


@dataclass(frozen=True, slots=True)
class CoreModuleTypeDecls(At):
    """`(core type (module decl*))`. Declarators: `CoreImportDecl`, `CoreType`, `CoreOuterAlias`, `CoreExportDecl`."""

    decls: tuple[CoreModuleDecl, ...]


@dataclass(frozen=True, slots=True)
class CoreType(At):
    """A core type definition: a recursion group (a single type is a group of one), or a module type."""

    type: core.RecType | CoreModuleTypeDecls


@dataclass(frozen=True, slots=True)
class CoreImportDecl(At):
    """An import declarator of a module type; function types are core type indices."""

    module: str
    name: str
    type: CoreExternDesc


@dataclass(frozen=True, slots=True)
class CoreExportDecl(At):
    name: str
    type: CoreExternDesc


@dataclass(frozen=True, slots=True)
class CoreOuterAlias(At):
    """`(alias outer count index (type))` inside a module type."""

    count: int
    index: int


CoreModuleDecl = CoreImportDecl | CoreType | CoreExportDecl | CoreOuterAlias


@dataclass(frozen=True, slots=True)
class CoreFuncDesc:
    """A function of the core type `type` (an index)."""

    type: int


CoreExternDesc = CoreFuncDesc | core.TableType | core.MemoryType | core.GlobalType | core.TagType


# --- component definitions ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NestedComponent(At):
    component: Component


@dataclass(frozen=True, slots=True)
class Instantiate(At):
    """`(instance (instantiate component (with name sortidx)*))`."""

    component: int
    args: tuple[tuple[str, SortIdx], ...]


@dataclass(frozen=True, slots=True)
class InlineInstance(At):
    """`(instance (export name sortidx)*)`."""

    exports: tuple[tuple[ExternName, SortIdx], ...]


@dataclass(frozen=True, slots=True)
class AliasExport(At):
    """`(alias export instance name (sort))`."""

    sort: AnySort
    instance: int
    name: str


@dataclass(frozen=True, slots=True)
class AliasCoreExport(At):
    """`(alias core export instance name (core sort))`."""

    sort: CoreSort
    instance: int
    name: str


@dataclass(frozen=True, slots=True)
class AliasOuter(At):
    """`(alias outer count index (sort))`: `count` scopes outward, 0 is this one."""

    sort: AnySort
    count: int
    index: int


@dataclass(frozen=True, slots=True)
class ResourceType:
    """`(resource (rep core) (dtor func)?)`; `dtor` is a core function index."""

    rep: core.ValType
    dtor: int | None


@dataclass(frozen=True, slots=True)
class ComponentTypeDecls:
    """`(component decl*)` as a type."""

    decls: tuple[Decl, ...]


@dataclass(frozen=True, slots=True)
class InstanceTypeDecls:
    """`(instance decl*)` as a type."""

    decls: tuple[Decl, ...]


DefTypeSyntax = t.DefValType[TypeRef] | t.FuncType[TypeRef] | ResourceType | ComponentTypeDecls | InstanceTypeDecls


@dataclass(frozen=True, slots=True)
class TypeDef(At):
    """`(type deftype)`."""

    type: DefTypeSyntax


class StringEncoding(Enum):
    """`string-encoding`; the value is the opcode of `canonopt`."""

    UTF8 = 0x00
    UTF16 = 0x01
    LATIN1_UTF16 = 0x02


@dataclass(frozen=True, slots=True)
class CanonOpts:
    """`canonopt*`, as written: `None` where an option is absent (indices of core memories and functions)."""

    string_encoding: StringEncoding | None = None
    memory: int | None = None
    realloc: int | None = None
    post_return: int | None = None
    async_: bool = False
    callback: int | None = None
    core_type: int | None = None
    gc: bool = False
    order: tuple[int, ...] = field(default=(), compare=False, repr=False)
    """The opcodes in the order they were written, so that encoding gives the same bytes."""


@dataclass(frozen=True, slots=True)
class CanonLift(At):
    """`(canon lift core_func opts type)`."""

    core_func: int
    opts: CanonOpts
    type: int


@dataclass(frozen=True, slots=True)
class CanonLower(At):
    """`(canon lower func opts (core func))`."""

    func: int
    opts: CanonOpts


@dataclass(frozen=True, slots=True)
class CanonBuiltin(At):
    """A canonical built-in: `name` is the spec's (`resource.drop`, `task.return`, …), a key of `builtins.CATALOGUE`.

    Each built-in uses the immediates that its entry in the catalogue lists; the others stay at their defaults.
    """

    name: str
    type: int | None = None
    """A type index (component types, or core types for the `thread.*` ones)."""
    result: TypeRef | None = None
    """The result of `task.return`."""
    opts: CanonOpts = CanonOpts()
    async_: bool = False
    cancellable: bool = False
    shared: bool = False
    memory: int | None = None
    table: int | None = None
    core_type: core.ValType | None = None
    """The value type of `context.get` and `context.set`."""
    slot: int = 0
    """The storage slot of `context.get` and `context.set`."""


@dataclass(frozen=True, slots=True)
class Start(At):
    """🪙 `(start func (value arg)* (result (value))*)`."""

    func: int
    args: tuple[int, ...]
    results: int


@dataclass(frozen=True, slots=True)
class FuncDesc:
    type: int


@dataclass(frozen=True, slots=True)
class CoreModuleDesc:
    type: int


@dataclass(frozen=True, slots=True)
class ComponentDesc:
    type: int


@dataclass(frozen=True, slots=True)
class InstanceDesc:
    type: int


@dataclass(frozen=True, slots=True)
class TypeEq:
    """`(type (eq i))`."""

    type: int


@dataclass(frozen=True, slots=True)
class TypeSubResource:
    """`(type (sub resource))`."""


@dataclass(frozen=True, slots=True)
class ValueEq:
    """🪙 `(value (eq i))`."""

    value: int


@dataclass(frozen=True, slots=True)
class ValueType:
    """🪙 `(value t)`."""

    type: TypeRef


ExternDesc = FuncDesc | CoreModuleDesc | ComponentDesc | InstanceDesc | TypeEq | TypeSubResource | ValueEq | ValueType


@dataclass(frozen=True, slots=True)
class Import(At):
    """An import definition or declarator."""

    name: ExternName
    type: ExternDesc


@dataclass(frozen=True, slots=True)
class Export(At):
    """An export definition, with the type it is ascribed, if any."""

    name: ExternName
    item: SortIdx
    type: ExternDesc | None


@dataclass(frozen=True, slots=True)
class ExportDecl(At):
    """An export declarator of a component or instance type."""

    name: ExternName
    type: ExternDesc


@dataclass(frozen=True, slots=True)
class ValueDef(At):
    """🪙 `(value type literal)`; `literal` is the encoded value."""

    type: TypeRef
    literal: bytes


@dataclass(frozen=True, slots=True)
class CustomSection(At):
    """A custom section. Its bytes are kept, not understood."""

    name: str
    data: bytes = field(repr=False)


Decl = CoreType | TypeDef | AliasExport | AliasCoreExport | AliasOuter | Import | ExportDecl
"""A declarator of a component or instance type (`Import` only in component types). Validation rejects `AliasCoreExport`."""

Definition = (
    CoreModule
    | CoreInstantiate
    | CoreInlineInstance
    | CoreType
    | NestedComponent
    | Instantiate
    | InlineInstance
    | AliasExport
    | AliasCoreExport
    | AliasOuter
    | TypeDef
    | CanonLift
    | CanonLower
    | CanonBuiltin
    | Start
    | Import
    | Export
    | ValueDef
    | CustomSection
)


@dataclass(frozen=True, slots=True)
class Section:
    """Where a section of the binary lies: `start` is the offset of its id byte, `body` of its first payload byte, `end` is exclusive.

    `first` and `count` say which of the component's definitions it holds.
    """

    id: int
    start: int
    body: int
    end: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Component(At):
    """A component: its definitions, in order. `sections` is there when it came from a binary; it is never compared."""

    definitions: tuple[Definition, ...]
    sections: tuple[Section, ...] = field(default=(), compare=False, repr=False)
