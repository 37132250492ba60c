"""A tree as a zip file, and back. The same tree gives the same bytes."""

from __future__ import annotations

import errno
import io
import stat
import zipfile
import zlib

from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.tree import Entry, Folder, SymbolicLink, Tree

CREATED = (1980, 1, 1, 0, 0, 0)
"""The time every entry bears: the earliest a zip file can say."""
UNIX = 3
"""The system whose file modes `external_attr` holds."""


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


def tree_of(data: bytes, limit: int = 1 << 29) -> dict[str, Entry]:
    """The tree in a zip file. Raises `FileError`: EINVAL for what is no zip file or has paths that leave it, EFBIG past `limit` bytes."""
    tree: dict[str, Entry] = {}
    left = limit
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                names = [name for name in info.filename.replace("\\", "/").split("/") if name not in ("", ".")]
                if ".." in names or "\0" in info.filename:
                    raise FileError(errno.EINVAL, f"`{info.filename}` leaves the archive")
                if not names:
                    continue
                path = "/" + "/".join(names)
                if info.is_dir():
                    tree[path] = Folder()
                    continue
                left -= info.file_size
                if left < 0:
                    raise FileError(errno.EFBIG, f"the archive holds more than {limit} bytes")
                with archive.open(info) as member:
                    content = member.read(info.file_size + 1)
                mode = info.external_attr >> 16 if info.create_system == UNIX else 0
                tree[path] = SymbolicLink(content.decode("utf-8")) if stat.S_ISLNK(mode) else content
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, UnicodeDecodeError, ValueError) as error:
        raise FileError(errno.EINVAL, f"not a readable zip file: {error}") from None
    return tree
