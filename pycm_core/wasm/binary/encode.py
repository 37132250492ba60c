"""Modules to bytes (core specification, "Binary Format"): the mirror of `types`, `instructions` and `module`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pycm_core.base.writer import name, signed, sized, unsigned, vector
from pycm_core.wasm.binary.sections import MAGIC, VERSION
from pycm_core.wasm.binary.types import (
    ARRAY,
    FUNC,
    HEAP_KINDS,
    NUM_TYPES,
    PACK_TYPES,
    REC,
    REF,
    REF_NULL,
    STRUCT,
    SUB,
    SUB_FINAL,
)
from pycm_core.wasm.syntax.instructions import CATCH_KINDS, OPS, Catch, Imm, Instr, Op
from pycm_core.wasm.syntax.module import (
    SECTION_ORDER,
    Custom,
    Data,
    Elem,
    ElemMode,
    Export,
    Expr,
    Func,
    Global,
    Import,
    ImportDesc,
    Memory,
    Module,
    Section,
    Table,
    Tag,
)
from pycm_core.wasm.syntax.types import (
    CompType,
    DefType,
    FieldType,
    FuncType,
    GlobalType,
    HeapKind,
    Limits,
    MemoryType,
    PackType,
    RecType,
    RefType,
    StructType,
    SubType,
    TableType,
    TagType,
    ValType,
)

_NUM_BYTES = {type: bytes([code]) for code, type in NUM_TYPES.items()}
_PACK_BYTES = {type: bytes([code]) for code, type in PACK_TYPES.items()}
_HEAP_BYTES = {kind: bytes([code]) for code, kind in HEAP_KINDS.items()}


# --- types --------------------------------------------------------------------------------------------------------------


def index_of(heap: HeapKind | int | DefType) -> int:
    """A type index; a closed type has no place in a binary."""
    if not isinstance(heap, int):
        raise TypeError("a closed type cannot be encoded")
    return heap


def heaptype(heap: HeapKind | int | DefType) -> bytes:
    return _HEAP_BYTES[heap] if isinstance(heap, HeapKind) else signed(index_of(heap))


def reftype(type: RefType) -> bytes:
    """In its short form where there is one."""
    if type.nullable and isinstance(type.heap, HeapKind):
        return _HEAP_BYTES[type.heap]
    return bytes([REF_NULL if type.nullable else REF]) + heaptype(type.heap)


def valtype(type: ValType) -> bytes:
    return reftype(type) if isinstance(type, RefType) else _NUM_BYTES[type]


def functype(type: FuncType) -> bytes:
    """With its 0x60."""
    return bytes([FUNC]) + vector([valtype(t) for t in type.params]) + vector([valtype(t) for t in type.results])


def _fieldtype(field: FieldType) -> bytes:
    type = field.type
    return (_PACK_BYTES[type] if isinstance(type, PackType) else valtype(type)) + bytes([field.mutable])


def comptype(type: CompType) -> bytes:
    if isinstance(type, FuncType):
        return functype(type)
    if isinstance(type, StructType):
        return bytes([STRUCT]) + vector([_fieldtype(f) for f in type.fields])
    return bytes([ARRAY]) + _fieldtype(type.field)


def subtype(sub: SubType) -> bytes:
    """In its short form where there is one."""
    if sub.final and not sub.supers:
        return comptype(sub.type)
    supers = vector([unsigned(index_of(i)) for i in sub.supers])
    return bytes([SUB_FINAL if sub.final else SUB]) + supers + comptype(sub.type)


def rectype(rec: RecType) -> bytes:
    if len(rec.types) == 1:
        return subtype(rec.types[0])
    return bytes([REC]) + vector([subtype(sub) for sub in rec.types])


def limits(limits: Limits, flags: int = 0) -> bytes:
    flags |= (limits.max is not None) | limits.shared << 1 | limits.addr64 << 2
    return bytes([flags]) + unsigned(limits.min) + (b"" if limits.max is None else unsigned(limits.max))


def memorytype(type: MemoryType) -> bytes:
    if type.page_size_log2 == 16:
        return limits(type.limits)
    return limits(type.limits, 8) + unsigned(type.page_size_log2)


def tabletype(type: TableType) -> bytes:
    return reftype(type.element) + limits(type.limits)


def globaltype(type: GlobalType) -> bytes:
    return valtype(type.type) + bytes([type.mutable])


def tagtype(type: TagType) -> bytes:
    if not isinstance(type.type, int):
        raise TypeError("a closed type cannot be encoded")
    return b"\0" + unsigned(type.type)


def externtype(type: ImportDesc) -> bytes:
    if isinstance(type, int):
        return b"\0" + unsigned(type)
    if isinstance(type, TableType):
        return b"\1" + tabletype(type)
    if isinstance(type, MemoryType):
        return b"\2" + memorytype(type)
    if isinstance(type, GlobalType):
        return b"\3" + globaltype(type)
    return b"\4" + tagtype(type)


# --- instructions -------------------------------------------------------------------------------------------------------


def _blocktype(type: ValType | int | None) -> bytes:
    if type is None:
        return b"\x40"
    return signed(type) if isinstance(type, int) else valtype(type)


def _catch(catch: Catch) -> bytes:
    tag = b"" if catch.tag is None else unsigned(catch.tag)
    return bytes([CATCH_KINDS.index(catch.kind)]) + tag + unsigned(catch.label)


def _memarg(align: int, offset: int, memory: int) -> bytes:
    if memory:
        return unsigned(align | 0x40) + unsigned(memory) + unsigned(offset)
    return unsigned(align) + unsigned(offset)


_WRITE: dict[Imm, Callable[[Any], bytes]] = {
    Imm.BLOCK: _blocktype,
    Imm.CATCHES: lambda catches: vector([_catch(c) for c in catches]),
    Imm.LABEL: unsigned,
    Imm.LOCAL: unsigned,
    Imm.GLOBAL: unsigned,
    Imm.FUNC: unsigned,
    Imm.TYPE: unsigned,
    Imm.FIELD: unsigned,
    Imm.TABLE: unsigned,
    Imm.MEM: unsigned,
    Imm.ELEM: unsigned,
    Imm.DATA: unsigned,
    Imm.TAG: unsigned,
    Imm.COUNT: unsigned,
    Imm.TYPES: lambda types: vector([valtype(t) for t in types]),
    Imm.HEAP: heaptype,
    Imm.LANE: lambda lane: bytes([lane]),
    Imm.LANES: lambda lanes: lanes,
    Imm.I32: signed,
    Imm.I64: signed,
    Imm.F32: lambda bits: bits.to_bytes(4, "little"),
    Imm.F64: lambda bits: bits.to_bytes(8, "little"),
    Imm.V128: lambda content: content,
}


def _opcode(op: Op) -> bytes:
    return bytes([op.code]) if op.prefix is None else bytes([op.prefix]) + unsigned(op.code)


_OPCODES = {op: _opcode(op) for op in OPS}


def instr(instr: Instr) -> bytes:
    """One instruction, its opcode included."""
    op: Op = instr[0]
    code = _OPCODES[op]
    immediates = op.immediates
    if not immediates:
        return code
    first = immediates[0]
    if first is Imm.MEMARG:
        out = code + _memarg(*instr[1:4])
        return out if len(immediates) == 1 else out + bytes(instr[4:])
    if first is Imm.LABELS:
        return code + vector([unsigned(label) for label in instr[1]]) + unsigned(instr[2])
    if Imm.CAST in immediates:
        label, source, target = instr[1:]
        return (
            code
            + bytes([source.nullable | target.nullable << 1])
            + unsigned(label)
            + heaptype(source.heap)
            + heaptype(target.heap)
        )
    return code + b"".join([_WRITE[imm](value) for imm, value in zip(immediates, instr[1:], strict=True)])


def expr(expr: Expr) -> bytes:
    """Instructions and the `end` that closes them."""
    return b"".join([instr(i) for i in expr.instrs]) + b"\x0b"


# --- modules ------------------------------------------------------------------------------------------------------------


def import_(entry: Import) -> bytes:
    return name(entry.module) + name(entry.name) + externtype(entry.type)


def _table(table: Table) -> bytes:
    if table.init is None:
        return tabletype(table.type)
    return b"\x40\0" + tabletype(table.type) + expr(table.init)


def _memory(memory: Memory) -> bytes:
    return memorytype(memory.type)


def _tag(tag: Tag) -> bytes:
    return tagtype(tag.type)


def _global(global_: Global) -> bytes:
    return globaltype(global_.type) + expr(global_.init)


def _export(export: Export) -> bytes:
    return name(export.name) + bytes([export.kind.value]) + unsigned(export.index)


def _elem(elem: Elem) -> bytes:
    """In the shortest of the eight forms that says the same ("Element Section")."""
    exprs = [item for item in elem.items if isinstance(item, Expr)]
    by_index = not exprs and elem.type == RefType(False, HeapKind.FUNC)
    short_type = by_index or elem.type == RefType(True, HeapKind.FUNC)
    flags = 0 if by_index else 4
    out = b""
    if elem.mode is ElemMode.ACTIVE:
        if elem.table or elem.explicit or not short_type:
            flags |= 2
            out += unsigned(elem.table)
        assert elem.offset is not None
        out += expr(elem.offset)
    else:
        flags |= 3 if elem.mode is ElemMode.DECLARE else 1
    if flags & 3:
        out += b"\0" if by_index else reftype(elem.type)
    items = [unsigned(item) if isinstance(item, int) else expr(item) for item in elem.items]
    return unsigned(flags) + out + vector(items)


def _code(func: Func) -> bytes:
    runs = vector([unsigned(count) + valtype(type) for count, type in func.locals])
    return sized(runs + expr(func.body))


def _data(data: Data) -> bytes:
    if data.offset is None:
        return b"\1" + sized(data.content)
    if data.memory or data.explicit:
        return b"\2" + unsigned(data.memory) + expr(data.offset) + sized(data.content)
    return b"\0" + expr(data.offset) + sized(data.content)


_DATA_OPS = frozenset(op for op in OPS if Imm.DATA in op.immediates)


def needs_data_count(module: Module) -> bool:
    """Whether an instruction names a data segment, so that a data count section must stand before the code."""
    return any(i[0] in _DATA_OPS for func in module.funcs for i in func.body.instrs)


def custom(section: Custom) -> bytes:
    """A whole custom section."""
    return b"\0" + sized(name(section.name) + section.content)


def _contents(module: Module) -> dict[Section, bytes]:
    """The non-empty sections."""
    lists: tuple[tuple[Section, Iterable[Any], Callable[[Any], bytes]], ...] = (
        (Section.TYPE, module.types, rectype),
        (Section.IMPORT, module.imports, import_),
        (Section.FUNC, module.funcs, lambda func: unsigned(func.type)),
        (Section.TABLE, module.tables, _table),
        (Section.MEMORY, module.memories, _memory),
        (Section.TAG, module.tags, _tag),
        (Section.GLOBAL, module.globals, _global),
        (Section.EXPORT, module.exports, _export),
        (Section.ELEM, module.elems, _elem),
        (Section.CODE, module.funcs, _code),
        (Section.DATA, module.datas, _data),
    )
    contents = {section: vector([encode(item) for item in items]) for section, items, encode in lists if items}
    if module.start is not None:
        contents[Section.START] = unsigned(module.start.func)
    if module.has_data_count or needs_data_count(module):
        contents[Section.DATA_COUNT] = unsigned(len(module.datas))
    return contents


def encode(module: Module) -> bytes:
    """The bytes of `module`, numbers in their shortest form, sections without content left out."""
    customs: dict[Section, list[bytes]] = {}
    for section in module.customs:
        customs.setdefault(section.after, []).append(custom(section))
    contents = _contents(module)
    out = [MAGIC, VERSION, *customs.get(Section.CUSTOM, ())]
    for id in SECTION_ORDER:
        content = contents.get(id)
        if content is not None:
            out.append(bytes([id.value]) + sized(content))
        out.extend(customs.get(id, ()))
    return b"".join(out)
