"""Components that give back what they are given, for any types, and random types and values to give them.

The guest is a program of its own for each type: it takes flat values from its parameters and stores them where a result lies, as compiled
code would, and has an allocator. Nothing here needs more than the core, so it runs in the page too.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from pycm_core.abi import layout
from pycm_core.abi.convert import INT_RANGE
from pycm_core.abi.values import Err, Ok, RecordValue, Some, VariantValue
from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.source import Source
from pycm_core.component import types as t
from pycm_core.component.binary.encode import encode
from pycm_core.component.syntax import StringEncoding
from pycm_core.component.text.parse import parse
from pycm_core.component.types import Prim
from pycm_core.wasm.syntax.types import NumType

I32, I64, F32, F64 = NumType.I32, NumType.I64, NumType.F32, NumType.F64
ENCODINGS = {StringEncoding.UTF8: "utf8", StringEncoding.UTF16: "utf16", StringEncoding.LATIN1_UTF16: "latin1+utf16"}
PRIMS = [p for p in Prim if p is not Prim.ERROR_CONTEXT]
KEYS = [p for p in PRIMS if p not in (Prim.F32, Prim.F64)]

# --- random types ----------------------------------------------------------------------------------------------------------


class Random:
    """Types and values from a seed. `gated` says whether to use what is behind a gate: maps and lists of fixed length."""

    def __init__(self, seed: int, gated: bool = True) -> None:
        self.rng = random.Random(seed)
        self.gated = gated

    def type(self, depth: int = 3) -> Any:
        """A type, at most `depth` constructors deep."""
        rng = self.rng
        if depth == 0 or rng.random() < 0.3:
            return rng.choice(PRIMS)
        match rng.randrange(10 if self.gated else 8):
            case 0:
                count = rng.choice((1, 2, 3, 5, 18))
                return t.Record(tuple(t.Field(f"f{i}-x", self.type(depth - 1 if count < 9 else 0)) for i in range(count)))
            case 1:
                count = rng.choice((1, 2, 3, 5, 17))
                return t.Tuple(tuple(self.type(depth - 1 if count < 9 else 0) for _ in range(count)))
            case 2:
                return t.List(self.type(depth - 1))
            case 3:
                count = rng.choice((1, 2, 3, 6, 300)) if depth > 1 else rng.choice((1, 3))
                payloads = [self.type(depth - 1) if rng.random() < 0.6 and i < 6 else None for i in range(count)]
                return t.Variant(tuple(t.Case(f"c{i}", payload) for i, payload in enumerate(payloads)))
            case 4:
                return t.Option(self.type(depth - 1))
            case 5:
                return t.Result(*(self.type(depth - 1) if rng.random() < 0.7 else None for _ in range(2)))
            case 6:
                return t.Flags(tuple(f"l{i}" for i in range(rng.choice((1, 7, 8, 9, 16, 17, 31, 32)))))
            case 7:
                return t.EnumType(tuple(f"e{i}" for i in range(rng.choice((1, 2, 255, 256, 257)))))
            case 8:
                return t.List(self.type(depth - 1), rng.choice((1, 2, 3, 9)))
            case _:
                return t.Map(rng.choice(KEYS), self.type(depth - 1))

    def value(self, type: Any) -> Any:
        """A value of `type`, as lifting would make it."""
        rng, payload = self.rng, self.payload
        match type:
            case Prim.BOOL:
                return rng.random() < 0.5
            case Prim.F32:
                return struct.unpack("<f", struct.pack("<f", self.float(1e38)))[0]
            case Prim.F64:
                return self.float(1e308)
            case Prim.CHAR:
                return self.char()
            case Prim.STRING:
                return self.text()
            case Prim():
                least, most = INT_RANGE[type]
                return rng.choice((least, most, 0, 1, rng.randint(least, most), rng.randint(least, most)))
            case t.List(element, length):
                count = rng.choice((0, 1, 2, 5)) if length is None else length
                if element is Prim.U8:
                    return rng.randbytes(count)
                return [self.value(element) for _ in range(count)]
            case t.Map(key, value):
                return {self.value(key): self.value(value) for _ in range(rng.randrange(4))}
            case t.Tuple(types):
                return tuple(map(self.value, types))
            case t.Record(fields):
                return RecordValue({f.label: self.value(f.type) for f in fields})
            case t.Variant(cases):
                case_ = rng.choice(cases[:8] + cases[-1:])
                return VariantValue(case_.label, payload(case_.type))
            case t.EnumType(labels):
                return rng.choice((labels[0], labels[-1], rng.choice(labels)))
            case t.Flags(labels):
                return frozenset(label for label in labels if rng.random() < 0.4)
            case t.Option(inner):
                if rng.random() < 0.4:
                    return None
                return Some(self.value(inner)) if isinstance(inner, t.Option) else self.value(inner)
            case t.Result(ok, error):
                return Ok(payload(ok)) if rng.random() < 0.5 else Err(payload(error))
        raise AssertionError(type)

    def payload(self, type: Any) -> Any:
        return None if type is None else self.value(type)

    def float(self, most: float) -> float:
        return self.rng.choice((0.0, -0.0, math.inf, -math.inf, math.nan, 0.5, 1e-40, self.rng.uniform(-most, most)))

    def char(self) -> str:
        rng = self.rng
        return chr(rng.choice((0, 0x7F, 0x80, 0xFF, 0x100, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF, rng.randrange(0x20, 0x7F))))

    def text(self) -> str:
        kind = self.rng.randrange(4)
        count = self.rng.choice((0, 1, 3, 20))
        if kind == 0:
            return "".join(self.char() for _ in range(count))
        return "".join(chr(self.rng.randrange(1, (0x80, 0x100, 0x800)[kind - 1])) for _ in range(count))


# --- the component ---------------------------------------------------------------------------------------------------------

GUEST = """
  (core module $Guest
    (memory (export "memory") 2)
    (global $room (mut i32) (i32.const 0x10000))
    (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and (i32.add (global.get $room) (i32.sub (local.get $align) (i32.const 1))) (i32.sub (i32.const 0) (local.get $align))))
      (global.set $room (i32.add (local.get $at) (local.get $size)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $room) (i32.shl (memory.size) (i32.const 16))))
        (br_if $fits (i32.ne (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))) (i32.const -1)))
        unreachable)
      (if (i32.gt_u (local.get $old_size) (local.get $size)) (then (local.set $old_size (local.get $size))))
      (memory.copy (local.get $at) (local.get $old) (local.get $old_size))
      (local.get $at))
    (func (export "free") (param i32) (global.set $room (i32.const 0x10000)))
{functions})
  (core instance $guest (instantiate $Guest))
  (alias core export $guest "memory" (core memory $memory))
  (alias core export $guest "realloc" (core func $realloc))
"""
RESULT = 0x100
"""Where the guest puts results."""


def component(types: Sequence[Any], encoding: StringEncoding = StringEncoding.UTF8, before: str = "") -> bytes:
    """A component that exports `echo-0`, … for the types, with this encoding of strings; `before` is text of its first definitions."""
    names, functions, lifts = TypeText(), [], []
    for i, type in enumerate(types):
        reference = names.reference(type)
        functions.append(echo(f"echo-{i}", type))
        spills = len(layout.flatten_type(type)) > 1
        after = ' (post-return (func $guest "free"))' if spills else ""
        lifts.append(
            f'  (func $echo{i} (param "x" {reference}) (result {reference})\n'
            f'    (canon lift (core func $guest "echo-{i}") (memory $memory) (realloc $realloc) string-encoding={ENCODINGS[encoding]}{after}))\n'
            f'  (export "echo-{i}" (func $echo{i}))\n'
        )
    text = (
        "(component\n"
        + before
        + GUEST.format(functions="\n".join(functions))
        + "\n".join(names.lines)
        + "\n"
        + "".join(lifts)
        + ")\n"
    )
    return encode(parse(Source(text, "echoes.wat"), features=ALL_FEATURES))


class TypeText:
    """Types as component text. What must have a name to be used in an export gets one, and is exported; or imported, to be used in imports too."""

    def __init__(self, *, imported: bool = False) -> None:
        self.lines: list[str] = []
        self.imported = imported

    def reference(self, type: Any) -> str:
        """How to refer to `type`, after `lines`."""
        refer = self.reference
        match type:
            case Prim():
                return str(type.value)
            case t.List(element, None):
                return f"(list {refer(element)})"
            case t.List(element, length):
                return f"(list {refer(element)} {length})"
            case t.Map(key, value):
                return f"(map {refer(key)} {refer(value)})"
            case t.Tuple(types):
                return f"(tuple {' '.join(map(refer, types))})"
            case t.Option(inner):
                return f"(option {refer(inner)})"
            case t.Result(ok, error):
                sides = ("" if ok is None else f" {refer(ok)}") + ("" if error is None else f" (error {refer(error)})")
                return f"(result{sides})"
            case t.Own(resource):
                return f"(own ${resource.id.name})"
            case t.Borrow(resource):
                return f"(borrow ${resource.id.name})"
            case t.Record(fields):
                return self.named("record " + " ".join(f'(field "{f.label}" {refer(f.type)})' for f in fields))
            case t.Variant(cases):
                return self.named(
                    "variant " + " ".join(f'(case "{c.label}"{"" if c.type is None else " " + refer(c.type)})' for c in cases)
                )
            case t.Flags(labels) | t.EnumType(labels):
                word = "flags" if isinstance(type, t.Flags) else "enum"
                return self.named(f"{word} " + " ".join(f'"{label}"' for label in labels))
        raise AssertionError(type)

    def named(self, definition: str) -> str:
        """A name for a definition."""
        n = len(self.lines)
        name = f'(import "t{n}" (type $t{n} (eq $d{n})))' if self.imported else f'(export $t{n} "t{n}" (type $d{n}))'
        self.lines.append(f"  (type $d{n} ({definition})) {name}")
        return f"$t{n}"


def echo(name: str, type: Any) -> str:
    """The guest's function for one type."""
    flat = layout.flatten_type(type)
    if len(flat) > layout.MAX_FLAT_PARAMS:  # a pointer comes, the same pointer goes
        return f'    (func (export "{name}") (param i32) (result i32) (local.get 0))'
    params = "".join(f" {kind.value}" for kind in flat)
    if len(flat) == 1:
        return f'    (func (export "{name}") (param{params}) (result{params}) (local.get 0))'
    values = iter([(f"(local.get {i})", kind) for i, kind in enumerate(flat)])
    body = "\n".join(store(type, RESULT, values))
    return f'    (func (export "{name}") (param{params}) (result i32)\n{body}\n      (i32.const {RESULT}))'


Flat = Iterator[tuple[str, NumType]]
"""Flat values: an expression and its type each."""

STORES = {
    **dict.fromkeys((Prim.BOOL, Prim.S8, Prim.U8), "i32.store8"),
    **dict.fromkeys((Prim.S16, Prim.U16), "i32.store16"),
    **dict.fromkeys((Prim.S32, Prim.U32, Prim.CHAR), "i32.store"),
    **dict.fromkeys((Prim.S64, Prim.U64), "i64.store"),
    Prim.F32: "f32.store",
    Prim.F64: "f64.store",
}
SIZED = {1: "i32.store8", 2: "i32.store16", 4: "i32.store"}


def store(type: Any, at: int, flat: Flat) -> Iterator[str]:
    """Instructions that store the next flat values as a value of `type` at the address `at`."""
    match layout.despecialize(type):
        case Prim.STRING | t.List(_, None):
            for offset in (0, 4):
                yield put("i32.store", at + offset, next(flat)[0])
        case Prim() as prim:
            yield put(STORES[prim], at, next(flat)[0])
        case t.List(element, int(length)):
            size = layout.elem_size(element)
            for i in range(length):
                yield from store(element, at + i * size, flat)
        case t.Record(fields):
            for field, offset in layout.field_offsets(fields):
                yield from store(field.type, at + offset, flat)
        case t.Flags(labels):
            yield put(SIZED[layout.flags_size(labels)], at, next(flat)[0])
        case t.Variant(cases):
            chosen = next(flat)[0]
            yield put(SIZED[layout.discriminant_size(cases)], at, chosen)
            payload = [next(flat) for _ in layout.flatten_payload(cases)]
            for i, case in enumerate(cases):
                if case.type is not None:
                    own = zip(payload, layout.flatten_type(case.type), strict=False)
                    inner = iter([(coerce(value, have, want), want) for (value, have), want in own])
                    yield f"(if (i32.eq {chosen} (i32.const {i})) (then"
                    yield from store(case.type, at + layout.payload_offset(cases), inner)
                    yield "))"
        case _:  # a handle
            yield put("i32.store", at, next(flat)[0])


def put(instruction: str, at: int, value: str) -> str:
    return f"      ({instruction} (i32.const {at}) {value})"


def coerce(value: str, have: NumType, want: NumType) -> str:
    """A value of a joined type as one of a case's own."""
    if have is want:
        return value
    if have is I64 and want in (I32, F32):
        value = f"(i32.wrap_i64 {value})"
    return value if want is I32 else f"({want.value}.reinterpret_{'i64' if want is F64 else 'i32'} {value})"


def same(a: Any, b: Any) -> bool:
    """Equality in which NaN equals NaN and 0.0 differs from -0.0."""
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    if isinstance(a, str) and isinstance(b, str):
        return str(a) == str(b)
    if type(a) is not type(b):
        return False
    if isinstance(a, RecordValue):
        return list(a.__dict__) == list(b.__dict__) and all(map(same, a.__dict__.values(), b.__dict__.values()))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(same, a.values(), b.values()))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, VariantValue):
        return a.tag == b.tag and same(a.value, b.value)
    if isinstance(a, Ok | Err | Some):
        return same(a.value, b.value)
    return bool(a == b)
