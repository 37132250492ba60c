"""What the words of WIT mean, in a sentence or two: what an editor says about a keyword or a built-in type.

Sizes and core types are those of the canonical ABI with 32-bit pointers (CanonicalABI.md, "Alignment", "Element Size", "Flattening").
"""

from __future__ import annotations

from collections.abc import Mapping

_PLAIN: Mapping[str, tuple[str, int, str]] = {
    "bool": ("`true` or `false`", 1, "i32"),
    "u8": ("an unsigned integer of 8 bits, 0 to 255", 1, "i32"),
    "s8": ("a signed integer of 8 bits, -128 to 127", 1, "i32"),
    "u16": ("an unsigned integer of 16 bits, 0 to 65535", 2, "i32"),
    "s16": ("a signed integer of 16 bits, -32768 to 32767", 2, "i32"),
    "u32": ("an unsigned integer of 32 bits, 0 to 4294967295", 4, "i32"),
    "s32": ("a signed integer of 32 bits, -2147483648 to 2147483647", 4, "i32"),
    "u64": ("an unsigned integer of 64 bits", 8, "i64"),
    "s64": ("a signed integer of 64 bits", 8, "i64"),
    "f32": ("a floating-point number of 32 bits (IEEE 754)", 4, "f32"),
    "f64": ("a floating-point number of 64 bits (IEEE 754)", 8, "f64"),
    "char": ("a Unicode scalar value: any character but a surrogate", 4, "i32"),
    "error-context": ("a handle to what is known about an error, for messages only", 4, "i32"),
    "own": ("`own<r>`: a handle to a resource, which is passed on with it; `r` alone means the same", 4, "i32"),
    "borrow": ("`borrow<r>`: a handle to a resource, lent for the time of a call; only parameters can be borrowed", 4, "i32"),
    "stream": ("`stream<t>`: the reading end of values that come one after another; `stream` alone only ends", 4, "i32"),
    "future": ("`future<t>`: the reading end of one value that comes later; `future` alone only says when", 4, "i32"),
}

_WORDS: Mapping[str, str] = {
    "string": "Unicode text. 8 bytes, aligned to 4: address and length; core `i32 i32`.",
    "list": "`list<t>`: any number of values; `list<t, 4>`: exactly four. 8 bytes, aligned to 4: address and length; core `i32 i32`. "
    "With a fixed length, the values themselves.",
    "map": "`map<k, v>`: values by key, laid out as `list<tuple<k, v>>`. Keys are integers, `bool`, `char` or `string`.",
    "option": "`option<t>`: a value or none, laid out as a variant of two cases.",
    "result": "`result<t, e>`: a value or an error; `result<t>`, `result<_, e>` and `result` leave out what is not said.",
    "tuple": "`tuple<a, b>`: values one after another, laid out as a record.",
    "record": "Named fields, all of which are there, laid out one after another.",
    "variant": "One of several cases, each with a value of its own or none: first the number of the case, then room for the largest.",
    "enum": "One of several names: a variant whose cases have no values.",
    "flags": "Names, each of which is set or not: one bit each, at most 32.",
    "resource": "Something that is handed around by handles, and stays with whoever made it. It has methods, not fields.",
    "type": "Another name for a type: `type size = u64;`.",
    "func": "A function: `name: func(a: u32) -> string;`.",
    "async": "`async func`: the function may wait before it returns, and others run meanwhile.",
    "static": "`name: static func(…)`: a function that belongs to a resource, but is not called on one.",
    "constructor": "What makes a resource: `constructor(size: u32);`, or `-> result<r, e>` when it can fail.",
    "interface": "Types and functions under one name, for worlds to import and export.",
    "world": "What a component needs (`import`) and what it offers (`export`).",
    "package": "`package namespace:name@1.0.0;`: what all interfaces and worlds of these files belong to.",
    "import": "What the component needs: an interface, or a function of its own.",
    "export": "What the component offers: an interface, or a function of its own.",
    "include": "Takes all imports and exports of another world into this one; `with { a as b }` renames.",
    "use": "Takes types of another interface in: `use streams.{input-stream};`.",
    "as": "Gives something another name here.",
    "with": "`include … with { a as b }`: new names for what is included.",
    "from": "A reserved word.",
}


def explanation(word: str) -> str | None:
    """What a keyword or built-in type means; `None` for other words."""
    plain = _PLAIN.get(word)
    if plain is None:
        return _WORDS.get(word)
    text, size, core = plain
    text = text if text.startswith("`") else text[0].upper() + text[1:]
    return f"{text}. {size} byte{'s' * (size > 1)}, aligned to {size}; core `{core}`."
