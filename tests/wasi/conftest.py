"""Calling host functions by name, as a guest would."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

import pytest

from pycm_core.api import Component
from tests.wasi import corpus
from wasi_browser import Machine, Settings, link


class Guest:
    """A machine with its interfaces: `guest("io/poll", "poll", [p])`; a method as `guest("io/streams", "input-stream.read", s, 1)`."""

    stub: ClassVar[tuple[str, Callable[[Machine], Any]] | None] = None
    """A function that does nothing, and what it answers instead (`stubs.py`)."""
    hears: ClassVar[Callable[[str], None] | None] = None
    """Told which functions are called."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.interfaces = {i.name.removeprefix("wasi:").split("@")[0]: i for i in link(machine)}

    def __call__(self, interface: str, function: str, *arguments: Any) -> Any:
        functions = self.interfaces[interface].functions
        for form in ("{}", "[method]{}", "[static]{}", "[constructor]{}"):
            if form.format(function) in functions:
                name = f"wasi:{interface}#{form.format(function)}"
                if Guest.hears is not None:
                    Guest.hears(name)
                if Guest.stub is not None and Guest.stub[0] == name:
                    return Guest.stub[1](self.machine)
                return functions[form.format(function)](*arguments)
        raise KeyError(f"{interface}#{function}")

    def drop(self, interface: str, resource: str, thing: Any) -> None:
        drop = self.interfaces[interface].resources[resource].drop
        if drop is not None:
            drop(thing)


@pytest.fixture
def guest() -> Callable[..., Guest]:
    """Makes a guest on a machine of the given settings."""
    return lambda platform=None, **settings: Guest(Machine(Settings(**settings), platform))


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
