"""wasi:cli/stdout"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.io_streams import OUTPUT_STREAM
from wasi_browser.machine import Machine
from wasi_browser.streams import OutputSink


def cli_stdout(machine: Machine) -> HostInterface:
    """wasi:cli/stdout"""
    output = machine.outputs["stdout"]
    return provide("wasi:cli/stdout", {"get-stdout": lambda: OutputSink(output)}, OUTPUT_STREAM)
