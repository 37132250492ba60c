"""A cursor over bytes: LEB128, names, and errors that know their offset."""

from __future__ import annotations

from pycm_core.base.errors import Malformed, Offset

Bytes = bytes | memoryview
"""What can be read: a view costs nothing to make."""


class Reader:
    """Reads `data[pos:end]`. Offsets in errors count from the start of `data`, plus `base`."""

    __slots__ = ("base", "data", "end", "pos")

    def __init__(self, data: Bytes, pos: int = 0, end: int | None = None, base: int = 0) -> None:
        self.data = data
        self.pos = pos
        self.end = len(data) if end is None else end
        self.base = base

    @property
    def at(self) -> int:
        """The offset of the next byte, from the start of the file."""
        return self.base + self.pos

    @property
    def done(self) -> bool:
        """Whether every byte has been read."""
        return self.pos >= self.end

    def malformed(self, message: str, at: int | None = None, hint: str | None = None) -> Malformed:
        """A `Malformed` at `at` (an offset in the file), or here."""
        return Malformed(message, Offset(self.at if at is None else at), hint=hint)

    def peek(self) -> int:
        """The next byte, not consumed."""
        if self.pos >= self.end:
            raise self.malformed("unexpected end", hint="the file seems to be truncated")
        return self.data[self.pos]

    def byte(self) -> int:
        """The next byte."""
        if self.pos >= self.end:
            raise self.malformed("unexpected end", hint="the file seems to be truncated")
        value = self.data[self.pos]
        self.pos += 1
        return value

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count > self.end - self.pos:
            raise self.malformed(
                f"unexpected end: expected {count} bytes, found {self.end - self.pos}",
                hint="the file seems to be truncated",
            )
        start = self.pos
        self.pos += count
        return bytes(self.data[start : start + count])

    def sub(self, count: int) -> Reader:
        """A reader over the next `count` bytes, which this one skips. No bytes are copied."""
        if count > self.end - self.pos:
            raise self.malformed(
                f"unexpected end: expected {count} bytes, found {self.end - self.pos}",
                hint="the file seems to be truncated",
            )
        start = self.pos
        self.pos += count
        return Reader(self.data, start, start + count, self.base)

    def u32(self) -> int:
        """Unsigned LEB128, at most 32 bits."""
        pos = self.pos
        if pos < self.end and self.data[pos] < 0x80:  # one byte, by far the most common
            self.pos = pos + 1
            return self.data[pos]
        return self.unsigned(32)

    def unsigned(self, bits: int) -> int:
        """Unsigned LEB128 of at most `bits` bits (core binary format, "Integers")."""
        data, pos, end = self.data, self.pos, self.end
        start = self.at
        result = shift = 0
        while pos < end:
            byte = data[pos]
            pos += 1
            left = bits - shift
            if left < 7 and byte >> left & (0x7F >> left):
                raise self.malformed("integer too large", start)
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                self.pos = pos
                return result
            shift += 7
            if shift >= bits:
                raise self.malformed("integer representation too long", start)
        self.pos = pos
        return self.byte()

    def signed(self, bits: int) -> int:
        """Signed LEB128 of at most `bits` bits (core binary format, "Integers")."""
        data, pos, end = self.data, self.pos, self.end
        start = self.at
        result = shift = 0
        while pos < end:
            byte = data[pos]
            pos += 1
            left = bits - shift
            if left < 7:
                rest = (byte & 0x7F) >> (left - 1)
                if rest not in (0, 0x7F >> (left - 1)):
                    raise self.malformed("integer too large", start)
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                self.pos = pos
                if byte & 0x40:
                    result -= 1 << shift
                return result
            if shift >= bits:
                raise self.malformed("integer representation too long", start)
        self.pos = pos
        return self.byte()

    def count(self, least: int = 1) -> int:
        """The length of a vector whose items take at least `least` bytes each: never more than the bytes left."""
        start = self.at
        count = self.u32()
        if count * least > self.end - self.pos:
            raise self.malformed(
                f"unexpected end: a vector of {count} items does not fit into {self.end - self.pos} bytes", start
            )
        return count

    def name(self) -> str:
        """A length-prefixed UTF-8 name (core binary format, "Names")."""
        length = self.u32()
        start = self.at
        raw = self.take(length)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as e:
            raise self.malformed("malformed UTF-8 encoding", start + e.start) from None
