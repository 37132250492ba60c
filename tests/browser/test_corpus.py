"""Components of real toolchains, in the page: their WIT, their calls, their runs, as the corpus's manifest records them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import corpus
from tests.browser.conftest import Watch, wait_for_python
from tests.oracles import wasm_tools

pytestmark = pytest.mark.skipif(corpus.manifest() is None, reason=f"the components are not there: {corpus.COMPONENTS}")


@pytest.fixture(scope="module")
def corpus_page(browser: Browser, site: str) -> Iterator[Page]:
    """One page for all of them: opening many components is part of the check."""
    watch = Watch()
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    watch.page(page)
    page.goto(site)
    wait_for_python(page)
    yield page
    context.close()
    if problems := watch.problems():
        pytest.fail("\n".join(problems))


@pytest.fixture(scope="module")
def opened(corpus_page: Page) -> Any:
    @cache
    def open_once(component: str) -> dict[str, Any]:
        return corpus.open_component(corpus_page, component)

    return open_once


@pytest.mark.parametrize("component", list(dict.fromkeys([*corpus.CALLABLE, *corpus.of_wasi_02()])))
def test_wit_is_what_wasm_tools_shows(opened: Any, component: str) -> None:
    shown = subprocess.run(
        [wasm_tools(), "component", "wit", corpus.file_of(component)], capture_output=True, text=True, check=True
    )
    assert opened(component)["kind"] == "component"
    assert opened(component)["wit"].rstrip() == shown.stdout.rstrip()


LEDGER = dict(
    line.split(": ", 1)
    for line in (Path(__file__).parent / "known_failures.txt").read_text().splitlines()
    if line and not line.startswith("#")
)


def with_ledger(test: dict[str, Any]) -> Any:
    """A test, expected to fail where the ledger has it."""
    name = test["name"]
    marks = [pytest.mark.xfail(reason=LEDGER[name], strict=True)] if name in LEDGER else []
    return pytest.param(test, id=name, marks=marks)


CALLED = [*corpus.CALLABLE, *corpus.of_wasi_02()]


@pytest.mark.parametrize("test", [with_ledger(test) for test in corpus.tests_of(CALLED, "invoke", "transcript")])
def test_calls(corpus_page: Page, opened: Any, test: dict[str, Any]) -> None:
    check = {"invoke": corpus.check_invoke, "transcript": corpus.check_transcript}[test["kind"]]
    assert check(corpus_page, opened(test["component"]), test) == []


@pytest.mark.parametrize("test", [with_ledger(test) for test in corpus.tests_of(corpus.of_wasi_02(), "cli")])
def test_commands(corpus_page: Page, opened: Any, test: dict[str, Any]) -> None:
    """All of WASI 0.2: streams, exit code, files after the run; requests go to the page's own origin, by `fetch`."""
    assert opened(test["component"])["command"]
    assert corpus.check_run(corpus_page, opened(test["component"]), test) == []


@pytest.mark.parametrize("test", corpus.tests_of(corpus.of_wasi_02(), "http"), ids=lambda test: test["name"])
def test_requests(corpus_page: Page, opened: Any, test: dict[str, Any]) -> None:
    assert corpus.check_http(corpus_page, opened(test["component"]), test) == []


def test_every_component_opens_and_says_what_is_missing(corpus_page: Page) -> None:
    found = corpus.manifest()
    assert found is not None
    for component in found["components"]:
        opened = corpus.open_component(corpus_page, component)
        assert opened["kind"] == "component"
        assert opened["wit"]
        assert isinstance(opened["missing"], list)
        corpus_page.evaluate("id => pycm.call('close', {id})", opened["id"])
