"""Rules that one text alone decides, checked on its syntax: what the grammar leaves open so that the message can be better."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pycm_core.base.errors import Related, WitError
from pycm_core.base.source import Source, Span
from pycm_core.wit import ast
from pycm_core.wit.packages import extern_path

_MAP_KEYS = frozenset(["u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "char", "bool", "string"])
MAX_FLAGS = 32
"""Labels of a `flags` (Explainer.md, "Type Definitions")."""


def check_shape(file: ast.File) -> list[WitError]:
    """What is wrong with a text, in the order of the text."""
    shape = _Shape(file.source)
    shape.items(file.items, None)
    return shape.errors


class _Shape:
    __slots__ = ("errors", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.errors: list[WitError] = []

    def span(self, node: Any) -> Span:
        return Span(self.source, node.start, node.end)

    def error(self, message: str, node: Any, hint: str | None = None, *related: Related) -> None:
        self.errors.append(WitError(message, self.span(node), hint=hint, related=related))

    def items(self, items: tuple[ast.TopItem, ...], outer: ast.NestedPackage | None) -> None:
        for index, item in enumerate(items):
            match item:
                case ast.PackageHeader():
                    if index or outer is not None:
                        self.error(
                            "a `package` header stands at the start of its file",
                            item,
                            "further packages have braces: `package a:b { … }`",
                        )
                case ast.NestedPackage():
                    if outer is None:
                        self.items(item.items, item)
                    else:
                        self.error(
                            "nested packages stand at the top level of a file",
                            item.name,
                            None,
                            Related("inside this package", self.span(outer.name)),
                        )
                case ast.TopUse():
                    if item.attributes:
                        whole = Span(self.source, item.attributes[0].start, item.path.start)
                        self.errors.append(WitError("attributes are not allowed on a top-level `use`", whole, hint="remove them"))
                case ast.Interface() | ast.World():
                    self.attributes(item.attributes)
                    self.members(item.members)

    def members(self, members: tuple[ast.WorldMember | ast.FuncItem, ...]) -> None:
        for member in members:
            self.attributes(member.attributes)
            match member:
                case ast.Compound():
                    self.compound(member)
                case ast.Alias():
                    self.type(member.type)
                case ast.Resource():
                    self.members(member.methods)
                case ast.FuncItem():
                    self.func(member.func)
                case ast.Extern(item=ast.Func() as func):
                    self.func(func)
                case ast.Extern(item=ast.ExternPath() as path):
                    if extern_path(path) is None:
                        self.bad_path(path, member.keyword)
                case ast.Extern(item=tuple() as inner):
                    self.members(inner)
                case _:
                    pass

    def func(self, func: ast.Func) -> None:
        for param in func.params:
            self.type(param.type)
        if func.result is not None:
            self.type(func.result)

    def compound(self, item: ast.Compound) -> None:
        if not item.members and item.keyword in ("variant", "enum"):
            self.error(f"empty {item.keyword}", item.id, "give it at least one case")
        if item.keyword == "flags" and len(item.members) > MAX_FLAGS:
            self.error(f"a `flags` has at most {MAX_FLAGS} of them", item.members[MAX_FLAGS].id, "use a second `flags`")
        for member in item.members:
            if member.type is not None:
                self.type(member.type)

    def type(self, expr: ast.Type) -> None:
        for e in _expressions(expr):
            if e.kind == "map":
                key = e.args[0]
                if key is not None and key.kind not in _MAP_KEYS:
                    name = key.id.text if key.id is not None else key.kind
                    self.errors.append(
                        WitError(
                            f"a `{name}` cannot be the key of a map",
                            Span(self.source, e.start, key.end),
                            hint="keys are integers, `bool`, `char` or `string`",
                        )
                    )
            elif e.length is not None and list_length(e.length) is None:
                self.error("the length of a list is from 1 to 2³² - 1, without leading zeros", e.length)

    def bad_path(self, path: ast.ExternPath, keyword: str) -> None:
        """`import a:b;` is neither a label with an interface nor the name of one (WIT.md, "Item: `world`")."""
        tokens = path.tokens
        text = self.source.text[tokens[0].start : tokens[-1].end]
        hint = "an interface of another package is `namespace:package/interface`"
        if len(tokens) == 3 and tokens[1].type == "COLON":
            hint = f"for a label write `{keyword} {tokens[0].text}: {tokens[2].text};`, for an interface `{text}/name`"
        self.errors.append(
            WitError(
                f"`{text}` is the name of a package, not of an interface",
                Span(self.source, tokens[0].start, tokens[-1].end),
                hint=hint,
            )
        )

    def attributes(self, attributes: tuple[ast.Attribute, ...]) -> None:
        """(WIT.md, "Rules for feature gate usage")"""
        seen: dict[type, ast.Attribute] = {}
        for a in attributes:
            name = _NAMES[type(a)]
            if not isinstance(a, ast.ExternalId):
                expected = "feature" if isinstance(a, ast.Unstable) else "version"
                if a.key.text != expected:
                    self.error(f"expected `{expected}`, found `{a.key.text}`", a.key)
            first = seen.setdefault(type(a), a)
            if first is not a:
                self.error(f"`{name}` is given twice", a, None, Related("the first one", self.span(first)))
        since, unstable, deprecated = seen.get(ast.Since), seen.get(ast.Unstable), seen.get(ast.Deprecated)
        if since is not None and unstable is not None:
            self.error("an item is either `@since` or `@unstable`", since, None, Related("the other gate", self.span(unstable)))
        if deprecated is not None and since is None and unstable is None:
            self.error("`@deprecated` stands only beside `@since` or `@unstable`", deprecated)


_NAMES = {ast.Since: "@since", ast.Unstable: "@unstable", ast.Deprecated: "@deprecated", ast.ExternalId: "@external-id"}


def _expressions(root: ast.Type) -> Iterator[ast.Type]:
    stack = [root]
    while stack:
        expr = stack.pop()
        yield expr
        stack.extend(a for a in reversed(expr.args) if a is not None)


def list_length(token: ast.Id) -> int | None:
    """The length of a fixed-length list, 🔧 `uint ::= [1-9][0-9]*`; `None` when it is none, or too large."""
    digits = token.text
    if digits[0] == "0" or len(digits) > 10 or int(digits) >= 1 << 32:
        return None
    return int(digits)
