"""Components to bytes (Binary.md): the mirror of `decode` and the files beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pycm_core.base.errors import Exhaustion
from pycm_core.base.writer import name, signed, sized, unsigned, vector
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.binary.coretypes import MODULE_TYPE
from pycm_core.component.binary.decode import COMPONENT_VERSION, MAGIC
from pycm_core.component.binary.valtypes import PRIMITIVES
from pycm_core.component.builtins import CATALOGUE, FIELD, Immediate
from pycm_core.component.types import Prim, TypeRef
from pycm_core.wasm.binary import encode as core
from pycm_core.wasm.syntax import types as w

_PRIM_OPCODES: Mapping[Prim, bytes] = {prim: bytes([opcode]) for opcode, prim in PRIMITIVES.items()}


def encode(component: s.Component) -> bytes:
    """The bytes of a component. Definitions that follow each other share a section where they can; a component that was decoded, and
    has kept its `sections`, gets the sections it had. Raises `Exhaustion` for nesting that this Python cannot follow."""
    try:
        return _component(component)
    except RecursionError:
        raise Exhaustion("nesting too deep for the stack of this Python") from None


def _component(component: s.Component) -> bytes:
    out = [MAGIC, COMPONENT_VERSION]
    for id_, definitions in _sections(component):
        items = [_DEFINITIONS[type(d)][1](d) for d in definitions]
        out += [bytes([id_]), sized(vector(items) if id_ in _VECTORS else b"".join(items))]
    return b"".join(out)


_VECTORS = frozenset({2, 3, 5, 6, 7, 8, 10, 11, 12})
"""The sections that hold a vector; the others hold one thing."""


def _sections(component: s.Component) -> Iterable[tuple[int, Sequence[s.Definition]]]:
    definitions = component.definitions
    if component.sections and sum([section.count for section in component.sections]) == len(definitions):
        for section in component.sections:
            yield section.id, definitions[section.first : section.first + section.count]
        return
    first = 0
    for i, definition in enumerate(definitions, 1):
        id_ = _DEFINITIONS[type(definition)][0]
        if id_ not in _VECTORS or i == len(definitions) or _DEFINITIONS[type(definitions[i])][0] != id_:
            yield id_, definitions[first:i]
            first = i


# --- names, sorts, extern types -----------------------------------------------------------------------------------------


def _sort(sort: s.AnySort) -> bytes:
    return bytes([sort.value]) if isinstance(sort, s.Sort) else bytes([0x00, sort.value])


def _sort_idx(item: s.SortIdx) -> bytes:
    return _sort(item.sort) + unsigned(item.index)


def extern_name(extern: s.ExternName) -> bytes:
    """`nameattributes` (Binary.md, "Import and Export Definitions")."""
    values = (extern.implements, extern.version_suffix, extern.external_id)
    order = [kind for kind in extern.order if values[kind] is not None]
    order += [kind for kind, value in enumerate(values) if value is not None and kind not in order]
    if order or extern.opcode == 0x02:
        attributes = [bytes([kind]) + name(values[kind] or "") for kind in order]
        return b"\x02" + name(extern.name) + vector(attributes)
    return bytes([extern.opcode or 0x00]) + name(extern.name)


def _extern_type(desc: s.ExternDesc) -> bytes:
    match desc:
        case s.CoreModuleDesc():
            return b"\x00\x11" + unsigned(desc.type)
        case s.FuncDesc():
            return b"\x01" + unsigned(desc.type)
        case s.ValueEq():
            return b"\x02\x00" + unsigned(desc.value)
        case s.ValueType():
            return b"\x02\x01" + _valtype(desc.type)
        case s.TypeEq():
            return b"\x03\x00" + unsigned(desc.type)
        case s.TypeSubResource():
            return b"\x03\x01"
        case s.ComponentDesc():
            return b"\x04" + unsigned(desc.type)
        case s.InstanceDesc():
            return b"\x05" + unsigned(desc.type)


def _optional(value: Any, item: Callable[[Any], bytes]) -> bytes:
    return b"\x00" if value is None else b"\x01" + item(value)


# --- types ---------------------------------------------------------------------------------------------------------------


def _valtype(ref: TypeRef) -> bytes:
    return _PRIM_OPCODES[ref] if isinstance(ref, Prim) else signed(ref)


def _field(field: t.Field[TypeRef]) -> bytes:
    return name(field.label) + _valtype(field.type)


def _case(case: t.Case[TypeRef]) -> bytes:
    return name(case.label) + _optional(case.type, _valtype) + b"\x00"


def _list(list_: t.List[TypeRef]) -> bytes:
    if list_.length is None:
        return b"\x70" + _valtype(list_.element)
    return b"\x67" + _valtype(list_.element) + unsigned(list_.length)


def _func(func: t.FuncType[TypeRef]) -> bytes:
    return (b"\x43" if func.async_ else b"\x40") + vector([_field(p) for p in func.params]) + _result_list(func.result)


def _result_list(result: TypeRef | None) -> bytes:
    return b"\x01\x00" if result is None else b"\x00" + _valtype(result)


def _resource(resource: s.ResourceType) -> bytes:
    return b"\x3f" + core.valtype(resource.rep) + _optional(resource.dtor, unsigned)


_TYPES: dict[type, Callable[[Any], bytes]] = {
    t.Named: lambda x: _PRIM_OPCODES[x.prim],
    t.Record: lambda x: b"\x72" + vector([_field(f) for f in x.fields]),
    t.Variant: lambda x: b"\x71" + vector([_case(c) for c in x.cases]),
    t.List: _list,
    t.Tuple: lambda x: b"\x6f" + vector([_valtype(y) for y in x.types]),
    t.Flags: lambda x: b"\x6e" + vector([name(label) for label in x.labels]),
    t.EnumType: lambda x: b"\x6d" + vector([name(label) for label in x.labels]),
    t.Option: lambda x: b"\x6b" + _valtype(x.type),
    t.Result: lambda x: b"\x6a" + _optional(x.ok, _valtype) + _optional(x.error, _valtype),
    t.Own: lambda x: b"\x69" + unsigned(x.resource),
    t.Borrow: lambda x: b"\x68" + unsigned(x.resource),
    t.Stream: lambda x: b"\x66" + _optional(x.element, _valtype),
    t.Future: lambda x: b"\x65" + _optional(x.type, _valtype),
    t.Map: lambda x: b"\x63" + _valtype(x.key) + _valtype(x.value),
    t.FuncType: _func,
    s.ResourceType: _resource,
    s.ComponentTypeDecls: lambda x: b"\x41" + vector([_decl(d) for d in x.decls]),
    s.InstanceTypeDecls: lambda x: b"\x42" + vector([_decl(d) for d in x.decls]),
}


def _type_def(definition: s.TypeDef) -> bytes:
    return _TYPES[type(definition.type)](definition.type)


def _decl(decl: s.Decl) -> bytes:
    match decl:
        case s.CoreType():
            return b"\x00" + _core_type(decl)
        case s.TypeDef():
            return b"\x01" + _type_def(decl)
        case s.AliasExport() | s.AliasCoreExport() | s.AliasOuter():
            return b"\x02" + _alias(decl)
        case s.Import():
            return b"\x03" + _import(decl)
        case s.ExportDecl():
            return b"\x04" + extern_name(decl.name) + _extern_type(decl.type)


def _core_type(definition: s.CoreType) -> bytes:
    type_ = definition.type
    if isinstance(type_, s.CoreModuleTypeDecls):
        return bytes([MODULE_TYPE]) + vector([_module_decl(d) for d in type_.decls])
    encoded = core.rectype(type_)
    return b"\x00" + encoded if encoded[0] == MODULE_TYPE else encoded


def _module_decl(decl: s.CoreModuleDecl) -> bytes:
    match decl:
        case s.CoreImportDecl():
            return b"\x00" + name(decl.module) + name(decl.name) + _core_extern_type(decl.type)
        case s.CoreType():
            return b"\x01" + _core_type(decl)
        case s.CoreOuterAlias():
            return b"\x02\x10\x01" + unsigned(decl.count) + unsigned(decl.index)
        case s.CoreExportDecl():
            return b"\x03" + name(decl.name) + _core_extern_type(decl.type)


def _core_extern_type(desc: s.CoreExternDesc) -> bytes:
    match desc:
        case s.CoreFuncDesc():
            return b"\x00" + unsigned(desc.type)
        case w.TableType():
            return b"\x01" + core.tabletype(desc)
        case w.MemoryType():
            return b"\x02" + core.memorytype(desc)
        case w.GlobalType():
            return b"\x03" + core.globaltype(desc)
        case w.TagType():
            return b"\x04" + core.tagtype(desc)


# --- instances, aliases, canonical definitions ----------------------------------------------------------------------------


def _core_instantiate(definition: s.CoreInstantiate) -> bytes:
    args = [name(arg) + b"\x12" + unsigned(index) for arg, index in definition.args]
    return b"\x00" + unsigned(definition.module) + vector(args)


def _core_inline(definition: s.CoreInlineInstance) -> bytes:
    return b"\x01" + vector([name(export) + bytes([sort.value]) + unsigned(index) for export, sort, index in definition.exports])


def _instantiate(definition: s.Instantiate) -> bytes:
    return b"\x00" + unsigned(definition.component) + vector([name(arg) + _sort_idx(item) for arg, item in definition.args])


def _inline(definition: s.InlineInstance) -> bytes:
    return b"\x01" + vector([extern_name(export) + _sort_idx(item) for export, item in definition.exports])


def _alias(alias: s.AliasExport | s.AliasCoreExport | s.AliasOuter) -> bytes:
    match alias:
        case s.AliasExport():
            return _sort(alias.sort) + b"\x00" + unsigned(alias.instance) + name(alias.name)
        case s.AliasCoreExport():
            return _sort(alias.sort) + b"\x01" + unsigned(alias.instance) + name(alias.name)
        case s.AliasOuter():
            return _sort(alias.sort) + b"\x02" + unsigned(alias.count) + unsigned(alias.index)


def canon_opts(opts: s.CanonOpts) -> bytes:
    """`opts` (Binary.md, "Canonical Definitions"), in the order they were written, or else in the order of their opcodes."""
    values: dict[int, bytes] = {}
    if opts.string_encoding is not None:
        values[opts.string_encoding.value] = b""
    for opcode, index in (
        (0x03, opts.memory),
        (0x04, opts.realloc),
        (0x05, opts.post_return),
        (0x07, opts.callback),
        (0x08, opts.core_type),
    ):
        if index is not None:
            values[opcode] = unsigned(index)
    if opts.async_:
        values[0x06] = b""
    if opts.gc:
        values[0x09] = b""
    order = [opcode for opcode in dict.fromkeys(opts.order) if opcode in values]
    order += [opcode for opcode in sorted(values) if opcode not in order]
    return vector([bytes([opcode]) + values[opcode] for opcode in order])


def _lift(canon: s.CanonLift) -> bytes:
    return b"\x00\x00" + unsigned(canon.core_func) + canon_opts(canon.opts) + unsigned(canon.type)


def _lower(canon: s.CanonLower) -> bytes:
    return b"\x01\x00" + unsigned(canon.func) + canon_opts(canon.opts)


_IMMEDIATES: dict[Immediate, Callable[[Any], bytes]] = {
    Immediate.TYPE: unsigned,
    Immediate.CORE_TYPE: unsigned,
    Immediate.MEMORY: unsigned,
    Immediate.TABLE: unsigned,
    Immediate.SLOT: unsigned,
    Immediate.RESULT: _result_list,
    Immediate.OPTS: canon_opts,
    Immediate.ASYNC: lambda flag: bytes([flag]),
    Immediate.CANCELLABLE: lambda flag: bytes([flag]),
    Immediate.SHARED: lambda flag: bytes([flag]),
    Immediate.CORE_VALTYPE: core.valtype,
}


def _builtin(canon: s.CanonBuiltin) -> bytes:
    entry = CATALOGUE[canon.name]
    return bytes([entry.opcode]) + b"".join([_IMMEDIATES[i](getattr(canon, FIELD[i])) for i in entry.immediates])


# --- the rest ----------------------------------------------------------------------------------------------------------------


def _import(definition: s.Import) -> bytes:
    return extern_name(definition.name) + _extern_type(definition.type)


def _export(definition: s.Export) -> bytes:
    return extern_name(definition.name) + _sort_idx(definition.item) + _optional(definition.type, _extern_type)


def _start(definition: s.Start) -> bytes:
    return unsigned(definition.func) + vector([unsigned(arg) for arg in definition.args]) + unsigned(definition.results)


_DEFINITIONS: dict[type, tuple[int, Callable[[Any], bytes]]] = {
    s.CustomSection: (0, lambda d: name(d.name) + d.data),
    s.CoreModule: (1, lambda d: d.binary),
    s.CoreInstantiate: (2, _core_instantiate),
    s.CoreInlineInstance: (2, _core_inline),
    s.CoreType: (3, _core_type),
    s.NestedComponent: (4, lambda d: _component(d.component)),
    s.Instantiate: (5, _instantiate),
    s.InlineInstance: (5, _inline),
    s.AliasExport: (6, _alias),
    s.AliasCoreExport: (6, _alias),
    s.AliasOuter: (6, _alias),
    s.TypeDef: (7, _type_def),
    s.CanonLift: (8, _lift),
    s.CanonLower: (8, _lower),
    s.CanonBuiltin: (8, _builtin),
    s.Start: (9, _start),
    s.Import: (10, _import),
    s.Export: (11, _export),
    s.ValueDef: (12, lambda d: _valtype(d.type) + sized(d.literal)),
}
"""For each kind of definition: the id of its section, and how it is written."""
