"""wasi:cli/terminal-stdin"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.cli_terminal_input import TERMINAL_INPUT
from wasi_browser.machine import Machine
from wasi_browser.terminal import Terminal


def cli_terminal_stdin(machine: Machine) -> HostInterface:
    """wasi:cli/terminal-stdin"""
    present = "stdin" in machine.settings.terminals
    return provide(
        "wasi:cli/terminal-stdin",
        {"get-terminal-stdin": lambda: Terminal("stdin") if present else None},
        TERMINAL_INPUT,
    )
