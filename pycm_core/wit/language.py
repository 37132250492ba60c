"""A language service: completion, hover, definition, references, rename, folding. Offsets are code points.

A `Document` is one text of a `Workspace`, in the state that it had when the workspace was last updated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pycm_core.base.errors import PyCMError
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source, Span
from pycm_core.wit import ast
from pycm_core.wit import model as m
from pycm_core.wit.check import Diagnostic, OutlineItem
from pycm_core.wit.edited import Piece, opening
from pycm_core.wit.parser import accepts
from pycm_core.wit.pieces import placed
from pycm_core.wit.positions import include_before, path_before, path_length, state_after
from pycm_core.wit.print import Printer, ident
from pycm_core.wit.resolve import Library
from pycm_core.wit.tokens import ATTRIBUTES, KEYWORDS, LABEL, PRIMITIVES, Token, documentation, tokenize
from pycm_core.wit.words import explanation
from pycm_core.wit.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Completion:
    """Something that can stand at the cursor: `text` replaces `[start, end)`. `kind` is `keyword`, `type`, `interface`, `world`, …"""

    text: str
    kind: str
    start: int
    end: int
    detail: str | None = None
    """What it is, in a few words."""
    docs: str | None = None


@dataclass(frozen=True, slots=True)
class Hover:
    """What an item is: its definition as WIT, its documentation, and where the hovered name stands.

    `type` is the index of the type in `Workspace.resolve`, for whoever shows its layout, and `func` the function.
    """

    start: int
    end: int
    text: str
    docs: str | None
    type: int | None
    func: m.Func | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text: `file` is its name. `source` is there when it is none of the workspace's own."""

    file: str
    start: int
    end: int
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `[start, end)` of `file` by `text`."""

    file: str
    start: int
    end: int
    text: str


def document(text: str, name: str = "input.wit", library: Library | None = None, limits: Limits = DEFAULT_LIMITS) -> Document:
    """One text as a package of its own, which may use those of the `library`."""
    workspace = Workspace(library, limits=limits)
    workspace.update({name: text})
    return Document(workspace, name, limits)


class Document:
    """One text, checked; never raises for a text, however broken."""

    __slots__ = ("_limits", "_text", "name", "workspace")

    def __init__(self, workspace: Workspace, name: str, limits: Limits = DEFAULT_LIMITS) -> None:
        """Raises `KeyError` for a name the workspace has no text of."""
        self.workspace = workspace
        self.name = name
        self._text = workspace.texts[name]
        self._limits = limits

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong in it."""
        return self.workspace.diagnostics(self.name)

    def outline(self) -> tuple[OutlineItem, ...]:
        """The items, with those inside them."""
        return self.workspace.outline(self.name)

    def folding(self) -> tuple[tuple[int, int], ...]:
        """Where blocks can be folded: from behind `{` to before `}`, where these are on different lines."""
        found, open_ = [], []
        place = self._text.scroll.place
        for piece in self._text.pieces:
            for token in piece.tokens:
                if token.type == "LBRACE":
                    open_.append(place(token.end))
                elif token.type == "RBRACE" and open_:
                    start, end = open_.pop(), place(token.start)
                    if "\n" in self._text.text[start:end]:
                        found.append((start, end))
        return tuple(sorted(found))

    # --- names --------------------------------------------------------------------------------------------------------

    def _piece_at(self, offset: int) -> Piece | None:
        """The piece around an offset."""
        at = self._text.scroll.index(offset)
        return next((p for p in self._text.pieces if p.start <= at <= p.start + len(p.cut.text)), None)

    def _name_at(self, offset: int) -> Span | None:
        """The identifier at an offset, or just before it."""
        token = self._token_at(offset, lambda t: t.type == "ID")
        return None if token is None else Span(self._text.scroll, token.start, token.end)

    def _token_at(self, offset: int, wanted: Callable[[Token], bool]) -> Token | None:
        piece = self._piece_at(offset)
        at = self._text.scroll.index(offset)
        found = (t for t in (piece.tokens if piece is not None else ()) if wanted(t) and t.start <= at <= t.end)
        return next(found, None)

    def definition(self, offset: int) -> Location | None:
        """Where the name at `offset` is defined; through `use` to the definition itself."""
        name = self._name_at(offset)
        if name is None:
            return None
        targets = {_key(use): target for use, target in self.workspace.links}
        seen = set()
        found = name
        while _key(found) in targets and _key(found) not in seen:
            seen.add(_key(found))
            found = targets[_key(found)]
        if found is name and self._item(name) is None:
            return None
        return self._location(found)

    def references(self, offset: int) -> tuple[Location, ...]:
        """Every place that names what the name at `offset` names, its definition included; this text first, in order."""
        name = self._name_at(offset)
        if name is None:
            return ()
        found = self._connected(name)
        ordered = sorted(found, key=lambda s: (s.source is not self._text.scroll, s.source.name, placed(s)))
        return tuple(self._location(s) for s in ordered)

    def _connected(self, name: Span) -> list[Span]:
        """Uses and definitions that are the same name: a `use` without `as` uses a name and defines it again."""
        spans: dict[tuple[int, int], Span] = {_key(name): name}
        near: dict[tuple[int, int], list[Span]] = {}
        for use, target in self.workspace.links:
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
        """The edits that give what is named at `offset` another name, in every text of the workspace, in order.

        None when it cannot have that name, or is defined elsewhere.
        """
        at = self._name_at(offset)
        plain = name.removeprefix("%")
        if at is None or LABEL.fullmatch(plain) is None:
            return ()
        spans = self._connected(at)
        if not self.renames(offset):
            return ()
        text = ident(plain)
        return tuple(sorted((Edit(s.source.name, *placed(s), text) for s in spans), key=lambda e: (e.file, e.start)))

    def conflict(self, edits: Sequence[Edit]) -> str | None:
        """The first error that a renaming would make, as a message; `None` when it makes none."""
        workspace = self.workspace
        texts = {name: text.text for name, text in workspace.texts.items()}
        for edit in reversed(edits):  # in order, so that places before them stay where they are
            old = texts[edit.file]
            texts[edit.file] = old[: edit.start] + edit.text + old[edit.end :]
        after = workspace.edited(texts)
        if after.errors() <= workspace.errors():
            return None
        before = {d.message for name in texts for d in workspace.diagnostics(name)}
        found = (
            d.message for name in texts for d in after.diagnostics(name) if d.severity == "error" and d.message not in before
        )
        return next(found, "it makes another name ambiguous")

    def renames(self, offset: int) -> Span | None:
        """The name at `offset`, when it can be renamed: something that is defined in a text of the workspace."""
        at = self._name_at(offset)
        if at is None:
            return None
        spans = self._connected(at)
        if not all(self.workspace.owns(s.source) for s in spans) or (len(spans) == 1 and self._item(at) is None):
            return None
        return at

    # --- hover --------------------------------------------------------------------------------------------------------

    def hover(self, offset: int) -> Hover | None:
        """What the name at `offset` is, or what the keyword or built-in type there means."""
        name = self._name_at(offset)
        if name is None:
            return self._hover_word(offset)
        targets = {_key(use): target for use, target in self.workspace.links}
        found, item = name, self._item(name)
        seen = {_key(found)}
        while _key(found) in targets:
            found = targets[_key(found)]
            if _key(found) in seen:
                break
            seen.add(_key(found))
            item = self._item(found) or item
        if item is None:
            return None
        text, docs, type_, func = item
        return Hover(*placed(name), text, docs, type_, func)

    def _hover_word(self, offset: int) -> Hover | None:
        token = self._token_at(offset, lambda t: t.type != "ID" and explanation(t.text) is not None)
        if token is None or token.type == "STRING":
            return None
        place = placed(Span(self._text.scroll, token.start, token.end))
        return Hover(*place, token.text, explanation(token.text), None)

    def _item(self, span: Span) -> tuple[str, str | None, int | None, m.Func | None] | None:
        """The item defined at a span: as text, its documentation, and which type or function it is."""
        resolve = self.workspace.resolve
        if resolve is None:
            return None
        for index, interface in enumerate(resolve.interfaces):
            if interface.span == span and interface.name is not None:
                return f"interface {resolve.interface_name(index)}", interface.docs, None, None
            for func in interface.functions:
                if func.span == span:
                    return Printer(resolve, package=interface.package).func(func), func.docs, None, func
        for index, world in enumerate(resolve.worlds):
            if world.span == span:
                return f"world {resolve.world_name(index)}", world.docs, None, None
            for item in (*world.imports, *world.exports):
                if isinstance(item, m.WorldFunc) and item.func.span == span:
                    return Printer(resolve, package=world.package).func(item.func), item.func.docs, None, item.func
        for index, made in enumerate(resolve.types):
            if made.span == span and made.owner is not None:
                return Printer(resolve).definition(index), made.docs, index, None
            for number, member in enumerate(made.members):
                if member.span == span:
                    return _member(resolve, made, number), member.docs, None, None
        return None

    # --- completion ---------------------------------------------------------------------------------------------------

    def complete(self, offset: int) -> tuple[Completion, ...]:
        """What can stand at `offset`, as the grammar has it; names from the texts and the library."""
        text = self._text.text
        offset = max(0, min(offset, len(text)))
        start = offset
        while start and (text[start - 1].isalnum() or text[start - 1] in "-%"):
            start -= 1
        if start and text[start - 1] == "@" and not text[: start - 1].endswith(tuple("abcdefghijklmnopqrstuvwxyz0123456789")):
            return tuple(Completion(a, "attribute", start, offset) for a in sorted(ATTRIBUTES))
        before = self._before(start)
        if before is None:
            return ()
        path = path_length(before, start)
        if path:
            start = before[-path].start
            before = before[:-path]
        found = [Completion(x, kind, start, offset, detail, docs) for x, kind, detail, docs in self._candidates(before, offset)]
        unique = {c.text: c for c in reversed(found)}
        return tuple(sorted(unique.values(), key=lambda c: (_RANK.get(c.kind, 1), c.text)))

    def _before(self, offset: int) -> list[Token] | None:
        """The tokens before an offset in its piece, after those that open what the piece is inside of; `None` inside a comment.
        Their offsets are those of the text."""
        piece = self._piece_at(offset)
        if piece is None:
            return []
        begin = self._text.scroll.place(piece.start)
        try:
            lexed = tokenize(Source(self._text.text[begin:offset]), self._limits)
        except PyCMError:
            return None
        last = lexed.comments.get(lexed.tokens[-1].start, ())
        if any(e.message.startswith("unterminated") for e in lexed.errors):
            return None
        if last and last[-1].text.startswith("//") and last[-1].end == offset - begin:
            return None
        around = [token for container in piece.cut.inside for token in opening(container, begin)]
        return [*around, *(t._replace(start=t.start + begin, end=t.end + begin) for t in lexed.tokens[:-1])]

    def _candidates(self, before: list[Token], offset: int) -> Iterator[tuple[str, str, str | None, str | None]]:
        state = state_after(before)
        last = before[-1].type if before else ""
        if accepts(state, "PRIM"):
            for name in PRIMITIVES:
                yield name, "primitive", None, None
            for name in ("list", "option", "result", "tuple", "map", "stream", "future", "borrow", "own"):
                yield name, "type", None, None
            yield from self._types_in_scope(offset)
            return
        if last == "_AS":
            return  # a new name
        if last in ("_LPAR", "_EQUAL") and any(t.type in _GATES for t in before[-4:]):
            yield from self._arguments(before)
            return
        included = include_before(before)
        if included is not None:
            yield from self._names_in(included)
            return
        path = path_before(before)
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
                yield word, "keyword", None, None

    def _units(self, kind: str) -> Iterator[tuple[str, str, str | None, str | None]]:
        resolve = self.workspace.resolve
        if resolve is None:
            return
        for number, package in enumerate(resolve.packages):
            items = package.interfaces if kind == "interface" else package.worlds
            for name, index in items:
                docs = (resolve.interfaces[index] if kind == "interface" else resolve.worlds[index]).docs
                yield Printer(resolve, package=resolve.main).unit(number, name), kind, _first_line(docs), docs

    def _arguments(self, before: list[Token]) -> Iterator[tuple[str, str, str | None, str | None]]:
        """What a gate may say: the package's version, and the features that the text names elsewhere."""
        gate = next(t for t in reversed(before) if t.type in _GATES)
        wanted = _GATES[gate.type]
        if before[-1].type == "_LPAR":
            yield f"{wanted} = ", "keyword", None, None
        prefix = f"{wanted} = " if before[-1].type == "_LPAR" else ""
        if wanted == "version":
            version = (self.workspace.package() or "").partition("@")[2]
            if version:
                yield prefix + version, "version", "the version of this package", None
        else:
            for name in sorted(set(_FEATURE.findall(self._text.text))):
                yield prefix + name, "feature", None, None

    def _names_in(self, path: str) -> Iterator[tuple[str, str, str | None, str | None]]:
        """What a world imports and exports by names of its own: `include … with` can rename it."""
        resolve = self.workspace.resolve
        for index, world in enumerate(resolve.worlds if resolve is not None else ()):
            assert resolve is not None
            if path != resolve.world_name(index) and not (world.package == resolve.main and path == world.name):
                continue
            for word, items in (("imported", world.imports), ("exported", world.exports)):
                for item in items:
                    name = (
                        item.label
                        if isinstance(item, m.WorldInterface)
                        else item.name
                        if isinstance(item, m.WorldType)
                        else item.func.name
                    )
                    if name is not None and "[" not in name:
                        yield ident(name), "name", word, None

    def _types_of(self, path: str) -> Iterator[tuple[str, str, str | None, str | None]]:
        resolve = self.workspace.resolve
        if resolve is None:
            return
        for index, interface in enumerate(resolve.interfaces):
            if path == resolve.interface_name(index) or (interface.package == resolve.main and path == interface.name):
                for name, type_ in interface.types:
                    made = resolve.types[type_]
                    yield ident(name), "type", _KINDS.get(type(made.kind).__name__, "type"), made.docs

    def _types_in_scope(self, offset: int) -> Iterator[tuple[str, str, str | None, str | None]]:
        """The types of the innermost interface or world around an offset, as written: it need not resolve."""
        place = self._text.scroll.place
        inside: tuple[Any, ...] = self._text.file.items
        scope: tuple[Any, ...] = ()
        while True:
            around = next((x for x in inside if isinstance(x, _SCOPES) and place(x.start) <= offset <= place(x.end)), None)
            if around is None:
                break
            inside = around.items if isinstance(around, ast.NestedPackage) else _members(around)
            scope = inside
        for item in scope:
            if isinstance(item, ast.Compound | ast.Alias | ast.Resource):
                kind = item.keyword if isinstance(item, ast.Compound) else "type"
                docs = documentation(self._text.file.comments.get(item.start, ()))
                is_resource = isinstance(item, ast.Resource)
                yield ident(item.id.text), "resource" if is_resource else "type", "resource" if is_resource else kind, docs
            elif isinstance(item, ast.Use):
                path = self._text.scroll.text[item.path.start : item.path.end]
                for used in item.names:
                    yield ident((used.as_ or used.id).text), "type", f"from {path}", None

    def _location(self, span: Span) -> Location:
        return Location(span.source.name, *placed(span), None if self.workspace.owns(span.source) else span.source)


_KINDS = {"ResourceKind": "resource", "Record": "record", "Variant": "variant", "EnumType": "enum", "Flags": "flags"}


def _first_line(docs: str | None) -> str | None:
    return (docs or "").partition("\n")[0] or None


_RANK = {"type": 0, "resource": 0, "primitive": 2, "keyword": 3}
_SCOPES = (ast.NestedPackage, ast.Interface, ast.World, ast.Extern)


def _members(item: Any) -> tuple[Any, ...]:
    if isinstance(item, ast.Extern):
        return item.item if isinstance(item.item, tuple) and not isinstance(item.item, ast.Func | ast.ExternPath) else ()
    members: tuple[Any, ...] = item.members
    return members


_GATES = {"AT_SINCE": "version", "AT_DEPRECATED": "version", "AT_UNSTABLE": "feature"}
_FEATURE = re.compile(r"@unstable\s*\(\s*feature\s*=\s*(%?[a-zA-Z][a-zA-Z0-9-]*)")


def _member(resolve: m.Resolve, made: m.TypeDef, number: int) -> str:
    """A field, case or label as it is written."""
    kind: Any = made.kind
    member = next(getattr(kind, x) for x in ("fields", "cases", "labels") if hasattr(kind, x))[number]
    if isinstance(member, str):
        return ident(member)
    inner = member.type
    if inner is None:
        return ident(member.label)
    text = Printer(resolve).type(inner)
    return f"{ident(member.label)}: {text}" if hasattr(kind, "fields") else f"{ident(member.label)}({text})"


def _key(span: Span) -> tuple[int, int]:
    return id(span.source), span.start


def _text(span: Span) -> str:
    return span.text().removeprefix("%")
