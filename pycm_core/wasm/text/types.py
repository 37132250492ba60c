"""Types in the text format (core specification, "Text Format", "Types"). One function per production.

`types` resolves a type index (a number or an identifier) at a cursor; components bring their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pycm_core.base.features import Feature
from pycm_core.wasm.syntax.types import (
    ArrayType,
    CompType,
    FieldType,
    FuncType,
    GlobalType,
    HeapKind,
    Limits,
    MemoryType,
    NumType,
    PackType,
    RefType,
    StorageType,
    StructType,
    SubType,
    TableType,
    ValType,
)
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Kind, SList, Token, identifier

Index = Callable[[Cursor], int]
"""Reads an index at a cursor."""

NUM_TYPES = {type.value: type for type in NumType}
HEAP_KINDS = {kind.value: kind for kind in HeapKind}
PACK_TYPES = {type.value: type for type in PackType}
REF_TYPES = {
    "anyref": HeapKind.ANY,
    "eqref": HeapKind.EQ,
    "i31ref": HeapKind.I31,
    "structref": HeapKind.STRUCT,
    "arrayref": HeapKind.ARRAY,
    "nullref": HeapKind.NONE,
    "funcref": HeapKind.FUNC,
    "nullfuncref": HeapKind.NOFUNC,
    "exnref": HeapKind.EXN,
    "nullexnref": HeapKind.NOEXN,
    "externref": HeapKind.EXTERN,
    "nullexternref": HeapKind.NOEXTERN,
}
"""Abbreviations of nullable references to abstract heap types ("Reference Types")."""

VAL_TYPES: dict[str, ValType] = {**NUM_TYPES, **{word: RefType(True, kind) for word, kind in REF_TYPES.items()}}


def heaptype(c: Cursor, types: Index) -> HeapKind | int:
    """("Heap Types")"""
    token = c.token(Kind.KEYWORD)
    if token is not None and token.text in HEAP_KINDS:
        c.pos += 1
        return HEAP_KINDS[token.text]
    return types(c)


def at_reftype(c: Cursor) -> bool:
    """Whether a reference type is next."""
    node = c.peek()
    if isinstance(node, SList):
        return c.head() == "ref"
    return node is not None and node.text in REF_TYPES


def reftype(c: Cursor, types: Index) -> RefType:
    """("Reference Types")"""
    token = c.token(Kind.KEYWORD)
    if token is not None and token.text in REF_TYPES:
        c.pos += 1
        return RefType(True, REF_TYPES[token.text])
    inner = c.list("ref")
    if inner is None:
        raise c.unexpected("a reference type")
    nullable = inner.keyword("null") is not None
    type = RefType(nullable, heaptype(inner, types))
    inner.finish()
    return type


def at_valtype(c: Cursor) -> bool:
    """Whether a value type is next."""
    node = c.peek()
    if isinstance(node, SList):
        return c.head() == "ref"
    return node is not None and node.text in VAL_TYPES


def valtype(c: Cursor, types: Index) -> ValType:
    """("Value Types")"""
    token = c.token(Kind.KEYWORD)
    if token is not None:
        found = VAL_TYPES.get(token.text)
        if found is None:
            raise c.unexpected("a value type")
        c.pos += 1
        return found
    if c.head() != "ref":
        raise c.unexpected("a value type")
    return reftype(c, types)


@dataclass(slots=True)
class Named:
    """A parameter, a local or a field with the name it was given, if any."""

    name: str | None
    type: ValType
    token: Token | None = None


def binding(c: Cursor) -> tuple[Token | None, str | None]:
    """An identifier, and the name that it or a name annotation behind it gives ("Name Annotations")."""
    start = c.pos
    token = c.id()
    text = None if token is None else identifier(token, c.source)
    if token is None:
        c.pos = start
    while (annotation := c.annotation("name")) is not None:
        text = annotation.name()
        annotation.finish()
    return token, text


def named(c: Cursor, types: Index, bind: bool = True) -> list[Named]:
    """What stands in `(param ...)` or `(local ...)`: one named type, or any number of types."""
    if bind:
        start = c.pos
        token, text = binding(c)
        if token is not None or text is not None:
            out = [Named(text, valtype(c, types), token)]
            c.finish()
            return out
        c.pos = start
    out = []
    while not c.done:
        out.append(Named(None, valtype(c, types)))
    return out


def signature(c: Cursor, types: Index, bind: bool = True) -> tuple[list[Named], list[ValType]]:
    """`(param ...)* (result ...)*` ("Function Types"). With `bind`, parameters may have names."""
    params: list[Named] = []
    results: list[ValType] = []
    while (inner := c.list("param")) is not None:
        params.extend(named(inner, types, bind))
    while (inner := c.list("result")) is not None:
        while not inner.done:
            results.append(valtype(inner, types))
    return params, results


def functype(c: Cursor, types: Index) -> FuncType:
    """What stands behind `(func`, to the end of the list."""
    params, results = signature(c, types)
    c.finish()
    return FuncType(tuple(p.type for p in params), tuple(results))


def _storage(c: Cursor, types: Index) -> StorageType:
    token = c.token(Kind.KEYWORD)
    if token is not None and token.text in PACK_TYPES:
        c.pos += 1
        return PACK_TYPES[token.text]
    return valtype(c, types)


def fieldtype(c: Cursor, types: Index) -> FieldType:
    """A storage type, perhaps in `(mut ...)`."""
    inner = c.list("mut")
    if inner is None:
        return FieldType(_storage(c, types), False)
    type = _storage(inner, types)
    inner.finish()
    return FieldType(type, True)


def comptype(c: Cursor, types: Index, name_field: Callable[[int, Token | None, str | None], None]) -> CompType:
    """`(func ...)`, `(struct ...)` or `(array ...)`; `name_field` is told the index, identifier and name of fields that have one."""
    if c.head() == "shared":
        fault = c.malformed("shared types are not supported")
        fault.missing = Feature.SHARED_EVERYTHING
        raise fault
    kind, inner = c.headed("func", "struct", "array")
    if kind == "func":
        return functype(inner, types)
    if kind == "array":
        array = ArrayType(fieldtype(inner, types))
        inner.finish()
        return array
    fields: list[FieldType] = []
    while (field := inner.list("field")) is not None:
        start = field.pos
        token, text = binding(field)
        if token is not None or text is not None:
            name_field(len(fields), token, text)
            fields.append(fieldtype(field, types))
            field.finish()
        else:
            field.pos = start
            while not field.done:
                fields.append(fieldtype(field, types))
    inner.finish()
    return StructType(tuple(fields))


def subtype(c: Cursor, types: Index, name_field: Callable[[int, Token | None, str | None], None]) -> SubType:
    """`(sub final? super* comptype)`, or a composite type ("Recursive Types")."""
    inner = c.list("sub")
    if inner is None:
        return SubType(comptype(c, types, name_field))
    final = inner.keyword("final") is not None
    supers = []
    while not inner.done and not isinstance(inner.peek(), SList):
        supers.append(types(inner))
    type = comptype(inner, types, name_field)
    inner.finish()
    return SubType(type, final, tuple(supers))


def address(c: Cursor) -> bool:
    """The address type, if it is there: whether it is `i64`."""
    return c.keyword("i32", "i64") == "i64"


def limits(c: Cursor) -> Limits:
    """An address type, a minimum, perhaps a maximum, perhaps `shared`."""
    addr64 = address(c)
    least = c.u64()
    most = c.u64() if c.token(Kind.NUMBER) is not None else None
    return Limits(least, most, addr64, c.keyword("shared") is not None)


def memorytype(c: Cursor) -> MemoryType:
    """("Memory Types"), with the `(pagesize n)` of custom-page-sizes."""
    found = limits(c)
    return MemoryType(found, page_size(c))


def page_size(c: Cursor) -> int:
    """`(pagesize n)`, if it is there: the logarithm of `n`."""
    inner = c.list("pagesize")
    if inner is None:
        return 16
    size = inner.u32()
    if size == 0 or size & (size - 1):
        raise inner.malformed("invalid custom page size: not a power of two", inner.items[inner.pos - 1])
    inner.finish()
    return size.bit_length() - 1


def tabletype(c: Cursor, types: Index) -> TableType:
    """("Table Types")"""
    found = limits(c)
    return TableType(found, reftype(c, types))


def globaltype(c: Cursor, types: Index) -> GlobalType:
    """("Global Types")"""
    inner = c.list("mut")
    if inner is None:
        return GlobalType(valtype(c, types), False)
    type = valtype(inner, types)
    inner.finish()
    return GlobalType(type, True)
