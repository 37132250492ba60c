"""As deep as it goes: nesting and expressions are compiled however deep they are, calls end in `Exhaustion`; nothing crashes."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pycm_core.base.errors import Exhaustion
from pycm_core.runtime.engines.python import PythonEngine
from pycm_core.runtime.store import drive
from pycm_core.wasm.exec.space import Form
from pycm_core.wasm.syntax.types import FuncType, NumType

from .wat import binary, instantiate

I32 = NumType.I32
ENDLESS = '(module (func $f (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))'
TURNS = """
(module (import "" "host" (func $host (param i32) (result i32)))
  (func $in (param i32) (result i32) (i32.add (i32.const 1) (call $host (local.get 0))))
  (func (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call $in (local.get 0)))))
"""


@pytest.mark.parametrize("form", [Form.PLAIN, Form.STEPS, Form.STOPS])
@pytest.mark.parametrize("opener", ["block", "loop", "if (result i32) (local.get 0) (then"])
def test_a_thousand_blocks_in_each_other(opener, form):
    count = 1000
    if opener.startswith("if"):
        body = f"({opener} " * count + "(i32.const 5)" + ") (else (i32.const 7)))" * count
    else:
        body = f"({opener} (result i32) " * count + "(local.get 0)" + ")" * count
    _, module, call = instantiate(f'(module (func (export "f") (param i32) (result i32) {body}))')
    module.translated(0, form)
    assert call("f", 5) == 5
    assert call("f", 0) == (7 if opener.startswith("if") else 0)


@pytest.mark.parametrize("form", [Form.PLAIN, Form.STEPS, Form.STOPS])
@pytest.mark.parametrize(
    ("first", "each", "expected"),
    [
        ("(local.get 0)", "(i32.const 1) (i32.add)", 10_003),
        ("(local.get 0)", "(local.get 0) (i32.xor)", 3),
        ("(local.get 0)", "(i32.load8_u) ", 0),
        ("(local.get 0)", "(call 1)", 3),
    ],
    ids=["constants", "locals", "loads", "calls"],
)
def test_expressions_of_ten_thousand_terms(first, each, expected, form):
    text = f'(module (memory 1) (func (export "f") (param i32) (result i32) {first} {each * 10_000})'
    _, module, call = instantiate(text + "(func (param i32) (result i32) (local.get 0)))")
    module.translated(0, form)
    assert call("f", 3) == expected


def test_ten_thousand_operands_at_once():
    text = f'(module (func (export "f") (param i32) (result i32) {"(local.get 0)" * 10_000} {"(i32.add)" * 9_999}))'
    assert instantiate(text)[2]("f", 3) == 30_000


def turning(guest_first):
    """Calls a guest that calls the host, which calls the guest, and so on."""
    box = []
    _, _, call = instantiate(TURNS, host=(FuncType((I32,), (I32,)), lambda n: box[0]("f", n)))
    box.append(call)
    return call


def test_guest_and_host_in_turn():
    with pytest.raises(Exhaustion):
        turning(True)("f", 1)


def python_below(depth, then):
    """Call with so many frames of Python's below."""
    return then() if depth == 0 else python_below(depth - 1, then)


def test_guests_that_start_deep_in_python():
    call = instantiate(ENDLESS)[2]
    for depth in (0, 100, 900):
        with pytest.raises(Exhaustion):
            python_below(min(depth, sys.getrecursionlimit() - 150), lambda: call("f", 1))


def test_guests_and_hosts_deep_in_python_in_turn():
    box = []

    def host(n):
        return python_below(20, lambda: box[0]("f", n))

    _, _, call = instantiate(TURNS, host=(FuncType((I32,), (I32,)), host))
    box.append(call)
    with pytest.raises(Exhaustion):
        call("f", 1)


def test_in_a_thread():
    found = []

    def run():
        for make in (lambda: instantiate(ENDLESS)[2], lambda: turning(True)):
            try:
                make()("f", 1)
            except BaseException as error:
                found.append(type(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [Exhaustion, Exhaustion]


def test_suspendable_guests():
    engine = PythonEngine()
    store = engine.new_store()
    instance = store.instantiate(engine.compile(binary(ENDLESS)), {})
    func = instance["f"]
    with pytest.raises(Exhaustion):
        drive(store.bind_steps(func, func.functype)(1))


SCRIPT = """
import sys, threading
from tests.exec.test_depth import ENDLESS, turning
from tests.exec.wat import instantiate
def run():
    for make in (lambda: instantiate(ENDLESS)[2], lambda: turning(True)):
        try:
            make()("f", 1)
        except BaseException as error:
            print(type(error).__name__)
threading.stack_size(%d)
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""


@pytest.mark.parametrize("kilobytes", [2048, 8192])
def test_on_a_small_stack(kilobytes):
    """In a process of its own: if it crashed, it would take others with it."""
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT % (kilobytes << 10)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert (ended.returncode, ended.stdout.split()) == (0, ["Exhaustion", "Exhaustion"]), ended.stderr[-2000:]
