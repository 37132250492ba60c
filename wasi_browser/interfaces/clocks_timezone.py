"""wasi:clocks/timezone: one zone with a fixed offset, UTC unless the settings say otherwise."""

from __future__ import annotations

from pycm_core.abi.values import RecordValue
from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.machine import Machine


def clocks_timezone(machine: Machine) -> HostInterface:
    """wasi:clocks/timezone"""
    offset, name = machine.settings.utc_offset, machine.settings.zone
    return provide(
        "wasi:clocks/timezone",
        {
            "display": lambda when: RecordValue(utc_offset=offset, name=name, in_daylight_saving_time=False),
            "utc-offset": lambda when: offset,
        },
    )
