"""Components of the corpus on the Python engine: commands for WASI 0.2, and all that is called.

`slow_components.txt` lists those that take too long for every day, with their times; `PYCM_SLOW_COMPONENTS=1` runs them, too.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.engines import surroundings
from app.session import Session
from pycm_core.api import Component
from pycm_core.runtime.engines.python import PythonEngine
from tests.app.app_corpus import Client, check_invoke, check_transcript
from tests.wasi import corpus
from tests.wasi.test_corpus import check
from wasi_browser import Machine

DATA = corpus.manifest()
NAMED = (
    "docs-adder", "docs-calculator", "jco-numbers", "jco-lists", "jco-strings", "jco-smoke", "c-kit", "rb-component-types",
    "wippy-mapper", "js-shop-qjs", "jco-hello-stdout", "c-wc", "c-rpn", "c-mandel", "js-md-qjs",
)  # fmt: skip
"""Components that must work whatever they are made of."""
SLOW = dict(
    line.split(": ")
    for line in (Path(__file__).parent / "slow_components.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
)


def wanted(test):
    """Whether a test is for here: everything that is not asynchronous."""
    component = DATA["components"][test["component"]]
    return test["component"] in NAMED or (component["wasi"] in ("none", "0.2") and not component["async_abi"])


TESTS = sorted(
    (test for test in DATA["tests"] if test["kind"] in ("cli", "invoke", "transcript") and wanted(test)),
    key=lambda test: DATA["components"][test["component"]]["bytes"],
)
ABSENT = pytest.mark.skip("the component corpus is absent (PYCM_SHARED)")


def of(kind):
    """The tests of a kind, those that are slow skipped."""
    found = [test for test in TESTS if test["kind"] == kind]
    for test in found:
        slow = test["name"] in SLOW and not os.environ.get("PYCM_SLOW_COMPONENTS")
        marks = [pytest.mark.skip(f"takes {SLOW[test['name']]} s (PYCM_SLOW_COMPONENTS)")] if slow else []
        yield pytest.param(test, id=test["name"], marks=marks)
    if not found:
        yield pytest.param(None, id=kind, marks=ABSENT)


@pytest.mark.skipif(not TESTS, reason="the component corpus is absent (PYCM_SHARED)")
def test_the_list_of_slow_ones_names_tests():
    assert set(SLOW) <= {test["name"] for test in TESTS}
    assert all(float(seconds) > 60 for seconds in SLOW.values())
    assert {test["component"] for test in TESTS} >= set(NAMED)


@pytest.fixture(scope="module")
def engine():
    return PythonEngine()


@pytest.fixture(scope="module")
def component():
    """A component by its name; the last one is kept."""
    kept = {}

    def read(name):
        if name not in kept:
            kept.clear()
            kept[name] = Component(corpus.binary(name))
        return kept[name]

    return read


@pytest.fixture
def client(engine):
    return Client(Session(lambda: (engine, surroundings()[1])))


@pytest.mark.parametrize("test", list(of("cli")))
def test_command(test, engine, component):
    machine = Machine(corpus.settings(test, DATA))
    check(test, machine, corpus.run_command(engine, component(test["component"]), machine), machine.tree())


@pytest.mark.parametrize("test", list(of("invoke")))
def test_invoke(test, client):
    for call in test["calls"]:
        check_invoke(client, test, call)


@pytest.mark.parametrize("test", list(of("transcript")))
def test_transcript(test, client):
    check_transcript(client, test)
