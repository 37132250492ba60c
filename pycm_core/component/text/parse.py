"""Components in the text format (Explainer.md, "Component Definitions"): definitions in order, abbreviations written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pycm_core.base.collection import paused_collection
from pycm_core.base.errors import Exhaustion, Malformed
from pycm_core.base.features import DEFAULT_FEATURES, Features
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source, Span
from pycm_core.component import syntax as s
from pycm_core.component.binary import names as name_section
from pycm_core.component.text import canon, coretypes, refs, types, values
from pycm_core.component.text.scope import ScopeKind, Settings, TextScope
from pycm_core.wasm.binary.encode import encode as encode_module
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Annotation, Kind, Node, SList, Token, identifier, read
from pycm_core.wasm.text.module import ANNOTATIONS
from pycm_core.wasm.text.module import fields as module_fields


def parse(source: Source, *, limits: Limits = DEFAULT_LIMITS, features: Features = DEFAULT_FEATURES) -> s.Component:
    """A text that is one component: `(component ...)`, or only its definitions.

    Identifiers become a name section, unless the text has one. `at` of each definition is its index in the source. Raises
    `Malformed` with a span, or `Exhaustion`.
    """
    c = Cursor(source, read(source, ANNOTATIONS, limits))
    inner = c.list("component")
    if inner is None:
        return component(c, 0, limits=limits, features=features)
    parsed = component(inner, 0, limits=limits, features=features)
    c.finish()
    return parsed


def component(c: Cursor, at: int, *, limits: Limits = DEFAULT_LIMITS, features: Features = DEFAULT_FEATURES) -> s.Component:
    """A component from behind the word `component`, to the end of the list."""
    try:
        with paused_collection():
            return _component(c, at, Settings(c.source, limits, features), None)
    except RecursionError:
        raise Exhaustion("nesting too deep for the stack of this Python", Span(c.source, at, at + 1)) from None


def _component(c: Cursor, at: int, settings: Settings, parent: TextScope | None) -> s.Component:
    token = _id(c)
    id_ = None if token is None else identifier(token, c.source)
    name = _own_name(c)
    return _body(c, at, TextScope(ScopeKind.COMPONENT, settings, parent, id_, c), id_ if name is None else name)


def _id(c: Cursor) -> Token | None:
    """An identifier, if one is next; an annotation in its place stays where it is."""
    start = c.pos
    token = c.id()
    if token is None:
        c.pos = start
    return token


def _own_name(c: Cursor) -> str | None:
    """The name annotation at the beginning of a component: the name it gives itself."""
    annotation = c.annotation("name")
    if annotation is None:
        return None
    name = annotation.name()
    annotation.finish()
    return name


def _body(c: Cursor, at: int, scope: TextScope, name: str | None) -> s.Component:
    scope.own_name = name
    while True:
        custom = _custom(c)
        if custom is not None:
            scope.emit(c, custom)
            continue
        if c.done:
            break
        start = c.at
        word, inner = c.headed(*_DEFINITIONS)
        _DEFINITIONS[word](scope, inner, start)
    has_names = any(isinstance(d, s.CustomSection) and d.name == name_section.SECTION for d in scope.out)
    found = _names(scope)
    if not has_names and (found.component is not None or found.items):
        scope.out.append(name_section.name_section(found))
    return s.Component(tuple(scope.out), at=at)


def _names(scope: TextScope) -> name_section.Names:
    """The identifiers of a component as names."""
    items = {sort: scope.names[sort] for sort in sorted(scope.names, key=lambda sort: (isinstance(sort, s.Sort), sort.value))}
    return name_section.Names(scope.own_name, items)


def _custom(c: Cursor) -> s.CustomSection | None:
    """`(@custom "name" "bytes"*)`: a custom section, where it stands."""
    at = c.items[c.pos].start if c.pos < len(c.items) else 0
    inner = c.annotation("custom")
    if inner is None:
        return None
    name = inner.name()
    data = inner.strings()
    inner.finish()
    return s.CustomSection(name, data, at=at)


# --- abbreviations that many definitions share ----------------------------------------------------------------------------------


def _inline_exports(scope: TextScope, c: Cursor) -> list[tuple[s.ExternName, int]]:
    """`(export "name" attribute*)*` inside a definition: the names, and where they stand."""
    found = []
    while (node := c.peek()) is not None and isinstance(node, SList) and _is_inline(c, node, "export"):
        at = node.start
        inner = c.expect_list("export")
        found.append((types.extern_name(scope, inner), at))
        inner.finish()
    return found


def _is_inline(c: Cursor, node: SList, word: str) -> bool:
    """Whether a list is `(word name attribute*)` and nothing more."""
    inner = Cursor(c.source, node)
    if inner.keyword(word) is None:
        return False
    if inner.head() == "interface":
        inner.next()
    elif inner.token(Kind.STRING) is not None:
        inner.pos += 1
    else:
        return False
    while inner.head() in ("implements", "versionsuffix", "external-id"):
        inner.next()
    return inner.done


def _inline_import(scope: TextScope, c: Cursor) -> s.ExternName | None:
    """`(import "name" attribute*)` inside a definition."""
    node = c.peek()
    if not isinstance(node, SList) or not _is_inline(c, node, "import"):
        return None
    inner = c.expect_list("import")
    name = types.extern_name(scope, inner)
    inner.finish()
    return name


def _export_all(scope: TextScope, c: Cursor, exports: list[tuple[s.ExternName, int]], sort: s.AnySort, index: int) -> None:
    for name, at in exports:
        scope.define(c, s.Export(name, s.SortIdx(sort, index), None, at=at), sort)


def _alias_or_import(scope: TextScope, c: Cursor, sort: s.AnySort, token: Token | None, at: int) -> int | None:
    """A definition that is an alias or an import written the other way round; its index, or `None` when it is neither."""
    if refs.at_inverted_alias(c):
        return scope.define(c, refs.inverted_alias(scope, c, sort, at), sort, token)
    name = _inline_import(scope, c)
    if name is None:
        return None
    desc = types.extern_desc(scope, c, sort)
    return scope.define(c, s.Import(name, desc, at=at), sort, token)


# --- definitions --------------------------------------------------------------------------------------------------------------------


def _core(scope: TextScope, c: Cursor, at: int) -> None:
    word = c.expect_keyword(*_CORE_DEFINITIONS)
    _CORE_DEFINITIONS[word](scope, c, at)


def _core_module(scope: TextScope, c: Cursor, at: int) -> None:
    """A core module. The identifier is the component's; a name annotation behind it is the module's own."""
    token = _id(c)
    annotations: list[Node] = []
    while c.pos < len(c.items) and isinstance(c.items[c.pos], Annotation):
        annotations.append(c.items[c.pos])
        c.pos += 1
    exports = _inline_exports(scope, c)
    index = _alias_or_import(scope, c, s.CoreSort.MODULE, token, at)
    if index is None:
        rest = SList(at)
        rest.items, rest.end = [*annotations, *c.items[c.pos :]], c.end
        c.pos = len(c.items)
        binary = encode_module(module_fields(Cursor(c.source, rest), at))
        index = scope.define(c, s.CoreModule(binary, at=at), s.CoreSort.MODULE, token)
    c.finish()
    _export_all(scope, c, exports, s.CoreSort.MODULE, index)


def _core_instance(scope: TextScope, c: Cursor, at: int) -> None:
    token = scope.binding(c)
    definition: s.CoreInstantiate | s.CoreInlineInstance
    inner = c.list("instantiate")
    if inner is None:
        definition = s.CoreInlineInstance(_core_exports(scope, c), at=at)
    else:
        module = refs.index(scope, inner, s.CoreSort.MODULE)
        args = []
        while not inner.done:
            arg = inner.expect_list("with")
            args.append((arg.name(), _core_arg(scope, arg)))
            arg.finish()
        definition = s.CoreInstantiate(module, tuple(args), at=at)
    c.finish()
    scope.define(c, definition, s.CoreSort.INSTANCE, token)


def _core_arg(scope: TextScope, c: Cursor) -> int:
    at = c.at
    inner = c.expect_list("instance")
    if inner.done or isinstance(inner.peek(), SList):
        definition = s.CoreInlineInstance(_core_exports(scope, inner), at=at)
        return scope.define(inner, definition, s.CoreSort.INSTANCE)
    index = scope.index(inner, s.CoreSort.INSTANCE)
    inner.finish()
    return index


def _core_exports(scope: TextScope, c: Cursor) -> tuple[tuple[str, s.CoreSort, int], ...]:
    exports = []
    while not c.done:
        inner = c.expect_list("export")
        name = inner.name()
        exports.append((name, *refs.core_extern_idx(scope, inner)))
        inner.finish()
    return tuple(exports)


def _core_func(scope: TextScope, c: Cursor, at: int) -> None:
    token = scope.binding(c)
    inner = c.list("canon")
    if inner is None:
        _core_alias(scope, c, s.CoreSort.FUNC, token, at)
    else:
        canon.inline_core(scope, inner, token, at)
    c.finish()


def _core_item(sort: s.CoreSort) -> Callable[[TextScope, Cursor, int], None]:
    def define(scope: TextScope, c: Cursor, at: int) -> None:
        _core_alias(scope, c, sort, scope.binding(c), at)
        c.finish()

    return define


def _core_alias(scope: TextScope, c: Cursor, sort: s.CoreSort, token: Token | None, at: int) -> None:
    scope.define(c, refs.inverted_alias(scope, c, sort, at), sort, token)


_CORE_DEFINITIONS: Mapping[str, Callable[[TextScope, Cursor, int], None]] = MappingProxyType(
    {
        "module": _core_module,
        "instance": _core_instance,
        "type": coretypes.core_type,
        "rec": coretypes.rec,
        "func": _core_func,
        "table": _core_item(s.CoreSort.TABLE),
        "memory": _core_item(s.CoreSort.MEMORY),
        "global": _core_item(s.CoreSort.GLOBAL),
        "tag": _core_item(s.CoreSort.TAG),
    }
)


def _nested(scope: TextScope, c: Cursor, at: int) -> None:
    """A nested component. The identifier is that of the component around; a name annotation behind it is its own name."""
    token = _id(c)
    name = _own_name(c)
    exports = _inline_exports(scope, c)
    index = _alias_or_import(scope, c, s.Sort.COMPONENT, token, at)
    if index is None:
        id_ = None if token is None else identifier(token, c.source)
        inner = _body(c, at, TextScope(ScopeKind.COMPONENT, scope.settings, scope, id_, c), name)
        index = scope.define(c, s.NestedComponent(inner, at=at), s.Sort.COMPONENT, token)
    c.finish()
    _export_all(scope, c, exports, s.Sort.COMPONENT, index)


def _instance(scope: TextScope, c: Cursor, at: int) -> None:
    token = scope.binding(c)
    exports = _inline_exports(scope, c)
    index = _alias_or_import(scope, c, s.Sort.INSTANCE, token, at)
    if index is None:
        definition: s.Instantiate | s.InlineInstance
        inner = c.list("instantiate")
        if inner is None:
            definition = s.InlineInstance(_bag_exports(scope, c), at=at)
        else:
            component = refs.index(scope, inner, s.Sort.COMPONENT)
            args = []
            while not inner.done:
                arg = inner.expect_list("with")
                args.append((arg.name(), _arg(scope, arg)))
                arg.finish()
            definition = s.Instantiate(component, tuple(args), at=at)
        index = scope.define(c, definition, s.Sort.INSTANCE, token)
    c.finish()
    _export_all(scope, c, exports, s.Sort.INSTANCE, index)


def _arg(scope: TextScope, c: Cursor) -> s.SortIdx:
    node = c.peek()
    at = c.at
    if c.head() == "instance" and isinstance(node, SList) and (len(node.items) == 1 or isinstance(node.items[1], SList)):
        inner = c.expect_list("instance")
        definition = s.InlineInstance(_bag_exports(scope, inner), at=at)
        return s.SortIdx(s.Sort.INSTANCE, scope.define(inner, definition, s.Sort.INSTANCE))
    return refs.extern_idx(scope, c)


def _bag_exports(scope: TextScope, c: Cursor) -> tuple[tuple[s.ExternName, s.SortIdx], ...]:
    exports = []
    while not c.done:
        inner = c.expect_list("export")
        name = types.extern_name(scope, inner)
        exports.append((name, refs.extern_idx(scope, inner)))
        inner.finish()
    return tuple(exports)


def _type(scope: TextScope, c: Cursor, at: int) -> None:
    token = scope.binding(c)
    exports = _inline_exports(scope, c)
    name = _inline_import(scope, c)
    if name is None:
        index = types.type_body(scope, c, at, token)
    else:
        index = scope.define(c, s.Import(name, types.extern_desc(scope, c, s.Sort.TYPE), at=at), s.Sort.TYPE, token)
        c.finish()
    _export_all(scope, c, exports, s.Sort.TYPE, index)


def _func(scope: TextScope, c: Cursor, at: int) -> None:
    token = scope.binding(c)
    exports = _inline_exports(scope, c)
    index = _alias_or_import(scope, c, s.Sort.FUNC, token, at)
    if index is None:
        type_ = types.type_use(scope, c, lambda: types.functype(scope, c))
        inner = c.expect_list("canon")
        index = scope.define(c, canon.inline_lift(scope, inner, type_, at), s.Sort.FUNC, token)
    c.finish()
    _export_all(scope, c, exports, s.Sort.FUNC, index)


def _import(scope: TextScope, c: Cursor, at: int) -> None:
    name = types.extern_name(scope, c)
    token, sort, desc = types.extern_type(scope, c)
    c.finish()
    scope.define(c, s.Import(name, desc, at=at), sort, token)


def _export(scope: TextScope, c: Cursor, at: int) -> None:
    token = scope.binding(c)
    name = types.extern_name(scope, c)
    item = refs.extern_idx(scope, c)
    desc = None
    if not c.done:
        id_, _, desc = types.extern_type(scope, c)
        if id_ is not None:
            raise c.malformed("the type of an export binds no identifier", id_)
    c.finish()
    scope.define(c, s.Export(name, item, desc, at=at), item.sort, token)


def _start(scope: TextScope, c: Cursor, at: int) -> None:
    if any(isinstance(d, s.Start) for d in scope.out):
        raise Malformed("a component cannot have more than one start function", Span(c.source, at, at + 1))
    func = refs.index(scope, c, s.Sort.FUNC)
    args = []
    while c.head() == "value":
        args.append(refs.sort_idx(scope, c, s.Sort.VALUE))
    results: list[Token | None] = []
    while (inner := c.list("result")) is not None:
        value = inner.expect_list("value")
        results.append(scope.binding(value))
        value.finish()
        inner.finish()
    c.finish()
    scope.emit(c, s.Start(func, tuple(args), len(results), at=at))
    for token in results:
        scope.bind(c, s.Sort.VALUE, token)


def _value(scope: TextScope, c: Cursor, at: int) -> None:
    token = scope.binding(c)
    exports = _inline_exports(scope, c)
    index = _alias_or_import(scope, c, s.Sort.VALUE, token, at)
    if index is None:
        type_ = types.valtype(scope, c)
        index = scope.define(c, s.ValueDef(type_, values.literal(scope, c, type_), at=at), s.Sort.VALUE, token)
    c.finish()
    _export_all(scope, c, exports, s.Sort.VALUE, index)


def _canon(scope: TextScope, c: Cursor, at: int) -> None:
    canon.canon(scope, c, at)


def _alias(scope: TextScope, c: Cursor, at: int) -> None:
    refs.alias(scope, c, at)


_DEFINITIONS: Mapping[str, Callable[[TextScope, Cursor, int], Any]] = MappingProxyType(
    {
        "core": _core,
        "component": _nested,
        "instance": _instance,
        "alias": _alias,
        "type": _type,
        "canon": _canon,
        "func": _func,
        "start": _start,
        "import": _import,
        "export": _export,
        "value": _value,
    }
)
"""What stands behind each word at the level of a component."""
