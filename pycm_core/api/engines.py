"""Engines by name, imported only when wanted."""

from __future__ import annotations

from importlib.util import find_spec

from pycm_core.base.errors import PyCMError
from pycm_core.runtime.bounds import UNBOUNDED, Bounds
from pycm_core.runtime.engine import Engine
from pycm_core.runtime.engines.bounded import BoundedEngine

ENGINES = ("python", "wasmtime")
"""The engines there are outside the browser."""


def default() -> str:
    """The fastest engine that is installed."""
    return "python" if find_spec("wasmtime") is None else "wasmtime"


def make(name: str, bounds: Bounds = UNBOUNDED) -> Engine:
    """A new engine, whose guests stay within `bounds`. Raises `PyCMError` when what it stands on is not installed."""
    engine = _make(name, bounds)
    return engine if bounds.memory is None else BoundedEngine(engine, bounds.memory)


def _make(name: str, bounds: Bounds) -> Engine:
    if name == "python":
        from pycm_core.runtime.engines.python import PythonEngine

        return PythonEngine(fuel=bounds.fuel)
    try:
        from pycm_core.runtime.engines.wasmtime import WasmtimeEngine
    except ImportError:
        raise PyCMError(f"the engine `{name}` is not installed", hint="pip install 'pycm-component-model[wasmtime]'") from None
    return WasmtimeEngine(bounds.fuel, bounds.time is not None)
