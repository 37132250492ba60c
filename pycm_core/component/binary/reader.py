"""The cursor of the component decoder: `base.Reader` that knows its limits, features and depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pycm_core.base.errors import Exhaustion, Malformed, Offset
from pycm_core.base.features import Features
from pycm_core.base.limits import Limits
from pycm_core.base.reader import Bytes, Reader

T = TypeVar("T")


class ComponentReader(Reader):
    """Reads `data[pos:end]` of a component. `depth` counts the components and types around it."""

    __slots__ = ("depth", "features", "limits")

    def __init__(
        self, data: Bytes, pos: int, end: int, limits: Limits, features: Features, depth: int = 0, base: int = 0
    ) -> None:
        super().__init__(data, pos, end, base)
        self.limits = limits
        self.features = features
        self.depth = depth

    def sub(self, count: int) -> ComponentReader:
        """A reader over the next `count` bytes, which this one skips. No bytes are copied."""
        inner = super().sub(count)
        return ComponentReader(self.data, inner.pos, inner.end, self.limits, self.features, self.depth, self.base)

    def nest(self) -> None:
        """Enter a component or a type; `self.depth -= 1` leaves it."""
        self.depth += 1
        if self.depth > self.limits.nesting:
            raise Exhaustion(f"nesting deeper than {self.limits.nesting} levels", Offset(self.at))

    def vec(self, item: Callable[[ComponentReader], T], least: int = 1) -> tuple[T, ...]:
        """`vec(item)`, whose items take at least `least` bytes each."""
        at = self.at
        count = self.count(least)
        if count > self.limits.definitions:
            raise Exhaustion(f"a vector of more than {self.limits.definitions} items", Offset(at))
        return tuple([item(self) for _ in range(count)])

    def bounded_name(self) -> str:
        """A name of at most `limits.name_bytes` bytes."""
        at = self.at
        text = self.name()
        if self.at - at > self.limits.name_bytes:
            raise Exhaustion(f"a name of more than {self.limits.name_bytes} bytes", Offset(at))
        return text

    def leading(self, byte: int, what: str) -> Malformed:
        """The fault of a byte, just read, that starts no `what`."""
        return self.malformed(f"invalid leading byte (0x{byte:x}) for {what}", self.at - 1)

    def boolean(self) -> bool:
        """A flag: `0x00` or `0x01`."""
        byte = self.byte()
        if byte > 1:
            raise self.malformed(f"invalid boolean value: expected 0x00 or 0x01, found 0x{byte:02x}", self.at - 1)
        return byte == 1


def optional(r: ComponentReader, item: Callable[[ComponentReader], T], what: str) -> T | None:
    """`<T>?` (Binary.md, "Type Definitions")."""
    byte = r.byte()
    if byte == 0x00:
        return None
    if byte == 0x01:
        return item(r)
    raise r.leading(byte, what)
