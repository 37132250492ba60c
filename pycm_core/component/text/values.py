"""🪙 Value literals (Explainer.md, "Value Definitions"), as the bytes they stand for (Binary.md, "Value Definitions")."""

from __future__ import annotations

from typing import Any

from pycm_core.base.errors import Exhaustion
from pycm_core.base.writer import name, signed, unsigned
from pycm_core.component import types as t
from pycm_core.component.text.scope import TextScope
from pycm_core.component.types import Prim, TypeRef
from pycm_core.wasm.text import numbers
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Kind

_NAN = {32: b"\x00\x00\xc0\x7f", 64: b"\x00\x00\x00\x00\x00\x00\xf8\x7f"}


def literal(scope: TextScope, c: Cursor, type_: TypeRef) -> bytes:
    """The bytes of a literal of this type; `(binary "...")` gives them directly and needs no type."""
    inner = c.list("binary")
    if inner is not None:
        data = inner.strings()
        inner.finish()
        return data
    return _value(scope, c, type_, 0)


def _value(scope: TextScope, c: Cursor, ref: TypeRef, depth: int) -> bytes:
    if depth > scope.settings.limits.nesting:
        raise Exhaustion(f"nesting too deep: more than {scope.settings.limits.nesting} levels", c.span())
    if isinstance(ref, Prim):
        return _prim(c, ref)
    syntax: Any = scope.types.get(ref)
    if syntax is None:
        raise c.malformed(
            f"the text of a value needs a type that is defined in this component: type {ref} is none",
            hint='write the bytes of the value: `(binary "...")`',
        )
    return _defined(scope, c, syntax, depth + 1)


def _defined(scope: TextScope, c: Cursor, syntax: Any, depth: int) -> bytes:
    match syntax:
        case t.Named():
            return _prim(c, syntax.prim)
        case t.Record():
            return _sequence(scope, c, "record", [f.type for f in syntax.fields], depth)
        case t.Tuple():
            return _sequence(scope, c, "tuple", list(syntax.types), depth)
        case t.List():
            inner = c.expect_list("list")
            items = []
            while not inner.done:
                items.append(_value(scope, inner, syntax.element, depth))
            return (b"" if syntax.length is not None else unsigned(len(items))) + b"".join(items)
        case t.Flags():
            inner = c.expect_list("flags")
            bits = 0
            while not inner.done:
                bits |= 1 << _label(inner, syntax.labels)
            return bits.to_bytes((len(syntax.labels) + 7) // 8, "little")
        case t.EnumType():
            inner = c.expect_list("enum")
            index = _label(inner, syntax.labels)
            inner.finish()
            return unsigned(index)
        case t.Variant():
            inner = c.expect_list("variant")
            index = _label(inner, tuple([case.label for case in syntax.cases]))
            payload = syntax.cases[index].type
            data = b"" if payload is None else _value(scope, inner, payload, depth)
            inner.finish()
            return unsigned(index) + data
        case t.Option():
            return _choice(scope, c, ("none", None), ("some", syntax.type), depth)
        case t.Result():
            return _choice(scope, c, ("ok", syntax.ok), ("error", syntax.error), depth)
        case _:
            raise c.malformed("a value of this type cannot be written down", hint='write its bytes: `(binary "...")`')


def _sequence(scope: TextScope, c: Cursor, word: str, types: list[TypeRef], depth: int) -> bytes:
    inner = c.expect_list(word)
    data = b"".join([_value(scope, inner, type_, depth) for type_ in types])
    inner.finish()
    return data


def _choice(
    scope: TextScope, c: Cursor, first: tuple[str, TypeRef | None], second: tuple[str, TypeRef | None], depth: int
) -> bytes:
    """One of two cases, whose payload may be absent: a keyword, or a list."""
    for opcode, (word, payload) in enumerate((first, second)):
        if payload is None:
            if c.keyword(word) is not None:
                return bytes([opcode])
        elif (inner := c.list(word)) is not None:
            data = _value(scope, inner, payload, depth)
            inner.finish()
            return bytes([opcode]) + data
    raise c.unexpected(f"`{first[0]}` or `{second[0]}`")


def _label(c: Cursor, labels: tuple[str, ...]) -> int:
    token = c.token(Kind.STRING)
    label = c.name()
    if label not in labels:
        raise c.malformed(f"unknown label `{label}`", token)
    return labels.index(label)


def _prim(c: Cursor, prim: Prim) -> bytes:
    match prim:
        case Prim.BOOL:
            return b"\x01" if c.expect_keyword("false", "true") == "true" else b"\x00"
        case Prim.STRING:
            return name(c.name())
        case Prim.CHAR:
            token = c.peek()
            text = getattr(token, "text", "")
            if len(text) != 3 or text[0] != "'" or text[2] != "'":
                raise c.unexpected("a character in single quotes")
            c.pos += 1
            return str(text[1]).encode()
        case Prim.F32 | Prim.F64:
            bits = int(prim.value[1:])
            if c.keyword("nan") is not None:
                return _NAN[bits]
            value = c.number(lambda text: numbers.floating(text, bits), prim.value, Kind.KEYWORD)
            return value.to_bytes(bits // 8, "little")
        case Prim.ERROR_CONTEXT:
            raise c.malformed("a value of type `error-context` cannot be written down")
        case _:
            return _integer(c, prim)


def _integer(c: Cursor, prim: Prim) -> bytes:
    bits = int(prim.value[1:])
    if prim.value[0] == "u":
        number = c.number(lambda text: numbers.unsigned(text, bits), prim.value)
        return bytes([number]) if bits == 8 else unsigned(number)
    number = c.number(lambda text: numbers.integer(text, bits), prim.value)
    return bytes([number & 0xFF]) if bits == 8 else signed(number)
