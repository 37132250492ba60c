"""wasi:cli/terminal-output: a resource without functions, made by the interfaces beside this one."""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser.interfaces.answers import provide
from wasi_browser.machine import Machine

TERMINAL_OUTPUT = HostResource("terminal-output")


def cli_terminal_output(machine: Machine) -> HostInterface:
    """wasi:cli/terminal-output"""
    return provide("wasi:cli/terminal-output", {}, TERMINAL_OUTPUT)
