"""One text that is being written: its syntax after each change, made of what did not change and what had to be parsed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pycm_core.base.errors import Exhaustion, PyCMError, WitError
from pycm_core.base.limits import Limits
from pycm_core.wit import ast
from pycm_core.wit.parser import parse_tokens
from pycm_core.wit.pieces import Cut, Scroll, cut
from pycm_core.wit.shape import check_shape
from pycm_core.wit.tokens import Comment, Token, tokenize


@dataclass(slots=True, eq=False)
class Piece:
    """A parsed piece: where it is in the scroll, its tokens, and the items or members it gives (of one that opens or closes, the item)."""

    cut: Cut
    start: int
    tokens: list[Token]
    nodes: tuple[Any, ...]
    errors: list[WitError]


class EditedText:
    """`scroll`, `file`, `errors` and `pieces` are those of the newest text. `Exhaustion` is among the errors, never raised."""

    __slots__ = ("_comments", "_kept", "_limits", "errors", "file", "pieces", "scroll", "text")

    def __init__(self, text: str, name: str, limits: Limits) -> None:
        self._limits = limits
        self.text = ""
        self.errors: list[PyCMError] = []
        self.pieces: list[Piece] = []
        self._forget(name)
        self.update(text)

    def _forget(self, name: str) -> None:
        self.scroll = Scroll(name)
        self._comments: dict[int, tuple[Comment, ...]] = {}
        self._kept: dict[Cut, list[Piece]] = {}
        self.file = ast.File(self.scroll, (), self._comments)

    def update(self, text: str) -> None:
        """Take the next state of the text."""
        self.text = text
        if len(self.scroll.text) > _SPARE + 8 * len(text):
            self._forget(self.scroll.name)
        try:
            if len(text) > self._limits.text_chars:
                raise Exhaustion(
                    f"the text has {len(text)} characters, more than the limit of {self._limits.text_chars} (`text_chars`)"
                )
            cuts = None if text.startswith("\ufeff") else cut(text)
            if cuts is None or not self._by_pieces(text, cuts):
                self._whole(text)
        except Exhaustion as e:
            self._forget(self.scroll.name)
            self.pieces = []
            self.errors = [e]
            self.scroll.show(text, [(self.scroll.append(text), len(text))])

    def _whole(self, text: str) -> None:
        start = self.scroll.append(text)
        self.scroll.show(text, [(start, len(text))])
        tokens = tokenize(self.scroll, self._limits, start)
        self._comments.update(tokens.comments)
        errors = list(tokens.errors)
        items = parse_tokens(self.scroll, _ended(tokens.tokens, start + len(text)), errors)
        self.pieces = [Piece(Cut(text, (), "item"), start, tokens.tokens[:-1], items, errors)]
        self._finish(items, errors)

    def _by_pieces(self, text: str, cuts: list[Cut]) -> bool:
        """Whether the text could be put together from pieces."""
        free = {key: list(pieces) for key, pieces in self._kept.items()}
        found: list[Piece | None] = []
        places = []
        end = self.scroll.end
        for piece in cuts:
            there = free.get(piece)
            made = there.pop() if there else None
            found.append(made)
            places.append((end if made is None else made.start, len(piece.text)))
            if made is None:
                end += len(piece.text) + 1
        self.scroll.show(text, places)
        for index, made in enumerate(found):
            if made is None:
                made = found[index] = self._parse(cuts[index], self.scroll.append(cuts[index].text))
                if made is None:
                    return False
        self.pieces = [made for made in found if made is not None]
        self._kept = {}
        errors: list[WitError] = []
        for made in self.pieces:
            if made.errors:
                errors += made.errors  # what it says may depend on where it is, so it is parsed again
            else:
                self._kept.setdefault(made.cut, []).append(made)
        self._finish(_assemble(self.pieces), errors)
        return True

    def _finish(self, items: tuple[ast.TopItem, ...], errors: list[WitError]) -> None:
        self.file = ast.File(self.scroll, items, self._comments)
        self.errors = sorted([*errors, *check_shape(self.file)], key=lambda e: self.scroll.place(place_of(e)))

    def _parse(self, piece: Cut, start: int) -> Piece | None:
        """A piece on its own, as if it stood inside what is around it; `None` when that cannot be told."""
        lexed = tokenize(self.scroll, self._limits, start)
        end = start + len(piece.text)
        tokens = lexed.tokens[:-1]
        errors = list(lexed.errors)
        before = [token for around in piece.inside for token in opening(around, start)]
        closing = len(piece.inside) + (piece.kind == "open") - (piece.kind == "close")
        after = [Token("RBRACE", "}", end, end)] * closing
        items = parse_tokens(self.scroll, [*tokens, *after, Token("$END", "", end, end)], errors, before)
        if closing and any(e.where is not None and place_of(e) >= end for e in errors):
            return None  # it blames the brace that is not there
        for _ in piece.inside[: len(piece.inside) - (piece.kind == "close")]:
            if len(items) != 1 or not isinstance(items[0], _CONTAINERS):
                return None
            items = _inside(items[0])
        if piece.kind != "item" and (len(items) != 1 or not isinstance(items[0], _CONTAINERS)):
            return None
        self._comments.update(lexed.comments)
        return Piece(piece, start, tokens, items, errors)


_SPARE = 1 << 18
"""How many characters of forgotten pieces a scroll may hold before it is begun anew."""

_CONTAINERS = (ast.Interface, ast.World, ast.NestedPackage)


def place_of(error: PyCMError) -> int:
    """Where an error stands: an offset in its source; 0 without one."""
    return int(getattr(error.where, "start", 0))


def _ended(tokens: list[Token], end: int) -> list[Token]:
    return [*tokens[:-1], Token("$END", "", end, end)]


def opening(container: str, at: int) -> list[Token]:
    """What opens a container, as if it stood before the piece."""
    word = Token(container.upper(), container, at, at)
    name = Token("ID", "x", at, at)
    brace = Token("LBRACE", "{", at, at)
    return [word, name, Token("COLON", ":", at, at), name, brace] if container == "package" else [word, name, brace]


def _inside(item: Any) -> tuple[Any, ...]:
    inside: tuple[Any, ...] = item.items if isinstance(item, ast.NestedPackage) else item.members
    return inside


def _assemble(pieces: list[Piece]) -> tuple[ast.TopItem, ...]:
    """The items of a text from its pieces."""
    open_: list[tuple[Any, list[Any]]] = [(None, [])]
    for piece in pieces:
        if piece.cut.kind == "open":
            open_.append((piece.nodes[0], []))
        elif piece.cut.kind == "close":
            head, inside = open_.pop()
            inside += _inside(piece.nodes[0])
            field = "items" if isinstance(head, ast.NestedPackage) else "members"
            open_[-1][1].append(head._replace(end=piece.nodes[0].end, **{field: tuple(inside)}))
        else:
            open_[-1][1].extend(piece.nodes)
    return tuple(open_[0][1])
