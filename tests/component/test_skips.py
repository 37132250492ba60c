"""Scripts that ask for what this version does not have: skipped by name, and only where the script asks."""

import pytest

from pycm_core.base.source import Source
from pycm_core.script.formats import formats_of
from pycm_core.script.wast import run

GC = """(component
  (core type $ty (func))
  (import "f" (func $f))
  (core func (canon lower (func $f) gc (core-type $ty)))
)"""
SHARED = "(component (core type (shared (func))))"


def summary(text):
    return run(Source(text, "t.wast"), formats_of(text))


@pytest.mark.parametrize(
    ("text", "flags", "reason"), [(GC, "gc,cm-gc", "`gc` and `core-type`"), (SHARED, "shared-everything-threads", "shared types")]
)
def test_a_feature_that_is_asked_for(text, flags, reason):
    for directive in (text, f'(assert_invalid {text} "whatever")'):
        found = summary(f";; RUN: wast % -f {flags}\n{directive}")
        assert (found["passed"], found["failed"], found["skipped"]) == (0, 0, 1)
        assert reason in found["skips"][0]["reason"]
        assert found["skips"][0]["line"] == 2


@pytest.mark.parametrize("text", [GC, SHARED])
def test_a_feature_that_is_not_asked_for(text):
    assert summary(text)["failed"] == 1


V128 = '(assert_invalid (component (core type (func (param v128)))) "SIMD support is not enabled")'
NO_TYPE = '(assert_invalid (component (core instance (export "" (tag 0)))) "exceptions proposal not enabled")'


def test_a_proposal_that_cannot_be_switched_off():
    found = summary(f";; RUN: wast % -f=-simd,-exceptions\n{V128}\n{NO_TYPE}")
    assert (found["passed"], found["failed"]) == (1, 0)
    assert found["skips"] == [
        {"line": 2, "reason": "cannot be switched off, being part of core WebAssembly 3.0: simd, exceptions"}
    ]
    assert summary(V128)["failed"] == 1
