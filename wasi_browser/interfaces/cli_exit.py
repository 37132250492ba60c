"""wasi:cli/exit: ends the call by raising `Exit`."""

from __future__ import annotations

from typing import NoReturn

from pycm_core.abi.values import Err, Ok
from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.machine import Exit, Machine


def cli_exit(machine: Machine) -> HostInterface:
    """wasi:cli/exit"""

    def end(status: Ok | Err) -> NoReturn:
        end_with_code(0 if isinstance(status, Ok) else 1)

    def end_with_code(code: int) -> NoReturn:
        machine.exit_code = code
        raise Exit(code)

    return provide("wasi:cli/exit", {"exit": end, "exit-with-code": end_with_code})
