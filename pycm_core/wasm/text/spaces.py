"""Index spaces while a module's text is parsed: identifiers to indices, and type uses to type indices."""

from __future__ import annotations

from pycm_core.base.errors import Related
from pycm_core.base.source import Source
from pycm_core.wasm.binary.names import NameKind, Names
from pycm_core.wasm.syntax.types import FuncType, RecType, SubType, ValType
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Kind, Token, identifier
from pycm_core.wasm.text.types import Named, binding, signature


class IndexSpace:
    """Identifiers of one kind. `kind` is the word for messages."""

    __slots__ = ("count", "ids", "kind", "tokens")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.count = 0
        self.ids: dict[str, int] = {}
        self.tokens: dict[str, Token] = {}

    def bind(self, c: Cursor, token: Token | None) -> int:
        """The next index, for an item that may have an identifier."""
        index = self.count
        self.count += 1
        if token is not None:
            self.name(c, token, index)
        return index

    def name(self, c: Cursor, token: Token, index: int) -> None:
        """Bind an identifier to an index."""
        text = identifier(token, c.source)
        if text in self.ids:
            error = c.malformed(f"duplicate {self.kind} `${text}`", token)
            error.related = (Related("first defined here", c.span(self.tokens[text])),)
            raise error
        self.ids[text] = index
        self.tokens[text] = token

    def index(self, c: Cursor) -> int:
        """The index at a cursor: a number, or a bound identifier."""
        token = c.token(Kind.ID)
        if token is None:
            return c.u32()
        found = self.ids.get(identifier(token, c.source))
        if found is None:
            raise c.malformed(f"unknown {self.kind} `{token.text}`", token)
        c.pos += 1
        return found

    def at_index(self, c: Cursor) -> bool:
        """Whether an index is next."""
        node = c.peek()
        return type(node) is Token and node.kind in (Kind.ID, Kind.NUMBER)


class Spaces:
    """All index spaces of a module, its types so far, and the names it gives."""

    __slots__ = (
        "datas",
        "elems",
        "fields",
        "funcs",
        "globals",
        "memories",
        "names",
        "plain",
        "recs",
        "source",
        "subs",
        "tables",
        "tags",
        "types",
    )

    def __init__(self, source: Source) -> None:
        self.source = source
        self.types = IndexSpace("type")
        self.funcs = IndexSpace("func")
        self.tables = IndexSpace("table")
        self.memories = IndexSpace("memory")
        self.globals = IndexSpace("global")
        self.tags = IndexSpace("tag")
        self.elems = IndexSpace("elem")
        self.datas = IndexSpace("data")
        self.fields: dict[int, IndexSpace] = {}
        """Of structures, by type index."""
        self.names = Names()
        self.recs: list[RecType] = []
        self.subs: list[SubType] = []
        """The types of `recs` by type index."""
        self.plain: dict[FuncType, int] = {}
        """The first type index of each function type that is final, without supertype, alone in its group."""

    def add_type(self, rec: RecType) -> None:
        """The next recursion group."""
        first = rec.types[0] if len(rec.types) == 1 else None
        if first is not None and isinstance(first.type, FuncType) and first.final and not first.supers:
            self.plain.setdefault(first.type, len(self.subs))
        self.recs.append(rec)
        self.subs.extend(rec.types)

    def func_type(self, type: FuncType) -> int:
        """The index of a function type that is only used, not defined; it is appended when there is none ("Type Uses")."""
        index = self.plain.get(type)
        if index is None:
            index = len(self.subs)
            self.add_type(RecType((SubType(type),)))
            self.types.count += 1
        return index

    def type_use(self, c: Cursor, bind: bool) -> tuple[int, list[Named]]:
        """`(type x)? (param ...)* (result ...)*`: the type index, and the parameters that are spelled out ("Type Uses")."""
        at = c.peek()
        use = c.list("type")
        if use is None:
            params, results = signature(c, self.types.index, bind)
            return self.func_type(FuncType(tuple([p.type for p in params]), tuple(results))), params
        index = self.types.index(use)
        use.finish()
        spelled_out = c.head() in ("param", "result")
        params, results = signature(c, self.types.index, bind)
        declared = self.subs[index].type if index < len(self.subs) else None
        if spelled_out:
            if index >= len(self.subs):
                raise c.malformed(f"unknown type {index}", at)
            if not isinstance(declared, FuncType) or not _same(declared, params, results):
                raise c.malformed(f"inline function type does not match type {index}", at)
        return index, params

    def name(self, kind: NameKind, index: int, text: str | None) -> None:
        """Note a name for the name section."""
        if text is not None:
            self.names.add(kind, index, text)

    def bind(self, c: Cursor, space: IndexSpace, kind: NameKind) -> int:
        """Bind what comes next in the cursor of a definition: its identifier and name."""
        token, text = binding(c)
        index = space.bind(c, token)
        self.name(kind, index, text)
        return index


def _same(declared: FuncType, params: list[Named], results: list[ValType]) -> bool:
    return (
        declared.results == tuple(results)
        and len(declared.params) == len(params)
        and all(a == p.type for a, p in zip(declared.params, params, strict=True))
    )


def locals_space(c: Cursor, params: list[Named], type: SubType | None) -> IndexSpace:
    """The index space of locals, begun with the parameters: those that are spelled out, or as many as the type has."""
    space = IndexSpace("local")
    for param in params:
        space.bind(c, param.token)
    if type is not None and isinstance(type.type, FuncType):
        space.count = len(type.type.params)
    return space


class Labels:
    """The labels in scope, innermost last."""

    __slots__ = ("bound", "ids")

    def __init__(self) -> None:
        self.ids: list[str | None] = []
        self.bound: dict[str, list[int]] = {}
        """Where in `ids` each identifier is, innermost last."""

    def push(self, id: str | None) -> None:
        """A block begins."""
        if id is not None:
            self.bound.setdefault(id, []).append(len(self.ids))
        self.ids.append(id)

    def pop(self) -> None:
        """The innermost block ends."""
        id = self.ids.pop()
        if id is not None:
            self.bound[id].pop()

    def index(self, c: Cursor) -> int:
        """The label at a cursor: a number, or how far out the identifier is."""
        token = c.token(Kind.ID)
        if token is None:
            return c.u32()
        found = self.bound.get(identifier(token, c.source))
        if not found:
            raise c.malformed(f"unknown label `{token.text}`", token)
        c.pos += 1
        return len(self.ids) - 1 - found[-1]
