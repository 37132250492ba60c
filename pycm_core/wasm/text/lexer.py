"""Tokens and S-expressions of the text format (core specification, "Text Format", "Lexical Format").

By hand, in one pass over the text: linear in its length, without recursion. Core and component texts and scripts share it.
"""

from __future__ import annotations

import re
from enum import Enum

from pycm_core.base.collection import paused_collection
from pycm_core.base.errors import Exhaustion, Malformed
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source, Span


class Kind(Enum):
    """Kinds of tokens."""

    KEYWORD = "keyword"
    ID = "identifier"
    STRING = "string"
    NUMBER = "number"
    """Whatever starts with a digit or a sign; whether it is a number is seen when one is wanted."""
    RESERVED = "reserved"

    __hash__ = object.__hash__


class Token:
    """A token: `text` as it is written, `start` its index in the source."""

    __slots__ = ("kind", "start", "text")

    def __init__(self, kind: Kind, text: str, start: int) -> None:
        self.kind = kind
        self.text = text
        self.start = start

    @property
    def end(self) -> int:
        """The index behind the token."""
        return self.start + len(self.text)

    def __repr__(self) -> str:
        return f"<{self.kind.value} {self.text}>"


class SList:
    """A parenthesized list; `start` is the index of its `(`, `end` that behind its `)`."""

    __slots__ = ("end", "items", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.items: list[Node] = []

    def __repr__(self) -> str:
        return f"<list of {len(self.items)}>"


class Annotation(SList):
    """An annotation `(@id ...)` of a kind that the reader was asked to keep; to everybody else it is white space."""

    __slots__ = ("id",)

    def __init__(self, start: int, id: str) -> None:
        super().__init__(start)
        self.id = id


Node = Token | SList

_STRING = r'"(?:[^"\\\x00-\x1f\x7f]++|\\(?:[tnr"\'\\]|[0-9a-fA-F]{2}|u\{[0-9a-fA-F](?:_?[0-9a-fA-F])*+\}))*+"'
_IDCHAR = r"[0-9A-Za-z!#$%&'*+\-./:<=>?@\\^_`|~]"

_TOKEN = re.compile(
    rf"""(?:[ \t\r\n]++|;;[^\r\n]*+)*+
    (?:
      (\(;)                                     # 1: block comment
    | (\(@)                                     # 2: annotation
    | (\()                                      # 3
    | (\))                                      # 4
    | ({_IDCHAR}++)(?!")                        # 5: keyword, identifier, number
    | ({_STRING})(?![!-'*+\-./0-:<-Z\\^-z|~])   # 6: string
    | ((?:{_IDCHAR}++|{_STRING})++)             # 7: a mixture: a quoted identifier, or reserved
    | ([,;\[\]{{}}])                            # 8: reserved
    | \Z
    )""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"\(;|;\)")
_QUOTED_ID = re.compile(rf"\${_STRING}")
_ANNOTATION_ID = re.compile(rf"{_IDCHAR}++|{_STRING}")
_ESCAPE = re.compile(rb"\\(?:([0-9a-fA-F]{2})|u\{([0-9a-fA-F_]+)\}|([tnr\"'\\]))")
_SIMPLE = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b'"': b'"', b"'": b"'", b"\\": b"\\"}


def _kind(text: str) -> Kind:
    first = text[0]
    if "a" <= first <= "z":
        return Kind.KEYWORD
    if first == "$":
        return Kind.ID if len(text) > 1 else Kind.RESERVED
    if "0" <= first <= "9" or first in "+-":
        return Kind.NUMBER
    return Kind.RESERVED


def read(source: Source, keep: frozenset[str] = frozenset(), limits: Limits = DEFAULT_LIMITS) -> SList:
    """The whole text as one list of its outermost nodes. Annotations of the ids in `keep` stay in the lists.

    Raises `Malformed` with the place, or `Exhaustion` for a text that is too long.
    """
    text = source.text
    if len(text) > limits.text_chars:
        raise Exhaustion(f"a text of {len(text)} characters, the limit is {limits.text_chars}", Span(source, 0, 0))
    with paused_collection():
        return _Reader(source, keep).read()


class _Reader:
    """The state of one pass."""

    __slots__ = ("keep", "source", "text")

    def __init__(self, source: Source, keep: frozenset[str]) -> None:
        self.source = source
        self.text = source.text
        self.keep = keep

    def malformed(self, message: str, start: int, end: int | None = None) -> Malformed:
        return Malformed(message, Span(self.source, start, min(len(self.text), start + 1) if end is None else end))

    def read(self) -> SList:
        text = self.text
        match = _TOKEN.match
        root = SList(0)
        current = root
        open_lists: list[SList] = []
        pos = 0
        while True:
            m = match(text, pos)
            if m is None:
                raise self.illegal(pos)
            pos = m.end()
            group = m.lastindex
            if group == 5:
                token = m[5]
                current.items.append(Token(_kind(token), token, pos - len(token)))
            elif group == 3:
                child = SList(pos - 1)
                current.items.append(child)
                open_lists.append(current)
                current = child
            elif group == 4:
                if not open_lists:
                    raise self.malformed("unexpected token `)`", pos - 1)
                current.end = pos
                current = open_lists.pop()
            elif group == 6:
                token = m[6]
                current.items.append(Token(Kind.STRING, token, pos - len(token)))
            elif group == 1:
                pos = self.block_comment(pos)
            elif group == 2:
                child_or_end = self.annotation(pos)
                if isinstance(child_or_end, int):
                    pos = child_or_end
                else:
                    child, pos = child_or_end
                    current.items.append(child)
                    open_lists.append(current)
                    current = child
            elif group is None:
                break
            else:
                token = m[group]
                quoted = group == 7 and _QUOTED_ID.fullmatch(token) is not None
                current.items.append(Token(Kind.ID if quoted else Kind.RESERVED, token, pos - len(token)))
        if open_lists:
            if isinstance(current, Annotation):
                raise self.malformed("unclosed annotation", current.start)
            raise self.malformed("unexpected end: `(` is never closed", current.start)
        root.end = len(text)
        return root

    def block_comment(self, pos: int) -> int:
        """The index behind a block comment that opened before `pos`."""
        start = pos - 2
        depth = 1
        while depth:
            m = _COMMENT.search(self.text, pos)
            if m is None:
                raise self.malformed("unclosed comment", start, start + 2)
            depth += 1 if m[0] == "(;" else -1
            pos = m.end()
        return pos

    def annotation(self, pos: int) -> int | tuple[Annotation, int]:
        """What stands behind `(@`: an annotation to keep and the index behind its id, or the index behind one to skip."""
        m = _ANNOTATION_ID.match(self.text, pos)
        if m is None or m[0] == '""':
            if self.text.startswith('"', pos) and (m is None or m[0] != '""'):
                self.illegal_string(pos, "empty annotation id")
            raise self.malformed("empty annotation id", pos - 2, pos)
        id = m[0]
        if id.startswith('"'):
            id = name(Token(Kind.STRING, id, pos), self.source)
        if id in self.keep:
            return Annotation(pos - 2, id), m.end()
        return self.skip(pos - 2, m.end())

    def skip(self, start: int, pos: int) -> int:
        """The index behind an annotation that began at `start`; anything that is well nested may stand in it."""
        depth = 1
        while depth:
            m = _TOKEN.match(self.text, pos)
            if m is None:
                raise self.illegal(pos)
            pos = m.end()
            match m.lastindex:
                case 1:
                    pos = self.block_comment(pos)
                case 2:
                    depth += 1
                    pos -= 1  # what follows need not be an id here
                case 3:
                    depth += 1
                case 4:
                    depth -= 1
                case None:
                    raise self.malformed("unclosed annotation", start, start + 2)
        return pos

    def illegal(self, pos: int) -> Malformed:
        """The fault at the first character from `pos` that no token starts with."""
        m = re.compile(r"(?:[ \t\r\n]++|;;[^\r\n]*+)*+").match(self.text, pos)
        assert m is not None
        pos = m.end()
        idchars = re.compile(rf"(?:{_IDCHAR}++|{_STRING})*+").match(self.text, pos)
        assert idchars is not None
        pos = idchars.end()
        if self.text.startswith('"', pos):
            return self.illegal_string(pos)
        return self.malformed("illegal character", pos)

    def illegal_string(self, pos: int, newline: str = "unclosed string") -> Malformed:
        """The fault in the string that starts at `pos`."""
        m = re.compile(_STRING[:-1]).match(self.text, pos)
        assert m is not None
        end = m.end()
        if end == len(self.text):
            return self.malformed("unclosed string", pos)
        if self.text[end] == "\n":
            return self.malformed(newline, pos)
        if self.text[end] == "\\":
            return self.malformed("malformed string escape", end, end + 2)
        return self.malformed("illegal character in string", end)


def string(token: Token, source: Source) -> bytes:
    """The bytes a string token stands for ("Strings"). Raises `Malformed` for a code point that is none."""
    text = token.text[1:-1]
    raw = text.encode("utf-8", "surrogatepass")
    if "\\" not in text:
        return raw

    def replace(m: re.Match[bytes]) -> bytes:
        if m[1]:
            return bytes([int(m[1], 16)])
        if m[3]:
            return _SIMPLE[m[3]]
        point = int(m[2].replace(b"_", b"")[-12:] or b"0", 16) if len(m[2]) < 64 else 0x110000
        if point >= 0x110000 or 0xD800 <= point < 0xE000:
            raise Malformed("invalid unicode code point", Span(source, token.start, token.end))
        return chr(point).encode()

    return _ESCAPE.sub(replace, raw)


def name(token: Token, source: Source) -> str:
    """The name a string token stands for ("Names")."""
    try:
        return string(token, source).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("malformed UTF-8 encoding", Span(source, token.start, token.end)) from None


def identifier(token: Token, source: Source) -> str:
    """An identifier without its `$` ("Identifiers"); `$"x"` is `$x`."""
    text = token.text[1:]
    if not text.startswith('"'):
        return text
    found = name(Token(Kind.STRING, text, token.start + 1), source)
    if not found:
        raise Malformed("empty identifier", Span(source, token.start, token.end))
    return found


def place(source: Source, at: int) -> Span:
    """The token, or the parenthesis, at an index of the source: a place to point at."""
    m = _TOKEN.match(source.text, at)
    end = m.end() if m is not None else at
    return Span(source, at, max(end, min(at + 1, len(source.text))))


def decode_utf8(content: bytes, name: str = "input") -> Source:
    """A source from bytes. Raises `Malformed` for bytes that are not UTF-8."""
    try:
        return Source(content.decode("utf-8"), name)
    except UnicodeDecodeError as e:
        before = content[: e.start].decode("utf-8", "replace")
        source = Source(content.decode("utf-8", "replace"), name)
        raise Malformed("malformed UTF-8 encoding", Span(source, len(before), len(before) + 1)) from None
