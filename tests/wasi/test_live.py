"""Real components that wait: for a live input, for real time, for the network. On the engine `wasmtime`, suspended while they wait."""

from __future__ import annotations

import asyncio
import time

import pytest

from pycm_core.api import Linker, Store
from tests.wasi import corpus
from wasi_browser import Machine, Settings, link, run_async
from wasi_browser.http.messages import Request
from wasi_browser.http.serving import serve_streaming

pytestmark = pytest.mark.skipif(not corpus.manifest()["tests"], reason="the component corpus is absent (PYCM_SHARED)")


def start(engine, component, machine):
    """The command of a component, ready to be awaited."""
    linker = Linker()
    linker.add(*link(machine))
    return linker.instantiate(Store(engine, suspends=True), component).func("wasi:cli/run#run")


def test_reads_line_by_line_while_the_loop_goes_on(engine, component):
    heard = []
    machine = Machine(Settings(argv=("rpn",), stdin=None, on_output=lambda stream, data: heard.append(data)))

    async def session():
        task = asyncio.ensure_future(run_async(start(engine, component("c-rpn"), machine).call_async))
        answers = []
        for line in (b"1 2 +\n", b"3 4 *\n"):
            before = len(heard)
            machine.feed(line)
            deadline = time.monotonic() + 20
            while len(heard) == before and time.monotonic() < deadline:
                await asyncio.sleep(0.005)
            answers.append(b"".join(heard[before:]))
        machine.end_input()
        return answers, await asyncio.wait_for(task, 20)

    (first, second), code = asyncio.run(session())
    assert (b"3" in first, b"12" in second, code) == (True, True, 0)


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/", b"", b"hello from a hand-made component\n"),
        ("/stream", b"", b"".join(b"tick %d\n" % number for number in range(10))),
        ("/echo", b"q" * 300_000, b"POST " + b"q" * 300_000),
    ],
)
def test_streams_a_response(path, body, expected, engine, component):
    machine = Machine(Settings(streaming=True))

    async def session():
        linker = Linker()
        linker.add(*link(machine))
        instance = linker.instantiate(Store(engine, suspends=True), component("c-http-hello"))
        handle = instance.func("wasi:http/incoming-handler#handle").call_async
        response = await serve_streaming(handle, Request("POST" if body else "GET", path=path, body=body), machine.waiter)
        return response.status, [chunk async for chunk in response.body]

    status, chunks = asyncio.run(asyncio.wait_for(session(), 60))
    assert (status, b"".join(chunks)) == (200, expected)
    assert machine.bell.sources == 0
