"""Validation of components, and the types it infers (Explainer.md, Binary.md, CanonicalABI.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from pycm_core.base.errors import Exhaustion, Invalid, Offset, PyCMError, Where
from pycm_core.base.features import DEFAULT_FEATURES, Feature, Features
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.valid import aliases, canon, coretypes, instances, types, values
from pycm_core.component.valid.externs import declare_export, declare_import, extern_type, value_type
from pycm_core.component.valid.facts import FactTable
from pycm_core.component.valid.flat import Flattening
from pycm_core.component.valid.modules import ModuleTypes, declared_type
from pycm_core.component.valid.scope import Context, CoreTypeEntry, Kind, Scope, Value
from pycm_core.component.valid.substitute import Substitution, rename_extern
from pycm_core.component.valid.subtype import check_subtype
from pycm_core.component.valid.visible import show
from pycm_core.wasm.syntax import types as w


@dataclass(frozen=True, slots=True)
class Validated:
    """A valid component with its index spaces, elaborated.

    Identity of type objects: an index that aliases a type holds the very object; an index that names one anew (an import, an export,
    `(eq i)`) holds another one, whose `alias_of` leads to it, through objects that may have no name themselves. After instantiation
    the chain of a type that the component re-exports leads to the type that was passed in.
    """

    component: s.Component
    type: t.ComponentType
    """Its type; exported resources are fresh there unless the component imports them or exports them a second time."""
    imports: tuple[tuple[s.ExternName, t.ExternType], ...]
    exports: tuple[tuple[s.ExternName, t.ExternType], ...]
    """With the types of `type.exports`."""
    nested: tuple[Validated, ...] = field(repr=False)
    """The nested components, in order of their definitions."""
    funcs: tuple[t.FuncType[Any], ...] = field(repr=False)
    values: tuple[t.ValType, ...] = field(repr=False)
    types: tuple[t.DefType, ...] = field(repr=False)
    components: tuple[t.ComponentType, ...] = field(repr=False)
    instances: tuple[t.InstanceType, ...] = field(repr=False)
    core_funcs: tuple[w.FuncType, ...] = field(repr=False)
    core_tables: tuple[w.TableType, ...] = field(repr=False)
    core_memories: tuple[w.MemoryType, ...] = field(repr=False)
    core_globals: tuple[w.GlobalType, ...] = field(repr=False)
    core_tags: tuple[w.TagType, ...] = field(repr=False)
    core_types: tuple[CoreTypeEntry, ...] = field(repr=False)
    core_modules: tuple[t.CoreModuleType, ...] = field(repr=False)
    core_instances: tuple[Mapping[str, w.ExternType], ...] = field(repr=False)


def validate(
    component: s.Component,
    *,
    limits: Limits = DEFAULT_LIMITS,
    features: Features = DEFAULT_FEATURES,
    module_types: ModuleTypes = declared_type,
    place: Callable[[int], Where] = Offset,
) -> Validated:
    """Check every rule of the component layer; the code of nested core modules is left to whoever compiles it.

    `module_types` answers with the type of a nested core module. `place` makes a place of an `at` of the syntax; a component from a
    text needs one. Raises `Invalid` with the place of the definition at fault, `Exhaustion`, and what `module_types` raises.
    """
    context = Context(limits, features, FactTable(limits), module_types, Flattening(w.NumType.I32), Flattening(w.NumType.I64))
    try:
        return _component(component, context, None)
    except RecursionError:
        raise Exhaustion("nesting too deep for the stack of this Python", place(component.at)) from None
    except PyCMError as e:
        if isinstance(e.where, Offset):
            e.where = place(e.where.at)
        raise


def _component(component: s.Component, context: Context, parent: Scope | None) -> Validated:
    scope = Scope(Kind.COMPONENT, context, parent)
    nested: list[Validated] = []
    for i, definition in enumerate(component.definitions):
        try:
            if isinstance(definition, s.NestedComponent):
                inner = _component(definition.component, context, scope)
                nested.append(inner)
                scope.push(scope.components, inner.type)
            else:
                _RULES[type(definition)](scope, definition)
        except PyCMError as e:
            if e.where is None:
                e.where = Offset(definition.at)
            e.add_context("definition", i)
            raise
    for i, value in enumerate(scope.values):
        if not value.used:
            raise Invalid(
                f"value index {i} was not used as part of an instantiation, start function, or export", Offset(component.at)
            )
    type_ = instances.component_type(scope)
    try:
        context.facts.of(type_)
    except PyCMError as e:
        e.where = e.where or Offset(component.at)
        raise
    return Validated(
        component=component,
        type=type_,
        imports=tuple(scope.imports),
        exports=tuple([(name, item) for (name, _), (_, item) in zip(scope.exports, type_.exports, strict=True)]),
        nested=tuple(nested),
        funcs=tuple(scope.funcs),
        values=tuple([value.type for value in scope.values]),
        types=tuple(scope.types),
        components=tuple(scope.components),
        instances=tuple(scope.instances),
        core_funcs=tuple(scope.core_funcs),
        core_tables=tuple(scope.core_tables),
        core_memories=tuple(scope.core_memories),
        core_globals=tuple(scope.core_globals),
        core_tags=tuple(scope.core_tags),
        core_types=tuple([scope.core_types.entry(i) for i in range(len(scope.core_types))]),
        core_modules=tuple(scope.core_modules),
        core_instances=tuple([MappingProxyType(exports) for exports in scope.core_instances]),
    )


def _core_module(scope: Scope, definition: s.CoreModule) -> None:
    """A nested core module. Inside a component, its imports must differ in their names, which one day become one name each."""
    module = scope.context.module_types(definition.binary, definition.at, scope.context.limits)
    seen: set[tuple[str, str]] = set()
    for namespace, name, _ in module.imports:
        if (namespace, name) in seen:
            raise Invalid(f"duplicate import name `{namespace}:{name}`")
        seen.add((namespace, name))
    scope.push(scope.core_modules, module)


def _import(scope: Scope, definition: s.Import) -> None:
    """`import` (Binary.md, "Import and Export Definitions")."""
    declare_import(scope, definition.name, extern_type(scope, definition.type, definition.name.name))


def _export(scope: Scope, definition: s.Export) -> None:
    """`export`: a new index, of the type that is ascribed or inferred (Binary.md, "Import and Export Definitions")."""
    actual = instances.item_type(scope, definition.item)
    if definition.type is not None:
        item = extern_type(scope, definition.type, definition.name.name)
        try:
            check_subtype(scope.context.facts, actual, item, Substitution(scope.context.facts))
        except Invalid as e:
            raise Invalid(f"ascribed type of export is not compatible with item's type: {e.message}", hint=e.hint) from None
    elif isinstance(actual, t.TypeBound):
        original = actual.type
        item = t.TypeBound(replace(original, alias_of=scope.reexports.get(id(original), original)), False)
        scope.reexports.setdefault(id(original), item.type)
    else:
        item = rename_extern(actual, scope.context.facts)
    declare_export(scope, definition.name, item)
    if isinstance(actual, t.InstanceType) and definition.type is None:
        # The types it holds have a name from now on, also for those who know them from elsewhere (the reference tests rely on it).
        show(scope.export_names, actual)
    if isinstance(item, t.ValueBound):
        scope.values[-1].used = True


def _start(scope: Scope, definition: s.Start) -> None:
    """🪙 `start` (Binary.md, "Start Definitions")."""
    scope.context.require(Feature.VALUES, "a `start` definition")
    func = scope.func(definition.func)
    if len(definition.args) != len(func.params):
        raise Invalid(f"component start function requires {len(func.params)} arguments, found {len(definition.args)}")
    if definition.results != (func.result is not None):
        raise Invalid(
            f"component start function has a result count of {definition.results}, its type says {int(func.result is not None)}"
        )
    for i, (arg, param) in enumerate(zip(definition.args, func.params, strict=True)):
        if not scope.context.facts.equal(scope.use_value(arg), param.type):
            raise Invalid(f"type mismatch for component start function argument {i}")
    if func.result is not None:
        scope.push(scope.values, Value(func.result))


def _value(scope: Scope, definition: s.ValueDef) -> None:
    """🪙 `value` (Binary.md, "Value Definitions")."""
    scope.context.require(Feature.VALUES, "a `value` definition")
    type_ = value_type(scope, definition.type)
    values.check_literal(definition, type_, scope.context.limits)
    scope.push(scope.values, Value(type_))


def _custom(scope: Scope, definition: s.CustomSection) -> None:
    """A custom section, which means nothing to validation."""


_RULES: Mapping[type, Callable[[Scope, Any], None]] = MappingProxyType(
    {
        s.CoreModule: _core_module,
        s.CoreInstantiate: instances.core_instantiate,
        s.CoreInlineInstance: instances.core_inline,
        s.CoreType: coretypes.define_core_type,
        s.Instantiate: instances.instantiate,
        s.InlineInstance: instances.inline_instance,
        s.AliasExport: aliases.alias_export,
        s.AliasCoreExport: aliases.alias_core_export,
        s.AliasOuter: aliases.alias_outer,
        s.TypeDef: types.define_type,
        s.CanonLift: canon.lift,
        s.CanonLower: canon.lower,
        s.CanonBuiltin: canon.builtin,
        s.Start: _start,
        s.Import: _import,
        s.Export: _export,
        s.ValueDef: _value,
        s.CustomSection: _custom,
    }
)
"""How each kind of definition is checked."""
