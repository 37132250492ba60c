"""Our own scripts, on each engine: corners of the specification beside the reference tests. `scripts/README.md` says where others differ."""

from pathlib import Path

import pytest

from pycm_core.base.source import Source
from pycm_core.script.formats import formats_of
from pycm_core.script.running import ComponentExecutor
from pycm_core.script.wast import run

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.wast"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script(path, engine):
    text = path.read_text("utf-8")
    summary = run(Source(text, path.name), ComponentExecutor(engine, formats_of(text)))
    assert not summary["failures"]
    assert not summary["skips"]
    assert summary["passed"]
