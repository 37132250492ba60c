"""WASI for the command `pycm run`: the process's own streams, clocks and random numbers; the directories that were granted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pycm_core.api.hosts import HostRequest
from pycm_core.base.errors import PyCMError
from pycm_core.runtime.host import HostInterface
from wasi_browser.command import run
from wasi_browser.interfaces import INTERFACES
from wasi_browser.machine import Machine, Settings
from wasi_browser.platform.directory import RealMount
from wasi_browser.platform.stdio import StandardInput, terminals, write
from wasi_browser.vfs.errors import FileError


class ProcessHost:
    """The factory that the entry point names, and the host it makes."""

    def __init__(self, request: HostRequest) -> None:
        settings = Settings(
            argv=tuple(request.argv),
            env=dict(request.env),
            mounts={inside: RealMount(outside, writable=True) for outside, inside in request.dirs},
            on_output=write,
            terminals=terminals(),
            real_clock=True,
            real_random=True,
        )
        try:
            self.machine = Machine(settings)
        except FileError as error:
            raise PyCMError(f"a granted directory cannot be opened: {error}") from None
        self.machine.stdin = StandardInput()

    def interfaces(self) -> Sequence[HostInterface]:
        """All of WASI."""
        return [interface(self.machine) for interface in INTERFACES]

    def run(self, call: Callable[[], Any]) -> int:
        """The exit code of a command."""
        return run(call)
