"""Walking a real directory without leaving it.

Paths are walked one name at a time through descriptors that follow no link, links are expanded here, and `..` goes back to the
descriptor we came from. So nobody who moves directories or swaps links meanwhile can lead a guest out.
"""

from __future__ import annotations

import errno
import os
import stat as modes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from wasi_browser.vfs.errors import Escape, FileError
from wasi_browser.vfs.open import Kind, Stat
from wasi_browser.vfs.paths import LINKS_MAX, check_path

KINDS = {
    modes.S_IFREG: Kind.FILE,
    modes.S_IFDIR: Kind.DIRECTORY,
    modes.S_IFLNK: Kind.LINK,
    modes.S_IFBLK: Kind.BLOCK_DEVICE,
    modes.S_IFCHR: Kind.CHARACTER_DEVICE,
    modes.S_IFIFO: Kind.FIFO,
    modes.S_IFSOCK: Kind.SOCKET,
}


@contextmanager
def failing() -> Iterator[None]:
    """The system's errors as ours."""
    try:
        yield
    except OSError as error:
        raise FileError(error.errno or errno.EIO) from None
    except (ValueError, OverflowError):
        raise FileError(errno.EINVAL) from None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a path leads: `name` in the directory `fd`; dots lead to `fd` itself, and `name` is `.` or `..` then."""

    fd: int
    name: str
    slash: bool

    @property
    def dots(self) -> bool:
        """Whether the path ended in `.` or `..`."""
        return self.name in (".", "..")

    def status(self) -> os.stat_result | None:
        """What is there, links not followed; `None` for nothing."""
        if self.dots:
            return os.fstat(self.fd)
        try:
            return os.stat(self.name, dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None


@contextmanager
def walk(base: int, path: str, follow: bool, slash_follows: bool = True) -> Iterator[Spot]:
    """Resolve `path` from the directory `base`, as `wasi_browser.vfs.paths.resolve` does."""
    check_path(path)
    slash = path[-1] == "/"
    todo = path.split("/")
    todo.reverse()
    stack = [base]
    links = 0
    try:
        with failing():
            while True:
                name = todo.pop()
                while todo and not todo[0]:
                    del todo[0]
                if name == "..":
                    if len(stack) == 1:
                        raise Escape
                    os.close(stack.pop())
                if name in ("", ".", ".."):
                    if not todo:
                        yield Spot(stack[-1], name or ".", slash)
                        return
                    continue
                if todo or (slash_follows if slash else follow):
                    target = link_target(stack[-1], name)
                    if target is not None:
                        links += 1
                        if links > LINKS_MAX:
                            raise FileError(errno.ELOOP)
                        if target.startswith("/"):
                            raise Escape
                        if not todo:
                            slash = slash or target.endswith("/")
                        todo.extend(reversed(target.split("/")))
                        continue
                if not todo:
                    yield Spot(stack[-1], name, slash)
                    return
                stack.append(os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=stack[-1]))
    finally:
        for fd in stack[1:]:
            os.close(fd)


def link_target(fd: int, name: str) -> str | None:
    """What the link `name` says, or `None` where it is no link."""
    try:
        return os.readlink(name, dir_fd=fd)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.EINVAL:
            return None
        raise


def stat_of(status: os.stat_result) -> Stat:
    """What the system knows about a node."""
    return Stat(
        KINDS.get(modes.S_IFMT(status.st_mode), Kind.UNKNOWN),
        status.st_nlink,
        status.st_size,
        max(0, status.st_atime_ns),
        max(0, status.st_mtime_ns),
        max(0, status.st_ctime_ns),
        (status.st_dev, status.st_ino),
    )


def found(spot: Spot) -> os.stat_result:
    """What is there (ENOENT; ENOTDIR for a file with a trailing slash)."""
    status = spot.status()
    if status is None:
        raise FileError(errno.ENOENT)
    if spot.slash and not modes.S_ISDIR(status.st_mode):
        raise FileError(errno.ENOTDIR)
    return status
