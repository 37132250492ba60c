"""The file system does what a real directory on Linux does: the same operations, the same results, the same errors."""

from __future__ import annotations

import errno
import os
import random
import shutil
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wasi_browser.platform.directory import RealMount
from wasi_browser.vfs.errors import Escape, FileError
from wasi_browser.vfs.files import Handle
from wasi_browser.vfs.filesystem import FileSystem
from wasi_browser.vfs.open import Kind, Open

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="compares with Linux")

NAMES = ("a", "b", "c", "d")
OPERATIONS = (
    "mkdir", "mkdir", "create", "create", "write", "read", "append", "truncate", "symlink", "symlink", "link", "rename", "rename",
    "unlink", "rmdir", "stat", "lstat", "readlink", "list", "open", "opendir", "pwrite", "resize", "hold",
)  # fmt: skip


def a_path(rng: random.Random) -> str:
    """A short path with all the oddities that resolution knows."""
    parts = [
        rng.choice((*NAMES, *NAMES, ".", "..")) if rng.random() < 0.3 else rng.choice(NAMES)
        for _ in range(rng.choice((1, 1, 2, 2, 3)))
    ]
    path = "/".join(parts)
    if rng.random() < 0.08:
        path = path.replace("/", "//", 1)
    return path + rng.choice(("", "", "", "", "", "/", "/", "//", "/.")) if rng.random() < 0.3 else path


class Real:
    """A real directory, reached through its descriptor."""

    def __init__(self, root: Path) -> None:
        self.fd = os.open(root, os.O_RDONLY)
        self.held: list[int] = []

    def open(self, path: str, flags: int) -> int:
        return os.open(path, flags, 0o644, dir_fd=self.fd)

    def with_file(self, path, flags, use):
        fd = self.open(path, flags)
        try:
            return use(fd)
        finally:
            os.close(fd)

    def mkdir(self, path, other, data):
        os.mkdir(path, dir_fd=self.fd)

    def create(self, path, other, data):
        self.with_file(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, lambda fd: None)

    def write(self, path, other, data):
        return self.with_file(path, os.O_CREAT | os.O_WRONLY, lambda fd: os.pwrite(fd, data, 0))

    def append(self, path, other, data):
        return self.with_file(path, os.O_WRONLY | os.O_APPEND, lambda fd: os.write(fd, data))

    def pwrite(self, path, other, data):
        return self.with_file(path, os.O_WRONLY, lambda fd: os.pwrite(fd, data, len(data) * 3))

    def resize(self, path, other, data):
        return self.with_file(path, os.O_RDWR, lambda fd: os.ftruncate(fd, len(data) * 2))

    def truncate(self, path, other, data):
        self.with_file(path, os.O_WRONLY | os.O_TRUNC, lambda fd: None)

    def read(self, path, other, data):
        return self.with_file(path, os.O_RDONLY, lambda fd: os.pread(fd, 1000, 1))

    def open_(self, path, other, data):
        self.with_file(path, os.O_RDONLY | os.O_NOFOLLOW, lambda fd: None)

    def opendir(self, path, other, data):
        self.with_file(path, os.O_RDONLY | os.O_DIRECTORY, lambda fd: None)

    def symlink(self, path, other, data):
        os.symlink(other, path, dir_fd=self.fd)

    def link(self, path, other, data):
        os.link(path, other, src_dir_fd=self.fd, dst_dir_fd=self.fd, follow_symlinks=False)

    def rename(self, path, other, data):
        os.rename(path, other, src_dir_fd=self.fd, dst_dir_fd=self.fd)

    def unlink(self, path, other, data):
        os.unlink(path, dir_fd=self.fd)

    def rmdir(self, path, other, data):
        os.rmdir(path, dir_fd=self.fd)

    def stat(self, path, other, data):
        return self._stat(os.stat(path, dir_fd=self.fd))

    def lstat(self, path, other, data):
        return self._stat(os.stat(path, dir_fd=self.fd, follow_symlinks=False))

    def _stat(self, s):
        kind = stat.S_IFMT(s.st_mode)
        return kind, s.st_size if kind != stat.S_IFDIR else 0, s.st_nlink if kind != stat.S_IFDIR else 0

    def readlink(self, path, other, data):
        return os.readlink(path, dir_fd=self.fd)

    def list(self, path, other, data):
        return self.with_file(path, os.O_RDONLY | os.O_DIRECTORY, lambda fd: sorted(os.listdir(fd)))

    def hold(self, path, other, data):
        """Keep a file open: it stays what it was when its name is gone."""
        self.held.append(self.open(path, os.O_RDONLY))
        if len(self.held) > 3:
            fd = self.held.pop(0)
            try:
                return os.pread(fd, 1000, 0), os.fstat(fd).st_nlink
            finally:
                os.close(fd)
        return None

    def close(self):
        for fd in (self.fd, *self.held):
            os.close(fd)


class Ours:
    """The same operations on a file system of ours."""

    KINDS = {Kind.FILE: stat.S_IFREG, Kind.DIRECTORY: stat.S_IFDIR, Kind.LINK: stat.S_IFLNK}  # noqa: RUF012

    def __init__(self, root: Open) -> None:
        self.root = root
        self.held: list[Open] = []

    def with_file(self, path, use, **how):
        handle = self.root.open_at(path, **how)
        try:
            return use(handle)
        finally:
            handle.close()

    def mkdir(self, path, other, data):
        self.root.make_directory_at(path)

    def create(self, path, other, data):
        self.with_file(path, lambda h: None, create=True, exclusive=True, writable=True)

    def write(self, path, other, data):
        return self.with_file(path, lambda h: h.write(data, 0), create=True, writable=True)

    def append(self, path, other, data):
        def use(handle):
            sink = handle.sink(None)
            sink.write(data)
            sink.close()
            return len(data)

        return self.with_file(path, use, writable=True)

    def pwrite(self, path, other, data):
        return self.with_file(path, lambda h: h.write(data, len(data) * 3), writable=True)

    def resize(self, path, other, data):
        return self.with_file(path, lambda h: h.set_size(len(data) * 2), writable=True)

    def truncate(self, path, other, data):
        self.with_file(path, lambda h: None, truncate=True, writable=True)

    def read(self, path, other, data):
        def use(handle):
            if handle.kind is Kind.DIRECTORY:
                raise FileError(errno.EISDIR)
            return handle.read(1000, 1)[0]

        return self.with_file(path, use)

    def open_(self, path, other, data):
        self.with_file(path, lambda h: None, follow=False)

    def opendir(self, path, other, data):
        self.with_file(path, lambda h: None, directory=True)

    def symlink(self, path, other, data):
        self.root.make_link_at(other, path)

    def link(self, path, other, data):
        self.root.link_at(path, False, self.root, other)

    def rename(self, path, other, data):
        self.root.rename_at(path, self.root, other)

    def unlink(self, path, other, data):
        self.root.unlink_at(path)

    def rmdir(self, path, other, data):
        self.root.remove_directory_at(path)

    def stat(self, path, other, data):
        return self._stat(self.root.stat_at(path, True))

    def lstat(self, path, other, data):
        return self._stat(self.root.stat_at(path, False))

    def _stat(self, s):
        kind = self.KINDS[s.kind]
        return kind, s.size if kind != stat.S_IFDIR else 0, s.links if kind != stat.S_IFDIR else 0

    def readlink(self, path, other, data):
        return self.root.read_link_at(path)

    def list(self, path, other, data):
        return self.with_file(path, lambda h: [name for name, _ in h.entries()], directory=True)

    def hold(self, path, other, data):
        self.held.append(self.root.open_at(path))
        if len(self.held) > 3:
            handle = self.held.pop(0)
            try:
                if handle.kind is Kind.DIRECTORY:
                    raise FileError(errno.EISDIR)
                return handle.read(1000, 0)[0], handle.stat().links
            finally:
                handle.close()
        return None

    def close(self):
        for handle in (self.root, *self.held):
            handle.close()


def in_memory(folder: Path) -> Open:
    """A fresh file system in memory."""
    fs = FileSystem(lambda: 0)
    return Handle(fs, fs.root, mutable=True)


def confined(folder: Path) -> Open:
    """A confined real directory, beside the one it is compared with."""
    folder.mkdir()
    return RealMount(str(folder), writable=True).open()


def outcome(system, operation, arguments):
    """The result, or the error's number."""
    try:
        return getattr(system, "open_" if operation == "open" else operation)(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    except Escape:
        return "escape"
    except FileError as error:
        return errno.errorcode[error.errno]


def compare(seed: int, count: int, folder: Path, make=in_memory) -> int:
    """Run `count` operations on both; how many were refused only because they would leave the directory."""
    rng = random.Random(seed)
    folder.mkdir()
    (folder / "real").mkdir()
    real, ours = Real(folder / "real"), Ours(make(folder / "ours"))
    escapes = done = 0
    try:
        while done < count:
            operation = rng.choice(OPERATIONS)
            arguments = a_path(rng), a_path(rng), rng.randbytes(rng.choice((0, 1, 5, 40)))
            mine = outcome(ours, operation, arguments)
            if mine == "escape":
                escapes += 1  # POSIX has no such rule: what comes of it there is nobody's business
                continue
            theirs = outcome(real, operation, arguments)
            assert mine == theirs, f"operation {done}: {operation} {arguments}: {mine}, Linux says {theirs}"
            done += 1
    finally:
        real.close()
        ours.close()
        shutil.rmtree(folder)
    return escapes


@pytest.mark.parametrize("make", [in_memory, confined])
def test_ten_thousand_operations(tmp_path, make):
    for seed in range(20):
        compare(seed, 500, tmp_path / str(seed), make)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(min_value=1000))
def test_any_operations(seed, tmp_path):
    shutil.rmtree(tmp_path / "fs", ignore_errors=True)
    compare(seed, 60, tmp_path / "fs")
