"""What it costs that functions could be traced: nothing. The same component, bound without a tracer before and after one was used.

Three instances take turns: two made while the process had no tracer, one made after every function was called, traced, in a store of its
own. The first two against each other show the noise; the third against the first must lie within it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pycm_core.abi.trace import Tracer
from pycm_core.api import Component, Linker, Store
from pycm_core.base.source import Source
from pycm_core.component.binary.encode import encode
from pycm_core.component.text.parse import parse
from pycm_core.runtime.engine import Engine
from pycm_core.runtime.engines.python import PythonEngine
from pycm_core.runtime.engines.wasmtime import WasmtimeEngine
from tests.bench.calls import CALLS, CASES
from tests.bench.calls_page.calls_timed import VALUES, Timed
from tests.bench.table import Row

LIMIT = 1.1
"""Times the noise."""
ROUNDS, SHORTER = 120, 80
"""Many short rounds, of which the best counts, so that a busy machine disturbs little."""


def run() -> Iterable[Row]:
    """On both engines of CPython."""
    binary = encode(parse(Source((Path(__file__).parent / "programs" / "calls.wat").read_text(), "calls.wat")))
    for engine in (PythonEngine(), WasmtimeEngine()):
        before, twin = Timed(binary, engine), Timed(binary, engine)
        traced(binary, engine)
        after = Timed(binary, engine)
        for name, title in CASES.items():
            calls = max(2, CALLS[name] // SHORTER)
            rounds = [[side.seconds(name, calls) for side in (before, after, twin)] for _ in range(ROUNDS)]
            first, second, other = (min(times) for times in zip(*rounds, strict=True))
            noise = max(other / first, first / other)
            title = f"engine {engine.name}: {title}, bound after a tracer was used"
            yield Row(title, "bound before", second, first, LIMIT * noise)
            yield Row("    two bound before (noise)", "each other", other, first)


def traced(binary: bytes, engine: Engine) -> None:
    """Every function, called in a store with a tracer."""
    trace = Tracer()
    instance = Linker().instantiate(Store(engine, trace=trace), Component(binary))
    for name, args in VALUES.values():
        instance.func(name)(*args)
    assert trace.seq > 1000
