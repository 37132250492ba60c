"""wasi:io/streams over pipes: backpressure, permits, splice, ends."""

from __future__ import annotations

import asyncio

import pytest

from pycm_core.abi.values import Err, Ok, VariantValue
from pycm_core.base.errors import Trap
from wasi_browser.streams import Pipe, PipeSink, PipeSource, Prepared

CLOSED = Err(VariantValue("closed"))


@pytest.fixture
def streams(guest):
    g = guest()
    return lambda function, *arguments: g("io/streams", function, *arguments)


def test_pipe_has_backpressure(streams):
    pipe = Pipe(capacity=8)
    source, sink = PipeSource(pipe), PipeSink(pipe)
    assert streams("output-stream.check-write", sink) == Ok(8)
    assert streams("output-stream.write", sink, b"12345678") == Ok()
    assert streams("output-stream.check-write", sink) == Ok(0)
    pollable = streams("output-stream.subscribe", sink)
    assert not pollable.ready()
    assert streams("input-stream.read", source, 3) == Ok(b"123")
    assert pollable.ready()
    assert streams("output-stream.check-write", sink) == Ok(3)
    assert streams("output-stream.write-zeroes", sink, 2) == Ok()
    assert streams("input-stream.read", source, 100) == Ok(b"45678\0\0")
    assert streams("input-stream.read", source, 100) == Ok(b"")
    sink.close()
    assert streams("input-stream.read", source, 0) == CLOSED
    assert streams("input-stream.skip", source, 1) == CLOSED


def test_writing_without_permit_traps(streams):
    sink = PipeSink(Pipe())
    with pytest.raises(Trap, match="permitted"):
        streams("output-stream.write", sink, b"x")
    assert streams("output-stream.check-write", sink).value >= 2
    assert streams("output-stream.write", sink, b"x") == Ok()
    with pytest.raises(Trap, match="permitted"):
        streams("output-stream.write", sink, bytes(1 << 17))
    with pytest.raises(Trap, match="permitted"):
        streams("output-stream.write-zeroes", sink, 1 << 40)


def test_blocking_writes_are_bounded(streams):
    sink = PipeSink(Pipe())
    for function, argument in (("blocking-write-and-flush", bytes(4097)), ("blocking-write-zeroes-and-flush", 4097)):
        with pytest.raises(Trap, match="at most 4096"):
            streams(f"output-stream.{function}", sink, argument)
    assert streams("output-stream.blocking-write-and-flush", sink, bytes(4096)) == Ok()


def test_writing_to_nobody(streams):
    pipe = Pipe()
    sink = PipeSink(pipe)
    pipe.abandon()
    assert streams("output-stream.check-write", sink) == CLOSED
    assert streams("output-stream.blocking-write-and-flush", sink, b"x") == CLOSED
    assert streams("output-stream.flush", sink) == CLOSED
    assert streams("output-stream.blocking-flush", sink) == CLOSED
    assert streams("output-stream.subscribe", sink).ready()


def test_blocking_write_waits_for_a_reader(guest):
    g = guest()
    g.machine.bell.sources += 1
    pipe = Pipe(capacity=4, changed=g.machine.bell.ring)
    source, sink = PipeSource(pipe), PipeSink(pipe)

    async def session():
        writing = g("io/streams", "output-stream.blocking-write-and-flush", sink, b"0123456789")
        task = asyncio.ensure_future(writing)
        got = b""
        while len(got) < 10:
            await asyncio.sleep(0)
            got += g("io/streams", "input-stream.read", source, 3).value
        assert await task == Ok()
        assert got == b"0123456789"
        reading = asyncio.ensure_future(g("io/streams", "input-stream.blocking-skip", source, 3))
        await asyncio.sleep(0)
        assert g("io/streams", "output-stream.blocking-write-and-flush", sink, b"ab") == Ok()
        assert await reading == Ok(2)

    asyncio.run(session())


def test_splice(streams):
    pipe = Pipe(capacity=4)
    sink = PipeSink(pipe)
    source = Prepared(b"abcdefgh")
    assert streams("output-stream.splice", sink, source, 3) == Ok(3)
    assert sink.permit == 1, "it has checked, and written"
    assert streams("output-stream.splice", sink, source, 100) == Ok(1)
    assert streams("output-stream.splice", sink, source, 100) == Ok(0)
    assert pipe.take(2) == b"ab"
    assert streams("output-stream.blocking-splice", sink, source, 1) == Ok(1)
    assert pipe.take(100) == b"cde"
    assert streams("output-stream.splice", sink, source, 100) == Ok(3)
    assert streams("output-stream.splice", sink, source, 100) == CLOSED


def test_a_stream_outlives_its_pollables(guest):
    g = guest()
    stdin = g("cli/stdin", "get-stdin")
    pollable = g("io/streams", "input-stream.subscribe", stdin)
    with pytest.raises(Trap, match="before the pollables"):
        g.drop("io/streams", "input-stream", stdin)
    g.drop("io/poll", "pollable", pollable)
    g.drop("io/streams", "input-stream", stdin)


def test_pipe_joins_small_chunks():
    pipe = Pipe()
    for piece in (b"a", b"", b"bc", b"def"):
        pipe.put(piece)
    assert pipe.take(4) == b"abc"
    assert pipe.take(2) == b"de"
    assert pipe.take(0) == b""
    assert pipe.take(9) == b"f"
    assert pipe.held == 0
