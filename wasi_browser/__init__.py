"""WASI 0.2 over a virtual machine: `link(Machine(Settings(argv=("prog",))))` gives a component everything it imports."""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.command import run, run_async
from wasi_browser.interfaces import INTERFACES
from wasi_browser.machine import Exit, HttpGrant, Machine, NetworkGrant, Preopen, Settings
from wasi_browser.net.network import Network
from wasi_browser.vfs.tree import Entry, Folder, SymbolicLink, Tree
from wasi_browser.waiting import Interrupted

__all__ = [
    "Entry",
    "Exit",
    "Folder",
    "HttpGrant",
    "Interrupted",
    "Machine",
    "Network",
    "NetworkGrant",
    "Preopen",
    "Settings",
    "SymbolicLink",
    "Tree",
    "link",
    "run",
    "run_async",
]


def link(machine: Machine) -> list[HostInterface]:
    """Every interface of WASI 0.2 over `machine`. The linker matches older versions by semver."""
    return [interface(machine) for interface in INTERFACES]
