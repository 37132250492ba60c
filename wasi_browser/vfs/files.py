"""Open files and directories, and the streams over them."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from wasi_browser.streams import CHUNK, ROOM, Broken, Closed, Sink, Source
from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.nodes import Directory, File, Link, Node
from wasi_browser.vfs.open import OFFSET_MAX, Kind, Stat

if TYPE_CHECKING:
    from wasi_browser.vfs.filesystem import FileSystem

KINDS: dict[type[Node], Kind] = {File: Kind.FILE, Directory: Kind.DIRECTORY, Link: Kind.LINK}


def stat_of(node: Node) -> Stat:
    """What is known about a node."""
    return Stat(KINDS[type(node)], node.links, node.size, node.accessed, node.modified, node.changed, (0, node.inode))


class Handle:
    """An open node with what may be done through it. `mutable` says whether it, or anything below, may change at all."""

    __slots__ = ("fs", "mutable", "node", "readable", "synchronous", "writable")

    def __init__(
        self,
        fs: FileSystem,
        node: Node,
        *,
        readable: bool = True,
        writable: bool = False,
        mutable: bool = False,
        synchronous: frozenset[str] = frozenset(),
    ) -> None:
        self.fs = fs
        self.node = node
        self.readable = readable
        self.writable = writable
        self.mutable = mutable
        self.synchronous = synchronous
        node.opens += 1

    def close(self) -> None:
        """Give the node back."""
        self.fs.release(self.node)

    def again(self) -> Handle:
        """Another handle on the same node, with the same rights."""
        return Handle(
            self.fs,
            self.node,
            readable=self.readable,
            writable=self.writable,
            mutable=self.mutable,
            synchronous=self.synchronous,
        )

    def now(self) -> int:
        """The file system's time."""
        return self.fs.now()

    @property
    def kind(self) -> Kind:
        """What is open."""
        return KINDS[type(self.node)]

    def stat(self) -> Stat:
        """What is known about it."""
        return stat_of(self.node)

    def stat_at(self, path: str, follow: bool) -> Stat:
        """What is known about what is at `path`."""
        return stat_of(self.fs.find(self, path, follow))

    def same(self, other: object) -> bool:
        """Whether another handle is on the same node."""
        return isinstance(other, Handle) and other.node is self.node

    def entries(self) -> list[tuple[str, Kind]]:
        """The names in a directory, sorted, and what they are."""
        entries = self.directory().entries
        return [(name, KINDS[type(entries[name])]) for name in sorted(entries)]

    def set_times(self, accessed: int | None, modified: int | None) -> None:
        """Set the times that are given."""
        if not self.mutable:
            raise FileError(errno.EROFS)
        self.fs.set_times(self.node, accessed, modified)

    def sync(self, content_only: bool) -> None:
        """What is in memory is as safe as it gets."""

    def set_times_at(self, path: str, follow: bool, accessed: int | None, modified: int | None) -> None:
        """Set the times that are given, of what is at `path`."""
        node = self.fs.find(self, path, follow)
        if not self.mutable:
            raise FileError(errno.EROFS)
        self.fs.set_times(node, accessed, modified)

    def open_at(self, path: str, **how: Any) -> Handle:
        """Open what is at `path`, or create a file there: `FileSystem.open`."""
        return self.fs.open(self, path, **how)

    def make_directory_at(self, path: str) -> None:
        """Create an empty directory."""
        self.fs.make_directory(self, path)

    def make_link_at(self, target: str, path: str) -> None:
        """Create a symbolic link."""
        self.fs.make_link(self, target, path)

    def read_link_at(self, path: str) -> str:
        """The target of a symbolic link."""
        return self.fs.read_link(self, path)

    def link_at(self, path: str, follow: bool, to: object, new: str) -> None:
        """Give the file at `path` a second name, below `to`."""
        self.fs.link(self, path, follow, self._neighbour(to), new)

    def rename_at(self, old: str, to: object, new: str) -> None:
        """Move a name, below `to`."""
        self.fs.rename(self, old, self._neighbour(to), new)

    def unlink_at(self, path: str) -> None:
        """Remove a name of a file or symbolic link."""
        self.fs.unlink(self, path)

    def remove_directory_at(self, path: str) -> None:
        """Remove an empty directory."""
        self.fs.remove_directory(self, path)

    def _neighbour(self, other: object) -> Handle:
        """A handle of the same file system (EXDEV)."""
        if not isinstance(other, Handle) or other.fs is not self.fs:
            raise FileError(errno.EXDEV)
        return other

    def directory(self) -> Directory:
        """The node, which must be a directory (ENOTDIR)."""
        node = self.node
        if type(node) is not Directory:
            raise FileError(errno.ENOTDIR)
        return node

    def file(self) -> File:
        """The node, which must be a file (EBADF for a directory)."""
        node = self.node
        if type(node) is not File:
            raise FileError(errno.EBADF)
        return node

    def read(self, count: int, offset: int) -> tuple[bytes, bool]:
        """Up to `count` bytes from `offset`, and whether they reach the end."""
        node = self.file()
        if not self.readable:
            raise FileError(errno.EBADF)
        if offset > OFFSET_MAX:
            raise FileError(errno.EINVAL)
        data = node.data
        end = offset + count
        if isinstance(data, bytes):
            return data[offset:end], end >= len(data)
        return memoryview(data)[offset:end].tobytes(), end >= len(data)

    def write(self, data: bytes, offset: int) -> int:
        """Put `data` at `offset`, zeros before it where the file was shorter; how many bytes."""
        node = self.file()
        if not self.writable:
            raise FileError(errno.EBADF)
        self.fs.put(node, data, offset)
        return len(data)

    def set_size(self, size: int) -> None:
        """Cut, or extend with zeros. Where writing is not allowed, `EINVAL`: that is Linux's choice of the two that POSIX has for it."""
        node = self.file()
        if not self.writable:
            raise FileError(errno.EINVAL)
        self.fs.set_size(node, size)

    def source(self, offset: int) -> FileSource:
        """A stream from `offset` on."""
        if type(self.node) is Directory:
            raise FileError(errno.EISDIR)
        node = self.file()
        if not self.readable:
            raise FileError(errno.EBADF)
        if offset > OFFSET_MAX:
            raise FileError(errno.EINVAL)
        return FileSource(self.fs, node, offset)

    def sink(self, offset: int | None) -> FileSink:
        """A stream that writes from `offset` on, or always at the end (`None`)."""
        node = self.file()
        if not self.writable:
            raise FileError(errno.EBADF)
        if offset is not None and offset > OFFSET_MAX:
            raise FileError(errno.EINVAL)
        return FileSink(self.fs, node, offset)


class FileSource(Source):
    """Reads a file from a position of its own. The end is where the file ends at that moment."""

    __slots__ = ("_fs", "_node", "_position")

    def __init__(self, fs: FileSystem, node: File, position: int) -> None:
        super().__init__()
        self._fs = fs
        self._node = node
        self._position = position
        node.opens += 1

    def read(self, count: int) -> bytes:
        data = self._node.data
        start = self._position
        if start >= len(data):
            raise Closed
        end = start + (count if count < CHUNK else CHUNK)
        taken = data[start:end] if isinstance(data, bytes) else memoryview(data)[start:end].tobytes()
        self._position = start + len(taken)
        return taken

    def skip(self, count: int) -> int:
        left = self._node.size - self._position
        if left <= 0:
            raise Closed
        skipped = min(count, left)
        self._position += skipped
        return skipped

    def close(self) -> None:
        self._fs.release(self._node)


class FileSink(Sink):
    """Writes `node` at a position of its own, or at its current end (`None`)."""

    __slots__ = ("_closed", "_fs", "channel", "node", "position")

    def __init__(self, fs: FileSystem, node: File, position: int | None) -> None:
        super().__init__()
        self._fs = fs
        self.node = node
        self.position = position
        self._closed = False
        self.channel = 0 if fs.journal is None else fs.journal.opened(self)
        node.opens += 1

    def room(self) -> int:
        if self._closed:
            raise Closed
        return ROOM

    def write(self, data: bytes | memoryview) -> None:
        if self._closed:
            raise Closed
        node = self.node
        position = self.position
        try:
            if position is None:
                self._fs.put(node, data, node.size)
            else:
                self._fs.put(node, data, position)
                self.position = position + len(data)
        except FileError as error:
            self._closed = True
            raise Broken(error) from None
        if self.channel and position is not None and self._fs.journal is not None:
            self._fs.journal.moved(self.channel)

    def allowance(self) -> int:
        size = self.node.size
        position = size if self.position is None else self.position
        hole = max(0, position - size)
        return 0 if self._closed else min(self._fs.capacity - self._fs.used - hole, OFFSET_MAX - position)

    def accept(self, data: memoryview, calls: int) -> None:
        for _ in range(calls - 1):  # each write looks at the clock, and the last one tells when the file was changed
            self._fs.now()
        self.write(data)

    def close(self) -> None:
        self._closed = True
        if self._fs.journal is not None:
            self._fs.journal.closed(self.channel)
        self._fs.release(self.node)
