"""wasi:cli/terminal-stderr"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.cli_terminal_output import TERMINAL_OUTPUT
from wasi_browser.machine import Machine
from wasi_browser.terminal import Terminal


def cli_terminal_stderr(machine: Machine) -> HostInterface:
    """wasi:cli/terminal-stderr"""
    present = "stderr" in machine.settings.terminals
    return provide(
        "wasi:cli/terminal-stderr",
        {"get-terminal-stderr": lambda: Terminal("stderr") if present else None},
        TERMINAL_OUTPUT,
    )
