"""wasi:cli/terminal-stdout"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.cli_terminal_output import TERMINAL_OUTPUT
from wasi_browser.machine import Machine
from wasi_browser.terminal import Terminal


def cli_terminal_stdout(machine: Machine) -> HostInterface:
    """wasi:cli/terminal-stdout"""
    present = "stdout" in machine.settings.terminals
    return provide(
        "wasi:cli/terminal-stdout",
        {"get-terminal-stdout": lambda: Terminal("stdout") if present else None},
        TERMINAL_OUTPUT,
    )
