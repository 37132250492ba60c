"""Strings between encodings (CanonicalABI.md, "Loading" and "Storing": `load_string_from_range`, `store_string_into_range`).

A string that was lifted from UTF-16 or Latin-1 remembers it, because the spec derives from the source's encoding how much it asks
the destination's `realloc` for, and a guest can see that.
"""

from __future__ import annotations

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
    raw = cx.memory.read(address, size)
    if cx.trace is not None:
        cx.trace.emit(
            "load", 'CanonicalABI.md, "Loading"', cx.instance.id, address=address, bytes=raw, type=f"string content, {codec}"
        )
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as e:
        raise canonical_trap(
            f"string at {address:#x} is not valid {codec}: byte {raw[e.start]:#04x} at offset {e.start}", "Loading"
        ) from None
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
    if (
        text.__class__ is str and cx.opts.encoding is UTF8 and cx.trace is None
    ):  # the most frequent way, in as few steps as there are
        try:
            raw = text.encode()
        except UnicodeEncodeError:
            raw = encode(text, "utf-8")
        if len(raw) <= MAX_STRING_BYTE_LENGTH:
            return cx.place(1, raw), len(raw)
    if isinstance(text, LiftedString):
        source, source_option = text.encoding, text.option
    else:
        source, source_option = "utf8", UTF8
    option = cx.opts.encoding
    if option is UTF8:
        if source == "utf8":
            return _copy(cx, encode(text, "utf-8"), 1, 1)
        units = len(text) if source == "latin1" else len(encode(text, "utf-16-le")) // 2
        return _to_utf8(cx, text, units, units * (2 if source == "latin1" else 3))
    if option is UTF16:
        if source == "utf8":
            return _utf8_to_utf16(cx, text)
        return _copy(cx, encode(text, "utf-16-le"), 2, 2)
    if source_option is LATIN1_UTF16:
        if source == "latin1":
            return _copy(cx, encode(text, "latin-1"), 1, 2)
        return _probably_utf16_to_latin1_or_utf16(cx, text)
    units = len(encode(text, "utf-8")) if source == "utf8" else len(encode(text, "utf-16-le")) // 2
    return _to_latin1_or_utf16(cx, text, units)


def _check(size: int) -> None:
    if size > MAX_STRING_BYTE_LENGTH:
        raise canonical_trap(f"string of {size} bytes is too long", "Storing")


def _write(cx: LiftLowerContext, address: int, raw: bytes, codec: str) -> None:
    cx.memory.write(address, raw)
    if cx.trace is not None:
        cx.trace.emit(
            "store", 'CanonicalABI.md, "Storing"', cx.instance.id, address=address, bytes=raw, type=f"string content, {codec}"
        )


def _copy(cx: LiftLowerContext, raw: bytes, unit: int, alignment: int) -> tuple[int, int]:
    _check(len(raw))
    address = cx.reallocate(0, 0, alignment, len(raw))
    _write(cx, address, raw, {1: "utf-8", 2: "utf-16-le"}[unit] if alignment == unit else "latin-1")
    return address, len(raw) // unit


def _to_utf8(cx: LiftLowerContext, text: str, units: int, worst_case: int) -> tuple[int, int]:
    _check(units)
    address = cx.reallocate(0, 0, 1, units)
    raw = encode(text, "utf-8")
    ascii_units = next((i for i, c in enumerate(text) if c >= "\x80"), units)
    if ascii_units == units:
        _write(cx, address, raw, "utf-8")
        return address, units
    _write(cx, address, raw[:ascii_units], "utf-8")
    address = cx.reallocate(address, units, 1, worst_case)
    _write(cx, address + ascii_units, raw[ascii_units:], "utf-8")
    if worst_case > len(raw):
        address = cx.reallocate(address, worst_case, 1, len(raw))
    return address, len(raw)


def _utf8_to_utf16(cx: LiftLowerContext, text: str) -> tuple[int, int]:
    worst_case = 2 * len(encode(text, "utf-8"))
    _check(worst_case)
    address = cx.reallocate(0, 0, 2, worst_case)
    raw = encode(text, "utf-16-le")
    _write(cx, address, raw, "utf-16-le")
    if len(raw) < worst_case:
        address = cx.reallocate(address, worst_case, 2, len(raw))
    return address, len(raw) // 2


def _to_latin1_or_utf16(cx: LiftLowerContext, text: str, units: int) -> tuple[int, int]:
    _check(units)
    address = cx.reallocate(0, 0, 2, units)
    narrow = next((i for i, c in enumerate(text) if c > "\xff"), None)
    if narrow is None:
        raw = text.encode("latin-1")
        _write(cx, address, raw, "latin-1")
        if len(raw) < units:
            address = cx.reallocate(address, units, 2, len(raw))
        return address, len(raw)
    _write(cx, address, text[:narrow].encode("latin-1"), "latin-1")
    worst_case = 2 * units
    _check(worst_case)
    address = cx.reallocate(address, units, 2, worst_case)
    raw = encode(text, "utf-16-le")
    _write(cx, address, raw, "utf-16-le")
    if worst_case > len(raw):
        address = cx.reallocate(address, worst_case, 2, len(raw))
    return address, len(raw) // 2 | 1 << (cx.ptr * 8 - 1)


def _probably_utf16_to_latin1_or_utf16(cx: LiftLowerContext, text: str) -> tuple[int, int]:
    raw = encode(text, "utf-16-le")
    _check(len(raw))
    address = cx.reallocate(0, 0, 2, len(raw))
    _write(cx, address, raw, "utf-16-le")
    if any(c > "\xff" for c in text):
        return address, len(raw) // 2 | 1 << (cx.ptr * 8 - 1)
    narrow = text.encode("latin-1")
    _write(cx, address, narrow, "latin-1")
    address = cx.reallocate(address, len(raw), 1, len(narrow))
    return address, len(narrow)
