"""Hosts for the command: who answers the imports of a component that `pycm run` runs.

The core knows no WASI. Distributions register a factory under the entry-point group `pycm.hosts`; each is asked for a `Host`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Protocol

from pycm_core.runtime.host import HostInterface

GROUP = "pycm.hosts"


@dataclass(frozen=True, slots=True)
class HostRequest:
    """What a run grants. `dirs` are `(path outside, name inside)`; the standard streams are the process's own."""

    argv: Sequence[str]
    env: Mapping[str, str]
    dirs: Sequence[tuple[str, str]]


class Host(Protocol):
    """Answers imports during one run."""

    def interfaces(self) -> Sequence[HostInterface]:
        """What it provides."""
        ...

    def run(self, call: Callable[[], Any]) -> int:
        """Call a command; its exit code. Traps come out unchanged."""
        ...


def hosts(request: HostRequest) -> Iterator[Host]:
    """A host from each registered factory."""
    for entry in metadata.entry_points(group=GROUP):
        yield entry.load()(request)
