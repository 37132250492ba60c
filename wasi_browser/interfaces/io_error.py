"""wasi:io/error: an error is the Python exception that caused it; other interfaces look at its class."""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser.interfaces.answers import provide
from wasi_browser.machine import Machine

ERROR = HostResource("error")


def io_error(machine: Machine) -> HostInterface:
    """wasi:io/error"""
    return provide("wasi:io/error", {"[method]error.to-debug-string": debug_string}, ERROR)


def debug_string(error: Exception) -> str:
    """Words for people."""
    return f"{type(error).__name__}: {error}"
