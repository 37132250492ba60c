"""A cursor over the items of a list: what parsers of S-expressions stand on, core and component alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pycm_core.base.errors import Malformed
from pycm_core.base.source import Source, Span
from pycm_core.wasm.text import numbers
from pycm_core.wasm.text.lexer import Annotation, Kind, Node, SList, Token, identifier, name, string

T = TypeVar("T")


class Cursor:
    """Reads `items` from left to right. Annotations are passed over, unless asked for by id."""

    __slots__ = ("end", "items", "pos", "source")

    def __init__(self, source: Source, list: SList, pos: int = 0) -> None:
        self.source = source
        self.items = list.items
        self.end = list.end
        self.pos = pos

    # --- looking

    def peek(self) -> Node | None:
        """The next node, or `None` at the end."""
        items = self.items
        while self.pos < len(items):
            node = items[self.pos]
            if type(node) is not Annotation:
                return node
            self.pos += 1
        return None

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.peek() is None

    def token(self, kind: Kind) -> Token | None:
        """The next node if it is a token of this kind; not consumed."""
        node = self.peek()
        return node if type(node) is Token and node.kind is kind else None

    def at_keyword(self, *words: str) -> bool:
        """Whether the next node is one of these keywords."""
        node = self.token(Kind.KEYWORD)
        return node is not None and node.text in words

    def head(self) -> str | None:
        """The keyword the next node starts with, when it is a list."""
        node = self.peek()
        return head(node) if isinstance(node, SList) else None

    @property
    def at(self) -> int:
        """Where the next node starts, or the list ends."""
        node = self.peek()
        return max(0, self.end - 1) if node is None else node.start

    # --- taking

    def next(self, expected: str = "something") -> Node:
        """The next node."""
        node = self.peek()
        if node is None:
            raise self.unexpected(expected)
        self.pos += 1
        return node

    def take(self, kind: Kind, expected: str) -> Token:
        """The next node, a token of this kind."""
        token = self.token(kind)
        if token is None:
            raise self.unexpected(expected)
        self.pos += 1
        return token

    def keyword(self, *words: str) -> str | None:
        """The next node if it is one of these keywords (any, without words), consumed."""
        node = self.token(Kind.KEYWORD)
        if node is None or (words and node.text not in words):
            return None
        self.pos += 1
        return node.text

    def expect_keyword(self, *words: str) -> str:
        """The next node, one of these keywords."""
        found = self.keyword(*words)
        if found is None:
            raise self.unexpected(" or ".join(f"`{word}`" for word in words) or "a keyword")
        return found

    def list(self, *heads: str) -> Cursor | None:
        """The next node if it is a list that starts with one of these keywords, consumed: a cursor behind the keyword."""
        node = self.peek()
        if not isinstance(node, SList):
            return None
        inner = Cursor(self.source, node)
        if inner.keyword(*heads) is None:
            return None
        self.pos += 1
        return inner

    def expect_list(self, *heads: str) -> Cursor:
        """The next node, a list that starts with one of these keywords: a cursor behind the keyword."""
        found = self.list(*heads)
        if found is None:
            raise self.unexpected(" or ".join(f"`({word}`" for word in heads) or "a list")
        return found

    def headed(self, *heads: str) -> tuple[str, Cursor]:
        """The next node, a list that starts with one of these keywords: the keyword, and a cursor behind it."""
        word = self.head()
        return word or "", self.expect_list(*heads)

    def annotation(self, id: str) -> Cursor | None:
        """The annotation with this id if it is next, consumed: a cursor over what is in it."""
        if self.pos < len(self.items):
            node = self.items[self.pos]
            if type(node) is Annotation and node.id == id:
                self.pos += 1
                return Cursor(self.source, node)
        return None

    def finish(self) -> None:
        """Nothing may be left."""
        if self.peek() is not None:
            raise self.unexpected("`)`")

    # --- literals

    def id(self) -> Token | None:
        """An identifier, if it is next."""
        token = self.token(Kind.ID)
        if token is not None:
            self.pos += 1
        return token

    def id_name(self) -> str | None:
        """The same, without its `$`."""
        token = self.id()
        return None if token is None else identifier(token, self.source)

    def string(self) -> bytes:
        """A string, as bytes."""
        return string(self.take(Kind.STRING, "a string"), self.source)

    def strings(self) -> bytes:
        """Any number of strings, as the bytes of all of them ("Data Segments": `datastring`)."""
        parts = []
        while self.token(Kind.STRING) is not None:
            parts.append(self.string())
        return b"".join(parts)

    def name(self) -> str:
        """A string that is UTF-8."""
        return name(self.take(Kind.STRING, "a string"), self.source)

    def number(self, parse: Callable[[str], T | None], expected: str, kind: Kind = Kind.NUMBER) -> T:
        """A literal that `parse` understands."""
        node = self.peek()
        if type(node) is not Token or node.kind not in (kind, Kind.NUMBER):
            raise self.unexpected(expected)
        try:
            value = parse(node.text)
        except numbers.OutOfRange:
            raise self.malformed(f"{expected} constant out of range: `{node.text[:80]}`", node) from None
        if value is None:
            raise self.unexpected(expected)
        self.pos += 1
        return value

    def u32(self) -> int:
        """An unsigned number of 32 bits."""
        return self.number(lambda text: numbers.unsigned(text, 32), "u32")

    def u64(self) -> int:
        """An unsigned number of 64 bits."""
        return self.number(lambda text: numbers.unsigned(text, 64), "u64")

    # --- faults

    def span(self, node: Node | None = None) -> Span:
        """The place of a node, or of the next one; of a list, its opening."""
        node = self.peek() if node is None else node
        if node is None:
            return Span(self.source, max(0, self.end - 1), self.end)
        if isinstance(node, SList):
            first = node.items[0] if node.items else None
            return Span(self.source, node.start, first.end if isinstance(first, Token) else node.start + 1)
        return Span(self.source, node.start, node.end)

    def malformed(self, message: str, node: Node | None = None, hint: str | None = None) -> Malformed:
        """A fault at a node, or at the next one."""
        return Malformed(message, self.span(node), hint=hint)

    def unexpected(self, expected: str) -> Malformed:
        """The next node is not what it should be."""
        node = self.peek()
        if node is None:
            return self.malformed(f"unexpected token: expected {expected}, found the end of the list")
        if isinstance(node, SList):
            word = head(node)
            return self.malformed(f"unexpected token: expected {expected}, found `({word or ''}`")
        if node.kind is Kind.RESERVED or (node.kind is Kind.NUMBER and not numbers.is_literal(node.text)):
            return self.malformed(f"unknown operator: expected {expected}, found `{node.text[:80]}`")
        return self.malformed(f"unexpected token: expected {expected}, found `{node.text[:80]}`")


def head(list: SList) -> str | None:
    """The keyword a list starts with."""
    for node in list.items:
        if type(node) is Token:
            return node.text if node.kind is Kind.KEYWORD else None
        if type(node) is not Annotation:
            return None
    return None
