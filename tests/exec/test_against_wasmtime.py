"""Random modules do on the Python engine what they do on wasmtime: results, traps, memory and globals afterwards."""

from __future__ import annotations

import os
import struct
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pycm_core.base.errors import Trap
from pycm_core.base.source import Source
from pycm_core.runtime.engines.python import PythonEngine
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.text.module import parse

from .random_modules import module

wasmtime = pytest.importorskip("wasmtime")

CASES = int(os.environ.get("PYCM_RANDOM_MODULES", "150"))
"""How many modules; each is called several times."""

ARGUMENTS = [(0, 0, 0), (1, 2, 3), (8, 4096, -1), (-280, 0x7FFFFFFF, 1 << 62), (-1, -0x80000000, 65528), (5, -8, 17),
             (3, 64, 5), (24, 1024, 1), (1000, 7, 4096)]  # fmt: skip

KINDS = {
    "out of bounds memory access": "memory", "integer divide by zero": "zero", "integer overflow": "overflow",
    "invalid conversion": "conversion", "call stack exhausted": "stack", "unreachable": "unreachable",
}  # fmt: skip


def kind(message):
    return next((short for text, short in KINDS.items() if text in message), message)


def bits(value):
    """A float by its bits; all NaNs are one, since their signs and payloads may differ."""
    return "nan" if value != value else struct.pack("<d", value)


def ours(binary, calls, suspending):
    engine = PythonEngine()
    store = engine.new_store()
    instance = store.instantiate(engine.compile(binary), {})
    run = instance["run"]
    bind = store.bind_steps if suspending else store.bind
    bound = bind(run, run.functype)
    for args in calls:
        try:
            found = bound(*args)
            if suspending:
                try:
                    found.send(None)
                except StopIteration as stop:
                    found = stop.value
            a, b, c = found
            assert type(a) is int and type(b) is int and type(c) is float
            result = a & 0xFFFF_FFFF, b & 0xFFFF_FFFF_FFFF_FFFF, bits(c)
        except Trap as trap:
            result = kind(trap.message)
        yield result, bytes(instance["memory"].data), instance.names["G0"].value


def theirs(binary, calls):
    store = wasmtime.Store()
    instance = wasmtime.Instance(store, wasmtime.Module(store.engine, binary), [])
    exports = instance.exports(store)
    memory, global_, run = exports["memory"], exports["g"], exports["run"]
    for args in calls:
        try:
            a, b, c = run(store, *args)
            result = a & 0xFFFF_FFFF, b & 0xFFFF_FFFF_FFFF_FFFF, bits(c)
        except wasmtime.Trap as trap:
            result = kind(trap.message)
        except wasmtime.WasmtimeError as error:
            result = kind(str(error))
        size = memory.data_len(store)
        yield result, bytes(memory.read(store, 0, size)), global_.value(store) & 0xFFFF_FFFF


@pytest.mark.parametrize("suspending", [False, True], ids=["plain", "suspending"])
def test_random_modules(suspending):
    @settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(st.integers(0, 1 << 48))
    def check(seed):
        compare(seed, suspending)

    check()


def compare(seed, suspending=False):
    text = module(Random(seed))
    binary = encode(parse(Source(text, "test")))
    for args, found, expected in zip(ARGUMENTS, ours(binary, ARGUMENTS, suspending), theirs(binary, ARGUMENTS), strict=True):
        assert found[0] == expected[0], (seed, args)
        assert found[2] == expected[2], (seed, args)
        assert found[1] == expected[1], (seed, args)
