"""Commands that wait in a browser which cannot suspend WebAssembly: they wait all the same where there is a way, else they end with a
message that names what is missing. What is missing here is taken away by the first lines of the engine's worker."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Watch, wait_for_python
from tests.browser.test_waiting import START, STOP, opened, shows

LACKS = "it lacks JavaScript Promise Integration"


@pytest.fixture(scope="module")
def without(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, but its engine has no JSPI."""
    folder = tmp_path_factory.mktemp("without") / "dist"
    shutil.copytree(dist, folder, copy_function=os.link)
    (worker,) = (folder / "assets").glob("worker-*.js")
    script = worker.read_text("utf-8")
    worker.unlink()
    worker.write_text(f"delete WebAssembly.Suspending; delete WebAssembly.promising;\n{script}", "utf-8")
    return folder


@pytest.fixture
def visit(browser: Browser, without: Path, serve: Callable[..., str], watch: Watch) -> Iterator[Callable[..., Page]]:
    """A booted page, isolated or not, with a service worker or without."""
    contexts = []

    def go(isolated: bool, worker: bool) -> Page:
        context = browser.new_context(service_workers="allow" if worker else "block")
        contexts.append(context)
        page = context.new_page()
        watch.page(page)
        page.goto(serve(without, headers=isolated))
        wait_for_python(page)
        assert page.evaluate("crossOriginIsolated") is isolated
        if worker:
            page.wait_for_function("() => navigator.serviceWorker.ready.then(({active}) => active.state === 'activated')")
            page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        return page

    yield go
    for context in contexts:
        context.close()


WAYS = [pytest.param(True, False, id="shared memory"), pytest.param(False, True, id="requests")]


@pytest.mark.parametrize(("isolated", "worker"), WAYS)
def test_lines_are_read_as_they_are_typed(visit: Callable[..., Page], isolated: bool, worker: bool) -> None:
    page = visit(isolated, worker)
    page.evaluate(START, [opened(page, "lines"), {}, True])
    for number, line in enumerate(("hello", "grüß dich", ""), 1):
        assert f"{number}: " not in page.evaluate("run.text")
        page.evaluate("(line) => run.writer.write(line)", f"{line}\n")
        shows(page, f"{number}: {line}\n")
    page.evaluate("run.writer.close()")
    assert page.evaluate("run.over") == {"exit": 0}
    assert page.evaluate("run.text").endswith("3: \nend of input\n")


@pytest.mark.parametrize(("isolated", "worker"), WAYS)
@pytest.mark.parametrize(
    ("program", "argv", "texts"),
    [
        ("lines", [], ["1: one"]),
        ("sleeper", ["sleeper", "3600"], ["second 1", "second 2"]),
        ("poller", ["poller"], ["quick timer 2\n", "slow timer 1\n", "socket: hello\n"]),
    ],
)
def test_who_waits_goes_on_and_stops(
    visit: Callable[..., Page], isolated: bool, worker: bool, program: str, argv: list[str], texts: list[str]
) -> None:
    page = visit(isolated, worker)
    live = program == "lines"
    page.evaluate(START, [opened(page, program), {"argv": argv, "grants": {"clock": "real", "network": {}}}, live])
    if live:
        page.evaluate("run.writer.write('one\\n')")
    for text in texts:
        shows(page, text)
    if program == "sleeper":
        times = page.evaluate("run.times")
        assert times[-1] - times[0] > 900, "seconds are seconds"
    stopped = page.evaluate(STOP)
    assert stopped["ended"]["kind"] == "Stopped", stopped
    assert stopped["check"]
    if isolated:
        assert stopped["state"] == "ready", "a command that waits ends by itself, without a new worker"


TRAP = "([id, params]) => pycm.call('run', {...params, id}).then(({exit, trap}) => ({exit, ...trap}))"


def test_without_any_way_the_message_says_what_is_missing(visit: Callable[..., Page]) -> None:
    page = visit(False, False)
    outcome = page.evaluate(TRAP, [opened(page, "sleeper"), {"argv": ["sleeper", "9"], "grants": {"clock": "real"}}])
    assert outcome["exit"] == 134
    assert LACKS in outcome["message"]
    assert "not cross-origin isolated, and no service worker answers" in outcome["message"]
    assert "current Chrome" in outcome["hint"]


def test_a_request_cannot_be_waited_for(visit: Callable[..., Page]) -> None:
    page = visit(True, False)
    host = page.evaluate("location.host")
    given = {"argv": ["fetch", f"http://{host}/hello"], "grants": {"http": {"hosts": [host]}}}
    outcome = page.evaluate(TRAP, [opened(page, "fetch"), given])
    assert outcome["exit"] == 134
    assert LACKS in outcome["message"] and "not even a request" in outcome["message"]


def test_virtual_time_needs_nothing(visit: Callable[..., Page]) -> None:
    page = visit(False, False)
    assert page.evaluate(TRAP, [opened(page, "sleeper"), {"argv": ["sleeper", "3600"]}])["exit"] == 0
