"""Syntax nodes from the parser's reductions: one method per rule of `wit.lark`, each taking the children the rule keeps."""

from __future__ import annotations

from typing import Any, TypeVar

from lark import Transformer

from pycm_core.wit import ast
from pycm_core.wit.tokens import Token

Children = list[Any]
T = TypeVar("T")


def _of(children: Children, *types: type[T]) -> tuple[T, ...]:
    return tuple(c for c in children if type(c) in types)


def _attributes(children: Children) -> tuple[ast.Attribute, ...]:
    found: tuple[ast.Attribute, ...] = children[0]
    return found


def _start(children: Children) -> int:
    """Where an item starts: at its first attribute, or else at the token after them."""
    first = children[0]
    start: int = first[0].start if first else children[1].start
    return start


def _package(tokens: Children) -> ast.PackageName:
    """`a:b/c@1.0.0`: the identifiers before the first `/`, and those after it."""
    ids: list[Token] = []
    names: list[Token] = []
    version = None
    for token in tokens:
        if token.type == "ID":
            (names if names else ids).append(token)
        elif token.type == "SLASH" and not names:
            names.append(ids.pop())
        elif token.type == "VERSION":
            version = token
    if not names:
        names.append(ids.pop())
    return ast.PackageName(tuple(ids), tuple(names), version, tokens[0].start, tokens[-1].end)


class Builder(Transformer[Token, Any]):
    """Holds no state, so one serves all parses."""

    def start(self, children: Children) -> tuple[ast.TopItem, ...]:
        return tuple(children)

    def package_header(self, children: Children) -> ast.PackageHeader:
        return ast.PackageHeader(children[1], children[0].start, children[2].end)

    def nested_package(self, children: Children) -> ast.NestedPackage:
        return ast.NestedPackage(children[1], tuple(children[3:-1]), children[0].start, children[-1].end)

    def package_name(self, children: Children) -> ast.PackageName:
        return _package(children)

    def toplevel_use_item(self, c: Children) -> ast.TopUse:
        return ast.TopUse(_attributes(c), c[2], c[3], _start(c), c[-1].end)

    def use_path(self, children: Children) -> ast.UsePath:
        return use_path(children)

    def attributes(self, children: Children) -> tuple[ast.Attribute, ...]:
        return tuple(children)

    def since(self, c: Children) -> ast.Since:
        return ast.Since(c[1], c[2], c[0].start, c[-1].end)

    def unstable(self, c: Children) -> ast.Unstable:
        return ast.Unstable(c[1], c[2], c[0].start, c[-1].end)

    def deprecated(self, c: Children) -> ast.Deprecated:
        return ast.Deprecated(c[1], c[2], c[0].start, c[-1].end)

    def external_id(self, c: Children) -> ast.ExternalId:
        return ast.ExternalId(c[1], c[0].start, c[-1].end)

    def world_item(self, c: Children) -> ast.World:
        return ast.World(_attributes(c), c[2], tuple(c[4:-1]), _start(c), c[-1].end)

    def extern_func(self, c: Children) -> ast.Extern:
        return ast.Extern(_attributes(c), c[1].text, c[2], c[4], _start(c), c[-1].end)

    def extern_inline(self, c: Children) -> ast.Extern:
        return ast.Extern(_attributes(c), c[1].text, c[2], tuple(c[6:-1]), _start(c), c[-1].end)

    def extern_use(self, c: Children) -> ast.Extern:
        return ast.Extern(_attributes(c), c[1].text, None, c[2], _start(c), c[-1].end)

    def extern_path(self, children: Children) -> ast.ExternPath:
        return ast.ExternPath(tuple(children))

    def include_item(self, c: Children) -> ast.Include:
        return ast.Include(_attributes(c), c[2], _of(c, ast.UseName), _start(c), c[-1].end)

    def include_name(self, c: Children) -> ast.UseName:
        return ast.UseName(c[0], c[1])

    def interface_item(self, c: Children) -> ast.Interface:
        return ast.Interface(_attributes(c), c[2], tuple(c[4:-1]), _start(c), c[-1].end)

    def use_item(self, c: Children) -> ast.Use:
        return ast.Use(_attributes(c), c[2], _of(c, ast.UseName), _start(c), c[-1].end)

    def use_name(self, c: Children) -> ast.UseName:
        return ast.UseName(c[0], c[1])

    def func_item(self, c: Children) -> ast.FuncItem:
        return ast.FuncItem(_attributes(c), c[1], c[3], "func", _start(c), c[-1].end)

    def method(self, c: Children) -> ast.FuncItem:
        return ast.FuncItem(_attributes(c), c[1], c[3], "method", _start(c), c[-1].end)

    def static(self, c: Children) -> ast.FuncItem:
        return ast.FuncItem(_attributes(c), c[1], c[4], "static", _start(c), c[-1].end)

    def constructor(self, c: Children) -> ast.FuncItem:
        func = ast.Func(c[2], c[3], False, c[1].start)
        return ast.FuncItem(_attributes(c), c[1], func, "constructor", _start(c), c[-1].end)

    def func_type(self, c: Children) -> ast.Func:
        return ast.Func(c[2], c[3], c[0] is not None, (c[0] or c[1]).start)

    def params(self, children: Children) -> tuple[ast.Param, ...]:
        return _of(children, ast.Param)

    def param(self, c: Children) -> ast.Param:
        return ast.Param(c[0], c[2])

    def type_item(self, c: Children) -> ast.Alias:
        return ast.Alias(_attributes(c), c[2], c[3], _start(c), c[-1].end)

    def compound_item(self, c: Children) -> ast.Compound:
        return ast.Compound(_attributes(c), c[1].text, c[2], _of(c, ast.Member), c[3], _start(c), c[-1].end)

    def record_field(self, c: Children) -> ast.Member:
        return ast.Member(c[0], c[2])

    def variant_case(self, c: Children) -> ast.Member:
        return ast.Member(c[0], c[1])

    def label(self, c: Children) -> ast.Member:
        return ast.Member(c[0], None)

    def resource_item(self, c: Children) -> ast.Resource:
        return ast.Resource(_attributes(c), c[2], _of(c, ast.FuncItem), _start(c), c[-1].end)

    def prim(self, c: Children) -> ast.Type:
        return ast.Type(c[0].text, (), None, None, c[0].start, c[0].end)

    def named(self, c: Children) -> ast.Type:
        return ast.Type("id", (), c[0], None, c[0].start, c[0].end)

    def list_type(self, c: Children) -> ast.Type:
        return ast.Type("list", (c[2],), None, c[3], c[0].start, c[-1].end)

    def tuple_type(self, c: Children) -> ast.Type:
        return ast.Type("tuple", _of(c, ast.Type), None, None, c[0].start, c[-1].end)

    def empty_type(self, c: Children) -> ast.Type:
        args = (None, None) if c[0].text == "result" else (None,)
        return ast.Type(c[0].text, args, None, None, c[0].start, c[0].end)

    def one_type(self, c: Children) -> ast.Type:
        args = (c[2], None) if c[0].text == "result" else (c[2],)
        return ast.Type(c[0].text, args, None, None, c[0].start, c[-1].end)

    def error_type(self, c: Children) -> ast.Type:
        return ast.Type("result", (None, c[3]), None, None, c[0].start, c[-1].end)

    def two_type(self, c: Children) -> ast.Type:
        return ast.Type(c[0].text, (c[2], c[3]), None, None, c[0].start, c[-1].end)

    def handle_type(self, c: Children) -> ast.Type:
        return ast.Type(c[0].text, (), c[2], None, c[0].start, c[-1].end)


def use_path(tokens: Children) -> ast.UsePath:
    """`id`, or `package/id@version`."""
    ids = [t for t in tokens if t.type == "ID"]
    if len(ids) == 1:
        return ast.UsePath(None, ids[0], ids[0].start, ids[0].end)
    cut = max(i for i, t in enumerate(tokens) if t.type == "SLASH")
    version = next((t for t in tokens if t.type == "VERSION"), None)
    package = _package(tokens[:cut])._replace(version=version)
    return ast.UsePath(package, tokens[cut + 1], tokens[0].start, tokens[-1].end)
