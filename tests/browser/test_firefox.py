"""The page in Firefox: it starts as in Chromium, and components of real toolchains do as the corpus's manifest records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from playwright.sync_api import Page

from tests.browser import corpus
from tests.browser.firefox import Firefox, executable
from tests.browser.test_corpus import CALLED, LEDGER

pytestmark = pytest.mark.skipif(executable() is None, reason="no Firefox here (on Debian: apt-get install firefox-esr)")


@pytest.fixture(scope="module")
def firefox(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    program = executable()
    assert program is not None
    with Firefox(program, tmp_path_factory.mktemp("firefox")) as firefox:
        firefox.goto(site)
        yield firefox


def test_it_starts(firefox: Firefox) -> None:
    assert firefox.evaluate("() => pycm.ready")["boot"] == "snapshot"
    assert firefox.evaluate("crossOriginIsolated")


CHECKS = {
    "invoke": corpus.check_invoke,
    "transcript": corpus.check_transcript,
    "cli": corpus.check_run,
    "http": corpus.check_http,
}


@pytest.mark.timeout(900)
@pytest.mark.skipif(corpus.manifest() is None, reason=f"the components are not there: {corpus.COMPONENTS}")
@pytest.mark.parametrize("kind", CHECKS)
def test_components(firefox: Firefox, kind: str) -> None:
    page = cast(Page, firefox)  # all that the corpus asks of it
    opened: dict[str, dict[str, Any]] = {}
    problems = {}
    for test in corpus.tests_of(CALLED, kind):
        component = test["component"]
        opened[component] = opened.get(component) or corpus.open_component(page, component)
        if found := CHECKS[kind](page, opened[component], test):
            problems[test["name"]] = found
    assert problems.keys() <= LEDGER.keys(), {name: found for name, found in problems.items() if name not in LEDGER}
    for one in opened.values():
        firefox.evaluate("id => pycm.call('close', {id})", one["id"])
