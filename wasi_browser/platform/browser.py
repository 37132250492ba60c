"""The world of a browser's worker. Under Pyodide, `time`, `os.urandom` and `asyncio` stand on `performance`, `Date`,
`crypto.getRandomValues` and the worker's own event loop, so the clocks and the waiting are those of a process."""

from __future__ import annotations

from wasi_browser.platform.native import NativePlatform


class BrowserPlatform(NativePlatform):
    """`performance.now` ticks every 100 µs at best, and says so."""

    __slots__ = ()

    @property
    def resolution(self) -> int:
        """100 µs: what browsers grant without cross-origin isolation."""
        return 100_000
