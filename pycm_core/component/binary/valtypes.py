"""Decoding of value types (Binary.md, "Type Definitions")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pycm_core.component import types as t
from pycm_core.component.binary.reader import ComponentReader, optional
from pycm_core.component.types import Prim, TypeRef

PRIMITIVES: Mapping[int, Prim] = MappingProxyType(
    {
        0x7F: Prim.BOOL,
        0x7E: Prim.S8,
        0x7D: Prim.U8,
        0x7C: Prim.S16,
        0x7B: Prim.U16,
        0x7A: Prim.S32,
        0x79: Prim.U32,
        0x78: Prim.S64,
        0x77: Prim.U64,
        0x76: Prim.F32,
        0x75: Prim.F64,
        0x74: Prim.CHAR,
        0x73: Prim.STRING,
        0x64: Prim.ERROR_CONTEXT,
    }
)
"""`primvaltype`, by opcode."""

DefValSyntax = t.DefValType[TypeRef]


def valtype(r: ComponentReader) -> TypeRef:
    """`valtype`: a type index or a primitive."""
    byte = r.peek()
    if byte < 0x40:  # a type index of one byte, by far the most common
        r.pos += 1
        return byte
    if byte < 0x80:
        prim = PRIMITIVES.get(byte)
        r.pos += 1
        if prim is None:
            raise r.leading(byte, "component value type")
        return prim
    at = r.at
    index = r.signed(33)
    if index < 0:
        raise r.malformed("invalid type index: a negative number of more than one byte", at)
    return index


def label(r: ComponentReader) -> str:
    """`labellit`. Its spelling is for validation."""
    return r.bounded_name()


def field(r: ComponentReader) -> t.Field[TypeRef]:
    """`labelvaltype`."""
    return t.Field(label(r), valtype(r))


def case(r: ComponentReader) -> t.Case[TypeRef]:
    """`case`."""
    name = label(r)
    payload = optional_valtype(r)
    byte = r.byte()
    if byte != 0x00:
        raise r.leading(byte, "zero byte required")
    return t.Case(name, payload)


def optional_valtype(r: ComponentReader) -> TypeRef | None:
    """`<valtype>?`."""
    return optional(r, valtype, "optional value type")


DEFVALTYPES: Mapping[int, Callable[[ComponentReader], DefValSyntax]] = MappingProxyType(
    {
        0x72: lambda r: t.Record(r.vec(field, 2)),
        0x71: lambda r: t.Variant(r.vec(case, 3)),
        0x70: lambda r: t.List(valtype(r)),
        0x67: lambda r: t.List(valtype(r), r.u32()),
        0x6F: lambda r: t.Tuple(r.vec(valtype)),
        0x6E: lambda r: t.Flags(r.vec(label)),
        0x6D: lambda r: t.EnumType(r.vec(label)),
        0x6B: lambda r: t.Option(valtype(r)),
        0x6A: lambda r: t.Result(optional_valtype(r), optional_valtype(r)),
        0x69: lambda r: t.Own(r.u32()),
        0x68: lambda r: t.Borrow(r.u32()),
        0x66: lambda r: t.Stream(optional_valtype(r)),
        0x65: lambda r: t.Future(optional_valtype(r)),
        0x63: lambda r: t.Map(valtype(r), valtype(r)),
    }
)
"""`defvaltype`, by opcode, without the primitives."""
