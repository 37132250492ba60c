"""Engines by name, imported only when wanted."""

from __future__ import annotations

from importlib.util import find_spec

from pycm_core.base.errors import PyCMError
from pycm_core.runtime.engine import Engine

ENGINES = ("python", "wasmtime")
"""The engines there are outside the browser."""


def default() -> str:
    """The fastest engine that is installed."""
    return "python" if find_spec("wasmtime") is None else "wasmtime"


def make(name: str) -> Engine:
    """A new engine. Raises `PyCMError` when what it stands on is not installed."""
    if name == "python":
        from pycm_core.runtime.engines.python import PythonEngine

        return PythonEngine()
    try:
        from pycm_core.runtime.engines.wasmtime import WasmtimeEngine
    except ImportError:
        raise PyCMError(f"the engine `{name}` is not installed", hint="pip install 'pycm-component-model[wasmtime]'") from None
    return WasmtimeEngine()
