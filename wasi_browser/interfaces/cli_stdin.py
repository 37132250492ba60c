"""wasi:cli/stdin"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.io_streams import INPUT_STREAM
from wasi_browser.machine import Machine
from wasi_browser.streams import Shared


def cli_stdin(machine: Machine) -> HostInterface:
    """wasi:cli/stdin"""
    stdin = machine.stdin
    return provide("wasi:cli/stdin", {"get-stdin": lambda: Shared(stdin)}, INPUT_STREAM)
