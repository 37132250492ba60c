"""Engines by name, imported only when wanted."""

from __future__ import annotations

from pycm_core.base.errors import PyCMError
from pycm_core.runtime.engine import Engine

ENGINES = ("wasmtime",)
"""The engines there are outside the browser."""


def make(name: str) -> Engine:
    """A new engine. Raises `PyCMError` when what it stands on is not installed."""
    try:
        from pycm_core.runtime.engines.wasmtime import WasmtimeEngine
    except ImportError:
        raise PyCMError(f"the engine `{name}` is not installed", hint="pip install 'pycm-component-model[wasmtime]'") from None
    return WasmtimeEngine()
