"""Layout of values in linear memory and as core values (CanonicalABI.md, "Despecialization" to "Flattening").

`ptr` is the size of a pointer in bytes: 4, or 8 for 64-bit memories. Sizes and alignments are in bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pycm_core.component import types as t
from pycm_core.component.types import Prim, ValType
from pycm_core.wasm.syntax.types import FuncType as CoreFuncType
from pycm_core.wasm.syntax.types import NumType

MAX_FLAT_PARAMS = 16
MAX_FLAT_ASYNC_PARAMS = 4
MAX_FLAT_RESULTS = 1
MAX_STRING_BYTE_LENGTH = (1 << 28) - 1
MAX_LIST_BYTE_LENGTH = (1 << 28) - 1

I32, I64, F32, F64 = NumType.I32, NumType.I64, NumType.F32, NumType.F64


def despecialize(type: Any) -> Any:
    """The fundamental type behind a specialized one (CanonicalABI.md, "Despecialization"); others as they are."""
    special = _DESPECIALIZE.get(type.__class__)
    return type if special is None else special(type)


def plain(type: Any) -> Any:
    """A type without the name it may have for a primitive."""
    return type.prim if type.__class__ is t.Named else type


_DESPECIALIZE: dict[type, Callable[[Any], Any]] = {
    t.Tuple: lambda s: t.Record(tuple(t.Field(str(i), x) for i, x in enumerate(s.types))),
    t.EnumType: lambda s: t.Variant(tuple(t.Case(label, None) for label in s.labels)),
    t.Option: lambda s: t.Variant((t.Case("none", None), t.Case("some", s.type))),
    t.Result: lambda s: t.Variant((t.Case("ok", s.ok), t.Case("error", s.error))),
    t.Map: lambda s: t.List(t.Tuple((s.key, s.value))),
    t.Named: lambda s: s.prim,
}

_PRIM_SIZE = {
    Prim.BOOL: 1,
    Prim.S8: 1,
    Prim.U8: 1,
    Prim.S16: 2,
    Prim.U16: 2,
    Prim.S32: 4,
    Prim.U32: 4,
    Prim.S64: 8,
    Prim.U64: 8,
    Prim.F32: 4,
    Prim.F64: 8,
    Prim.CHAR: 4,
    Prim.ERROR_CONTEXT: 4,
}

_PRIM_FLAT = {
    Prim.S64: I64,
    Prim.U64: I64,
    Prim.F32: F32,
    Prim.F64: F64,
}


def align_to(address: int, alignment: int) -> int:
    """The first multiple of `alignment` (a power of two) at or after `address`."""
    return (address + alignment - 1) & -alignment


def alignment(type: ValType, ptr: int = 4) -> int:
    """(CanonicalABI.md, "Alignment")"""
    match despecialize(type):
        case Prim.STRING:
            return ptr
        case Prim() as prim:
            return _PRIM_SIZE[prim]
        case t.List(element, None):
            return ptr
        case t.List(element, _):
            return alignment(element, ptr)
        case t.Record(fields):
            return max(alignment(f.type, ptr) for f in fields)
        case t.Variant(cases):
            return max(discriminant_size(cases), max_case_alignment(cases, ptr))
        case t.Flags(labels):
            return flags_size(labels)
        case _:  # own, borrow, stream, future: indices
            return 4


def elem_size(type: ValType, ptr: int = 4) -> int:
    """(CanonicalABI.md, "Element Size")"""
    match despecialize(type):
        case Prim.STRING:
            return 2 * ptr
        case Prim() as prim:
            return _PRIM_SIZE[prim]
        case t.List(element, None):
            return 2 * ptr
        case t.List(element, int(length)):
            return length * elem_size(element, ptr)
        case t.Record(fields) as record:
            size = 0
            for f in fields:
                size = align_to(size, alignment(f.type, ptr)) + elem_size(f.type, ptr)
            return align_to(size, alignment(record, ptr))
        case t.Variant(cases) as variant:
            size = payload_offset(cases, ptr) + max((elem_size(c.type, ptr) for c in cases if c.type is not None), default=0)
            return align_to(size, alignment(variant, ptr))
        case t.Flags(labels):
            return flags_size(labels)
        case _:
            return 4


def discriminant_size(cases: Sequence[Any]) -> int:
    """Bytes of a variant's discriminant (CanonicalABI.md, "Alignment": `discriminant_type`)."""
    count = len(cases)
    return 1 if count <= 1 << 8 else 2 if count <= 1 << 16 else 4


def flags_size(labels: Sequence[str]) -> int:
    """Bytes of a flags value."""
    count = len(labels)
    return 1 if count <= 8 else 2 if count <= 16 else 4


def max_case_alignment(cases: Sequence[t.Case[Any]], ptr: int = 4) -> int:
    """The largest alignment among the payloads of a variant."""
    return max((alignment(c.type, ptr) for c in cases if c.type is not None), default=1)


def payload_offset(cases: Sequence[t.Case[Any]], ptr: int = 4) -> int:
    """Where a variant's payload starts."""
    return align_to(discriminant_size(cases), max_case_alignment(cases, ptr))


def field_offsets(fields: Sequence[t.Field[Any]], ptr: int = 4) -> Iterator[tuple[t.Field[Any], int]]:
    """Each field of a record with its offset."""
    offset = 0
    for f in fields:
        offset = align_to(offset, alignment(f.type, ptr))
        yield f, offset
        offset += elem_size(f.type, ptr)


def pointer_type(ptr: int) -> NumType:
    """The core type of an address."""
    return I32 if ptr == 4 else I64


def flatten_type(type: ValType, ptr: int = 4) -> list[NumType]:
    """The core values a value flattens to (CanonicalABI.md, "Flattening")."""
    match despecialize(type):
        case Prim.STRING:
            return [pointer_type(ptr)] * 2
        case Prim() as prim:
            return [_PRIM_FLAT.get(prim, I32)]
        case t.List(element, None):
            return [pointer_type(ptr)] * 2
        case t.List(element, int(length)):
            return flatten_type(element, ptr) * length
        case t.Record(fields):
            return [flat for f in fields for flat in flatten_type(f.type, ptr)]
        case t.Variant(cases):
            return [I32, *flatten_payload(cases, ptr)]
        case _:
            return [I32]


def flatten_types(types: Sequence[ValType], ptr: int = 4) -> list[NumType]:
    """The core values several values flatten to."""
    return [flat for type in types for flat in flatten_type(type, ptr)]


def flatten_payload(cases: Sequence[t.Case[Any]], ptr: int = 4) -> list[NumType]:
    """The joined core values of all payloads of a variant (CanonicalABI.md, "Flattening": `flatten_variant`)."""
    flat: list[NumType] = []
    for case in cases:
        if case.type is not None:
            for i, have in enumerate(flatten_type(case.type, ptr)):
                if i < len(flat):
                    flat[i] = join(flat[i], have)
                else:
                    flat.append(have)
    return flat


def join(a: NumType, b: NumType) -> NumType:
    """The core type that can carry both."""
    if a is b:
        return a
    if {a, b} == {I32, F32}:
        return I32
    return I64


def flatten_functype(
    type: t.FuncType[Any], context: str, ptr: int = 4, async_: bool = False, callback: bool = False
) -> CoreFuncType:
    """The core signature of a lifted (`context` "lift") or lowered ("lower") function (CanonicalABI.md, "Flattening").

    `async_` and `callback` say whether those canonical options are given.
    """
    pointer = pointer_type(ptr)
    params = flatten_types([p.type for p in type.params], ptr)
    results = [] if type.result is None else flatten_type(type.result, ptr)
    if not async_:
        if len(params) > MAX_FLAT_PARAMS:
            params = [pointer]
        if len(results) > MAX_FLAT_RESULTS:
            if context == "lift":
                results = [pointer]
            else:
                params.append(pointer)
                results = []
    elif context == "lift":
        if len(params) > MAX_FLAT_PARAMS:
            params = [pointer]
        results = [I32] if callback else []
    else:
        if len(params) > MAX_FLAT_ASYNC_PARAMS:
            params = [pointer]
        if results:
            params.append(pointer)
        results = [I32]
    return CoreFuncType(tuple(params), tuple(results))


def contains_borrow(type: Any) -> bool:
    """Whether a value of this type may hold a borrowed handle (CanonicalABI.md, "Type Predicates")."""
    return _contains(type, lambda part: isinstance(part, t.Borrow))


def contains_handle(type: Any) -> bool:
    """Whether a value of this type may hold handles of any kind."""
    return _contains(type, lambda part: isinstance(part, t.Own | t.Borrow | t.Stream | t.Future) or part is Prim.ERROR_CONTEXT)


def _contains(type: Any, wanted: Callable[[Any], bool]) -> bool:
    """Whether a type, or one of which its values hold values, is wanted."""
    part = despecialize(type) if type is not None else None
    if wanted(part):
        return True
    match part:
        case t.List(element):
            return _contains(element, wanted)
        case t.Record(fields):
            return any(_contains(f.type, wanted) for f in fields)
        case t.Variant(cases):
            return any(_contains(c.type, wanted) for c in cases)
        case _:
            return False


def is_fixed(type: Any) -> bool:
    """Whether values of this type are all in one place, and storing one does nothing but writing its bytes: no strings, lists, handles."""
    match despecialize(type) if type is not None else None:
        case Prim() as prim:
            return prim not in (Prim.STRING, Prim.ERROR_CONTEXT)
        case t.List(element, length):
            return length is not None and is_fixed(element)
        case t.Record(fields):
            return all(is_fixed(f.type) for f in fields)
        case t.Variant(cases):
            return all(c.type is None or is_fixed(c.type) for c in cases)
        case t.Flags():
            return True
        case _:
            return False
