"""Calling host functions by name, as a guest would."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from pycm_core.api import Component
from tests.wasi import corpus
from wasi_browser import Machine, Settings, link


class Guest:
    """A machine with its interfaces: `guest("io/poll", "poll", [p])`; a method as `guest("io/streams", "input-stream.read", s, 1)`."""

    def __init__(self, machine: Machine, called: Callable[[str], None]) -> None:
        self.machine = machine
        self.called = called
        self.interfaces = {i.name.removeprefix("wasi:").split("@")[0]: i for i in link(machine)}

    def __call__(self, interface: str, function: str, *arguments: Any) -> Any:
        functions = self.interfaces[interface].functions
        for form in ("{}", "[method]{}", "[static]{}", "[constructor]{}"):
            if form.format(function) in functions:
                self.called(f"wasi:{interface}#{form.format(function)}")
                return functions[form.format(function)](*arguments)
        raise KeyError(f"{interface}#{function}")

    def drop(self, interface: str, resource: str, thing: Any) -> None:
        drop = self.interfaces[interface].resources[resource].drop
        if drop is not None:
            drop(thing)


CALLS = pytest.StashKey[dict[str, set[str]]]()
"""Which tests of this session called which function."""


@pytest.fixture
def guest(request) -> Callable[..., Guest]:
    """Makes a guest on a machine of the given settings."""
    test = request.node.nodeid.rpartition("/")[2].partition("[")[0]
    calls = request.config.stash.setdefault(CALLS, {})

    def called(function: str) -> None:
        calls.setdefault(function, set()).add(test)

    return lambda platform=None, **settings: Guest(Machine(Settings(**settings), platform), called)


def pytest_collection_modifyitems(items) -> None:
    """The table of functions is checked when everything else has run."""
    items.sort(key=lambda item: item.fspath.basename == "test_surface.py")


@pytest.fixture(scope="session")
def engine():
    """One engine for all."""
    return pytest.importorskip("pycm_core.runtime.engines.wasmtime").WasmtimeEngine()


@pytest.fixture(scope="session")
def component():
    """A component of the corpus by name, decoded once."""

    @cache
    def decoded(name: str) -> Component:
        return Component(corpus.binary(name))

    yield decoded
    decoded.cache_clear()
