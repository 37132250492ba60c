"""The standard streams and the environment of the process."""

from __future__ import annotations

import os
import select
import stat
import sys

from wasi_browser.platform.base import Watch
from wasi_browser.streams import CHUNK, Closed, Source


class StandardInput(Source):
    """The standard input, or another descriptor. A file is always ready, as the system sees it."""

    __slots__ = ("_fd", "watch")

    def __init__(self, fd: int = 0) -> None:
        super().__init__()
        self._fd = fd
        self.watch = None if stat.S_ISREG(os.fstat(fd).st_mode) else Watch(fd)

    def ready(self) -> bool:
        """Whether there are bytes, or the end."""
        return self.watch is None or bool(select.select([self._fd], [], [], 0)[0])

    def read(self, count: int) -> bytes:
        """At most `count` bytes; none where none have come."""
        if count == 0 or not self.ready():
            return b""
        data = os.read(self._fd, min(count, CHUNK))
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


def variable(name: str) -> str | None:
    """An environment variable."""
    return os.environ.get(name)
