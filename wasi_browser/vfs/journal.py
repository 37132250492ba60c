"""What happens to a file system, step by step as bytes, so that what it held can be made again where it is lost with its guest.

Steps lie one after the other: a kind, a node, a number, a size, and as many bytes. Nodes are inodes; who plays a journal back starts with
the tree that the file system started with, which has the same. Times and open files are not in it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING

from wasi_browser.vfs.nodes import Directory, File, Link, Node

if TYPE_CHECKING:
    from wasi_browser.vfs.files import FileSink
    from wasi_browser.vfs.filesystem import FileSystem

HEAD = struct.Struct("<BIQI")
AT_END = (1 << 64) - 1
"""The position of a stream that always writes at the end."""
LEAST = 1 << 24
"""A journal may be so long, and twice what the file system holds besides, before it begins anew."""
STREAMS = range(1 << 10, 1 << 15)
"""The numbers of streams; lower ones are for outputs (`wasi_browser.streams.CHANNELS`)."""


class Step(IntEnum):
    """What the fields of each kind are."""

    NAME = 1
    """Node, parent; what it is (`d`, `f`, `l`), the name, and of a link a NUL and the target."""
    UNLIST = 2
    """No node, parent; the name that is gone."""
    PUT = 3
    """Node, offset; the content there."""
    SIZE = 4
    """Node, size."""
    STREAM = 5
    """Node, position; the number of the stream that will write there."""


class Journal:
    """Of one file system. `tell` gets each piece, and whether it begins anew: then no piece before it is needed, nor the tree that was there
    at first. `number` gives each stream a number of its own, from `STREAMS`."""

    __slots__ = ("_fs", "_number", "_streams", "_tell", "_told")

    def __init__(self, fs: FileSystem, tell: Callable[[bytes, bool], None], number: Callable[[], int]) -> None:
        self._fs = fs
        self._tell = tell
        self._number = number
        self._streams: dict[int, FileSink] = {}
        self._told = 0

    def named(self, parent: Directory, name: str, node: Node) -> None:
        """`node` is found as `name` now; it may be new."""
        self._step(_named(parent, name, node))

    def unlisted(self, parent: Directory, name: str) -> None:
        """`name` is gone."""
        self._step(_step(Step.UNLIST, 0, parent.inode, name.encode("utf-8", "surrogatepass")))

    def put(self, node: File, data: bytes | memoryview, offset: int) -> None:
        """`data` stands at `offset`. Only here it may begin anew: nothing is between two names."""
        step = _step(Step.PUT, node.inode, offset, data)
        self._told += len(step)
        if self._told <= LEAST + 2 * self._fs.used:
            self._tell(step, False)
            return
        whole = b"".join((*_everything(self._fs.root), *(_stream(*one) for one in self._streams.items())))
        self._told = len(whole) - self._fs.used
        self._tell(whole, True)

    def sized(self, node: File, size: int) -> None:
        """`node` was cut or extended."""
        self._step(_step(Step.SIZE, node.inode, size))

    def opened(self, sink: FileSink) -> int:
        """A stream writes from now on. Its number: who sees what it is given before this file system does knows it by that."""
        number = self._number()
        self._streams[number] = sink
        self._step(_stream(number, sink))
        return number

    def moved(self, number: int) -> None:
        """A stream stands elsewhere than it did."""
        self._step(_stream(number, self._streams[number]))

    def closed(self, number: int) -> None:
        """A stream writes no more."""
        self._streams.pop(number, None)

    def _step(self, step: bytes) -> None:
        self._told += len(step)
        self._tell(step, False)


def _step(kind: Step, node: int, number: int, data: bytes | memoryview = b"") -> bytes:
    return b"".join((HEAD.pack(kind, node, number, len(data)), data))


def _named(parent: Directory, name: str, node: Node) -> bytes:
    text = name.encode("utf-8", "surrogatepass")
    if type(node) is Link:
        text = b"l%b\0%b" % (text, node.target.encode("utf-8", "surrogatepass"))
    else:
        text = (b"d" if type(node) is Directory else b"f") + text
    return _step(Step.NAME, node.inode, parent.inode, text)


def _stream(number: int, sink: FileSink) -> bytes:
    position = AT_END if sink.position is None else sink.position
    return _step(Step.STREAM, sink.node.inode, position, number.to_bytes(2, "little"))


def _everything(root: Directory) -> Iterator[bytes]:
    """Steps that make the tree below `root` from nothing."""
    known: set[int] = set()
    todo = [root]
    while todo:
        parent = todo.pop()
        for name, node in parent.entries.items():
            yield _named(parent, name, node)
            if type(node) is Directory:
                todo.append(node)
            elif type(node) is File and node.inode not in known:
                known.add(node.inode)
                yield _step(Step.PUT, node.inode, 0, bytes(node.data))


def play(fs: FileSystem, steps: bytes, left: Iterable[tuple[int, bytes]] = ()) -> None:
    """Do in `fs`, which holds what was there at first (nothing, if the journal began anew), what `steps` say, as far as they are whole; then what
    streams were `left` with, by their numbers: what they were given and the file system did not see.

    Raises `FileError` where it does not fit in.
    """
    nodes = {fs.root.inode: fs.root, **_below(fs.root)}
    streams: dict[int, tuple[int, int]] = {}
    at = 0
    while at + HEAD.size <= len(steps):
        kind, inode, number, size = HEAD.unpack_from(steps, at)
        at += HEAD.size
        data = steps[at : at + size]
        at += size
        if len(data) < size:
            return
        match kind:
            case Step.NAME:
                parent = nodes.get(number)
                name, _, target = data[1:].decode("utf-8", "surrogatepass").partition("\0")
                if type(parent) is Directory:
                    nodes[inode] = parent.entries[name] = nodes.get(inode) or _new(data[:1], inode, fs.now(), parent, target)
            case Step.UNLIST:
                parent = nodes.get(number)
                if type(parent) is Directory:
                    parent.entries.pop(data.decode("utf-8", "surrogatepass"), None)
            case Step.PUT:
                _put(fs, nodes.get(inode), data, number)
            case Step.SIZE:
                file = nodes.get(inode)
                if type(file) is File:
                    fs.set_size(file, number)
            case Step.STREAM:
                streams[int.from_bytes(data, "little")] = inode, number
    for stream, data in left:
        inode, position = streams.get(stream, (0, 0))
        file = nodes.get(inode)
        if type(file) is File:
            _put(fs, file, data, file.size if position == AT_END else position)
            if position != AT_END:
                streams[stream] = inode, position + len(data)


def _put(fs: FileSystem, node: Node | None, data: bytes, offset: int) -> None:
    if type(node) is File:
        fs.put(node, data, offset)


def _new(kind: bytes, inode: int, now: int, parent: Directory, target: str) -> Node:
    if kind == b"d":
        return Directory(inode, now, parent)
    return Link(inode, now, target) if kind == b"l" else File(inode, now)


def _below(directory: Directory) -> dict[int, Node]:
    found: dict[int, Node] = {}
    todo = [directory]
    while todo:
        for node in todo.pop().entries.values():
            found[node.inode] = node
            if type(node) is Directory:
                todo.append(node)
    return found
