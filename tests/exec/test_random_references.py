"""Random functions over references do on the Python engine what they do on wasmtime: results, and whether they trap."""

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

from .random_references import references

wasmtime = pytest.importorskip("wasmtime")

CASES = int(os.environ.get("PYCM_RANDOM_MODULES", "60"))
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
    return trapped, bytes(instance["memory"].data[: 8 * FUNCTIONS])


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
    return trapped, bytes(exports["memory"].read(store, 0, 8 * FUNCTIONS))


def test_random_references() -> None:
    ended = 0
    for seed in range(CASES):
        binary = encode(parse(Source(references(Random(seed), FUNCTIONS), "test")))
        expected = theirs(binary)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python has no doubts about the code that is made for it
            assert ours(binary) == expected, seed
        ended += expected[0].count(False)
    assert ended > CASES, "many do not trap"
