"""wasi:filesystem/preopens"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.filesystem_types import DESCRIPTOR
from wasi_browser.machine import Machine
from wasi_browser.vfs.open import Open


def filesystem_preopens(machine: Machine) -> HostInterface:
    """wasi:filesystem/preopens"""

    def get_directories() -> list[tuple[Open, str]]:
        return [(handle.again(), name) for name, handle in machine.preopens]

    return provide("wasi:filesystem/preopens", {"get-directories": get_directories}, DESCRIPTOR)
