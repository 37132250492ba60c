"""A tree as a zip file, and back. The same tree gives the same bytes.

A zip file from elsewhere is hostile until it is shown to be a tree: everything in it is checked before it is unpacked, and what it may
hold is bounded by `Limits`. What is not a tree is an error, never a guess: no path leaves the archive, none is there twice, no link
leads away.
"""

from __future__ import annotations

import errno
import io
import stat
import struct
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass

from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.paths import NAME_MAX, PATH_MAX
from wasi_browser.vfs.tree import Entry, Folder, SymbolicLink, Tree

CREATED = (1980, 1, 1, 0, 0, 0)
"""The time every entry bears: the earliest a zip file can say."""
UNIX = 3
"""The system whose file modes `external_attr` holds."""
ENCRYPTED = 0x1
UTF8 = 0x800
"""Bits of an entry's flags."""
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What can be unpacked piece by piece, so that a bound on the result holds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a zip file may hold; past one of these it is EFBIG."""

    size: int = 1 << 29
    """Bytes of all files together, unpacked."""
    entries: int = 1 << 16
    """Files, directories and links."""


DEFAULT_LIMITS = Limits()


def zip_of(tree: Tree) -> bytes:
    """Every file, directory and symbolic link of `tree`, by path without the first slash."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(tree):
            entry = tree[path]
            info = zipfile.ZipInfo(path.lstrip("/"), CREATED)
            info.create_system = UNIX
            info.compress_type = zipfile.ZIP_DEFLATED
            match entry:
                case Folder():
                    info.filename += "/"
                    info.external_attr = (stat.S_IFDIR | 0o755) << 16 | 0x10
                    archive.writestr(info, b"")
                case SymbolicLink(target):
                    info.external_attr = (stat.S_IFLNK | 0o777) << 16
                    archive.writestr(info, target.encode("utf-8"))
                case _:
                    info.external_attr = (stat.S_IFREG | 0o644) << 16
                    archive.writestr(info, entry)
    return out.getvalue()


def tree_of(data: bytes, limits: Limits = DEFAULT_LIMITS) -> dict[str, Entry]:
    """The tree in a zip file. Raises `FileError`: EINVAL for what is no zip file or holds no tree, EFBIG past one of `limits`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpack(archive, limits)
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        RuntimeError,
        NotImplementedError,
        UnicodeError,
        ValueError,
        OverflowError,
        OSError,
    ) as error:
        raise FileError(errno.EINVAL, f"not a readable zip file: {error}") from None


def _unpack(archive: zipfile.ZipFile, limits: Limits) -> dict[str, Entry]:
    infos = archive.infolist()
    if len(infos) > limits.entries:
        raise FileError(errno.EFBIG, f"the archive holds {len(infos)} entries, more than {limits.entries}")
    if sum(info.file_size for info in infos) > limits.size:
        raise FileError(errno.EFBIG, f"the archive holds more than {limits.size} bytes")
    tree: dict[str, Entry] = {}
    for info in infos:
        name = _name(info)
        folder = name.endswith("/")
        path = _path(name)
        if path == "/" and folder:
            continue
        if info.flag_bits & ENCRYPTED:
            raise FileError(errno.EINVAL, f"`{name}` is encrypted")
        if info.compress_type not in METHODS:
            raise FileError(errno.EINVAL, f"`{name}` is compressed by method {info.compress_type}; expected stored or deflated")
        kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == UNIX else 0
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
            raise FileError(errno.EINVAL, f"`{name}` is neither a file, a directory nor a link")
        if path in tree:
            if folder and isinstance(tree[path], Folder):
                continue
            raise FileError(errno.EINVAL, f"`{name}` is there twice")
        if folder:
            tree[path] = Folder()
            continue
        with archive.open(info) as member:
            content = member.read(info.file_size + 1)  # not all there is: what was declared may be a lie
        tree[path] = _link(name, content) if kind == stat.S_IFLNK else content
    _check_folders(tree)
    return tree


def _name(info: zipfile.ZipInfo) -> str:
    """The name of an entry. What is not marked as UTF-8 is taken for it where it can be: few programs that write names set the mark."""
    name = info.orig_filename
    if not info.flag_bits & UTF8 and not name.isascii():
        with suppress(UnicodeError):  # else it is what the format says: code page 437
            name = name.encode("cp437").decode("utf-8")
    return name if info.create_system == UNIX else name.replace("\\", "/")


def _path(name: str) -> str:
    """The path of a tree that an entry's name means. EINVAL for one that leaves the archive, or is none."""
    names = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in names or name[1:3] == ":/":
        raise FileError(errno.EINVAL, f"`{name}` leaves the archive")
    if "\0" in name or not (names or name):
        raise FileError(errno.EINVAL, "an entry has no proper name")
    if not names and not name.endswith("/"):
        raise FileError(errno.EINVAL, f"`{name}` names no file")
    if any(len(part.encode("utf-8", "surrogatepass")) > NAME_MAX for part in names) or len(name) >= PATH_MAX:
        raise FileError(errno.EINVAL, "a name in the archive is too long")
    return "/" + "/".join(names)


def _link(name: str, content: bytes) -> SymbolicLink:
    """A symbolic link. EINVAL for one that a guest could not have made."""
    target = content.decode("utf-8")
    if not target or target.startswith("/") or "\0" in target or len(content) >= PATH_MAX:
        raise FileError(errno.EINVAL, f"`{name}` links out of the archive, or to nothing")
    return SymbolicLink(target)


def _check_folders(tree: Tree) -> None:
    """That whatever something lies in is a directory (EINVAL)."""
    folders: set[str] = set()
    for path in tree:
        parent = path.rpartition("/")[0]
        while parent and parent not in folders:
            if not isinstance(tree.get(parent, Folder()), Folder):
                raise FileError(errno.EINVAL, f"`{parent}` is a directory and something else")
            folders.add(parent)
            parent = parent.rpartition("/")[0]
