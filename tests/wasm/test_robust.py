"""Hostile input: whatever it is, only the documented errors come out, in bounded depth and linear time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pycm_core.base.errors import Exhaustion, Invalid, Malformed
from pycm_core.base.features import DEFAULT_FEATURES
from pycm_core.base.limits import Limits
from pycm_core.base.source import Source
from pycm_core.base.writer import sized, unsigned
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.binary.module import decode, module_type
from pycm_core.wasm.binary.names import Names, decode_into, names_of
from pycm_core.wasm.syntax.module import Module
from pycm_core.wasm.text.lexer import read
from pycm_core.wasm.text.module import parse
from pycm_core.wasm.text.print import print_module
from pycm_core.wasm.valid.module import validate, validate_binary

HEADER = b"\0asm\1\0\0\0"
KNOWN = (Malformed, Invalid, Exhaustion)

SEED = """
(module $m
  (type $f (func (param i32 i64) (result f32)))
  (rec (type $s (sub (struct (field $x (mut i8)) (field (ref null $a))))) (type $a (array (mut (ref null $s)))))
  (import "a" "b" (func $imported (type $f)))
  (import "a" "m" (memory 1 2))
  (table $t 1 10 funcref)
  (memory $n i64 1 2)
  (tag $e (param i32))
  (global $g (mut i32) (i32.const -1))
  (export "run" (func $run))
  (elem (i32.const 0) $imported $run)
  (data $d (i32.const 8) "hello\\00\\ff")
  (func $run (param $p i32) (result i32) (local $l f64)
    (block $out (result i32)
      (if (local.get $p) (then (br $out (i32.const 1))) (else (call $tail)))
      (try_table (catch $e $out) (throw $e (i32.load8_u offset=3 (i32.const 2))))
      (drop (struct.get_s $s $x (struct.new_default $s)))
      (drop (v128.const f32x4 1 2 nan inf))
      (memory.init $n $d (i64.const 0) (i32.const 0) (i32.const 1))
      (br_table $out $out (i32.const 4) (local.get $p))))
  (func $tail (return_call $tail))
  (@custom "note" (after code) "x"))
"""


def seed() -> bytes:
    return encode(parse(Source(SEED)))


def whole(data: bytes) -> Module | None:
    """Everything we do with a binary; `None` when it is rejected."""
    for run in (module_type, validate_binary):
        with contextlib.suppress(KNOWN):
            run(data)
    try:
        module = decode(data)
        names_of(module)
        assert decode(encode(module)) == module
        validate(module, DEFAULT_FEATURES)
    except KNOWN:
        return None
    assert parse(Source(print_module(module))).funcs == module.funcs
    return module


def test_the_seed_is_valid() -> None:
    assert whole(seed()) is not None


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    whole(data)
    whole(HEADER + data)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 13), st.binary(max_size=60)), max_size=6))
def test_random_sections(sections: list[tuple[int, bytes]]) -> None:
    whole(HEADER + b"".join(bytes([id]) + sized(content) for id, content in sections))


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_mutated_modules(data: st.DataObject) -> None:
    content = bytearray(seed())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(8, len(content) - 1))
        match data.draw(st.integers(0, 2)):
            case 0:
                content[at] = data.draw(st.integers(0, 255))
            case 1:
                del content[at]
            case _:
                content[at:at] = data.draw(st.binary(max_size=3))
    whole(bytes(content))


TOKENS = [
    *SEED.replace("(", " ( ").replace(")", " ) ").split(),
    "nan:0x1",
    "-0x1p-3",
    "(@",
    '"\\u{d800}"',
    "(;",
    ";)",
    "$",
    "i32.const",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=30))
def test_random_tokens(tokens: list[str]) -> None:
    with contextlib.suppress(KNOWN):
        validate(parse(Source(" ".join(tokens))))


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_mutated_texts(data: st.DataObject) -> None:
    tokens = SEED.replace("(", " ( ").replace(")", " ) ").split()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(tokens) - 1))
        tokens[at] = data.draw(st.sampled_from(TOKENS))
    with contextlib.suppress(KNOWN):
        validate(parse(Source(" ".join(tokens))))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_random_text(text: str) -> None:
    with contextlib.suppress(KNOWN):
        parse(Source(text))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_random_name_sections(content: bytes) -> None:
    with contextlib.suppress(Malformed):
        decode_into(Names(), content)


DEEP = 30_000

BOMBS: dict[str, Callable[[], str]] = {
    "lists": lambda: "(" * DEEP,
    "annotations": lambda: "(@a " * DEEP,
    "comments": lambda: "(;" * DEEP,
    "folded": lambda: "(module (func " + "(drop " * DEEP + ")" * DEEP + "))",
    "folded blocks": lambda: "(module (func " + "(block " * DEEP + ")" * DEEP + "))",
    "folded ifs": lambda: "(module (func " + "(if (i32.const 1) (then " * DEEP + "))" * DEEP + "))",
    "blocks": lambda: "(module (func " + "block " * DEEP + "end " * DEEP + "))",
    "labels": lambda: "(module (func " + "block $x br $x " * DEEP + "end " * DEEP + "))",
    "memory": lambda: "(module (memory 0xffffffffffffffff))",
    "locals": lambda: "(module (func (local" + " i64" * DEEP + ")))",
    "digits": lambda: f"(module (global i32 (i32.const {'1' * DEEP})))",
    "float digits": lambda: f"(module (global f32 (f32.const 0.{'1' * DEEP}e{'9' * 3000})))",
    "hex digits": lambda: f"(module (global f32 (f32.const 0x{'1' * DEEP}p-{'9' * 30})))",
    "supertypes": lambda: "(module (type (sub (struct)))" + "".join(f"(type (sub {i} (struct)))" for i in range(2000)) + ")",
}


@pytest.mark.parametrize("name", BOMBS)
def test_text_bombs(name: str) -> None:
    start = time.process_time()
    try:
        module = parse(Source(BOMBS[name]()))
        print_module(module)
        validate(module)
        assert decode(encode(module)) == module
    except KNOWN:
        pass
    assert time.process_time() - start < 60


def section(id: int, content: bytes) -> bytes:
    return bytes([id]) + sized(content)


def body(code: bytes, locals: bytes = b"\0") -> bytes:
    """A module of one function."""
    code_section = section(10, b"\1" + sized(locals + code + b"\x0b"))
    return HEADER + section(1, b"\1\x60\0\0") + section(3, b"\1\0") + code_section


BINARY_BOMBS: dict[str, bytes] = {
    "count of types": HEADER + section(1, unsigned(0xFFFFFFFF)),
    "count of locals": body(b"", b"\1" + unsigned(0xFFFFFFFF) + b"\x7f"),
    "count of locals in many runs": body(b"", b"\2" + (unsigned(0x7FFFFFFF) + b"\x7f") * 2),
    "count of labels": body(b"\x0e" + unsigned(0xFFFFFFFF)),
    "operands of an array": body(b"\0\xfb\x08\0" + unsigned(0xFFFFFFFF)),
    "nested blocks": body(b"\x02\x40" * DEEP + b"\x0b" * DEEP),
    "padded numbers": body(b"\x41" + b"\x80" * DEEP),
    "table": HEADER + section(4, b"\1\x70\x00" + unsigned((1 << 32) - 1)),
    "data length": HEADER + section(11, b"\1\1" + unsigned(0xFFFFFFFF)),
    "names": HEADER + section(0, b"\4name" + b"\1\5" + unsigned(0xFFFFFFFF)),
}


@pytest.mark.parametrize("name", BINARY_BOMBS)
def test_binary_bombs(name: str) -> None:
    start = time.process_time()
    try:
        module = whole(BINARY_BOMBS[name])
        assert module is None or name in ("nested blocks", "table", "names")
    except Exhaustion:
        pass
    assert time.process_time() - start < 60


def test_locals_by_the_thousand_in_functions_by_the_thousand() -> None:
    """Five bytes declare many locals: neither validation nor printing may write them all down."""
    count = 20_000
    code = sized(b"\1" + unsigned(50_000) + b"\x7f" + b"\x0b")
    data = (
        HEADER
        + section(1, b"\1\x60\0\0")
        + section(3, unsigned(count) + b"\0" * count)
        + section(10, unsigned(count) + code * count)
    )
    start = time.process_time()
    validate_binary(data)
    with pytest.raises(Exhaustion):
        print_module(decode(data), limits=Limits(text_chars=1_000_000))
    assert time.process_time() - start < 20


def test_operands_are_bounded() -> None:
    """A function that calls one of many results, again and again, would fill the operand stack."""
    results = "i32 " * 1000
    text = f"(module (func $f (result {results}) unreachable) (func {'call $f ' * 2000} unreachable))"
    with pytest.raises(Exhaustion):
        validate(parse(Source(text)))


def test_reading_texts_takes_linear_time() -> None:
    def seconds(count: int) -> float:
        text = "(module " + "(func (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))) ;; x\n" * count + ")"
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            read(Source(text))
            parse(Source(text))
            best = min(best, time.process_time() - start)
        return best

    assert seconds(20_000) < 15 * seconds(2000), (
        "ten times the text; twelve times the time, and some for a machine that does other things"
    )
