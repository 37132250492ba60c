"""The corpus' `invoke` tests: each call in a fresh instance, arguments and results as WAVE."""

import pytest
from app_corpus import Client, corpus_tests, files, ledger

from pycm_core import wave

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
    opened = client.open(test["component"])
    func, args = wave.parse_call(call["call"])
    params = {"id": opened["id"], "func": func, "args": [span.text() for span in args], "env": test.get("env", {})}
    if files(test) is not None:
        params["files"] = files(test)
    outcome = client("invoke", **params)
    assert outcome["trace"][0]["kind"] == "call-begin"
    assert not outcome["truncated"]
    if call.get("trap"):
        assert "trap" in outcome and "result" not in outcome
    else:
        expected = "" if call["result"] == "()" else call["result"]
        assert outcome.get("result") == expected, outcome.get("trap")
