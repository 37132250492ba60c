"""Decoding of core types inside components (Binary.md, "Type Definitions")."""

from __future__ import annotations

from pycm_core.component import syntax as s
from pycm_core.component.binary.reader import ComponentReader
from pycm_core.wasm.binary import types as core
from pycm_core.wasm.syntax import types as w

MODULE_TYPE = 0x50


def valtype(r: ComponentReader) -> w.ValType:
    """`core:valtype`."""
    return core.valtype(r)


def core_type(r: ComponentReader) -> s.CoreType:
    """`core:type`."""
    at = r.at
    byte = r.peek()
    if byte == MODULE_TYPE:
        r.pos += 1
        r.nest()
        decls = r.vec(_module_decl, 2)
        r.depth -= 1
        return s.CoreType(s.CoreModuleTypeDecls(decls, at=at), at=at)
    if byte == 0x00:  # what follows is a non-final `sub`, whose opcode a module type also has
        r.pos += 1
        byte = r.peek()
        if byte != MODULE_TYPE:
            raise r.malformed(f"invalid leading byte (0x{byte:x}) for non-final sub type", r.at)
    return s.CoreType(core.rectype(r), at=at)


def _module_decl(r: ComponentReader) -> s.CoreModuleDecl:
    byte = r.byte()
    at = r.at
    match byte:
        case 0x00:
            return s.CoreImportDecl(r.bounded_name(), r.bounded_name(), _extern_type(r), at=at)
        case 0x01:
            return core_type(r)
        case 0x02:
            kind = r.byte()
            if kind != s.CoreSort.TYPE.value:
                raise r.leading(kind, "outer alias kind")
            target = r.byte()
            if target != 0x01:
                raise r.leading(target, "outer alias target")
            return s.CoreOuterAlias(r.u32(), r.u32(), at=at)
        case 0x03:
            return s.CoreExportDecl(r.bounded_name(), _extern_type(r), at=at)
        case _:
            raise r.leading(byte, "type definition")


def _extern_type(r: ComponentReader) -> s.CoreExternDesc:
    """`core:externtype`."""
    byte = r.byte()
    match byte:
        case 0x00:
            return s.CoreFuncDesc(r.u32())
        case 0x01:
            return core.tabletype(r)
        case 0x02:
            return core.memorytype(r)
        case 0x03:
            return core.globaltype(r)
        case 0x04:
            return core.tagtype(r)
        case _:
            raise r.leading(byte, "external kind")
