"""Two commands on one network in the page: a server waits, a client connects, they talk, both end. The page stays responsive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import Hands
from tests.browser.test_waiting import AT_ONCE, PROGRAMS, opened, responsive  # noqa: F401  # measured here, too

TOGETHER = """([runs]) => {
  const decoder = new TextDecoder();
  const run = {texts: runs.map(() => ''), text: '', ended: null};
  const onOutput = (stream, bytes, place) => { const text = decoder.decode(bytes); run.texts[place] += text; run.text += text; };
  run.over = pycm.call('run-together', {runs}, {onOutput})
    .then(({results}) => run.ended = results.map(({exit, trap}) => trap ? `${exit} ${trap.kind}` : exit), (error) => run.ended = error);
  window.run = run;
}"""


def start(page: Page, *commands: str, grants: dict[str, Any] | None = None) -> None:
    ids: dict[str, str] = {}
    runs = []
    for line in commands:
        name, *_ = argv = line.split()
        if name not in ids:
            ids[name] = opened(page, name)
        runs.append({"id": ids[name], "argv": argv, "grants": {"network": {}} if grants is None else grants})
    page.evaluate(TOGETHER, [runs])


def test_a_server_and_a_client_talk(booted: Page) -> None:
    start(booted, "server 7000 2", "client 7000 one two", "client 7000 three")
    assert booted.evaluate("run.over") == [0, 0, 0]
    server, first, second = booted.evaluate("run.texts")
    assert first == "connected to 127.0.0.1:7000\nback came: one\nback came: two\nclosed\n"
    assert second == "connected to 127.0.0.1:7000\nback came: three\nclosed\n"
    assert server.startswith("listening on 127.0.0.1:7000\nconnection 1\n")
    assert "connection 1 is over: 6 bytes sent back\n" in server and "connection 2 is over: 5 bytes sent back\n" in server


def test_datagrams_go_between_two(booted: Page) -> None:
    start(booted, "replier 7000 2", "sender 7000 one three")
    assert booted.evaluate("run.over") == [0, 0]
    replier, sender = booted.evaluate("run.texts")
    assert sender == "back came: one\nback came: three\n"
    assert replier == "waiting at 127.0.0.1:7000\ndatagram 1: 3 bytes\ndatagram 2: 5 bytes\n"


@pytest.mark.alone  # beside others, what does not stop soon enough is started anew
def test_stop_ends_both(booted: Page) -> None:
    start(booted, "server 7000", "sleeper 3600", "server 7001", grants={"network": {}, "clock": "real"})
    booted.wait_for_function("() => run.text.includes('127.0.0.1:7001') && run.text.includes('second 1')", timeout=20_000)
    stopped = booted.evaluate(
        "async () => { const before = performance.now(); await pycm.stop(); await run.over; return [performance.now() - before, run.ended.kind, pycm.state]; }"
    )
    assert stopped[0] < AT_ONCE and stopped[1:] == ["Stopped", "ready"]
    start(booted, "server 7000 1", "client 7000")
    assert booted.evaluate("run.over") == [0, 0]


def test_what_is_not_granted_is_denied(booted: Page) -> None:
    start(booted, "server 7000 1", "client", grants={})
    assert booted.evaluate("run.over") == [1, 1]
    assert booted.evaluate("run.texts") == ["error: sockets are not granted\n"] * 2


def test_a_server_that_nobody_can_reach_any_more_is_told(booted: Page) -> None:
    start(booted, "server 7000", "client 7000")
    assert booted.evaluate("run.over") == ["134 deadlock", 0]


@pytest.fixture
def hands(booted: Page) -> Iterator[Hands]:
    hands = Hands(booted)
    hands.give("client.wasm", PROGRAMS / "client.wasm")
    expect(hands.find("run-card")).to_be_visible(timeout=60_000)
    hands.find("beside").evaluate("details => { details.open = true; }")
    hands.find("add-companion").set_input_files(PROGRAMS / "server.wasm")
    expect(hands.find("companions").locator("li")).to_have_count(1)
    yield hands


def test_by_hand(hands: Hands) -> None:
    hands.find("companion-line").fill("server 7000 1")
    hands.find("argv").fill("client server:7000 hello there")
    hands.find("run").click()
    expect(hands.find("exit")).to_contain_text("exit code 0", timeout=30_000)
    expect(hands.find("companion-exit")).to_contain_text("exit code 0")
    expect(hands.find("console")).to_contain_text("back came: there")
    expect(hands.find("companion-console")).to_contain_text("connection 1 is over: 10 bytes sent back")


def test_stop_by_hand(hands: Hands) -> None:
    hands.find("argv").fill("client 7001")  # nobody listens there
    hands.find("companion-line").fill("server 7000")
    hands.page.get_by_label("Remove server.wasm").is_enabled()
    hands.find("change-grants").click()
    hands.find("grant-clock-real").check(force=True)
    hands.find("grants-ok").click()
    hands.find("run").click()
    expect(hands.find("companion-console")).to_contain_text("listening on 127.0.0.1:7000", timeout=30_000)
    hands.find("stop-call").click()
    expect(hands.find("run")).to_be_enabled()
    expect(hands.find("run-card")).to_contain_text("Stopped. What it had written until then is above")


def test_only_commands_run_beside(hands: Hands) -> None:
    hands.find("add-companion").set_input_files(PROGRAMS / "site.wasm")
    expect(hands.find("companion-refused")).to_contain_text("does not export wasi:cli/run")
    hands.page.get_by_label("Remove server.wasm").click()
    expect(hands.find("companions").locator("li")).to_have_count(0)
