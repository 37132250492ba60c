"""The core test suite: every directive that formats and validation can answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from pycm_core.script.core import CoreFormat
from pycm_core.script.wast import FormatExecutor, run
from pycm_core.wasm.text.lexer import decode_utf8
from tests.wasm.corpus_modules import CORE_SUITE


@pytest.mark.skipif(not CORE_SUITE, reason="needs the core suite (PYCM_SHARED)")
@pytest.mark.parametrize("path", CORE_SUITE, ids=lambda p: p.stem)
def test_directives(path: Path) -> None:
    summary = run(decode_utf8(path.read_bytes(), path.name), FormatExecutor({"module": CoreFormat()}))
    assert summary["failures"] == []
    assert all(skip["reason"].endswith("needs an engine") for skip in summary["skips"])
    words = summary["worded"]
    assert words["differed"] <= 0.2 * (words["agreed"] + words["differed"]) + 3, "our words should lead to the same rule"
