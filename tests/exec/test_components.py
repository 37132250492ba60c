"""Components of the corpus on the Python engine: a few of each kind, among them SQLite."""

from __future__ import annotations

import asyncio

import pytest

from app.engines import surroundings
from app.session import Session
from pycm_core import wave
from pycm_core.api import Component
from pycm_core.runtime.engines.python import PythonEngine
from tests.wasi import corpus
from tests.wasi.test_corpus import check
from wasi_browser import Machine

COMMANDS = ("c-life", "c-notes", "c-rpn", "c-tree", "c-wc", "cpp-freq")
LIBRARIES = ("c-kit", "docs-adder", "docs-calculator", "jco-adder", "wac-hello")

DATA = corpus.manifest()
RUN = {t["name"]: t for t in DATA["tests"] if (t["kind"] == "cli" and t["component"] in COMMANDS) or t["name"] == "sqlite-memory"}
INVOKED = [(t, call) for t in DATA["tests"] if t["kind"] == "invoke" and t["component"] in LIBRARIES for call in t["calls"]]
ABSENT = pytest.mark.skip("the component corpus is absent (PYCM_SHARED)")


@pytest.fixture(scope="module")
def engine():
    return PythonEngine()


def read(name):
    return (corpus.FOLDER / DATA["components"][name]["file"]).read_bytes()


@pytest.mark.parametrize("name", list(RUN) or [pytest.param("command", marks=ABSENT)])
def test_command(name, engine):
    test = RUN[name]
    machine = Machine(corpus.settings(test, DATA))
    check(test, machine, corpus.run_command(engine, Component(read(test["component"])), machine), machine.tree())


class Silence:
    """A context of requests that hears nothing, whatever it is told."""

    def __getattr__(self, name):
        return lambda *args, **fields: None

    def tell(self, event, **fields):
        pass

    def transport(self, notice):
        raise AssertionError("nothing here was granted a host")

    def listen(self, feed):
        pass

    def on_stop(self, stop):
        pass


@pytest.mark.parametrize(
    ("test", "call"),
    [pytest.param(test, call, id=f"{test['component']}: {call['call']}"[:60]) for test, call in INVOKED]
    or [pytest.param(None, None, marks=ABSENT)],
)
def test_invoke(test, call, engine):
    session = Session(lambda: (engine, surroundings()[1]))

    def ask(method, **params):
        return asyncio.run(session.handle(method, params, Silence()))

    opened = ask("open", name=test["component"], bytes=read(test["component"]))
    func, args = wave.parse_call(call["call"])
    outcome = ask("invoke", id=opened["id"], func=func, args=[span.text() for span in args])
    if call.get("trap"):
        assert "trap" in outcome
    else:
        assert outcome.get("result") == ("" if call["result"] == "()" else call["result"])
