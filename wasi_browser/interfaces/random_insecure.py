"""wasi:random/insecure"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.random_random import bounded
from wasi_browser.machine import Machine


def random_insecure(machine: Machine) -> HostInterface:
    """wasi:random/insecure"""
    random = machine.insecure
    return provide(
        "wasi:random/insecure",
        {
            "get-insecure-random-bytes": bounded(random, machine.settings.random_limit),
            "get-insecure-random-u64": random.number,
        },
    )
