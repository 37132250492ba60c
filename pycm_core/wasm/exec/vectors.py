"""Vector instructions (core specification, "Execution", "Vector Instructions"): calls of functions of `lanes`."""

from __future__ import annotations

from pycm_core.wasm.exec.emit import EMIT, emits
from pycm_core.wasm.exec.function import FunctionCompiler
from pycm_core.wasm.exec.lanes import ALL, LANE_OPS
from pycm_core.wasm.exec.operands import F32, F64, INT32, INT64, V128, Int, Val
from pycm_core.wasm.exec.storage import address, loaded
from pycm_core.wasm.syntax.instructions import BY_NAME, OPS, Instr
from pycm_core.wasm.syntax.types import NumType

BITS = {"i8x16": 8, "i16x8": 16, "i32x4": 32, "i64x2": 64, "f32x4": 32, "f64x2": 64}


def vector(text: str, *of: Val) -> Val:
    """An operand that is a vector."""
    return Val(V128, text, of=of)


@emits("v128.const")
def _const(c: FunctionCompiler, instr: Instr) -> None:
    value = int.from_bytes(instr[1], "little")
    c.push(Val(V128, str(value), const=value))


def _bitwise(name: str, text: str) -> None:
    def emit(c: FunctionCompiler, instr: Instr) -> None:
        a, b = c.pop_many(2)
        c.push(vector(text.format(a.text, b.text), a, b))

    EMIT[BY_NAME[f"v128.{name}"]] = emit


_bitwise("and", "({} & {})")
_bitwise("or", "({} | {})")
_bitwise("xor", "({} ^ {})")
_bitwise("andnot", f"({{}} & ({{}} ^ {ALL}))")


@emits("v128.not")
def _not(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    c.push(vector(f"({a.text} ^ {ALL})", a))


@emits("v128.any_true")
def _any_true(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    c.push(Val(INT32.type, f"({a.text} != 0)", 0, 1, of=(a,), test=True))


@emits("i8x16.shuffle")
def _shuffle(c: FunctionCompiler, instr: Instr) -> None:
    a, b = c.pop_many(2)
    c.push(vector(f"i8x16_shuffle({a.text}, {b.text}, {instr[1]!r})", a, b))


def _plain(name: str, params: tuple[NumType, ...], result: NumType) -> None:
    """An instruction whose operands and result go through a function of `lanes`."""
    function = name.replace(".", "_")
    assert function in LANE_OPS, function

    def emit(c: FunctionCompiler, instr: Instr) -> None:
        vals = [c.rest(v) for v in c.pop_many(len(params))]
        text = f"{function}({', '.join(v.text for v in vals)})"
        c.push(vector(text, *vals) if result is V128 else Val(result, text, 0, 0xFFFF, of=tuple(vals)))

    EMIT[BY_NAME[name]] = emit


# --- lanes ------------------------------------------------------------------------------------------------------------------


def _lane_bits(c: FunctionCompiler, shape: str, v: Val) -> str:
    """A number as the unsigned bits of a lane."""
    if shape == "f32x4":
        return f"bits_of_f32({v.text})"
    if shape == "f64x2":
        return f"bits_of_f64({v.text})"
    ints: Int = INT64 if shape == "i64x2" else INT32
    v = ints.number(v)
    return f"({v.text} & {(1 << BITS[shape]) - 1})"


def _splat(shape: str) -> None:
    bits = BITS[shape]

    def emit(c: FunctionCompiler, instr: Instr) -> None:
        v = c.pop()
        c.push(vector(f"({_lane_bits(c, shape, v)} * {ALL // ((1 << bits) - 1)})", v))

    EMIT[BY_NAME[f"{shape}.splat"]] = emit


def _replace(shape: str) -> None:
    bits = BITS[shape]

    def emit(c: FunctionCompiler, instr: Instr) -> None:
        at = instr[1] * bits
        a, v = c.pop_many(2)
        keep = ALL ^ ((1 << bits) - 1) << at
        c.push(vector(f"({a.text} & {keep} | {_lane_bits(c, shape, v)} << {at})", a, v))

    EMIT[BY_NAME[f"{shape}.replace_lane"]] = emit


def _extract(shape: str, sign: str, type: NumType) -> None:
    bits = BITS[shape]
    mask = (1 << bits) - 1

    def emit(c: FunctionCompiler, instr: Instr) -> None:
        a = c.pop()
        at = instr[1] * bits
        text = f"({a.text} >> {at} & {mask})"
        if type is F32 or type is F64:
            c.push(Val(type, f"{type.value}_of_bits({text})", of=(a,)))
        elif sign == "_s":
            half = 1 << (bits - 1)
            c.push(Val(type, f"(({text} ^ {half}) - {half})", -half, half - 1, of=(a,)))
        else:
            c.push(Val(type, text, 0, mask, of=(a,)))

    EMIT[BY_NAME[f"{shape}.extract_lane{sign}"]] = emit


# --- memory -----------------------------------------------------------------------------------------------------------------


def _load(name: str, text: str) -> None:
    """A load whose text has `{m}` and `{a}` for the memory's number and the address."""

    def emit(c: FunctionCompiler, instr: Instr) -> None:
        _, _, offset, memory = instr
        a = address(c, c.pop(), offset, memory)
        c.push(loaded(c, vector("", a), text.format(m=memory, a=a.text)))

    EMIT[BY_NAME[name]] = emit


_LETTERS = {8: "B", 16: "H", 32: "I", 64: "Q"}

_load("v128.load", "load_v128(m{m}, {a})")
_load("v128.load8_splat", f"m{{m}}[{{a}}] * {ALL // 0xFF}")
for _bits in (16, 32, 64):
    _load(f"v128.load{_bits}_splat", f"load_{_LETTERS[_bits]}(m{{m}}, {{a}})[0] * {ALL // ((1 << _bits) - 1)}")
for _bits in (32, 64):
    _load(f"v128.load{_bits}_zero", f"load_{_LETTERS[_bits]}(m{{m}}, {{a}})[0]")
for _bits, _count in ((8, 8), (16, 4), (32, 2)):
    for _sign, _letter in (("s", _LETTERS[_bits].lower()), ("u", _LETTERS[_bits])):
        _load(f"v128.load{_bits}x{_count}_{_sign}", f"load_extended(m{{m}}, {{a}}, '<{_count}{_letter}', {2 * _bits})")


@emits("v128.store")
def _store(c: FunctionCompiler, instr: Instr) -> None:
    _, _, offset, memory = instr
    v = c.pop()
    a = address(c, c.pop(), offset, memory)
    c.effect(f"store_v128(m{memory}, {a.text}, {v.text})", a, v)


def _lane_access(bits: int) -> None:
    mask = (1 << bits) - 1
    letter = _LETTERS[bits]

    def load(c: FunctionCompiler, instr: Instr) -> None:
        _, _, offset, memory, lane = instr
        v = c.pop()
        a = address(c, c.pop(), offset, memory)
        got = loaded(c, vector("", a), f"load_{letter}(m{memory}, {a.text})[0] << {lane * bits}")
        keep = ALL ^ mask << lane * bits
        c.push(vector(f"({got.text} | {v.text} & {keep})", got, v))

    def store(c: FunctionCompiler, instr: Instr) -> None:
        _, _, offset, memory, lane = instr
        v = c.pop()
        a = address(c, c.pop(), offset, memory)
        c.effect(f"store_{letter}(m{memory}, {a.text}, {v.text} >> {lane * bits} & {mask})", a, v)

    EMIT[BY_NAME[f"v128.load{bits}_lane"]] = load
    EMIT[BY_NAME[f"v128.store{bits}_lane"]] = store


def _fill() -> None:
    for shape in BITS:
        _splat(shape)
        _replace(shape)
    for shape, sign, type in (
        ("i8x16", "_s", INT32.type),
        ("i8x16", "_u", INT32.type),
        ("i16x8", "_s", INT32.type),
        ("i16x8", "_u", INT32.type),
        ("i32x4", "", INT32.type),
        ("i64x2", "", INT64.type),
        ("f32x4", "", F32),
        ("f64x2", "", F64),
    ):
        _extract(shape, sign, type)
    for bits in (8, 16, 32, 64):
        _lane_access(bits)
    for op in OPS:
        if op not in EMIT and op.feature in ("simd", "relaxed-simd"):
            assert op.params is not None
            _plain(op.name, op.params, op.results[0])


_fill()
