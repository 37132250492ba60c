"""wasi:cli/stderr"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.io_streams import OUTPUT_STREAM
from wasi_browser.machine import Machine
from wasi_browser.streams import OutputSink


def cli_stderr(machine: Machine) -> HostInterface:
    """wasi:cli/stderr"""
    output = machine.outputs["stderr"]
    return provide("wasi:cli/stderr", {"get-stderr": lambda: OutputSink(output)}, OUTPUT_STREAM)
