"""Random valid functions over references: structures, arrays, casts, tables, segments, calls by reference and exceptions.

`{n}` is a small number; the other kinds are types.
"""

from __future__ import annotations

from random import Random

from .grammar import Writer

PRELUDE = r"""
(rec
  (type $s0 (sub (struct (field (mut i8)) (field (mut i32)) (field (mut (ref null $s0))) (field (mut anyref)))))
  (type $s1 (sub $s0 (struct (field (mut i8)) (field (mut i32)) (field (mut (ref null $s0))) (field (mut anyref))
    (field (mut i16)) (field (mut f64))))))
(type $s2 (sub final $s1 (struct (field (mut i8)) (field (mut i32)) (field (mut (ref null $s0))) (field (mut anyref))
  (field (mut i16)) (field (mut f64)) (field i64))))
(type $bytes (array (mut i8)))
(type $shorts (array (mut i16)))
(type $words (array (mut i32)))
(type $structs (array (mut (ref null $s0))))
(type $funcs (array (mut funcref)))
(type $f (func (param i32) (result i32)))
(type $g (func (param i32 i32) (result i32)))
(tag $e0 (param i32))
(tag $e1 (param i32 anyref))
(memory (export "memory") 1)
(table $tf 6 12 funcref)
(table $ts 5 20 (ref null $s0))
(table $te 4 8 funcref (ref.func $h0))
(elem (table $tf) (i32.const 1) func $h0 $h1)
(elem $ef func $h0 $h1 $h2)
(elem $ex funcref (ref.func $h1) (ref.null func) (ref.func $h0))
(elem $es (ref null $s0)
  (struct.new_default $s1) (ref.null $s0) (struct.new $s0 (i32.const 300) (i32.const 7) (ref.null $s0) (ref.i31 (i32.const 9))))
(elem declare func $h0 $h1 $h2)
(data $d "abcdefghijklmnop\ff\fe\80\7f")
(data $d2 "\01\02\03\04\05\06\07\08")
(global $g0 (mut i32) (i32.const 5))
(global $gs (mut (ref null $s0)) (struct.new $s0 (i32.const -1) (i32.const 11) (ref.null $s0) (ref.null any)))
(global $gb (ref $bytes) (array.new_fixed $bytes 3 (i32.const 1) (i32.const 2) (i32.const 300)))
(func $h0 (type $f) (i32.add (local.get 0) (i32.const 3)))
(func $h1 (type $f)
  (if (i32.gt_s (local.get 0) (i32.const 20)) (then (throw $e0 (local.get 0))))
  (i32.mul (local.get 0) (i32.const 3)))
(func $h2 (type $g)
  (if (i32.eqz (local.get 1)) (then (throw $e1 (local.get 0) (ref.i31 (local.get 0)))))
  (i32.div_s (local.get 0) (local.get 1)))
"""

TYPES = {
    "i32": "i32", "any": "anyref", "s0": "(ref null $s0)", "s1": "(ref null $s1)", "bytes": "(ref null $bytes)",
    "words": "(ref null $words)", "structs": "(ref null $structs)", "func": "funcref", "f": "(ref null $f)",
}  # fmt: skip

ENDS = {
    "i32": [],
    "any": ["(ref.null any)", "(ref.i31 {n})", "(global.get $gs)", "(global.get $gb)"],
    "s0": ["(global.get $gs)", "(struct.new_default $s0)", "(struct.new_default $s2)", "(ref.null none)"],
    "s1": ["(struct.new_default $s1)", "(struct.new_default $s2)", "(ref.null $s1)"],
    "bytes": ["(global.get $gb)", "(array.new_default $bytes (i32.const 4))", "(array.new_data $bytes $d (i32.const 2) (i32.const 5))"],
    "words": ["(array.new_fixed $words 2 (i32.const 7) (i32.const -8))", "(array.new_data $words $d (i32.const 1) (i32.const 2))"],
    "structs": ["(array.new_elem $structs $es (i32.const 0) (i32.const 3))", "(array.new_default $structs (i32.const 3))"],
    "func": ["(ref.func $h0)", "(ref.func $h2)", "(ref.null func)"],
    "f": ["(ref.func $h0)", "(ref.func $h1)"],
}  # fmt: skip

EXPRESSIONS = {
    "i32": [
        *(f"(i32.{op} {{i32}} {{i32}})" for op in ("add", "sub", "mul", "and", "xor", "shl", "shr_s", "lt_s", "ge_u", "div_s")),
        "(struct.get_s $s0 0 {s0})", "(struct.get_u $s0 0 {s0})", "(struct.get $s0 1 {s0})", "(struct.get_s $s1 4 {s1})",
        "(i32.trunc_sat_f64_s (struct.get $s1 5 {s1}))", "(i32.wrap_i64 (struct.get $s2 6 (ref.cast (ref null $s2) {s0})))",
        "(array.get_s $bytes {bytes} {n})", "(array.get_u $bytes {bytes} {i32})", "(array.get $words {words} {n})",
        "(array.get_u $shorts (array.new_data $shorts $d2 {n} {n}) {n})", "(array.get $words (array.new $words {i32} {n}) {n})",
        "(array.len {bytes})", "(array.len {words})", "(array.len {structs})",
        "(ref.is_null {any})", "(ref.is_null {s1})", "(ref.is_null {f})", "(ref.is_null (ref.i31 {i32}))",
        "(ref.eq {s0} {s1})", "(ref.eq {bytes} {bytes})", "(ref.eq (ref.i31 {n}) (ref.i31 {i32}))",
        *(f"(ref.test {type} {{any}})" for type in ("(ref $s0)", "(ref null $s1)", "(ref $s2)", "(ref i31)", "(ref struct)",
          "(ref array)", "(ref eq)", "(ref null none)", "(ref $bytes)", "(ref null $structs)")),
        "(ref.test (ref $f) {func})", "(ref.test (ref $g) {func})",
        "(i31.get_s (ref.cast (ref i31) {any}))", "(i31.get_u (ref.cast (ref null i31) {any}))",
        "(call_ref $f {i32} {f})", "(call_indirect $tf (type $f) {i32} {n})", "(call_indirect $te (type $g) {i32} {i32} {n})",
        "(call $h1 {i32})", "(call $h2 {i32} {i32})", "(global.get $g0)",
        "(table.size $tf)", "(table.size $ts)", "(table.grow $ts {s0} {n})", "(table.grow $tf {func} {n})",
        "(block $a{L} (result i32) (drop (block $b{L} (result (ref $s1)) (br $a{L} (ref.is_null (br_on_cast $b{L} anyref (ref $s1) {any})))))"
        " {i32})",
        "(block $a{L} (result i32) (drop (block $b{L} (result anyref) (br $a{L} (struct.get $s0 1"
        " (br_on_cast_fail $b{L} anyref (ref $s0) {any}))))) {i32})",
        "(block $a{L} (result i32) (block $b{L} (br $a{L} (struct.get $s0 1 (br_on_null $b{L} {s0})))) {i32})",
        "(struct.get $s0 1 (block $a{L} (result (ref $s0)) (br_on_non_null $a{L} {s0}) (return {i32})))",
        "(block $a{L} (result i32) (try_table (result i32) (catch $e0 $a{L}) {i32}))",
        "(block $a{L} (result i32) (block $b{L} (result i32 anyref) (br $a{L} (try_table (result i32) (catch $e1 $b{L}) {i32})))"
        " (local.set $any1))",
        "(block $a{L} (result i32) (throw_ref (block $b{L} (result exnref) (br $a{L}"
        " (try_table (result i32) (catch_all_ref $b{L}) {i32})))))",
    ],
    "any": ["(ref.i31 {i32})", "{s0}", "{bytes}", "{words}", "{structs}", "(struct.get $s0 3 {s0})", "(ref.as_non_null {any})",
            "(any.convert_extern (extern.convert_any {any}))",
            "(block $a{L} (result anyref) (block $b{L} (br $a{L} (try_table (result anyref) (catch_all $b{L}) {any}))) (local.get $any0))"],
    "s0": ["(struct.new $s0 {i32} {i32} {s0} {any})", "(struct.get $s0 2 {s0})", "(array.get $structs {structs} {n})",
           "(table.get $ts {n})", "(ref.cast (ref null $s0) {any})", "(ref.cast (ref $s0) {any})", "{s1}",
           "(struct.new $s2 {i32} {i32} {s0} {any} {i32} (f64.convert_i32_s {i32}) (i64.extend_i32_s {i32}))"],
    "s1": ["(struct.new $s1 {i32} {i32} {s0} {any} {i32} (f64.convert_i32_s {i32}))", "(ref.cast (ref null $s1) {s0})",
           "(ref.cast (ref $s2) {s0})", "(ref.as_non_null {s1})"],
    "bytes": ["(array.new $bytes {i32} {n})", "(array.new_data $bytes $d {n} {n})", "(array.new_data $bytes $d2 {n} {n})",
              "(ref.cast (ref $bytes) {any})", "(array.new_fixed $bytes 2 {i32} {i32})"],
    "words": ["(array.new_fixed $words 3 {i32} {i32} {n})", "(array.new_data $words $d {n} {n})"],
    "structs": ["(array.new_elem $structs $es {n} {n})", "(array.new $structs {s0} {n})"],
    "func": ["{f}", "(table.get $tf {n})", "(array.get $funcs (array.new_elem $funcs $ex {n} {n}) {n})"],
    "f": ["(ref.cast (ref null $f) {func})"],
}  # fmt: skip

ANYWHERE = (
    "(local.tee ${kind}0 {{{kind}}})",
    "(if (result {type}) {{i32}} (then {{{kind}}}) (else {{{kind}}}))",
    "(select (result {type}) {{{kind}}} {{{kind}}} {{i32}})",
    "(block (result {type}) {{statement}} {{{kind}}})",
    "(block $a{{L}} (result {type}) (drop (block $b{{L}} (result exnref)"
    " (br $a{{L}} (try_table (result {type}) (catch_all_ref $b{{L}}) {{{kind}}})))) (local.get ${kind}1))",
)
"""What gives an operand of any kind."""

STATEMENTS = [
    *(f"(local.set ${kind}1 {{{kind}}})" for kind in TYPES),
    "(struct.set $s0 0 {s0} {i32})", "(struct.set $s0 1 {s0} {i32})", "(struct.set $s0 2 {s0} {s0})", "(struct.set $s0 3 {s0} {any})",
    "(struct.set $s1 4 {s1} {i32})", "(array.set $bytes {bytes} {n} {i32})", "(array.set $words {words} {n} {i32})",
    "(array.set $structs {structs} {n} {s0})", "(array.fill $bytes {bytes} {n} {i32} {n})",
    "(array.copy $bytes $bytes {bytes} {n} {bytes} {n} {n})", "(array.copy $structs $structs {structs} {n} {structs} {n} {n})",
    "(array.init_data $bytes $d {bytes} {n} {n} {n})", "(array.init_data $words $d {words} {n} {n} {n})",
    "(array.init_elem $structs $es {structs} {n} {n} {n})", "(table.set $ts {n} {s0})", "(table.set $tf {n} {func})",
    "(table.fill $ts {n} {s0} {n})", "(table.copy $tf $te {n} {n} {n})", "(table.copy $ts $ts {n} {n} {n})",
    "(table.init $tf $ef {n} {n} {n})", "(table.init $tf $ex {n} {n} {n})", "(table.init $ts $es {n} {n} {n})",
    "(elem.drop $ef)", "(data.drop $d2)", "(global.set $g0 {i32})", "(global.set $gs {s0})",
    "(if {i32} (then (throw $e0 {i32})))",
]  # fmt: skip

FIRST = {
    "any": "(ref.i31 (i32.const 5))", "s0": "(struct.new_default $s1)", "s1": "(struct.new_default $s2)", "bytes": "(global.get $gb)",
    "func": "(ref.func $h1)", "f": "(ref.func $h0)", "i32": "(i32.const 2)",
}  # fmt: skip
"""What a local may hold first."""
NUMBERS = [f"(i32.const {n})" for n in (0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 20)]

GRAMMAR = {"statement": STATEMENTS} | {
    kind: [*texts * 4, *[text.format(kind=kind, type=TYPES[kind]) for text in ANYWHERE] * (len(texts) // 5 + 1)]
    for kind, texts in EXPRESSIONS.items()
}
ALL_ENDS = {"n": NUMBERS} | {
    kind: [*(texts or NUMBERS), *[f"(local.get ${kind}0)", f"(local.get ${kind}1)"] * 2] for kind, texts in ENDS.items()
}


def references(random: Random, functions: int) -> str:
    """A module: `f0` to `f…` each store at 8 times their number what a function gave or threw, and a global."""
    texts = []
    writer = Writer(random, GRAMMAR, ALL_ENDS)
    for i in range(functions):
        locals = "".join(f"(local ${kind}{k} {type})" for kind, type in TYPES.items() for k in range(2))
        first = "".join(
            f"(local.set ${kind}{k} {text})" for kind, text in FIRST.items() for k in range(2) if random.random() < 0.9
        )
        body = "\n".join(writer.write("statement", 3, 80) for _ in range(random.randrange(4)))
        texts.append(
            f"(func $r{i} (result i32) {locals} {first}\n{body}\n{writer.write('i32', random.randrange(2, 5), 80)})\n"
            f'(func (export "f{i}")\n'
            f"(i32.store (i32.const {8 * i}) (block $c (result i32) (try_table (result i32) (catch $e0 $c) (call $r{i}))))\n"
            f"(i32.store offset=4 (i32.const {8 * i}) (global.get $g0)))\n"
        )
    return f"(module {PRELUDE} {''.join(texts)})"
