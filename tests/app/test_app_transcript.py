"""The corpus' `transcript` tests: one instance, calls in order, imports answered by the page."""

import pytest
from app_corpus import Client, check_transcript, corpus_tests, ledger

TESTS = corpus_tests("transcript")
KNOWN = ledger("app_known_failures.txt")


def params():
    if not TESTS:
        yield pytest.param(None, marks=pytest.mark.skip("the component corpus is absent (PYCM_SHARED)"))
    for name, test in TESTS.items():
        marks = [pytest.mark.xfail(reason=KNOWN[name], strict=True)] if name in KNOWN else []
        yield pytest.param(test, id=name, marks=marks)


@pytest.mark.parametrize("test", list(params()))
def test_transcript(test):
    pytest.importorskip("wasmtime")
    check_transcript(Client(), test)
