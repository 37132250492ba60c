"""Validation of instances, and the type of an instance (Binary.md, "Instance Definitions"; Explainer.md, "Type Checking")."""

from __future__ import annotations

from pycm_core.base.errors import Invalid
from pycm_core.base.features import Feature
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.types import ResourceId
from pycm_core.component.valid.aliases import sort_name
from pycm_core.component.valid.externs import name_bag_export
from pycm_core.component.valid.facts import bound_resources
from pycm_core.component.valid.scope import Names, Scope
from pycm_core.component.valid.substitute import Substitution, rename_extern
from pycm_core.component.valid.subtype import check_core, check_subtype
from pycm_core.wasm.syntax import types as w

# --- core instances -----------------------------------------------------------------------------------------------------------


def core_instantiate(scope: Scope, definition: s.CoreInstantiate) -> None:
    """`(core instance (instantiate ...))`."""
    module = scope.module(definition.module)
    args: dict[str, dict[str, w.ExternType]] = {}
    for name, index in definition.args:
        if name in args:
            raise Invalid(f"duplicate module instantiation argument named `{name}`")
        args[name] = scope.core_instance(index)
    for namespace, name, expected in module.imports:
        instance = args.get(namespace)
        if instance is None:
            raise Invalid(f"missing module instantiation argument named `{namespace}`")
        found = instance.get(name)
        if found is None:
            raise Invalid(f"module instantiation argument `{namespace}` does not export an item named `{name}`")
        try:
            check_core(found, expected)
        except Invalid as e:
            raise Invalid(
                f"type mismatch for export `{name}` of module instantiation argument `{namespace}`: {e.message}"
            ) from None
    scope.push(scope.core_instances, dict(module.exports))


def core_inline(scope: Scope, definition: s.CoreInlineInstance) -> None:
    """`(core instance (export ...)*)`."""
    exports: dict[str, w.ExternType] = {}
    for name, sort, index in definition.exports:
        if name in exports:
            raise Invalid(f"export name `{name}` already defined")
        exports[name] = _core_item(scope, sort, index)
    scope.push(scope.core_instances, exports)


def _core_item(scope: Scope, sort: s.CoreSort, index: int) -> w.ExternType:
    space: list[w.FuncType] | list[w.TableType] | list[w.MemoryType] | list[w.GlobalType] | list[w.TagType]
    match sort:
        case s.CoreSort.FUNC:
            space = scope.core_funcs
        case s.CoreSort.TABLE:
            space = scope.core_tables
        case s.CoreSort.MEMORY:
            space = scope.core_memories
        case s.CoreSort.GLOBAL:
            space = scope.core_globals
        case s.CoreSort.TAG:
            space = scope.core_tags
        case _:
            raise Invalid(f"a core instance cannot export a {sort_name(sort)}")
    if index >= len(space):
        raise Invalid(f"unknown {sort_name(sort)} {index}: {sort_name(sort)} index out of bounds")
    return space[index]


# --- component instances --------------------------------------------------------------------------------------------------------


def item_type(scope: Scope, item: s.SortIdx) -> t.ExternType:
    """What the item of an index has for a type, when it is exported or passed on. A value is used up."""
    match item.sort:
        case s.Sort.FUNC:
            return scope.func(item.index)
        case s.Sort.TYPE:
            return t.TypeBound(scope.type(item.index), False)
        case s.Sort.COMPONENT:
            return scope.component(item.index)
        case s.Sort.INSTANCE:
            return scope.instance(item.index)
        case s.Sort.VALUE:
            scope.context.require(Feature.VALUES, "a `value`")
            return t.ValueBound(scope.use_value(item.index))
        case s.CoreSort.MODULE:
            return scope.module(item.index)
        case _:
            raise Invalid(f"a core {sort_name(item.sort)} cannot be exported from a component or passed to one")


def instantiate(scope: Scope, definition: s.Instantiate) -> None:
    """`(instance (instantiate ...))`: the imports are replaced by what is given, one after the other."""
    component = scope.component(definition.component)
    args: dict[str, t.ExternType] = {}
    for name, item in definition.args:
        if name in args:
            raise Invalid(f"instantiation argument `{name}` conflicts with previous argument `{name}`")
        args[name] = item_type(scope, item)
    instance = instance_of(scope, component, args)
    scope.context.facts.of(instance)
    scope.push(scope.instances, instance)


def instance_of(scope: Scope, component: t.ComponentType, args: dict[str, t.ExternType]) -> t.InstanceType:
    """The type of an instance of `component`, given `args`. Resources that the component makes are new ones."""
    sub = Substitution(scope.context.facts)
    for name, expected in component.imports:
        found = args.get(name)
        if found is None:
            raise Invalid(f"missing import named `{name}`")
        try:
            check_subtype(scope.context.facts, found, expected, sub)
        except Invalid as e:
            raise Invalid(f"type mismatch for import `{name}`: {e.message}", hint=e.hint) from None
    sub.own(component.exports, fresh=True)
    return t.InstanceType(sub.items(component.exports))


def inline_instance(scope: Scope, definition: s.InlineInstance) -> None:
    """`(instance (export ...)*)`."""
    names = Names()
    exports: list[tuple[str, t.ExternType]] = []
    held: set[int] = set()
    for name, item in definition.exports:
        type_ = item_type(scope, item)
        if isinstance(type_, t.TypeBound):
            if id(type_.type) in held:  # a second name is an alias of the first
                type_ = rename_extern(type_, scope.context.facts)
            else:
                held.add(id(type_.type))
        name_bag_export(scope, names, name, type_)
        exports.append((name.name, type_))
    instance = t.InstanceType(tuple(exports))
    scope.context.facts.of(instance)
    scope.push(scope.instances, instance)


# --- the type of a component --------------------------------------------------------------------------------------------------


def component_type(scope: Scope) -> t.ComponentType:
    """The type of the component whose definitions `scope` has seen.

    A resource that is exported and was not imported is abstract for everyone outside; under a second name it is equal to the first
    (Explainer.md, "Type Checking").
    """
    imports = tuple([(name.name, item) for name, item in scope.imports])
    known = bound_resources(imports)
    return t.ComponentType(imports, _abstract(tuple([(name.name, item) for name, item in scope.exports]), known))


def _abstract(items: tuple[tuple[str, t.ExternType], ...], known: set[ResourceId]) -> tuple[tuple[str, t.ExternType], ...]:
    """`items` with the first export of each resource that is not `known` as a fresh one. What needs no change stays the same object."""
    done: dict[int, t.InstanceType] = {}

    def visit(items: tuple[tuple[str, t.ExternType], ...]) -> tuple[tuple[str, t.ExternType], ...]:
        return tuple([(name, item(x)) for name, x in items])

    def item(x: t.ExternType) -> t.ExternType:
        if isinstance(x, t.TypeBound) and isinstance(x.type, t.Resource):
            fresh = x.type.id not in known
            known.add(x.type.id)
            return x if x.fresh is fresh else t.TypeBound(x.type, fresh)
        if not isinstance(x, t.InstanceType):
            return x
        if id(x) not in done:
            exports = visit(x.exports)
            same = all(a is b for (_, a), (_, b) in zip(exports, x.exports, strict=True))
            done[id(x)] = x if same else t.InstanceType(exports)
        return done[id(x)]

    return visit(items)
