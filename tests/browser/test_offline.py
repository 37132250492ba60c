"""The site with the network off, after one visit; a new version; what was kept is forgotten on request."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import BOOT, Watch, wait_for_python

KEPT = "Kept: this page works with the network off."


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile with service workers."""
    context = browser.new_context()
    yield context
    context.close()


def keep(page: Page) -> None:
    """Wait until the page is kept."""
    expect(page.get_by_test_id("offline")).to_have_text(KEPT, timeout=BOOT)


def go_offline(page: Page) -> None:
    """Switch the network off, for the worker, too."""
    page.context.set_offline(True)
    assert page.evaluate("() => fetch('./not-there?' + Math.random()).then(() => 'came', () => 'failed')") == "failed"


def test_works_with_the_network_off_after_the_first_visit(page: Page, site: str, watch: Watch) -> None:
    watch.allowed += ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED"]
    page.goto(site)
    wait_for_python(page)
    keep(page)
    go_offline(page)
    page.goto(site + "#again")
    page.reload()
    hello = wait_for_python(page)
    assert hello["boot"] == "snapshot"
    assert page.evaluate("() => crossOriginIsolated")
    assert page.evaluate("() => pycm.call('check-wit', {text: 'package a:b;'})")["package"] == "a:b"
    page.get_by_test_id("open-example").click()
    expect(page.get_by_test_id("component-panel")).to_contain_text("bench.wasm", timeout=BOOT)


@pytest.mark.parametrize("headers", [True, False])
def test_works_below_a_path(
    page: Page, watch: Watch, serve: Callable[..., str], dist: Path, tmp_path: Path, headers: bool
) -> None:
    watch.allowed += ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED"]
    shutil.copytree(dist, tmp_path / "some" / "where")
    page.goto(serve(tmp_path, headers=headers) + "some/where/")
    wait_for_python(page)
    keep(page)
    go_offline(page)
    page.reload()
    wait_for_python(page)


def test_a_new_version_is_told_and_comes_with_the_next_visit(
    page: Page, watch: Watch, serve: Callable[..., str], dist: Path, tmp_path: Path
) -> None:
    watch.allowed += ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED"]
    shutil.copytree(dist, tmp_path / "site")
    folder = tmp_path / "site"
    page.goto(serve(folder))
    wait_for_python(page)
    keep(page)
    html = folder / "index.html"
    html.write_text(html.read_text().replace("<title>", "<title>New: "))
    worker = folder / "sw.js"
    worker.write_text(worker.read_text().replace("pycm-site-", "pycm-site-new-"))
    page.evaluate("() => navigator.serviceWorker.ready.then((registration) => registration.update())")
    expect(page.get_by_test_id("notices")).to_contain_text("There is a new version of this page.")
    with page.expect_navigation():
        page.get_by_role("button", name="Reload").click()
    wait_for_python(page)
    assert "New: " in page.evaluate("() => fetch('./').then((response) => response.text())")
    keep(page)
    go_offline(page)
    page.reload()
    wait_for_python(page)


def test_what_was_kept_is_forgotten_on_request(page: Page, site: str, watch: Watch) -> None:
    watch.allowed += ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED"]
    page.goto(site)
    wait_for_python(page)
    keep(page)
    page.get_by_test_id("projects").click()
    page.get_by_test_id("reset-offline").click()
    expect(page.get_by_test_id("notices")).to_contain_text("offline data is gone")
    left = page.evaluate("async () => [await caches.keys(), (await navigator.serviceWorker.getRegistrations()).length]")
    assert left == [[], 0]
