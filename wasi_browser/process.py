"""WASI for the command: `pycm run` and `pycm serve` over the process's own streams, clocks and random numbers, and what was granted."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pycm_core.api.hosts import HostRequest, Service
from pycm_core.base.errors import PyCMError, Unlinkable
from pycm_core.runtime.host import HostInterface
from wasi_browser import grants
from wasi_browser.command import run
from wasi_browser.interfaces import INTERFACES
from wasi_browser.machine import Machine, Settings
from wasi_browser.platform.native import BlockingPlatform
from wasi_browser.platform.native_server import Exchange, NativeServer
from wasi_browser.platform.stdio import StandardInput
from wasi_browser.platform.zipped import ZipMount
from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.mount import MemoryMount
from wasi_browser.vfs.open import Mount

HANDLER = "wasi:http/incoming-handler#handle"


class ProcessHosts:
    """The factory that the entry point names."""

    def declare(self, options: argparse._ArgumentGroup) -> None:
        """Add the options of `wasi_browser.grants`."""
        grants.declare(options)

    def host(self, request: HostRequest) -> ProcessHost:
        """A host on a machine of its own."""
        host = ProcessHost(grants.settings(request.argv, request.options))
        if request.options.stdin == "inherit":
            host.machine.stdin = StandardInput()
        return host

    def serve(self, request: HostRequest, service: Service) -> None:
        """Answer HTTP requests, each in a thread and an instance of its own; they share a network and directories, if granted."""
        settings = replace(grants.settings(request.argv, request.options), terminals=frozenset())
        if any(isinstance(mount, ZipMount) and mount.saved for mount in settings.mounts.values()):
            raise PyCMError(
                "what requests write to a zip file cannot be saved: each has a copy of its own",
                hint="grant a directory to `serve`",
            )
        first = ProcessHost(settings)  # what cannot be granted, and what cannot serve, is said before the first request
        try:
            service.start(first.interfaces()).func(HANDLER)
        except Unlinkable as error:
            hint = "it is a command: `pycm run`" if "wasi:cli/run" in (error.hint or "") else error.hint
            raise Unlinkable(
                "this component answers no requests: it does not export `wasi:http/incoming-handler`", hint=hint
            ) from None
        finally:
            first.close()

        def answer(exchange: Exchange) -> None:
            host = ProcessHost(replace(settings, mounts=own(settings.mounts)))
            try:
                instance = service.start(host.interfaces())
                exchange.serve(instance.func(HANDLER))
            finally:
                host.close()

        try:
            listening = NativeServer(answer, *service.address, on_error=service.failed)
        except OSError as error:
            raise PyCMError(
                f"nothing can listen on `{service.address[0]}`, port {service.address[1]}: {error.strerror}",
                hint="choose another with `--addr HOST:PORT`; port 0 takes a free one",
            ) from None
        with listening as server:
            service.tell(f"listening on http://{server.authority}/")
            server.serve_forever()


class ProcessHost:
    """WASI over one machine, whose guest has a thread to itself."""

    def __init__(self, settings: Settings) -> None:
        self.platform = BlockingPlatform()
        try:
            self.machine = Machine(settings, self.platform)
        except FileError as error:
            raise PyCMError(f"a granted directory cannot be opened: {error}", hint="`--dir` names what exists here") from None

    def interfaces(self) -> Sequence[HostInterface]:
        """All of WASI."""
        return [interface(self.machine) for interface in INTERFACES]

    def run(self, call: Callable[[], Any]) -> int:
        """The exit code of a command."""
        try:
            return run(call)
        finally:
            self.close()

    def close(self) -> None:
        """The run has ended; what is to be saved is saved. Raises `PyCMError` where it cannot be."""
        self.machine.close()
        self.platform.close()
        for mount in self.machine.settings.mounts.values():
            if isinstance(mount, ZipMount):
                mount.save()


def own(mounts: Mapping[str, Mount]) -> dict[str, Mount]:
    """The mounts for one of many requests, which are answered in threads: what is in memory is a copy of its own."""
    return {name: mount.fresh() if isinstance(mount, MemoryMount) else mount for name, mount in mounts.items()}
