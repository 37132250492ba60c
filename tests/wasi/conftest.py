"""Calling host functions by name, as a guest would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wasi_browser import Machine, Settings, link


class Guest:
    """A machine with its interfaces: `guest("io/poll", "poll", [p])`; a method as `guest("io/streams", "input-stream.read", s, 1)`."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.interfaces = {i.name.removeprefix("wasi:").split("@")[0]: i for i in link(machine)}

    def __call__(self, interface: str, function: str, *arguments: Any) -> Any:
        functions = self.interfaces[interface].functions
        for form in ("{}", "[method]{}", "[static]{}", "[constructor]{}"):
            if form.format(function) in functions:
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
