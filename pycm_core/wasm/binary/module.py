"""Modules in the binary format (core specification, "Binary Format", "Modules")."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from pycm_core.base.collection import paused_collection
from pycm_core.base.errors import Exhaustion, Invalid, Offset, PyCMError
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.reader import Bytes, Reader
from pycm_core.wasm.binary.instructions import CodeReader, expr
from pycm_core.wasm.binary.sections import SectionRange, sections
from pycm_core.wasm.binary.types import (
    globaltype,
    memorytype,
    rectype,
    reftype,
    tabletype,
    tagtype,
    valtype,
)
from pycm_core.wasm.syntax.module import (
    Custom,
    Data,
    Elem,
    ElemMode,
    Export,
    ExternKind,
    Func,
    Global,
    Import,
    ImportDesc,
    Memory,
    Module,
    ModuleType,
    Section,
    Start,
    Table,
    Tag,
)
from pycm_core.wasm.syntax.types import (
    ExternType,
    GlobalType,
    HeapKind,
    MemoryType,
    RecType,
    RefType,
    TableType,
    TagType,
    ValType,
)
from pycm_core.wasm.syntax.typespace import TypeSpace

__all__ = ["ModuleStream", "ModuleType", "SectionRange", "decode", "module_type", "sections"]

T = TypeVar("T")

_FUNC_REF = RefType(False, HeapKind.FUNC)
_NULL_FUNC_REF = RefType(True, HeapKind.FUNC)

_KINDS = {kind.value: kind for kind in ExternKind}


def externtype(reader: Reader) -> ImportDesc:
    """An import's type ("External Types"): a type index for a function."""
    at = reader.at
    code = reader.byte()
    if code == 0:
        return reader.u32()
    if code == 1:
        return tabletype(reader)
    if code == 2:
        return memorytype(reader)
    if code == 3:
        return globaltype(reader)
    if code == 4:
        return tagtype(reader)
    raise reader.malformed("malformed import kind", at)


def import_(reader: Reader) -> Import:
    """("Import Section")"""
    at = reader.at
    module = reader.name()
    name = reader.name()
    return Import(module, name, externtype(reader), at=at)


def _export(reader: Reader) -> Export:
    at = reader.at
    name = reader.name()
    kind_at = reader.at
    kind = _KINDS.get(reader.byte())
    if kind is None:
        raise reader.malformed("malformed export kind", kind_at)
    return Export(name, kind, reader.u32(), at=at)


def _table(reader: CodeReader) -> Table:
    at = reader.at
    if reader.peek() != 0x40:
        return Table(tabletype(reader), at=at)
    reader.pos += 1
    if reader.byte() != 0:
        raise reader.malformed("zero byte expected", reader.at - 1)
    type = tabletype(reader)
    return Table(type, expr(reader), at=at)


def _memory(reader: CodeReader) -> Memory:
    at = reader.at
    return Memory(memorytype(reader), at=at)


def _tag(reader: CodeReader) -> Tag:
    at = reader.at
    return Tag(tagtype(reader), at=at)


def _global(reader: CodeReader) -> Global:
    at = reader.at
    type = globaltype(reader)
    return Global(type, expr(reader), at=at)


def _elem(reader: CodeReader) -> Elem:
    """Bit 0: passive or declarative; bit 1: explicit index, or declarative; bit 2: expressions ("Element Section")."""
    at = reader.at
    flags = reader.u32()
    if flags > 7:
        raise reader.malformed("malformed elements segment kind", at)
    mode, table, offset = ElemMode.ACTIVE, 0, None
    if flags & 1:
        mode = ElemMode.DECLARE if flags & 2 else ElemMode.PASSIVE
    else:
        table = reader.u32() if flags & 2 else 0
        offset = expr(reader)
    explicit = flags & 3 == 2
    if flags & 4:
        type = reftype(reader) if flags & 3 else _NULL_FUNC_REF
        items = tuple([expr(reader) for _ in range(reader.count())])
        return Elem(mode, type, items, table, offset, explicit, at=at)
    if flags & 3:
        kind_at = reader.at
        if reader.byte() != 0:
            raise reader.malformed("malformed element kind", kind_at)
    funcs = tuple([reader.u32() for _ in range(reader.count())])
    return Elem(mode, _FUNC_REF, funcs, table, offset, explicit, at=at)


def _data(reader: CodeReader) -> Data:
    at = reader.at
    flags = reader.u32()
    if flags > 2:
        raise reader.malformed("malformed data segment kind", at)
    memory = reader.u32() if flags == 2 else 0
    offset = None if flags == 1 else expr(reader)
    return Data(reader.take(reader.u32()), memory, offset, flags == 2, at=at)


def _code(reader: CodeReader) -> tuple[int, tuple[tuple[int, ValType], ...], CodeReader]:
    """One entry of the code section up to its body: offset, locals, and a reader of the rest."""
    at = reader.at
    size = reader.u32()
    base = reader.at
    body = CodeReader(reader.take(size), base)
    total = 0
    runs: list[tuple[int, ValType]] = []
    for _ in range(body.count(2)):
        run_at = body.at
        count = body.u32()
        total += count
        if total >= 1 << 32:
            raise body.malformed("too many locals", run_at)
        type = valtype(body)
        if runs and runs[-1][1] == type:
            runs[-1] = (runs[-1][0] + count, type)
        elif count:
            runs.append((count, type))
    return at, tuple(runs), body


class _Decoder:
    """Sections of one module, each read on its own."""

    __slots__ = ("at", "data", "limits", "ranges")

    def __init__(self, data: Bytes, at: int, limits: Limits) -> None:
        self.data = data
        self.at = at
        self.limits = limits
        self.ranges: dict[Section, SectionRange] = {s.id: s for s in sections(data, at) if s.id is not Section.CUSTOM}

    def reader(self, section: SectionRange) -> CodeReader:
        return CodeReader(bytes(self.data[section.start : section.end]), self.at + section.start)

    def count(self, reader: Reader) -> int:
        """The length of a section's vector, bounded."""
        at = reader.at
        count = reader.count()
        if count > self.limits.definitions:
            raise Exhaustion(f"{count} items in a section, the limit is {self.limits.definitions}", Offset(at))
        return count

    def vector(self, id: Section, item: Callable[[CodeReader], T]) -> tuple[T, ...]:
        """The items of a section that is a vector; none when it is absent."""
        section = self.ranges.get(id)
        if section is None:
            return ()
        reader = self.reader(section)
        items: list[T] = []
        try:
            for _ in range(self.count(reader)):
                items.append(item(reader))
        except PyCMError as e:
            e.add_context(id.name.lower(), len(items))
            raise
        self.close(reader)
        return tuple(items)

    def close(self, reader: Reader) -> None:
        """A section must be used up."""
        if not reader.done:
            raise reader.malformed("section size mismatch: bytes are left in the section")

    def u32(self, id: Section) -> tuple[int, int] | None:
        """The only number of a section, and its offset."""
        section = self.ranges.get(id)
        if section is None:
            return None
        reader = self.reader(section)
        at = reader.at
        value = reader.u32()
        self.close(reader)
        return value, at

    def types(self) -> tuple[tuple[RecType, int], ...]:
        def placed(reader: CodeReader) -> tuple[RecType, int]:
            at = reader.at
            return rectype(reader), at

        return self.vector(Section.TYPE, placed)

    def imports(self) -> tuple[Import, ...]:
        return self.vector(Section.IMPORT, import_)

    def type_indices(self) -> tuple[int, ...]:
        return self.vector(Section.FUNC, CodeReader.u32)

    def funcs(self, types: tuple[int, ...], has_data_count: bool) -> Iterator[Func]:
        """Functions from the function and the code section ("Code Section"), each decoded when it is asked for."""
        section = self.ranges.get(Section.CODE)
        if section is None:
            if types:
                raise self.inconsistent("function and code section", self.ranges[Section.FUNC])
            return
        reader = self.reader(section)
        if reader.u32() != len(types):
            raise self.inconsistent("function and code section", section)
        for i, type in enumerate(types):
            try:
                at, runs, body = _code(reader)
                code = expr(body)
                if not body.done:
                    raise body.malformed("section size mismatch: bytes are left behind the function's `end`")
                if body.data_use is not None and not has_data_count:
                    raise body.malformed("data count section required", body.data_use)
            except PyCMError as e:
                e.add_context("code", i)
                raise
            yield Func(type, runs, code, at=at)
        self.close(reader)

    def inconsistent(self, what: str, section: SectionRange) -> PyCMError:
        return Reader(self.data, section.start, base=self.at).malformed(f"{what} have inconsistent lengths")

    def customs(self) -> tuple[Custom, ...]:
        """Custom sections, each after the last section before it that has something in it: encoding leaves empty ones out."""
        customs = []
        after = Section.CUSTOM
        for section in sections(self.data, self.at):
            reader = self.reader(section)
            if section.id is Section.CUSTOM:
                name = reader.name()
                content = reader.take(len(reader.data) - reader.pos)
                customs.append(Custom(name, content, after, at=self.at + section.header))
            elif section.id in (Section.START, Section.DATA_COUNT) or reader.u32():
                after = section.id
        return tuple(customs)

    def module(self) -> tuple[Module, tuple[int, ...]]:
        """The module without its functions, and the types of those."""
        customs = self.customs()
        types = self.types()
        imports = self.imports()
        type_indices = self.type_indices()
        tables = self.vector(Section.TABLE, _table)
        memories = self.vector(Section.MEMORY, _memory)
        tags = self.vector(Section.TAG, _tag)
        globals = self.vector(Section.GLOBAL, _global)
        exports = self.vector(Section.EXPORT, _export)
        start = self.u32(Section.START)
        elems = self.vector(Section.ELEM, _elem)
        data_count = self.u32(Section.DATA_COUNT)
        datas = self.vector(Section.DATA, _data)
        if data_count is not None and data_count[0] != len(datas):
            raise self.inconsistent("data count and data section", self.ranges[Section.DATA_COUNT])
        module = Module(
            types=tuple(rec for rec, _ in types),
            imports=imports,
            tables=tables,
            memories=memories,
            tags=tags,
            globals=globals,
            exports=exports,
            start=None if start is None else Start(start[0], at=start[1]),
            elems=elems,
            datas=datas,
            customs=customs,
            has_data_count=data_count is not None,
            type_places=tuple(place for _, place in types),
            at=self.at,
        )
        return module, type_indices


class ModuleStream:
    """A module whose functions are decoded one at a time, for those who look at each only once."""

    __slots__ = ("_decoder", "_types", "declared", "module")

    def __init__(self, data: bytes, at: int = 0, limits: Limits = DEFAULT_LIMITS) -> None:
        self._decoder = _Decoder(data, at, limits)
        self.module, self._types = self._decoder.module()
        """Without functions."""
        section = self._decoder.ranges.get(Section.FUNC)
        place = at if section is None else at + section.header
        self.declared: list[tuple[int, int]] = [(type, place) for type in self._types]
        """The type index of each function, and the place of the function section."""

    def bodies(self) -> Iterator[Func]:
        """The functions; `Malformed` comes when the one at fault is reached."""
        return self._decoder.funcs(self._types, self.module.has_data_count)


def decode(data: bytes, at: int = 0, limits: Limits = DEFAULT_LIMITS) -> Module:
    """The module `data`, which lies at `at` in the outermost file. Raises `Malformed` or `Exhaustion`; nothing is validated."""
    with paused_collection():
        decoder = _Decoder(data, at, limits)
        module, types = decoder.module()
        return replace(module, funcs=tuple(decoder.funcs(types, module.has_data_count)))


def module_type(data: Bytes, at: int = 0, limits: Limits = DEFAULT_LIMITS) -> ModuleType:
    """What the module `data` imports and exports, types resolved and closed.

    Function bodies, element and data segments are not read, so the cost does not grow with the size of the code.
    Raises `Malformed`, `Invalid` for an index that is out of bounds, or `Exhaustion`.
    """
    decoder = _Decoder(data, at, limits)
    space = TypeSpace()
    for rec, place in decoder.types():
        try:
            space.add(rec)
        except IndexError:
            raise Invalid("unknown type", Offset(place)) from None
    items: dict[ExternKind, list[ExternType]] = {kind: [] for kind in ExternKind}
    imports = []

    def type_at(offset: int, desc: ImportDesc) -> ExternType:
        try:
            return resolve(space, desc)
        except (IndexError, TypeError):
            raise Invalid("unknown type", Offset(offset)) from None

    for entry in decoder.imports():
        type = type_at(entry.at, entry.type)
        imports.append((entry.module, entry.name, type))
        items[kind_of(type)].append(type)
    func_section = decoder.ranges.get(Section.FUNC)
    for index in decoder.type_indices():
        assert func_section is not None
        items[ExternKind.FUNC].append(type_at(at + func_section.header, index))
    for table in decoder.vector(Section.TABLE, _table):
        items[ExternKind.TABLE].append(type_at(table.at, table.type))
    for memory in decoder.vector(Section.MEMORY, _memory):
        items[ExternKind.MEMORY].append(memory.type)
    for tag in decoder.vector(Section.TAG, _tag):
        items[ExternKind.TAG].append(type_at(tag.at, tag.type))
    for global_ in decoder.vector(Section.GLOBAL, _global):
        items[ExternKind.GLOBAL].append(type_at(global_.at, global_.type))
    exports = []
    for export in decoder.vector(Section.EXPORT, _export):
        space_of_kind = items[export.kind]
        if export.index >= len(space_of_kind):
            raise Invalid(f"unknown {export.kind.name.lower()} {export.index}", Offset(export.at))
        exports.append((export.name, space_of_kind[export.index]))
    return ModuleType(tuple(imports), tuple(exports))


def kind_of(type: ExternType) -> ExternKind:
    """The kind of item that has this type."""
    if isinstance(type, TableType):
        return ExternKind.TABLE
    if isinstance(type, MemoryType):
        return ExternKind.MEMORY
    if isinstance(type, GlobalType):
        return ExternKind.GLOBAL
    return ExternKind.TAG if isinstance(type, TagType) else ExternKind.FUNC


def resolve(space: TypeSpace, desc: ImportDesc) -> ExternType:
    """An import's type, closed. Raises `IndexError` for an unknown type, `TypeError` where a function type is wanted."""
    if isinstance(desc, int):
        return space.func(desc)
    if isinstance(desc, TagType):
        return TagType(space.func(desc.type) if isinstance(desc.type, int) else desc.type)
    if isinstance(desc, GlobalType):
        return GlobalType(space.close(desc.type), desc.mutable)
    if isinstance(desc, TableType):
        return TableType(desc.limits, space.close_ref(desc.element))
    return desc
