"""A function of a store without a tracer runs code that knows nothing of tracing, whatever else was done in the process."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pycm_core.abi.binding import CompiledBinding, LiteralBinding
from pycm_core.abi.context import LiftLowerContext
from pycm_core.abi.trace import Tracer
from pycm_core.api import Component, Linker, Store

SCRIPT = Path(__file__).with_name("reachable.py")
TRACING = re.compile(r"\b(trace|emit|stale|sink|Tracer|Traced\w+|report\w*|shadows?)\b")


@pytest.fixture(scope="module")
def codes():
    return {
        kind: subprocess.run([sys.executable, SCRIPT, kind], capture_output=True, text=True, check=True).stdout.splitlines()
        for kind in ("alone", "after")
    }


def test_the_code_is_the_same_as_without_tracers(codes):
    assert codes["alone"] == codes["after"]
    assert len(codes["alone"]) > 100


def test_no_code_of_tracing_is_reachable(codes):
    assert [line for line in codes["after"] if TRACING.search(line)] == []


def test_the_search_finds_what_a_call_runs(codes):
    names = {line.split()[0] for line in codes["after"]}
    assert {
        "call",
        "lower_host.<locals>.call",
        "store_string_into_range",
        "LiftLowerContext.place",
        "lower_borrow",
        "lift_own",
    } <= names


def test_the_forms(engine):
    text = b'(component (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f"))))'
    import wasmtime

    component = Component(bytes(wasmtime.wat2wasm(text)))
    untraced, traced = Store(engine), Store(engine, trace=Tracer())
    plain, told = (Linker().instantiate(store, component).func("f") for store in (untraced, traced))
    assert isinstance(plain._func.binding, CompiledBinding) and isinstance(told._func.binding, LiteralBinding)
    assert untraced.context is LiftLowerContext and type(untraced.core) is not type(traced.core)
