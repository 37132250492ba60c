"""Decoding of what is neither a type nor an alias: instances, canonical definitions, starts, exports, values (Binary.md)."""

from __future__ import annotations

from typing import Any

from pycm_core.base.features import Feature
from pycm_core.component import syntax as s
from pycm_core.component.binary import coretypes
from pycm_core.component.binary.externs import core_sort, extern_name, extern_type, sort_idx
from pycm_core.component.binary.reader import ComponentReader, optional
from pycm_core.component.binary.types import result_list
from pycm_core.component.binary.valtypes import valtype
from pycm_core.component.builtins import BY_OPCODE, FIELD, Immediate

# --- instances (Binary.md, "Instance Definitions") -----------------------------------------------------------------


def core_instance(r: ComponentReader) -> s.CoreInstantiate | s.CoreInlineInstance:
    """`core:instance`."""
    at = r.at
    byte = r.byte()
    if byte == 0x00:
        return s.CoreInstantiate(r.u32(), r.vec(_core_arg, 3), at=at)
    if byte == 0x01:
        return s.CoreInlineInstance(r.vec(_core_inline_export, 3), at=at)
    raise r.leading(byte, "core instance")


def _core_arg(r: ComponentReader) -> tuple[str, int]:
    name = r.bounded_name()
    byte = r.byte()
    if byte != s.CoreSort.INSTANCE.value:
        raise r.leading(byte, "instantiation arg kind")
    return name, r.u32()


def _core_inline_export(r: ComponentReader) -> tuple[str, s.CoreSort, int]:
    return r.bounded_name(), core_sort(r, "external kind"), r.u32()


def instance(r: ComponentReader) -> s.Instantiate | s.InlineInstance:
    """`instance`."""
    at = r.at
    byte = r.byte()
    if byte == 0x00:
        return s.Instantiate(r.u32(), r.vec(_arg, 3), at=at)
    if byte == 0x01:
        return s.InlineInstance(r.vec(_inline_export, 4), at=at)
    raise r.leading(byte, "instance")


def _arg(r: ComponentReader) -> tuple[str, s.SortIdx]:
    return r.bounded_name(), sort_idx(r)


def _inline_export(r: ComponentReader) -> tuple[s.ExternName, s.SortIdx]:
    return extern_name(r), sort_idx(r)


# --- canonical definitions (Binary.md, "Canonical Definitions") ---------------------------------------------------------


def canon(r: ComponentReader) -> s.CanonLift | s.CanonLower | s.CanonBuiltin:
    """`canon`."""
    at = r.at
    opcode = r.byte()
    if opcode == 0x00:
        _func_sort(r, "lift")
        return s.CanonLift(r.u32(), canon_opts(r), r.u32(), at=at)
    if opcode == 0x01:
        _func_sort(r, "lower")
        return s.CanonLower(r.u32(), canon_opts(r), at=at)
    builtin = BY_OPCODE.get(opcode)
    if builtin is None:
        raise r.leading(opcode, "canonical function")
    immediates = {FIELD[immediate]: _immediate(r, immediate) for immediate in builtin.immediates}
    return s.CanonBuiltin(builtin.name, at=at, **immediates)


def _func_sort(r: ComponentReader, what: str) -> None:
    byte = r.byte()
    if byte != 0x00:
        raise r.leading(byte, f"canonical function {what}")


def _immediate(r: ComponentReader, immediate: Immediate) -> Any:
    match immediate:
        case Immediate.TYPE | Immediate.CORE_TYPE | Immediate.MEMORY | Immediate.TABLE | Immediate.SLOT:
            return r.u32()
        case Immediate.ASYNC | Immediate.CANCELLABLE | Immediate.SHARED:
            return r.boolean()
        case Immediate.RESULT:
            return result_list(r)
        case Immediate.OPTS:
            return canon_opts(r)
        case Immediate.CORE_VALTYPE:
            return coretypes.valtype(r)


def canon_opts(r: ComponentReader) -> s.CanonOpts:
    """`opts`. What was written twice stands twice in `order`, for validation to reject; of each the first counts."""
    order = []
    values: dict[str, Any] = {}
    for opcode, name, value in r.vec(_canon_opt):
        order.append(opcode)
        values.setdefault(name, value)
    return s.CanonOpts(**values, order=tuple(order))


def _canon_opt(r: ComponentReader) -> tuple[int, str, Any]:
    opcode = r.byte()
    match opcode:
        case 0x00 | 0x01 | 0x02:
            return opcode, "string_encoding", s.StringEncoding(opcode)
        case 0x03:
            return opcode, "memory", r.u32()
        case 0x04:
            return opcode, "realloc", r.u32()
        case 0x05:
            return opcode, "post_return", r.u32()
        case 0x06:
            return opcode, "async_", True
        case 0x07:
            return opcode, "callback", r.u32()
        # Not in Binary.md: the options that the component GC proposal's tools write.
        case 0x08 if Feature.GC in r.features:
            return opcode, "core_type", r.u32()
        case 0x09 if Feature.GC in r.features:
            return opcode, "gc", True
        case _:
            raise r.leading(opcode, "canonical option")


# --- the rest ---------------------------------------------------------------------------------------------------------


def start(r: ComponentReader) -> s.Start:
    """🪙 `start` (Binary.md, "Start Definitions")."""
    at = r.at
    func, args = r.u32(), r.vec(ComponentReader.u32)
    results_at = r.at
    results = r.u32()
    if results > r.limits.definitions:
        raise r.malformed(f"start function results size is out of bounds: {results}", results_at)
    return s.Start(func, args, results, at=at)


def export(r: ComponentReader) -> s.Export:
    """`export` (Binary.md, "Import and Export Definitions")."""
    at = r.at
    return s.Export(extern_name(r), sort_idx(r), optional(r, extern_type, "optional component export type"), at=at)


def value(r: ComponentReader) -> s.ValueDef:
    """🪙 `value` (Binary.md, "Value Definitions"). The literal is left as bytes: reading it needs the type."""
    at = r.at
    return s.ValueDef(valtype(r), r.take(r.u32()), at=at)
