"""Canonical definitions (Explainer.md, "Canonical Definitions")."""

from __future__ import annotations

from typing import Any

from pycm_core.base.features import Feature
from pycm_core.component import syntax as s
from pycm_core.component.builtins import CATALOGUE, FIELD, Immediate
from pycm_core.component.text import coretypes, refs
from pycm_core.component.text.scope import TextScope
from pycm_core.component.text.types import functype, type_use, valtype
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Kind, SList, Token

_ENCODINGS = {
    "string-encoding=utf8": s.StringEncoding.UTF8,
    "string-encoding=utf16": s.StringEncoding.UTF16,
    "string-encoding=latin1+utf16": s.StringEncoding.LATIN1_UTF16,
}

_INDEXED = {
    "memory": (0x03, "memory", s.CoreSort.MEMORY),
    "realloc": (0x04, "realloc", s.CoreSort.FUNC),
    "post-return": (0x05, "post_return", s.CoreSort.FUNC),
    "callback": (0x07, "callback", s.CoreSort.FUNC),
    "core-type": (0x08, "core_type", s.CoreSort.TYPE),
}
"""Options with an index: opcode, field of `CanonOpts`, sort."""


def options(scope: TextScope, c: Cursor) -> s.CanonOpts:
    """`canonopt*`. What is written twice stands twice in `order`, for validation to reject."""
    values: dict[str, Any] = {}
    order: list[int] = []
    while True:
        token = c.token(Kind.KEYWORD)
        if token is not None and token.text in _ENCODINGS:
            c.pos += 1
            encoding = _ENCODINGS[token.text]
            order.append(encoding.value)
            values.setdefault("string_encoding", encoding)
        elif c.keyword("async") is not None:
            order.append(0x06)
            values["async_"] = True
        elif Feature.GC in scope.settings.features and c.keyword("gc") is not None:
            order.append(0x09)
            values["gc"] = True
        elif (word := c.head()) in _INDEXED:
            assert word is not None
            opcode, name, sort = _INDEXED[word]
            inner = c.expect_list(word)
            value = _core_index(scope, inner, sort)
            inner.finish()
            order.append(opcode)
            values.setdefault(name, value)
        else:
            return s.CanonOpts(**values, order=tuple(order))


def _core_index(scope: TextScope, c: Cursor, sort: s.CoreSort) -> int:
    """A core index, or `$instance "name"` as texts from before `core` was asked for have it."""
    return refs.index(scope, c, sort) if isinstance(c.peek(), SList) else refs.tail(scope, c, sort)


def canon(scope: TextScope, c: Cursor, at: int) -> None:
    """`(canon ...)` from behind the word `canon`: what it defines stands last."""
    word = c.expect_keyword("lift", "lower", *_names())
    if word == "lift":
        func, opts = refs.index(scope, c, s.CoreSort.FUNC), options(scope, c)
        inner = c.expect_list("func")
        token = scope.binding(inner)
        type_ = type_use(scope, inner, lambda: functype(scope, inner))
        inner.finish()
        c.finish()
        scope.define(c, s.CanonLift(func, opts, type_, at=at), s.Sort.FUNC, token)
        return
    definition = _core_canon(scope, c, word, at)
    inner = c.expect_list("core")
    inner.expect_keyword("func")
    token = scope.binding(inner)
    inner.finish()
    c.finish()
    scope.define(c, definition, s.CoreSort.FUNC, token)


def inline_lift(scope: TextScope, c: Cursor, type_: int, at: int) -> s.CanonLift:
    """`(canon lift ...)` inside `(func ...)`, from behind the word `canon`."""
    c.expect_keyword("lift")
    func, opts = refs.index(scope, c, s.CoreSort.FUNC), options(scope, c)
    c.finish()
    return s.CanonLift(func, opts, type_, at=at)


def inline_core(scope: TextScope, c: Cursor, token: Token | None, at: int) -> int:
    """`(canon ...)` inside `(core func ...)`, from behind the word `canon`."""
    word = c.expect_keyword("lower", *_names())
    definition = _core_canon(scope, c, word, at)
    c.finish()
    return scope.define(c, definition, s.CoreSort.FUNC, token)


def _names() -> tuple[str, ...]:
    return (*CATALOGUE, "thread.available_parallelism")


def _core_canon(scope: TextScope, c: Cursor, word: str, at: int) -> s.CanonLower | s.CanonBuiltin:
    """What makes a core function, up to where the function is named."""
    if word == "lower":
        return s.CanonLower(refs.index(scope, c, s.Sort.FUNC), options(scope, c), at=at)
    entry = CATALOGUE[word.replace("_", "-")]
    immediates = {FIELD[immediate]: _immediate(scope, c, immediate) for immediate in entry.immediates}
    return s.CanonBuiltin(entry.name, at=at, **immediates)


def _immediate(scope: TextScope, c: Cursor, immediate: Immediate) -> Any:
    match immediate:
        case Immediate.TYPE:
            return refs.index(scope, c, s.Sort.TYPE)
        case Immediate.CORE_TYPE:
            return refs.index(scope, c, s.CoreSort.TYPE)
        case Immediate.RESULT:
            inner = c.list("result")
            if inner is None:
                return None
            type_ = valtype(scope, inner)
            inner.finish()
            return type_
        case Immediate.OPTS:
            return options(scope, c)
        case Immediate.ASYNC:
            return c.keyword("async") is not None
        case Immediate.CANCELLABLE:
            return c.keyword("cancellable") is not None
        case Immediate.SHARED:
            return c.keyword("shared") is not None
        case Immediate.MEMORY:
            inner = c.expect_list("memory")
            index = _core_index(scope, inner, s.CoreSort.MEMORY)
            inner.finish()
            return index
        case Immediate.TABLE:
            return refs.index(scope, c, s.CoreSort.TABLE)
        case Immediate.CORE_VALTYPE:
            return coretypes.valtype(scope, c)
        case Immediate.SLOT:
            return c.u32()
