"""Small components for tests of the runtime, written as text and encoded by a development dependency; each test on every engine."""

import pytest

from pycm_core.api import Component, HostInterface, Linker, Store
from pycm_core.api.engines import make as make_engine
from pycm_core.base.features import ALL_FEATURES

wasmtime = pytest.importorskip("wasmtime", reason="the wasmtime engine is a development dependency")


@pytest.fixture(scope="session", params=["wasmtime", "python"])
def engine(request):
    return make_engine(request.param)


@pytest.fixture
def instantiate(engine):
    """`instantiate(text, *interfaces, trace=None)` gives an instance in a fresh store."""

    def make(text, *interfaces, trace=None, suspends=False, trap_unknown=False):
        linker = Linker()
        linker.add(*interfaces)
        if trap_unknown:
            linker.unknown_imports_trap()
        component = Component(bytes(wasmtime.wat2wasm(text)), features=ALL_FEATURES)
        return linker.instantiate(Store(engine, trace=trace, suspends=suspends), component)

    return make


@pytest.fixture
def root():
    """Functions the world imports without an interface."""
    return lambda **functions: HostInterface("", {name.replace("_", "-"): f for name, f in functions.items()})
