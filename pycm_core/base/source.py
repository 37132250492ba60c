"""Source texts and places in them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field


class Source:
    """A text with a name, able to turn an index into a line and a column. Compared by identity."""

    __slots__ = ("_starts", "name", "text")

    def __init__(self, text: str, name: str = "input") -> None:
        self.text = text
        self.name = name
        self._starts: list[int] | None = None

    def line_column(self, index: int) -> tuple[int, int]:
        """1-based line and column (in code points) of the 0-based `index`."""
        if self._starts is None:
            starts = [0]
            at = self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._starts = starts
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of the 1-based line `number`, without its line feed."""
        self.line_column(0)
        assert self._starts is not None
        start = self._starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end]


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` of one source; indices are code points, `end` exclusive."""

    source: Source = field(repr=False)
    start: int
    end: int

    def text(self) -> str:
        """The text the span covers."""
        return self.source.text[self.start : self.end]
