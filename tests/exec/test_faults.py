"""What comes out when a guest faults: kind, place, names; and what keeps working."""

from __future__ import annotations

import sys

import pytest

from pycm_core.base.errors import Exhaustion, Trap, TrapKind
from pycm_core.wasm.syntax.types import FuncType, NumType

from .wat import instantiate

I32 = NumType.I32

FAULTS = """
(module
  (import "" "host" (func $host (param i32) (result i32)))
  (memory 1) (table 3 funcref) (elem (i32.const 1) $callee)
  (type $other (func (param i64)))
  (func $callee)
  (func (export "load") (param i32) (result i32)
    (i32.add (i32.load (i32.const 0)) (i32.load offset=4 (local.get 0))))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "indirect") (param i32) (call_indirect (local.get 0)))
  (func (export "mismatch") (call_indirect (type $other) (i64.const 0) (i32.const 1)))
  (func (export "truncate") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0))))
  (func (export "endless") (call $run))
  (func $run (call $run2)) (func $run2 (call $run))
  (func $inner (unreachable))
  (func $outer (export "outer") (call $inner))
  (func (export "ask") (param i32) (result i32) (call $host (local.get 0))))
"""


def host(n):
    if n == 1:
        raise IndexError("of the host")
    if n == 2:
        return host(n)
    return n


@pytest.fixture
def guest():
    return instantiate(FAULTS, host=(FuncType((I32,), (I32,)), host))


@pytest.mark.parametrize(
    ("name", "args", "kind", "op"),
    [
        ("load", (65532,), TrapKind.MEMORY_OUT_OF_BOUNDS, "i32.load"),
        ("divide", (1, 0), TrapKind.DIVIDE_BY_ZERO, "i32.div_s"),
        ("divide", (-(1 << 31), -1), TrapKind.INTEGER_OVERFLOW, "i32.div_s"),
        ("indirect", (0,), TrapKind.UNINITIALIZED_ELEMENT, "call_indirect"),
        ("indirect", (3,), TrapKind.UNDEFINED_ELEMENT, "call_indirect"),
        ("mismatch", (), TrapKind.INDIRECT_CALL_MISMATCH, "call_indirect"),
        ("truncate", (float("nan"),), TrapKind.INVALID_CONVERSION, "i32.trunc_f64_s"),
        ("truncate", (float("inf"),), TrapKind.INTEGER_OVERFLOW, "i32.trunc_f64_s"),
        ("outer", (), TrapKind.UNREACHABLE, "unreachable"),
    ],
)
def test_the_trap_knows_the_instruction(guest, name, args, kind, op):
    _, module, call = guest
    with pytest.raises(Trap) as caught:
        call(name, *args)
    assert caught.value.kind is kind
    places = {
        place: instr[0].name for f in module.syntax.funcs for instr, place in zip(f.body.instrs, f.body.places, strict=False)
    }
    assert places[caught.value.where.at] == op


def test_the_second_load_is_the_one(guest):
    _, module, call = guest
    with pytest.raises(Trap) as caught:
        call("load", 65532)
    body = module.syntax.funcs[1].body
    assert caught.value.where.at == body.places[3]


def test_functions_are_named_from_the_inside_out(guest):
    with pytest.raises(Trap) as caught:
        guest[2]("outer")
    assert caught.value.context == ["core function inner", "core function outer"]


def test_deep_recursion_is_exhaustion_and_leaves_all_usable(guest):
    _, _, call = guest
    limit = sys.getrecursionlimit()
    assert call("deep", 5000) == 5000
    for name, args in (("deep", (1 << 30,)), ("endless", ())):
        with pytest.raises(Exhaustion, match="call stack exhausted"):
            call(name, *args)
    assert call("deep", 10) == 10
    assert sys.getrecursionlimit() == limit


def test_exceptions_of_the_host_are_its_own(guest):
    _, _, call = guest
    assert call("ask", -1) & 0xFFFF_FFFF == 0xFFFF_FFFF
    with pytest.raises(IndexError, match="of the host"):
        call("ask", 1)
    with pytest.raises(Exhaustion):
        call("ask", 2)


def test_guest_and_host_in_turn_end_in_exhaustion():
    box = []
    _, _, call = instantiate(
        '(module (import "" "again" (func $again)) (func (export "run") (call $again)))',
        again=(FuncType((), ()), lambda: box[0]("run")),
    )
    box.append(call)
    with pytest.raises(Exhaustion, match="too deeply"):
        call("run")


@pytest.mark.parametrize("count", [10, 50, 400])
def test_nested_loops_and_blocks(count):
    """Python holds 20 loops and 100 indentations; a guest nests as deep as it likes."""
    opening = "".join(f"(loop $l{i} (block $b{i} (br_if $b{i} (i32.eqz (local.get 0))) " for i in range(count))
    text = f'(module (func (export "f") (param i32) (result i32) (local i32) {opening}'
    text += "(local.set 0 (i32.sub (local.get 0) (i32.const 1))) (local.set 1 (i32.add (local.get 1) (i32.const 1)))"
    text += f"(br_if $l{count // 2} (local.get 0)) (br_if $l0 (i32.lt_u (local.get 1) (i32.const 3)))"
    text += "))" * count + "(local.get 1)))"
    _, _, call = instantiate(text)
    assert [call("f", n) for n in (0, 1, 5)] == [0, 1, 5]


def test_a_table_of_a_thousand_labels():
    count = 1000
    text = f'(module (func (export "f") (param i32) (result i32) {"(block " * count}'
    text += f"(br_table {' '.join(map(str, range(count)))} (local.get 0))"
    text += "".join(f") (local.set 0 (i32.add (local.get 0) (i32.const {i})))" for i in range(count))
    _, _, call = instantiate(text + "(local.get 0)))")
    for n in (0, 1, 500, 999):
        assert call("f", n) == n + sum(range(n, count))


def test_expressions_as_long_as_you_like():
    text = '(module (func (export "f") (param i32) (result i32) (local.get 0)'
    text += "(i32.const 1) (i32.add) (i32.const 3) (i32.mul)" * 2000 + "))"
    _, _, call = instantiate(text)
    expected = 7
    for _ in range(2000):
        expected = (expected + 1) * 3 & 0xFFFF_FFFF
    assert call("f", 7) & 0xFFFF_FFFF == expected


def test_operands_as_many_as_you_like():
    text = f'(module (func (export "f") (result i32) {"(i32.const 1)" * 3000} {"(i32.add)" * 2999}))'
    assert instantiate(text)[2]("f") == 3000
