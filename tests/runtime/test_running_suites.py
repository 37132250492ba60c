"""The reference tests and the wasm-tools tests, run on each engine that CPython has: instances, calls, traps. Against a strict ledger.

What formats and validation answer is tested in `tests/component`; its failures are not counted again here.
"""

import os
from pathlib import Path

import pytest

from pycm_core.base.source import Source
from pycm_core.script.formats import formats_of
from pycm_core.script.running import ComponentExecutor
from pycm_core.script.wast import Verdict, run

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2] / ".." / "shared"))
SUITES = SHARED / "suites"
FILES = sorted(
    path for name in ("component-model", "wasm-tools") for path in (SUITES / name).rglob("*.wast") if "gc" not in path.parts
)
KNOWN = {
    line.partition(": ")[0]
    for line in Path(__file__).with_name("known_failures.txt").read_text().splitlines()
    if not line.startswith("#")
}


@pytest.mark.skipif(not FILES, reason="needs the suites (PYCM_SHARED)")
@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SUITES)))
def test_directives(path, engine):
    text = path.read_text()
    file = str(path.relative_to(SUITES))
    formats = formats_of(text)
    failed_before = {
        f["line"] for f in run(Source(text, file), formats)["failures"]
    }  # in formats and validation, which have a ledger of their own
    outcomes = []
    run(Source(text, file), ComponentExecutor(engine, formats), lambda directive, outcome: outcomes.append((directive, outcome)))
    failures = {
        f"{file}:{directive.line}": outcome.message
        for directive, outcome in outcomes
        if outcome.verdict is Verdict.FAILED and directive.line not in failed_before
    }
    assert {where: message for where, message in failures.items() if where not in KNOWN} == {}
    stale = {known for known in KNOWN if known.startswith(f"{file}:")} - failures.keys()
    assert not stale, "these pass now: take them out of known_failures.txt"
