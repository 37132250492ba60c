"""Imports and exports: their types, their names, what they add to a scope (Binary.md, "Import and Export Definitions")."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pycm_core.base.errors import Exhaustion, Invalid
from pycm_core.base.features import Feature, Features
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.types import Prim, ResourceId
from pycm_core.component.valid.dependencies import check_dependency, is_dependency
from pycm_core.component.valid.names import (
    Annotation,
    InterfaceName,
    PlainName,
    canonical,
    is_canonversion,
    is_semver,
    parse_name,
)
from pycm_core.component.valid.scope import Kind, Names, Scope, Value
from pycm_core.component.valid.substitute import open_instance
from pycm_core.component.valid.subtype import describe
from pycm_core.component.valid.visible import Visibility, show

_ATTRIBUTES = ("implements", "versionsuffix", "external-id")


# --- types ---------------------------------------------------------------------------------------------------------------


def extern_type(scope: Scope, desc: s.ExternDesc, name: str) -> t.ExternType:
    """What an import or export of this description has for a type. What it introduces is new: resources, and names for types."""
    match desc:
        case s.FuncDesc():
            return scope.functype(desc.type)
        case s.CoreModuleDesc():
            module = scope.core_type(desc.type)
            if not isinstance(module, t.CoreModuleType):
                raise Invalid(f"core type index {desc.type} is not a module type")
            return module
        case s.ComponentDesc():
            component = scope.type(desc.type)
            if not isinstance(component, t.ComponentType):
                raise Invalid(f"type index {desc.type} is not a component type")
            return component
        case s.InstanceDesc():
            instance = scope.type(desc.type)
            if not isinstance(instance, t.InstanceType):
                raise Invalid(f"type index {desc.type} is not an instance type")
            return open_instance(instance, scope.context.facts)
        case s.TypeEq():
            type_ = scope.type(desc.type)
            return t.TypeBound(replace(type_, alias_of=type_), False)
        case s.TypeSubResource():
            return t.TypeBound(t.Resource(ResourceId(name)), True)
        case s.ValueEq():
            scope.context.require(Feature.VALUES, "a `value` import or export")
            if desc.value >= len(scope.values):
                raise Invalid(f"unknown value {desc.value}: value index out of bounds")
            return t.ValueBound(scope.values[desc.value].type)
        case s.ValueType():
            scope.context.require(Feature.VALUES, "a `value` import or export")
            return t.ValueBound(value_type(scope, desc.type))


def value_type(scope: Scope, ref: Prim | int) -> Any:
    """The value type a reference stands for."""
    if isinstance(ref, Prim):
        if ref is Prim.ERROR_CONTEXT:
            scope.context.require(Feature.ERROR_CONTEXT, "the type `error-context`")
        return ref
    return scope.valtype(ref)


def add_item(scope: Scope, item: t.ExternType) -> None:
    """Append an item to the index space of its sort."""
    match item:
        case t.FuncType():
            scope.push(scope.funcs, item)
        case t.TypeBound():
            scope.push(scope.types, item.type)
        case t.InstanceType():
            scope.push(scope.instances, item)
        case t.ComponentType():
            scope.push(scope.components, item)
        case t.CoreModuleType():
            scope.push(scope.core_modules, item)
        case t.ValueBound():
            scope.push(scope.values, Value(item.type))


# --- names ----------------------------------------------------------------------------------------------------------------


def declare_import(scope: Scope, name: s.ExternName, item: t.ExternType) -> None:
    """Add an import to a component or component type."""
    _register(scope, scope.import_names, name, item, "import", Visibility(scope.import_names))
    scope.imports.append((name, item))
    add_item(scope, item)


def declare_export(scope: Scope, name: s.ExternName, item: t.ExternType) -> None:
    """Add an export to a component, component type or instance type."""
    deferred = scope.kind is Kind.INSTANCE_TYPE
    visibility = None if deferred else Visibility(scope.import_names, scope.export_names)
    _register(scope, scope.export_names, name, item, "export", visibility)
    scope.exports.append((name, item))
    add_item(scope, item)


def name_bag_export(scope: Scope, names: Names, name: s.ExternName, item: t.ExternType) -> None:
    """Check an export of an instance that is put together from definitions. Who may see its types is asked when it is exported.

    Such an instance is no scope in which an annotated name could find its resource: functions in it know the resource from elsewhere.
    """
    _register(scope, names, name, item, "export", None)
    names.resources.clear()
    names.labels.clear()


def _register(
    scope: Scope, names: Names, name: s.ExternName, item: t.ExternType, side: str, visibility: Visibility | None
) -> None:
    features = scope.context.features
    if len(names.seen) >= scope.context.limits.definitions:
        raise Exhaustion(f"more than {scope.context.limits.definitions} {side}s")
    scope.context.facts.of(item)
    parsed = _parse(name.name, side, features)
    key = name.name if parsed is None else canonical(name.name)
    previous = names.seen.get(key)
    if previous is not None:
        raise Invalid(f"{side} name `{name.name}` conflicts with previous name `{previous}`")
    names.seen[key] = name.name
    _check_attributes(name, parsed, item, features)
    if isinstance(parsed, PlainName) and parsed.annotation is not None:
        try:
            _check_annotation(names, parsed, parsed.annotation, name.name, item)
        except Invalid as e:
            raise Invalid(f"{side} name `{name.name}` is not valid: {e.message}") from None
    if visibility is not None and not visibility.extern(item):
        raise Invalid(
            f"{describe(item)} not valid to be used as {side}",
            hint=f"each resource, record, variant, enum and flags type that it refers to needs a name: {side} that type first, "
            "and refer to the type index that introduces",
        )
    if isinstance(item, t.TypeBound) and isinstance(item.type, t.Resource) and isinstance(parsed, PlainName):
        names.resources[id(item.type)] = parsed.label
        names.labels.add(parsed.label)
    show(names, item)


def _parse(name: str, side: str, features: Features) -> PlainName | InterfaceName | None:
    """A name taken apart; `None` for one that says where an implementation comes from."""
    try:
        if side == "import" and is_dependency(name):
            check_dependency(name, features)
            return None
        return parse_name(name, features)
    except ValueError as e:
        raise Invalid(f"{side} name `{name}` is not a valid extern name: {e}") from None


def _check_attributes(
    name: s.ExternName, parsed: PlainName | InterfaceName | None, item: t.ExternType, features: Features
) -> None:
    for opcode, attribute in enumerate(_ATTRIBUTES):
        if name.order.count(opcode) > 1:
            raise Invalid(f"duplicate '{attribute}' option in name")
    if (name.implements is not None or name.external_id is not None) and Feature.ATTRIBUTES not in features:
        raise Invalid(f"attributes of names require the feature `{Feature.ATTRIBUTES.value}`")
    interface = parsed
    if name.implements is not None:
        try:
            implemented = parse_name(name.implements, features)
        except ValueError as e:
            raise Invalid(f"`{name.implements}` is not a valid name: {e}") from None
        if not isinstance(implemented, InterfaceName):
            raise Invalid(f"the `implements` of `{name.name}` must be an interface name, found `{name.implements}`")
        if not isinstance(item, t.InstanceType):
            raise Invalid("only instances can have an `implements`")
        if not isinstance(parsed, PlainName):
            raise Invalid(f"name `{name.name}` is not valid with `implements`")
        interface = implemented  # which a suffix then goes on with
    if name.version_suffix is not None:
        if Feature.CANONICAL_NAMES not in features:
            raise Invalid(f"`versionsuffix` requires the feature `{Feature.CANONICAL_NAMES.value}`")
        version = interface.version if isinstance(interface, InterfaceName) else None
        if version is None or not is_canonversion(version):
            raise Invalid(f"`versionsuffix` needs a name with a canonical version, found `{name.name}`")
        if not is_semver(version + name.version_suffix):
            raise Invalid(f"`{version}{name.version_suffix}` is not a valid semver")


def _check_annotation(names: Names, parsed: PlainName, annotation: Annotation, name: str, item: t.ExternType) -> None:
    """What an annotated name says of its function (Binary.md, "Import and Export Definitions")."""
    if not isinstance(item, t.FuncType):
        raise Invalid(f"`{name}` is not a func")
    match annotation:
        case Annotation.CONSTRUCTOR:
            if item.result is None:
                raise Invalid("function should return one value")
            result = item.result
            if isinstance(result, t.Result) and result.ok is not None:
                result = result.ok
            if not isinstance(result, t.Own):
                raise Invalid("function should return `(own $T)` or `(result (own $T))`")
            _check_resource(names, result.resource, parsed.label)
        case Annotation.METHOD:
            if not item.params:
                raise Invalid("function should have at least one argument")
            first = item.params[0]
            if first.label != "self":
                raise Invalid("function should have a first argument called `self`")
            if not isinstance(first.type, t.Borrow):
                raise Invalid("function should take a first argument of `(borrow $T)`")
            _check_resource(names, first.type.resource, parsed.label)
        case Annotation.STATIC:
            if parsed.label not in names.labels:
                raise Invalid("static resource name is not known in this context")


def _check_resource(names: Names, resource: t.Resource, label: str) -> None:
    known = names.resources.get(id(resource))
    if known is None:
        raise Invalid("resource used in function does not have a name in this context")
    if known != label:
        raise Invalid(f"function does not match expected resource name `{known}`")
