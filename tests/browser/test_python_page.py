"""The library on the browser's engine, as somebody's own page has it: Pyodide in a worker, nothing of ours around it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import PYTHON_PAGE, ROOT

RUNTIME = ROOT / "tests" / "runtime"

ECHOES = """
from echoes import Random, component, same
from pycm_core.api import Component, Linker, Store
from pycm_core.base.features import ALL_FEATURES
from pycm_core.component.syntax import StringEncoding
from pycm_core.runtime.engines.browser import BrowserEngine

def main():
    engine, count, wrong = BrowserEngine(), 0, []
    for seed in range(SEEDS):
        source = Random(seed)
        types = [source.type() for _ in range(25)]
        binary = component(types, list(StringEncoding)[seed % 3])
        instance = Linker().instantiate(Store(engine), Component(binary, features=ALL_FEATURES))
        for i, type in enumerate(types):
            func = instance.func(f"echo-{i}")
            for _ in range(4):
                value = source.value(type)
                back = func(value)
                count += 1
                if not same(value, back):
                    wrong.append(f"seed {seed}, {type}: {value!r} came back as {back!r}")
    return f"{count} {wrong}"
"""

HOSTILE = """
from echoes import component
from hostile import Hostile
from pycm_core.runtime.engines.browser import BrowserEngine

def main():
    engine = BrowserEngine()
    return [dict(Hostile(seed, engine).run(26)) for seed in range(SEEDS)]
"""

TRACED = """
from checked import Checked
from echoes import Random, component
from pycm_core.api import Component, Linker, Store
from pycm_core.base.features import ALL_FEATURES
from pycm_core.component.syntax import StringEncoding
from pycm_core.runtime.engines.browser import BrowserEngine

def main():
    engine, calls, checked = BrowserEngine(), 0, 0
    for seed in range(SEEDS):
        source = Random(seed)
        types = [source.type() for _ in range(10)]
        binary = component(types, list(StringEncoding)[seed % 3])
        trace = Checked()
        instance = Linker().instantiate(Store(engine, trace=trace), Component(binary, features=ALL_FEATURES))
        for i, type in enumerate(types):
            instance.func(f"echo-{i}")(source.value(type))
            instance.func(f"echo-{i}")(source.value(type))
            calls += 2
        checked += trace.checked
    return f"{calls} {checked > 10 * calls}"
"""

CONFORMANCE = """
import conformance
from pycm_core.runtime.engines.browser import BrowserEngine

def main():
    return conformance.main(BrowserEngine())
"""


@pytest.mark.timeout(PYTHON_PAGE / 1000)
def test_echoes(python_page: Callable[..., str]) -> None:
    """2,000 of the values of tests/runtime/test_echoes.py: the same here."""
    assert python_page(ECHOES.replace("SEEDS", "20"), RUNTIME / "echoes.py") == "2000 []"


@pytest.mark.timeout(PYTHON_PAGE / 1000)
def test_hostile_guests(python_page: Callable[..., str]) -> None:
    """What tests/runtime/test_hostile.py does, here: values and traps, nothing else."""
    outcomes = python_page(HOSTILE.replace("SEEDS", "4"), RUNTIME / "echoes.py", RUNTIME / "hostile.py")
    assert outcomes.count("'trap'") == 4, outcomes


@pytest.mark.timeout(PYTHON_PAGE / 1000)
def test_traces(python_page: Callable[..., str]) -> None:
    """200 calls: at every event, the memory that the events add up to is the real one, as in tests/runtime/test_trace_replay.py."""
    files = (RUNTIME / "echoes.py", RUNTIME / "checked.py", ROOT / "tests" / "abi" / "headings.txt")
    assert python_page(TRACED.replace("SEEDS", "10"), *files) == "200 True"


def test_the_engine_protocol(python_page: Callable[..., str]) -> None:
    """The cases of tests/runtime/test_conformance.py on the browser's engine."""
    assert python_page(CONFORMANCE, RUNTIME / "conformance.py") == "ok"
