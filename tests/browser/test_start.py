"""The first visit: when the engine does not come, and the example by keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Watch

WAYS: dict[str, dict[str, Any]] = {
    "refused": {"status": 503, "body": "later"},
    "a page to log in": {"status": 200, "content_type": "text/html", "body": "<p>log in"},
}


@pytest.mark.parametrize("how", WAYS)
def test_without_the_engine_the_page_says_so(page: Page, site: str, watch: Watch, how: str) -> None:
    """On a phone, too, the way out is in sight; the editor works on."""
    watch.allowed += ["Failed to load", "status of 503", "Failed to fetch", "did not start", "does not start", "MIME type"]
    page.set_viewport_size({"width": 360, "height": 740})
    page.route("**/engine/**", lambda route: answer(route, how))
    page.goto(site)
    reload = page.get_by_test_id("reload")
    expect(reload).to_be_in_viewport(ratio=1, timeout=30_000)
    assert page.get_by_test_id("status").inner_text().count("did not start") == 1
    page.unroute_all()
    reload.click()
    expect(page.get_by_test_id("ready")).to_be_visible(timeout=60_000)


def answer(route: Route, how: str) -> None:
    route.fulfill(**WAYS[how])


def test_the_example_by_keyboard(booted: Page) -> None:
    """From the top of the page to a result, and the focus is always seen."""
    press = booted.keyboard.press
    go_to(booted, "open-example")
    press("Enter")
    expect(booted.get_by_test_id("call")).to_be_enabled(timeout=30_000)
    expect(booted.locator("#main")).to_be_focused()
    go_to(booted, "call")
    press("Enter")
    expect(booted.get_by_test_id("result")).to_contain_text("w", timeout=30_000)


FOCUS = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return [at.dataset.testid ?? "", at.classList.contains("cm-content"), getComputedStyle(at).outlineStyle];
}"""


def go_to(page: Page, name: str) -> None:
    """Press Tab until that has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        found, editor, outline = page.evaluate(FOCUS)
        if found == name:
            assert outline != "none"
            return
        if editor:
            page.keyboard.press("Escape")
    raise AssertionError(f"`{name}` cannot be reached")
