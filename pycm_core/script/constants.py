"""Core values in scripts: constants, the patterns that results are compared with, and comparing.

Integers are unsigned, a vector is an integer of 128 bits, a null reference is `None`, a reference of the host is a `Host`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pycm_core.wasm.exec.numeric import bits_of_f32, bits_of_f64, f32_of_bits, f64_of_bits
from pycm_core.wasm.text import numbers
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Kind


class Host(float):
    """`(ref.extern N)`, as N + 0.5: engines differ in which objects of Python they can hold, and JavaScript's integers are `i31ref`s."""


Pattern = tuple[Any, ...]
"""What a result must be: a kind, and details."""

_LANES: Mapping[str, tuple[str, int]] = MappingProxyType(
    {"i8x16": ("i", 8), "i16x8": ("i", 16), "i32x4": ("i", 32), "i64x2": ("i", 64), "f32x4": ("f", 32), "f64x2": ("f", 64)}
)
_NANS = ("nan:canonical", "nan:arithmetic")
_FRACTION = MappingProxyType({32: 23, 64: 52})
_FLOAT_OF = MappingProxyType({32: f32_of_bits, 64: f64_of_bits})
_BITS_OF = MappingProxyType({32: bits_of_f32, 64: bits_of_f64})


def argument(c: Cursor) -> Any:
    """A constant."""
    word, inner = c.headed()
    if word in ("i32.const", "i64.const"):
        bits = int(word[1:3])
        return inner.number(lambda text: numbers.integer(text, bits), word) & ((1 << bits) - 1)
    if word in ("f32.const", "f64.const"):
        bits = int(word[1:3])
        return _FLOAT_OF[bits](inner.number(lambda text: numbers.floating(text, bits), word, Kind.KEYWORD))
    if word == "v128.const":
        return sum(bits << at for bits, at, _ in _vector(inner))
    if word == "ref.null":
        return None
    if word in ("ref.extern", "ref.host"):
        return Host(inner.u32() + 0.5)
    raise c.unexpected("a constant")


def pattern(c: Cursor) -> Pattern:
    """The next expected result."""
    word = c.head()
    if word == "either":
        _, inner = c.headed()
        options = []
        while not inner.done:
            options.append(pattern(inner))
        return ("either", options)
    if word in ("f32.const", "f64.const"):
        _, inner = c.headed()
        bits = int(word[1:3])
        nan = inner.keyword(*_NANS)
        return ("float", bits, nan or inner.number(lambda text: numbers.floating(text, bits), word, Kind.KEYWORD))
    if word == "v128.const":
        _, inner = c.headed()
        return ("vector", _vector(inner))
    if word in ("i32.const", "i64.const"):
        return ("int", argument(c))
    if word is None or not word.startswith("ref."):
        raise c.unexpected("a result")
    _, inner = c.headed()
    return ("null",) if word == "ref.null" else ("ref", word[4:], None if inner.done else inner.u32())


def matches(expected: Pattern, found: Any, kind_of: Callable[[Any], str]) -> bool:
    """Whether a result is what is expected. `kind_of` names the heap type of a reference in the guest's hierarchy."""
    match expected:
        case ("either", options):
            return any(matches(option, found, kind_of) for option in options)
        case ("int", value):
            return isinstance(found, int) and found == value
        case ("float", bits, wanted):
            return isinstance(found, float) and _float_matches(bits, wanted, _BITS_OF[bits](found))
        case ("vector", lanes):
            return all(_float_matches(bits, wanted, found >> at & ((1 << bits) - 1)) for wanted, at, bits in lanes)
        case ("null",):
            return found is None
        case ("ref", ("extern" | "host"), number):
            return found is not None and (number is None or getattr(found, "value", found) == number + 0.5)
        case ("ref", "func", _):
            return found is not None
        case ("ref", "eq", _):
            return found is not None and kind_of(found) in ("i31", "struct", "array")
        case ("ref", "any", _):
            return found is not None
        case ("ref", kind, _):
            return found is not None and kind_of(found) == kind
    return False


def is_nan_of_bits(expected: Pattern) -> bool:
    """Whether it asks for a NaN with a certain payload."""
    match expected:
        case ("float", bits, int(wanted)):
            value = _FLOAT_OF[bits](wanted)
            return value != value
        case ("either", options):
            return any(map(is_nan_of_bits, options))
    return False


def _vector(c: Cursor) -> list[tuple[Any, int, int]]:
    """Lanes: the bits, or the name of a NaN pattern; at which bit; how many bits."""
    kind, bits = _LANES[c.expect_keyword(*_LANES)]
    lanes: list[tuple[Any, int, int]] = []
    while not c.done:
        word: Any = c.keyword(*_NANS)
        if word is None and kind == "i":
            word = c.number(lambda text: numbers.integer(text, bits), "lane") & ((1 << bits) - 1)
        elif word is None:
            word = c.number(lambda text: numbers.floating(text, bits), "lane", Kind.KEYWORD)
        lanes.append((word, len(lanes) * bits, bits))
    return lanes


def _float_matches(bits: int, wanted: Any, found: int) -> bool:
    if isinstance(wanted, int):
        return wanted == found
    fraction = _FRACTION[bits]
    quiet = (((1 << (bits - 1 - fraction)) - 1) << fraction) | 1 << (fraction - 1)
    return found & ~(1 << (bits - 1)) == quiet if wanted == "nan:canonical" else found & quiet == quiet
