"""Rules about names that several phases share."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint with the nearest known name, if one is near."""
    near = get_close_matches(name, list(known)[:2000], 1, 0.7)
    return f"did you mean `{near[0]}`?" if near else None


_FOREIGN_TYPES = {
    "int": "s32", "i8": "s8", "i16": "s16", "i32": "s32", "i64": "s64", "uint": "u32", "byte": "u8", "short": "s16", "long": "s64",
    "usize": "u32", "isize": "s32", "size_t": "u32", "float": "f32", "double": "f64", "float32": "f32", "float64": "f64", "number": "f64",
    "boolean": "bool", "str": "string", "String": "string", "text": "string", "bytes": "list<u8>", "array": "list", "vec": "list",
    "vector": "list", "optional": "option", "maybe": "option", "nullable": "option", "dict": "map", "struct": "record", "union": "variant",
    "expected": "result", "int8": "s8", "int16": "s16", "int32": "s32", "int64": "s64", "uint8": "u8", "uint16": "u16", "uint32": "u32",
    "uint64": "u64", "unit": "tuple", "void": "tuple",
}  # fmt: skip


_WIDTHS = {"u": (8, 16, 32, 64), "s": (8, 16, 32, 64), "i": (8, 16, 32, 64), "f": (32, 64)}


def type_hint(name: str, known: Iterable[str]) -> str | None:
    """A hint for a type that does not exist: what other languages call it, or a name that is near."""
    wit = _FOREIGN_TYPES.get(name)
    if wit is not None:
        if name in ("void", "unit"):
            return "a function that returns nothing has no `->`"
        return f"did you mean `{wit}`?"
    if name.lower() in ("any", "object", "dynamic", "json", "unknown", "auto"):
        return "each type says what it may hold: list the possibilities in a `variant`, or pass a `string`"
    primitives = ("bool", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "f32", "f64", "char", "string")
    near = did_you_mean(name, (*known, *primitives))
    if near is None and name[:1] in _WIDTHS and name[1:].isdecimal():
        width = min(_WIDTHS[name[0]], key=lambda one: abs(one - int(name[1:5])))
        return f"did you mean `{name[0].replace('i', 's')}{width}`?"
    return near


def in_order(needs: Sequence[Sequence[int]]) -> tuple[list[int], int | None]:
    """Items so that each stands after those it needs, otherwise in the order given; and the first item that cannot be placed.

    `needs[i]` are the items that item `i` needs.
    """
    users: list[list[int]] = [[] for _ in needs]
    missing = []
    for index, need in enumerate(needs):
        distinct = set(need)
        missing.append(len(distinct))
        for other in distinct:
            users[other].append(index)
    ready = [i for i, count in enumerate(missing) if not count]
    result: list[int] = []
    while ready:
        index = heapq.heappop(ready)
        result.append(index)
        for user in users[index]:
            missing[user] -= 1
            if not missing[user]:
                heapq.heappush(ready, user)
    stuck = next((i for i, count in enumerate(missing) if count), None)
    return result, stuck
