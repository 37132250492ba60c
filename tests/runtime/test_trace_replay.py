"""At every event of a trace, the memories rebuilt from the events so far equal the real ones: 200 calls and more, on each engine."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest
from checked import Checked
from echoes import Random, component

from pycm_core import wave
from pycm_core.api import Component, Linker, Store
from pycm_core.base.errors import Trap
from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.source import Source
from pycm_core.component.syntax import StringEncoding
from pycm_core.script.formats import formats_of
from pycm_core.script.running import ComponentExecutor
from pycm_core.script.wast import run

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2] / ".." / "shared"))
CORPUS = SHARED / "components"
SUITE = SHARED / "suites" / "component-model"
FILES = sorted(SUITE.rglob("*.wast"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("encoding", StringEncoding)
def test_echoes(engine, encoding):
    """72 calls for each encoding, of types and values at random."""
    kinds, checked = set(), 0
    for seed in range(6):
        source = Random(seed)
        types = [source.type() for _ in range(6)]
        trace = Checked()
        instance = Linker().instantiate(Store(engine, trace=trace), Component(component(types, encoding), features=ALL_FEATURES))
        for i, type in enumerate(types):
            for _ in range(2):
                instance.func(f"echo-{i}")(source.value(type))
        kinds |= trace.kinds
        checked += trace.checked
    assert checked > 1000 and {"memory", "guest-write", "realloc", "post-return", "encode", "decode"} <= kinds


def corpus():
    """Components that need no host, with the calls the manifest makes of them."""
    path = CORPUS / "manifest.json"
    if not path.exists():
        return [pytest.param(None, [], marks=pytest.mark.skip("the component corpus is absent (PYCM_SHARED)"))]
    data = json.loads(path.read_text("utf-8"))
    calls = defaultdict(list)
    for test in data["tests"]:
        if test["kind"] == "invoke" and data["components"][test["component"]]["wasi"] == "none":
            calls[test["component"]] += test["calls"]
    return [pytest.param(CORPUS / data["components"][name]["file"], each, id=name) for name, each in calls.items()]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("file", "calls"), corpus())
def test_corpus(engine, file, calls):
    """Each call twice, in one instance until it traps."""
    made = Component(file.read_bytes())
    linker = Linker()
    linker.unknown_imports_trap()
    instance = None
    for call in [*calls, *calls]:
        if instance is None:
            trace = Checked()
            instance = linker.instantiate(Store(engine, trace=trace), made)
        name, spans = wave.parse_call(Source(call["call"]))
        func = instance.func(name)
        args = [wave.parse(Source(span.text()), p.type) for span, p in zip(spans, func.type.params, strict=True)]
        before = trace.checked
        if call.get("trap"):
            with pytest.raises(Trap):
                func(*args)
            assert "trap" in trace.kinds
            instance = None
        else:
            assert wave.print(func(*args), func.type.result) == call["result"]
            assert trace.checked > before or not trace.shadows


@pytest.mark.skipif(not FILES, reason="needs the suites (PYCM_SHARED)")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SUITE)))
def test_reference_tests(path, engine):
    """Traced, they end as they do untraced."""
    text, file = path.read_text(), str(path.relative_to(SUITE))
    formats = formats_of(text)

    def outcomes(**given):
        found = []
        executor = ComponentExecutor(engine, formats, **given)
        run(
            Source(text, file),
            executor,
            lambda directive, outcome: found.append((directive.line, outcome.verdict, outcome.message)),
        )
        return found

    assert outcomes(store=lambda engine: Store(engine, trace=Checked())) == outcomes()
