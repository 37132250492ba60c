"""Number literals (core specification, "Text Format", "Values"). Each function answers `None` for a token that is not one.

Floats are exact: rounded once, to nearest, ties to even, however many digits there are.
"""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal

_INT = re.compile(r"([+-]?)(?:0x([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)|([0-9]+(?:_[0-9]+)*))")
_DECIMAL = re.compile(r"[+-]?[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?")
_HEX = re.compile(
    r"([+-]?)0x([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)(?:\.([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)?)?(?:[pP]([+-]?[0-9]+(?:_[0-9]+)*))?"
)
_NAN = re.compile(r"([+-]?)nan(?::0x([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*))?")

_MAX_DIGITS = 40
"""More significant digits than any integer of 128 bits has."""


class OutOfRange(ValueError):
    """The literal is one, but the type cannot hold it."""


def is_literal(text: str) -> bool:
    """Whether a token is a number of any kind."""
    return any(p.fullmatch(text) for p in (_INT, _DECIMAL, _HEX, _NAN)) or text.lstrip("+-") == "inf"


def _number(m: re.Match[str]) -> int:
    if m[2] is not None:
        return int(m[2].replace("_", ""), 16)
    digits = m[3].replace("_", "").lstrip("0")
    if len(digits) > _MAX_DIGITS:
        raise OutOfRange
    return int(digits or "0")


def unsigned(text: str, bits: int) -> int | None:
    """`uN`: no sign. Raises `OutOfRange`."""
    if len(text) < 10 and text.isdigit() and bits >= 32:  # by far the most common
        return int(text)
    m = _INT.fullmatch(text)
    if m is None or m[1]:
        return None
    value = _number(m)
    if value >> bits:
        raise OutOfRange
    return value


def integer(text: str, bits: int) -> int | None:
    """`iN`: a signed or an unsigned number of that many bits, as a signed one. Raises `OutOfRange`."""
    if len(text) < 10 and text.isdigit() and bits >= 32:  # by far the most common
        return int(text)
    m = _INT.fullmatch(text)
    if m is None:
        return None
    value = _number(m)
    half = 1 << (bits - 1)
    if m[1] == "-":
        value = -value
    if not -half <= value < (half if m[1] == "+" else 2 * half):
        raise OutOfRange
    return value - 2 * half if value >= half else value


def floating(text: str, bits: int) -> int | None:
    """`fN` as the bits of the number, an unsigned integer. Raises `OutOfRange`."""
    fraction = 23 if bits == 32 else 52
    infinity = ((1 << (bits - 1 - fraction)) - 1) << fraction
    sign = (text[0] == "-") << (bits - 1)
    if text in ("inf", "+inf", "-inf"):
        return sign | infinity
    m = _NAN.fullmatch(text)
    if m is not None:
        if m[2] is None:
            return sign | infinity | 1 << (fraction - 1)
        payload = int(m[2].replace("_", ""), 16)
        if not 0 < payload < 1 << fraction:
            raise OutOfRange
        return sign | infinity | payload
    m = _HEX.fullmatch(text)
    if m is not None:
        value = _hex_float(m, fraction + 1, -126 if bits == 32 else -1022)
    elif _DECIMAL.fullmatch(text):
        value = _decimal_float(text.replace("_", "").lstrip("+-"), bits)
    else:
        return None
    if math.isinf(value):
        raise OutOfRange
    try:
        packed = struct.pack("<f" if bits == 32 else "<d", value)
    except OverflowError:
        raise OutOfRange from None
    return sign | int.from_bytes(packed, "little")


def _decimal_float(text: str, bits: int) -> float:
    """The magnitude of a decimal literal: for f64 the nearest, for f32 one that rounds to the nearest f32."""
    value = float(text)
    if bits == 64 or value == 0 or math.isinf(value):
        return value
    # Rounded to odd, the wider number says which way the tie goes.
    exact, near = Decimal(text), Decimal(value)
    if exact != near and int.from_bytes(struct.pack("<d", value), "little") & 1 == 0:
        value = math.nextafter(value, math.inf if exact > near else 0.0)
    return value


def _hex_float(m: re.Match[str], precision: int, least: int) -> float:
    """The magnitude of a hexadecimal literal, rounded to `precision` bits with exponents from `least`."""
    whole, part = m[2].replace("_", ""), (m[3] or "").replace("_", "")
    mantissa = int(whole + part, 16)
    if mantissa == 0:
        return 0.0
    digits = (m[4] or "0").replace("_", "")
    exponent = int(digits) if len(digits) < 20 else (-1 if digits[0] == "-" else 1) << 60
    exponent -= 4 * len(part)
    top = exponent + mantissa.bit_length() - 1
    if top > 1100:
        return math.inf
    unit = max(top, least) - (precision - 1)
    shift = unit - exponent
    if shift <= 0:
        mantissa <<= -shift
    elif shift > mantissa.bit_length() + 1:
        return 0.0
    else:
        half, rest = 1 << (shift - 1), mantissa & ((1 << shift) - 1)
        mantissa >>= shift
        if rest > half or (rest == half and mantissa & 1):
            mantissa += 1
    try:
        return math.ldexp(mantissa, unit)
    except OverflowError:
        return math.inf
