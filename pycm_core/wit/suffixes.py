"""🔗 Canonical names: `a:b/c@0.2` with the rest of the version, `.1`, beside the name (Explainer.md, "Import and Export Definitions")."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from pycm_core.component import syntax as s
from pycm_core.wit.compat import canonical_text

_D = TypeVar("_D")


def with_canonical_names(component: s.Component) -> s.Component:
    """The component with canonical names for all interfaces that it, or a type in it, imports or exports."""
    return replace(component, definitions=tuple([_definition(d) for d in component.definitions]))


def _definition(definition: _D) -> _D:
    made: object = definition
    match definition:
        case s.Import(name=name, type=s.InstanceDesc()) | s.ExportDecl(name=name, type=s.InstanceDesc()):
            made = replace(definition, name=canonical_extern(name))
        case s.Export(name=name, item=s.SortIdx(sort=s.Sort.INSTANCE)):
            made = replace(definition, name=canonical_extern(name))
        case s.TypeDef(type=(s.InstanceTypeDecls() | s.ComponentTypeDecls()) as type_):
            made = replace(definition, type=replace(type_, decls=tuple([_definition(d) for d in type_.decls])))
    return made  # type: ignore[return-value]  # of the same class


def canonical_extern(extern: s.ExternName) -> s.ExternName:
    """The name with its canonical version, or that of the interface it implements; any other name as it is."""
    full = extern.implements or extern.name
    name = canonical_text(full)
    if name == full or extern.version_suffix is not None:
        return extern
    suffix = full[len(name) :]
    if extern.implements is not None:
        return replace(extern, implements=name, version_suffix=suffix)
    return replace(extern, name=name, version_suffix=suffix)
