"""Decoding of type definitions (Binary.md, "Type Definitions")."""

from __future__ import annotations

from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.binary import coretypes
from pycm_core.component.binary.externs import alias, extern_name, extern_type
from pycm_core.component.binary.reader import ComponentReader, optional
from pycm_core.component.binary.valtypes import DEFVALTYPES, PRIMITIVES, field, valtype
from pycm_core.component.types import TypeRef


def type_def(r: ComponentReader) -> s.TypeDef:
    """`type`."""
    at = r.at
    return s.TypeDef(_deftype(r), at=at)


def _deftype(r: ComponentReader) -> s.DefTypeSyntax:
    byte = r.byte()
    value = DEFVALTYPES.get(byte)
    if value is not None:
        return value(r)
    prim = PRIMITIVES.get(byte)
    if prim is not None:
        return t.Named(prim)
    match byte:
        case 0x40 | 0x43:
            return t.FuncType(r.vec(field, 2), result_list(r), byte == 0x43)
        case 0x41 | 0x42:
            r.nest()
            decls = r.vec(_component_decl if byte == 0x41 else _instance_decl, 2)
            r.depth -= 1
            return s.ComponentTypeDecls(decls) if byte == 0x41 else s.InstanceTypeDecls(decls)
        case 0x3F:
            rep = coretypes.valtype(r)
            return s.ResourceType(rep, optional(r, ComponentReader.u32, "resource destructor"))
        case _:
            raise r.leading(byte, "component defined type")


def result_list(r: ComponentReader) -> TypeRef | None:
    """`resultlist`."""
    byte = r.byte()
    if byte == 0x00:
        return valtype(r)
    if byte != 0x01:
        raise r.leading(byte, "component function results")
    byte = r.byte()
    if byte != 0x00:
        raise r.leading(byte, "number of results")
    return None


def _component_decl(r: ComponentReader) -> s.Decl:
    if r.peek() == 0x03:
        r.pos += 1
        return import_(r)
    return _instance_decl(r)


def _instance_decl(r: ComponentReader) -> s.Decl:
    byte = r.byte()
    match byte:
        case 0x00:
            return coretypes.core_type(r)
        case 0x01:
            return type_def(r)
        case 0x02:
            return alias(r)
        case 0x04:
            at = r.at
            return s.ExportDecl(extern_name(r), extern_type(r), at=at)
        case _:
            raise r.leading(byte, "component or instance type declaration")


def import_(r: ComponentReader) -> s.Import:
    """`import`, as a definition or a declarator (Binary.md, "Import and Export Definitions")."""
    at = r.at
    return s.Import(extern_name(r), extern_type(r), at=at)
