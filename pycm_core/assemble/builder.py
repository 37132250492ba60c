"""A component being written: its definitions and the index spaces they add to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pycm_core.assemble.names import Place
from pycm_core.assemble.worlds import Live
from pycm_core.component import syntax as s
from pycm_core.wasm.syntax.types import FuncType, NumType, RecType, SubType
from pycm_core.wit import model as m
from pycm_core.wit.encode import ComponentScope, Scope

Core = s.CoreSort


class Builder(ComponentScope):
    """The outer component. Each method adds one definition and answers with the index it got."""

    __slots__ = (
        "_exports",
        "_live",
        "component_count",
        "core_counts",
        "exported",
        "func_count",
        "imported",
        "root_funcs",
        "views",
    )

    def __init__(self, resolve: m.Resolve, live: Live) -> None:
        super().__init__(resolve)
        self._live = live
        self.func_count = 0
        self.component_count = 0
        self.core_counts: dict[s.CoreSort, int] = dict.fromkeys(s.CoreSort, 0)
        self.imported: dict[Place, int] = {}
        """The instance that each imported place is."""
        self.root_funcs: dict[str, int] = {}
        self.views: dict[int, ExportView] = {}
        """The types of the exported interfaces."""
        self.exported: dict[int, int] = {}
        """The instance that each exported interface is, once it is exported."""
        self._exports: dict[tuple[s.CoreSort, int, str], int] = {}

    def interface(self, index: int) -> m.Interface:
        return self._live.cut(index)

    # --- imports ------------------------------------------------------------------------------------------------------

    def import_item(self, item: m.WorldItem, place: Place | None) -> None:
        """An import of the world."""
        if place is not None:
            self.imported[place] = self.instance_count
        if isinstance(item, m.WorldFunc):
            self.root_funcs[item.func.name] = self.func_count
            self.func_count += 1
        self.world_item(item, imported=True)

    # --- types --------------------------------------------------------------------------------------------------------

    def foreign(self, type_: int) -> int:
        owner = self.resolve.types[type_].owner
        if owner is not None and owner.kind == "interface" and owner.index in self.views:
            return self.views[owner.index].own(type_)
        return super().foreign(type_)

    def argument(self, type_: int) -> int:
        """A type to pass on: that of the exported instance where there is one, so that the names in the WIT lead there."""
        owner = self.resolve.types[type_].owner
        name = self.resolve.types[type_].name
        if owner is not None and owner.kind == "interface" and name is not None and owner.index in self.exported:
            return self.alias_type(self.exported[owner.index], name)
        return self.foreign(type_)

    def alias_type(self, instance: int, name: str) -> int:
        """A type that an instance exports."""
        index = self.aliases.get((instance, name))
        if index is None:
            index = self.aliases[instance, name] = self.add_type(s.AliasExport(s.Sort.TYPE, instance, name))
        return index

    # --- definitions --------------------------------------------------------------------------------------------------

    def _core(self, sort: s.CoreSort, definition: Any) -> int:
        self.decls.append(definition)
        self.core_counts[sort] += 1
        return self.core_counts[sort] - 1

    def core_module(self, binary: bytes) -> int:
        return self._core(Core.MODULE, s.CoreModule(binary))

    def core_instantiate(self, module: int, args: Mapping[str, int]) -> int:
        return self._core(Core.INSTANCE, s.CoreInstantiate(module, tuple(args.items())))

    def core_instance(self, exports: Sequence[tuple[str, s.CoreSort, int]]) -> int:
        return self._core(Core.INSTANCE, s.CoreInlineInstance(tuple(exports)))

    def core_export(self, sort: s.CoreSort, instance: int, name: str) -> int:
        """An export of a core instance, aliased once."""
        index = self._exports.get((sort, instance, name))
        if index is None:
            index = self._exports[sort, instance, name] = self._core(sort, s.AliasCoreExport(sort, instance, name))
        return index

    def core_type(self, type: FuncType) -> int:
        """A core function type."""
        return self._core(Core.TYPE, s.CoreType(RecType((SubType(type),))))

    def canon(self, definition: s.CanonLower | s.CanonBuiltin) -> int:
        """A core function."""
        return self._core(Core.FUNC, definition)

    def alias_func(self, instance: int, name: str) -> int:
        self.decls.append(s.AliasExport(s.Sort.FUNC, instance, name))
        self.func_count += 1
        return self.func_count - 1

    def lift(self, core_func: int, opts: s.CanonOpts, type_: int) -> int:
        self.decls.append(s.CanonLift(core_func, opts, type_))
        self.func_count += 1
        return self.func_count - 1

    def component(self, component: s.Component) -> int:
        self.decls.append(s.NestedComponent(component))
        self.component_count += 1
        return self.component_count - 1

    def instantiate(self, component: int, args: Sequence[tuple[str, s.SortIdx]]) -> int:
        self.decls.append(s.Instantiate(component, tuple(args)))
        self.instance_count += 1
        return self.instance_count - 1

    def export_instance(self, name: s.ExternName, index: int) -> int:
        self.decls.append(s.Export(name, s.SortIdx(s.Sort.INSTANCE, index), None))
        self.instance_count += 1
        return self.instance_count - 1

    def export_func(self, name: s.ExternName, index: int) -> None:
        self.decls.append(s.Export(name, s.SortIdx(s.Sort.FUNC, index), None))
        self.func_count += 1


class _View(Scope):
    """Types of the outer component, seen from one place of the world."""

    __slots__ = ("builder",)

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder.resolve, None)
        self.builder = builder

    def add_type(self, decl: Any) -> int:
        return self.builder.add_type(decl)

    def foreign(self, type_: int) -> int:
        return self.builder.foreign(type_)


class ImportView(_View):
    """Seen from an import: the types of its interface are those of its instance."""

    __slots__ = ("instance", "place")

    def __init__(self, builder: Builder, place: Place) -> None:
        super().__init__(builder)
        self.place = place
        self.instance = builder.imported.get(place)

    def foreign(self, type_: int) -> int:
        made = self.resolve.types[type_]
        if self.instance is not None and made.owner == m.Owner("interface", self.place.interface or 0) and made.name is not None:
            return self.builder.alias_type(self.instance, made.name)
        return ComponentScope.foreign(self.builder, type_)


class ExportView(_View):
    """Seen from an exported interface, whose types are defined by the component. Resources are put there one by one."""

    __slots__ = ("index",)

    def __init__(self, builder: Builder, interface: int) -> None:
        super().__init__(builder)
        self.index = interface

    def resource(self, type_: int, dtor: int | None) -> None:
        """Define a resource; `dtor` is a core function."""
        self.types[type_] = self.add_type(s.TypeDef(s.ResourceType(NumType.I32, dtor)))

    def own(self, type_: int) -> int:
        """A type of the interface itself."""
        found = self.types.get(type_)
        if found is None:
            kind = self.resolve.types[type_].kind
            if isinstance(kind, m.Alias) and isinstance(kind.type, int):
                made = self.ref(kind.type)
                assert isinstance(made, int)
                found = made
            else:
                found = self.add_type(s.TypeDef(self._kind(kind)))
            self.types[type_] = found
        return found

    def foreign(self, type_: int) -> int:
        if self.resolve.types[type_].owner == m.Owner("interface", self.index):
            return self.own(type_)
        return super().foreign(type_)
