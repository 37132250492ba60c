"""References and tables (core specification, "Execution", "Reference Instructions" and "Table Instructions")."""

from __future__ import annotations

from pycm_core.wasm.exec.blocks import address_type, branch_if
from pycm_core.wasm.exec.emit import emits
from pycm_core.wasm.exec.function import FunctionCompiler
from pycm_core.wasm.exec.integers import truth
from pycm_core.wasm.exec.operands import INT32, INT64, READS, TRAPS, Val
from pycm_core.wasm.syntax.instructions import Instr
from pycm_core.wasm.syntax.types import HeapKind, RefType


@emits("ref.null")
def _null(c: FunctionCompiler, instr: Instr) -> None:
    c.push(Val(c.space.types.close_ref(RefType(True, instr[1])), "None", const=0))


@emits("ref.func")
def _func(c: FunctionCompiler, instr: Instr) -> None:
    index = c.space.func_types[instr[1]]
    c.push(Val(RefType(False, c.space.types.deftype(index)), f"F{instr[1]}"))


def null_test(a: Val) -> str:
    """Whether a reference is null. Python warns of `is` beside a number, and an `i31` may be written as one."""
    return f"({a.text} {'==' if a.type == RefType(False, HeapKind.I31) else 'is'} None)"


@emits("ref.is_null")
def _is_null(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    c.push(truth(null_test(a), a))


@emits("ref.as_non_null")
def _as_non_null(c: FunctionCompiler, instr: Instr) -> None:
    a = c.spill_in_order(c.pop())
    c.flush()
    c.add(f"if {null_test(a)}: null_reference()", ())
    c.push(a)


@emits("br_on_null")
def _br_on_null(c: FunctionCompiler, instr: Instr) -> None:
    a = c.spill_in_order(c.pop())
    branch_if(c, Val(INT32.type, null_test(a), test=True), instr[1])
    c.push(a)


@emits("br_on_non_null")
def _br_on_non_null(c: FunctionCompiler, instr: Instr) -> None:
    a = c.spill_in_order(c.pop())
    c.stack.append(a)
    branch_if(c, Val(INT32.type, f"(not {null_test(a)})", test=True), instr[1])
    c.stack.pop()
    c.release(a)


@emits("table.get")
def _get(c: FunctionCompiler, instr: Instr) -> None:
    table = c.space.tables[instr[1]]
    a = address_type(table).canonical(c.pop())
    v = Val(table.element, f"(\nt{instr[1]}[{a.text}])", of=(a,), effect=TRAPS | READS)
    v.places = (c.here, *v.places)
    v.depth = max(v.depth, 1)
    c.push(v)


@emits("table.set")
def _set(c: FunctionCompiler, instr: Instr) -> None:
    a, v = c.pop_many(2)
    a, v = c.atoms(address_type(c.space.tables[instr[1]]).canonical(a), v)
    c.effect(f"t{instr[1]}[{a.text}] = {v.text}", a, v)


@emits("table.size")
def _size(c: FunctionCompiler, instr: Instr) -> None:
    ints = address_type(c.space.tables[instr[1]])
    c.push(Val(ints.type, f"len(t{instr[1]})", 0, ints.mask, effect=READS))


@emits("table.grow")
def _grow(c: FunctionCompiler, instr: Instr) -> None:
    ints = address_type(c.space.tables[instr[1]])
    v, n = c.pop_many(2)
    n = ints.canonical(n)
    c.result(ints.type, f"T{instr[1]}.grow({v.text}, {n.text})", v, n)


@emits("table.fill")
def _fill(c: FunctionCompiler, instr: Instr) -> None:
    ints = address_type(c.space.tables[instr[1]])
    a, v, n = c.pop_many(3)
    a, n = ints.canonical(a), ints.canonical(n)
    c.effect(f"T{instr[1]}.fill({a.text}, {v.text}, {n.text})", a, v, n)


@emits("table.copy")
def _copy(c: FunctionCompiler, instr: Instr) -> None:
    to, from_ = (address_type(c.space.tables[i]) for i in instr[1:])
    a, b, n = c.pop_many(3)
    a, b = to.canonical(a), from_.canonical(b)
    n = (INT64 if to is from_ is INT64 else INT32).canonical(n)
    c.effect(f"T{instr[1]}.copy({a.text}, T{instr[2]}, {b.text}, {n.text})", a, b, n)


@emits("table.init")
def _init(c: FunctionCompiler, instr: Instr) -> None:
    _, segment, table = instr
    a, b, n = c.pop_many(3)
    a, b, n = address_type(c.space.tables[table]).canonical(a), INT32.canonical(b), INT32.canonical(n)
    c.effect(f"T{table}.init({a.text}, e{segment}, {b.text}, {n.text})", a, b, n)


@emits("elem.drop")
def _drop(c: FunctionCompiler, instr: Instr) -> None:
    c.globals.add(f"e{instr[1]}")
    c.effect(f"e{instr[1]} = ()")
