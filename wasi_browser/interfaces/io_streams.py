"""wasi:io/streams: an input stream is a `Source`, an output stream a `Sink`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pycm_core.abi.values import Err, Ok, VariantValue
from pycm_core.base.errors import Trap, TrapKind
from pycm_core.runtime.host import Deferred, HostInterface, HostResource
from wasi_browser.interfaces.answers import OK, provide
from wasi_browser.interfaces.io_error import ERROR
from wasi_browser.interfaces.io_poll import POLLABLE
from wasi_browser.machine import Machine
from wasi_browser.streams import ROOM, Broken, Closed, Sink, Source
from wasi_browser.waiting import Condition, after

CLOSED = Err(VariantValue("closed"))
BLOCKING_MAX = 4096
"""What `blocking-write-and-flush` takes at most."""

DEFERRED = {
    "[method]output-stream.check-write": Deferred(Ok(ROOM), permit=ROOM),
    "[method]output-stream.write": Deferred(OK, limit=ROOM, permit=Deferred.SPEND),
    "[method]output-stream.blocking-write-and-flush": Deferred(OK, limit=BLOCKING_MAX, permit=0),
    "[method]output-stream.flush": Deferred(OK),
    "[method]output-stream.blocking-flush": Deferred(OK),
}
"""What these answer for a sink that has an allowance."""


def _drop(stream: Source | Sink) -> None:
    """A stream goes after the pollables made from it: it is their parent."""
    if stream.children:
        raise Trap("a stream was dropped before the pollables made from it", kind=TrapKind.HOST)
    stream.close()


INPUT_STREAM = HostResource("input-stream", _drop)
OUTPUT_STREAM = HostResource("output-stream", _drop)


def _failed(error: Broken) -> Err:
    return Err(VariantValue("last-operation-failed", error.cause))


def read(source: Source, count: int) -> Ok | Err:
    """`input-stream.read`: up to `count` bytes, at once."""
    try:
        return Ok(source.read(count))
    except Closed:
        return CLOSED
    except Broken as error:
        return _failed(error)


def skip(source: Source, count: int) -> Ok | Err:
    """`input-stream.skip`"""
    try:
        return Ok(source.skip(count))
    except Closed:
        return CLOSED
    except Broken as error:
        return _failed(error)


def subscribe(stream: Source | Sink) -> Condition:
    """`subscribe`, for streams of both directions."""
    return Condition(stream.ready, None, stream, stream.watch)


def check_write(sink: Sink) -> Ok | Err:
    """`output-stream.check-write`"""
    try:
        sink.permit = room = sink.room()
    except Closed:
        return CLOSED
    except Broken as error:
        return _failed(error)
    return Ok(room)


def write(sink: Sink, contents: bytes) -> Ok | Err:
    """`output-stream.write`: what `check-write` permitted; more traps."""
    left = sink.permit - len(contents)
    if left < 0:
        raise Trap(
            f"write: {len(contents)} bytes, but `check-write` permitted {sink.permit}",
            kind=TrapKind.HOST,
            hint="call `check-write` before each `write`, and write no more than it answers",
        )
    sink.permit = left
    try:
        sink.write(contents)
    except Closed:
        return CLOSED
    except Broken as error:
        return _failed(error)
    return OK


def write_zeroes(sink: Sink, count: int) -> Ok | Err:
    """`output-stream.write-zeroes`"""
    if count > sink.permit:
        raise Trap(f"write-zeroes: {count} bytes, but `check-write` permitted {sink.permit}", kind=TrapKind.HOST)
    return write(sink, bytes(count))


def flush(sink: Sink) -> Ok | Err:
    """`output-stream.flush`"""
    try:
        sink.room()
        sink.flush()
    except Closed:
        return CLOSED
    except Broken as error:
        return _failed(error)
    return OK


def splice(sink: Sink, source: Source, count: int) -> Ok | Err:
    """`output-stream.splice`: what is there and fits, from one to the other."""
    try:
        sink.permit = room = sink.room()
        data = source.read(min(count, room))
        if data:
            sink.permit = room - len(data)
            sink.write(data)
    except Closed:
        return CLOSED
    except Broken as error:
        return _failed(error)
    return Ok(len(data))


def io_streams(machine: Machine) -> HostInterface:
    """wasi:io/streams"""
    wait = machine.waiter.wait

    def until(stream: Source | Sink, then: Any, *arguments: Any) -> Any:
        """`then(*arguments)`, once `stream` is ready."""
        if not stream.ready():
            waited = wait((Condition(stream.ready, watch=stream.watch),))
            if not isinstance(waited, list):
                return after(waited, then, *arguments)
        return then(*arguments)

    def blocking_read(source: Source, count: int) -> Any:
        if count and not source.ready():
            return until(source, blocking_read, source, count)
        return read(source, count)

    def blocking_skip(source: Source, count: int) -> Any:
        if count and not source.ready():
            return until(source, blocking_skip, source, count)
        return skip(source, count)

    def blocking_write_and_flush(sink: Sink, contents: bytes) -> Any:
        if len(contents) > BLOCKING_MAX:
            raise Trap(f"blocking-write-and-flush: {len(contents)} bytes, at most {BLOCKING_MAX} are allowed", kind=TrapKind.HOST)
        try:
            room = sink.room()
            if room >= len(contents):
                sink.write(contents)
                sink.flush()
            else:
                return write_rest(sink, contents)
        except Closed:
            return CLOSED
        except Broken as error:
            return _failed(error)
        sink.permit = 0
        return OK if sink.ready() else until(sink, _finished, sink)

    def write_rest(sink: Sink, contents: bytes) -> Any:
        """Write `contents` in pieces, as room comes."""
        try:
            while contents:
                room = sink.room()
                if not room:
                    return until(sink, write_rest, sink, contents)
                sink.write(contents[:room])
                contents = contents[room:]
            sink.flush()
        except Closed:
            return CLOSED
        except Broken as error:
            return _failed(error)
        sink.permit = 0
        return OK if sink.ready() else until(sink, _finished, sink)

    def blocking_flush(sink: Sink) -> Any:
        answer = flush(sink)
        return answer if sink.ready() or answer is not OK else until(sink, _finished, sink)

    def blocking_write_zeroes_and_flush(sink: Sink, count: int) -> Any:
        if count > BLOCKING_MAX:
            raise Trap(f"blocking-write-zeroes-and-flush: {count} bytes, at most {BLOCKING_MAX} are allowed", kind=TrapKind.HOST)
        return blocking_write_and_flush(sink, bytes(count))

    def blocking_splice(sink: Sink, source: Source, count: int) -> Any:
        if count and not sink.ready():
            return until(sink, blocking_splice, sink, source, count)
        if count and not source.ready():
            return until(source, blocking_splice, sink, source, count)
        return splice(sink, source, count)

    streams = provide(
        "wasi:io/streams",
        {
            "[method]input-stream.read": read,
            "[method]input-stream.blocking-read": blocking_read,
            "[method]input-stream.skip": skip,
            "[method]input-stream.blocking-skip": blocking_skip,
            "[method]input-stream.subscribe": subscribe,
            "[method]output-stream.check-write": check_write,
            "[method]output-stream.write": write,
            "[method]output-stream.blocking-write-and-flush": blocking_write_and_flush,
            "[method]output-stream.flush": flush,
            "[method]output-stream.blocking-flush": blocking_flush,
            "[method]output-stream.subscribe": subscribe,
            "[method]output-stream.write-zeroes": write_zeroes,
            "[method]output-stream.blocking-write-zeroes-and-flush": blocking_write_zeroes_and_flush,
            "[method]output-stream.splice": splice,
            "[method]output-stream.blocking-splice": blocking_splice,
        },
        INPUT_STREAM,
        OUTPUT_STREAM,
        ERROR,
        POLLABLE,
    )
    return replace(streams, deferred=DEFERRED)


def _finished(sink: Sink) -> Ok | Err:
    """What a blocking operation answers after the sink became ready again."""
    try:
        sink.room()
    except Closed:
        return OK
    except Broken as error:
        return _failed(error)
    return OK
