"""What a file system is made of: files, directories, symbolic links. Times in nanoseconds since 1970."""

from __future__ import annotations


class Node:
    """`links` counts names, `opens` handles and streams: the content goes when both are zero."""

    __slots__ = ("accessed", "changed", "inode", "links", "modified", "opens")

    def __init__(self, inode: int, now: int) -> None:
        self.inode = inode
        self.links = 1
        self.opens = 0
        self.accessed = self.modified = self.changed = now

    @property
    def size(self) -> int:
        """In bytes."""
        return 0


LARGE = 4096
"""Pieces of at least so many bytes are not put together before somebody looks."""


class File(Node):
    """A regular file. Content that nobody has changed yet stays the `bytes` it came as.

    A file that is written from front to back is kept in the pieces it was written in: a `bytearray` that grows is copied again and again.
    """

    __slots__ = ("_content", "_tail", "size")

    size: int
    _content: bytes | bytearray

    def __init__(self, inode: int, now: int, data: bytes | bytearray = b"") -> None:
        super().__init__(inode, now)
        self._tail: list[bytes] = []
        self.data = data

    @property
    def data(self) -> bytes | bytearray:
        """The content, in one piece. A `bytearray` may be changed, but not its length."""
        if self._tail:
            content = self._content
            if self.size >= 2 * len(content):
                self._content = b"".join((content, *self._tail))
            else:  # a few pieces at the end of many: whoever writes and reads in turn must not copy everything each time
                self._content = content = content if isinstance(content, bytearray) else bytearray(content)
                content += b"".join(self._tail)
            self._tail = []
        return self._content

    @data.setter
    def data(self, data: bytes | bytearray) -> None:
        self._content = data
        self._tail.clear()
        self.size = len(data)

    def append(self, data: bytes | memoryview) -> None:
        """More at the end."""
        if len(data) >= LARGE:
            self._tail.append(bytes(data))
            self.size += len(data)
        else:
            content = self.data
            self.data = content = content if isinstance(content, bytearray) else bytearray(content)
            content += data
            self.size = len(content)


class Directory(Node):
    """A directory. `parent` is itself for a root, and stays what it was after removal; `links` is 0 then."""

    __slots__ = ("entries", "parent")

    def __init__(self, inode: int, now: int, parent: Directory | None = None) -> None:
        super().__init__(inode, now)
        self.links = 2
        self.entries: dict[str, Node] = {}
        self.parent: Directory = self if parent is None else parent

    def within(self, other: Directory) -> bool:
        """Whether this is `other` or lies below it."""
        node = self
        while node is not other:
            if node.parent is node:
                return False
            node = node.parent
        return True


class Link(Node):
    """A symbolic link."""

    __slots__ = ("target",)

    def __init__(self, inode: int, now: int, target: str) -> None:
        super().__init__(inode, now)
        self.target = target

    @property
    def size(self) -> int:
        return len(self.target.encode("utf-8", "surrogatepass"))
