"""wasi:random/random

The interface asks deterministic environments to omit it; programs do not start without it. So it is there, seeded by default and
unpredictable where the settings say so.
"""

from __future__ import annotations

from collections.abc import Callable

from pycm_core.base.errors import Trap, TrapKind
from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.machine import Machine
from wasi_browser.random import Random


def bounded(random: Random, limit: int) -> Callable[[int], bytes]:
    """`get-…-random-bytes`; more than `limit` bytes trap."""

    def get_bytes(count: int) -> bytes:
        if count > limit:
            raise Trap(f"random: {count} bytes asked for at once, at most {limit} are given", kind=TrapKind.HOST)
        return random.take(count)

    return get_bytes


def random_random(machine: Machine) -> HostInterface:
    """wasi:random/random"""
    random = machine.secure
    return provide(
        "wasi:random/random",
        {"get-random-bytes": bounded(random, machine.settings.random_limit), "get-random-u64": random.number},
    )
