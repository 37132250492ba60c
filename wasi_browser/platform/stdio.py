"""The standard streams of the process."""

from __future__ import annotations

import os
import sys

from wasi_browser.streams import Closed, Source


class StandardInput(Source):
    """The standard input: a read waits for bytes."""

    def read(self, count: int) -> bytes:
        """At most `count` bytes, as soon as there are some."""
        if count == 0:
            return b""
        data = os.read(0, count)
        if not data:
            raise Closed
        return data


def write(stream: str, data: bytes) -> None:
    """Write to `stdout` or `stderr`, at once."""
    out = getattr(sys, stream).buffer
    out.write(data)
    out.flush()


def terminals() -> frozenset[str]:
    """Which of `stdin`, `stdout`, `stderr` are terminals."""
    return frozenset(name for name in ("stdin", "stdout", "stderr") if getattr(sys, name).isatty())
