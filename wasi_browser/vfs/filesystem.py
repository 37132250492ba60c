"""A POSIX-like file system in memory.

Every operation starts at an open directory (`Handle`) and cannot reach above it. Where POSIX leaves the error open, it is Linux's:
a property test runs the same operations on a real directory. An operation through a handle that is not mutable fails with EROFS,
but only where it would otherwise succeed. Reading does not touch access times.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.files import Handle
from wasi_browser.vfs.journal import Journal
from wasi_browser.vfs.nodes import Directory, File, Link, Node
from wasi_browser.vfs.open import OFFSET_MAX
from wasi_browser.vfs.paths import PATH_MAX, Place, resolve

NODE_COST = 256
"""What a node counts against the quota besides its content, in bytes."""


class FileSystem:
    """One tree with one quota. `now` gives the time, in nanoseconds since 1970; `capacity` is in bytes."""

    __slots__ = ("_inode", "capacity", "journal", "now", "root", "used")

    def __init__(self, now: Callable[[], int], capacity: int = 1 << 29) -> None:
        self.now = now
        self.capacity = capacity
        self.used = 0
        self._inode = 1
        self.root = Directory(1, now())
        self.journal: Journal | None = None
        """Who hears of every change of what is in here."""

    # accounting

    def inode(self) -> int:
        """A number no node had before; counts against the quota."""
        self.charge(NODE_COST)
        self._inode += 1
        return self._inode

    def charge(self, count: int) -> None:
        """Take `count` bytes of the quota (EDQUOT)."""
        used = self.used + count
        if used > self.capacity:
            raise FileError(errno.EDQUOT)
        self.used = used

    def release(self, node: Node) -> None:
        """A handle or stream on `node` is closed."""
        node.opens -= 1
        if not node.links and not node.opens:
            self._free(node)

    def _unname(self, node: Node) -> None:
        """A name of `node`, which is no directory, is gone."""
        node.links -= 1
        node.changed = self.now()
        if not node.links and not node.opens:
            self._free(node)

    def _free(self, node: Node) -> None:
        self.used -= NODE_COST
        if type(node) is File:
            self.used -= node.size
            node.data = b""

    # content

    def put(self, node: File, data: bytes | memoryview, offset: int) -> None:
        """Write `data` at `offset` of `node`."""
        end = offset + len(data)
        if end > OFFSET_MAX:
            raise FileError(errno.EINVAL)
        if not data:
            return
        size = node.size
        if end > size:
            self.charge(end - size)
        if offset == size:
            node.append(data)
        else:
            content = node.data
            content = content if isinstance(content, bytearray) else bytearray(content)
            if offset > size:
                content += bytes(offset - size)
            content[offset:end] = data
            node.data = content
        node.modified = node.changed = self.now()
        if self.journal is not None:
            self.journal.put(node, data, offset)

    def set_size(self, node: File, size: int) -> None:
        """Cut `node`, or extend it with zeros."""
        if size > OFFSET_MAX:
            raise FileError(errno.EINVAL)
        grown = size - node.size
        if grown > 0:
            self.charge(grown)
            node.append(bytes(grown))
        elif grown < 0:
            self.used += grown
            node.data = node.data[:size]
        node.modified = node.changed = self.now()
        if self.journal is not None:
            self.journal.sized(node, size)

    # names

    def find(self, at: Handle, path: str, follow: bool) -> Node:
        """The node at `path` (ENOENT; ENOTDIR for a file with a trailing slash)."""
        place = resolve(at.directory(), path, follow)
        node = place.node
        if node is None:
            raise FileError(errno.ENOENT)
        if place.slash and type(node) is not Directory:
            raise FileError(errno.ENOTDIR)
        return node

    def open(
        self,
        at: Handle,
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
    ) -> Handle:
        """Open what is at `path`, or create a file there. What is open below a handle is as mutable as the handle."""
        if directory and (create or exclusive or truncate):
            raise FileError(errno.EINVAL)
        place = resolve(at.directory(), path, follow and not (create and exclusive), slash_follows=not create)
        node = place.node
        if node is None:
            if not create:
                raise FileError(errno.ENOENT)
            if place.slash:
                raise FileError(errno.EISDIR)
            node = File(self._enter(place, at), self.now())
            assert place.parent is not None
            self._name(place.parent, place.name, node)
            return Handle(self, node, readable=readable, writable=True, mutable=True, synchronous=synchronous)
        if create:
            if place.slash and place.parent is not None:
                raise FileError(errno.EISDIR)
            if exclusive:
                raise FileError(errno.EEXIST)
        if type(node) is Link:
            raise FileError(errno.ENOTDIR if directory or place.slash else errno.ELOOP)
        if type(node) is Directory:
            if create or writable or truncate:
                raise FileError(errno.EISDIR)
            return Handle(self, node, readable=readable, mutable=at.mutable)
        if directory or place.slash:
            raise FileError(errno.ENOTDIR)
        if (writable or truncate or create) and not at.mutable:
            raise FileError(errno.EROFS)
        assert type(node) is File
        if truncate:
            self.set_size(node, 0)
        return Handle(
            self,
            node,
            readable=readable,
            writable=writable or create or truncate,
            mutable=at.mutable,
            synchronous=synchronous,
        )

    def make_directory(self, at: Handle, path: str) -> None:
        """Create an empty directory."""
        place = self._vacant(at, path, directory=True)
        parent = place.parent
        node = Directory(self._enter(place, at), self.now(), parent)
        assert parent is not None
        self._name(parent, place.name, node)
        parent.links += 1

    def make_link(self, at: Handle, target: str, path: str) -> None:
        """Create a symbolic link. An absolute target is EPERM."""
        if target.startswith("/"):
            raise FileError(errno.EPERM)
        if not target:
            raise FileError(errno.ENOENT)
        if "\0" in target:
            raise FileError(errno.EINVAL)
        if len(target.encode("utf-8", "surrogatepass")) >= PATH_MAX:
            raise FileError(errno.ENAMETOOLONG)
        place = self._vacant(at, path)
        node = Link(self._enter(place, at), self.now(), target)
        assert place.parent is not None
        self._name(place.parent, place.name, node)

    def read_link(self, at: Handle, path: str) -> str:
        """The target of a symbolic link (EINVAL for anything else)."""
        node = self.find(at, path, follow=False)
        if type(node) is not Link:
            raise FileError(errno.EINVAL)
        if node.target.startswith("/"):
            raise FileError(errno.EPERM)
        return node.target

    def link(self, at: Handle, path: str, follow: bool, to: Handle, new: str) -> None:
        """Give the file at `path` a second name."""
        node = self.find(at, path, follow)
        place = self._vacant(to, new)
        if type(node) is Directory:
            raise FileError(errno.EPERM)
        parent = place.parent
        assert parent is not None
        if not parent.links:
            raise FileError(errno.ENOENT)
        if not (at.mutable and to.mutable):
            raise FileError(errno.EROFS)
        node.links += 1
        node.changed = self.now()
        self._name(parent, place.name, node)

    def unlink(self, at: Handle, path: str) -> None:
        """Remove a name of a file or symbolic link."""
        place = resolve(at.directory(), path, follow=False, slash_follows=False)
        node, parent = place.node, place.parent
        if parent is None:
            raise FileError(errno.EISDIR)
        if node is None:
            raise FileError(errno.ENOENT)
        if type(node) is Directory:
            raise FileError(errno.EISDIR)
        if place.slash:
            raise FileError(errno.ENOTDIR)
        if not at.mutable:
            raise FileError(errno.EROFS)
        self._unlist(parent, place.name)
        self._unname(node)

    def remove_directory(self, at: Handle, path: str) -> None:
        """Remove an empty directory."""
        place = resolve(at.directory(), path, follow=False, slash_follows=False)
        node, parent = place.node, place.parent
        if parent is None:
            raise FileError(errno.EINVAL if place.name == "." else errno.ENOTEMPTY)
        if node is None:
            raise FileError(errno.ENOENT)
        if type(node) is not Directory:
            raise FileError(errno.ENOTDIR)
        if node.entries:
            raise FileError(errno.ENOTEMPTY)
        if not at.mutable:
            raise FileError(errno.EROFS)
        self._unlist(parent, place.name)
        self._bury(node)
        parent.links -= 1

    def rename(self, at: Handle, old: str, to: Handle, new: str) -> None:
        """Move a name, over what bears the new one."""
        source = resolve(at.directory(), old, follow=False, slash_follows=False)
        target = resolve(to.directory(), new, follow=False, slash_follows=False)
        node, there = source.node, target.node
        if source.parent is None or target.parent is None:
            raise FileError(errno.EBUSY)
        if node is None:
            raise FileError(errno.ENOENT)
        if type(node) is not Directory:
            if source.slash or target.slash:
                raise FileError(errno.ENOTDIR)
        elif target.parent.within(node):
            raise FileError(errno.EINVAL)
        if type(there) is Directory and source.parent.within(there):
            raise FileError(errno.ENOTEMPTY)
        if node is there:
            return
        if there is not None:
            if type(node) is Directory:
                if type(there) is not Directory:
                    raise FileError(errno.ENOTDIR)
                if there.entries:
                    raise FileError(errno.ENOTEMPTY)
            elif type(there) is Directory:
                raise FileError(errno.EISDIR)
        if not target.parent.links:
            raise FileError(errno.ENOENT)
        if not (at.mutable and to.mutable):
            raise FileError(errno.EROFS)
        self._unlist(source.parent, source.name)
        if there is not None:
            self._unlist(target.parent, target.name)
            if type(there) is Directory:
                self._bury(there)
                target.parent.links -= 1
            else:
                self._unname(there)
        self._name(target.parent, target.name, node)
        node.changed = self.now()
        if type(node) is Directory:
            source.parent.links -= 1
            target.parent.links += 1
            node.parent = target.parent

    def set_times(self, node: Node, accessed: int | None, modified: int | None) -> None:
        """Set the times that are given."""
        if accessed is not None:
            node.accessed = accessed
        if modified is not None:
            node.modified = modified
        if accessed is not None or modified is not None:
            node.changed = self.now()

    def _vacant(self, at: Handle, path: str, directory: bool = False) -> Place:
        """The place for a new name (EEXIST where there is something)."""
        place = resolve(at.directory(), path, follow=False, slash_follows=False)
        if place.node is not None:
            raise FileError(errno.EEXIST)
        if place.slash and not directory:
            raise FileError(errno.ENOENT)
        return place

    def _enter(self, place: Place, at: Handle) -> int:
        """An inode for a new node at `place`."""
        parent = place.parent
        if parent is None or not parent.links:
            raise FileError(errno.ENOENT)
        if not at.mutable:
            raise FileError(errno.EROFS)
        return self.inode()

    def _name(self, parent: Directory, name: str, node: Node) -> None:
        parent.entries[name] = node
        parent.modified = parent.changed = self.now()
        if self.journal is not None:
            self.journal.named(parent, name, node)

    def _unlist(self, parent: Directory, name: str) -> None:
        del parent.entries[name]
        parent.modified = parent.changed = self.now()
        if self.journal is not None:
            self.journal.unlisted(parent, name)

    def _bury(self, node: Directory) -> None:
        """An empty directory lost its name."""
        node.links = 0
        if not node.opens:
            self._free(node)
