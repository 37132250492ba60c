"""Real components that wait: for a live input, for real time, for the network. On the engine `wasmtime`, suspended while they wait."""

from __future__ import annotations

import asyncio
import time

import corpus
import pytest

from pycm_core.api import Linker, Store
from wasi_browser import Exit, Machine, Settings, link

pytestmark = pytest.mark.skipif(not corpus.manifest()["tests"], reason="the component corpus is absent (PYCM_SHARED)")


def start(engine, component, machine):
    """The command of a component, ready to be awaited."""
    linker = Linker()
    linker.add(*link(machine))
    return linker.instantiate(Store(engine, suspends=True), component).func("wasi:cli/run#run")


async def ended(call):
    """The exit code of a call."""
    try:
        await call
    except Exit as exit_:
        return exit_.code
    return 0


def test_reads_line_by_line_while_the_loop_goes_on(engine, component):
    heard = []
    machine = Machine(Settings(argv=("rpn",), stdin=None, on_output=lambda stream, data: heard.append(data)))

    async def session():
        task = asyncio.ensure_future(ended(start(engine, component("c-rpn"), machine).call_async()))
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
