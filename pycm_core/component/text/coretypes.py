"""Core types in components (Explainer.md, "Type Definitions")."""

from __future__ import annotations

from pycm_core.component import syntax as s
from pycm_core.component.text import refs
from pycm_core.component.text.scope import ScopeKind, TextScope
from pycm_core.wasm.syntax import types as w
from pycm_core.wasm.text import types as core
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Token

_TYPE = s.CoreSort.TYPE


def valtype(scope: TextScope, c: Cursor) -> w.ValType:
    """`core:valtype`."""
    return core.valtype(c, lambda inner: scope.index(inner, _TYPE))


def core_type(scope: TextScope, c: Cursor, at: int) -> None:
    """A core type definition from behind the word `type`."""
    token = scope.binding(c)
    inner = c.list("module")
    if inner is not None:
        decls = module_decls(scope, inner, at)
        c.finish()
        scope.define(c, s.CoreType(decls, at=at), _TYPE, token)
        return
    if c.head() == "alias":
        definition = refs.inverted_alias(scope, c, _TYPE, at)
        c.finish()
        scope.define(c, definition, _TYPE, token)
        return
    index = scope.bind(c, _TYPE, token)  # a type may refer to itself
    sub = _subtype(scope, c)
    c.finish()
    scope.emit(c, s.CoreType(w.RecType((sub,)), at=at))
    assert index == scope.space(_TYPE).count - 1


def rec(scope: TextScope, c: Cursor, at: int) -> None:
    """A recursion group from behind the word `rec`."""
    members: list[Cursor] = []
    while (member := c.list("type")) is not None:
        scope.bind(c, _TYPE, scope.binding(member))
        members.append(member)
    c.finish()
    subs = []
    for member in members:
        subs.append(_subtype(scope, member))
        member.finish()
    scope.emit(c, s.CoreType(w.RecType(tuple(subs)), at=at))


def _subtype(scope: TextScope, c: Cursor) -> w.SubType:
    def name_field(at: int, token: Token | None, text: str | None) -> None:
        """Names of fields say nothing to a component."""

    return core.subtype(c, lambda inner: scope.index(inner, _TYPE), name_field)


def module_decls(outer: TextScope, c: Cursor, at: int) -> s.CoreModuleTypeDecls:
    """The declarators of a module type, to the end of the list."""
    scope = TextScope(ScopeKind.MODULE_TYPE, outer.settings, outer, None, c)
    while not c.done:
        start = c.at
        word, inner = c.headed("import", "export", "type", "rec", "alias")
        match word:
            case "import":
                module, name = inner.name(), inner.name()
                desc = _extern_type(scope, inner)
                scope.emit(inner, s.CoreImportDecl(module, name, desc, at=start))
            case "export":
                name = inner.name()
                desc = _extern_type(scope, inner)
                scope.emit(inner, s.CoreExportDecl(name, desc, at=start))
            case "type":
                core_type(scope, inner, start)
                continue
            case "rec":
                rec(scope, inner, start)
                continue
            case _:
                inner.expect_keyword("outer")
                count, index = refs.outer_target(scope, inner, _TYPE)
                target = inner.expect_list("type")
                token = scope.binding(target)
                target.finish()
                scope.define(inner, s.CoreOuterAlias(count, index, at=start), _TYPE, token)
        inner.finish()
    return s.CoreModuleTypeDecls(tuple(scope.out), at=at)


def _extern_type(scope: TextScope, c: Cursor) -> s.CoreExternDesc:
    """`core:externtype`. An identifier binds nothing that a module type could refer to."""
    word, inner = c.headed("func", "table", "memory", "global", "tag")
    inner.id()
    desc: s.CoreExternDesc
    match word:
        case "func":
            desc = s.CoreFuncDesc(_type_use(scope, inner))
        case "tag":
            desc = w.TagType(_type_use(scope, inner))
        case "table":
            desc = core.tabletype(inner, lambda x: scope.index(x, _TYPE))
        case "memory":
            desc = core.memorytype(inner)
        case _:
            desc = core.globaltype(inner, lambda x: scope.index(x, _TYPE))
    inner.finish()
    return desc


def _type_use(scope: TextScope, c: Cursor) -> int:
    """`(type $t)`, or a signature, for which a type is declared."""
    at = c.at
    use = c.list("type")
    if use is not None:
        found = scope.index(use, _TYPE)
        use.finish()
        core.signature(c, lambda inner: scope.index(inner, _TYPE))  # repeats what the type says
        return found
    func = core.functype(c, lambda inner: scope.index(inner, _TYPE))
    return scope.define(c, s.CoreType(w.RecType((w.SubType(func),)), at=at), _TYPE)
