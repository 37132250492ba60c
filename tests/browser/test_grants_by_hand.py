"""The card that says what a command could reach, the typed input, and the log of requests, as a visitor uses them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import Hands
from tests.browser.test_fetching import Server, server  # noqa: F401  # the same server
from tests.browser.test_waiting import PROGRAMS


@pytest.fixture
def hands(booted: Page) -> Iterator[Hands]:
    yield Hands(booted)


def give(hands: Hands, program: str) -> None:
    hands.give(f"{program}.wasm", PROGRAMS / f"{program}.wasm")
    expect(hands.find("run-card")).to_be_visible(timeout=60_000)


def test_nothing_runs_before_the_card_is_answered(hands: Hands, server: Server) -> None:  # noqa: F811
    give(hands, "fetch")
    hands.find("argv").fill(f"fetch http://{server.origin}/hello")
    hands.find("run").click()
    expect(hands.find("grants")).to_be_visible()
    expect(hands.find("grants")).to_contain_text("wasi:http/outgoing-handler")
    expect(hands.find("grant-http-deny")).to_be_checked()
    hands.page.keyboard.press("Escape")
    expect(hands.find("grants")).to_be_hidden()
    expect(hands.find("exit")).to_have_count(0)

    hands.find("run").click()
    hands.find("grants-deny").click()
    expect(hands.find("console")).to_contain_text("error: HTTP-request-denied", timeout=30_000)
    expect(hands.find("request-log")).to_contain_text("not among the hosts that were granted")
    assert server.asked == []


def test_a_host_is_allowed_by_keyboard_and_its_answer_played_back(hands: Hands, server: Server) -> None:  # noqa: F811
    give(hands, "fetch")
    hands.find("argv").fill(f"fetch http://{server.origin}/hello")
    hands.find("run").press("Enter")
    hands.find("grant-http-deny").focus()
    hands.page.keyboard.press("ArrowRight")
    expect(hands.find("grants-ok")).to_be_disabled()
    hands.page.keyboard.press("Tab")
    hands.page.keyboard.type(server.origin)
    hands.page.keyboard.press("Enter")
    expect(hands.find("console")).to_contain_text("GET /hello", timeout=30_000)
    expect(hands.find("request-log")).to_contain_text("200, 11 bytes")
    expect(hands.find("granted")).to_contain_text(f"requests to {server.origin}")
    asked = len(server.asked)

    hands.find("replay").click()
    expect(hands.find("granted")).to_contain_text("requests played back")
    hands.find("run").click()
    expect(hands.find("console")).to_contain_text("GET /hello", timeout=30_000)
    assert len(server.asked) == asked

    give(hands, "fetch")  # anew: what was granted is over
    hands.find("run").click()
    expect(hands.find("grant-http-deny")).to_be_checked()


def test_lines_are_typed_and_the_input_is_ended(hands: Hands) -> None:
    give(hands, "lines")
    hands.find("stdin-from-live").check(force=True)
    hands.find("run").click()
    line = hands.find("terminal-line")
    expect(line).to_be_focused(timeout=30_000)
    line.type("hello")
    line.press("Enter")
    expect(hands.find("console")).to_contain_text("1: hello", timeout=30_000)
    line.type("unfinished")
    line.press("Control+d")
    expect(hands.find("exit")).to_contain_text("exit code 0", timeout=30_000)
    assert hands.find("console").text_content() == "hello\n1: hello\nunfinished2: unfinished\nend of input\n"

    hands.find("run").click()
    expect(line).to_be_focused(timeout=30_000)
    line.press("Control+c")
    expect(hands.find("run")).to_be_visible(timeout=30_000)
    expect(hands.find("run-card")).to_contain_text("Stopped.")


def test_the_card_passes_axe(hands: Hands) -> None:
    give(hands, "fetch")
    hands.find("run").click()
    axe = (PROGRAMS.parents[1] / "node_modules" / "axe-core" / "axe.min.js").read_text()
    hands.page.evaluate(axe)
    found = hands.page.evaluate("axe.run('[data-testid=grants]').then(({violations}) => violations.map(({id}) => id))")
    assert found == []
