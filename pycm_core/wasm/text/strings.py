"""Strings, identifiers and floats to text: what printers of core and component texts share."""

from __future__ import annotations

import re
import struct

_ID = re.compile(r"[0-9A-Za-z!#$%&'*+\-./:<=>?@\\^_`|~]+")
_PLAIN = frozenset(b for b in range(0x20, 0x7F) if chr(b) not in '"\\')
_BYTES = [chr(b) if b in _PLAIN else f"\\{b:02x}" for b in range(256)]


def quote_bytes(content: bytes) -> str:
    """A string literal of any bytes ("Strings")."""
    return '"' + "".join([_BYTES[b] for b in content]) + '"'


def quote(text: str) -> str:
    """A string literal of a name: printable characters as they are."""
    parts = []
    for char in text:
        if char in '"\\':
            parts.append("\\" + char)
        elif char.isprintable():
            parts.append(char)
        else:
            parts.append(f"\\u{{{ord(char):x}}}")
    return '"' + "".join(parts) + '"'


def identifier(name: str) -> str:
    """`$name`, quoted where the name has characters that identifiers have not ("Identifiers"). Not for the empty name."""
    return "$" + (name if _ID.fullmatch(name) else quote(name))


def floating(value: int, bits: int) -> str:
    """A literal for the float with these bits, in the fewest digits that say so."""
    fraction = 23 if bits == 32 else 52
    exponent_mask = (1 << (bits - 1 - fraction)) - 1
    sign = "-" if value >> (bits - 1) else ""
    mantissa = value & ((1 << fraction) - 1)
    if value >> fraction & exponent_mask == exponent_mask:
        if not mantissa:
            return sign + "inf"
        return sign + ("nan" if mantissa == 1 << (fraction - 1) else f"nan:{mantissa:#x}")
    (number,) = struct.unpack("<f" if bits == 32 else "<d", (value & ~(1 << (bits - 1))).to_bytes(bits // 8, "little"))
    if bits == 64:
        return sign + _trim(repr(number))
    for digits in range(6, 10):
        text = f"{number:.{digits}g}"
        if struct.unpack("<f", struct.pack("<f", float(text)))[0] == number:
            return sign + _trim(text)
    return sign + float(number).hex()


def _trim(text: str) -> str:
    """Without a fraction that is nothing."""
    return text[:-2] if text.endswith(".0") else text
