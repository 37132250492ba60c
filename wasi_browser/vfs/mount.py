"""A tree in memory as a directory of its own, which machines are given beside their files."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wasi_browser.vfs.files import Handle
from wasi_browser.vfs.filesystem import FileSystem
from wasi_browser.vfs.journal import Journal, play
from wasi_browser.vfs.tree import Difference, Entry, Tree, difference, harvest, plant


class MemoryMount:
    """A file system in memory, as a mount; read-only unless `writable`. `capacity` is its quota in bytes.

    It outlives machines: what one leaves, the next one finds. Machines that run at the same time see each other's changes; their
    guests must share a thread.
    """

    __slots__ = ("before", "fs", "writable")

    def __init__(self, tree: Tree | None = None, *, writable: bool = False, capacity: int = 1 << 29, start: int = 0) -> None:
        """Starts with `tree`, whose times are `start` (nanoseconds since 1970). Raises `FileError` where it does not fit together, or in."""
        self.fs = FileSystem(lambda: start, capacity)
        plant(self.fs, tree or {})
        self.before: Tree = self.tree()
        """What it started with, or held at the last `snapshot`."""
        self.writable = writable

    def open(self, now: Callable[[], int]) -> Handle:
        """A fresh handle on its root. From here on its time is `now`."""
        self.fs.now = now
        return Handle(self.fs, self.fs.root, mutable=self.writable)

    def fresh(self) -> MemoryMount:
        """Another one with what this one started with, or held at the last `snapshot`."""
        return MemoryMount(self.before, writable=self.writable, capacity=self.fs.capacity, start=self.fs.root.changed)

    def tree(self) -> dict[str, Entry]:
        """Everything in it, as it is now, by absolute path."""
        return harvest(self.fs.root)

    def snapshot(self) -> Tree:
        """Everything in it, remembered: `changes` counts from here."""
        self.before = self.tree()
        return self.before

    def changes(self) -> Difference:
        """What happened since it was made, or since the last `snapshot`."""
        return difference(self.before, self.tree())

    def keep_journal(self, tell: Callable[[bytes, bool], None], number: Callable[[], int]) -> None:
        """Tell of every change as it happens (`wasi_browser.vfs.journal.Journal`), so that `replay` can make what is in here again."""
        self.fs.journal = Journal(self.fs, tell, number)

    def replay(self, steps: bytes, left: Iterable[tuple[int, bytes]] = ()) -> None:
        """Do what a journal says: `wasi_browser.vfs.journal.play`. Raises `FileError` where it does not fit in."""
        play(self.fs, steps, left)
