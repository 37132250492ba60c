"""wasi:clocks/wall-clock"""

from __future__ import annotations

from pycm_core.abi.values import RecordValue
from pycm_core.runtime.host import HostInterface
from wasi_browser.clock import SECOND
from wasi_browser.interfaces.answers import provide
from wasi_browser.machine import Machine


def datetime(time: int) -> RecordValue:
    """`wall-clock.datetime` of nanoseconds since 1970."""
    seconds, nanoseconds = divmod(time, SECOND)
    return RecordValue(seconds=seconds, nanoseconds=nanoseconds)


def clocks_wall_clock(machine: Machine) -> HostInterface:
    """wasi:clocks/wall-clock"""
    clock = machine.clock
    return provide(
        "wasi:clocks/wall-clock",
        {"now": lambda: datetime(clock.wall()), "resolution": lambda: datetime(clock.resolution)},
    )
