"""Packages and worlds as components (WIT.md, "Package Format")."""

from __future__ import annotations

from typing import Any

from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.binary.encode import encode
from pycm_core.component.types import Prim, TypeRef
from pycm_core.wit import model as m
from pycm_core.wit.docs import docs_section
from pycm_core.wit.kinds import map_refs


def encode_package(resolve: m.Resolve) -> bytes:
    """The root package as a WebAssembly component."""
    return encode(package_component(resolve))


def package_component(resolve: m.Resolve) -> s.Component:
    """The root package as a component: each interface and each world is an exported type."""
    package = resolve.packages[resolve.main]
    definitions: list[s.Definition] = []
    items: list[tuple[str, s.ComponentTypeDecls]] = [(n, interface_type(resolve, i)) for n, i in package.interfaces]
    items += [(n, _wrapped_world(resolve, w)) for n, w in package.worlds]
    for number, (name, type_) in enumerate(items):
        definitions.append(s.TypeDef(type_))
        definitions.append(s.Export(s.ExternName(name), s.SortIdx(s.Sort.TYPE, 2 * number), None))
    definitions.append(docs_section(resolve))
    return s.Component(tuple(definitions))


def interface_type(resolve: m.Resolve, interface: int) -> s.ComponentTypeDecls:
    """A component type that exports the interface and imports what it uses."""
    scope = ComponentScope(resolve)
    for dependency in _needed(resolve, interface):
        scope.instance(dependency, s.ExternName(resolve.interface_name(dependency) or ""), imported=True, functions=False)
    scope.instance(interface, s.ExternName(resolve.interface_name(interface) or ""), imported=False, functions=True)
    return s.ComponentTypeDecls(tuple(scope.decls))


def world_type(resolve: m.Resolve, world: int) -> s.ComponentTypeDecls:
    """The component type that a world is."""
    scope = ComponentScope(resolve)
    for item in resolve.worlds[world].imports:
        scope.world_item(item, imported=True)
    for item in resolve.worlds[world].exports:
        scope.world_item(item, imported=False)
    return s.ComponentTypeDecls(tuple(scope.decls))


def _wrapped_world(resolve: m.Resolve, world: int) -> s.ComponentTypeDecls:
    name = s.ExternName(resolve.world_name(world))
    return s.ComponentTypeDecls((s.TypeDef(world_type(resolve, world)), s.ExportDecl(name, s.ComponentDesc(0))))


def component_type(resolve: m.Resolve, world: int, encoding: s.StringEncoding = s.StringEncoding.UTF8) -> s.Component:
    """What tools embed in a core module, so that it can become a component: the world, and how its strings are encoded."""
    return s.Component(
        (
            s.CustomSection(ENCODING_SECTION, bytes([ENCODING_VERSION, encoding.value])),
            s.TypeDef(_wrapped_world(resolve, world)),
            s.Export(s.ExternName(resolve.worlds[world].name), s.SortIdx(s.Sort.TYPE, 0), None),
        )
    )


ENCODING_SECTION = "wit-component-encoding"
"""A convention of tools: the version of what is embedded, then the string encoding."""
ENCODING_VERSION = 4


def _needed(resolve: m.Resolve, interface: int) -> list[int]:
    """The interfaces that an interface uses, directly or not, each after those it uses itself."""
    order: list[int] = []
    seen = {interface}
    stack = [(d, False) for d in reversed(resolve.dependencies(interface))]
    while stack:
        current, ready = stack.pop()
        if ready:
            order.append(current)
        elif current not in seen:
            seen.add(current)
            stack.append((current, True))
            stack.extend((d, False) for d in reversed(resolve.dependencies(current)))
    return order


class Scope:
    """The declarations of a component or instance type while they are written."""

    __slots__ = ("decls", "func_types", "owner", "resolve", "type_count", "types")

    def __init__(self, resolve: m.Resolve, owner: m.Owner | None) -> None:
        self.resolve = resolve
        self.owner = owner
        self.decls: list[Any] = []
        self.type_count = 0
        self.types: dict[int, int] = {}
        """The index of each type of the resolution that has one here."""
        self.func_types: dict[t.FuncType[Any], int] = {}

    def add_type(self, decl: Any) -> int:
        """A declaration that adds to the type index space; its index."""
        self.decls.append(decl)
        self.type_count += 1
        return self.type_count - 1

    def foreign(self, type_: int) -> int:
        """The index of a type that another interface defines."""
        raise NotImplementedError

    def ref(self, ref: TypeRef) -> TypeRef:
        """A reference as syntax has it."""
        if isinstance(ref, Prim):
            return ref
        found = self.types.get(ref)
        if found is None:
            made = self.resolve.types[ref]
            if made.owner is not None and made.owner != self.owner:
                found = self.foreign(ref)
            else:
                found = self.add_type(s.TypeDef(self._kind(made.kind)))
            self.types[ref] = found
        return found

    def _resource(self, ref: int) -> int:
        found = self.ref(ref)
        assert isinstance(found, int)
        return found

    def _kind(self, kind: m.TypeKind) -> Any:
        if isinstance(kind, m.Alias):
            assert isinstance(kind.type, Prim)  # aliases of other types are bounds, not definitions
            return t.Named(kind.type)
        return map_refs(kind, self.ref, self._resource)

    def bound(self, type_: int) -> s.TypeEq | s.TypeSubResource:
        """What a named type is bound to when it is exported or imported."""
        kind = self.resolve.types[type_].kind
        if isinstance(kind, m.ResourceKind):
            return s.TypeSubResource()
        if isinstance(kind, m.Alias) and isinstance(kind.type, int):
            found = self.ref(kind.type)
            assert isinstance(found, int)
            return s.TypeEq(found)
        return s.TypeEq(self.add_type(s.TypeDef(self._kind(kind))))

    def func(self, func: m.Func) -> s.FuncDesc:
        """A function's type, shared with those that have the same."""
        type_: t.FuncType[Any] = t.FuncType(
            tuple([t.Field(p.label, self.ref(p.type)) for p in func.params]),
            None if func.result is None else self.ref(func.result),
            func.async_,
        )
        index = self.func_types.get(type_)
        if index is None:
            index = self.func_types[type_] = self.add_type(s.TypeDef(type_))
        return s.FuncDesc(index)


class InstanceScope(Scope):
    """An instance type inside a component type."""

    __slots__ = ("component",)

    def __init__(self, component: ComponentScope, interface: int) -> None:
        super().__init__(component.resolve, m.Owner("interface", interface))
        self.component = component

    def foreign(self, type_: int) -> int:
        return self.add_type(s.AliasOuter(s.Sort.TYPE, 1, self.component.foreign(type_)))


class ComponentScope(Scope):
    """A component type."""

    __slots__ = ("aliases", "instance_count", "instances")

    def __init__(self, resolve: m.Resolve) -> None:
        super().__init__(resolve, None)
        self.instances: dict[int, int] = {}
        """The instance that stands for an interface: what is exported hides what is imported."""
        self.aliases: dict[tuple[int, str], int] = {}
        self.instance_count = 0

    def foreign(self, type_: int) -> int:
        made = self.resolve.types[type_]
        assert made.owner is not None and made.name is not None
        if made.owner.kind == "world":
            return self.types[type_]
        instance = self.instances[made.owner.index]
        index = self.aliases.get((instance, made.name))
        if index is None:
            index = self.aliases[(instance, made.name)] = self.add_type(s.AliasExport(s.Sort.TYPE, instance, made.name))
        return index

    def ref(self, ref: TypeRef) -> TypeRef:
        if isinstance(ref, int):
            owner = self.resolve.types[ref].owner
            if owner is not None and owner.kind == "interface":
                return self.foreign(ref)  # never remembered: an export may hide the import
        return super().ref(ref)

    def interface(self, index: int) -> m.Interface:
        """What is declared of an interface."""
        return self.resolve.interfaces[index]

    def instance(self, interface: int, name: s.ExternName, *, imported: bool, functions: bool, named: bool = True) -> None:
        """Import or export an interface; as a dependency only with its types."""
        scope = InstanceScope(self, interface)
        made = self.interface(interface)
        for type_name, type_ in made.types:
            external_id = self.resolve.types[type_].external_id
            bound = scope.bound(type_)
            scope.types[type_] = scope.add_type(s.ExportDecl(s.ExternName(type_name, external_id=external_id), bound))
        if functions:
            for func in in_order(made):
                desc = scope.func(func)
                scope.decls.append(s.ExportDecl(s.ExternName(func.name, external_id=func.external_id), desc))
        type_index = self.add_type(s.TypeDef(s.InstanceTypeDecls(tuple(scope.decls))))
        self.decls.append((s.Import if imported else s.ExportDecl)(name, s.InstanceDesc(type_index)))
        if named:
            self.instances[interface] = self.instance_count
        self.instance_count += 1

    def world_item(self, item: m.WorldItem, *, imported: bool) -> None:
        """An import or export of a world."""
        match item:
            case m.WorldInterface():
                full = self.resolve.interface_name(item.interface)
                if item.label is None:
                    name = s.ExternName(full or "", external_id=item.external_id)
                else:
                    name = s.ExternName(item.label, implements=full, external_id=item.external_id)
                self.instance(item.interface, name, imported=imported, functions=True, named=item.label is None)
            case m.WorldFunc(func):
                desc = self.func(func)
                extern = s.ExternName(func.name, external_id=func.external_id)
                self.decls.append((s.Import if imported else s.ExportDecl)(extern, desc))
            case m.WorldType(type_name, type_):
                external_id = self.resolve.types[type_].external_id
                bound = self.bound(type_)
                self.types[type_] = self.add_type(s.Import(s.ExternName(type_name, external_id=external_id), bound))


def in_order(interface: m.Interface) -> list[m.Func]:
    """The functions of resources first, by resource, then the others."""
    place = {index: i for i, (_, index) in enumerate(interface.types)}
    return sorted(interface.functions, key=lambda f: len(place) if f.resource is None else place.get(f.resource, len(place)))
