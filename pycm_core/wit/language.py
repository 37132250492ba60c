"""A language service for one text: completion, hover, definition, references, rename. Offsets are code points.

A `Document` is one state of a text; an editor makes a new one for each change, over the same `Library`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lark.parsers.lalr_parser_state import ParserState

from pycm_core.base.errors import PyCMError
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source, Span
from pycm_core.wit import ast
from pycm_core.wit import model as m
from pycm_core.wit.check import Diagnostic, OutlineItem, diagnostic, diagnostics, outline
from pycm_core.wit.parser import accepts, tables
from pycm_core.wit.print import Printer, ident
from pycm_core.wit.resolve import Library, Link
from pycm_core.wit.tokens import ATTRIBUTES, KEYWORDS, LABEL, PRIMITIVES, Token, tokenize


@dataclass(frozen=True, slots=True)
class Completion:
    """Something that can stand at the cursor: `text` replaces `[start, end)`. `kind` is `keyword`, `type`, `interface`, `world`, …"""

    text: str
    kind: str
    start: int
    end: int
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Hover:
    """What an item is: its definition as WIT, its documentation, and where the hovered name stands.

    `type` is the index of the type in `Document.resolve`, for whoever shows its layout.
    """

    start: int
    end: int
    text: str
    docs: str | None
    type: int | None


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text: `file` is its name."""

    file: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `[start, end)` of `file` by `text`."""

    file: str
    start: int
    end: int
    text: str


class Document:
    """One text, checked; never raises for a text, however broken."""

    __slots__ = ("_file", "_library", "_limits", "_links", "_tokens", "diagnostics", "resolve", "source")

    def __init__(
        self, text: str, name: str = "input.wit", library: Library | None = None, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.source = Source(text, name)
        self._library = library if library is not None else Library(features=["*"], limits=limits)
        self._limits = limits
        self._links: list[Link] = []
        self._tokens: list[Token] = []
        self._file = ast.File(self.source, (), {})
        self.resolve: m.Resolve | None = None
        """What the text means, as far as it could be resolved."""
        self.diagnostics: tuple[Diagnostic, ...]
        try:
            errors: list[Any] = list(self._library.errors)
            (self._file,) = self._library.parse([self.source], errors)
            self._tokens = tokenize(self.source, limits).tokens
            self.resolve = self._library.resolve([self._file], [], errors, self._links)
            self.diagnostics = tuple(diagnostics(errors, self.source))
        except PyCMError as e:
            self.diagnostics = (diagnostic(e, self.source),)

    def outline(self) -> tuple[OutlineItem, ...]:
        """The items, with those inside them."""
        return tuple(outline(self._file.items))

    def folding(self) -> tuple[tuple[int, int], ...]:
        """Where blocks can be folded: from behind `{` to before `}`, where these are on different lines."""
        found, open_ = [], []
        for token in self._tokens:
            if token.type == "LBRACE":
                open_.append(token.end)
            elif token.type == "RBRACE" and open_:
                start = open_.pop()
                if "\n" in self.source.text[start : token.start]:
                    found.append((start, token.start))
        return tuple(sorted(found))

    # --- names --------------------------------------------------------------------------------------------------------

    def _name_at(self, offset: int) -> Span | None:
        """The identifier at an offset, or just before it."""
        for token in self._tokens:
            if token.type == "ID" and token.start <= offset <= token.end:
                return Span(self.source, token.start, token.end)
        return None

    def _all_links(self) -> list[Link]:
        return [*self._library.links, *self._links]

    def definition(self, offset: int) -> Location | None:
        """Where the name at `offset` is defined; through `use` to the definition itself."""
        name = self._name_at(offset)
        if name is None:
            return None
        targets = {_key(use): target for use, target in self._all_links()}
        seen = set()
        found = name
        while _key(found) in targets and _key(found) not in seen:
            seen.add(_key(found))
            found = targets[_key(found)]
        if found is name and self._item(name) is None:
            return None
        return _location(found)

    def references(self, offset: int) -> tuple[Location, ...]:
        """Every place that names what the name at `offset` names, its definition included; this text first, in order."""
        name = self._name_at(offset)
        if name is None:
            return ()
        found = self._connected(name)
        ordered = sorted(found, key=lambda s: (s.source is not self.source, s.source.name, s.start))
        return tuple(_location(s) for s in ordered)

    def _connected(self, name: Span) -> list[Span]:
        """Uses and definitions that are the same name: a `use` without `as` uses a name and defines it again."""
        spans: dict[tuple[int, int], Span] = {_key(name): name}
        near: dict[tuple[int, int], list[Span]] = {}
        for use, target in self._all_links():
            near.setdefault(_key(use), []).append(target)
            near.setdefault(_key(target), []).append(use)
        todo = [name]
        while todo:
            for other in near.get(_key(todo.pop()), ()):
                if _key(other) not in spans and _text(other) == _text(name):
                    spans[_key(other)] = other
                    todo.append(other)
        return list(spans.values())

    def rename(self, offset: int, name: str) -> tuple[Edit, ...]:
        """The edits that give what is named at `offset` another name; none when it cannot have it (or is defined in another text)."""
        at = self._name_at(offset)
        plain = name.removeprefix("%")
        if at is None or LABEL.fullmatch(plain) is None:
            return ()
        spans = self._connected(at)
        if any(s.source is not self.source for s in spans):
            return ()
        text = ident(plain)
        return tuple(Edit(self.source.name, s.start, s.end, text) for s in sorted(spans, key=lambda s: s.start))

    # --- hover --------------------------------------------------------------------------------------------------------

    def hover(self, offset: int) -> Hover | None:
        """What the name at `offset` is."""
        name = self._name_at(offset)
        if name is None or self.resolve is None:
            return None
        targets = {_key(use): target for use, target in self._all_links()}
        found, text, docs, type_ = name, None, None, None
        seen = set()
        while _key(found) not in seen:
            seen.add(_key(found))
            item = self._item(found)
            if item is not None:
                text, docs, type_ = item
            if _key(found) not in targets:
                break
            found = targets[_key(found)]
        return None if text is None else Hover(name.start, name.end, text, docs, type_)

    def _item(self, span: Span) -> tuple[str, str | None, int | None] | None:
        """The item defined at a span, as text."""
        resolve = self.resolve
        if resolve is None:
            return None
        for index, interface in enumerate(resolve.interfaces):
            if interface.span == span and interface.name is not None:
                return f"interface {resolve.interface_name(index)}", interface.docs, None
            for func in interface.functions:
                if func.span == span:
                    return Printer(resolve, package=interface.package).func(func), func.docs, None
        for index, world in enumerate(resolve.worlds):
            if world.span == span:
                return f"world {resolve.world_name(index)}", world.docs, None
            for item in (*world.imports, *world.exports):
                if isinstance(item, m.WorldFunc) and item.func.span == span:
                    return Printer(resolve, package=world.package).func(item.func), item.func.docs, None
        for index, made in enumerate(resolve.types):
            if made.span == span and made.owner is not None:
                return Printer(resolve).definition(index), made.docs, index
        return None

    # --- completion ---------------------------------------------------------------------------------------------------

    def complete(self, offset: int) -> tuple[Completion, ...]:
        """What can stand at `offset`, as the grammar has it; names from the text and the library."""
        offset = max(0, min(offset, len(self.source.text)))
        text = self.source.text
        start = offset
        while start and (text[start - 1].isalnum() or text[start - 1] in "-%"):
            start -= 1
        if start and text[start - 1] == "@":
            return tuple(Completion(a, "attribute", start, offset) for a in sorted(ATTRIBUTES))
        try:
            before = [x for x in tokenize(Source(text[:start]), self._limits).tokens if x.type != "$END"]
        except PyCMError:
            return ()
        state = _state_after(before)
        found = [Completion(x, kind, start, offset, detail) for x, kind, detail in self._candidates(state, before, offset)]
        unique = {c.text: c for c in reversed(found)}
        return tuple(sorted(unique.values(), key=lambda c: (_RANK.get(c.kind, 1), c.text)))

    def _candidates(self, state: Any, before: list[Token], offset: int) -> Iterator[tuple[str, str, str | None]]:
        last = before[-1].type if before else ""
        if accepts(state, "PRIM"):
            for name in PRIMITIVES:
                yield name, "primitive", None
            for name in ("list", "option", "result", "tuple", "map", "stream", "future", "borrow", "own"):
                yield name, "type", None
            yield from self._types_in_scope(offset)
            return
        path = _path_before(before)
        if path is not None:  # `use path.{`
            yield from self._types_of(path)
            return
        if last == "LESS" and accepts(state, "ID"):  # `own<`, `borrow<`
            yield from self._types_in_scope(offset)
            return
        if last in ("USE", "IMPORT", "EXPORT", "INCLUDE") or (last == "COLON" and accepts(state, "INTERFACE")):
            yield from self._units("world" if last == "INCLUDE" else "interface")
        for word in KEYWORDS:
            terminal = "_" + word.upper() if word in ("as", "with") else word.upper()
            if accepts(state, terminal):
                yield word, "keyword", None

    def _units(self, kind: str) -> Iterator[tuple[str, str, str | None]]:
        resolve = self.resolve
        if resolve is None:
            return
        for number, package in enumerate(resolve.packages):
            items = package.interfaces if kind == "interface" else package.worlds
            for name, index in items:
                docs = (resolve.interfaces[index] if kind == "interface" else resolve.worlds[index]).docs
                full = Printer(resolve, package=resolve.main).unit(number, name)
                yield full, kind, (docs or "").partition("\n")[0] or None

    def _types_of(self, path: str) -> Iterator[tuple[str, str, str | None]]:
        resolve = self.resolve
        if resolve is None:
            return
        for index, interface in enumerate(resolve.interfaces):
            if path == resolve.interface_name(index) or (interface.package == resolve.main and path == interface.name):
                for name, type_ in interface.types:
                    yield ident(name), "type", (resolve.types[type_].docs or "").partition("\n")[0] or None

    def _types_in_scope(self, offset: int) -> Iterator[tuple[str, str, str | None]]:
        """The types of the innermost interface or world around an offset, as written: it need not resolve."""
        inside: tuple[Any, ...] = self._file.items
        scope: tuple[Any, ...] = ()
        while True:
            around = next((x for x in inside if isinstance(x, _SCOPES) and x.start <= offset <= x.end), None)
            if around is None:
                break
            inside = around.items if isinstance(around, ast.NestedPackage) else _members(around)
            scope = inside
        for item in scope:
            if isinstance(item, ast.Compound | ast.Alias | ast.Resource):
                yield ident(item.id.text), "resource" if isinstance(item, ast.Resource) else "type", None
            elif isinstance(item, ast.Use):
                for used in item.names:
                    yield ident((used.as_ or used.id).text), "type", None


_RANK = {"type": 0, "resource": 0, "primitive": 2, "keyword": 3}
_SCOPES = (ast.NestedPackage, ast.Interface, ast.World, ast.Extern)


def _members(item: Any) -> tuple[Any, ...]:
    if isinstance(item, ast.Extern):
        return item.item if isinstance(item.item, tuple) and not isinstance(item.item, ast.Func | ast.ExternPath) else ()
    members: tuple[Any, ...] = item.members
    return members


def _state_after(before: list[Token]) -> Any:
    """The parser's state after some tokens; what does not fit is passed over."""
    state: Any = ParserState(tables(), None)  # type: ignore[arg-type]  # no lexer: tokens are fed by hand
    for token in before:
        if accepts(state, token.type):
            state.feed_token(token)
    return state


def _path_before(before: list[Token]) -> str | None:
    """The path of `use path.{a, ` when the tokens end inside its braces."""
    at = len(before) - 1
    while at >= 0 and before[at].type in ("ID", "_COMMA", "_AS"):
        at -= 1
    if at < 1 or before[at].type != "LBRACE" or before[at - 1].type != "_DOT":
        return None
    end = at - 1
    start = end
    while start and before[start - 1].type in ("ID", "COLON", "SLASH", "AT", "VERSION"):
        start -= 1
    return "".join({"AT": "@"}.get(x.type, x.text) for x in before[start:end])


def _key(span: Span) -> tuple[int, int]:
    return id(span.source), span.start


def _text(span: Span) -> str:
    return span.text().removeprefix("%")


def _location(span: Span) -> Location:
    return Location(span.source.name, span.start, span.end)
