"""Structures, arrays, i31 and casts (core specification, "Execution", "Aggregate Instructions")."""

from __future__ import annotations

from pycm_core.wasm.exec.blocks import branch_if
from pycm_core.wasm.exec.emit import emits
from pycm_core.wasm.exec.function import FunctionCompiler, places_of
from pycm_core.wasm.exec.integers import truth
from pycm_core.wasm.exec.operands import I32, INT32, TRAPS, Val, int_of
from pycm_core.wasm.exec.storage import fit
from pycm_core.wasm.exec.tree import Places
from pycm_core.wasm.syntax.instructions import Instr
from pycm_core.wasm.syntax.types import (
    ArrayType,
    DefType,
    FieldType,
    HeapKind,
    NumType,
    PackType,
    RefType,
    StructType,
    ValType,
)

_FORMATS = {
    PackType.I8: "B",
    PackType.I16: "H",
    NumType.I32: "I",
    NumType.I64: "Q",
    NumType.F32: "f",
    NumType.F64: "d",
    NumType.V128: "v",
}
_PACKED = {PackType.I8: 8, PackType.I16: 16}


def struct_type(c: FunctionCompiler, index: int) -> StructType:
    comp = c.space.types.deftype(index).expand()
    assert isinstance(comp, StructType)
    return comp


def array_type(c: FunctionCompiler, index: int) -> FieldType:
    """The element type."""
    comp = c.space.types.deftype(index).expand()
    assert isinstance(comp, ArrayType)
    return comp.field


def ref(c: FunctionCompiler, index: int) -> RefType:
    return RefType(False, c.space.types.deftype(index))


def packed(c: FunctionCompiler, field: FieldType, v: Val) -> Val:
    """A value as a field holds it."""
    bits = _PACKED.get(field.type) if isinstance(field.type, PackType) else None
    return c.rest(v) if bits is None else fit(INT32, v, bits)


def zero(field: FieldType) -> str:
    """The default value of a field."""
    if isinstance(field.type, RefType):
        return "None"
    return "0.0" if field.type in (NumType.F32, NumType.F64) else "0"


def attribute(c: FunctionCompiler, a: Val, name: str) -> tuple[str, Places]:
    """The text of an attribute of an object, and its places: Python misses it at the line that names it, which must not be one of `a`."""
    return (f"{a.text}\n.{name}", (*a.places, c.here)) if a.places else (f"{a.text}.{name}", ())


def unpacked(c: FunctionCompiler, field: FieldType, a: Val, name: str, signed: bool, *index: Val) -> Val:
    """A field as an operand: an expression that traps when the reference is null."""
    type: ValType = I32 if isinstance(field.type, PackType) else field.type
    ints = int_of(type)
    bits = _PACKED[field.type] if isinstance(field.type, PackType) else ints.bits if ints else 0
    text, places = attribute(c, a, name)
    v = Val(type, f"(\n{text})", 0, (1 << bits) - 1, of=(a, *index), effect=TRAPS | 2)
    v.places = (c.here, *places, *places_of(index))
    v.depth = max(v.depth, 1)
    if signed:
        sign = 1 << (bits - 1)
        v = Val(type, f"(({v.text} ^ {sign}) - {sign})", -sign, sign - 1, of=(v,))
    return v


def object_result(c: FunctionCompiler, index: int, text: str, *of: Val) -> None:
    """A new object: its identity is fixed by writing it to a variable at once."""
    if any(v.effect for v in of):
        c.flush()
    c.release(*of)
    name = c.temp()
    c.add(f"{name} = {text}", places_of(of))
    v = c.variable(ref(c, index), name)
    c.stack.append(v)


@emits("struct.new")
def _struct_new(c: FunctionCompiler, instr: Instr) -> None:
    fields = struct_type(c, instr[1]).fields
    vals = [packed(c, f, v) for f, v in zip(fields, c.pop_many(len(fields)), strict=True)]
    object_result(c, instr[1], f"Struct(y{instr[1]}, [{', '.join(v.text for v in vals)}])", *vals)


@emits("struct.new_default")
def _struct_new_default(c: FunctionCompiler, instr: Instr) -> None:
    object_result(c, instr[1], f"Struct(y{instr[1]}, [{', '.join(map(zero, struct_type(c, instr[1]).fields))}])")


@emits("struct.get", "struct.get_s", "struct.get_u")
def _struct_get(c: FunctionCompiler, instr: Instr) -> None:
    op, index, number = instr
    a = c.pop()
    c.push(unpacked(c, struct_type(c, index).fields[number], a, f"fields[{number}]", op.name.endswith("_s")))


@emits("struct.set")
def _struct_set(c: FunctionCompiler, instr: Instr) -> None:
    _, index, number = instr
    a, v = c.pop_many(2)
    v = packed(c, struct_type(c, index).fields[number], v)
    a, v = c.atoms(a, v)
    c.effect(f"{a.text}.fields[{number}] = {v.text}", a, v)


@emits("array.new")
def _array_new(c: FunctionCompiler, instr: Instr) -> None:
    v, n = c.pop_many(2)
    v, n = packed(c, array_type(c, instr[1]), v), INT32.canonical(n)
    object_result(c, instr[1], f"Array(y{instr[1]}, array_elems({v.text}, {n.text}))", v, n)


@emits("array.new_default")
def _array_new_default(c: FunctionCompiler, instr: Instr) -> None:
    n = INT32.canonical(c.pop())
    object_result(c, instr[1], f"Array(y{instr[1]}, array_elems({zero(array_type(c, instr[1]))}, {n.text}))", n)


@emits("array.new_fixed")
def _array_new_fixed(c: FunctionCompiler, instr: Instr) -> None:
    field = array_type(c, instr[1])
    vals = [packed(c, field, v) for v in c.pop_many(instr[2])]
    object_result(c, instr[1], f"Array(y{instr[1]}, [{', '.join(v.text for v in vals)}])", *vals)


@emits("array.new_data")
def _array_new_data(c: FunctionCompiler, instr: Instr) -> None:
    _, index, segment = instr
    a, n = (INT32.canonical(v) for v in c.pop_many(2))
    c.flush()
    format = _format(array_type(c, index))
    object_result(c, index, f"array_new_data(y{index}, {format!r}, d{segment}, {a.text}, {n.text})", a, n)


def _format(field: FieldType) -> str:
    assert not isinstance(field.type, RefType)
    return _FORMATS[field.type]


@emits("array.new_elem")
def _array_new_elem(c: FunctionCompiler, instr: Instr) -> None:
    _, index, segment = instr
    a, n = (INT32.canonical(v) for v in c.pop_many(2))
    c.flush()
    object_result(c, index, f"array_new_elem(y{index}, e{segment}, {a.text}, {n.text})", a, n)


@emits("array.get", "array.get_s", "array.get_u")
def _array_get(c: FunctionCompiler, instr: Instr) -> None:
    a, i = c.pop_many(2)
    i = INT32.canonical(i)
    c.push(unpacked(c, array_type(c, instr[1]), a, f"elems[{i.text}]", instr[0].name.endswith("_s"), i))


@emits("array.set")
def _array_set(c: FunctionCompiler, instr: Instr) -> None:
    a, i, v = c.pop_many(3)
    a, i, v = c.atoms(a, INT32.canonical(i), packed(c, array_type(c, instr[1]), v))
    c.effect(f"{a.text}.elems[{i.text}] = {v.text}", a, i, v)


@emits("array.len")
def _array_len(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    text, places = attribute(c, a, "elems")
    v = Val(I32, f"len(\n{text})", 0, INT32.mask, of=(a,), effect=TRAPS)
    v.places = (c.here, *places)
    v.depth = max(v.depth, 1)
    c.push(v)


@emits("array.fill")
def _array_fill(c: FunctionCompiler, instr: Instr) -> None:
    a, i, v, n = c.pop_many(4)
    i, v, n = INT32.canonical(i), packed(c, array_type(c, instr[1]), v), INT32.canonical(n)
    c.effect(f"array_fill({a.text}, {i.text}, {v.text}, {n.text})", a, i, v, n)


@emits("array.copy")
def _array_copy(c: FunctionCompiler, instr: Instr) -> None:
    a, i, b, j, n = c.pop_many(5)
    i, j, n = INT32.canonical(i), INT32.canonical(j), INT32.canonical(n)
    c.effect(f"array_copy({a.text}, {i.text}, {b.text}, {j.text}, {n.text})", a, i, b, j, n)


@emits("array.init_data")
def _array_init_data(c: FunctionCompiler, instr: Instr) -> None:
    _, index, segment = instr
    a, *numbers = c.pop_many(4)
    i, j, n = (INT32.canonical(v) for v in numbers)
    format = _format(array_type(c, index))
    c.effect(f"array_init_data({a.text}, {i.text}, {format!r}, d{segment}, {j.text}, {n.text})", a, i, j, n)


@emits("array.init_elem")
def _array_init_elem(c: FunctionCompiler, instr: Instr) -> None:
    a, *numbers = c.pop_many(4)
    i, j, n = (INT32.canonical(v) for v in numbers)
    c.effect(f"array_init_elem({a.text}, {i.text}, e{instr[2]}, {j.text}, {n.text})", a, i, j, n)


# --- i31, casts, conversions ------------------------------------------------------------------------------------------------


@emits("ref.i31")
def _ref_i31(c: FunctionCompiler, instr: Instr) -> None:
    a = INT32.number(c.pop())
    c.push(Val(RefType(False, HeapKind.I31), f"({a.text} & 2147483647)", of=(a,)))


@emits("i31.get_s", "i31.get_u")
def _i31_get(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    signed = instr[0].name == "i31.get_s"
    v = Val(I32, f"(\ni31_value({a.text}))", 0, 0x7FFF_FFFF, of=(a,), effect=TRAPS)
    v.places = (c.here, *v.places)
    if signed:
        v = Val(I32, f"(({v.text} ^ 1073741824) - 1073741824)", -(1 << 30), (1 << 30) - 1, of=(v,))
    c.push(v)


@emits("ref.eq")
def _ref_eq(c: FunctionCompiler, instr: Instr) -> None:
    a, b = c.pop_many(2)
    c.push(truth(f"ref_eq({a.text}, {b.text})", a, b))


def heap_text(c: FunctionCompiler, heap: HeapKind | int | DefType) -> str:
    """A heap type as generated code names it."""
    if isinstance(heap, int):
        return f"y{heap}"
    assert isinstance(heap, HeapKind)
    return f"heap_{heap.value}"


def test_text(c: FunctionCompiler, name: str, type: RefType) -> str:
    """Whether the reference in a variable is of a type."""
    heap = heap_text(c, type.heap)
    if type.nullable:
        return f"({name} is None or is_of({name}, {heap}))"
    return f"({name} is not None and is_of({name}, {heap}))"


@emits("ref.test", "ref.test~null")
def _ref_test(c: FunctionCompiler, instr: Instr) -> None:
    (a,) = c.atoms(c.pop())
    c.push(truth(test_text(c, a.text, RefType(instr[0].name.endswith("~null"), instr[1])), a))


@emits("ref.cast", "ref.cast~null")
def _ref_cast(c: FunctionCompiler, instr: Instr) -> None:
    nullable = instr[0].name.endswith("~null")
    a = c.pop()
    type = c.space.types.close_ref(RefType(nullable, instr[1]))
    v = Val(type, f"(\ncast({a.text}, {heap_text(c, instr[1])}, {nullable}))", of=(a,), effect=TRAPS)
    v.places = (c.here, *v.places)
    c.push(v)


@emits("br_on_cast", "br_on_cast_fail")
def _br_on_cast(c: FunctionCompiler, instr: Instr) -> None:
    op, label, _, target = instr
    a = c.spill_in_order(c.pop())
    c.stack.append(a)
    text = test_text(c, a.text, target)
    branch_if(c, Val(I32, text if op.name == "br_on_cast" else f"(not {text})", test=True), label)


@emits("any.convert_extern")
def _internalize(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    c.push(c.spill_in_order(Val(RefType(True, HeapKind.ANY), f"internalize({a.text})", of=(a,))))


@emits("extern.convert_any")
def _externalize(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    c.push(c.spill_in_order(Val(RefType(True, HeapKind.EXTERN), f"externalize({a.text})", of=(a,))))
