"""Hosts for the command: who answers the imports of a component that `pycm run` or `pycm serve` runs.

The core knows no WASI. Distributions register a `HostFactory` under the entry-point group `pycm.hosts`. It declares the options by
which things are granted, and makes a `Host` of what was chosen.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Protocol

from pycm_core.api.component import Instance
from pycm_core.runtime.host import HostInterface

GROUP = "pycm.hosts"


@dataclass(frozen=True, slots=True)
class HostRequest:
    """What a run grants: its arguments, and the options the factory declared."""

    argv: Sequence[str]
    options: argparse.Namespace


class Host(Protocol):
    """Answers imports during one run."""

    def interfaces(self) -> Sequence[HostInterface]:
        """What it provides."""
        ...

    def run(self, call: Callable[[], Any]) -> int:
        """Call a command; its exit code. Traps come out unchanged."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """A component that is to answer requests at `address`. `start` makes an instance over the interfaces of a host, and may be called from
    several threads; `tell` hears, in words, where it listens; `failed` of what went wrong with one request."""

    address: tuple[str, int]
    start: Callable[[Sequence[HostInterface]], Instance]
    tell: Callable[[str], None]
    failed: Callable[[Exception], None]


class HostFactory(Protocol):
    """What the entry point names."""

    def declare(self, options: argparse._ArgumentGroup) -> None:
        """Add the options by which things are granted."""
        ...

    def host(self, request: HostRequest) -> Host:
        """A host for one run. Raises `PyCMError` where an option says nothing, or what cannot be granted."""
        ...

    def serve(self, request: HostRequest, service: Service) -> None:
        """Let the component answer until `KeyboardInterrupt`, which ends it well. Raises as `host` does, and `OSError`."""
        ...


def factories() -> Iterator[HostFactory]:
    """Every registered factory."""
    for entry in metadata.entry_points(group=GROUP):
        yield entry.load()()
