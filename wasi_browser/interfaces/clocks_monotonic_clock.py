"""wasi:clocks/monotonic-clock"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.io_poll import POLLABLE
from wasi_browser.machine import Machine
from wasi_browser.waiting import Condition, timer


def clocks_monotonic_clock(machine: Machine) -> HostInterface:
    """wasi:clocks/monotonic-clock"""
    clock = machine.clock

    def subscribe_instant(when: int) -> Condition:
        return timer(clock, when)

    def subscribe_duration(when: int) -> Condition:
        return timer(clock, clock.now() + when)

    return provide(
        "wasi:clocks/monotonic-clock",
        {
            "now": clock.now,
            "resolution": lambda: clock.resolution,
            "subscribe-instant": subscribe_instant,
            "subscribe-duration": subscribe_duration,
        },
        POLLABLE,
    )
