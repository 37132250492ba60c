"""The C interface of wasmtime ends the process when it is asked for a function type that it cannot express; we never ask."""

import pytest

from pycm_core.base.errors import Invalid
from pycm_core.wasm.syntax.types import FuncType, HeapKind, NumType, RefType

wasmtime = pytest.importorskip("wasmtime", reason="the wasmtime engine is a development dependency")


@pytest.mark.parametrize(
    "type", [RefType(True, HeapKind.ANY), RefType(False, HeapKind.FUNC), RefType(True, HeapKind.EXN), NumType.V128], ids=str
)
def test_refused(type):
    from pycm_core.runtime.engines.wasmtime import WasmtimeEngine

    engine = WasmtimeEngine()
    store = engine.new_store()
    text = {NumType.V128: "v128"}.get(type) or f"(ref {'null ' if type.nullable else ''}{type.heap.value})"
    module = engine.compile(bytes(wasmtime.wat2wasm(f'(module (func (export "f") (param {text})))')))
    func = store.instantiate(module, {})["f"]
    with pytest.raises(Invalid, match="wasmtime cannot hand over"):
        store.bind(func, FuncType((type,), ()))
