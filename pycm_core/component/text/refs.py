"""References to items, with the aliases that stand inside them (Explainer.md, "Index Spaces", "Alias Definitions")."""

from __future__ import annotations

from pycm_core.component import syntax as s
from pycm_core.component.text.scope import CORE_SORTS, OUTER_SORTS, SORTS, TextScope, sort_words
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Kind, SList, Token, identifier


def index(scope: TextScope, c: Cursor, sort: s.AnySort) -> int:
    """`{X}idx`: an index, or a reference in parentheses. Core sorts are written with `core` in front, or, inside core definitions and in
    texts from before that was asked for, without."""
    if isinstance(c.peek(), SList):
        return sort_idx(scope, c, sort)
    return scope.index(c, sort)


def sort_idx(scope: TextScope, c: Cursor, sort: s.AnySort) -> int:
    """`{X}sortidx`: `(func $f)`, or with names `(func $i "a" "f")`."""
    word = sort.name.lower()
    inner = c.list("core") if isinstance(sort, s.CoreSort) else None
    if inner is not None:
        inner.expect_keyword(word)
    else:
        inner = c.list(word)
    if inner is None:
        raise c.unexpected(f"`({sort_words(sort)}`")
    found = tail(scope, inner, sort)
    inner.finish()
    return found


def tail(scope: TextScope, c: Cursor, sort: s.AnySort) -> int:
    """What stands behind the sort in a reference: an index, or an instance and the names of exports that lead to the item."""
    at = c.at
    behind = c.items[c.pos + 1] if c.peek() is not None and c.pos + 1 < len(c.items) else None
    if not (isinstance(behind, Token) and behind.kind is Kind.STRING):
        return scope.index(c, sort)
    if isinstance(sort, s.CoreSort) and sort is not s.CoreSort.MODULE:
        instance = scope.index(c, s.CoreSort.INSTANCE)
        return scope.define(c, s.AliasCoreExport(sort, instance, c.name(), at=at), sort)
    instance = scope.index(c, s.Sort.INSTANCE)
    name = c.name()
    while c.token(Kind.STRING) is not None:
        instance = scope.define(c, s.AliasExport(s.Sort.INSTANCE, instance, name, at=at), s.Sort.INSTANCE)
        name = c.name()
    return scope.define(c, s.AliasExport(sort, instance, name, at=at), sort)


def extern_idx(scope: TextScope, c: Cursor) -> s.SortIdx:
    """`externidx`: a reference that says its sort."""
    inner = c.expect_list(*SORTS, "core")
    sort: s.AnySort = _sort_behind(c, inner)
    found = s.SortIdx(sort, tail(scope, inner, sort))
    inner.finish()
    return found


def core_extern_idx(scope: TextScope, c: Cursor) -> tuple[s.CoreSort, int]:
    """`core:externidx`: the same inside a core instance."""
    word, inner = c.headed(*CORE_SORTS, "core")
    sort = CORE_SORTS[inner.expect_keyword(*CORE_SORTS) if word == "core" else word]
    found = sort, tail(scope, inner, sort)
    inner.finish()
    return found


def _sort_behind(c: Cursor, inner: Cursor) -> s.AnySort:
    """The sort a list starts with, whose first word has been read."""
    word = inner.items[inner.pos - 1]
    assert not isinstance(word, SList)
    return CORE_SORTS[inner.expect_keyword(*CORE_SORTS)] if word.text == "core" else SORTS[word.text]


def sort(c: Cursor) -> tuple[s.AnySort, Cursor]:
    """`(sort`: the sort, and a cursor behind it."""
    inner = c.expect_list(*SORTS, "core")
    return _sort_behind(c, inner), inner


def alias(scope: TextScope, c: Cursor, at: int) -> None:
    """An alias from behind the word `alias`, to the end of the list."""
    start = c.pos
    while not isinstance(c.peek(), SList):
        c.next("a sort")
    target, inner = sort(c)
    token = scope.binding(inner)
    inner.finish()
    c.finish()
    c.pos = start
    definition = alias_of(scope, c, target, at)
    scope.define(c, definition, target, token)


def at_inverted_alias(c: Cursor) -> bool:
    """Whether an alias is next whose sort stands before it: it has no list in it (Explainer.md, "Alias Definitions")."""
    node = c.peek()
    return isinstance(node, SList) and c.head() == "alias" and not any(isinstance(x, SList) for x in node.items)


def inverted_alias(scope: TextScope, c: Cursor, sort: s.AnySort, at: int) -> s.AliasExport | s.AliasCoreExport | s.AliasOuter:
    """`(alias ...)` inside the definition of an item of this sort."""
    inner = c.expect_list("alias")
    definition = alias_of(scope, inner, sort, at)
    inner.finish()
    return definition


def alias_of(scope: TextScope, c: Cursor, sort: s.AnySort, at: int) -> s.AliasExport | s.AliasCoreExport | s.AliasOuter:
    """An alias of this sort from behind the word `alias`, up to where its sort stands."""
    word = c.expect_keyword("export", "core", "outer")
    if word == "core":
        c.expect_keyword("export")
        if not isinstance(sort, s.CoreSort):
            raise c.malformed("a `core export` alias needs a core sort")
        return s.AliasCoreExport(sort, scope.index(c, s.CoreSort.INSTANCE), c.name(), at=at)
    if word == "export":
        return s.AliasExport(sort, scope.index(c, s.Sort.INSTANCE), c.name(), at=at)
    count, found = outer_target(scope, c, sort)
    if sort not in OUTER_SORTS:
        raise c.malformed(f"an `outer` alias cannot alias a {sort_words(sort)}")
    return s.AliasOuter(sort, count, found, at=at)


def outer_target(scope: TextScope, c: Cursor, sort: s.AnySort) -> tuple[int, int]:
    """The scope, counted outward or named, and the index in it."""
    token = c.token(Kind.ID)
    if token is None:
        count = c.u32()
    else:
        name = identifier(token, c.source)
        found = next((i for i, outer in enumerate(scope.outward()) if outer.id == name), None)
        if found is None:
            raise c.malformed(f"outer component `{token.text}` not found", token)
        c.pos += 1
        count = found
    token = c.token(Kind.ID)
    if token is None:
        return count, c.u32()
    target = next((outer for i, outer in enumerate(scope.outward()) if i == count), None)
    if target is None:
        raise c.malformed(f"outer count of `{count}` is too large")
    ids = target.space(sort).ids
    name = identifier(token, c.source)
    if name not in ids:
        raise c.malformed(f"unknown {sort_words(sort)}: failed to find name `{token.text}`", token)
    c.pos += 1
    return count, ids[name]
