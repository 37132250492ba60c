"""What every file system offers: an open file or directory, whatever lies behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from wasi_browser.streams import Sink, Source

OFFSET_MAX = (1 << 63) - 1
"""The largest offset, as in POSIX `off_t`."""


class Kind(Enum):
    """What a node is."""

    UNKNOWN = "unknown"
    BLOCK_DEVICE = "block-device"
    CHARACTER_DEVICE = "character-device"
    DIRECTORY = "directory"
    FIFO = "fifo"
    LINK = "symbolic-link"
    FILE = "regular-file"
    SOCKET = "socket"


@dataclass(frozen=True, slots=True)
class Stat:
    """What is known about a node. Times in nanoseconds since 1970; `identity` is its device and inode."""

    kind: Kind
    links: int
    size: int
    accessed: int
    modified: int
    changed: int
    identity: tuple[int, int]


class Open(Protocol):
    """An open file or directory. Every operation raises `FileError`; paths are relative and cannot leave the directory."""

    readable: bool
    writable: bool
    mutable: bool
    """Whether it, or anything below, may change: the right of the directory it was opened from."""
    synchronous: frozenset[str]
    """What was asked for when it was opened; writes always are."""

    def close(self) -> None: ...
    def again(self) -> Open: ...
    def now(self) -> int: ...
    @property
    def kind(self) -> Kind: ...
    def stat(self) -> Stat: ...
    def same(self, other: object) -> bool: ...
    def set_times(self, accessed: int | None, modified: int | None) -> None: ...
    def sync(self, content_only: bool) -> None: ...

    # files
    def read(self, count: int, offset: int) -> tuple[bytes, bool]: ...
    def write(self, data: bytes, offset: int) -> int: ...
    def set_size(self, size: int) -> None: ...
    def source(self, offset: int) -> Source: ...
    def sink(self, offset: int | None) -> Sink: ...

    # directories
    def entries(self) -> list[tuple[str, Kind]]: ...
    def stat_at(self, path: str, follow: bool) -> Stat: ...
    def set_times_at(self, path: str, follow: bool, accessed: int | None, modified: int | None) -> None: ...
    def open_at(
        self,
        path: str,
        *,
        follow: bool = True,
        create: bool = False,
        directory: bool = False,
        exclusive: bool = False,
        truncate: bool = False,
        readable: bool = True,
        writable: bool = False,
        synchronous: frozenset[str] = frozenset(),
    ) -> Open: ...
    def make_directory_at(self, path: str) -> None: ...
    def make_link_at(self, target: str, path: str) -> None: ...
    def read_link_at(self, path: str) -> str: ...
    def link_at(self, path: str, follow: bool, to: object, new: str) -> None: ...
    def rename_at(self, old: str, to: object, new: str) -> None: ...
    def unlink_at(self, path: str) -> None: ...
    def remove_directory_at(self, path: str) -> None: ...


class Mount(Protocol):
    """Something a machine can be given as a directory."""

    def open(self, now: Callable[[], int]) -> Open:
        """A fresh handle on its root. `now` is the machine's time, in nanoseconds since 1970, for who has none of his own."""
