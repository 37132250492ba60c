"""The corpus' `invoke` tests: each call in a fresh instance, arguments and results as WAVE."""

import pytest
from app_corpus import Client, check_invoke, corpus_tests, ledger

TESTS = corpus_tests("invoke")
KNOWN = ledger("app_known_failures.txt")


@pytest.fixture(scope="module")
def client():
    pytest.importorskip("wasmtime")
    return Client()


def calls():
    if not TESTS:
        yield pytest.param(None, None, marks=pytest.mark.skip("the component corpus is absent (PYCM_SHARED)"))
    for name, test in TESTS.items():
        for i, call in enumerate(test["calls"]):
            id = f"{name}-{i}"
            marks = [pytest.mark.xfail(reason=KNOWN[id], strict=True)] if id in KNOWN else []
            yield pytest.param(test, call, id=id, marks=marks)


@pytest.mark.parametrize(("test", "call"), list(calls()))
def test_invoke(client, test, call):
    check_invoke(client, test, call)
