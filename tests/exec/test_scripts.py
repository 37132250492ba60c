"""Scripts of our own, in every form of a compiled function; and the core suite, where it is present."""

from __future__ import annotations

from pathlib import Path

import pytest

from pycm_core.base.source import Source
from pycm_core.script import wast
from pycm_core.wasm.exec.space import Form

from .core_scripts import FOLDER, CoreExecutor

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.wast"))
SUITE = sorted(FOLDER.glob("*.wast"))

EVERY_FORM = (
    "block", "br_table", "call_ref", "func", "global", "imports", "labels", "left-to-right", "linking", "local_tee", "memory_grow",
    "memory_trap", "ref_test", "return_call", "return_call_indirect", "return_call_ref", "stack", "start0", "switch", "table_copy64",
    "traps", "unreachable", "unreached-valid",
)  # fmt: skip
"""Files of the suite that are run in the suspendable forms too: those about control, calls, and order."""


class Runner(CoreExecutor):
    """Leaves to the tests of the formats what is theirs."""

    def execute(self, directive):
        if directive.keyword in ("assert_malformed", "assert_invalid"):
            return wast.PASSED
        return super().execute(directive)


def run(path, form):
    summary = wast.run(Source(path.read_bytes().decode("utf-8", "replace"), path.name), Runner(form))
    assert not summary["failures"]
    assert not summary["skips"]


@pytest.mark.parametrize("form", [Form.PLAIN, Form.STEPS, Form.STOPS], ids=lambda form: form.name.lower())
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script(path, form):
    run(path, form)


@pytest.mark.parametrize("path", SUITE or [pytest.param(None, marks=pytest.mark.skip("the suites are absent (PYCM_SHARED)"))],
                         ids=lambda path: path.stem if path else "suite")  # fmt: skip
def test_suite(path):
    run(path, Form.PLAIN)


@pytest.mark.parametrize("form", [Form.STEPS, Form.STOPS], ids=lambda form: form.name.lower())
@pytest.mark.parametrize("name", EVERY_FORM)
def test_suite_suspendable(name, form):
    path = FOLDER / f"{name}.wast"
    if not path.exists():
        pytest.skip("the suites are absent (PYCM_SHARED)")
    if form is Form.STOPS and name in ("return_call", "return_call_ref"):
        pytest.skip("a million calls, stopping at each instruction, take a minute")
    run(path, form)
