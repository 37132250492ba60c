"""Modules in the text format (core specification, "Text Format", "Modules").

Three passes over the fields: identifiers get their indices, types are read, then everything that may refer to both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pycm_core.base.collection import paused_collection
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source
from pycm_core.wasm.binary import names as name_section
from pycm_core.wasm.binary.encode import needs_data_count
from pycm_core.wasm.binary.names import NameKind
from pycm_core.wasm.syntax import types as t
from pycm_core.wasm.syntax.instructions import BY_NAME
from pycm_core.wasm.syntax.module import (
    SECTION_ORDER,
    Custom,
    Data,
    Elem,
    ElemMode,
    Export,
    Expr,
    ExternKind,
    Func,
    Global,
    Import,
    ImportDesc,
    Memory,
    Module,
    Section,
    Start,
    Table,
    Tag,
)
from pycm_core.wasm.text import types
from pycm_core.wasm.text.cursor import Cursor, head
from pycm_core.wasm.text.instructions import Body
from pycm_core.wasm.text.lexer import Annotation, Kind, SList, Token, read
from pycm_core.wasm.text.spaces import IndexSpace, Spaces, locals_space

ANNOTATIONS = frozenset({"name", "custom"})
"""Annotations that mean something here ("Custom Sections and Annotations"); the lexer must keep them."""

_REF_FUNC = BY_NAME["ref.func"]
_FUNC_REF = t.RefType(False, t.HeapKind.FUNC)

_SECTION_WORDS = {
    "type": Section.TYPE,
    "import": Section.IMPORT,
    "func": Section.FUNC,
    "table": Section.TABLE,
    "memory": Section.MEMORY,
    "global": Section.GLOBAL,
    "tag": Section.TAG,
    "export": Section.EXPORT,
    "start": Section.START,
    "elem": Section.ELEM,
    "code": Section.CODE,
    "data": Section.DATA,
    "datacount": Section.DATA_COUNT,
}


def parse(source: Source, limits: Limits = DEFAULT_LIMITS) -> Module:
    """A text that is one module: `(module ...)`, or only its fields. Raises `Malformed` with a span, or `Exhaustion`."""
    c = Cursor(source, read(source, ANNOTATIONS, limits))
    inner = c.list("module")
    if inner is None:
        return fields(c)
    module = fields(inner)
    c.finish()
    return module


def fields(c: Cursor, at: int = 0) -> Module:
    """A module from behind the word `module`: an identifier, if any, and the fields up to the end of the list."""
    with paused_collection():
        return _Parser(c).module(at)


@dataclass(slots=True)
class _Custom:
    """A custom annotation: its section, and where it wants to be."""

    name: str
    content: bytes
    after: bool
    section: Section | None
    at: int


@dataclass(slots=True)
class _Fields:
    """The definitions collected so far."""

    imports: list[Import] = field(default_factory=list)
    funcs: list[Func] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    globals: list[Global] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    start: Start | None = None
    elems: list[Elem] = field(default_factory=list)
    datas: list[Data] = field(default_factory=list)
    customs: list[_Custom] = field(default_factory=list)


class _Parser:
    """One module."""

    __slots__ = ("c", "counts", "out", "places", "source", "spaces")

    def __init__(self, c: Cursor) -> None:
        self.c = c
        self.source = c.source
        self.spaces = Spaces(c.source)
        self.out = _Fields()
        self.places: list[int] = []
        self.counts: dict[str, int] = {}
        """How many definitions of a kind have been read: their index, in the third pass."""

    # --- first pass: identifiers

    def module(self, at: int) -> Module:
        c, spaces = self.c, self.spaces
        _, spaces.names.module = types.binding(c)
        later: list[tuple[str, Cursor]] = []
        recs: list[SList] = []
        defined: str | None = None
        while c.pos < len(c.items):
            node = c.items[c.pos]
            if isinstance(node, Annotation):
                c.pos += 1
                if node.id == "custom":
                    self.custom(Cursor(c.source, node))
                continue
            word = head(node) if isinstance(node, SList) else None
            if word is None or word not in _FIELDS or not isinstance(node, SList):
                raise c.unexpected("a module field")
            c.pos += 1
            if word in ("type", "rec"):
                recs.append(node)
                self.bind_types(node)
                continue
            inner = Cursor(c.source, node)
            inner.keyword()
            imports = self.bind(word, node, inner)
            if imports and defined is not None:
                raise c.malformed(f"import after {'function' if defined == 'func' else defined}", node)
            if not imports and word in _DEFINED:
                defined = defined or word
            later.append((word, inner))
        for rec in recs:
            self.rectype(rec)
        for word, inner in later:
            _FIELDS[word](self, inner)
            inner.finish()
        return self.finish(at)

    def bind_types(self, node: SList) -> None:
        """Identifiers of the types of a group; the types themselves come in the second pass."""
        for entry in [node] if head(node) == "type" else [n for n in node.items if isinstance(n, SList) and head(n) == "type"]:
            c = Cursor(self.source, entry)
            c.keyword()
            self.spaces.bind(c, self.spaces.types, NameKind.TYPE)

    def bind(self, word: str, node: SList, c: Cursor) -> bool:
        """Identifiers of a field; whether it is an import."""
        spaces = self.spaces
        if word == "import":
            for entry in node.items:
                kind = head(entry) if isinstance(entry, SList) and not isinstance(entry, Annotation) else None
                if isinstance(entry, SList) and kind in _DEFINED:
                    inner = Cursor(self.source, entry)
                    inner.keyword()
                    spaces.bind(inner, *self.space(kind))
            return True
        if word in ("elem", "data"):
            space, name_kind = (spaces.elems, NameKind.ELEM) if word == "elem" else (spaces.datas, NameKind.DATA)
            spaces.bind(c, space, name_kind)
            return False
        if word not in _DEFINED:
            return False
        spaces.bind(c, *self.space(word))
        imports = False
        for entry in node.items:
            kind = head(entry) if isinstance(entry, SList) else None
            if word == "table" and kind == "elem":
                spaces.elems.count += 1
            elif word == "memory" and kind == "data":
                spaces.datas.count += 1
            elif kind == "import":
                imports = True
        return imports

    def space(self, word: str) -> tuple[IndexSpace, NameKind]:
        """The index space of what a keyword defines."""
        spaces = self.spaces
        match word:
            case "func":
                return spaces.funcs, NameKind.FUNC
            case "table":
                return spaces.tables, NameKind.TABLE
            case "memory":
                return spaces.memories, NameKind.MEMORY
            case "global":
                return spaces.globals, NameKind.GLOBAL
        return spaces.tags, NameKind.TAG

    # --- second pass: types

    def rectype(self, node: SList) -> None:
        """`(type ...)` or `(rec (type ...)*)` ("Recursive Types")."""
        self.places.append(node.start)
        if head(node) == "type":
            self.spaces.add_type(t.RecType((self.typedef(node, len(self.spaces.subs)),)))
            return
        c = Cursor(self.source, node)
        c.keyword()
        first = len(self.spaces.subs)
        subs: list[t.SubType] = []
        while not c.done:
            if c.head() != "type":
                raise c.unexpected("`(type`")
            entry = c.next()
            assert isinstance(entry, SList)
            subs.append(self.typedef(entry, first + len(subs)))
        self.spaces.add_type(t.RecType(tuple(subs)))

    def typedef(self, node: SList, index: int) -> t.SubType:
        c = Cursor(self.source, node)
        c.keyword()
        types.binding(c)
        fields = self.spaces.fields.setdefault(index, IndexSpace("field"))

        def name_field(at: int, token: Token | None, text: str | None) -> None:
            if token is not None:
                fields.name(c, token, at)
            if text is not None:
                self.spaces.names.add_within(NameKind.FIELD, index, at, text)

        sub = types.subtype(c, self.spaces.types.index, name_field)
        c.finish()
        return sub

    # --- third pass: the rest

    def next_index(self, word: str) -> int:
        """The index of the definition being read."""
        index = self.counts.get(word, 0)
        self.counts[word] = index + 1
        return index

    def import_(self, c: Cursor) -> None:
        """`(import "module" "name" externtype)`"""
        at = c.end
        module, name = c.name(), c.name()
        word, inner = c.headed(*_DEFINED)
        types.binding(inner)
        desc = self.import_desc(word, inner, self.next_index(word))
        inner.finish()
        self.out.imports.append(Import(module, name, desc, at=self.start_of(c, at)))

    def start_of(self, c: Cursor, at: int) -> int:
        """Where a field starts: its keyword."""
        return c.items[0].start if c.items else at

    def import_desc(self, word: str, c: Cursor, index: int) -> ImportDesc:
        """What an import declares, from behind the identifier."""
        idx = self.spaces.types.index
        match word:
            case "func":
                return self.type_use(c, index)[0]
            case "table":
                return types.tabletype(c, idx)
            case "memory":
                return types.memorytype(c)
            case "global":
                return types.globaltype(c, idx)
        return t.TagType(self.spaces.type_use(c, bind=True)[0])

    def type_use(self, c: Cursor, func: int) -> tuple[int, IndexSpace]:
        """A function's type and the locals that its parameters are."""
        index, params = self.spaces.type_use(c, bind=True)
        for i, param in enumerate(params):
            if param.name is not None:
                self.spaces.names.add_within(NameKind.LOCAL, func, i, param.name)
        subs = self.spaces.subs
        return index, locals_space(c, params, subs[index] if index < len(subs) else None)

    def begin(self, c: Cursor, word: str) -> tuple[int, bool]:
        """A definition's inline exports and import; its index, and whether it was an import and is done with."""
        index = self.next_index(word)
        kind = _KINDS[word]
        while (inner := c.list("export")) is not None:
            self.out.exports.append(Export(inner.name(), kind, index, at=self.start_of(inner, inner.end)))
            inner.finish()
        inner = c.list("import")
        if inner is None:
            return index, False
        module, name = inner.name(), inner.name()
        inner.finish()
        desc = self.import_desc(word, c, index)
        self.out.imports.append(Import(module, name, desc, at=self.start_of(c, c.end)))
        return index, True

    def func(self, c: Cursor) -> None:
        """`(func id? export* import? typeuse local* instr*)`"""
        at = self.start_of(c, c.end)
        index, done = self.begin(c, "func")
        if done:
            return
        type, locals = self.type_use(c, index)
        runs: list[tuple[int, t.ValType]] = []
        while (inner := c.list("local")) is not None:
            for local in types.named(inner, self.spaces.types.index):
                i = locals.bind(c, local.token)
                if local.name is not None:
                    self.spaces.names.add_within(NameKind.LOCAL, index, i, local.name)
                if runs and runs[-1][1] == local.type:
                    runs[-1] = (runs[-1][0] + 1, local.type)
                else:
                    runs.append((1, local.type))
        body = Body(self.spaces, locals, index).parse(c)
        self.out.funcs.append(Func(type, tuple(runs), body, at=at))

    def expr(self, c: Cursor) -> Expr:
        """Instructions up to the end of the list."""
        return Body(self.spaces).parse(c)

    def table(self, c: Cursor) -> None:
        """`(table id? export* import? (tabletype expr? | addrtype? reftype (elem ...)))`"""
        at = self.start_of(c, c.end)
        index, done = self.begin(c, "table")
        if done:
            return
        start = c.pos
        addr64 = types.address(c)
        if types.at_reftype(c):
            element = types.reftype(c, self.spaces.types.index)
            inner = c.expect_list("elem")
            items = self.elem_items(inner)
            inner.finish()
            limits = t.Limits(len(items), len(items), addr64)
            self.out.tables.append(Table(t.TableType(limits, element), at=at))
            offset = _zero(addr64, at)
            funcs = [item for item in items if isinstance(item, int)]
            if funcs and element.heap is t.HeapKind.FUNC:
                element = _FUNC_REF
            elif funcs:
                items = tuple(Expr(((_REF_FUNC, func),), (at, at)) for func in funcs)
            self.out.elems.append(Elem(ElemMode.ACTIVE, element, items, index, offset, at=at))
            return
        c.pos = start
        type = types.tabletype(c, self.spaces.types.index)
        init = None if c.done else self.expr(c)
        self.out.tables.append(Table(type, init, at=at))

    def memory(self, c: Cursor) -> None:
        """`(memory id? export* import? (memtype | addrtype? (data ...)))`"""
        at = self.start_of(c, c.end)
        index, done = self.begin(c, "memory")
        if done:
            return
        start = c.pos
        addr64 = types.address(c)
        page_size = types.page_size(c)
        inner = c.list("data")
        if inner is None:
            c.pos = start
            self.out.memories.append(Memory(types.memorytype(c), at=at))
            return
        content = inner.strings()
        inner.finish()
        pages = (len(content) + (1 << page_size) - 1) >> page_size
        self.out.memories.append(Memory(t.MemoryType(t.Limits(pages, pages, addr64), page_size), at=at))
        self.out.datas.append(Data(content, index, _zero(addr64, at), at=at))

    def tag(self, c: Cursor) -> None:
        """`(tag id? export* import? typeuse)`"""
        at = self.start_of(c, c.end)
        _, done = self.begin(c, "tag")
        if not done:
            self.out.tags.append(Tag(t.TagType(self.spaces.type_use(c, bind=True)[0]), at=at))

    def global_(self, c: Cursor) -> None:
        """`(global id? export* import? globaltype expr)`"""
        at = self.start_of(c, c.end)
        _, done = self.begin(c, "global")
        if not done:
            type = types.globaltype(c, self.spaces.types.index)
            self.out.globals.append(Global(type, self.expr(c), at=at))

    def export(self, c: Cursor) -> None:
        """`(export "name" (kind index))`"""
        at = self.start_of(c, c.end)
        name = c.name()
        word, inner = c.headed(*_DEFINED)
        index = self.space(word)[0].index(inner)
        inner.finish()
        self.out.exports.append(Export(name, _KINDS[word], index, at=at))

    def start(self, c: Cursor) -> None:
        """`(start func)`"""
        at = self.start_of(c, c.end)
        if self.out.start is not None:
            raise c.malformed("multiple start sections", c.items[0])
        self.out.start = Start(self.spaces.funcs.index(c), at=at)

    def offset(self, c: Cursor) -> Expr:
        """`(offset instr*)`, or one folded instruction ("Data Segments")."""
        inner = c.list("offset")
        return Body(self.spaces).parse_folded(c) if inner is None else self.expr(inner)

    def elem_items(self, c: Cursor) -> tuple[int, ...] | tuple[Expr, ...]:
        """Expressions, or function indices, to the end of the list."""
        return self.func_indices(c) if self.spaces.funcs.at_index(c) else self.elem_exprs(c)

    def elem_exprs(self, c: Cursor) -> tuple[Expr, ...]:
        """`(item instr*)` or folded instructions, to the end of the list."""
        exprs = []
        while not c.done:
            inner = c.list("item")
            exprs.append(Body(self.spaces).parse_folded(c) if inner is None else self.expr(inner))
        return tuple(exprs)

    def func_indices(self, c: Cursor) -> tuple[int, ...]:
        indices = []
        while not c.done:
            indices.append(self.spaces.funcs.index(c))
        return tuple(indices)

    def elem_list(self, c: Cursor, bare: bool) -> tuple[t.RefType, tuple[int, ...] | tuple[Expr, ...]]:
        """`reftype expr*` or `func index*`; with `bare` the word `func` may be missing ("Element Segments")."""
        if c.keyword("func") is not None:
            return _FUNC_REF, self.func_indices(c)
        if not types.at_reftype(c) and bare:
            return _FUNC_REF, self.func_indices(c)
        return types.reftype(c, self.spaces.types.index), self.elem_exprs(c)

    def elem(self, c: Cursor) -> None:
        """`(elem id? (declare | (table x)? offset)? list)`"""
        at = self.start_of(c, c.end)
        if c.keyword("declare") is not None:
            type, items = self.elem_list(c, bare=False)
            self.out.elems.append(Elem(ElemMode.DECLARE, type, items, at=at))
            return
        table_use = c.list("table")
        table = 0
        if table_use is not None:
            table = self.spaces.tables.index(table_use)
            table_use.finish()
        elif c.token(Kind.KEYWORD) is not None or types.at_reftype(c):
            type, items = self.elem_list(c, bare=False)
            self.out.elems.append(Elem(ElemMode.PASSIVE, type, items, at=at))
            return
        offset = self.offset(c)
        type, items = self.elem_list(c, bare=True)
        self.out.elems.append(Elem(ElemMode.ACTIVE, type, items, table, offset, at=at))

    def data(self, c: Cursor) -> None:
        """`(data id? ((memory x)? offset)? string*)`"""
        at = self.start_of(c, c.end)
        memory_use = c.list("memory")
        memory = 0
        if memory_use is not None:
            memory = self.spaces.memories.index(memory_use)
            memory_use.finish()
        active = memory_use is not None or isinstance(c.peek(), SList)
        offset = self.offset(c) if active else None
        self.out.datas.append(Data(c.strings(), memory, offset, at=at))

    # --- custom sections

    def custom(self, c: Cursor) -> None:
        """`(@custom "name" place? string*)` ("Custom Annotations")"""
        at = self.start_of(c, c.end)
        name = c.name()
        after, section = True, None
        if isinstance(c.peek(), SList):
            side, place = c.headed("before", "after")
            after = side == "after"
            word = place.expect_keyword("first" if not after else "last", *_SECTION_WORDS)
            section = _SECTION_WORDS.get(word)
            place.finish()
        self.out.customs.append(_Custom(name, c.strings(), after, section, at))
        c.finish()

    def place_customs(self, module: Module) -> tuple[Custom, ...]:
        """Custom sections in their order, each after the section it follows in the binary."""
        present = _present(module)
        last = present[-1] if present else Section.CUSTOM
        placed: list[tuple[int, int, Custom]] = []
        for custom in self.out.customs:
            if custom.section is None:
                after, rank = (last, len(SECTION_ORDER) * 2) if custom.after else (Section.CUSTOM, -1)
            else:
                index = SECTION_ORDER.index(custom.section)
                rank = 2 * index + custom.after
                before = [s for s in present if SECTION_ORDER.index(s) < index + custom.after]
                after = before[-1] if before else Section.CUSTOM
            placed.append((rank, len(placed), Custom(custom.name, custom.content, after, at=custom.at)))
        placed.sort(key=lambda entry: entry[:2])
        customs = [custom for _, _, custom in placed]
        if self.spaces.names:
            end = len(SECTION_ORDER) * 2
            at = sum(rank < end for rank, _, _ in placed)
            found = name_section.encode(self.spaces.names)
            customs.insert(at, Custom(found.name, found.content, last))
        return tuple(customs)

    def finish(self, at: int) -> Module:
        out = self.out

        def module(customs: tuple[Custom, ...], data_count: bool) -> Module:
            return Module(
                tuple(self.spaces.recs),
                tuple(out.imports),
                tuple(out.funcs),
                tuple(out.tables),
                tuple(out.memories),
                tuple(out.tags),
                tuple(out.globals),
                tuple(out.exports),
                out.start,
                tuple(out.elems),
                tuple(out.datas),
                customs,
                data_count,
                (*self.places, *[at] * (len(self.spaces.recs) - len(self.places))),
                at=at,
            )

        bare = module((), False)
        data_count = needs_data_count(bare)
        if not out.customs and not self.spaces.names:
            return module((), data_count)
        return module(self.place_customs(module((), data_count)), data_count)


def _present(module: Module) -> list[Section]:
    """The sections the binary of a module has, in order."""
    content: dict[Section, object] = {
        Section.TYPE: module.types,
        Section.IMPORT: module.imports,
        Section.FUNC: module.funcs,
        Section.TABLE: module.tables,
        Section.MEMORY: module.memories,
        Section.TAG: module.tags,
        Section.GLOBAL: module.globals,
        Section.EXPORT: module.exports,
        Section.START: module.start,
        Section.ELEM: module.elems,
        Section.DATA_COUNT: module.has_data_count,
        Section.CODE: module.funcs,
        Section.DATA: module.datas,
    }
    return [section for section in SECTION_ORDER if content[section]]


def _zero(addr64: bool, at: int) -> Expr:
    """The offset of an inline segment."""
    return Expr(((BY_NAME["i64.const" if addr64 else "i32.const"], 0),), (at, at))


_KINDS = {
    "func": ExternKind.FUNC,
    "table": ExternKind.TABLE,
    "memory": ExternKind.MEMORY,
    "global": ExternKind.GLOBAL,
    "tag": ExternKind.TAG,
}
_DEFINED = tuple(_KINDS)

_FIELDS: dict[str | None, Callable[[_Parser, Cursor], None]] = {
    "import": _Parser.import_,
    "func": _Parser.func,
    "table": _Parser.table,
    "memory": _Parser.memory,
    "tag": _Parser.tag,
    "global": _Parser.global_,
    "export": _Parser.export,
    "start": _Parser.start,
    "elem": _Parser.elem,
    "data": _Parser.data,
    "type": lambda parser, c: None,
    "rec": lambda parser, c: None,
}
