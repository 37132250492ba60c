"""wasi:cli/terminal-input: a resource without functions, made by the interfaces beside this one."""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser.interfaces.answers import provide
from wasi_browser.machine import Machine

TERMINAL_INPUT = HostResource("terminal-input")


def cli_terminal_input(machine: Machine) -> HostInterface:
    """wasi:cli/terminal-input"""
    return provide("wasi:cli/terminal-input", {}, TERMINAL_INPUT)
