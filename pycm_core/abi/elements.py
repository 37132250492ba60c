"""The elements of a list, from their bytes and to them, by a function of its own per element type.

Strings are what makes lists slow, one crossing for each. Here a list's strings are placed in one call of the engine's mover (which asks
`realloc` for each, in order, as the spec does), and read in one piece when they lie together.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from operator import add
from typing import Any

from pycm_core.abi import inline, layout
from pycm_core.abi.context import LiftLowerContext
from pycm_core.abi.layout import MAX_STRING_BYTE_LENGTH
from pycm_core.abi.strings import UTF8, encode
from pycm_core.component import types as t

Read = Callable[[LiftLowerContext, bytes, int], Any]
"""`read(cx, raw, count)`: `count` elements from exactly their bytes."""
Write = Callable[[LiftLowerContext, Sequence[Any], int], Any]
"""`write(cx, items, total)`: the `total` bytes of the elements."""

SPREAD = 1 << 16
"""Strings count as lying together when what lies between them is less than four times what they hold and this many bytes."""


def elements(type: Any, format: str, slow: tuple[Read, Write]) -> tuple[Read, Write] | None:
    """Functions for elements of `type`, whose `struct` format is `format`, if it is inline; `slow` is for what is unusual."""
    if not inline.is_inline(type):
        return None
    form = struct.Struct("<" + format)
    with_strings = inline.has_string(type)
    return _read(type, form, with_strings, slow[0]), _write(type, form, with_strings, slow[1])


def _read(type: Any, form: struct.Struct, with_strings: bool, slow: Read) -> Read:
    if isinstance(type, t.Tuple) and all(inline.is_number(layout.plain(inner)) for inner in type.types):
        return lambda cx, raw, count: list(form.iter_unpack(raw))
    source = inline.Source()
    flat = [f"f{i}" for i in range(len(layout.flatten_type(type)))]
    rows = source.name(form.iter_unpack)
    with source.block("def read(cx, raw, count):"):
        if with_strings:
            together, positions = source.name(_together), source.name(string_positions(type))
            source.line(f"rows = [*{rows}(raw)]")
            source.line(f"found = {together}(cx, rows, {positions})")
            source.line(f"if found is None: return {source.name(slow)}(cx, raw, count)")
            source.line("text, data, base = found")
        source.line("out = []")
        source.line("add = out.append")
        if with_strings:
            with source.block("if text is not None:"):
                _read_loop(
                    source, type, flat, "rows", lambda pointer, length: f"text[{pointer} - base:{pointer} - base + {length}]"
                )
                source.line("return out")
            with source.block("try:"):
                _read_loop(
                    source,
                    type,
                    flat,
                    "rows",
                    lambda pointer, length: f"str(data[{pointer} - base:{pointer} - base + {length}], 'utf-8')",
                )
            source.line(f"except UnicodeDecodeError: return {source.name(slow)}(cx, raw, count)")
        else:
            _read_loop(source, type, flat, f"{rows}(raw)", lambda pointer, length: "")
        source.line("return out")
    return source.function("read")


def _read_loop(source: inline.Source, type: Any, flat: Sequence[str], rows: str, string: inline.LoadString) -> None:
    with source.block(f"for {_targets(flat)} in {rows}:"):
        source.line(f"add({inline.lift(source, type, iter(flat), string, True)})")


def _targets(names: Sequence[str]) -> str:
    return ", ".join(names) + ("," if len(names) == 1 else "")


def string_positions(type: Any) -> list[int]:
    """Where among the flat values of an inline type the pointers of its strings are."""
    match layout.plain(type):
        case t.Record(fields):
            inner = [f.type for f in fields]
        case t.Tuple(types):
            inner = list(types)
        case _:
            return [0] if inline.has_string(type) else []
    found, at = [], 0
    for each in inner:
        found += [at + position for position in string_positions(each)]
        at += len(layout.flatten_type(each))
    return found


def _together(
    cx: LiftLowerContext, rows: Sequence[Sequence[Any]], positions: Sequence[int]
) -> tuple[str | None, bytes, int] | None:
    """The memory that covers all strings: as text when it is ASCII, as bytes, and its address. `None` where it is not worth it, or
    a string breaks a rule."""
    if cx.opts.encoding is not UTF8 or cx.ptr != 4:
        return None
    if not rows:
        return "", b"", 0
    columns = list(zip(*rows, strict=True))
    pointers = [pointer for at in positions for pointer in columns[at]] if len(positions) > 1 else columns[positions[0]]
    lengths = [length for at in positions for length in columns[at + 1]] if len(positions) > 1 else columns[positions[0] + 1]
    end = max(map(add, pointers, lengths))
    if 0 in lengths:  # the pointers of empty strings may lie anywhere
        base = min((pointer for pointer, length in zip(pointers, lengths, strict=True) if length), default=end)
    else:
        base = min(pointers)
    if end - base > 4 * sum(lengths) + SPREAD or max(lengths) > MAX_STRING_BYTE_LENGTH or end > cx.memory.size():
        return None
    data = cx.memory.read(base, end - base)
    return (data.decode("ascii") if data.isascii() else None), data, base


def _write(type: Any, form: struct.Struct, with_strings: bool, slow: Write) -> Write:
    source = inline.Source()
    pack = source.name(form.pack)
    with source.block("def write(cx, items, total):"):
        if not with_strings:
            source.line("rows = []")
            source.line("add = rows.append")
            with source.block("for item in items:"):
                flat = inline.lower(source, type, "item", lambda value: ("", ""))
                source.line(f"add({pack}({', '.join(flat)}))")
            source.line("return b''.join(rows)")
            return source.function("write")
        source.line(f"if cx.opts.encoding is not {source.name(UTF8)}: return {source.name(slow)}(cx, items, total)")
        source.line("rows = []")
        source.line("add = rows.append")
        source.line("strings = []")
        source.line("add_string = strings.append")

        def string(value: str) -> tuple[str, str]:
            source.line(f"if {value}.__class__ is not str: return {source.name(slow)}(cx, items, total)")
            source.line(f"try: {value} = {value}.encode()")
            source.line(f"except UnicodeEncodeError: {source.name(encode)}({value}, 'utf-8')")
            source.line(f"add_string({value})")
            return "next(addresses)", f"len({value})"

        with source.block("for item in items:"):
            flat = inline.lower(source, type, "item", string)
            kept = [name for name in flat if name != "next(addresses)"]
            source.line(f"add(({', '.join(kept)},))")
        most = source.name(MAX_STRING_BYTE_LENGTH)
        source.line(f"if strings and len(max(strings, key=len)) > {most}: return {source.name(slow)}(cx, items, total)")
        source.line("addresses = iter(cx.place_all(1, strings))")
        names = [f"f{i}" for i in range(len(kept))]
        given = iter(names)
        packed = [name if name == "next(addresses)" else next(given) for name in flat]
        if packed.count("next(addresses)") == 1:
            packed = ["f" if name == "next(addresses)" else name for name in packed]
            source.line(f"rows = [{pack}({', '.join(packed)}) for ({_targets(names)}), f in zip(rows, addresses)]")
        else:
            source.line(f"rows = [{pack}({', '.join(packed)}) for {_targets(names)} in rows]")
        source.line("return b''.join(rows)")
    return source.function("write")
