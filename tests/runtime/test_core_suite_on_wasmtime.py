"""The core testsuite on `wasmtime` as the engine, against a strict ledger: what its C interface cannot do stands there with the reason."""

import os
from pathlib import Path

import pytest

from pycm_core.api.engines import make
from pycm_core.base.source import Source
from pycm_core.script.core import CoreFormat
from pycm_core.script.modules import ModuleExecutor
from pycm_core.script.wast import PASSED, FormatExecutor, Verdict, run

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2] / ".." / "shared"))
FOLDER = SHARED / "suites" / "core"
FILES = sorted(
    path
    for path in FOLDER.glob("*.wast")
    if not path.name.startswith(("simd_f", "simd_i"))  # the arithmetic of wasmtime's own, and most of the time
)
LEDGER = Path(__file__).with_name("core_suite_known_failures.txt")
KNOWN = {line.partition(": ")[0] for line in LEDGER.read_text().splitlines() if not line.startswith("#")}


class Runner(ModuleExecutor):
    """Leaves to the tests of the formats what is theirs."""

    def __init__(self):
        super().__init__(make("wasmtime"), FormatExecutor({"module": CoreFormat()}))

    def steps(self, directive):
        return PASSED if directive.keyword in ("assert_malformed", "assert_invalid") else self.execute(directive)
        yield  # makes this a generator


@pytest.mark.skipif(not FILES, reason="needs the suites (PYCM_SHARED)")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_directives(path):
    pytest.importorskip("wasmtime")
    found = {}
    run(Source(path.read_bytes().decode("utf-8", "replace"), path.name), Runner(),
        lambda directive, outcome: found.update({f"{path.name}:{directive.line}": outcome.message})
        if outcome.verdict is Verdict.FAILED else None)  # fmt: skip
    known = {where for where in KNOWN if where.startswith(f"{path.name}:")}
    assert {where: message for where, message in found.items() if where not in known} == {}
    assert not known - found.keys(), "these pass now: take them out of the ledger"
