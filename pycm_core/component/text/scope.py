"""Scopes while a text is parsed: identifiers, indices, and the definitions written so far (Explainer.md, "Index Spaces").

Definitions refer only to what stands before them, so one pass is enough. Abbreviations write the definitions they stand for first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pycm_core.base.errors import Exhaustion
from pycm_core.base.features import Features
from pycm_core.base.limits import Limits
from pycm_core.base.source import Source
from pycm_core.component import syntax as s
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Kind, Token, identifier
from pycm_core.wasm.text.spaces import IndexSpace
from pycm_core.wasm.text.types import binding

SORTS: dict[str, s.Sort] = {sort.name.lower(): sort for sort in s.Sort}
"""Sorts by their word."""
CORE_SORTS: dict[str, s.CoreSort] = {sort.name.lower(): sort for sort in s.CoreSort}
"""Sorts that stand behind `core`, by their word."""

OUTER_SORTS: frozenset[s.AnySort] = frozenset({s.CoreSort.MODULE, s.CoreSort.TYPE, s.Sort.COMPONENT, s.Sort.TYPE})
"""`outeraliassort` (Explainer.md, "Alias Definitions")."""


def sort_words(sort: s.AnySort) -> str:
    """A sort as the text writes it."""
    return f"core {sort.name.lower()}" if isinstance(sort, s.CoreSort) else sort.name.lower()


class ScopeKind(Enum):
    """What a scope belongs to; the value is for messages."""

    COMPONENT = "component"
    COMPONENT_TYPE = "component type"
    INSTANCE_TYPE = "instance type"
    MODULE_TYPE = "module type"


@dataclass(frozen=True, slots=True)
class Settings:
    """What all scopes of one text share."""

    source: Source
    limits: Limits
    features: Features


class TextScope:
    """A component or type while it is parsed."""

    __slots__ = ("_named", "_outer", "depth", "id", "kind", "names", "out", "own_name", "parent", "settings", "spaces", "types")

    def __init__(self, kind: ScopeKind, settings: Settings, parent: TextScope | None, id: str | None, at: Cursor) -> None:
        self.kind = kind
        self.settings = settings
        self.parent = parent
        self.id = id
        self.depth: int = 0 if parent is None else parent.depth + 1
        if self.depth > settings.limits.nesting:
            raise Exhaustion(f"nesting too deep: more than {settings.limits.nesting} levels", at.span())
        self.spaces: dict[s.AnySort, IndexSpace] = {}
        self.own_name: str | None = None
        """The name a component gives itself."""
        self.out: list[Any] = []
        """Definitions or declarators."""
        self.types: dict[int, s.DefTypeSyntax] = {}
        """The type definitions of this scope by index; value literals are written by them."""
        self.names: dict[s.AnySort, dict[int, str]] = {}
        """The names that identifiers give, by sort and index."""
        self._named: dict[int, str] = {}
        """Names from annotations, by the identity of the identifier before them."""
        self._outer: dict[tuple[s.AnySort, str], int] = {}
        """Outer aliases that an identifier has been given, by sort and identifier."""

    def space(self, sort: s.AnySort) -> IndexSpace:
        """The index space of a sort."""
        space = self.spaces.get(sort)
        if space is None:
            space = self.spaces[sort] = IndexSpace(sort_words(sort))
        return space

    def define(self, c: Cursor, definition: Any, sort: s.AnySort, token: Token | None = None) -> int:
        """Write a definition that adds an item; its index, to which `token` is bound."""
        self.emit(c, definition)
        if isinstance(definition, s.TypeDef):
            self.types[self.space(sort).count] = definition.type
        return self.bind(c, sort, token)

    def bind(self, c: Cursor, sort: s.AnySort, token: Token | None = None) -> int:
        """The next index of a sort."""
        space = self.space(sort)
        if token is not None and identifier(token, c.source) in space.ids:
            raise c.malformed(f"duplicate {sort_words(sort)} identifier: `{token.text}`", token)
        index = space.bind(c, token)
        if token is not None:
            self.names.setdefault(sort, {})[index] = self._named.pop(id(token), identifier(token, c.source))
        return index

    def binding(self, c: Cursor) -> Token | None:
        """The identifier that comes next, if one does. A name annotation behind it is the name, which need not be an identifier."""
        token, name = binding(c)
        if token is not None and name is not None:
            self._named[id(token)] = name
        return token

    def emit(self, c: Cursor, definition: Any) -> None:
        """Write a definition."""
        if len(self.out) >= self.settings.limits.definitions:
            raise Exhaustion(f"more than {self.settings.limits.definitions} definitions", c.span())
        self.out.append(definition)

    def outward(self) -> Iterator[TextScope]:
        """This scope and those around it."""
        scope: TextScope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def index(self, c: Cursor, sort: s.AnySort) -> int:
        """An index: a number, an identifier of this scope, or one of a scope around it, which an outer alias brings in."""
        token = c.token(Kind.ID)
        if token is None:
            return c.u32()
        found = self.lookup(c, sort, token)
        c.pos += 1
        return found

    def lookup(self, c: Cursor, sort: s.AnySort, token: Token) -> int:
        """The index that an identifier stands for."""
        name = identifier(token, c.source)
        found = self.space(sort).ids.get(name)
        if found is None:
            found = self._outer.get((sort, name))
        if found is not None:
            return found
        for count, scope in enumerate(self.outward()):
            index = scope.space(sort).ids.get(name)
            if index is not None:
                if sort not in OUTER_SORTS:
                    raise c.malformed(f"outer item `{name}` is not a module, type, or component", token)
                if self.kind is ScopeKind.MODULE_TYPE:
                    alias: Any = s.CoreOuterAlias(count, index, at=token.start)
                else:
                    alias = s.AliasOuter(sort, count, index, at=token.start)
                self._outer[sort, name] = found = self.define(c, alias, sort)
                return found
        raise c.malformed(f"unknown {sort_words(sort)}: failed to find name `{token.text}`", token)
