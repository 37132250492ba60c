"""Path resolution that cannot leave the directory it starts from.

A path is relative. `..` is followed inside the base only; a step above it, an absolute path and a link to an absolute path are EPERM
(wasi:filesystem/types, the interface's own documentation). Everything else is POSIX, "Pathname Resolution".
"""

from __future__ import annotations

import errno

from wasi_browser.vfs.errors import Escape, FileError
from wasi_browser.vfs.nodes import Directory, Link, Node

NAME_MAX = 255
PATH_MAX = 4096
LINKS_MAX = 40
"""How many symbolic links one resolution follows."""


class Place:
    """Where a path leads: `node` is what is there, or `None`; `name` in `parent` is its entry.

    A path that ends in `.` or `..` (or is only dots) has no entry: `parent` is `None`. `slash` says that it ended in one.
    """

    __slots__ = ("name", "node", "parent", "slash")

    def __init__(self, parent: Directory | None, name: str, node: Node | None, slash: bool) -> None:
        self.parent = parent
        self.name = name
        self.node = node
        self.slash = slash


def check_path(path: str) -> None:
    """ENOENT (empty), EINVAL (a NUL), EPERM (absolute), ENAMETOOLONG."""
    if not path:
        raise FileError(errno.ENOENT)
    if "\0" in path:
        raise FileError(errno.EINVAL)
    if path[0] == "/":
        raise Escape
    if len(path) > NAME_MAX and len(path.encode("utf-8", "surrogatepass")) >= PATH_MAX:
        raise FileError(errno.ENAMETOOLONG)


def resolve(base: Directory, path: str, follow: bool, slash_follows: bool = True) -> Place:
    """Where `path` leads from `base`. `follow` says whether a link at the very end is followed, `slash_follows` whether one with a
    slash after it is: it is where something is looked up, and is not where something is made or removed.

    Raises ENOENT or ENOTDIR on the way, ELOOP, EPERM (escape), ENAMETOOLONG, EINVAL (a NUL); nothing at the end is not an error.
    """
    check_path(path)
    slash = path[-1] == "/"
    stack = [base]
    todo = path.split("/")
    todo.reverse()
    links = 0
    while True:
        name = todo.pop()
        here = stack[-1]
        while todo and not todo[0]:
            del todo[0]  # empty names at the end: trailing slashes
        if name == "..":
            if len(stack) == 1:
                raise Escape
            stack.pop()
            if not todo:
                return Place(None, name, stack[-1], slash)
            continue
        if name == "." or not name:
            if not todo:
                return Place(None, ".", here, slash)
            continue
        if len(name) > NAME_MAX // 4 and len(name.encode("utf-8", "surrogatepass")) > NAME_MAX:
            raise FileError(errno.ENAMETOOLONG)
        node = here.entries.get(name)
        if type(node) is Link and (todo or (slash_follows if slash else follow)):
            links += 1
            if links > LINKS_MAX:
                raise FileError(errno.ELOOP)
            target = node.target
            if target[0] == "/":
                raise Escape
            if not todo:
                slash = slash or target[-1] == "/"
            todo.extend(reversed(target.split("/")))
            continue
        if not todo:
            return Place(here, name, node, slash)
        if node is None:
            raise FileError(errno.ENOENT)
        if type(node) is not Directory:
            raise FileError(errno.ENOTDIR)
        stack.append(node)
