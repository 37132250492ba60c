"""Strings between encodings (CanonicalABI.md, "Loading" and "Storing": `load_string_from_range`, `store_string_into_range`).

A string that was lifted from UTF-16 or Latin-1 remembers it, because the spec derives from the source's encoding how much it asks
the destination's `realloc` for, and a guest can see that.
"""

from __future__ import annotations

from typing import Any

from pycm_core.abi.context import LiftLowerContext
from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.layout import MAX_STRING_BYTE_LENGTH
from pycm_core.base.errors import Invalid
from pycm_core.component.syntax import StringEncoding

UTF8, UTF16, LATIN1_UTF16 = StringEncoding.UTF8, StringEncoding.UTF16, StringEncoding.LATIN1_UTF16


class LiftedString(str):
    """A string lifted from a guest whose encoding is not UTF-8: `encoding` is `"utf16"` or `"latin1"`, `option` the guest's option."""

    __slots__ = ("encoding", "option")

    encoding: str
    option: StringEncoding


def load_string_from_range(cx: LiftLowerContext, address: int, tagged_code_units: int) -> str:
    """The string at `address`. Traps on bad length, alignment, bounds and encoding."""
    size, codec = string_range(cx, address, tagged_code_units)
    return decode_string(cx, address, cx.memory.read(address, size), codec)


def string_range(cx: LiftLowerContext, address: int, tagged_code_units: int) -> tuple[int, str]:
    """How many bytes the string at `address` has, and in which encoding. Traps on bad length, alignment and bounds."""
    option = cx.opts.encoding
    if option is UTF8:
        alignment, size, codec = 1, tagged_code_units, "utf-8"
    elif option is UTF16:
        alignment, size, codec = 2, 2 * tagged_code_units, "utf-16-le"
    else:
        tag = 1 << (cx.ptr * 8 - 1)
        alignment = 2
        if tagged_code_units & tag:
            size, codec = 2 * (tagged_code_units ^ tag), "utf-16-le"
        else:
            size, codec = tagged_code_units, "latin-1"
    if size > MAX_STRING_BYTE_LENGTH:
        raise canonical_trap(f"string of {size} bytes is too long", "Loading")
    if address & (alignment - 1):
        raise canonical_trap(f"string pointer {address:#x} is not aligned to {alignment}", "Loading")
    if address + size > cx.memory.size():
        raise canonical_trap(f"string content out of bounds: {size} bytes at {address:#x}", "Loading")
    return size, codec


def decode_string(cx: LiftLowerContext, address: int, raw: bytes, codec: str) -> str:
    """What the bytes of a string say. Traps where they are not in its encoding."""
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as e:
        raise canonical_trap(
            f"string at {address:#x} is not valid {codec}: byte {raw[e.start]:#04x} at offset {e.start}", "Loading"
        ) from None
    option = cx.opts.encoding
    if option is UTF8:
        return text
    lifted = LiftedString(text)
    lifted.encoding = "latin1" if codec == "latin-1" else "utf16"
    lifted.option = option
    return lifted


def encode(text: str, codec: str) -> bytes:
    """`text` in `codec`; a lone surrogate has no encoding."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError as e:
        raise Invalid(f"a string must hold Unicode scalar values, found a lone surrogate at index {e.start}") from None


def store_string_into_range(cx: LiftLowerContext, text: str) -> tuple[int, int]:
    """Store `text` where `realloc` says; the address and the (tagged) number of code units."""
    if text.__class__ is str and cx.opts.encoding is UTF8:  # the most frequent way, in as few steps as there are
        try:
            raw = text.encode()
        except UnicodeEncodeError:
            raw = encode(text, "utf-8")
        if len(raw) <= MAX_STRING_BYTE_LENGTH:
            return cx.place(1, raw), len(raw)
    function, *args = string_pass(cx, text)
    stored: tuple[int, int] = function(cx, *args)
    return stored


def string_pass(cx: LiftLowerContext, text: str) -> tuple[Any, ...]:
    """Which of the spec's functions stores `text`, and what it is given after the context."""
    if isinstance(text, LiftedString):
        source, source_option = text.encoding, text.option
    else:
        source, source_option = "utf8", UTF8
    option = cx.opts.encoding
    if option is UTF8:
        if source == "utf8":
            return store_string_copy, encode(text, "utf-8"), 1, 1
        units = len(text) if source == "latin1" else len(encode(text, "utf-16-le")) // 2
        return store_string_to_utf8, text, units, units * (2 if source == "latin1" else 3)
    if option is UTF16:
        if source == "utf8":
            return store_utf8_to_utf16, text
        return store_string_copy, encode(text, "utf-16-le"), 2, 2
    if source_option is LATIN1_UTF16:
        if source == "latin1":
            return store_string_copy, encode(text, "latin-1"), 1, 2
        return store_probably_utf16_to_latin1_or_utf16, text
    units = len(encode(text, "utf-8")) if source == "utf8" else len(encode(text, "utf-16-le")) // 2
    return store_string_to_latin1_or_utf16, text, units


def _check(size: int) -> None:
    if size > MAX_STRING_BYTE_LENGTH:
        raise canonical_trap(f"string of {size} bytes is too long", "Storing")


def store_string_copy(cx: LiftLowerContext, raw: bytes, unit: int, alignment: int) -> tuple[int, int]:
    """Code units as they are."""
    _check(len(raw))
    address = cx.reallocate(0, 0, alignment, len(raw))
    cx.write_string(address, raw, {1: "utf-8", 2: "utf-16-le"}[unit] if alignment == unit else "latin-1")
    return address, len(raw) // unit


def store_string_to_utf8(cx: LiftLowerContext, text: str, units: int, worst_case: int) -> tuple[int, int]:
    """Room for as many bytes as there are code units; for the worst case where that is too little."""
    _check(units)
    address = cx.reallocate(0, 0, 1, units)
    raw = encode(text, "utf-8")
    ascii_units = next((i for i, c in enumerate(text) if c >= "\x80"), units)
    if ascii_units == units:
        cx.write_string(address, raw, "utf-8")
        return address, units
    cx.write_string(address, raw[:ascii_units], "utf-8")
    address = cx.reallocate(address, units, 1, worst_case)
    cx.write_string(address + ascii_units, raw[ascii_units:], "utf-8")
    if worst_case > len(raw):
        address = cx.reallocate(address, worst_case, 1, len(raw))
    return address, len(raw)


def store_utf8_to_utf16(cx: LiftLowerContext, text: str) -> tuple[int, int]:
    """Room for the worst case, and less when it is not met."""
    worst_case = 2 * len(encode(text, "utf-8"))
    _check(worst_case)
    address = cx.reallocate(0, 0, 2, worst_case)
    raw = encode(text, "utf-16-le")
    cx.write_string(address, raw, "utf-16-le")
    if len(raw) < worst_case:
        address = cx.reallocate(address, worst_case, 2, len(raw))
    return address, len(raw) // 2


def store_string_to_latin1_or_utf16(cx: LiftLowerContext, text: str, units: int) -> tuple[int, int]:
    """Latin-1 as far as it goes; from the first character beyond it, all as UTF-16."""
    _check(units)
    address = cx.reallocate(0, 0, 2, units)
    narrow = next((i for i, c in enumerate(text) if c > "\xff"), None)
    if narrow is None:
        raw = text.encode("latin-1")
        cx.write_string(address, raw, "latin-1")
        if len(raw) < units:
            address = cx.reallocate(address, units, 2, len(raw))
        return address, len(raw)
    cx.write_string(address, text[:narrow].encode("latin-1"), "latin-1")
    worst_case = 2 * units
    _check(worst_case)
    address = cx.reallocate(address, units, 2, worst_case)
    raw = encode(text, "utf-16-le")
    cx.write_string(address, raw, "utf-16-le")
    if worst_case > len(raw):
        address = cx.reallocate(address, worst_case, 2, len(raw))
    return address, len(raw) // 2 | 1 << (cx.ptr * 8 - 1)


def store_probably_utf16_to_latin1_or_utf16(cx: LiftLowerContext, text: str) -> tuple[int, int]:
    """UTF-16, and again as Latin-1 when every character fits."""
    raw = encode(text, "utf-16-le")
    _check(len(raw))
    address = cx.reallocate(0, 0, 2, len(raw))
    cx.write_string(address, raw, "utf-16-le")
    if any(c > "\xff" for c in text):
        return address, len(raw) // 2 | 1 << (cx.ptr * 8 - 1)
    narrow = text.encode("latin-1")
    cx.write_string(address, narrow, "latin-1")
    address = cx.reallocate(address, len(raw), 1, len(narrow))
    return address, len(narrow)
