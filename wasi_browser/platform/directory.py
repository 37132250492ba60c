"""A real directory of the system, confined: what lies outside of it cannot be named.

Works where Python's `os` has `dir_fd` (Linux, macOS).
"""

from __future__ import annotations

import errno
import os
import stat as modes
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from wasi_browser.platform.confinement import Spot, failing, found, link_target, stat_of, walk
from wasi_browser.streams import CHUNK, ROOM, Broken, Closed, Sink, Source
from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.open import OFFSET_MAX, Kind, Stat

SYNCHRONOUS = {
    "file-integrity-sync": os.O_SYNC,
    "data-integrity-sync": getattr(os, "O_DSYNC", os.O_SYNC),
    "requested-write-sync": getattr(os, "O_RSYNC", 0),
}
"""What the system calls the descriptor flags that make each write wait until it is stored."""


@dataclass(frozen=True, slots=True)
class RealMount:
    """The directory `path` of the system, as a mount; read-only unless `writable`."""

    path: str
    writable: bool = False

    def there(self) -> bool:
        """Whether there is such a directory."""
        return os.path.isdir(self.path)

    def open(self, now: Callable[[], int] | None = None) -> RealHandle:
        """A fresh handle on it; its times are the system's. Raises `FileError`."""
        with failing():
            fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return RealHandle(fd, mutable=self.writable)


class RealHandle:
    """An open file or directory of the system (`wasi_browser.vfs.open.Open`)."""

    __slots__ = ("_fd", "kind", "mutable", "readable", "synchronous", "writable")

    def __init__(
        self,
        fd: int,
        *,
        readable: bool = True,
        writable: bool = False,
        mutable: bool = False,
        synchronous: frozenset[str] = frozenset(),
    ) -> None:
        self._fd = fd
        self.readable = readable
        self.writable = writable
        self.synchronous = synchronous
        self.kind = stat_of(os.fstat(fd)).kind
        self.mutable = mutable

    def close(self) -> None:
        """Give the descriptor back."""
        with suppress(OSError):
            os.close(self._fd)

    def again(self) -> RealHandle:
        """Another handle with the same rights."""
        with failing():
            fd = os.dup(self._fd)
        return RealHandle(fd, readable=self.readable, writable=self.writable, mutable=self.mutable, synchronous=self.synchronous)

    def now(self) -> int:
        """The system's time."""
        return time.time_ns()

    def stat(self) -> Stat:
        """What is known about it."""
        with failing():
            return stat_of(os.fstat(self._fd))

    def same(self, other: object) -> bool:
        """Whether another handle is on the same node."""
        return isinstance(other, RealHandle) and other.stat().identity == self.stat().identity

    def set_times(self, accessed: int | None, modified: int | None) -> None:
        """Set the times that are given."""
        if not self.mutable:
            raise FileError(errno.EROFS)
        known = self.stat()
        with failing():
            os.utime(
                self._fd, ns=(known.accessed if accessed is None else accessed, known.modified if modified is None else modified)
            )

    def sync(self, content_only: bool) -> None:
        """Wait until what was written is stored; `content_only` without its times."""
        with failing():
            (getattr(os, "fdatasync", os.fsync) if content_only else os.fsync)(self._fd)

    # files

    def _file(self, allowed: bool) -> int:
        if self.kind is Kind.DIRECTORY or not allowed:
            raise FileError(errno.EBADF)
        return self._fd

    def read(self, count: int, offset: int) -> tuple[bytes, bool]:
        """Up to `count` bytes from `offset`, and whether they reach the end."""
        fd = self._file(self.readable)
        if offset > OFFSET_MAX:
            raise FileError(errno.EINVAL)
        with failing():
            data = os.pread(fd, min(count, CHUNK), offset)
            return data, offset + len(data) >= os.fstat(fd).st_size

    def write(self, data: bytes, offset: int) -> int:
        """Put `data` at `offset`; how many bytes."""
        fd = self._file(self.writable)
        if offset > OFFSET_MAX:
            raise FileError(errno.EINVAL)
        return write_all(fd, data, offset)

    def set_size(self, size: int) -> None:
        """Cut, or extend with zeros. Where writing is not allowed, `EINVAL`: that is Linux's choice of the two that POSIX has for it."""
        fd = self._file(True)
        if not self.writable or size > OFFSET_MAX:
            raise FileError(errno.EINVAL)
        with failing():
            os.ftruncate(fd, size)

    def _stream(self, allowed: bool, offset: int | None) -> int:
        self._file(allowed)
        if offset is not None and offset > OFFSET_MAX:
            raise FileError(errno.EINVAL)
        with failing():
            return os.dup(self._fd)

    def source(self, offset: int) -> RealSource:
        """A stream from `offset` on."""
        if self.kind is Kind.DIRECTORY:
            raise FileError(errno.EISDIR)
        return RealSource(self._stream(self.readable, offset), offset)

    def sink(self, offset: int | None) -> RealSink:
        """A stream that writes from `offset` on, or always at the end (`None`)."""
        return RealSink(self._stream(self.writable, offset), offset)

    # directories

    def _directory(self) -> int:
        if self.kind is not Kind.DIRECTORY:
            raise FileError(errno.ENOTDIR)
        return self._fd

    def _may_change(self) -> None:
        if not self.mutable:
            raise FileError(errno.EROFS)

    def entries(self) -> list[tuple[str, Kind]]:
        """The names in a directory, sorted, and what they are. A name that is no Unicode cannot be told, and is left out."""
        fd = self._directory()
        out = []
        with failing(), os.scandir(fd) as found:
            for entry in found:
                with suppress(UnicodeEncodeError, FileNotFoundError):
                    entry.name.encode("utf-8")
                    out.append((entry.name, stat_of(os.stat(entry.name, dir_fd=fd, follow_symlinks=False)).kind))
        return sorted(out)

    def stat_at(self, path: str, follow: bool) -> Stat:
        """What is known about what is at `path`."""
        with walk(self._directory(), path, follow) as spot:
            return stat_of(found(spot))

    def set_times_at(self, path: str, follow: bool, accessed: int | None, modified: int | None) -> None:
        """Set the times that are given, of what is at `path`."""
        with walk(self._directory(), path, follow) as spot:
            known = stat_of(found(spot))
            self._may_change()
            times = (known.accessed if accessed is None else accessed, known.modified if modified is None else modified)
            if spot.dots:
                os.utime(spot.fd, ns=times)
            else:
                os.utime(spot.name, ns=times, dir_fd=spot.fd, follow_symlinks=False)

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
    ) -> RealHandle:
        """Open what is at `path`, or create a file there."""
        if directory and (create or exclusive or truncate):
            raise FileError(errno.EINVAL)
        changes = create or truncate or writable
        flags = os.O_RDWR if changes else os.O_RDONLY
        flags |= os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        with walk(self._directory(), path, follow and not (create and exclusive), slash_follows=not create) as spot:
            status = spot.status()
            if create and spot.slash and not spot.dots:
                raise FileError(errno.EISDIR)
            if status is None and not create:
                raise FileError(errno.ENOENT)
            if status is not None and create and exclusive:
                raise FileError(errno.EEXIST)
            if changes and not self.mutable:
                raise FileError(errno.EROFS if status is None or modes.S_ISREG(status.st_mode) else errno.EISDIR)
            flags |= os.O_CREAT * create | os.O_TRUNC * truncate | os.O_EXCL * (create and exclusive)
            flags |= os.O_DIRECTORY * (directory or spot.slash)
            for flag in synchronous:
                flags |= SYNCHRONOUS[flag]
            fd = os.open("." if spot.dots else spot.name, flags, 0o644, dir_fd=spot.fd)
        return RealHandle(
            fd,
            readable=readable,
            writable=writable or create or truncate,
            mutable=self.mutable,
            synchronous=synchronous,
        )

    def make_directory_at(self, path: str) -> None:
        """Create an empty directory."""
        with self._vacant(path, directory=True) as spot:
            self._may_change()
            os.mkdir(spot.name, 0o755, dir_fd=spot.fd)

    def make_link_at(self, target: str, path: str) -> None:
        """Create a symbolic link. An absolute target is EPERM."""
        if target.startswith("/"):
            raise FileError(errno.EPERM)
        if not target:
            raise FileError(errno.ENOENT)
        with self._vacant(path) as spot:
            self._may_change()
            os.symlink(target, spot.name, dir_fd=spot.fd)

    def read_link_at(self, path: str) -> str:
        """The target of a symbolic link (EINVAL for anything else)."""
        with walk(self._directory(), path, follow=False) as spot:
            target = None if modes.S_IFMT(found(spot).st_mode) != modes.S_IFLNK else link_target(spot.fd, spot.name)
            if target is None:
                raise FileError(errno.EINVAL)
            if target.startswith("/"):
                raise FileError(errno.EPERM)
            return target

    def link_at(self, path: str, follow: bool, to: object, new: str) -> None:
        """Give the file at `path` a second name, below `to`."""
        there = neighbour(to)
        with walk(self._directory(), path, follow) as old:
            status = found(old)
            with there._vacant(new) as spot:
                if modes.S_ISDIR(status.st_mode):
                    raise FileError(errno.EPERM)
                self._may_change()
                there._may_change()
                os.link(old.name, spot.name, src_dir_fd=old.fd, dst_dir_fd=spot.fd, follow_symlinks=False)

    def rename_at(self, old: str, to: object, new: str) -> None:
        """Move a name, below `to`."""
        there = neighbour(to)
        with (
            walk(self._directory(), old, follow=False, slash_follows=False) as source,
            walk(there._directory(), new, follow=False, slash_follows=False) as target,
        ):
            if source.dots or target.dots:
                raise FileError(errno.EBUSY)
            status = source.status()
            if status is None:
                raise FileError(errno.ENOENT)
            if not modes.S_ISDIR(status.st_mode) and (source.slash or target.slash):
                raise FileError(errno.ENOTDIR)
            self._may_change()
            there._may_change()
            os.rename(source.name, target.name, src_dir_fd=source.fd, dst_dir_fd=target.fd)

    def unlink_at(self, path: str) -> None:
        """Remove a name of a file or symbolic link."""
        with walk(self._directory(), path, follow=False, slash_follows=False) as spot:
            if spot.dots:
                raise FileError(errno.EISDIR)
            status = spot.status()
            if status is None:
                raise FileError(errno.ENOENT)
            if modes.S_ISDIR(status.st_mode):
                raise FileError(errno.EISDIR)
            if spot.slash:
                raise FileError(errno.ENOTDIR)
            self._may_change()
            os.unlink(spot.name, dir_fd=spot.fd)

    def remove_directory_at(self, path: str) -> None:
        """Remove an empty directory."""
        with walk(self._directory(), path, follow=False, slash_follows=False) as spot:
            if spot.dots:
                raise FileError(errno.EINVAL if spot.name == "." else errno.ENOTEMPTY)
            status = spot.status()
            if status is None:
                raise FileError(errno.ENOENT)
            if not modes.S_ISDIR(status.st_mode):
                raise FileError(errno.ENOTDIR)
            self._may_change()
            os.rmdir(spot.name, dir_fd=spot.fd)

    @contextmanager
    def _vacant(self, path: str, directory: bool = False) -> Iterator[Spot]:
        """The place for a new name (EEXIST where there is something)."""
        with walk(self._directory(), path, follow=False, slash_follows=False) as spot:
            if spot.dots or spot.status() is not None:
                raise FileError(errno.EEXIST)
            if spot.slash and not directory:
                raise FileError(errno.ENOENT)
            yield spot


def neighbour(other: object) -> RealHandle:
    """A handle of the same kind (EXDEV)."""
    if not isinstance(other, RealHandle):
        raise FileError(errno.EXDEV)
    return other


def write_all(fd: int, data: bytes, offset: int) -> int:
    """Write everything at `offset`."""
    with failing():
        written = 0
        while written < len(data):
            written += os.pwrite(fd, data[written:] if written else data, offset + written)
        return written


class RealSource(Source):
    """Reads a file from a position of its own, through a descriptor of its own."""

    __slots__ = ("_fd", "_position")

    def __init__(self, fd: int, position: int) -> None:
        super().__init__()
        self._fd = fd
        self._position = position

    def read(self, count: int) -> bytes:
        try:
            data = os.pread(self._fd, min(count, CHUNK), self._position)
            if not data and (count or self._position >= os.fstat(self._fd).st_size):
                raise Closed
        except OSError as error:
            raise Broken(FileError(error.errno or errno.EIO)) from None
        self._position += len(data)
        return data

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._fd)


class RealSink(Sink):
    """Writes a file at a position of its own, or at its current end, through a descriptor of its own."""

    __slots__ = ("_closed", "_fd", "_position")

    def __init__(self, fd: int, position: int | None) -> None:
        super().__init__()
        self._fd = fd
        self._position = position
        self._closed = False

    def room(self) -> int:
        if self._closed:
            raise Closed
        return ROOM

    def write(self, data: bytes) -> None:
        if self._closed:
            raise Closed
        try:
            if self._position is None:
                write_all(self._fd, data, os.fstat(self._fd).st_size)
            else:
                self._position += write_all(self._fd, data, self._position)
        except FileError as error:
            self._closed = True
            raise Broken(error) from None

    def close(self) -> None:
        self._closed = True
        with suppress(OSError):
            os.close(self._fd)
