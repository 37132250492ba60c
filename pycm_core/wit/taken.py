"""Packages that are resolved already (decoded from bytes), taken among those that texts may use."""

from __future__ import annotations

from dataclasses import replace

from pycm_core.component import types as t
from pycm_core.component.types import TypeRef
from pycm_core.wit import model as m
from pycm_core.wit.kinds import map_refs
from pycm_core.wit.merge import Arena
from pycm_core.wit.scope import PackageScope, Unit


def take(arena: Arena, scopes: dict[m.PackageName, PackageScope], resolve: m.Resolve) -> None:
    """Add the packages of a resolution; of those that are there already, what is known by name stays."""
    _Taker(arena, scopes, resolve).run()


class _Taker:
    __slots__ = ("arena", "interfaces", "resolve", "scopes", "types", "worlds")

    def __init__(self, arena: Arena, scopes: dict[m.PackageName, PackageScope], resolve: m.Resolve) -> None:
        self.arena = arena
        self.scopes = scopes
        self.resolve = resolve
        self.interfaces: dict[int, int] = {}
        self.worlds: dict[int, int] = {}
        self.types: dict[int, int] = {}

    def run(self) -> None:
        old, arena = self.resolve, self.arena
        new = [i for i, p in enumerate(old.packages) if p.name not in self.scopes]
        package_number = {p: len(arena.packages) + n for n, p in enumerate(new)}
        for index, interface in enumerate(old.interfaces):
            if interface.package in package_number:
                self.interfaces[index] = len(arena.interfaces)
                arena.interfaces.append(interface)  # its place; filled below
            else:
                self._known(index, interface)
        for index, world in enumerate(old.worlds):
            if world.package in package_number:
                self.worlds[index] = len(arena.worlds)
                arena.worlds.append(world)
        for index in range(len(old.types)):
            if index not in self.types and self._is_new(index):
                self._type(index)
        for index, place in self.interfaces.items():
            interface = old.interfaces[index]
            if interface.package in package_number:
                arena.interfaces[place] = replace(
                    interface,
                    package=package_number[interface.package],
                    types=tuple([(n, self.types[i]) for n, i in interface.types]),
                    functions=tuple([self._func(f) for f in interface.functions]),
                )
        for index, place in self.worlds.items():
            world = old.worlds[index]
            arena.worlds[place] = replace(
                world,
                package=package_number[world.package],
                imports=tuple([self._item(x) for x in world.imports]),
                exports=tuple([self._item(x) for x in world.exports]),
            )
        for index in new:
            self._package(old.packages[index])

    def _known(self, index: int, interface: m.Interface) -> None:
        """An interface of a package that is there already: its types are found by name."""
        scope = self.scopes[self.resolve.packages[interface.package].name]
        unit = scope.units.get(interface.name or "")
        if unit is None or unit.index is None:
            return
        self.interfaces[index] = unit.index
        for name, type_ in interface.types:
            there = unit.types.get(name)
            if isinstance(there, int):
                self.types[type_] = there

    def _is_new(self, index: int) -> bool:
        owner = self.resolve.types[index].owner
        return owner is None or (owner.index in (self.interfaces if owner.kind == "interface" else self.worlds))

    def _type(self, index: int) -> int:
        made = self.types.get(index)
        if made is None:
            old = self.resolve.types[index]
            kind = (
                m.Alias(self._ref(old.kind.type)) if isinstance(old.kind, m.Alias) else map_refs(old.kind, self._ref, self._type)
            )
            owner = old.owner
            if owner is not None:
                places = self.interfaces if owner.kind == "interface" else self.worlds
                owner = m.Owner(owner.kind, places[owner.index])
            made = self.types[index] = len(self.arena.types)
            self.arena.types.append(replace(old, kind=kind, owner=owner))
            if isinstance(kind, t.Own) and isinstance(kind.resource, int):
                self.arena.own.setdefault(kind.resource, made)
        return made

    def _ref(self, ref: TypeRef) -> TypeRef:
        return self._type(ref) if isinstance(ref, int) else ref

    def _func(self, func: m.Func) -> m.Func:
        return replace(
            func,
            params=tuple([t.Field(p.label, self._ref(p.type)) for p in func.params]),
            result=None if func.result is None else self._ref(func.result),
            resource=None if func.resource is None else self._type(func.resource),
        )

    def _item(self, item: m.WorldItem) -> m.WorldItem:
        match item:
            case m.WorldInterface():
                return replace(item, interface=self.interfaces[item.interface])
            case m.WorldType():
                return replace(item, type=self._type(item.type))
            case m.WorldFunc(func):
                return replace(item, func=self._func(func))

    def _package(self, package: m.Package) -> None:
        scope = PackageScope(package.name)
        interfaces = tuple([(n, self.interfaces[i]) for n, i in package.interfaces])
        worlds = tuple([(n, self.worlds[w]) for n, w in package.worlds])
        for name, index in interfaces:
            made = self.arena.interfaces[index]
            scope.units[name] = Unit(
                "interface", name, package.name, None, index, types=dict(made.types), funcs={f.name for f in made.functions}
            )
        for name, index in worlds:
            scope.units[name] = Unit("world", name, package.name, None, index)
        self.arena.packages.append(replace(package, interfaces=interfaces, worlds=worlds))
        self.scopes[package.name] = scope
