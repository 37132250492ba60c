"""The WIT of a component, and the WIT packages that are encoded as components (WIT.md, "Package Format").

A component gets the package `root:component` with the world `root`, then the packages its imports and exports mention. Named types are
found again by the identity of the validator's type objects; `alias_of` leads from a re-naming to what it re-names. What WIT cannot say
(core modules, nested instances) is left out; a valid component never fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pycm_core.base.errors import Invalid
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.types import Prim, TypeRef
from pycm_core.component.valid.validate import Validated
from pycm_core.wit import model as m
from pycm_core.wit.docs import PackageDocs, apply_docs
from pycm_core.wit.externs import ExternNames

_INTERFACE = re.compile(r"(?P<package>[^/@]+(?:/[^/@]+)*)/(?P<name>[^/@]+)(?:@(?P<version>.+))?")


def wit_of_component(component: Validated) -> m.Resolve:
    """The WIT of a valid component: of what it imports and exports, or the package it encodes."""
    decoder = _Decoder()
    packaged = _package_items(component)
    if packaged is None:
        names = ExternNames.of_component(component.component)
        main = decoder.package(m.PackageName("root", "component"))
        world = decoder.world(
            "root",
            [(name, item, names.inside_import(i)) for i, (name, item) in enumerate(component.imports)],
            [(name, item, names.inside_export(i)) for i, (name, item) in enumerate(component.exports)],
        )
        main.worlds.append(world)
        return decoder.finish(main)
    main = decoder.package(packaged[0][1].package)
    for type_, name, names in packaged:
        decoder.packaged(main, type_, name, names)
    return apply_docs(decoder.finish(main), PackageDocs.of_component(component.component))


def wit_of_worlds(worlds: Sequence[tuple[Validated, Validated]]) -> m.Resolve:
    """Worlds that are encoded one by one, together as the world `root` of the package `root:root`, and each in its own package.

    Each comes twice, validated separately. What is no encoded world is left out.
    """
    decoder = _Decoder()
    main = decoder.package(m.PackageName("root", "root"))
    root = _World("root")
    main.worlds.append(root)
    for first, second in worlds:
        for component, target in ((first, main), (second, None)):
            for type_, name, names in _package_items(component) or ():
                inner = type_.exports[0][1]
                if not isinstance(inner, t.ComponentType):
                    continue
                if target is None:
                    decoder.packaged(decoder.package(name.package), type_, name, names)
                else:
                    made = decoder.encoded_world("root", inner, names.inside(type_.exports[0][0]), root)
                    assert made is root
    return decoder.finish(main)


def union_of_worlds(groups: Sequence[Sequence[Validated]]) -> m.Resolve:
    """Worlds that are encoded one by one, united group by group: one world `root` in the package `root:component` for each group, in order.

    What one encoding knows of an interface, another may know too, or know more of. Raises `Invalid` where two contradict each other.
    """
    decoder = _Decoder()
    main = decoder.package(m.PackageName("root", "component"))
    for group in groups:
        root = _World("root")
        main.worlds.append(root)
        for component in group:
            for type_, _, names in _package_items(component) or ():
                inner = type_.exports[0][1]
                if isinstance(inner, t.ComponentType):
                    decoder.encoded_world("root", inner, names.inside(type_.exports[0][0]), root)
    if decoder.conflicts:
        raise Invalid(
            f"the embedded worlds differ on {decoder.conflicts[0]}",
            hint="build every part of the module against the same version of the WIT package",
        )
    return decoder.finish(main)


@dataclass(frozen=True, slots=True)
class _FullName:
    """The name of an interface or world in the component model."""

    package: m.PackageName
    name: str


def _full_name(name: str) -> _FullName | None:
    found = _INTERFACE.fullmatch(name)
    if found is None or ":" not in found["package"]:
        return None
    namespace, _, rest = found["package"].rpartition(":")
    if "/" in namespace:  # 🪺: the last colon stands before the first name
        namespace, _, rest = found["package"].partition(":")
    return _FullName(m.PackageName(namespace, rest, found["version"]), found["name"])


def _package_items(component: Validated) -> list[tuple[t.ComponentType, _FullName, ExternNames]] | None:
    """What a package encoded as a component exports; `None` for any other component."""
    if component.imports or not component.exports:
        return None
    found: list[tuple[t.ComponentType, _FullName, ExternNames]] = []
    names = ExternNames.of_component(component.component)
    for index, (_, item) in enumerate(component.exports):
        if not isinstance(item, t.TypeBound) or not isinstance(item.type, t.ComponentType) or len(item.type.exports) != 1:
            return None
        name = _full_name(item.type.exports[0][0])
        if name is None:
            return None
        found.append((item.type, name, names.inside_export(index)))
    return found


# --- builders -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Interface:
    name: str | None
    package: _Package
    index: int
    types: dict[str, int] = field(default_factory=dict)
    functions: dict[str, m.Func] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _World:
    name: str
    imports: list[m.WorldItem] = field(default_factory=list)
    exports: list[m.WorldItem] = field(default_factory=list)
    index: int = -1


@dataclass(slots=True, eq=False)
class _Package:
    name: m.PackageName
    interfaces: dict[str, _Interface] = field(default_factory=dict)
    worlds: list[_World] = field(default_factory=list)
    uses: dict[int, _Package] = field(default_factory=dict)
    """Packages whose types this one uses, by identity."""


@dataclass(slots=True)
class _Type:
    name: str | None
    kind: m.TypeKind
    owner: _Interface | _World | None
    external_id: str | None = None


Externs = Iterable[tuple[s.ExternName, t.ExternType, ExternNames]]


class _Decoder:
    __slots__ = ("_anonymous", "_by_kind", "_interfaces", "_keep", "_named", "_packages", "_resources", "_types", "conflicts")

    def __init__(self) -> None:
        self._packages: dict[m.PackageName, _Package] = {}
        self._interfaces: list[_Interface] = []
        self._types: list[_Type] = []
        self._named: dict[int, int] = {}
        """The definition that a type object stands for, by identity."""
        self._resources: dict[t.ResourceId, int] = {}
        self._anonymous: dict[int, TypeRef] = {}
        """What an object without a name has been turned into, by identity."""
        self._by_kind: dict[m.TypeKind, int] = {}
        self._keep: list[Any] = []
        """The objects whose identities are keys, so that they stay what they are."""
        self.conflicts: list[str] = []
        """What was learned twice and differently."""

    def package(self, name: m.PackageName) -> _Package:
        """The package of that name, made when it is first mentioned."""
        found = self._packages.get(name)
        if found is None:
            found = self._packages[name] = _Package(name)
        return found

    def packaged(self, main: _Package, type_: t.ComponentType, name: _FullName, names: ExternNames) -> None:
        """One interface or world of an encoded package; what it uses is imported beside it."""
        for extern_name, item in type_.imports:
            full = _full_name(extern_name)
            if full is not None and isinstance(item, t.InstanceType):
                self._instance(self._interface(full), item, names.inside(extern_name))
        inner = type_.exports[0][1]
        inner_names = names.inside(type_.exports[0][0])
        if isinstance(inner, t.InstanceType):
            self._instance(self._interface(name), inner, inner_names)
        elif isinstance(inner, t.ComponentType):
            main.worlds.append(self.encoded_world(name.name, inner, inner_names))

    # --- worlds -------------------------------------------------------------------------------------------------------

    def encoded_world(self, name: str, type_: t.ComponentType, names: ExternNames, world: _World | None = None) -> _World:
        """The world that a component type is."""
        return self.world(
            name,
            [(names.name(n, True), x, names.inside(n, True)) for n, x in type_.imports],
            [(names.name(n, False), x, names.inside(n, False)) for n, x in type_.exports],
            world,
        )

    def world(self, name: str, imports: Externs, exports: Externs, world: _World | None = None) -> _World:
        """A world with these items, or one that gets them added."""
        world = world or _World(name)
        types = {x.name: x.type for x in world.imports if isinstance(x, m.WorldType)}
        for externs, items in ((imports, world.imports), (exports, world.exports)):
            before = {_item_key(x): x for x in items}
            for extern_name, item, names in externs:
                if isinstance(item, t.TypeBound) and extern_name.name in types:
                    self._learn_again(item.type, types[extern_name.name], extern_name.name)
                    continue
                known = before.get(extern_name.name)
                inline = self._interfaces[known.interface] if isinstance(known, m.WorldInterface) and known.label else None
                made = self._world_item(world, types, extern_name, item, names, items is world.imports, inline)
                if made is None:
                    continue
                if isinstance(made, m.WorldType):
                    world.imports.append(made)
                    continue
                same = before.get(_item_key(made))
                if same is None:
                    items.append(made)
                elif same != made:
                    self.conflicts.append(f"`{extern_name.name}`")
        return world

    def _world_item(
        self,
        world: _World,
        types: dict[str, int],
        extern: s.ExternName,
        item: t.ExternType,
        names: ExternNames,
        imported: bool,
        inline: _Interface | None,
    ) -> m.WorldItem | None:
        suffix = extern.version_suffix or ""
        name = extern.name + suffix * (extern.implements is None)
        match item:
            case t.InstanceType():
                full = _full_name(name)
                implements = _full_name(extern.implements + suffix) if extern.implements is not None else None
                if full is not None or implements is not None:
                    interface = self._interface(full or implements)  # type: ignore[arg-type]  # one of them is there
                elif inline is not None:
                    interface = inline
                else:
                    interface = _Interface(None, self.package(m.PackageName("root", "component")), len(self._interfaces))
                    self._interfaces.append(interface)
                self._instance(interface, item, names)
                return m.WorldInterface(interface.index, None if full is not None else name, external_id=extern.external_id)
            case t.TypeBound(type_, fresh):
                if isinstance(type_, t.InstanceType | t.ComponentType | t.FuncType):
                    return None
                if not imported and self._find(type_) is not None and not fresh:
                    return None  # WIT cannot say that a world exports a type
                if name in types:
                    return None
                types[name] = self._define(name, type_, fresh, world, extern.external_id)
                return m.WorldType(name, types[name])
            case t.FuncType():
                if ":" in name:
                    return None
                return m.WorldFunc(self._func(extern, item, types))
            case _:
                return None

    # --- interfaces ---------------------------------------------------------------------------------------------------

    def _interface(self, name: _FullName) -> _Interface:
        package = self.package(name.package)
        found = package.interfaces.get(name.name)
        if found is None:
            found = package.interfaces[name.name] = _Interface(name.name, package, len(self._interfaces))
            self._interfaces.append(found)
        return found

    def _instance(self, interface: _Interface, type_: t.InstanceType, names: ExternNames) -> None:
        """Learn an interface from an instance type. Seen again, it may have more than before."""
        for name, item in type_.exports:
            if isinstance(item, t.TypeBound) and not isinstance(item.type, t.InstanceType | t.ComponentType | t.FuncType):
                known = interface.types.get(name)
                if known is None:
                    external_id = names.name(name).external_id
                    interface.types[name] = self._define(name, item.type, item.fresh, interface, external_id)
                else:
                    self._learn_again(item.type, known, name)
        for name, item in type_.exports:
            if isinstance(item, t.FuncType):
                made = self._func(names.name(name), item, interface.types)
                if interface.functions.setdefault(name, made) != made:
                    self.conflicts.append(f"function `{name}` of `{interface.name}`")

    # --- types --------------------------------------------------------------------------------------------------------

    def _learn(self, type_: Any, index: int) -> None:
        self._named[id(type_)] = index
        self._keep.append(type_)
        if isinstance(type_, t.Resource):
            self._resources.setdefault(type_.id, index)

    def _learn_again(self, type_: Any, index: int, name: str) -> None:
        """A definition seen a second time."""
        self._learn(type_, index)
        kind = self._types[index].kind
        if not isinstance(kind, m.Alias | m.ResourceKind) and (isinstance(type_, t.Resource) or self._kind(type_) != kind):
            self.conflicts.append(f"type `{name}`")

    def _find(self, type_: Any) -> int | None:
        """The definition that an object, or what it re-names, stands for."""
        while type_ is not None:
            found = self._named.get(id(type_))
            if found is not None:
                return found
            type_ = getattr(type_, "alias_of", None)
        return None

    def _define(self, name: str, type_: Any, fresh: bool, owner: _Interface | _World, external_id: str | None) -> int:
        origin = None if fresh else self._find(type_)
        if origin is not None and not _can_use(owner, self._types[origin].owner):
            origin = None
        kind: m.TypeKind
        if origin is not None:
            kind = m.Alias(origin)
            source = self._types[origin].owner
            if isinstance(owner, _Interface) and isinstance(source, _Interface) and source.package is not owner.package:
                owner.package.uses[id(source.package)] = source.package
        elif isinstance(type_, t.Resource):
            kind = m.ResourceKind()
        else:
            kind = self._kind(type_)
        index = len(self._types)
        self._types.append(_Type(name, kind, owner, external_id))
        self._learn(type_, index)
        return index

    def _resource(self, type_: Any) -> int:
        found = self._find(type_)
        if found is None and isinstance(type_, t.Resource):
            found = self._resources.get(type_.id)
        if found is None:  # validation demands a name; whatever has none still gets a definition
            found = len(self._types)
            self._types.append(_Type("resource", m.ResourceKind(), None))
            self._learn(type_, found)
        return found

    def _ref(self, type_: Any) -> TypeRef:
        """The reference for a value type: its definition, or an anonymous type."""
        if isinstance(type_, Prim):
            return type_
        found = self._find(type_)
        if found is not None:
            return found
        made = self._anonymous.get(id(type_))
        if made is None:
            kind = self._kind(type_)
            if isinstance(kind, m.Alias):
                made = kind.type
            else:
                index = self._by_kind.get(kind)
                if index is None:
                    index = self._by_kind[kind] = len(self._types)
                    self._types.append(_Type(None, kind, None))
                made = index
            self._anonymous[id(type_)] = made
            self._keep.append(type_)
        return made

    def _optional(self, type_: Any) -> TypeRef | None:
        return None if type_ is None else self._ref(type_)

    def _kind(self, type_: Any) -> m.TypeKind:
        return _KINDS[type(type_)](self, type_)

    # --- functions ----------------------------------------------------------------------------------------------------

    def _func(self, name: s.ExternName, type_: t.FuncType[Any], types: dict[str, int]) -> m.Func:
        kind, resource = _func_kind(name.name, types)
        return m.Func(
            name.name,
            kind,  # type: ignore[arg-type]  # one of the four words
            tuple(t.Field(p.label, self._ref(p.type)) for p in type_.params),
            self._optional(type_.result),
            type_.async_,
            resource,
            external_id=name.external_id,
        )

    # --- the end ------------------------------------------------------------------------------------------------------

    def finish(self, main: _Package) -> m.Resolve:
        """Freeze what was found; packages come in an order in which each stands after those it uses."""
        order = self._package_order(main)
        number = {id(p): i for i, p in enumerate(order)}
        main_number = number[id(main)]
        worlds = [w for p in order for w in p.worlds]
        for index, world in enumerate(worlds):
            world.index = index
        interfaces = tuple(
            m.Interface(
                x.name,
                main_number if x.name is None else number[id(x.package)],
                tuple(x.types.items()),
                tuple(x.functions.values()),
            )
            for x in self._interfaces
        )
        packages = tuple(
            m.Package(
                p.name,
                None,
                tuple((i.name or "", i.index) for i in p.interfaces.values()),
                tuple((w.name, w.index) for w in p.worlds),
            )
            for p in order
        )
        frozen_worlds = []
        for package in order:
            for world in package.worlds:
                frozen_worlds.append(m.World(world.name, number[id(package)], tuple(world.imports), tuple(world.exports)))
        types = tuple(m.TypeDef(x.name, x.kind, _owner(x.owner), external_id=x.external_id) for x in self._types)
        return m.Resolve(packages, interfaces, tuple(frozen_worlds), types, main_number)

    def _package_order(self, main: _Package) -> list[_Package]:
        done: set[int] = set()
        order: list[_Package] = []
        for package in self._packages.values():
            if package is main or package.name == m.PackageName("root", "component"):
                continue
            stack = [(package, False)]
            while stack:
                current, ready = stack.pop()
                if ready:
                    order.append(current)
                elif id(current) not in done:
                    done.add(id(current))
                    stack.append((current, True))
                    stack.extend((p, False) for p in reversed(current.uses.values()) if p is not main)
        order.append(main)
        return order


def _item_key(item: m.WorldItem) -> str | int:
    """What makes an import or export of a world unique."""
    if isinstance(item, m.WorldInterface):
        return item.label or item.interface
    return item.name if isinstance(item, m.WorldType) else item.func.name


def _can_use(user: _Interface | _World, owner: _Interface | _World | None) -> bool:
    """Whether WIT can say that a type comes from `owner`: what is inline in a world has no name to use it by."""
    return user is owner or (isinstance(owner, _Interface) and owner.name is not None)


def _owner(owner: _Interface | _World | None) -> m.Owner | None:
    if owner is None:
        return None
    return m.Owner("interface" if isinstance(owner, _Interface) else "world", owner.index)


def _func_kind(name: str, types: dict[str, int]) -> tuple[str, int | None]:
    """What a plain name says of its function (Explainer.md, "Import and Export Definitions")."""
    for kind in ("constructor", "method", "static"):
        prefix = f"[{kind}]"
        if name.startswith(prefix):
            resource = types.get(name[len(prefix) :].partition(".")[0])
            if resource is not None:
                return kind, resource
    return "freestanding", None


_KINDS: dict[type, Callable[[_Decoder, Any], m.TypeKind]] = {
    t.Named: lambda d, x: m.Alias(x.prim),
    t.Record: lambda d, x: t.Record(tuple(t.Field(f.label, d._ref(f.type)) for f in x.fields)),
    t.Variant: lambda d, x: t.Variant(tuple(t.Case(c.label, d._optional(c.type)) for c in x.cases)),
    t.EnumType: lambda d, x: t.EnumType(x.labels),
    t.Flags: lambda d, x: t.Flags(x.labels),
    t.List: lambda d, x: t.List(d._ref(x.element), x.length),
    t.Tuple: lambda d, x: t.Tuple(tuple(d._ref(y) for y in x.types)),
    t.Option: lambda d, x: t.Option(d._ref(x.type)),
    t.Result: lambda d, x: t.Result(d._optional(x.ok), d._optional(x.error)),
    t.Own: lambda d, x: t.Own(d._resource(x.resource)),
    t.Borrow: lambda d, x: t.Borrow(d._resource(x.resource)),
    t.Stream: lambda d, x: t.Stream(d._optional(x.element)),
    t.Future: lambda d, x: t.Future(d._optional(x.type)),
    t.Map: lambda d, x: t.Map(d._ref(x.key), d._ref(x.value)),
}
