"""Floating-point arithmetic and conversions (core specification, "Execution", "Numerics", "Floating-Point Operations").

Python's floats are f64. An f32 is a float that an f32 can hold; results are computed in f64 and rounded through `R`, an `array` of one
C float: for sums, products, quotients and roots of two f32 the second rounding changes nothing. What Python raises on (division by zero,
roots of negative numbers) is asked before, and what needs more words is a function of `numeric`.
"""

from __future__ import annotations

import math
import struct

from pycm_core.wasm.exec.emit import EMIT, emits
from pycm_core.wasm.exec.function import FunctionCompiler
from pycm_core.wasm.exec.integers import truth
from pycm_core.wasm.exec.numeric import f32_of_bits, f64_of_bits
from pycm_core.wasm.exec.operands import F32, F64, INT32, INT64, TRAPS, Val
from pycm_core.wasm.syntax.instructions import BY_NAME, Instr
from pycm_core.wasm.syntax.types import NumType


def float_val(type: NumType, text: str, *of: Val) -> Val:
    """A floating-point operand."""
    return Val(type, text, of=of)


def rounded(c: FunctionCompiler, v: Val) -> Val:
    """An f64 expression rounded to f32, in a variable."""
    if v.effect:
        c.flush()
    c.release(v)
    cell = c.near("R")
    c.add(f"{cell}[0] = {v.text}", v.places)
    name = c.temp()
    c.add(f"{name} = {cell}[0]", ())
    return c.variable(F32, name)


def float_text(value: float) -> str:
    """A number as an atom; infinities and NaNs are names."""
    if value == math.inf:
        return "inf"
    if value == -math.inf:
        return "minus_inf"
    text = repr(value)
    return f"({text})" if text.startswith("-") else text


@emits("f32.const", "f64.const")
def _const(c: FunctionCompiler, instr: Instr) -> None:
    bits = instr[1]
    type = F32 if instr[0].name == "f32.const" else F64
    value = f32_of_bits(bits) if type is F32 else f64_of_bits(bits)
    if value != value:
        wide = struct.unpack("<Q", struct.pack("<d", value))[0]
        text = f"nan_{wide:016x}"
        c.names[text] = value
    else:
        text = float_text(value)
    v = Val(type, text, const=bits)
    c.push(v)


def _binary(name: str, sign: str) -> None:
    def emit64(c: FunctionCompiler, instr: Instr) -> None:
        a, b = c.pop_many(2)
        c.push(float_val(F64, f"({a.text} {sign} {b.text})", a, b))

    def emit32(c: FunctionCompiler, instr: Instr) -> None:
        a, b = c.pop_many(2)
        c.push(rounded(c, float_val(F32, f"({a.text} {sign} {b.text})", a, b)))

    EMIT[BY_NAME[f"f64.{name}"]] = emit64
    EMIT[BY_NAME[f"f32.{name}"]] = emit32


_binary("add", "+")
_binary("sub", "-")
_binary("mul", "*")


@emits("f64.div", "f32.div")
def _div(c: FunctionCompiler, instr: Instr) -> None:
    a, b = c.pop_many(2)
    type = F64 if instr[0].name == "f64.div" else F32
    if b.const is not None and b.text not in ("0.0", "(-0.0)"):
        v = float_val(type, f"({a.text} / {b.text})", a)
    else:
        a, b = c.atoms(a, b)
        v = float_val(type, f"({a.text} / {b.text} if {b.text} else div_zero({a.text}, {b.text}))", a, b)
    c.push(v if type is F64 else rounded(c, v))


@emits("f64.sqrt", "f32.sqrt")
def _sqrt(c: FunctionCompiler, instr: Instr) -> None:
    (a,) = c.atoms(c.pop())
    text = f"({c.near('sqrt')}({a.text}) if {a.text} >= 0.0 else sqrt_negative({a.text}))"
    c.push(float_val(F64, text, a) if instr[0].name == "f64.sqrt" else rounded(c, float_val(F32, text, a)))


@emits("f64.min", "f32.min")
def _min(c: FunctionCompiler, instr: Instr) -> None:
    _choose(c, instr, "<", "min")


@emits("f64.max", "f32.max")
def _max(c: FunctionCompiler, instr: Instr) -> None:
    _choose(c, instr, ">", "max")


def _choose(c: FunctionCompiler, instr: Instr, sign: str, name: str) -> None:
    a, b = c.atoms(*c.pop_many(2))
    type = F64 if instr[0].name.startswith("f64") else F32
    x, y = a.text, b.text
    c.push(float_val(type, f"({x} if {x} {sign} {y} else {y} if {y} {sign} {x} else float_{name}({x}, {y}))", a, b))


def _call(names: str, function: str) -> None:
    """Register a function of `numeric`, for one or two operands, whose results need no rounding."""
    for type in (F32, F64):
        for name in names.split():

            def emit(c: FunctionCompiler, instr: Instr, type: NumType = type) -> None:
                params = instr[0].params
                vals = c.pop_many(len(params))
                c.push(float_val(type, f"{function}({', '.join(v.text for v in vals)})", *vals))

            EMIT[BY_NAME[f"{type.value}.{name}"]] = emit


_call("abs", "abs")
_call("copysign", "copysign")
_call("ceil", "float_ceil")
_call("floor", "float_floor")
_call("trunc", "float_trunc")
_call("nearest", "float_nearest")


@emits("f32.neg", "f64.neg")
def _neg(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    c.push(float_val(F64 if instr[0].name == "f64.neg" else F32, f"(-{a.text})", a))


def _compare(name: str, sign: str) -> None:
    def emit(c: FunctionCompiler, instr: Instr) -> None:
        a, b = c.pop_many(2)
        c.push(truth(f"({a.text} {sign} {b.text})", a, b))

    EMIT[BY_NAME[f"f32.{name}"]] = EMIT[BY_NAME[f"f64.{name}"]] = emit


for _name, _sign in {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}.items():
    _compare(_name, _sign)


# --- conversions ------------------------------------------------------------------------------------------------------------


def _truncations() -> None:
    for ints in (INT32, INT64):
        for source in ("f32", "f64"):
            for sign in ("s", "u"):

                def trunc(c: FunctionCompiler, instr: Instr, name: str = f"trunc_{sign}{ints.bits}", ints=ints) -> None:  # type: ignore[no-untyped-def]
                    a = c.pop()
                    v = Val(ints.type, f"(\n{name}({a.text}))", -ints.sign, ints.mask, of=(a,), effect=TRAPS)
                    if name.startswith("trunc_u"):
                        v.low = 0
                    else:
                        v.high = ints.most
                    v.places = (c.here, *v.places)
                    c.push(v)

                def sat(c: FunctionCompiler, instr: Instr, name: str = f"sat_{sign}{ints.bits}", ints=ints) -> None:  # type: ignore[no-untyped-def]
                    a = c.pop()
                    low, high = (0, ints.mask) if name.startswith("sat_u") else (-ints.sign, ints.most)
                    c.push(Val(ints.type, f"{name}({a.text})", low, high, of=(a,)))

                EMIT[BY_NAME[f"{ints.type.value}.trunc_{source}_{sign}"]] = trunc
                EMIT[BY_NAME[f"{ints.type.value}.trunc_sat_{source}_{sign}"]] = sat


_truncations()


@emits("f64.convert_i32_s", "f64.convert_i64_s", "f64.convert_i32_u", "f64.convert_i64_u")
def _convert64(c: FunctionCompiler, instr: Instr) -> None:
    a = _integer(c, instr)
    c.push(float_val(F64, f"({a.text} * 1.0)", a))


@emits("f32.convert_i32_s", "f32.convert_i32_u")
def _convert32(c: FunctionCompiler, instr: Instr) -> None:
    a = _integer(c, instr)
    c.push(rounded(c, float_val(F64, a.text, a)))


@emits("f32.convert_i64_s", "f32.convert_i64_u")
def _convert32_wide(c: FunctionCompiler, instr: Instr) -> None:
    a = _integer(c, instr)
    c.push(float_val(F32, f"f32_of_int({a.text})", a))


def _integer(c: FunctionCompiler, instr: Instr) -> Val:
    """The operand of a conversion, in the range that its name says."""
    ints = INT32 if "i32" in instr[0].name else INT64
    return c.signed(ints, c.pop()) if instr[0].name.endswith("_s") else ints.canonical(c.pop())


@emits("f32.demote_f64")
def _demote(c: FunctionCompiler, instr: Instr) -> None:
    c.push(rounded(c, c.pop()))


@emits("f64.promote_f32")
def _promote(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    c.push(float_val(F64, f"({a.text} * 1.0)", a))  # the product makes a NaN quiet


@emits("i32.reinterpret_f32")
def _bits32(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    c.push(Val(INT32.type, f"bits_of_f32({a.text})", 0, INT32.mask, of=(a,)))


@emits("i64.reinterpret_f64")
def _bits64(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    c.push(Val(INT64.type, f"bits_of_f64({a.text})", 0, INT64.mask, of=(a,)))


@emits("f32.reinterpret_i32")
def _of_bits32(c: FunctionCompiler, instr: Instr) -> None:
    a = INT32.canonical(c.pop())
    c.push(float_val(F32, f"f32_of_bits({a.text})", a))


@emits("f64.reinterpret_i64")
def _of_bits64(c: FunctionCompiler, instr: Instr) -> None:
    a = INT64.canonical(c.pop())
    c.push(float_val(F64, f"f64_of_bits({a.text})", a))
