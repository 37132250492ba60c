"""Streams of bytes with backpressure.

A source gives bytes now or none; a sink says how much it takes now. Neither ever blocks: who must wait asks `ready`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from wasi_browser.platform.base import Watch

CHUNK = 1 << 20
"""The most one read returns, in bytes."""
ROOM = 1 << 16
"""What a sink that always has room says it takes."""
UNBOUNDED = 1 << 62
"""The capacity of a pipe that never makes anybody wait."""


CHANNELS = {"stdout": 1, "stderr": 2}
"""What those who show output while it is written know it by; two more for each machine before it (`web/src/engine/ring.ts`)."""


class Closed(Exception):
    """The other end is gone, or this one was closed."""


class Broken(Exception):
    """The last operation failed, for `cause`; afterwards the stream is closed."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Source:
    """Where bytes come from. `children` counts the living conditions on it."""

    __slots__ = ("children",)

    watch: Watch | None = None
    """What the system tells of its readiness, where it does."""

    def __init__(self) -> None:
        self.children = 0

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; none when none are there now. Raises `Closed` at the end, `Broken` on failure."""
        raise NotImplementedError

    def skip(self, count: int) -> int:
        """Read and forget; how many."""
        return len(self.read(count))

    def ready(self) -> bool:
        """Whether a read of one byte would not come back empty."""
        return True

    def close(self) -> None:
        """Nobody reads any more."""


class Sink:
    """Where bytes go. `permit` is what the last `room` allowed and no write has used up."""

    __slots__ = ("children", "permit")

    watch: Watch | None = None
    """What the system tells of its readiness, where it does."""

    def __init__(self) -> None:
        self.children = 0
        self.permit = 0

    def room(self) -> int:
        """How many bytes a write takes now. Raises `Closed` or `Broken`."""
        return ROOM

    def write(self, data: bytes) -> None:
        """Take `data`, which is at most what `room` said."""
        raise NotImplementedError

    def flush(self) -> None:
        """Ask that what was written goes on."""

    channel = 0
    """By what number those know it who show what is written; 0 where nobody does."""

    def allowance(self) -> int:
        """How many bytes are sure to be taken without a failure or a wait, so that it need not hear of them at once; 0 when it must."""
        return 0

    def accept(self, data: memoryview, calls: int) -> None:
        """Take what was written in so many calls, each of a byte at least, before it was told. It must not be held on to."""
        self.write(bytes(data))

    def ready(self) -> bool:
        """Whether there is room, or an end or a failure to report."""
        return True

    def close(self) -> None:
        """Nobody writes any more."""


class Prepared(Source):
    """Bytes known in advance; the end after them. Several views may share the position through one object."""

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data
        self._position = 0

    def read(self, count: int) -> bytes:
        start = self._position
        if start >= len(self._data):
            raise Closed
        self._position = end = min(start + min(count, CHUNK), len(self._data))
        return self._data[start:end]


class Shared(Source):
    """One of several handles on the same source: closing it leaves the source open."""

    __slots__ = ("read", "ready", "watch")

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.watch = source.watch
        self.read = source.read  # type: ignore[method-assign]  # bound once: a hot path
        self.ready = source.ready  # type: ignore[method-assign]  # the same


class Pipe:
    """A bounded queue of bytes with two ends. `capacity` bounds what waits in it; a zero-length write is nothing."""

    __slots__ = ("_chunks", "capacity", "changed", "ended", "failure", "held", "orphaned", "told")

    def __init__(self, capacity: int = ROOM, changed: Callable[[], None] | None = None) -> None:
        self._chunks: deque[bytes] = deque()
        self.capacity = capacity
        self.held = 0
        self.ended = False
        """No more will be written."""
        self.orphaned = False
        """No more will be read."""
        self.failure: Exception | None = None
        """Why it ended, if not well."""
        self.told = False
        """Whether the reader knows of the failure."""
        self.changed = changed
        """Told after each change that may wake somebody."""

    watch: Watch | None = None
    """What the system tells of what comes in, where it does."""

    def put(self, data: bytes) -> None:
        """Queue `data`, also past the capacity: who cares asks `free` first."""
        if data and not self.orphaned:
            self._chunks.append(data)
            self.held += len(data)
            if self.changed is not None:
                self.changed()

    def take(self, count: int) -> bytes:
        """Up to `count` bytes from the front; a chunk is cut only where `count` says so."""
        chunks = self._chunks
        if not chunks or not count:
            return b""
        first = chunks.popleft()
        if len(first) > count:
            chunks.appendleft(first[count:])
            first = first[:count]
        elif chunks and len(first) < count:
            parts, size = [first], len(first)
            while chunks and size + len(chunks[0]) <= count:
                parts.append(chunks.popleft())
                size += len(parts[-1])
            first = b"".join(parts)
        self.held -= len(first)
        if self.changed is not None:
            self.changed()
        return first

    @property
    def free(self) -> int:
        """How many bytes fit; never more than `CHUNK`, for guests keep it in 32 bits."""
        return max(0, min(self.capacity - self.held, CHUNK))

    def drain(self) -> bytes:
        """Everything that is queued."""
        data = b"".join(self._chunks)
        self._chunks.clear()
        self.held = 0
        return data

    def read(self, count: int) -> bytes:
        """Up to `count` bytes. Raises `Closed` at the end, `Broken` once where it failed."""
        if not self.held and (self.ended or self.orphaned):
            if self.failure is not None and not self.told:
                self.told = True
                raise Broken(self.failure)
            raise Closed
        return self.take(min(count, CHUNK))

    def readable(self) -> bool:
        """Whether there are bytes, an end or a failure to read."""
        return bool(self.held) or self.ended or self.orphaned

    def fail(self, error: Exception) -> None:
        """End it badly."""
        self.failure = error
        self.end()

    def end(self) -> None:
        """No more will be written; what is queued is still read."""
        self.ended = True
        if self.changed is not None:
            self.changed()

    def abandon(self) -> None:
        """No more will be read; what is queued is lost."""
        self.orphaned = True
        self._chunks.clear()
        self.held = 0
        if self.changed is not None:
            self.changed()


class PipeSource(Source):
    """The reading end of a pipe."""

    __slots__ = ("pipe",)

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self.pipe = pipe

    def read(self, count: int) -> bytes:
        return self.pipe.read(count)

    def ready(self) -> bool:
        return self.pipe.readable()

    def close(self) -> None:
        self.pipe.abandon()


class PipeSink(Sink):
    """The writing end of a pipe."""

    __slots__ = ("pipe",)

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self.pipe = pipe

    def room(self) -> int:
        pipe = self.pipe
        if pipe.ended or pipe.orphaned:
            raise Closed
        return pipe.free

    def write(self, data: bytes) -> None:
        pipe = self.pipe
        if pipe.ended or pipe.orphaned:
            raise Closed
        pipe.put(data)

    def ready(self) -> bool:
        pipe = self.pipe
        return pipe.held < pipe.capacity or pipe.ended or pipe.orphaned

    def close(self) -> None:
        self.pipe.end()


class OutputFull(Exception):
    """The quota of output is used up."""


class Output:
    """What a program prints: kept in order, and passed on as it comes."""

    __slots__ = ("_chunks", "_forward", "channel", "full", "left")

    def __init__(self, limit: int, forward: Callable[[bytes], None] | None = None, channel: int = 0) -> None:
        self.channel = channel
        self._chunks: list[bytes] = []
        self._forward = forward
        self.left = limit
        """How many bytes it still takes."""
        self.full = False
        """Whether the limit was reached: nothing more is taken."""

    def write(self, data: bytes) -> None:
        """Keep `data` and pass it on. Raises `Broken` past the limit."""
        self.left -= len(data)
        if self.left < 0:
            self.full = True
            raise Broken(OutputFull("the program printed more than its limit"))
        self._chunks.append(data)
        if self._forward is not None:
            self._forward(data)

    def value(self) -> bytes:
        """Everything printed so far."""
        if len(self._chunks) > 1:
            self._chunks = [b"".join(self._chunks)]
        return self._chunks[0] if self._chunks else b""


class OutputSink(Sink):
    """A handle on an output: as many as one likes, all ends of the same."""

    __slots__ = ("_output", "channel", "write")

    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output
        self.channel = output.channel
        self.write = output.write  # type: ignore[method-assign]  # bound once: the hot path of every program that prints

    def room(self) -> int:
        if self._output.full:
            raise Closed
        return ROOM

    def allowance(self) -> int:
        return self._output.left
