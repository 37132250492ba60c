"""Instructions and expressions in the binary format (core specification, "Binary Format", "Instructions")."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from pycm_core.base.errors import Malformed
from pycm_core.base.reader import Reader
from pycm_core.wasm.binary.types import REF, REF_NULL, SHORT_VAL_TYPES, heaptype, reftype, valtype
from pycm_core.wasm.syntax.instructions import (
    BY_CODE,
    BY_PREFIX,
    CATCH_KINDS,
    ELSE,
    END,
    IF,
    OPENERS,
    Catch,
    Imm,
    Instr,
    Op,
)
from pycm_core.wasm.syntax.module import Expr
from pycm_core.wasm.syntax.types import RefType, ValType


class CodeReader(Reader):
    """A reader that remembers whether an instruction named a data segment, which only a data count section permits."""

    __slots__ = ("data_use",)

    def __init__(self, data: bytes, base: int) -> None:
        super().__init__(data, base=base)
        self.data_use: int | None = None
        """The offset of the first such instruction."""


Read = Callable[[CodeReader], tuple[Any, ...]]


def _index(reader: CodeReader) -> tuple[int]:
    return (reader.u32(),)


def _data(reader: CodeReader) -> tuple[int]:
    if reader.data_use is None:
        reader.data_use = reader.at
    return (reader.u32(),)


def blocktype(reader: Reader) -> ValType | int | None:
    """`None`, a value type, or a type index as a positive s33 ("Control Instructions")."""
    code = reader.peek()
    if code == 0x40:
        reader.pos += 1
        return None
    short = SHORT_VAL_TYPES.get(code)
    if short is not None:
        reader.pos += 1
        return short
    if code in (REF, REF_NULL):
        return reftype(reader)
    at = reader.at
    index = reader.signed(33)
    if index < 0:
        raise reader.malformed("malformed block type", at)
    return index


def _catch(reader: Reader) -> Catch:
    at = reader.at
    code = reader.byte()
    if code >= len(CATCH_KINDS):
        raise reader.malformed("malformed catch clause", at)
    tag = reader.u32() if code < 2 else None
    return Catch(CATCH_KINDS[code], tag, reader.u32())


def _catches(reader: CodeReader) -> tuple[tuple[Catch, ...]]:
    return (tuple([_catch(reader) for _ in range(reader.count(2))]),)


def _labels(reader: CodeReader) -> tuple[tuple[int, ...], int]:
    u32 = reader.u32
    return tuple([u32() for _ in range(reader.count())]), u32()


def _types(reader: CodeReader) -> tuple[tuple[ValType, ...]]:
    return (tuple([valtype(reader) for _ in range(reader.count())]),)


def _memarg(reader: CodeReader) -> tuple[int, int, int]:
    """Alignment, offset and memory; bit 6 of the flags says that a memory index follows ("Memory Instructions")."""
    at = reader.at
    flags = reader.u32()
    if flags >= 0x80:
        raise reader.malformed("malformed memop flags", at)
    memory = reader.u32() if flags & 0x40 else 0
    return flags & 0x3F, reader.unsigned(64), memory


def _little_endian(count: int) -> Read:
    return lambda reader: (int.from_bytes(reader.take(count), "little"),)


_READ: dict[Imm, Read] = {
    Imm.BLOCK: lambda r: (blocktype(r),),
    Imm.CATCHES: _catches,
    Imm.LABEL: _index,
    Imm.LOCAL: _index,
    Imm.GLOBAL: _index,
    Imm.FUNC: _index,
    Imm.TYPE: _index,
    Imm.FIELD: _index,
    Imm.TABLE: _index,
    Imm.MEM: _index,
    Imm.ELEM: _index,
    Imm.DATA: _data,
    Imm.TAG: _index,
    Imm.COUNT: _index,
    Imm.LABELS: _labels,
    Imm.TYPES: _types,
    Imm.HEAP: lambda r: (heaptype(r),),
    Imm.MEMARG: _memarg,
    Imm.LANE: lambda r: (r.byte(),),
    Imm.LANES: lambda r: (r.take(16),),
    Imm.I32: lambda r: (r.signed(32),),
    Imm.I64: lambda r: (r.signed(64),),
    Imm.F32: _little_endian(4),
    Imm.F64: _little_endian(8),
    Imm.V128: lambda r: (r.take(16),),
}


def _cast_instr(op: Op) -> Callable[[CodeReader], Instr]:
    """`br_on_cast`: flags, a label, two heap types ("Control Instructions")."""

    def read(reader: CodeReader) -> Instr:
        at = reader.at
        flags = reader.byte()
        if flags > 3:
            raise reader.malformed("malformed br_on_cast flags", at)
        label = reader.u32()
        source = heaptype(reader)
        return (op, label, RefType(bool(flags & 1), source), RefType(bool(flags & 2), heaptype(reader)))

    return read


def _instr(op: Op) -> Callable[[CodeReader], Instr]:
    """A reader of the immediates of `op`, its parts bound once."""
    if Imm.CAST in op.immediates:
        return _cast_instr(op)
    reads = [_READ[imm] for imm in op.immediates]
    if not reads:
        instr = (op,)
        return lambda reader: instr
    if len(reads) == 1:
        only = reads[0]
        return lambda reader: (op, *only(reader))

    def read(reader: CodeReader) -> Instr:
        out: list[Any] = [op]
        for part in reads:
            out.extend(part(reader))
        return tuple(out)

    return read


# How the hot loop treats an opcode: in line where immediates are short, else through a reader of immediates.
_PLAIN, _INDEX, _CONST, _MEMARG, _READER, _OPENER, _ELSE, _END, _PREFIX = range(9)

_INDEXED = {Imm.LABEL, Imm.LOCAL, Imm.GLOBAL, Imm.FUNC, Imm.TYPE, Imm.TABLE, Imm.MEM, Imm.TAG}


def _treatment(op: Op) -> tuple[int, Any, Any]:
    """`(treatment, op or instruction, reader of immediates)`."""
    if op is END:
        return _END, (op,), None
    if op is ELSE:
        return _ELSE, (op,), None
    if op in OPENERS:
        return _OPENER, op, _instr(op)
    if not op.immediates:
        return _PLAIN, (op,), None
    if len(op.immediates) == 1:
        imm = op.immediates[0]
        if imm in _INDEXED:
            return _INDEX, op, _instr(op)
        if imm in (Imm.I32, Imm.I64):
            return _CONST, op, _instr(op)
        if imm is Imm.MEMARG:
            return _MEMARG, op, _instr(op)
    return _READER, op, _instr(op)


def _treatments() -> tuple[tuple[int, Any, Any] | None, ...]:
    table: list[tuple[int, Any, Any] | None] = [None] * 256
    for code, op in BY_CODE.items():
        table[code] = _treatment(op)
    for prefix, ops in BY_PREFIX.items():
        table[prefix] = (_PREFIX, None, {code: _instr(op) for code, op in ops.items()})
    return tuple(table)


_TREATMENTS = _treatments()


def expr(reader: CodeReader) -> Expr:
    """Instructions up to the `end` that closes them ("Expressions"). `reader` must range over all of its data."""
    data, pos, base = reader.data, reader.pos, reader.base
    table = _TREATMENTS
    instrs: list[Instr] = []
    append = instrs.append
    places = array("Q")
    place = places.append
    open_blocks: list[Op] = []
    try:
        while True:
            place(base + pos)
            code = data[pos]
            entry = table[code]
            pos += 1
            if entry is None:
                raise reader.malformed(f"illegal opcode {code:02x}", base + pos - 1)
            treatment, op, read = entry
            if treatment == _PLAIN:
                append(op)
            elif treatment == _INDEX:
                byte = data[pos]
                if byte < 0x80:
                    append((op, byte))
                    pos += 1
                elif data[pos + 1] < 0x80:
                    append((op, byte & 0x7F | data[pos + 1] << 7))
                    pos += 2
                else:
                    reader.pos = pos
                    append(read(reader))
                    pos = reader.pos
            elif treatment == _CONST:
                byte = data[pos]
                if byte < 0x80:
                    append((op, byte if byte < 0x40 else byte - 0x80))
                    pos += 1
                elif data[pos + 1] < 0x80:
                    append((op, ((byte & 0x7F | data[pos + 1] << 7) ^ 0x2000) - 0x2000))
                    pos += 2
                else:
                    reader.pos = pos
                    append(read(reader))
                    pos = reader.pos
            elif treatment == _MEMARG:
                byte, offset = data[pos], data[pos + 1]
                if byte < 0x40 and offset < 0x80:
                    append((op, byte, offset, 0))
                    pos += 2
                elif byte < 0x40 and data[pos + 2] < 0x80:
                    append((op, byte, offset & 0x7F | data[pos + 2] << 7, 0))
                    pos += 3
                else:
                    reader.pos = pos
                    append(read(reader))
                    pos = reader.pos
            elif treatment == _END:
                if not open_blocks:
                    reader.pos = pos
                    return Expr(tuple(instrs), places)
                open_blocks.pop()
                append(op)
            else:
                reader.pos = pos
                if treatment == _READER:
                    append(read(reader))
                elif treatment == _OPENER:
                    append(read(reader))
                    open_blocks.append(op)
                elif treatment == _ELSE:
                    if not open_blocks or open_blocks[-1] is not IF:
                        raise reader.malformed("END opcode expected: `else` without `if`", base + pos - 1)
                    open_blocks[-1] = ELSE
                    append(op)
                else:
                    append(_prefixed(reader, code, read))
                pos = reader.pos
    except IndexError:
        raise _truncated(reader) from None


def _prefixed(reader: CodeReader, prefix: int, reads: dict[int, Callable[[CodeReader], Instr]]) -> Instr:
    at = reader.at - 1
    code = reader.u32()
    read = reads.get(code)
    if read is None:
        raise reader.malformed(f"illegal opcode {prefix:02x} {code:02x}", at)
    return read(reader)


def _truncated(reader: Reader) -> Malformed:
    return reader.malformed(
        "unexpected end of section or function", reader.base + len(reader.data), hint="the file seems to be truncated"
    )
