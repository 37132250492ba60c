"""Commands that run together with the open one: what they are given is saved with the project and travels in a link, and nothing runs by itself."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watch, wait_for_python
from tests.browser.hands import Hands
from tests.browser.test_waiting import PROGRAMS


def as_it_was(page: Page) -> None:
    """What was set up is there, nothing has run, and it runs."""
    again = Hands(page)
    expect(again.find("companion-line")).to_have_value("files show /page hold", timeout=60_000)
    expect(again.find("companions")).to_contain_text("1 entry")
    wait_for_python(page)
    expect(again.find("run")).to_be_enabled(timeout=60_000)
    assert again.find("exit").count() == again.find("companion-exit").count() == again.find("companion-console").count() == 0
    again.find("run").click()
    expect(again.find("companion-exit")).to_contain_text("exit code 1", timeout=60_000)
    expect(again.find("companion-console")).to_contain_text("on a page")


def test_they_have_files_and_are_saved_and_shared(booted: Page, browser: Browser, watch: Watch) -> None:
    page, hands = booted, Hands(booted)
    hands.give("client.wasm", PROGRAMS / "client.wasm")
    expect(hands.find("run-card")).to_be_visible(timeout=60_000)
    hands.find("beside").evaluate("details => { details.open = true; }")
    hands.find("add-companion").set_input_files(PROGRAMS / "files.wasm")
    beside = hands.find("companions").locator("li.companion")
    expect(beside).to_have_count(1)
    beside.get_by_test_id("given-files").evaluate("details => { details.open = true; }")
    beside.get_by_test_id("add-files").set_input_files({"name": "page", "mimeType": "text/plain", "buffer": b"on a page"})
    expect(beside.get_by_test_id("files").locator("li")).to_have_count(1)
    hands.find("companion-line").fill("files show /page hold")
    hands.find("argv").fill("client 7000")
    hands.find("share").click()
    link = hands.find("share-link").input_value(timeout=20_000)
    page.get_by_label("Close", exact=True).click()
    expect(hands.find("status").get_by_test_id("kept")).to_contain_text("kept")
    page.reload()
    as_it_was(page)
    context = browser.new_context(service_workers="block")
    other = context.new_page()
    watch.page(other)
    other.goto(link)
    expect(Hands(other).find("arrival")).to_contain_text("files.wasm", timeout=60_000)
    expect(Hands(other).find("arrival")).to_contain_text("Nothing has run")
    as_it_was(other)
    context.close()
