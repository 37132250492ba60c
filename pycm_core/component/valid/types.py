"""Validation of type definitions and declarators (Binary.md, "Type Definitions"; Explainer.md, "Type Definitions", "Declarators")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycm_core.base.errors import Invalid, Offset, PyCMError
from pycm_core.base.features import Feature
from pycm_core.component import elaborate
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.types import Prim, ResourceId
from pycm_core.component.valid import aliases, coretypes
from pycm_core.component.valid.externs import declare_export, declare_import, extern_type
from pycm_core.component.valid.facts import MAX_ELEM_SIZE
from pycm_core.component.valid.names import is_label
from pycm_core.component.valid.scope import Kind, LocalResource, Scope
from pycm_core.component.valid.subtype import func_text
from pycm_core.wasm.syntax.types import FuncType as CoreFuncType
from pycm_core.wasm.syntax.types import NumType

_KEYS = frozenset(Prim) - {Prim.F32, Prim.F64, Prim.ERROR_CONTEXT}
"""`keytype` (Explainer.md, "Type Definitions")."""


def define_type(scope: Scope, definition: s.TypeDef) -> None:
    """A type definition or declarator."""
    syntax = definition.type
    type_: t.DefType
    match syntax:
        case s.ResourceType():
            type_ = _resource(scope, syntax)
        case s.InstanceTypeDecls():
            inner = Scope(Kind.INSTANCE_TYPE, scope.context, scope)
            _declare(inner, syntax.decls)
            type_ = t.InstanceType(tuple([(name.name, item) for name, item in inner.exports]))
        case s.ComponentTypeDecls():
            inner = Scope(Kind.COMPONENT_TYPE, scope.context, scope)
            _declare(inner, syntax.decls)
            type_ = t.ComponentType(
                tuple([(name.name, item) for name, item in inner.imports]),
                tuple([(name.name, item) for name, item in inner.exports]),
            )
        case t.FuncType():
            type_ = _func(scope, syntax)
        case _:
            type_ = _value(scope, syntax)
    scope.context.facts.of(type_)
    scope.push(scope.types, type_)


def _resource(scope: Scope, syntax: s.ResourceType) -> t.Resource:
    if scope.kind is not Kind.COMPONENT:
        raise Invalid(
            "resources can only be defined within a concrete component",
            hint='inside a type, write `(export "r" (type (sub resource)))`',
        )
    if syntax.rep is NumType.I64:
        scope.context.require(Feature.MEMORY64, "a resource with an `i64` representation")
    elif syntax.rep is not NumType.I32:
        raise Invalid("resources can only be represented by `i32`")
    if syntax.dtor is not None:
        dtor = scope.core_func(syntax.dtor)
        if dtor != CoreFuncType((syntax.rep,), ()):
            raise Invalid(f"core function {syntax.dtor} does not have a valid destructor signature: found {func_text(dtor)}")
    resource = t.Resource(ResourceId(f"type {len(scope.types)}"))
    scope.locals[resource.id] = LocalResource(syntax.rep)
    return resource


# --- value and function types --------------------------------------------------------------------------------------------------


def check_labels(labels: Sequence[str], what: str) -> None:
    """Labels must be in kebab case and differ strongly (Explainer.md, "Name Uniqueness")."""
    seen: dict[str, str] = {}
    for label in labels:
        if not label:
            raise Invalid(f"{what} name cannot be empty")
        if not is_label(label):
            raise Invalid(f"{what} name `{label}` is not in kebab case")
        key = label.lower()
        if key in seen:
            raise Invalid(f"{what} name `{label}` conflicts with previous {what.split()[-1]} name `{seen[key]}`")
        seen[key] = label


def _func(scope: Scope, syntax: t.FuncType[Any]) -> t.FuncType[Any]:
    check_labels([p.label for p in syntax.params], "function parameter")
    if syntax.async_:
        scope.context.require(Feature.ASYNC, "an `async` function type")
    func = elaborate.deftype(syntax, scope.valtype)
    assert isinstance(func, t.FuncType)
    _check_prims(scope, [*[p.type for p in syntax.params], syntax.result])
    if func.result is not None and scope.context.facts.of(func.result).borrow:
        raise Invalid("function result cannot contain a `borrow` type")
    return func


def _check_prims(scope: Scope, refs: Sequence[Any]) -> None:
    if any(ref is Prim.ERROR_CONTEXT for ref in refs):
        scope.context.require(Feature.ERROR_CONTEXT, "the type `error-context`")


def _value(scope: Scope, syntax: Any) -> Any:
    """A `defvaltype`."""
    refs: list[Any] = []
    lookup: elaborate.Lookup = scope.valtype
    context = scope.context
    match syntax:
        case t.Named():
            refs = [syntax.prim]
        case t.Record():
            _nonempty(syntax.fields, "record type must have at least one field")
            check_labels([f.label for f in syntax.fields], "record field")
            refs = [f.type for f in syntax.fields]
        case t.Variant():
            _nonempty(syntax.cases, "variant type must have at least one case")
            check_labels([c.label for c in syntax.cases], "variant case")
            refs = [c.type for c in syntax.cases]
        case t.List():
            refs = [syntax.element]
            if syntax.length is not None:
                context.require(Feature.FIXED_LENGTH_LISTS, "a fixed-length list")
                _nonempty(range(min(syntax.length, 1)), "fixed-length lists must have more than zero elements")
        case t.Tuple():
            _nonempty(syntax.types, "tuple type must have at least one type")
            refs = list(syntax.types)
        case t.Flags():
            _nonempty(syntax.labels, "flags must have at least one entry")
            if len(syntax.labels) > 32:
                raise Invalid("cannot have more than 32 flags")
            check_labels(syntax.labels, "flag")
        case t.EnumType():
            _nonempty(syntax.labels, "enum type must have at least one variant")
            check_labels(syntax.labels, "enum tag")
        case t.Option():
            refs = [syntax.type]
        case t.Result():
            refs = [syntax.ok, syntax.error]
        case t.Own() | t.Borrow():
            lookup = scope.resource
        case t.Stream():
            context.require(Feature.ASYNC, "the type `stream`")
            refs = [syntax.element]
        case t.Future():
            context.require(Feature.ASYNC, "the type `future`")
            refs = [syntax.type]
        case t.Map():
            context.require(Feature.MAP, "the type `map`")
            refs = [syntax.key, syntax.value]
    _check_prims(scope, refs)
    type_ = elaborate.deftype(syntax, lookup)
    _check_parts(scope, type_)
    if context.facts.of(type_).elem_size >= MAX_ELEM_SIZE:
        raise Invalid(f"type exceeds maximum byte size: a value must take less than {MAX_ELEM_SIZE} bytes")
    return type_


def _nonempty(items: Sequence[Any], message: str) -> None:
    if not items:
        raise Invalid(message)


def _check_parts(scope: Scope, type_: Any) -> None:
    """The rules that look through the parts of a value type."""
    match type_:
        case t.Stream() | t.Future():
            part = type_.element if isinstance(type_, t.Stream) else type_.type
            what = "stream" if isinstance(type_, t.Stream) else "future"
            if part is not None and scope.context.facts.of(part).borrow:
                raise Invalid(f"`{what}` element type cannot contain a `borrow` type")
            if what == "stream" and _prim(part) is Prim.CHAR:
                raise Invalid("`stream<char>` is not valid at this time", hint="use `stream<u8>` and encode the characters")
        case t.Map():
            if _prim(type_.key) not in _KEYS:
                raise Invalid("the key of a map must be a bool, an integer, a char or a string")


def _prim(type_: Any) -> Prim | None:
    if isinstance(type_, t.Named):
        return type_.prim
    return type_ if isinstance(type_, Prim) else None


# --- declarators --------------------------------------------------------------------------------------------------------------------


def _declare(scope: Scope, decls: Sequence[s.Decl]) -> None:
    for i, decl in enumerate(decls):
        try:
            _declarator(scope, decl)
        except PyCMError as e:
            if e.where is None:
                e.where = Offset(decl.at)
            e.add_context("declarator", i)
            raise


def _declarator(scope: Scope, decl: s.Decl) -> None:
    match decl:
        case s.CoreType():
            coretypes.define_core_type(scope, decl)
        case s.TypeDef():
            define_type(scope, decl)
        case s.AliasExport():
            if decl.sort not in (s.Sort.INSTANCE, s.Sort.TYPE):
                raise Invalid("an `export` alias inside a type can only alias instances and types")
            aliases.alias_export(scope, decl)
        case s.AliasOuter():
            if decl.sort not in (s.CoreSort.TYPE, s.Sort.TYPE):
                raise Invalid("an `outer` alias inside a type can only alias types and core types")
            aliases.alias_outer(scope, decl)
        case s.AliasCoreExport():
            raise Invalid("a `core export` alias is not allowed inside a type")
        case s.Import():
            if scope.kind is not Kind.COMPONENT_TYPE:
                raise Invalid("an instance type has no imports")
            declare_import(scope, decl.name, extern_type(scope, decl.type, decl.name.name))
        case s.ExportDecl():
            declare_export(scope, decl.name, extern_type(scope, decl.type, decl.name.name))
