"""The card that says what a command could reach, the typed input, and the log of requests, as a visitor uses them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watch, wait_for_python
from tests.browser.hands import Hands
from tests.browser.test_fetching import Server, server  # noqa: F401  # the same server
from tests.browser.test_waiting import PROGRAMS, opened


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
    expect(hands.find("grants")).to_be_visible()
    hands.find("grant-http-deny").press("ArrowRight")
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


@pytest.fixture
def serving(browser: Browser, site: str, watch: Watch) -> Iterator[Hands]:
    """A page that may serve, with `relay.wasm` open: it answers with what other hosts answer."""
    watch.allowed += ["the server responded with a status of"]
    context = browser.new_context()
    page = context.new_page()
    watch.page(page)
    page.goto(site)
    wait_for_python(page)
    hands = Hands(page)
    hands.give("relay.wasm", PROGRAMS / "relay.wasm")
    expect(hands.find("serve-card")).to_be_visible(timeout=60_000)
    yield hands
    context.close()


def test_nothing_is_served_before_the_card_is_answered(serving: Hands, server: Server) -> None:  # noqa: F811
    server.asked.clear()
    serving.find("serve").click()
    expect(serving.find("grants")).to_contain_text("wasi:http/outgoing-handler")
    serving.page.keyboard.press("Escape")
    expect(serving.find("served")).to_have_count(0)
    serving.find("serve").click()
    serving.find("grants-deny").click()
    serving.find("address").fill(f"/{server.origin}/hello")
    serving.find("address").press("Enter")
    frame = serving.page.frame_locator("[data-testid=served]")
    expect(frame.locator("body")).to_contain_text("error: HTTP-request-denied", timeout=30_000)
    expect(serving.find("request-log")).to_contain_text("not among the hosts that were granted")
    expect(serving.find("granted")).to_contain_text("Stop serving to change it")
    assert server.asked == []


def test_what_is_served_reaches_who_was_granted(serving: Hands, server: Server) -> None:  # noqa: F811
    serving.find("serve").click()
    serving.find("grant-http-allow").check(force=True)
    serving.find("grant-hosts").fill(server.origin)
    serving.find("grants-ok").click()
    expect(serving.find("granted")).to_contain_text(f"requests to {server.origin}")
    for number in (1, 2):
        serving.find("address").fill(f"/{server.origin}/hello")
        serving.find("address").press("Enter")
        expect(serving.page.frame_locator("[data-testid=served]").locator("body")).to_contain_text("GET /hello", timeout=30_000)
        expect(serving.find("request-log").locator("li", has_text="200")).to_have_count(number)
    serving.find("unserve").click()
    expect(serving.find("change-grants")).to_be_enabled()


def test_a_request_by_hand_asks_too(serving: Hands, server: Server) -> None:  # noqa: F811
    serving.find("ask-hand").check(force=True)
    serving.find("request-path").fill(f"/{server.origin}/hello")
    serving.find("request").click()
    serving.find("grant-http-allow").check(force=True)
    serving.find("grant-hosts").fill(server.origin)
    serving.find("grants-ok").click()
    expect(serving.find("response-status")).to_have_text("200", timeout=30_000)
    expect(serving.find("response-body")).to_contain_text("GET /hello")
    axe = (PROGRAMS.parents[1] / "node_modules" / "axe-core" / "axe.min.js").read_text()
    serving.page.evaluate(axe)
    assert serving.page.evaluate("axe.run('[data-testid=serve-card]').then(({violations}) => violations.map(({id}) => id))") == []


def test_scripts_grant_in_the_same_words(serving: Hands, server: Server) -> None:  # noqa: F811
    page = serving.page
    id = opened(page, "relay")
    ask = """async ([id, grants, path]) => {
      const {url} = await pycm.call('serve', {id, grants});
      const response = await fetch(url + path);
      const text = await response.text();
      await pycm.call('unserve', {url});
      return [response.status, text];
    }"""
    path = f"{server.origin}/hello"
    denied = [502, "error: HTTP-request-denied: requests to this host were not granted\n"]
    assert page.evaluate(ask, [id, {}, path]) == denied
    assert page.evaluate(ask, [id, {"http": {"hosts": ["example.org"]}}, path]) == denied
    assert page.evaluate(ask, [id, {"http": {"hosts": [server.origin]}}, path]) == [200, "GET /hello "]
