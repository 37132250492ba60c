"""What WIT texts mean: packages, interfaces, worlds and types, flat and in topological order (WIT.md, "Name resolution").

Everything is held in four tuples; a reference is an index into one of them. Whatever an item refers to stands before it. Two
resolutions are equal when they mean the same: spans are never compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pycm_core.base.source import Span
from pycm_core.component import types as t
from pycm_core.component.types import TypeRef


@dataclass(frozen=True, slots=True)
class At:
    """Where an item is defined (its name); `None` when it came from bytes. Never compared."""

    span: Span | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class PackageName:
    """`namespace:name@version`. With 🪺 both may hold more: `a:b` and `c/d`."""

    namespace: str
    name: str
    version: str | None = None

    def __str__(self) -> str:
        return f"{self.namespace}:{self.name}" + (f"@{self.version}" if self.version else "")

    def item(self, name: str) -> str:
        """The name of an interface or world of this package in the component model: `namespace:package/name@version`."""
        return f"{self.namespace}:{self.name}/{name}" + (f"@{self.version}" if self.version else "")


@dataclass(frozen=True, slots=True)
class Stability:
    """A feature gate (WIT.md, "Feature Gates"): `since` or `unstable`, and perhaps `deprecated`; versions and a feature's name."""

    since: str | None = None
    unstable: str | None = None
    deprecated: str | None = None


@dataclass(frozen=True, slots=True)
class Item(At):
    """What every documented item has; `external_id` is 🏷️."""

    docs: str | None = field(default=None, kw_only=True)
    stability: Stability | None = field(default=None, kw_only=True)
    external_id: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Owner:
    """The interface or world a named type belongs to, by index."""

    kind: Literal["interface", "world"]
    index: int


@dataclass(frozen=True, slots=True)
class Alias:
    """`type a = b`, and what `use` brings in: the owner of `type` is then another one."""

    type: TypeRef


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """`resource r`."""


TypeKind = (
    Alias
    | ResourceKind
    | t.Record[TypeRef]
    | t.Variant[TypeRef]
    | t.EnumType
    | t.Flags
    | t.List[TypeRef]
    | t.Tuple[TypeRef]
    | t.Option[TypeRef]
    | t.Result[TypeRef]
    | t.Own[TypeRef]
    | t.Borrow[TypeRef]
    | t.Stream[TypeRef]
    | t.Future[TypeRef]
    | t.Map[TypeRef]
)


@dataclass(frozen=True, slots=True)
class Member(At):
    """The documentation of a field, case, flag or label."""

    docs: str | None


@dataclass(frozen=True, slots=True)
class TypeDef(Item):
    """A type. Anonymous ones have neither name nor owner. `members` goes with the members of a record, variant, enum or flags."""

    name: str | None
    kind: TypeKind
    owner: Owner | None = None
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Func(Item):
    """A function. `name` is as in the component model (`[method]r.f`); `resource` is set for all kinds but `freestanding`."""

    name: str
    kind: Literal["freestanding", "method", "static", "constructor"]
    params: tuple[t.Field[TypeRef], ...]
    result: TypeRef | None
    async_: bool = False
    resource: int | None = None

    @property
    def item_name(self) -> str:
        """The name as it is written in WIT: `f` of `[method]r.f`; of a constructor, its resource."""
        if self.resource is None:
            return self.name
        name = self.name.partition("]")[2]
        return name if self.kind == "constructor" else name.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Interface(Item):
    """`name` is `None` for an interface written inline in a world. `types` are `(name, index)`."""

    name: str | None
    package: int
    types: tuple[tuple[str, int], ...]
    functions: tuple[Func, ...]
    clone_of: int | None = None
    """The inline interface of which `include` made this copy."""


@dataclass(frozen=True, slots=True)
class WorldInterface(Item):
    """An interface imported or exported: under its own name (`label` is `None`), or under a label (inline, or 🏷️ `label: path`)."""

    interface: int
    label: str | None = None


@dataclass(frozen=True, slots=True)
class WorldType(At):
    """A type defined in, or used by, a world."""

    name: str
    type: int


@dataclass(frozen=True, slots=True)
class WorldFunc(At):
    func: Func


WorldItem = WorldInterface | WorldType | WorldFunc


@dataclass(frozen=True, slots=True)
class World(Item):
    """`include`s are resolved, and whatever the items need is imported (WIT.md, "Transitive imports and worlds")."""

    name: str
    package: int
    imports: tuple[WorldItem, ...]
    exports: tuple[WorldItem, ...]


@dataclass(frozen=True, slots=True)
class Package(At):
    """`interfaces` and `worlds` are `(name, index)`."""

    name: PackageName
    docs: str | None
    interfaces: tuple[tuple[str, int], ...]
    worlds: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Resolve:
    """Everything that was resolved together. `main` is the index of the root package."""

    packages: tuple[Package, ...]
    interfaces: tuple[Interface, ...]
    worlds: tuple[World, ...]
    types: tuple[TypeDef, ...]
    main: int

    def interface_name(self, index: int) -> str | None:
        """The full name of an interface (`ns:pkg/name@version`); `None` for an inline one."""
        interface = self.interfaces[index]
        return None if interface.name is None else self.packages[interface.package].name.item(interface.name)

    def world_name(self, index: int) -> str:
        """The full name of a world (`ns:pkg/name@version`)."""
        world = self.worlds[index]
        return self.packages[world.package].name.item(world.name)

    def definition(self, ref: TypeRef) -> TypeRef:
        """What `ref` is once every alias is looked through: a primitive, or a type that is no alias."""
        while isinstance(ref, int):
            kind = self.types[ref].kind
            if not isinstance(kind, Alias):
                return ref
            ref = kind.type
        return ref

    def used_from(self, index: int) -> int | None:
        """The interface that `use` took a type from; `None` for a type that is defined where it is."""
        made = self.types[index]
        if isinstance(made.kind, Alias) and isinstance(made.kind.type, int):
            owner = self.types[made.kind.type].owner
            if owner is not None and owner != made.owner and owner.kind == "interface":
                return owner.index
        return None

    def dependencies(self, interface: int) -> list[int]:
        """The interfaces whose types an interface uses, in order."""
        found: dict[int, None] = {}
        for _, index in self.interfaces[interface].types:
            owner = self.used_from(index)
            if owner is not None:
                found[owner] = None
        return list(found)
