"""🪙 Value literals (Binary.md, "Value Definitions")."""

from __future__ import annotations

from typing import Any

from pycm_core.base.errors import Exhaustion, Invalid, Offset
from pycm_core.base.limits import Limits
from pycm_core.base.reader import Reader
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.types import Prim

_NAN32 = b"\x00\x00\xc0\x7f"
_NAN64 = b"\x00\x00\x00\x00\x00\x00\xf8\x7f"


def check_literal(definition: s.ValueDef, type_: Any, limits: Limits) -> None:
    """The bytes of a literal must be exactly one value of its type."""
    reader = Reader(definition.literal, base=definition.at)
    _Literal(reader, limits.type_size).read(type_)
    if not reader.done:
        raise reader.malformed("trailing bytes after the value")


class _Literal:
    """Walks the bytes of a literal. `budget` bounds the values read, since a value may take no bytes at all."""

    __slots__ = ("budget", "r")

    def __init__(self, reader: Reader, budget: int) -> None:
        self.r = reader
        self.budget = budget

    def read(self, type_: Any) -> None:
        """Skip one value of this type; raises what its bytes break."""
        self.budget -= 1
        if self.budget < 0:
            raise Exhaustion("a value of too many parts", Offset(self.r.at))
        match type_:
            case Prim():
                self._prim(type_)
            case t.Named():
                self._prim(type_.prim)
            case t.Record():
                for field in type_.fields:
                    self.read(field.type)
            case t.Tuple():
                for part in type_.types:
                    self.read(part)
            case t.List():
                for _ in range(self.r.u32() if type_.length is None else type_.length):
                    self.read(type_.element)
            case t.Map():
                for _ in range(self.r.u32()):
                    self.read(type_.key)
                    self.read(type_.value)
            case t.Variant():
                payload = type_.cases[self._case(len(type_.cases))].type
                if payload is not None:
                    self.read(payload)
            case t.EnumType():
                self._case(len(type_.labels))
            case t.Option():
                if self._flag():
                    self.read(type_.type)
            case t.Result():
                payload = type_.error if self._flag() else type_.ok
                if payload is not None:
                    self.read(payload)
            case t.Flags():
                self.r.take((len(type_.labels) + 7) // 8)
            case _:
                raise Invalid("a value of this type cannot be written down: it holds a handle")

    def _case(self, count: int) -> int:
        at = self.r.at
        index = self.r.u32()
        if index >= count:
            raise self.r.malformed(f"invalid case {index} of {count}", at)
        return index

    def _flag(self) -> bool:
        byte = self.r.byte()
        if byte > 1:
            raise self.r.malformed(f"expected 0x00 or 0x01, found 0x{byte:02x}", self.r.at - 1)
        return byte == 1

    def _prim(self, prim: Prim) -> None:
        r = self.r
        match prim:
            case Prim.BOOL:
                self._flag()
            case Prim.S8 | Prim.U8:
                r.byte()
            case Prim.S16 | Prim.S32 | Prim.S64:
                r.signed(int(prim.value[1:]))
            case Prim.U16 | Prim.U32 | Prim.U64:
                r.unsigned(int(prim.value[1:]))
            case Prim.F32 | Prim.F64:
                self._float(4 if prim is Prim.F32 else 8)
            case Prim.CHAR:
                self._char()
            case Prim.STRING:
                r.name()
            case Prim.ERROR_CONTEXT:
                raise Invalid("a value of type `error-context` cannot be written down")

    def _float(self, size: int) -> None:
        at = self.r.at
        raw = self.r.take(size)
        bits = int.from_bytes(raw, "little")
        fraction = 23 if size == 4 else 52
        exponent = (1 << (size * 8 - 1 - fraction)) - 1
        if (bits >> fraction) & exponent == exponent and bits & ((1 << fraction) - 1) and raw not in (_NAN32, _NAN64):
            raise self.r.malformed("a NaN must be the canonical one", at)

    def _char(self) -> None:
        at = self.r.at
        lead = self.r.byte()
        more = 0 if lead < 0x80 else 1 if lead < 0xE0 else 2 if lead < 0xF0 else 3
        try:
            (bytes([lead]) + self.r.take(more)).decode("utf-8")
        except UnicodeDecodeError:
            raise self.r.malformed("malformed UTF-8 encoding", at) from None
