"""Random functions do on the Python engine what they do on wasmtime: whether they trap, and what memory holds afterwards."""

from __future__ import annotations

import os
import warnings
from random import Random

import pytest

from pycm_core.base.errors import Exhaustion, Trap
from pycm_core.base.source import Source
from pycm_core.runtime.engines.python import PythonEngine
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.text.module import parse

from .random_memory import memory_functions
from .random_references import references

wasmtime = pytest.importorskip("wasmtime")

CASES = int(os.environ.get("PYCM_RANDOM_MODULES", "150"))
FUNCTIONS = 6


def ours(binary: bytes) -> tuple[list[bool], bytes]:
    engine = PythonEngine()
    store = engine.new_store()
    instance = store.instantiate(engine.compile(binary), {})
    trapped = []
    for i in range(FUNCTIONS):
        run = instance[f"f{i}"]
        try:
            store.bind(run, run.functype)()
            trapped.append(False)
        except (Trap, Exhaustion):
            trapped.append(True)
    return trapped, bytes(instance["memory"].data)


def theirs(binary: bytes) -> tuple[list[bool], bytes]:
    config = wasmtime.Config()
    config.wasm_function_references = config.wasm_gc = config.wasm_exceptions = True
    store = wasmtime.Store(wasmtime.Engine(config))
    exports = wasmtime.Instance(store, wasmtime.Module(store.engine, binary), []).exports(store)
    trapped = []
    for i in range(FUNCTIONS):
        try:
            exports[f"f{i}"](store)
            trapped.append(False)
        except (wasmtime.Trap, wasmtime.WasmtimeError):
            trapped.append(True)
    memory = exports["memory"]
    return trapped, bytes(memory.read(store, 0, memory.data_len(store)))


@pytest.mark.parametrize("write", [references, memory_functions])
def test_random_functions(write) -> None:
    ended = 0
    for seed in range(CASES):
        binary = encode(parse(Source(write(Random(seed), FUNCTIONS), "test")))
        expected = theirs(binary)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python has no doubts about the code that is made for it
            found = ours(binary)
        assert found[0] == expected[0], seed
        assert found[1] == expected[1], seed
        ended += found[0].count(False)
    assert ended > CASES, "many do not trap"
