"""Linear memory, and the allocator of the guest that owns it, as the canonical ABI needs them; engines provide them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Memory(Protocol):
    """A linear memory as the canonical ABI sees it. Addresses are in bytes, unsigned.

    Out-of-bounds access raises `Trap` of kind `MEMORY_OUT_OF_BOUNDS`. Two of the same memory are equal.
    """

    @property
    def ptr(self) -> int:
        """Bytes of an address: 4, or 8 for a 64-bit memory."""
        ...

    def size(self) -> int:
        """Bytes now."""
        ...

    def read(self, address: int, count: int) -> bytes:
        """A copy of `count` bytes."""
        ...

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of `data`."""
        ...


class Mover(Protocol):
    """A memory together with its guest's `realloc`: what the compiled form does most, each in as few crossings as the engine can.

    Only for 32-bit memories. The rules are the caller's (`pycm_core.abi.context`); a mover that finds one broken says which address
    breaks it, with `Refused`.
    """

    def place(self, alignment: int, data: bytes | bytearray | memoryview) -> int:
        """`realloc(0, 0, alignment, len(data))`, and `data` written there; the address. Raises `Refused`."""
        ...

    def place_all(self, alignment: int, pieces: Sequence[bytes]) -> Sequence[int]:
        """The same for each piece, in order; the addresses. Raises `Refused`."""
        ...

    def fetch_text(self, address: int) -> str | None:
        """The UTF-8 string whose pointer and length lie at `address`; `None` where any rule is broken, or it takes another way."""
        ...


class Refused(Exception):
    """`realloc` gave an address that is not aligned or not in bounds for `size` bytes."""

    def __init__(self, address: int, alignment: int, size: int) -> None:
        super().__init__(address)
        self.address = address
        self.alignment = alignment
        self.size = size
