"""The reference tests and the wasm-tools tests on the browser's engine: every directive has the verdict it has on CPython's engines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Watch, wait_for_python

ROOT = Path(__file__).parent.parent.parent
SUITES = Path(os.environ.get("PYCM_SHARED", ROOT.parent / "shared")) / "suites"
FILES = sorted(
    path for name in ("component-model", "wasm-tools") for path in (SUITES / name).rglob("*.wast") if "gc" not in path.parts
)


def ledger(*files: Path) -> set[str]:
    """The directives that are known to fail, as `file:line`."""
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return {line.partition(": ")[0] for line in lines if line and not line.startswith("#")}


KNOWN = ledger(ROOT / "tests" / "runtime" / "known_failures.txt", Path(__file__).with_name("suites_known_failures.txt"))

pytestmark = pytest.mark.skipif(not FILES, reason=f"the suites are not there: {SUITES}")


@pytest.fixture(scope="module")
def suite_page(browser: Browser, site: str) -> Iterator[Page]:
    """One page for all scripts."""
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


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SUITES)))
def test_directives(suite_page: Page, path: Path) -> None:
    file = path.relative_to(SUITES).as_posix()
    found = suite_page.evaluate("([name, text]) => pycm.call('wast', {name, text})", [file, path.read_text(encoding="utf-8")])
    assert found["engine"] == "browser"
    failures = {f"{file}:{d['line']}": d["message"] for d in found["directives"] if d["verdict"] == "failed"}
    assert {where: message for where, message in failures.items() if where not in KNOWN} == {}
    assert not {known for known in KNOWN if known.startswith(f"{file}:")} - failures.keys(), "these pass now"
