"""A text that is being written, cut between its items, so that what did not change need not be parsed again.

A piece is one item of the top level, one member of an interface or world, or what opens or closes one of these. Cutting looks at comments,
strings, braces and semicolons only; where these are not balanced it gives up, and the text is parsed as a whole.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from pycm_core.base.source import Source, Span


class Cut(NamedTuple):
    """One piece of a text. `inside` are the items around it, outermost first: `package`, `interface`, `world`.

    `kind` is `item`, `open` (`interface i {`, for the container `opens`) or `close` (what is left before `}`, and that).
    """

    text: str
    inside: tuple[str, ...]
    kind: str
    opens: str = ""


_MARK = re.compile(
    r"""//[^\n]*|/\*|"(?:[^"\\\n]|\\.)*"|["{};]|(?<![\w%-])(?:interface|world|package|use)(?![\w-])""",
)
_DELIMITER = re.compile(r"/\*|\*/")
_SEMICOLON = re.compile(r"\s*;")


def cut(text: str) -> list[Cut] | None:
    """The pieces of a text, which together are the text; `None` when braces, comments or strings are not balanced."""
    found: list[Cut] = []
    inside: tuple[str, ...] = ()
    depth = begin = at = 0
    word = ""
    first = True
    while (mark := _MARK.search(text, at)) is not None:
        what, at = mark[0], mark.end()
        if what == "/*":
            end = _comment_end(text, at)
            if end is None:
                return None
            at = end
        elif what == "{":
            if depth or word not in _HOLDS.get(inside[-1] if inside else "", ()):
                depth += 1
                continue
            found.append(Cut(text[begin:at], inside, "open", word))
            inside, begin, word, first = (*inside, word), at, "", True
        elif what == "}":
            if depth:
                depth -= 1
                if depth or word == "use" or _SEMICOLON.match(text, at):
                    continue
                found.append(Cut(text[begin:at], inside, "item"))
            elif inside:
                found.append(Cut(text[begin:at], inside, "close"))
                inside = inside[:-1]
            else:
                return None
            begin, word, first = at, "", True
        elif what == ";":
            if not depth:
                found.append(Cut(text[begin:at], inside, "item"))
                begin, word, first = at, "", True
        elif what == '"':
            return None
        elif what[0] not in '/"':  # a keyword
            if (inside or depth) and what != "use" and (mark.start() == 0 or text[mark.start() - 1] == "\n"):
                return None  # an item of the top level at the very start of a line: a brace is missing before it
            if not depth and first:
                word, first = what, False
    if depth or inside:
        return None
    found.append(Cut(text[begin:], (), "item"))
    return found


_HOLDS = {"": ("interface", "world", "package"), "package": ("interface", "world")}
"""What can be cut further, by what is around it."""


def _comment_end(text: str, at: int) -> int | None:
    depth = 1
    while depth:
        mark = _DELIMITER.search(text, at)
        if mark is None:
            return None
        depth += 1 if mark[0] == "/*" else -1
        at = mark.end()
    return at


class Scroll(Source):
    """Every piece that a text has had, one behind the other; the text itself is some of them in some order.

    Offsets in syntax are offsets in the scroll, so that they stay true while the text around a piece changes. `place` and `index` lead
    from the scroll to the text and back; lines and columns are those of the text.
    """

    __slots__ = ("_begins", "_order", "_sizes", "_sorted", "_text")

    def __init__(self, name: str) -> None:
        super().__init__("", name)
        self._text = Source("", name)
        self._order: list[int] = []
        self._begins: list[int] = []
        self._sizes: list[int] = []
        self._sorted: list[tuple[int, int, int]] = []

    @property
    def shown(self) -> Source:
        """The text as it is now."""
        return self._text

    @property
    def end(self) -> int:
        """Where the next piece will start."""
        return len(self.text)

    def append(self, piece: str) -> int:
        """Add a piece; where it starts. A line feed keeps it apart from the next."""
        start = len(self.text)
        self.text += piece + "\n"
        return start

    def show(self, text: str, pieces: Iterable[tuple[int, int]]) -> None:
        """`text` consists of these pieces (start in the scroll, size), in this order."""
        self._text = Source(text, self.name)
        listed = list(pieces)
        self._order = [start for start, _ in listed]
        self._begins = list(accumulate((size for _, size in listed[:-1]), initial=0))
        self._sizes = [size for _, size in listed]
        self._sorted = sorted(zip(self._order, self._begins, self._sizes, strict=True))

    def place(self, index: int) -> int:
        """The offset in the text of an offset in the scroll."""
        at = bisect_right(self._sorted, (index, len(self.text), 0)) - 1
        if at < 0:
            return 0
        start, begin, size = self._sorted[at]
        return begin + min(index - start, size)

    def index(self, place: int) -> int:
        """The offset in the scroll of an offset in the text."""
        at = bisect_right(self._begins, place) - 1
        return self._order[at] + min(place - self._begins[at], self._sizes[at]) if at >= 0 else 0

    def line_column(self, index: int) -> tuple[int, int]:
        """1-based line and column, in the text, of an offset in the scroll."""
        return self._text.line_column(self.place(index))

    def line(self, number: int) -> str:
        """A line of the text."""
        return self._text.line(number)


def placed(span: Span) -> tuple[int, int]:
    """Start and end of a span in the text it is of, whether that is cut in pieces or not."""
    source = span.source
    return (source.place(span.start), source.place(span.end)) if isinstance(source, Scroll) else (span.start, span.end)
