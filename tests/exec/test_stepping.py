"""A guest, instruction by instruction."""

from __future__ import annotations

import pytest

from pycm_core.base.errors import Exhaustion, Trap
from pycm_core.wasm.exec.stepping import Execution

from .wat import instantiate

GUEST = """
(module
  (func $double (param $n i32) (result i32) (i32.mul (local.get $n) (i32.const 2)))
  (func $main (export "main") (param $x i32) (result i32) (local $y i32)
    (local.set $y (i32.sub (local.get $x) (i32.const 7)))
    (i32.add (call $double (local.get $y)) (i32.const 1)))
  (func (export "forever") (loop (br 0)))
  (func (export "trap") (unreachable)))
"""


def test_operands_and_locals_before_each_instruction():
    instance, _, _ = instantiate(GUEST)
    execution = Execution(instance["main"], [5])
    seen = []
    while execution.step():
        frame = execution.frames()[-1]
        seen.append((frame.name, frame.op, frame.operands, frame.locals))
    low = 0xFFFF_FFFE
    assert seen == [
        ("main", "local.get", (), (5, 0)),
        ("main", "i32.const", (5,), (5, 0)),
        ("main", "i32.sub", (5, 7), (5, 0)),
        ("main", "local.set", (low,), (5, 0)),
        ("main", "local.get", (), (5, low)),
        ("main", "call", (low,), (5, low)),
        ("double", "local.get", (), (low,)),
        ("double", "i32.const", (low,), (low,)),
        ("double", "i32.mul", (low, 2), (low,)),
        ("main", "i32.const", (0xFFFF_FFFC,), (5, low)),
        ("main", "i32.add", (0xFFFF_FFFC, 1), (5, low)),
    ]
    assert execution.done
    assert execution.result == 0xFFFF_FFFD
    assert execution.steps == len(seen)


def test_callers_are_there():
    instance, module, _ = instantiate(GUEST)
    execution = Execution(instance["main"], [5])
    for _ in range(7):
        execution.step()
    assert [(f.name, f.op) for f in execution.frames()] == [("main", "call"), ("double", "local.get")]
    assert execution.frames()[1].offset == module.syntax.funcs[0].body.places[0]


def test_fuel_ends_what_never_ends():
    instance, _, _ = instantiate(GUEST)
    execution = Execution(instance["forever"], [], fuel=1000)
    with pytest.raises(Exhaustion, match="fuel exhausted after 1000 instructions"):
        execution.run()
    assert execution.done


def test_a_trap_ends_it_with_its_place():
    instance, module, _ = instantiate(GUEST)
    with pytest.raises(Trap, match="unreachable") as caught:
        Execution(instance["trap"], []).run()
    assert caught.value.where.at == module.syntax.funcs[3].body.places[0]
