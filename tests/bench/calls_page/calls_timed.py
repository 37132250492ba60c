"""Calls of `programs/calls.wat` as a user of the library makes them, on any engine, in any Python."""

from __future__ import annotations

import time
from typing import Any

from pycm_core.api import Component, Linker, RecordValue, Store

TEXT = "twenty bytes of text"
ITEMS = [(i - 500, i / 4, f"item {i}") for i in range(1000)]
VALUES: dict[str, tuple[str, tuple[Any, ...]]] = {
    "add": ("add", (3, 4)),
    "string": ("echo-string", (TEXT,)),
    "bytes": ("echo-bytes", (b"\x07" * (1 << 20),)),
    "items": ("echo-items", ([RecordValue(x=x, y=y, name=name) for x, y, name in ITEMS],)),
}
"""The function and its arguments, by the name of the case."""


class Timed:
    """One instance; what its functions give back is checked once."""

    def __init__(self, binary: bytes, engine: Any) -> None:
        instance = Linker().instantiate(Store(engine), Component(binary))
        self.calls = {name: (instance.func(func), args) for name, (func, args) in VALUES.items()}
        for name, (call, args) in self.calls.items():
            assert call(*args) == (7 if name == "add" else args[0]), name

    def seconds(self, name: str, calls: int) -> float:
        """Seconds for one call, the mean of `calls`."""
        call, args = self.calls[name]
        clock = time.perf_counter
        if len(args) == 2:
            one, two = args
            start = clock()
            for _ in range(calls):
                call(one, two)
        else:
            (only,) = args
            start = clock()
            for _ in range(calls):
                call(only)
        return (clock() - start) / calls
