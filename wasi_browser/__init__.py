"""WASI 0.2 over a virtual machine: `link(Machine(Settings(argv=("prog",))))` gives a component everything it imports."""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.command import run, run_async
from wasi_browser.interfaces import INTERFACES
from wasi_browser.machine import Exit, HttpGrant, Machine, NetworkGrant, Preopen, Settings
from wasi_browser.net.network import Network
from wasi_browser.platform.directory import RealMount
from wasi_browser.vfs.archive import Limits, tree_of, zip_of
from wasi_browser.vfs.mount import MemoryMount
from wasi_browser.vfs.tree import Difference, Entry, Folder, SymbolicLink, Tree, difference
from wasi_browser.waiting import Interrupted

__all__ = [
    "Difference",
    "Entry",
    "Exit",
    "Folder",
    "HttpGrant",
    "Interrupted",
    "Limits",
    "Machine",
    "MemoryMount",
    "Network",
    "NetworkGrant",
    "Preopen",
    "RealMount",
    "Settings",
    "SymbolicLink",
    "Tree",
    "difference",
    "link",
    "run",
    "run_async",
    "tree_of",
    "zip_of",
]


def link(machine: Machine) -> list[HostInterface]:
    """Every interface of WASI 0.2 over `machine`. The linker matches older versions by semver."""
    return [interface(machine) for interface in INTERFACES]
