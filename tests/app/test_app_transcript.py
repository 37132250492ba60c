"""The corpus' `transcript` tests: one instance, calls in order, imports answered by the page."""

import pytest
from app_corpus import Client, corpus_tests, ledger, to_wave

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
    client = Client()
    id = client.open(test["component"])["id"]
    opened = client.opened(id)
    answered = sorted({call["import"] for event in test["events"] for call in event.get("calls", ())})
    instance = client("instantiate", id=id, imports=answered)["instance"]
    for event in test["events"]:
        type = opened.exports[opened.export(event["call"])]
        args = [to_wave(value, p.type) for value, p in zip(event["args"], type.params, strict=True)]
        expected = list(event.get("calls", ()))

        def answer(path, texts, expected=expected):
            call = expected.pop(0)
            assert call["import"] == path
            func = opened.imports[path]
            assert texts == [to_wave(value, p.type) for value, p in zip(call["args"], func.params, strict=True)]
            return "" if func.result is None else to_wave(call["result"], func.result)

        client.page.answers = answer
        outcome = client("invoke", id=id, instance=instance, func=event["call"], args=args)
        assert not expected
        if event.get("trap"):
            assert "trap" in outcome
        else:
            result = "" if type.result is None else to_wave(event["result"], type.result)
            assert outcome.get("result") == result, (event, outcome.get("trap"))
