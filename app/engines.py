"""The engine and the platform of wherever this Python runs. Imported lazily: a browser has one, a process the other."""

from __future__ import annotations

import sys

from pycm_core.runtime.engine import Engine
from wasi_browser.platform.base import Platform


def surroundings() -> tuple[Engine, Platform]:
    """The browser's WebAssembly under Pyodide, else wasmtime (the extra of that name)."""
    if sys.platform == "emscripten":
        from pycm_core.runtime.engines.browser import BrowserEngine
        from wasi_browser.platform.browser import BrowserPlatform

        return BrowserEngine(), BrowserPlatform()
    from pycm_core.runtime.engines.wasmtime import WasmtimeEngine
    from wasi_browser.platform.native import NativePlatform

    return WasmtimeEngine(), NativePlatform()
