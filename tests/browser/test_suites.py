"""The reference tests, the wasm-tools tests, the core testsuite and our own scripts on the browser's engine: all pass, but for a ledger."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Watch, wait_for_python

ROOT = Path(__file__).parent.parent.parent
SUITES = Path(os.environ.get("PYCM_SHARED", ROOT.parent / "shared")) / "suites"
FILES = sorted(
    path
    for name in ("component-model", "wasm-tools", "core")
    for path in (SUITES / name).rglob("*.wast")
    if "gc" not in path.parts
    and not path.name.startswith("simd_f")  # the arithmetic of JavaScript's own engine, and most of the time
)


ALL = [*FILES, *sorted((ROOT / "tests" / "runtime" / "scripts").glob("*.wast"))]
"""The suites, and our own scripts, which need nothing beside the repository."""


def ledger(*files: Path) -> set[str]:
    """The directives that are known to fail, as `file:line`."""
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return {line.partition(": ")[0] for line in lines if line and not line.startswith("#")}


KNOWN = ledger(ROOT / "tests" / "runtime" / "known_failures.txt", Path(__file__).with_name("suites_known_failures.txt"))


RUN = """async (scripts) => {
  const all = [];
  for (const [name, text] of scripts) {
    const {engine, passed, skipped, directives} = await pycm.call('wast', {name, text});
    all.push({engine, passed, skipped, failed: directives.filter(({verdict}) => verdict === 'failed')});
  }
  return all;
}"""


pytestmark = pytest.mark.timeout(900)
"""The first test runs everything, in well under two minutes where nothing else runs."""


@pytest.fixture(scope="module")
def outcomes(browser: Browser, site: str) -> Iterator[dict[Path, dict[str, Any]]]:
    """What became of every script, all in one page, which opens hundreds of components so."""
    watch = Watch()
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    watch.page(page)
    page.goto(site)
    wait_for_python(page)
    found: dict[Path, dict[str, Any]] = {}
    for start in range(0, len(ALL), 20):
        some = ALL[start : start + 20]
        scripts = [[name_of(path), path.read_text(encoding="utf-8")] for path in some]
        found |= zip(some, page.evaluate(RUN, scripts), strict=True)
    yield found
    context.close()
    if problems := watch.problems():
        pytest.fail("\n".join(problems))


def name_of(path: Path) -> str:
    return path.relative_to(SUITES if path.is_relative_to(SUITES) else ROOT).as_posix()


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_directives(outcomes: dict[Path, dict[str, Any]], path: Path) -> None:
    file, found = name_of(path), outcomes[path]
    assert found["engine"] == "browser"
    failures = {f"{file}:{directive['line']}": directive["message"] for directive in found["failed"]}
    assert {where: message for where, message in failures.items() if where not in KNOWN} == {}
    assert not {known for known in KNOWN if known.startswith(f"{file}:")} - failures.keys(), "these pass now"


@pytest.mark.skipif(not FILES, reason=f"the suites are not there: {SUITES}")
def test_most_directives_pass(outcomes: dict[Path, dict[str, Any]]) -> None:
    """None of the tests above passes for want of directives."""
    assert sum(found["passed"] for found in outcomes.values()) > 20_000
