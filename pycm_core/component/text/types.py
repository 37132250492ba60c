"""Component types (Explainer.md, "Type Definitions", "Declarators"). Types written in place are defined before what they stand in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycm_core.base.errors import Exhaustion
from pycm_core.base.features import Feature
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.text import coretypes, refs
from pycm_core.component.text.scope import ScopeKind, TextScope
from pycm_core.component.types import Prim, TypeRef
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Kind, SList, Token, identifier

PRIMS: dict[str, Prim] = {prim.value: prim for prim in Prim} | {"float32": Prim.F32, "float64": Prim.F64}
"""Primitives by their word; the last two are spellings from before WASI 0.2 that texts still have."""


# --- value types -------------------------------------------------------------------------------------------------------------


def valtype(scope: TextScope, c: Cursor, depth: int = 0) -> TypeRef:
    """`valtype`: a primitive, a type index, or a type in place."""
    token = c.token(Kind.KEYWORD)
    if token is not None:
        prim = PRIMS.get(token.text)
        if prim is None:
            raise c.unexpected("a value type")
        c.pos += 1
        return prim
    if not isinstance(c.peek(), SList) or c.head() == "type":
        return refs.index(scope, c, s.Sort.TYPE)
    at = c.at
    if depth > scope.settings.limits.nesting:
        raise Exhaustion(f"nesting too deep: more than {scope.settings.limits.nesting} levels", c.span())
    syntax = _defvaltype(scope, c, depth + 1)
    return scope.define(c, s.TypeDef(syntax, at=at), s.Sort.TYPE)


def _defvaltype(scope: TextScope, c: Cursor, depth: int) -> Any:
    """A value type in parentheses."""
    word, inner = c.headed(*_VALTYPES)
    syntax = _VALTYPES[word](scope, inner, depth)
    inner.finish()
    return syntax


def _optional(scope: TextScope, c: Cursor, depth: int) -> TypeRef | None:
    return None if c.done else valtype(scope, c, depth)


def _record(scope: TextScope, c: Cursor, depth: int) -> Any:
    fields = []
    while not c.done:
        inner = c.expect_list("field")
        fields.append(t.Field(inner.name(), valtype(scope, inner, depth)))
        inner.finish()
    return t.Record(tuple(fields))


def _variant(scope: TextScope, c: Cursor, depth: int) -> Any:
    cases = []
    ids: set[str] = set()
    while not c.done:
        inner = c.expect_list("case")
        token = inner.id()
        if token is not None:
            name = identifier(token, c.source)
            if name in ids:
                raise inner.malformed("duplicate variant case identifier", token)
            ids.add(name)
        cases.append(t.Case(inner.name(), _optional(scope, inner, depth)))
        inner.finish()
    return t.Variant(tuple(cases))


def _list(scope: TextScope, c: Cursor, depth: int) -> Any:
    return t.List(valtype(scope, c, depth), None if c.done else c.u32())


def _tuple(scope: TextScope, c: Cursor, depth: int) -> Any:
    types = []
    while not c.done:
        types.append(valtype(scope, c, depth))
    return t.Tuple(tuple(types))


def _labels(c: Cursor) -> tuple[str, ...]:
    labels = []
    while not c.done:
        labels.append(c.name())
    return tuple(labels)


def _result(scope: TextScope, c: Cursor, depth: int) -> Any:
    ok = None if c.done or c.head() == "error" else valtype(scope, c, depth)
    inner = c.list("error")
    if inner is None:
        return t.Result(ok, None)
    error = valtype(scope, inner, depth)
    inner.finish()
    return t.Result(ok, error)


_VALTYPES: dict[str, Callable[[TextScope, Cursor, int], Any]] = {
    "record": _record,
    "variant": _variant,
    "list": _list,
    "tuple": _tuple,
    "flags": lambda scope, c, depth: t.Flags(_labels(c)),
    "enum": lambda scope, c, depth: t.EnumType(_labels(c)),
    "option": lambda scope, c, depth: t.Option(valtype(scope, c, depth)),
    "result": _result,
    "map": lambda scope, c, depth: t.Map(valtype(scope, c, depth), valtype(scope, c, depth)),
    "own": lambda scope, c, depth: t.Own(refs.index(scope, c, s.Sort.TYPE)),
    "borrow": lambda scope, c, depth: t.Borrow(refs.index(scope, c, s.Sort.TYPE)),
    "stream": lambda scope, c, depth: t.Stream(_optional(scope, c, depth)),
    "future": lambda scope, c, depth: t.Future(_optional(scope, c, depth)),
}
"""What stands in parentheses behind each word."""


# --- the other types -----------------------------------------------------------------------------------------------------------


def functype(scope: TextScope, c: Cursor) -> t.FuncType[TypeRef]:
    """`async? (param ...)* (result ...)?`, from where the cursor is."""
    async_ = c.keyword("async") is not None
    params: list[t.Field[TypeRef]] = []
    while (inner := c.list("param")) is not None:
        params.append(t.Field(inner.name(), valtype(scope, inner)))
        inner.finish()
    result = c.list("result")
    if result is None:
        return t.FuncType(tuple(params), None, async_)
    type_ = valtype(scope, result)
    result.finish()
    return t.FuncType(tuple(params), type_, async_)


def type_use(scope: TextScope, c: Cursor, syntax: Callable[[], s.DefTypeSyntax]) -> int:
    """`(type $t)`, or a type in place that `syntax` reads and that is defined here."""
    at = c.at
    if c.head() == "type":
        return refs.sort_idx(scope, c, s.Sort.TYPE)
    return scope.define(c, s.TypeDef(syntax(), at=at), s.Sort.TYPE)


def _resource(scope: TextScope, c: Cursor) -> s.ResourceType:
    inner = c.expect_list("rep")
    rep = coretypes.valtype(scope, inner)
    inner.finish()
    dtor = None
    inner_dtor = c.list("dtor")
    if inner_dtor is not None:
        dtor = refs.index(scope, inner_dtor, s.CoreSort.FUNC)
        inner_dtor.finish()
    return s.ResourceType(rep, dtor)


def deftype(scope: TextScope, c: Cursor, id_: str | None = None) -> s.DefTypeSyntax:
    """`deftype`. Inside a component or instance type, `id_`, the identifier it is given, names its scope for outer aliases."""
    token = c.token(Kind.KEYWORD)
    if token is not None and token.text in PRIMS:
        c.pos += 1
        return t.Named(PRIMS[token.text])
    word = c.head()
    match word:
        case "func" | "resource" | "component" | "instance":
            inner = c.expect_list(word)
            syntax: s.DefTypeSyntax
            if word == "func":
                syntax = functype(scope, inner)
            elif word == "resource":
                syntax = _resource(scope, inner)
            else:
                syntax = decls(scope, inner, word, id_)
            inner.finish()
            return syntax
        case _:
            found: s.DefTypeSyntax = _defvaltype(scope, c, 1)
            return found


def decls(outer: TextScope, c: Cursor, word: str, id_: str | None = None) -> s.ComponentTypeDecls | s.InstanceTypeDecls:
    """The declarators of a component or instance type, to the end of the list."""
    component = word == "component"
    scope = TextScope(ScopeKind.COMPONENT_TYPE if component else ScopeKind.INSTANCE_TYPE, outer.settings, outer, id_, c)
    words = ("core", "type", "alias", "export", "import") if component else ("core", "type", "alias", "export")
    while not c.done:
        at = c.at
        head, inner = c.headed(*words)
        match head:
            case "core":
                if inner.expect_keyword("type", "rec") == "rec":
                    coretypes.rec(scope, inner, at)
                else:
                    coretypes.core_type(scope, inner, at)
            case "type":
                type_def(scope, inner, at)
            case "alias":
                refs.alias(scope, inner, at)
            case _:
                name = extern_name(scope, inner)
                token, sort, desc = extern_type(scope, inner)
                inner.finish()
                definition = s.Import(name, desc, at=at) if head == "import" else s.ExportDecl(name, desc, at=at)
                scope.define(inner, definition, sort, token)
    return s.ComponentTypeDecls(tuple(scope.out)) if component else s.InstanceTypeDecls(tuple(scope.out))


def type_def(scope: TextScope, c: Cursor, at: int) -> tuple[int, Token | None]:
    """A type definition or declarator from behind the word `type`, without inline exports, to the end of the list."""
    token = scope.binding(c)
    return type_body(scope, c, at, token), token


def type_body(scope: TextScope, c: Cursor, at: int, token: Token | None) -> int:
    """The same from behind the identifier; the index of the type."""
    definition: Any
    if c.head() == "alias":
        definition = refs.inverted_alias(scope, c, s.Sort.TYPE, at)
    else:
        definition = s.TypeDef(deftype(scope, c, None if token is None else identifier(token, c.source)), at=at)
    c.finish()
    return scope.define(c, definition, s.Sort.TYPE, token)


# --- names and types of imports and exports (Explainer.md, "Import and Export Definitions") -------------------------------------------


def extern_name(scope: TextScope, c: Cursor) -> s.ExternName:
    """`externnamelit attribute*`; the name may stand in `(interface "...")`."""
    inner = c.list("interface")
    if inner is None:
        name = c.name()
    else:
        name = inner.name()
        inner.finish()
    return attributes(scope, c, name)


_ATTRIBUTES = {"implements": "implements", "versionsuffix": "version_suffix", "external-id": "external_id"}


def attributes(scope: TextScope, c: Cursor, name: str) -> s.ExternName:
    """The attributes behind a name, at most one of each kind."""
    found: dict[str, Any] = {}
    while (word := c.head()) in _ATTRIBUTES:
        assert word is not None
        gate = Feature.CANONICAL_NAMES if word == "versionsuffix" else Feature.ATTRIBUTES
        if gate not in scope.settings.features:
            raise c.malformed(f"`{word}` is not in the format without the feature `{gate.value}`")
        if _ATTRIBUTES[word] in found:
            raise c.unexpected("another attribute, or what has this name")
        inner = c.expect_list(word)
        found[_ATTRIBUTES[word]] = inner.name()
        inner.finish()
    return s.ExternName(name, **found)


def extern_type(scope: TextScope, c: Cursor) -> tuple[Token | None, s.AnySort, s.ExternDesc]:
    """`bind-id(externtype)`: the identifier, the sort of the item, its type."""
    sort, inner = refs.sort(c)
    token = scope.binding(inner)
    desc = extern_desc(scope, inner, sort)
    inner.finish()
    return token, sort, desc


def extern_desc(scope: TextScope, c: Cursor, sort: s.AnySort) -> s.ExternDesc:
    """What stands behind sort and identifier in an `externtype`."""
    at = c.at
    match sort:
        case s.Sort.FUNC:
            return s.FuncDesc(type_use(scope, c, lambda: functype(scope, c)))
        case s.Sort.INSTANCE:
            return s.InstanceDesc(
                type_use(scope, c, lambda: decls(scope, c, "instance")) if _is_use(c) else _inline(scope, c, "instance")
            )
        case s.Sort.COMPONENT:
            return s.ComponentDesc(
                type_use(scope, c, lambda: decls(scope, c, "component")) if _is_use(c) else _inline(scope, c, "component")
            )
        case s.CoreSort.MODULE:
            if _is_use(c):
                use = c.expect_list("type")
                found = scope.index(use, s.CoreSort.TYPE)
                use.finish()
                return s.CoreModuleDesc(found)
            module = coretypes.module_decls(scope, c, at)
            return s.CoreModuleDesc(scope.define(c, s.CoreType(module, at=at), s.CoreSort.TYPE))
        case s.Sort.TYPE:
            return _type_bound(scope, c)
        case s.Sort.VALUE:
            inner = c.list("eq")
            if inner is None:
                return s.ValueType(valtype(scope, c))
            value = refs.index(scope, inner, s.Sort.VALUE)
            inner.finish()
            return s.ValueEq(value)
        case _:
            raise c.malformed("a component imports and exports no core items but modules")


def _is_use(c: Cursor) -> bool:
    """Whether `(type $t)` is all that is left: among declarators, `(type ...)` is a definition."""
    node = c.peek()
    if not isinstance(node, SList) or c.head() != "type" or c.pos + 1 < len(c.items):
        return False
    items = node.items[1:]
    return (
        bool(items)
        and isinstance(items[0], Token)
        and items[0].kind in (Kind.ID, Kind.NUMBER)
        and all(isinstance(x, Token) and x.kind is Kind.STRING for x in items[1:])
    )


def _inline(scope: TextScope, c: Cursor, word: str) -> int:
    at = c.at
    return scope.define(c, s.TypeDef(decls(scope, c, word), at=at), s.Sort.TYPE)


def _type_bound(scope: TextScope, c: Cursor) -> s.TypeEq | s.TypeSubResource:
    word, inner = c.headed("eq", "sub")
    if word == "eq":
        found = refs.index(scope, inner, s.Sort.TYPE)
        inner.finish()
        return s.TypeEq(found)
    inner.expect_keyword("resource")
    inner.finish()
    return s.TypeSubResource()
