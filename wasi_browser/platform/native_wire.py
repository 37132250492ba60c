"""Reading HTTP/1.1 from a socket: lines, and bodies that arrive while they are read."""

from __future__ import annotations

import select
import socket

from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import Entries
from wasi_browser.platform.base import Watch
from wasi_browser.streams import CHUNK, UNBOUNDED, Pipe

BODY_MAX = 1 << 26
"""The largest body taken whole, in bytes."""
LINE_MAX = 65537


def readable(fd: int) -> bool:
    """Whether a read of `fd` would not wait."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


class Wire:
    """A socket, read through a buffer."""

    closed = False

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = bytearray()
        self._ended = False
        self.watch = Watch(connection.fileno())

    def _fill(self) -> bool:
        """Read some more; whether something came."""
        if not self._ended:
            data = self._socket.recv(1 << 16)
            self._buffer += data
            self._ended = not data
        return not self._ended

    def readline(self, limit: int = LINE_MAX) -> bytes:
        """A line with its end, or less at the end, or `limit` bytes of a longer one."""
        while (end := self._buffer.find(b"\n") + 1) == 0 and len(self._buffer) < limit:
            if not self._fill():
                end = len(self._buffer)
                break
        return self._cut(min(end or limit, limit))

    def read(self, count: int) -> bytes:
        """Up to `count` bytes, at least one but at the end."""
        if not self._buffer:
            self._fill()
        return self._cut(count)

    def _cut(self, count: int) -> bytes:
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def pending(self) -> bool:
        """Whether `read` would not wait."""
        return bool(self._buffer) or self._ended or readable(self.watch.fd)

    def close(self) -> None:
        """The socket is somebody else's to close."""


class Arriving(Pipe):
    """The body of a request: by its length, or in chunks (RFC 9112, "Chunked Transfer Coding"). Raises `ValueError` where neither is well said."""

    __slots__ = ("_chunked", "_left", "_wire", "trailers", "watch")

    def __init__(self, wire: Wire, coding: str, length: str | None) -> None:
        super().__init__(UNBOUNDED)
        self._wire = wire
        self.watch = wire.watch
        self.trailers: Entries = []
        self._chunked = coding.strip().lower() == "chunked"
        if coding and (not self._chunked or length is not None):
            raise ValueError("another coding, or two lengths: who knows where the body ends")
        if length is not None and not (length.isascii() and length.isdecimal()):
            raise ValueError("no length")
        self._left = int(length or 0)
        if not self._chunked and not self._left:
            self.end()

    def readable(self) -> bool:
        """Whether there are bytes, an end or a failure to read."""
        while not super().readable() and self._wire.pending():
            self._pull()
        return super().readable()

    def read(self, count: int) -> bytes:
        """Up to `count` bytes, those that have come."""
        self.readable()
        return super().read(count)

    def drain(self) -> bytes:
        """All of it, however long that takes. Raises `HttpError`."""
        while not self.ended and self.held <= BODY_MAX:
            self._pull()
        if isinstance(self.failure, HttpError):
            raise self.failure
        if not self.ended:
            raise HttpError("HTTP-request-body-size", self.held)
        return super().drain()

    def skip(self, limit: int) -> bool:
        """Read what nobody wanted, at most `limit` bytes of it; whether the next request follows."""
        skipped = 0
        while not self.ended and skipped <= limit:
            self.orphaned = False
            self._pull()
            skipped += self.held
            super().drain()
        return self.ended and self.failure is None

    def _pull(self) -> None:
        """Take the next piece off the wire, waiting for it if need be."""
        try:
            self._next()
        except TimeoutError:
            self.fail(HttpError("connection-read-timeout"))
        except (OSError, EOFError):
            self.fail(HttpError("connection-terminated"))
        except ValueError:
            self.fail(HttpError("HTTP-protocol-error"))

    def _next(self) -> None:
        wire = self._wire
        if self._chunked and not self._left:
            size = wire.readline(1024).partition(b";")[0].strip()
            if not size or not set(size) <= set(b"0123456789abcdefABCDEF") or len(size) > 15:
                raise ValueError("no size of a chunk")
            self._left = int(size, 16)
            if not self._left:
                self._read_trailers()
                self.end()
                return
        data = wire.read(min(self._left, CHUNK))
        if not data:
            raise EOFError
        self._left -= len(data)
        self.put(data)
        if not self._left:
            if not self._chunked:
                self.end()
            elif wire.readline(2) != b"\r\n":
                raise ValueError("a chunk longer than it said")

    def _read_trailers(self) -> None:
        while line := self._wire.readline(LINE_MAX).rstrip(b"\r\n"):
            name, colon, value = line.partition(b":")
            if not colon or len(self.trailers) >= 100:
                raise ValueError("no field")
            self.trailers.append((name.decode("latin-1"), value.strip()))
