"""Random valid functions over a memory: accesses of every width, at addresses of every kind, aligned as they say and not, near the end and
beyond, in counted loops and behind comparisons, between calls and growth.
"""

from __future__ import annotations

from random import Random

from .grammar import Writer

LOADS = {
    "i32": {"i32.load8_u": 1, "i32.load8_s": 1, "i32.load16_u": 2, "i32.load16_s": 2, "i32.load": 4},
    "i64": {"i64.load8_s": 1, "i64.load16_u": 2, "i64.load32_u": 4, "i64.load32_s": 4, "i64.load": 8},
    "f32": {"f32.load": 4},
    "f64": {"f64.load": 8},
}
STORES = {
    "i32": {"i32.store8": 1, "i32.store16": 2, "i32.store": 4},
    "i64": {"i64.store16": 2, "i64.store32": 4, "i64.store": 8},
    "f32": {"f32.store": 4},
    "f64": {"f64.store": 8},
}
POINTERS = ("(local.get $p0)", "(local.get $p1)", "(local.get $p2)")


def consts(*numbers: int, type: str = "i32") -> list[str]:
    return [f"({type}.const {n})" for n in numbers]


def aligned(size: int) -> list[str]:
    """Alignments that an access of a size may say it has."""
    return [f"align={align}" for align in (1, 2, 4, 8) if align <= size]


STORED = [
    f"({op} {{offset}} {align} {{address}} {{{type}}})"
    for type, ops in STORES.items() for op, size in ops.items() for align in aligned(size)
]  # fmt: skip
INNER = [
    *STORED,
    *("(local.set $p0 {address})", "(local.set $p1 {address})", "(local.set $p2 {address})") * 2,
    *("(local.set $x {i32})", "(local.set $y {i64})") * 3,
    *("(if {cond} (then {inner} {inner}))", "(if {i32} (then {inner}) (else {inner}))") * 2,
    "(local.set $x (i32.add (local.get $x) (call $count {address})))",
    "(memory.fill {address} {i32} {size})", "(memory.copy {address} {address} {size})",
    "(drop (memory.grow (i32.const 1)))",
]  # fmt: skip
GRAMMAR = {
    "offset": [f"offset={n}" for n in (0, 0, 0, 1, 2, 4, 8, 12, 16, 64, 65532, 65536)],
    "cond": [
        f"(i32.{op} {{counter}} {{bound}})" for op in ("lt_u", "lt_s", "ge_u", "gt_s", "eq", "ne", "le_u")
    ],
    "counter": [*POINTERS, "(local.get $i)", "(local.get $j)", "(local.get $x)"],
    "address": [
        *POINTERS * 3,
        "(i32.add {address} {step})", "(i32.add {address} (i32.shl (local.get $i) {shift}))", "(i32.sub {address} {step})",
        "(i32.and {address} {mask})", "(i32.mul {counter} {step})", "(i32.or {address} (i32.const 3))", "(i32.xor {address} {step})",
        "(i32.shl {counter} {shift})", "(i32.shr_u {address} {shift})", "(i32.rem_u {address} (i32.const 100))",
        "(select {address} {address} {cond})", "(i32.sub {bound} {address})", "(i32.wrap_i64 (i64.add (local.get $y) (i64.const 4)))",
        "(local.tee $p1 {address})", "{bound}",
    ],
    "inner": INNER,
    "statement": [
        *INNER,
        *("(local.set $i (i32.const 0)) (loop $a{L} {inner} {inner} (local.set $p0 (i32.add (local.get $p0) {step}))"
          " (br_if $a{L} (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) {rounds})))",
          "(local.set $j {rounds}) (block $a{L} (loop $b{L} (br_if $a{L} {cond}) {inner} (local.set $p1 (i32.sub (local.get $p1) {step}))"
          " (br_if $b{L} (local.tee $j (i32.sub (local.get $j) (i32.const 1))))))",
          "(local.set $j (i32.const 0)) (block $a{L} (loop $b{L} (br_if $a{L} (i32.ge_s (local.get $j) {rounds})) {inner}"
          " (local.set $p2 (i32.add (local.get $p2) {step})) (local.set $j (i32.add (local.get $j) (i32.const 4))) (br $b{L})))") * 4,
    ],
    **{
        type: [
            *(f"({op} {{offset}} {align} {{address}})" for op, size in ops.items() for align in aligned(size)),
            *(f"({type}.{op} {{{type}}} {{{type}}})" for op in ("add", "sub", "xor", "rotl") if type[0] == "i"),
        ]
        for type, ops in LOADS.items()
    },
}  # fmt: skip
BOUNDS = (0, 1, 4, 17, 100, 65528, 65532, 65534, 65535, 65536, 131064, 131068, 131072, -1, -4)
ENDS = {
    "address": POINTERS,
    "i32": ["(local.get $i)", "(local.get $x)", *consts(0, 1, 255, -1, 0x12345678)],
    "i64": ["(local.get $y)", "(i64.extend_i32_u (local.get $i))", *consts(0, -1, 0x1122334455667788, type="i64")],
    "f32": ["(f32.const 1.5)", "(f32.const -0)"],
    "f64": ["(f64.const 1.5)", "(f64.const 3e5)"],
    "inner": ["(nop)"],
    "bound": consts(*BOUNDS),
    "step": consts(1, 1, 2, 4, 4, 8, 16, -4, -8),
    "shift": consts(0, 1, 2, 3),
    "mask": consts(-2, -4, -8, 0xFFFF, 0xFFFC),
    "rounds": consts(3, 5, 17),
    "size": consts(0, 1, 7, 64),
}
STARTS = (0, 8, 16, 100, 101, 1024, 65500, 65520, 65534, 131000, 131060, 131070, 196576)
LOCALS = "(local $p0 i32) (local $p1 i32) (local $p2 i32) (local $i i32) (local $j i32) (local $x i32) (local $y i64)"


def memory_functions(random: Random, functions: int) -> str:
    """A module: `f0` to `f…` change its memory, and store what their locals hold at last."""
    writer = Writer(random, GRAMMAR, ENDS)
    texts = []
    for i in range(functions):
        starts = "".join(f"(local.set $p{k} (i32.const {random.choice(STARTS)}))" for k in range(3))
        body = "\n".join(writer.write("statement", 4, 40) for _ in range(random.choice((3, 6, 10))))
        texts.append(
            f'(func (export "f{i}") {LOCALS} {starts}\n{body}\n'
            f"(i32.store (i32.const {2048 + 64 * i}) (local.get $x)) (i64.store (i32.const {2056 + 64 * i}) (local.get $y)))\n"
        )
    letters = "".join(chr(97 + k % 26) for k in range(200))
    return f"""(module
      (memory (export "memory") 2 4) (data (i32.const 0) "{letters}")
      (func $count (param $p i32) (result i32)
        (i32.store offset=4 align=4 (local.get $p) (i32.add (i32.load align=4 (local.get $p)) (i32.const 1)))
        (i32.load8_u offset=5 (local.get $p)))
      {"".join(texts)})"""
