"""A file system as a mapping from absolute paths: what goes in before a run, and what comes out after it."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass

from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.filesystem import FileSystem
from wasi_browser.vfs.nodes import Directory, File, Link, Node


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory. It is made with what it lies in; what has files below needs no entry."""


@dataclass(frozen=True, slots=True)
class SymbolicLink:
    """A symbolic link to `target`, a relative path."""

    target: str


Entry = bytes | Folder | SymbolicLink
Tree = Mapping[str, Entry]
"""Absolute paths (`/a/b.txt`), and what is there."""


def plant(fs: FileSystem, tree: Tree, at: Directory | None = None) -> None:
    """Put `tree` below `at`, or the root. Raises `FileError` where it does not fit together, or the quota ends."""
    for path, entry in tree.items():
        names = [name for name in path.split("/") if name and name != "."]
        if ".." in names or "\0" in path:
            raise FileError(errno.EINVAL, f"`{path}` is no path of a tree")
        parent = fs.root if at is None else at
        for name in names if isinstance(entry, Folder) else names[:-1]:
            parent = _folder(fs, parent, name)
        if isinstance(entry, Folder):
            continue
        if not names or names[-1] in parent.entries:
            raise FileError(errno.EEXIST, f"`{path}` is there twice")
        now = fs.now()
        if isinstance(entry, SymbolicLink):
            parent.entries[names[-1]] = Link(fs.inode(), now, entry.target)
        else:
            fs.charge(len(entry))
            parent.entries[names[-1]] = File(fs.inode(), now, bytes(entry))


def _folder(fs: FileSystem, parent: Directory, name: str) -> Directory:
    node = parent.entries.get(name)
    if node is None:
        node = parent.entries[name] = Directory(fs.inode(), fs.now(), parent)
        parent.links += 1
    if type(node) is not Directory:
        raise FileError(errno.ENOTDIR, f"`{name}` is a file and a directory")
    return node


def harvest(root: Directory) -> dict[str, Entry]:
    """Everything below `root`, by absolute path, sorted; a file with several names is there several times."""
    out: dict[str, Entry] = {}
    stack: list[tuple[str, Node]] = [("", root)]
    while stack:
        path, node = stack.pop()
        if type(node) is Directory:
            if path:
                out[path] = Folder()
            stack.extend((f"{path}/{name}", node.entries[name]) for name in sorted(node.entries, reverse=True))
        elif type(node) is Link:
            out[path] = SymbolicLink(node.target)
        elif type(node) is File:
            out[path] = node.data = bytes(node.data)  # so that the next harvest need not copy what did not change
    return out


@dataclass(frozen=True, slots=True)
class Difference:
    """What happened between two trees; paths, sorted."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything happened."""
        return bool(self.added or self.removed or self.changed)


def difference(before: Tree, after: Tree) -> Difference:
    """What a run did to its files."""
    return Difference(
        tuple(sorted(path for path in after if path not in before)),
        tuple(sorted(path for path in before if path not in after)),
        tuple(sorted(path for path, entry in after.items() if path in before and before[path] != entry)),
    )
