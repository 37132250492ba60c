"""Subtyping and type equality, with reasons (Explainer.md, "Type Checking").

Everything here raises `Invalid` without a place; whoever checks a definition adds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pycm_core.base.errors import Invalid
from pycm_core.component import types as t
from pycm_core.component.types import Prim
from pycm_core.component.valid.facts import FactTable
from pycm_core.component.valid.substitute import Substitution
from pycm_core.wasm.syntax import types as w
from pycm_core.wasm.valid import matching

_NAMES: dict[type, str] = {
    t.Record: "record",
    t.Variant: "variant",
    t.List: "list",
    t.Tuple: "tuple",
    t.Flags: "flags",
    t.EnumType: "enum",
    t.Option: "option",
    t.Result: "result",
    t.Own: "own",
    t.Borrow: "borrow",
    t.Stream: "stream",
    t.Future: "future",
    t.Map: "map",
    t.FuncType: "func",
    t.InstanceType: "instance",
    t.ComponentType: "component",
    t.CoreModuleType: "core module",
    t.TypeBound: "type",
    t.ValueBound: "value",
    t.Resource: "resource",
}


def describe(type_: Any) -> str:
    """The kind of a type or extern type, in a word."""
    if isinstance(type_, t.Named):
        type_ = type_.prim
    return type_.value if isinstance(type_, Prim) else _NAMES[type(type_)]


def _within(error: Invalid, what: str) -> Invalid:
    return Invalid(f"{what}: {error.message}", hint=error.hint)


# --- equality of value and function types -------------------------------------------------------------------------------


def check_equal(facts: FactTable, actual: Any, expected: Any) -> None:
    """Two value types must be equal; the message says where they differ."""
    if facts.equal(actual, expected):
        return
    a, e = (x.prim if isinstance(x, t.Named) else x for x in (actual, expected))
    if isinstance(a, Prim) or isinstance(e, Prim) or type(a) is not type(e):
        if isinstance(a, Prim) and isinstance(e, Prim):
            raise Invalid(f"expected primitive `{e.value}` found primitive `{a.value}`")
        raise Invalid(
            f"expected {'primitive' if isinstance(e, Prim) and not isinstance(a, Prim) else describe(e)}, found {describe(a)}"
        )
    match e:
        case t.Record():
            _count(a.fields, e.fields, "fields")
            for x, y in zip(a.fields, e.fields, strict=True):
                if x.label != y.label:
                    raise Invalid(f"expected field name `{y.label}`, found `{x.label}`")
                _part(facts, x.type, y.type, f"type mismatch in record field `{y.label}`")
        case t.Variant():
            _count(a.cases, e.cases, "cases")
            for found, case in zip(a.cases, e.cases, strict=True):
                if found.label != case.label:
                    raise Invalid(f"expected case named `{case.label}`, found `{found.label}`")
                _optional(
                    facts,
                    found.type,
                    case.type,
                    f"type mismatch in variant case `{case.label}`",
                    f"expected case `{case.label}` to have a type, found none",
                    f"expected case `{case.label}` to have no type",
                )
        case t.Tuple():
            _count(a.types, e.types, "types")
            for i, (x, y) in enumerate(zip(a.types, e.types, strict=True)):
                _part(facts, x, y, f"type mismatch in tuple field {i}")
        case t.Result():
            for side, ours, theirs in (("ok", a.ok, e.ok), ("err", a.error, e.error)):
                _optional(
                    facts,
                    ours,
                    theirs,
                    f"type mismatch in {side} variant",
                    f"expected {side} type, but found none",
                    f"expected {side} type to not be present",
                )
        case t.List():
            _part(facts, a.element, e.element, "type mismatch in list element")
            raise Invalid(f"expected a list of length {e.length}, found one of length {a.length}")
        case t.Option():
            _part(facts, a.type, e.type, "type mismatch in option")
        case t.Map():
            _part(facts, a.key, e.key, "type mismatch in map key")
            _part(facts, a.value, e.value, "type mismatch in map value")
        case t.Stream():
            _optional(
                facts,
                a.element,
                e.element,
                "type mismatch in stream",
                "expected stream type, found none",
                "expected no stream type",
            )
        case t.Future():
            _optional(
                facts, a.type, e.type, "type mismatch in future", "expected future type, found none", "expected no future type"
            )
        case t.Own() | t.Borrow() | t.Resource():
            raise Invalid("resource types are not the same")
        case t.Flags():
            raise Invalid("mismatch in flags elements")
        case t.EnumType():
            raise Invalid("mismatch in enum elements")
    raise Invalid("type mismatch")


def _count(actual: Any, expected: Any, what: str) -> None:
    if len(actual) != len(expected):
        raise Invalid(f"expected {len(expected)} {what}, found {len(actual)}")


def _part(facts: FactTable, actual: Any, expected: Any, what: str) -> None:
    try:
        check_equal(facts, actual, expected)
    except Invalid as e:
        raise _within(e, what) from None


def _optional(facts: FactTable, actual: Any, expected: Any, what: str, absent: str, present: str) -> None:
    if expected is None and actual is not None:
        raise Invalid(present)
    if expected is not None:
        if actual is None:
            raise Invalid(absent)
        _part(facts, actual, expected, what)


def _check_func(facts: FactTable, actual: t.FuncType[Any], expected: t.FuncType[Any]) -> None:
    if facts.equal(actual, expected):
        return
    if actual.async_ != expected.async_:
        words = {True: "an async", False: "a sync"}
        raise Invalid(f"expected {words[expected.async_]} function, found {words[actual.async_]} function")
    _count(actual.params, expected.params, "parameters")
    for x, y in zip(actual.params, expected.params, strict=True):
        if x.label != y.label:
            raise Invalid(f"expected parameter named `{y.label}`, found `{x.label}`")
        _part(facts, x.type, y.type, f"type mismatch in function parameter `{y.label}`")
    _optional(
        facts,
        actual.result,
        expected.result,
        "type mismatch with result type",
        "expected a result, found none",
        "expected no result, found one",
    )


# --- subtyping of what can be imported and exported -----------------------------------------------------------------------


def check_subtype(facts: FactTable, actual: Any, expected: Any, sub: Substitution) -> None:
    """`actual` must be a subtype of `expected` under `sub`, which learns what the types that `expected` introduces actually are."""
    if type(actual) is not type(expected):
        raise Invalid(f"expected {describe(expected)}, found {describe(actual)}")
    match expected:
        case t.TypeBound():
            _check_type(facts, actual.type, expected, sub)
        case t.FuncType():
            _check_func(facts, actual, sub.type(expected))
        case t.ValueBound():
            check_equal(facts, actual.type, sub.type(expected.type))
        case t.InstanceType():
            _check_exports(facts, dict(actual.exports), expected.exports, sub, "instance")
        case t.ComponentType():
            _check_component(facts, actual, sub.type(expected))
        case t.CoreModuleType():
            _check_module(actual, expected)


def _check_type(facts: FactTable, actual: Any, expected: t.TypeBound, sub: Substitution) -> None:
    if expected.fresh:
        assert isinstance(expected.type, t.Resource)
        if not isinstance(actual, t.Resource):
            raise Invalid(f"expected resource, found {_family(actual)}")
        sub.resources[expected.type.id] = actual.id
    else:
        wanted = sub.type(expected.type)
        if _family(actual) != _family(wanted):
            raise Invalid(f"expected {_family(wanted)}, found {_family(actual)}")
        if isinstance(wanted, t.InstanceType | t.ComponentType):
            check_subtype(facts, actual, wanted, Substitution(facts))
            check_subtype(facts, wanted, actual, Substitution(facts))
        elif isinstance(wanted, t.FuncType):
            _check_func(facts, actual, wanted)
        else:
            check_equal(facts, actual, wanted)
    sub.bind(expected.type, actual)


def _family(type_: Any) -> str:
    if isinstance(type_, t.Resource | t.FuncType | t.InstanceType | t.ComponentType):
        return describe(type_)
    return "defined type"


def _check_exports(
    facts: FactTable,
    actual: dict[str, t.ExternType],
    expected: Iterable[tuple[str, t.ExternType]],
    sub: Substitution,
    what: str,
) -> None:
    for name, item in expected:
        found = actual.get(name)
        if found is None:
            raise Invalid(f"missing expected export `{name}`")
        try:
            check_subtype(facts, found, item, sub)
        except Invalid as e:
            raise _within(e, f"type mismatch in {what} export `{name}`") from None


def _check_component(facts: FactTable, actual: t.ComponentType, expected: t.ComponentType) -> None:
    """Imports the other way round, then exports; what `expected` imports stands for itself."""
    provided = dict(expected.imports)
    sub = Substitution(facts)
    for name, item in actual.imports:
        found = provided.get(name)
        if found is None:
            raise Invalid(f"missing expected import `{name}`")
        try:
            check_subtype(facts, found, item, sub)
        except Invalid as e:
            raise _within(e, f"type mismatch in import `{name}`") from None
    _check_exports(facts, dict(sub.items(actual.exports)), expected.exports, Substitution(facts), "component")


def _check_module(actual: t.CoreModuleType, expected: t.CoreModuleType) -> None:
    provided = {(module, name): type_ for module, name, type_ in expected.imports}
    for module, name, type_ in actual.imports:
        found = provided.get((module, name))
        if found is None:
            raise Invalid(f"missing expected import `{module}::{name}`")
        try:
            check_core(found, type_)
        except Invalid as e:
            raise _within(e, f"type mismatch in import `{module}::{name}`") from None
    exports = dict(actual.exports)
    for name, type_ in expected.exports:
        found = exports.get(name)
        if found is None:
            raise Invalid(f"missing expected export `{name}`")
        try:
            check_core(found, type_)
        except Invalid as e:
            raise _within(e, f"type mismatch in export `{name}`") from None


_CORE_NAMES: dict[type, str] = {
    w.FuncType: "func",
    w.TableType: "table",
    w.MemoryType: "memory",
    w.GlobalType: "global",
    w.TagType: "tag",
}


def check_core(actual: w.ExternType, expected: w.ExternType) -> None:
    """A core item must match an expected type (core specification, "Matching")."""
    if matching.externtype(actual, expected):
        return
    a, e = _CORE_NAMES[type(actual)], _CORE_NAMES[type(expected)]
    if a != e:
        raise Invalid(f"expected {e}, found {a}")
    match actual, expected:
        case w.FuncType(), w.FuncType():
            raise Invalid(f"type mismatch: expected: {func_text(expected)}, found: {func_text(actual)}")
        case w.GlobalType(), w.GlobalType():
            if actual.mutable != expected.mutable:
                raise Invalid("mismatch in the mutability of globals")
            raise Invalid(f"expected global type {valtype_text(expected.type)}, found {valtype_text(actual.type)}")
        case w.TableType(), w.TableType():
            if actual.element != expected.element:
                raise Invalid(
                    f"expected table element type {valtype_text(expected.element)}, found {valtype_text(actual.element)}"
                )
            _check_index(actual.limits, expected.limits, "table")
            raise Invalid("mismatch in table limits")
        case w.MemoryType(), w.MemoryType():
            _check_index(actual.limits, expected.limits, "memory")
            if actual.limits.shared != expected.limits.shared:
                raise Invalid("mismatch in the shared flag for memories")
            if actual.page_size_log2 != expected.page_size_log2:
                raise Invalid("mismatch in memory page sizes")
            raise Invalid("mismatch in memory limits")
    raise Invalid(f"type mismatch of {e}s")


def _check_index(actual: w.Limits, expected: w.Limits, what: str) -> None:
    if actual.addr64 != expected.addr64:
        raise Invalid(f"mismatch in index type used for {what}: one is 32-bit, the other 64-bit")


def valtype_text(type_: w.ValType) -> str:
    """A core value type as the text format writes it."""
    if isinstance(type_, w.NumType):
        return type_.value
    if isinstance(type_.heap, w.HeapKind) and type_.nullable and not type_.heap.value.startswith("no"):
        return f"{type_.heap.value}ref"
    heap = type_.heap.value if isinstance(type_.heap, w.HeapKind) else "type"
    return f"(ref {'null ' * type_.nullable}{heap})"


def func_text(type_: w.FuncType) -> str:
    """A core function type as the text format writes it."""
    params = "".join([f" {valtype_text(x)}" for x in type_.params])
    results = "".join([f" {valtype_text(x)}" for x in type_.results])
    return f"(func{f' (param{params})' if params else ''}{f' (result{results})' if results else ''})"
