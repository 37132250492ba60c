"""Linear memory as the canonical ABI needs it; engines provide it."""

from __future__ import annotations

from typing import Protocol


class Memory(Protocol):
    """A linear memory as the canonical ABI sees it. Addresses are in bytes, unsigned.

    Out-of-bounds access raises `Trap` of kind `MEMORY_OUT_OF_BOUNDS`.
    """

    def size(self) -> int:
        """Bytes now."""
        ...

    def read(self, address: int, count: int) -> bytes:
        """A copy of `count` bytes."""
        ...

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of `data`."""
        ...
