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


class File(Node):
    """A regular file. Content that nobody has changed yet stays the `bytes` it came as."""

    __slots__ = ("data",)

    def __init__(self, inode: int, now: int, data: bytes | bytearray = b"") -> None:
        super().__init__(inode, now)
        self.data = data

    @property
    def size(self) -> int:
        return len(self.data)


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
