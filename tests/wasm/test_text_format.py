"""The text format where the suites say little: names, custom sections, places of faults, numbers."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycm_core.base.errors import Invalid, Malformed
from pycm_core.base.source import Source, Span
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.binary.module import decode, sections
from pycm_core.wasm.binary.names import NameKind, names_of
from pycm_core.wasm.text import numbers
from pycm_core.wasm.text.lexer import place
from pycm_core.wasm.text.module import parse
from pycm_core.wasm.text.objdump import objdump
from pycm_core.wasm.text.print import print_module
from pycm_core.wasm.text.strings import floating
from pycm_core.wasm.valid.module import validate

# The example of the core specification, "Custom Annotations".
CUSTOMS = """
(module
  (@custom "A" "aaa")
  (type $t (func))
  (@custom "B" (after func) "bbb")
  (@custom "C" (before func) "ccc")
  (@custom "D" (after last) "ddd")
  (table 10 funcref)
  (func (type $t))
  (@custom "E" (after import) "eee")
  (@custom "F" (before type) "fff")
  (@custom "G" (after data) "ggg")
  (@custom "H" (after code) "hhh")
  (@custom "I" (after func) "iii")
  (@custom "J" (before func) "jjj")
  (@custom "K" (before first) "kkk")
)
"""
ORDER = ["K", "F", "type", "E", "C", "J", "func", "B", "I", "table", "code", "H", "G", "name", "A", "D"]


def layout(data: bytes) -> list[str]:
    """The sections of a binary: names of custom ones, kinds of others."""
    out = []
    for section in sections(data):
        content = data[section.start : section.end]
        out.append(section.id.name.lower() if section.id.value else content[1 : 1 + content[0]].decode())
    return out


def test_custom_sections_are_placed() -> None:
    module = parse(Source(CUSTOMS))
    assert layout(encode(module)) == ORDER
    assert layout(encode(parse(Source(print_module(module))))) == ORDER


def test_names_come_from_identifiers_and_annotations() -> None:
    text = """
    (module $m
      (type $s (struct (field $x i32) (field (@name "a b") i64)))
      (func $f (@name "f!\\n") (param $p i32) (local $l i64) (block $b))
      (func $"quoted id" (param i32 i64))
      (tag $t))
    """
    names = names_of(parse(Source(text)))
    assert names.module == "m"
    assert names.of(NameKind.FUNC) == {0: "f!\n", 1: "quoted id"}
    assert names.within(NameKind.LOCAL, 0) == {0: "p", 1: "l"}
    assert names.within(NameKind.LABEL, 0) == {0: "b"}
    assert names.within(NameKind.FIELD, 0) == {0: "x", 1: "a b"}
    assert names.of(NameKind.TAG) == {0: "t"}
    printed = print_module(parse(Source(text)))
    assert names_of(parse(Source(printed))) == names


def test_names_that_occur_twice_are_printed_apart() -> None:
    text = '(module (func $a) (func (@name "a")) (func (@name "")) (start 1))'
    printed = print_module(parse(Source(text)))
    assert names_of(parse(Source(printed))).of(NameKind.FUNC) == {0: "a", 1: "a", 2: ""}
    assert '(func $a#1 (@name "a") (;1;)' in printed


def test_a_skeleton_leaves_bodies_out() -> None:
    printed = print_module(parse(Source('(module (func $f (result i32) (i32.const 1)) (memory (data "abc")))')), skeleton=True)
    assert "(func $f (;0;) (type 0) (result i32) ...)" in printed
    assert "abc" not in printed


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("(module (func (i32.foo)))", "unknown operator `i32.foo`", "(i32.foo"),
        ("(module (func (call $x)))", "unknown func `$x`", "$x"),
        ("(module (func $x) (func $x))", "duplicate func `$x`", "$x"),
        ("(module (func (i32.const 4294967296)))", "i32 constant out of range: `4294967296`", "4294967296"),
        ('(module (data "\\zz"))', "malformed string escape", "\\z"),
        ("(module (func", "unexpected end: `(` is never closed", "("),
    ],
)
def test_faults_know_their_place(text: str, message: str, at: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(Source(text))
    assert caught.value.message == message
    where = caught.value.where
    assert isinstance(where, Span)
    assert where.text() == at
    assert where.start == text.rindex(at)


def test_validation_of_texts_knows_its_place() -> None:
    source = Source("(module (func (result i32)\n  (i32.add (i32.const 1) (i64.const 2))))")
    with pytest.raises(Invalid) as caught:
        validate(parse(source), place=lambda at: place(source, at))
    where = caught.value.where
    assert isinstance(where, Span)
    assert where.text() == "i32.add"
    assert caught.value.message == "type mismatch: expected i32, found i64"
    assert caught.value.context == ["function 0"]


def test_validation_of_binaries_knows_its_offset() -> None:
    data = encode(parse(Source("(module (func (result i32) (i64.const 2)))")))
    with pytest.raises(Invalid) as caught:
        validate(decode(data, 1000))
    assert caught.value.to_data()["where"] == {"offset": 1000 + len(data) - 1}


@given(st.integers(0, (1 << 32) - 1))
def test_every_f32_prints_as_itself(bits: int) -> None:
    assert numbers.floating(floating(bits, 32), 32) == bits


@given(st.integers(0, (1 << 64) - 1))
def test_every_f64_prints_as_itself(bits: int) -> None:
    assert numbers.floating(floating(bits, 64), 64) == bits


@given(st.integers(0, 10**30), st.integers(-60, 20))
def test_f32_literals_are_rounded_once(mantissa: int, exponent: int) -> None:
    text = f"{mantissa}e{exponent}"
    try:
        bits = numbers.floating(text, 32)
    except numbers.OutOfRange:
        return
    assert bits is not None
    exact = Fraction(mantissa) * Fraction(10) ** exponent

    def value(b: int) -> Fraction:
        return Fraction(struct.unpack("<f", struct.pack("<I", b))[0])

    error = abs(value(bits) - exact)
    for other in (bits - 1, bits + 1):
        if 0 <= other < 0x7F800000:
            distance = abs(value(other) - exact)
            assert error < distance or (error == distance and bits % 2 == 0)


@given(st.integers(1, 1 << 80), st.integers(-200, 60))
def test_hexadecimal_literals_agree_with_decimal_ones(mantissa: int, exponent: int) -> None:
    exact = Fraction(mantissa) * Fraction(2) ** exponent
    try:
        bits = numbers.floating(f"{mantissa:#x}p{exponent}", 32)
    except numbers.OutOfRange:
        return
    digits = exact.numerator * 10**400 // exact.denominator if exponent < 0 else exact.numerator * 10**400
    assert numbers.floating(f"{digits}e-400", 32) == bits


def test_objdump_covers_every_byte() -> None:
    data = encode(parse(Source(CUSTOMS.replace("(func (type $t))", "(func $f (local i32) (block $b (br_if $b (i32.const 3))))"))))
    entries = list(objdump(data, 100))
    covered = bytearray(len(data))
    for entry in entries:
        assert 100 <= entry.start <= entry.end <= 100 + len(data)
        covered[entry.start - 100 : entry.end - 100] = b"\1" * (entry.end - entry.start)
    assert 0 not in covered
    assert [entry.text for entry in entries if entry.what == "instr"] == ["block $b", "i32.const 3", "br_if $b", "end"]
    starts = [entry.start for entry in entries]
    assert starts == sorted(starts)
