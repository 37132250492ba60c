"""Bodies on their way: written by the guest, or read by it."""

from __future__ import annotations

from collections.abc import Callable

from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import Entries, Fields
from wasi_browser.streams import Broken, Closed, Pipe, Sink, Source

BODY_MAX = 1 << 28
"""The most a body that nobody reads meanwhile may hold, in bytes."""


class Body:
    """A body the guest writes, until it is finished or dropped. `promised` is its content-length; `code` the error for breaking it."""

    __slots__ = ("_code", "_ended", "_promised", "pipe", "sink", "trailers", "written")

    def __init__(
        self, pipe: Pipe, promised: int | None, code: str, ended: Callable[[HttpError | None], None] | None = None
    ) -> None:
        self.pipe = pipe
        self.written = 0
        self.trailers: Entries = []
        self.sink: BodySink | None = None
        self._promised = promised
        self._code = code
        self._ended = ended

    def open(self) -> BodySink | None:
        """The stream to write it through, once."""
        if self.sink is not None:
            return None
        self.sink = BodySink(self)
        return self.sink

    def take(self, count: int) -> None:
        """`count` more bytes are written (`Broken` past what was promised)."""
        self.written += count
        if self.written > (BODY_MAX if self._promised is None else self._promised) or self.pipe.held > BODY_MAX:
            error = HttpError(self._code, self.written)
            self._end(error)
            raise Broken(error)

    def finish(self, trailers: Fields | None) -> None:
        """That was all. Raises `HttpError` where more was promised."""
        if self._promised is not None and self.written != self._promised:
            error = HttpError(self._code, self.written)
            self._end(error)
            raise error
        self.trailers = [] if trailers is None else trailers.entries()
        self._end(None)

    def close(self) -> None:
        """Dropped: unless it was finished before, it is broken."""
        self._end(HttpError("HTTP-protocol-error"))

    def _end(self, error: HttpError | None) -> None:
        if self.pipe.ended:
            return
        if error is None:
            self.pipe.end()
        else:
            self.pipe.fail(error)
        if self._ended is not None:
            self._ended(error)


class BodySink(Sink):
    """Writes a body."""

    __slots__ = ("body", "open")

    def __init__(self, body: Body) -> None:
        super().__init__()
        self.body = body
        self.open = True

    def room(self) -> int:
        pipe = self.body.pipe
        if pipe.ended or pipe.orphaned:
            raise Closed
        return pipe.free

    def write(self, data: bytes) -> None:
        pipe = self.body.pipe
        if pipe.ended or pipe.orphaned:
            raise Closed
        self.body.take(len(data))
        pipe.put(data)

    def ready(self) -> bool:
        pipe = self.body.pipe
        return pipe.ended or pipe.orphaned or pipe.held < pipe.capacity

    def close(self) -> None:
        self.open = False


class IncomingBody:
    """A body the guest reads. `trailers` are asked for when it has come whole."""

    __slots__ = ("_trailers", "pipe", "source")

    def __init__(self, pipe: Pipe, trailers: Callable[[], Entries]) -> None:
        self.pipe = pipe
        self.source: BodySource | None = None
        self._trailers = trailers

    def open(self) -> BodySource | None:
        """The stream to read it through, once."""
        if self.source is not None:
            return None
        self.source = BodySource(self.pipe)
        return self.source

    def finish(self) -> FutureTrailers:
        """Forget the rest; the trailers follow it."""
        return FutureTrailers(self.pipe, self._trailers)

    def close(self) -> None:
        """Nobody reads it."""
        self.pipe.abandon()


class BodySource(Source):
    """Reads a body."""

    __slots__ = ("open", "pipe", "watch")

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self.pipe = pipe
        self.watch = pipe.watch
        self.open = True

    def read(self, count: int) -> bytes:
        return self.pipe.read(count)

    def ready(self) -> bool:
        return self.pipe.readable()

    def close(self) -> None:
        self.open = False


class FutureTrailers:
    """The trailers of a body, when the rest of it has passed."""

    __slots__ = ("_trailers", "pipe", "taken")

    def __init__(self, pipe: Pipe, trailers: Callable[[], Entries]) -> None:
        self.pipe = pipe
        self._trailers = trailers
        self.taken = False

    def ready(self) -> bool:
        """Whether everything has come. What is left of the content is thrown away."""
        pipe = self.pipe
        while pipe.readable():
            if not pipe.held:
                return True
            pipe.take(pipe.held)
        return False

    def get(self) -> Fields | None:
        """The trailers, if any. Raises the `HttpError` the body ended with."""
        if isinstance(self.pipe.failure, HttpError):
            raise self.pipe.failure
        entries = self._trailers()
        return Fields(entries) if entries else None
