"""Bytes being written: LEB128, names, sized sections."""

from __future__ import annotations


def unsigned(value: int) -> bytes:
    """Unsigned LEB128 in the fewest bytes."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> bytes:
    """Signed LEB128 in the fewest bytes."""
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        if (value == 0 and not byte & 0x40) or (value == -1 and byte & 0x40):
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


def name(text: str) -> bytes:
    """A length-prefixed UTF-8 name."""
    raw = text.encode("utf-8")
    return unsigned(len(raw)) + raw


def sized(body: bytes) -> bytes:
    """`body` behind its length."""
    return unsigned(len(body)) + body


def vector(items: list[bytes] | tuple[bytes, ...]) -> bytes:
    """Items behind their count."""
    return unsigned(len(items)) + b"".join(items)
