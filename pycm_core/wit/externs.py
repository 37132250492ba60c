"""The attributes of import and export names, found in syntax: types of instances and components keep only the names themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pycm_core.component import syntax as s


@dataclass(frozen=True, slots=True)
class ExternNames:
    """The names declared in one component, or in one component or instance type, with their attributes."""

    imports: tuple[Declared, ...]
    exports: tuple[Declared, ...]
    imported: Mapping[str, Declared]
    exported: Mapping[str, Declared]
    """The same by name."""

    @staticmethod
    def of_component(component: s.Component) -> ExternNames:
        """Of a component: what its types say. The types of exports are known where they are ascribed, or defined right here."""
        return _of(component.definitions, _Types(None))

    def name(self, name: str, imported: bool = False) -> s.ExternName:
        """The name with its attributes."""
        found = self._find(name, imported)
        return found[0] if found is not None else s.ExternName(name)

    def inside(self, name: str, imported: bool | None = None) -> ExternNames:
        """The names inside an import or export (either, when `imported` is not given)."""
        found = self._find(name, bool(imported))
        if found is None and imported is None:
            found = self._find(name, True)
        return (found[1] if found is not None else None) or NO_NAMES

    def inside_import(self, index: int) -> ExternNames:
        """The names inside the import at `index`."""
        return (self.imports[index][1] if index < len(self.imports) else None) or NO_NAMES

    def inside_export(self, index: int) -> ExternNames:
        """The names inside the export at `index`."""
        return (self.exports[index][1] if index < len(self.exports) else None) or NO_NAMES

    def _find(self, name: str, imported: bool) -> Declared | None:
        return (self.imported if imported else self.exported).get(name)


Declared = tuple[s.ExternName, "ExternNames | None"]
"""A name, and the names inside what it stands for."""

NO_NAMES = ExternNames((), (), MappingProxyType({}), MappingProxyType({}))


class _Types:
    """A type index space while it is read: what each index defines, as far as names matter."""

    __slots__ = ("items", "parent")

    def __init__(self, parent: _Types | None) -> None:
        self.parent = parent
        self.items: list[ExternNames | None] = []

    def get(self, index: int) -> ExternNames | None:
        return self.items[index] if index < len(self.items) else None

    def outer(self, count: int, index: int) -> ExternNames | None:
        scope: _Types | None = self
        while count and scope is not None:
            scope, count = scope.parent, count - 1
        return None if scope is None else scope.get(index)


def _of(decls: Sequence[s.Definition | s.Decl], types: _Types) -> ExternNames:
    imports: list[Declared] = []
    exports: list[Declared] = []
    for decl in decls:
        match decl:
            case s.TypeDef(type_):
                inner = None
                if isinstance(type_, s.ComponentTypeDecls | s.InstanceTypeDecls):
                    inner = _of(type_.decls, _Types(types))
                types.items.append(inner)
            case s.AliasExport(sort=s.Sort.TYPE):
                types.items.append(None)
            case s.AliasOuter(sort=s.Sort.TYPE, count=count, index=index):
                types.items.append(types.outer(count, index))
            case s.Import(name, desc):
                imports.append((name, _inside(desc, types)))
            case s.ExportDecl(name, desc):
                exports.append((name, _inside(desc, types)))
            case s.Export(name, item, desc):
                inner = None if desc is None else _inside(desc, types)
                if item.sort is s.Sort.TYPE:
                    inner = types.get(item.index)
                    types.items.append(inner)
                exports.append((name, inner))
            case _:
                pass
    return ExternNames(
        tuple(imports),
        tuple(exports),
        MappingProxyType({n.name: (n, x) for n, x in imports}),
        MappingProxyType({n.name: (n, x) for n, x in exports}),
    )


def _inside(desc: s.ExternDesc, types: _Types) -> ExternNames | None:
    match desc:
        case s.TypeEq(index):
            inner = types.get(index)
            types.items.append(inner)
            return inner
        case s.TypeSubResource():
            types.items.append(None)
            return None
        case s.InstanceDesc(index) | s.ComponentDesc(index):
            return types.get(index)
        case _:
            return None
