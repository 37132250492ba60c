"""The reference tests and the wasm-tools tests: every directive that formats and validation can answer, against a strict ledger."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from pycm_core.base.source import Source
from pycm_core.script.formats import formats_of
from pycm_core.script.wast import run

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2] / ".." / "shared"))
SUITES = SHARED / "suites"
FILES = sorted(path for name in ("component-model", "wasm-tools") for path in (SUITES / name).rglob("*.wast"))
KNOWN = [
    line.partition(": ")[0]
    for line in Path(__file__).with_name("known_failures.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


def is_known(file: str, line: int) -> bool:
    return any(fnmatchcase(file, known) or known == f"{file}:{line}" for known in KNOWN)


@pytest.mark.skipif(not FILES, reason="needs the suites (PYCM_SHARED)")
@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SUITES)))
def test_directives(path: Path) -> None:
    text = path.read_text()
    file = str(path.relative_to(SUITES))
    summary = run(Source(text, file), formats_of(text))
    failures = [f for f in summary["failures"] if not is_known(file, f["line"])]
    assert not failures
    lines = {f["line"] for f in summary["failures"]}
    stale = [known for known in KNOWN if known.startswith(f"{file}:") and int(known.rpartition(":")[2]) not in lines]
    assert not stale, "these pass now: take them out of known_failures.txt"
