"""Validation of aliases (Binary.md, "Alias Definitions"; Explainer.md, "Alias Definitions")."""

from __future__ import annotations

from pycm_core.base.errors import Invalid
from pycm_core.base.features import Feature
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.valid.externs import add_item
from pycm_core.component.valid.scope import Scope
from pycm_core.wasm.syntax import types as w

_EXPORTS: dict[s.AnySort, type] = {
    s.Sort.FUNC: t.FuncType,
    s.Sort.VALUE: t.ValueBound,
    s.Sort.TYPE: t.TypeBound,
    s.Sort.COMPONENT: t.ComponentType,
    s.Sort.INSTANCE: t.InstanceType,
    s.CoreSort.MODULE: t.CoreModuleType,
}
"""What an export of each sort has for a type."""

_CORE_EXPORTS: dict[s.CoreSort, type] = {
    s.CoreSort.FUNC: w.FuncType,
    s.CoreSort.TABLE: w.TableType,
    s.CoreSort.MEMORY: w.MemoryType,
    s.CoreSort.GLOBAL: w.GlobalType,
    s.CoreSort.TAG: w.TagType,
}


def sort_name(sort: s.AnySort) -> str:
    """The name of a sort in messages."""
    return sort.name.lower()


def alias_export(scope: Scope, alias: s.AliasExport) -> None:
    """`alias export`: the very type that the instance holds, so that what it names stays recognizable."""
    if alias.sort is s.Sort.VALUE:
        scope.context.require(Feature.VALUES, "an alias of a `value`")
    expected = _EXPORTS.get(alias.sort)
    if expected is None:
        raise Invalid(f"a core {sort_name(alias.sort)} cannot be exported from a component instance")
    item = scope.instance_exports(alias.instance).get(alias.name)
    if item is None:
        raise Invalid(f"instance {alias.instance} has no export named `{alias.name}`")
    if not isinstance(item, expected):
        raise Invalid(f"export `{alias.name}` for instance {alias.instance} is not a {sort_name(alias.sort)}")
    add_item(scope, item)


def alias_core_export(scope: Scope, alias: s.AliasCoreExport) -> None:
    """`alias core export`."""
    expected = _CORE_EXPORTS.get(alias.sort)
    if expected is None:
        raise Invalid(f"a core instance cannot export a {sort_name(alias.sort)}")
    item = scope.core_instance(alias.instance).get(alias.name)
    if item is None:
        raise Invalid(f"core instance {alias.instance} has no export named `{alias.name}`")
    if not isinstance(item, expected):
        raise Invalid(f"export `{alias.name}` for core instance {alias.instance} is not a {sort_name(alias.sort)}")
    add_core_item(scope, item)


def add_core_item(scope: Scope, item: w.ExternType) -> None:
    """Append a core item to the index space of its sort."""
    match item:
        case w.FuncType():
            scope.push(scope.core_funcs, item)
        case w.TableType():
            scope.push(scope.core_tables, item)
        case w.MemoryType():
            scope.push(scope.core_memories, item)
        case w.GlobalType():
            scope.push(scope.core_globals, item)
        case w.TagType():
            scope.push(scope.core_tags, item)


def alias_outer(scope: Scope, alias: s.AliasOuter) -> None:
    """`alias outer`: the very type of the outer scope."""
    outer = scope.outward(alias.count)
    match alias.sort:
        case s.CoreSort.MODULE:
            scope.push(scope.core_modules, outer.module(alias.index))
        case s.CoreSort.TYPE:
            found = outer.core_type(alias.index)
            if isinstance(found, t.CoreModuleType):
                scope.core_types.add_module(found)
            else:
                scope.core_types.add_closed(found)
        case s.Sort.COMPONENT:
            scope.push(scope.components, outer.component(alias.index))
        case s.Sort.TYPE:
            type_ = outer.type(alias.index)
            if scope.crosses_component(alias.count) and scope.context.facts.of(type_).resources:
                raise Invalid(
                    "cannot alias outer type which transitively refers to resources not defined in the current component",
                    hint="import the resource type into the inner component instead",
                )
            scope.push(scope.types, type_)
        case _:
            raise Invalid(f"an `outer` alias cannot alias a {sort_name(alias.sort)}")
