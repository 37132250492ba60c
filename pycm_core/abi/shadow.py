"""What a trace knows of one linear memory, so that what guest code wrote can be found (`pycm_core.abi.trace`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pycm_core.abi.memory import Memory

CHUNK = 1 << 16
"""Bytes that are fetched and compared at once."""
BLOCK = 1 << 12
"""Bytes that are compared next where a chunk differs."""

Runs = list[tuple[int, bytes]]
"""Addresses, ascending, and the bytes there."""

_ZEROS = bytes(CHUNK)
_CHANGED = re.compile(rb"[^\0]+(?:\0{1,7}[^\0]+)*")
"""Runs of bytes that are not zero; a few zeros between two of them cost less than another run."""


class Shadow:
    """The memory `number`, of a component instance, as of the last look at it."""

    __slots__ = ("chunks", "instance", "known", "lost", "memory", "number", "size")

    def __init__(self, memory: Memory, number: int, instance: int) -> None:
        self.memory = memory
        self.number = number
        self.instance = instance
        self.lost = False
        """Whether it is watched no more."""
        self.forget()

    def forget(self) -> None:
        """Know nothing of it."""
        self.known = self.lost = False
        self.size = 0
        self.chunks: list[bytes | bytearray] = []

    def look(self, size: int) -> tuple[str, Runs]:
        """What has become of it since, as a kind of event (empty: nothing), and what differs."""
        kind = "memory" if not self.known else "memory-grow" if size != self.size else "guest-write"
        self.known = True
        self.size = size
        pieces: Runs = []
        chunks, read = self.chunks, self.memory.read
        for number in range(-(-size // CHUNK)):
            at = number * CHUNK
            now = read(at, min(CHUNK, size - at))
            before = chunks[number] if number < len(chunks) else b""
            if now == before:
                continue
            if len(before) != len(now):
                before = bytes(before) + bytes(len(now) - len(before))
            pieces += [(at + start, data) for start, data in _differences(before, now)]
            now = _ZEROS if now == _ZEROS else now
            if number < len(chunks):
                chunks[number] = now
            else:
                chunks.append(now)
        return kind, joined(pieces)

    def write(self, address: int, data: bytes) -> None:
        """The canonical ABI has written these bytes itself."""
        if not self.known or self.lost:
            return
        at, end = address, address + len(data)
        while at < end:
            number, start = divmod(at, CHUNK)
            count = min(end - at, CHUNK - start)
            chunk = self.chunks[number]
            if not isinstance(chunk, bytearray):
                chunk = self.chunks[number] = bytearray(chunk)
            chunk[start : start + count] = data[at - address : at - address + count]
            at += count


def joined(pieces: Iterable[tuple[int, bytes]]) -> Runs:
    """Pieces in ascending order as runs: those that follow each other are one."""
    runs: Runs = []
    together: list[bytes] = []
    start = end = -1
    for at, data in pieces:
        if at != end and together:
            runs.append((start, b"".join(together)))
            together = []
        if not together:
            start = at
        together.append(data)
        end = at + len(data)
    if together:
        runs.append((start, b"".join(together)))
    return runs


def _differences(before: bytes | bytearray, now: bytes) -> Iterator[tuple[int, bytes]]:
    """Where `now` differs from `before`, which is as long."""
    for at in range(0, len(now), BLOCK):
        old, new = before[at : at + BLOCK], now[at : at + BLOCK]
        if old == new:
            continue
        count = len(new)
        changed = int.from_bytes(old, "little") ^ int.from_bytes(new, "little")
        for found in _CHANGED.finditer(changed.to_bytes(count, "little")):
            yield at + found.start(), new[found.start() : found.end()]
