"""Decoding of sorts, names with attributes, extern types and aliases (Binary.md, "Instance Definitions", "Alias Definitions",
"Import and Export Definitions")."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pycm_core.base.features import Feature
from pycm_core.component import syntax as s
from pycm_core.component.binary.reader import ComponentReader
from pycm_core.component.binary.valtypes import valtype

CORE_SORTS: Mapping[int, s.CoreSort] = MappingProxyType({sort.value: sort for sort in s.CoreSort})
SORTS: Mapping[int, s.Sort] = MappingProxyType({sort.value: sort for sort in s.Sort})

OUTER_ALIAS_SORTS: frozenset[s.AnySort] = frozenset({s.CoreSort.MODULE, s.CoreSort.TYPE, s.Sort.COMPONENT, s.Sort.TYPE})
"""`outeraliassort` (Explainer.md, "Alias Definitions")."""


def core_sort(r: ComponentReader, what: str) -> s.CoreSort:
    """`core:sort`."""
    byte = r.byte()
    sort = CORE_SORTS.get(byte)
    if sort is None:
        raise r.leading(byte, what)
    return sort


def any_sort(r: ComponentReader, what: str = "component external kind") -> s.AnySort:
    """`sort`."""
    byte = r.byte()
    if byte == 0x00:
        return core_sort(r, what)
    sort = SORTS.get(byte)
    if sort is None:
        raise r.leading(byte, what)
    return sort


def sort_idx(r: ComponentReader) -> s.SortIdx:
    """`sortidx`."""
    return s.SortIdx(any_sort(r), r.u32())


def extern_name(r: ComponentReader) -> s.ExternName:
    """`nameattributes`."""
    at = r.at
    opcode = r.byte()
    if opcode > 0x02:
        raise r.leading(opcode, "component name")
    name = r.bounded_name()
    if opcode != 0x02:
        return s.ExternName(name, opcode=opcode)
    if not r.features & {Feature.ATTRIBUTES, Feature.CANONICAL_NAMES}:
        raise r.malformed(f"attributes of names are not in the format without the feature `{Feature.ATTRIBUTES.value}`", at)
    attributes = r.vec(_attribute, 2)
    values: dict[int, str] = {}
    for kind, value in attributes:
        values.setdefault(kind, value)
    return s.ExternName(
        name, values.get(0x00), values.get(0x01), values.get(0x02), opcode=opcode, order=tuple([kind for kind, _ in attributes])
    )


def _attribute(r: ComponentReader) -> tuple[int, str]:
    kind = r.byte()
    if kind > 0x02:
        raise r.leading(kind, "name option")
    return kind, r.bounded_name()


def extern_type(r: ComponentReader) -> s.ExternDesc:
    """`externtype`."""
    byte = r.byte()
    match byte:
        case 0x00:
            sort = r.byte()
            if sort != s.CoreSort.MODULE.value:
                raise r.leading(sort, "component external kind")
            return s.CoreModuleDesc(r.u32())
        case 0x01:
            return s.FuncDesc(r.u32())
        case 0x02:
            return _value_bound(r)
        case 0x03:
            return _type_bound(r)
        case 0x04:
            return s.ComponentDesc(r.u32())
        case 0x05:
            return s.InstanceDesc(r.u32())
        case _:
            raise r.leading(byte, "component external kind")


def _type_bound(r: ComponentReader) -> s.TypeEq | s.TypeSubResource:
    byte = r.byte()
    if byte == 0x00:
        return s.TypeEq(r.u32())
    if byte == 0x01:
        return s.TypeSubResource()
    raise r.leading(byte, "type bound")


def _value_bound(r: ComponentReader) -> s.ValueEq | s.ValueType:
    byte = r.byte()
    if byte == 0x00:
        return s.ValueEq(r.u32())
    if byte == 0x01:
        return s.ValueType(valtype(r))
    raise r.leading(byte, "value bound")


def alias(r: ComponentReader) -> s.AliasExport | s.AliasCoreExport | s.AliasOuter:
    """`alias`."""
    at = r.at
    first = r.peek()
    sort = any_sort(r, "component outer alias kind")
    sort_at = r.at - 1
    target = r.byte()
    match target:
        case 0x00:
            return s.AliasExport(sort, r.u32(), r.bounded_name(), at=at)
        case 0x01 if isinstance(sort, s.CoreSort):
            return s.AliasCoreExport(sort, r.u32(), r.bounded_name(), at=at)
        case 0x02:
            if sort not in OUTER_ALIAS_SORTS:
                byte = sort.value if first == 0x00 else first
                raise r.malformed(f"invalid leading byte (0x{byte:x}) for component outer alias kind", sort_at)
            return s.AliasOuter(sort, r.u32(), r.u32(), at=at)
        case _:
            raise r.leading(target, "alias")
