"""The corpus' commands, through `run`."""

import hashlib
import re

import pytest
from app_corpus import Client, corpus_tests, files, ledger, stdin

COMPONENTS = ("jco-hello-stdout", "c-wc", "c-rpn", "c-mandel", "js-md-qjs")
TESTS = corpus_tests("cli", lambda test, component: test["component"] in COMPONENTS)
KNOWN = ledger("app_known_failures.txt")


@pytest.fixture(scope="module")
def client():
    pytest.importorskip("wasmtime")
    return Client()


def params():
    if not TESTS:
        yield pytest.param(None, marks=pytest.mark.skip("the component corpus is absent (PYCM_SHARED)"))
    for name, test in TESTS.items():
        marks = [pytest.mark.xfail(reason=KNOWN[name], strict=True)] if name in KNOWN else []
        yield pytest.param(test, id=name, marks=marks)


@pytest.mark.parametrize("test", list(params()))
def test_run(client, test):
    opened = client.open(test["component"])
    assert opened["command"]
    request = {"id": opened["id"], "argv": [test["argv0"], *test["args"]], "env": test["env"], "stdin": stdin(test)}
    if files(test) is not None:
        request["files"] = files(test)
    client.page.stdout = client.page.stderr = b""
    outcome = client("run", **request)
    expect = test["expect"]
    assert ("trap" in outcome) == bool(expect.get("trap"))
    assert outcome["exit"] == (134 if expect.get("trap") else expect["exit_code"])
    for stream in ("stdout", "stderr"):
        assert getattr(client.page, stream) == outcome[stream]
        check(test["compare"].get(stream, "exact"), expect, stream, outcome[stream])


def check(how, expect, stream, found):
    if how == "sha256":
        assert hashlib.sha256(found).hexdigest() == expect[f"{stream}_sha256"]
    elif how == "regex":
        assert re.fullmatch(expect[f"{stream}_regex"], found.decode(), re.S)
    elif how == "lines-sorted":
        assert sorted(found.decode().splitlines()) == sorted(expect[stream].splitlines())
    elif how != "ignore":
        assert found.decode() == expect[stream]
