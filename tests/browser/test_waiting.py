"""Commands that wait, in the page: for lines, for time, for timers and a socket. The page stays responsive, and Stop ends each at once."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

PROGRAMS = Path(__file__).parents[2] / "web" / "examples" / "wasi"
LONG = 50
"""Milliseconds of work that no task of the main thread may do in one go."""
AT_ONCE = 1000
"""Milliseconds: far below the grace and a boot together on a slow machine would be more."""

OPEN = """([name, base64]) => pycm.call('open', {name, bytes: Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))})
  .then(({id}) => id)"""

START = """([id, params, live]) => {
  const decoder = new TextDecoder();
  const keys = new TransformStream();
  const run = {text: '', ended: null, writer: keys.writable.getWriter(), started: performance.now(), times: []};
  const onOutput = (stream, bytes) => { run.text += decoder.decode(bytes, {stream: true}); run.times.push(performance.now() - run.started); };
  run.over = pycm.call('run', {...params, id, ...(live ? {stdin: keys.readable} : {})}, {onOutput})
    .then(({exit}) => run.ended = {exit}, (error) => run.ended = error);
  window.run = run;
}"""

STOP = """async () => {
  const before = performance.now();
  await pycm.stop();
  await run.over;
  const took = performance.now() - before;
  const state = pycm.state;
  const check = await pycm.call('check-wit', {text: ''}).then(() => true);
  return {took, ended: run.ended, state, check, back: performance.now() - before};
}"""


def opened(page: Page, program: str) -> str:
    data = base64.b64encode((PROGRAMS / f"{program}.wasm").read_bytes()).decode()
    id: str = page.evaluate(OPEN, [f"{program}.wasm", data])
    return id


def shows(page: Page, text: str) -> None:
    page.wait_for_function("(text) => run.text.includes(text)", arg=text, timeout=20_000)


@pytest.fixture(autouse=True)
def responsive(booted: Page, browser: Browser) -> Iterator[None]:
    """Every task of the page's main thread is short. What counts is the work it did, not how long others kept the machine."""
    browser.start_tracing(page=booted, categories=["toplevel", "__metadata"])
    yield
    events = json.loads(browser.stop_tracing())["traceEvents"]
    main = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"}
    work = [e["tdur"] / 1000 for e in events if (e["pid"], e["tid"]) in main and "RunTask" in e["name"] and "tdur" in e]
    assert len(work) > 10, "nothing was measured"
    assert max(work) <= LONG, "a task of the main thread over 50 ms"


def check_stop(page: Page) -> None:
    stopped = page.evaluate(STOP)
    assert stopped["ended"]["kind"] == "Stopped", stopped
    assert stopped["took"] < AT_ONCE, stopped
    assert stopped["state"] == "ready", "a command that waits ends by itself, without a new worker"
    assert stopped["check"]


def test_lines_are_read_as_they_are_typed(booted: Page) -> None:
    booted.evaluate(START, [opened(booted, "lines"), {}, True])
    for number, line in enumerate(("hello", "grüß dich", ""), 1):
        assert f"{number}: " not in booted.evaluate("run.text")
        booted.evaluate("(line) => run.writer.write(line)", f"{line}\n")
        shows(booted, f"{number}: {line}\n")
    booted.evaluate("run.writer.close()")
    assert booted.evaluate("run.over") == {"exit": 0}
    assert booted.evaluate("run.text").endswith("3: \nend of input\n")


def test_stop_ends_who_waits_for_a_line(booted: Page) -> None:
    booted.evaluate(START, [opened(booted, "lines"), {}, True])
    booted.evaluate("run.writer.write('one\\n')")
    shows(booted, "1: one")
    check_stop(booted)


def test_stop_ends_who_sleeps(booted: Page) -> None:
    booted.evaluate(START, [opened(booted, "sleeper"), {"argv": ["sleeper", "3600"], "grants": {"clock": "real"}}, False])
    shows(booted, "second 2")
    times = booted.evaluate("run.times")
    assert 900 < times[-1] - times[-4 if len(times) > 3 else 0] < 4000, "seconds are seconds"
    check_stop(booted)


def test_an_hour_of_virtual_sleep_takes_no_time(booted: Page) -> None:
    booted.evaluate(START, [opened(booted, "sleeper"), {"argv": ["sleeper", "3600"]}, False])
    assert booted.evaluate("run.over") == {"exit": 0}
    assert booted.evaluate("run.text").endswith("second 3599\nawake\n")
    assert booted.evaluate("performance.now() - run.started") < 20_000


@pytest.mark.parametrize("shared", [False, True])
def test_stop_ends_who_polls_timers_and_a_socket(booted: Page, shared: bool) -> None:
    grants: dict[str, Any] = {"clock": "real", "network": {"shared": shared}}
    booted.evaluate(START, [opened(booted, "poller"), {"argv": ["poller"], "grants": grants}, False])
    for text in ("quick timer 2\n", "slow timer 1\n", "socket: hello\n"):
        shows(booted, text)
    check_stop(booted)


def test_sockets_are_denied_unless_granted(booted: Page) -> None:
    booted.evaluate(START, [opened(booted, "poller"), {"argv": ["poller", "9"]}, False])
    assert booted.evaluate("run.over") == {"exit": 1}
    assert booted.evaluate("run.text") == "error: sockets are not granted\n"
