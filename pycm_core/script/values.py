"""Component values in scripts: `(record.const (field "x" u32.const 1))` and the like, and comparing results with them."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pycm_core.abi.values import Err, Ok, RecordValue, Some, VariantValue, attribute, map_pairs
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Kind
from pycm_core.wasm.text.numbers import floating, integer


@dataclass(frozen=True, slots=True)
class AnyNan:
    """`nan:canonical` or `nan:arithmetic`: every NaN will do, since values carry none apart."""


def value(c: Cursor) -> Any:
    """The next value: a parenthesized constant."""
    word, inner = c.headed(*_CONSTANTS)
    found = _CONSTANTS[word](inner)
    inner.finish()
    return found


def constant(c: Cursor) -> Any:
    """A constant without its parentheses, as the fields of a record have it."""
    word = c.expect_keyword(*_CONSTANTS)
    return _CONSTANTS[word](c)


def _int(bits: int, signed: bool) -> Callable[[Cursor], int]:
    def read(c: Cursor) -> int:
        number = c.number(lambda text: integer(text, bits), f"an integer of {bits} bits") & ((1 << bits) - 1)
        return number - (1 << bits) if signed and number >> (bits - 1) & 1 else number

    return read


def _float(bits: int) -> Callable[[Cursor], Any]:
    codes = {32: ("<I", "<f"), 64: ("<Q", "<d")}[bits]

    def read(c: Cursor) -> Any:
        token = c.token(Kind.KEYWORD)
        if token is not None and token.text in ("nan:canonical", "nan:arithmetic"):
            c.next()
            return AnyNan()
        kind = Kind.NUMBER if token is None else Kind.KEYWORD
        raw = c.number(lambda text: floating(text, bits), f"a float of {bits} bits", kind)
        return struct.unpack(codes[1], struct.pack(codes[0], raw))[0]

    return read


def _bool(c: Cursor) -> bool:
    return c.expect_keyword("true", "false") == "true"


def _record(c: Cursor) -> dict[str, Any]:
    fields = {}
    while not c.done:
        field = c.expect_list("field")
        label = field.name()
        fields[label] = _maybe_bare(field)
    return fields


def _maybe_bare(c: Cursor) -> Any:
    """A constant with or without parentheses."""
    return constant(c) if c.token(Kind.KEYWORD) is not None else value(c)


def _values(c: Cursor) -> list[Any]:
    found = []
    while not c.done:
        found.append(value(c))
    return found


def _payload(c: Cursor) -> Any:
    return None if c.done else _maybe_bare(c)


def _flags(c: Cursor) -> frozenset[str]:
    labels = set()
    while not c.done:
        labels.add(c.name())
    return frozenset(labels)


_CONSTANTS: Mapping[str, Callable[[Cursor], Any]] = MappingProxyType(
    {
        "bool.const": _bool,
        **{f"{sign}{bits}.const": _int(bits, sign == "s") for sign in "su" for bits in (8, 16, 32, 64)},
        "f32.const": _float(32),
        "f64.const": _float(64),
        "char.const": lambda c: c.name(),
        "str.const": lambda c: c.name(),
        "list.const": _values,
        "tuple.const": lambda c: tuple(_values(c)),
        "record.const": _record,
        "variant.const": lambda c: VariantValue(c.name(), _payload(c)),
        "enum.const": lambda c: c.name(),
        "flags.const": _flags,
        "option.none": lambda c: None,
        "option.some": lambda c: Some(_payload(c)),
        "result.ok": lambda c: Ok(_payload(c)),
        "result.err": lambda c: Err(_payload(c)),
    }
)


def matches(found: Any, expected: Any) -> bool:
    """Whether a result is what a script expects."""
    match expected:
        case AnyNan():
            return isinstance(found, float) and math.isnan(found)
        case str():  # lifted strings know their encoding, and are of a type of their own
            return isinstance(found, str) and found == expected
        case float():
            return isinstance(found, float) and struct.pack("<d", found) == struct.pack("<d", expected)
        case dict():
            if not isinstance(found, RecordValue):
                return False
            fields = dict(found)
            return list(fields) == [attribute(label) for label in expected] and all(
                matches(x, y) for x, y in zip(fields.values(), expected.values(), strict=True)
            )
        case list() | tuple():
            found = map_pairs(found)
            items = list(found) if isinstance(found, bytes | list | tuple) else None
            return items is not None and len(items) == len(expected) and all(map(matches, items, expected))
        case Some(inner):
            return matches(found.value if isinstance(found, Some) else found, inner)
        case Ok(inner) | Err(inner):
            return type(found) is type(expected) and matches(found.value, inner)
        case VariantValue(tag, inner):
            return isinstance(found, VariantValue) and found.tag == tag and matches(found.value, inner)
    return type(found) is type(expected) and bool(found == expected)
