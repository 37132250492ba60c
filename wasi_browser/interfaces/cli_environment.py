"""wasi:cli/environment"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.machine import Machine


def cli_environment(machine: Machine) -> HostInterface:
    """wasi:cli/environment"""
    settings = machine.settings
    return provide(
        "wasi:cli/environment",
        {
            "get-environment": lambda: list(settings.env.items()),
            "get-arguments": lambda: list(settings.argv),
            "initial-cwd": lambda: settings.cwd,
        },
    )
