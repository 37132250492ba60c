"""WIT texts as they are written (WIT.md, "Top-level items" and below). Nothing outside `pycm_core.wit` sees these nodes.

`start` and `end` are code-point indices into the file's source. Named tuples rather than dataclasses: parsing makes many of them.
"""

from __future__ import annotations

from typing import NamedTuple

from pycm_core.base.source import Source
from pycm_core.wit.tokens import Comment, Token

Id = Token
"""An identifier: `text` is the name without `%`."""


class PackageName(NamedTuple):
    """`namespace:name@version`; 🪺 has more namespaces before the last colon and more names after it."""

    namespaces: tuple[Id, ...]
    names: tuple[Id, ...]
    version: Token | None
    start: int
    end: int


class UsePath(NamedTuple):
    """`id`, or `package/id@version`."""

    package: PackageName | None
    id: Id
    start: int
    end: int


class ExternPath(NamedTuple):
    """The path after `import` or `export`, with a label or without, as the tokens it is made of: what they mean depends on white space."""

    tokens: tuple[Token, ...]


class Since(NamedTuple):
    key: Token
    version: Token
    start: int
    end: int


class Unstable(NamedTuple):
    key: Token
    feature: Id
    start: int
    end: int


class Deprecated(NamedTuple):
    key: Token
    version: Token
    start: int
    end: int


class ExternalId(NamedTuple):
    value: Token
    start: int
    end: int


Attribute = Since | Unstable | Deprecated | ExternalId


class Type(NamedTuple):
    """A type expression. `kind` is the name of a primitive, `id`, or the keyword; `result`'s arguments are always two."""

    kind: str
    args: tuple[Type | None, ...]
    id: Id | None
    length: Token | None
    start: int
    end: int


class Param(NamedTuple):
    id: Id
    type: Type


class Func(NamedTuple):
    """`async? func(params) -> result`."""

    params: tuple[Param, ...]
    result: Type | None
    async_: bool
    start: int


class Member(NamedTuple):
    """A field, case, flag or label; `type` is `None` where there is none."""

    id: Id
    type: Type | None


class FuncItem(NamedTuple):
    attributes: tuple[Attribute, ...]
    id: Id
    func: Func
    kind: str
    """`func`, or in a resource `method`, `static`, `constructor` (`id` is then the keyword)."""
    start: int
    end: int


class Compound(NamedTuple):
    """`record`, `variant`, `enum` or `flags`; `body` is where its brace opens."""

    attributes: tuple[Attribute, ...]
    keyword: str
    id: Id
    members: tuple[Member, ...]
    body: Token
    start: int
    end: int


class Alias(NamedTuple):
    attributes: tuple[Attribute, ...]
    id: Id
    type: Type
    start: int
    end: int


class Resource(NamedTuple):
    attributes: tuple[Attribute, ...]
    id: Id
    methods: tuple[FuncItem, ...]
    start: int
    end: int


class UseName(NamedTuple):
    id: Id
    as_: Id | None


class Use(NamedTuple):
    attributes: tuple[Attribute, ...]
    path: UsePath
    names: tuple[UseName, ...]
    start: int
    end: int


TypeItem = Compound | Alias | Resource
InterfaceMember = Use | Compound | Alias | Resource | FuncItem


class Extern(NamedTuple):
    """`import` or `export` (`keyword`). With `item` a function or inline members, `id` is its label; else `path` says both."""

    attributes: tuple[Attribute, ...]
    keyword: str
    id: Id | None
    item: Func | tuple[InterfaceMember, ...] | ExternPath
    start: int
    end: int


class Include(NamedTuple):
    attributes: tuple[Attribute, ...]
    path: UsePath
    renames: tuple[UseName, ...]
    start: int
    end: int


WorldMember = Use | Compound | Alias | Resource | Extern | Include


class Interface(NamedTuple):
    attributes: tuple[Attribute, ...]
    id: Id
    members: tuple[InterfaceMember, ...]
    start: int
    end: int


class World(NamedTuple):
    attributes: tuple[Attribute, ...]
    id: Id
    members: tuple[WorldMember, ...]
    start: int
    end: int


class TopUse(NamedTuple):
    attributes: tuple[Attribute, ...]
    path: UsePath
    as_: Id | None
    start: int
    end: int


class PackageHeader(NamedTuple):
    name: PackageName
    start: int
    end: int


class NestedPackage(NamedTuple):
    name: PackageName
    items: tuple[TopItem, ...]
    start: int
    end: int


TopItem = PackageHeader | NestedPackage | TopUse | Interface | World


class File(NamedTuple):
    """One source text. `comments[start]` stand before the token that starts at `start`."""

    source: Source
    items: tuple[TopItem, ...]
    comments: dict[int, tuple[Comment, ...]]
