"""Integer arithmetic (core specification, "Execution", "Numerics", "Integer Operations")."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from pycm_core.wasm.exec.emit import EMIT, emits
from pycm_core.wasm.exec.function import FunctionCompiler
from pycm_core.wasm.exec.known import MAX_BITS
from pycm_core.wasm.exec.operands import I32, INT32, INT64, SMALL, TRAPS, Int, Val, literal, signed_text
from pycm_core.wasm.exec.scales import counted, multiplied, summed
from pycm_core.wasm.syntax.instructions import BY_NAME, Instr

MAX_SUMMANDS = 8
"""How many are remembered."""

Unary = Callable[[FunctionCompiler, Int, Val], Val]
Binary = Callable[[FunctionCompiler, Int, Val, Val], Val]


def _unary(*names: str) -> Callable[[Unary], Unary]:
    """Register for both integer types; names are without `i32.`."""

    def register(rule: Unary) -> Unary:
        for ints in (INT32, INT64):
            for name in names:
                EMIT[BY_NAME[f"{ints.type.value}.{name}"]] = lambda c, instr, ints=ints: c.push(  # type: ignore[misc]  # early binding
                    rule(c, ints, ints.number(c.pop()))
                )
        return rule

    return register


def _binary(*names: str) -> Callable[[Binary], Binary]:
    """The same for two operands."""

    def register(rule: Binary) -> Binary:
        for ints in (INT32, INT64):
            for name in names:

                def emit(c: FunctionCompiler, instr: Instr, ints: Int = ints) -> None:
                    a, b = c.pop_many(2)
                    c.push(rule(c, ints, ints.number(a), ints.number(b)))

                EMIT[BY_NAME[f"{ints.type.value}.{name}"]] = emit
        return rule

    return register


@emits("i32.const", "i64.const")
def _const(c: FunctionCompiler, instr: Instr) -> None:
    ints = INT32 if instr[0].name == "i32.const" else INT64
    c.push(ints.const(instr[1]))


# --- arithmetic -------------------------------------------------------------------------------------------------------------


@_binary("add")
def _add(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    if a.const is not None:
        a, b = b, a
    if b.const is not None:
        if a.const is not None:
            return ints.const(a.const + b.const)
        return _plus(c, ints, a, ints.signed_const(b.const))
    choice = _choice(c, ints, a, b)
    if choice is not None:
        return choice
    if c.uses is not None:
        c.uses.summed(a, b)
    a, b = ints.bounded(a), ints.bounded(b)
    v = Val(ints.type, f"({a.text} + {b.text})", a.low + b.low, a.high + b.high, of=(a, b))
    v.sum = (v.high < ints.mask << 4 or max(a.high, b.high) == ints.grown) and not c.mixing
    if c.uses is not None:
        c.uses.added(v, a, b)
    if a.linear is not None and b.linear is not None:
        v.linear = a.linear + b.linear
    if c.mixing and len(a.summands) < MAX_SUMMANDS:
        v.summands = (*(a.summands or (a,)), b)
    return summed(v.digits(min(a.bits, b.bits), a.rest + b.rest), a, b)


def _choice(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val | None:
    """`(x & y) + (z & ~x)`, as hashes have it, takes each bit from `y` or `z`: so does `z ^ (x & (y ^ z))`, in one step less."""
    if b.bitwise is None:
        return None
    summands = a.summands or (a,)
    for i, other in enumerate(summands):
        if other.bitwise is None or {other.bitwise[0], b.bitwise[0]} != {"&", "&~"}:
            continue
        (_, z, x), (_, *xy) = (b.bitwise, other.bitwise) if b.bitwise[0] == "&~" else (other.bitwise, b.bitwise)
        if x in xy:
            y = xy[1] if xy[0] == x else xy[0]
            v = Val(ints.type, f"({z} ^ ({x} & ({y} ^ {z})))", 0, ints.mask, of=(other, b))
            rest = [*summands[:i], *summands[i + 1 :]]
            return reduce(lambda sum, one: _add(c, ints, sum, one), [*rest[1:], v], rest[0]) if rest else v
    return None


def _bitwise(ints: Int, v: Val, sign: str, a: Val, b: Val) -> Val:
    """`v`, which is `a & b` or `a ^ b`, with what it is made of."""
    if not ints.is_canonical(a) or not ints.is_canonical(b):
        return v
    if sign == "^":
        if b.const == ints.mask and a.atom:
            v.bitwise = "~", a.text, ""
    elif a.atom and b.bitwise is not None and b.bitwise[0] == "~":
        v.bitwise = "&~", a.text, b.bitwise[1]
    elif b.atom and a.bitwise is not None and a.bitwise[0] == "~":
        v.bitwise = "&~", b.text, a.bitwise[1]
    elif a.atom and b.atom:
        v.bitwise = "&", a.text, b.text
    return v


def _plus(c: FunctionCompiler, ints: Int, a: Val, k: int) -> Val:
    """A constant added."""
    if k == 0:
        return a
    if c.uses is not None:
        c.uses.summed(a)
    base, plus = (a.base, a.plus + k) if a.base is not None else (a.text, k) if a.atom and ints.is_canonical(a) else (None, 0)
    if base is not None and abs(plus) <= ints.most:
        text, low, high = f"({base} {signed_text(plus)})", a.low + k, a.high + k
        result = Val(ints.type, text if plus else base, low, high, of=(a,))
        result.base, result.plus = base, plus
        result.depth = 1
        result.linear = a.linear
        result.digits(a.bits, a.rest + k)
        return result if a.parts is None else summed(result, a, ints.const(k))
    a = ints.bounded(a)
    v = Val(ints.type, f"({a.text} {signed_text(k)})", a.low + k, a.high + k, of=(a,))
    v.sum = a.sum
    v.linear = a.linear
    v.digits(a.bits, a.rest + k)
    return v if a.parts is None else summed(v, a, ints.const(k))


@_binary("sub")
def _sub(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    if b.const is not None:
        if a.const is not None:
            return ints.const(a.const - b.const)
        return _plus(c, ints, a, -ints.signed_const(b.const))
    if c.uses is not None:
        c.uses.summed(a, b)
    a, b = ints.bounded(a), ints.bounded(b)
    if a.const is not None:
        if a.const == 0:
            return Val(ints.type, f"(-{b.text})", -b.high, -b.low, of=(b,))
        k = ints.signed_const(a.const)
        return Val(ints.type, f"({literal(k)} - {b.text})", k - b.high, k - b.low, of=(b,))
    v = Val(ints.type, f"({a.text} - {b.text})", a.low - b.high, a.high - b.low, of=(a, b))
    v.sum = not c.mixing
    return v.digits(min(a.bits, b.bits), a.rest - b.rest)


@_binary("mul")
def _mul(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    if a.const is not None:
        a, b = b, a
    a = ints.bounded(a)
    if b.const is not None:
        if a.const is not None:
            return ints.const(a.const * b.const)
        k = ints.signed_const(b.const)
        ends = (a.low * k, a.high * k)
        v = Val(ints.type, f"({a.text} * {literal(k)})", min(ends), max(ends), of=(a,))
        v.sum = 0 < k < 1 << 16 and not c.mixing
        zeros = (k & -k).bit_length() - 1 if k else MAX_BITS
        v.linear = ()
        return multiplied(c, v.digits(min(MAX_BITS, a.bits + zeros), a.rest * k), a, k)
    b = ints.bounded(b)
    products = (a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high)
    return Val(ints.type, f"({a.text} * {b.text})", min(products), max(products), of=(a, b))


def _apart(c: FunctionCompiler, a: Val, b: Val) -> tuple[Val, Val]:
    """Operands of an operation that may trap: the place of the operation must be on the line of the first one."""
    if a.places:
        a, b = _spill_first(c, a, b)
    return a, b


def _spill_first(c: FunctionCompiler, a: Val, b: Val) -> tuple[Val, Val]:
    if a.effect:
        c.flush()
    return c.spill(a), b


def _trapping(c: FunctionCompiler, ints: Int, text: str, high: int, of: tuple[Val, ...], low: int = 0) -> Val:
    """An expression that may trap at the current instruction."""
    v = Val(ints.type, f"(\n{text})", low, high, of=of, effect=TRAPS)
    v.places = (c.here, *v.places)
    v.depth = max(v.depth, 1)
    return v


@_binary("div_u")
def _div_u(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    a, b = ints.canonical(a), ints.canonical(b)
    if b.const:
        return Val(ints.type, f"({a.text} // {b.text})", a.low // b.const, a.high // b.const, of=(a,))
    a, b = _apart(c, a, b)
    return _trapping(c, ints, f"{a.text} // {b.text}", a.high, (a, b))


@_binary("rem_u")
def _rem_u(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    a, b = ints.canonical(a), ints.canonical(b)
    if b.const:
        return Val(ints.type, f"({a.text} % {b.text})", 0, b.const - 1, of=(a,))
    a, b = _apart(c, a, b)
    return _trapping(c, ints, f"{a.text} % {b.text}", b.high, (a, b))


@_binary("div_s")
def _div_s(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    a = c.signed(ints, a) if b.const is not None else a
    if b.const is not None and 0 < b.const <= ints.most:
        k = b.const
        if a.low >= 0:
            return Val(ints.type, f"({a.text} // {k})", 0, a.high // k, of=(a,))
        (a,) = c.atoms(a)
        return Val(
            ints.type, f"({a.text} // {k} if {a.text} >= 0 else -(-{a.text} // {k}))", -(-a.low // k), a.high // k, of=(a,)
        )
    a, b = ints.signed(a), ints.signed(b)
    return _trapping(c, ints, f"div_s{ints.bits}({a.text}, {b.text})", ints.most, (a, b), -ints.sign)


@_binary("rem_s")
def _rem_s(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    a = c.signed(ints, a) if b.const is not None else a
    if b.const is not None and 0 < b.const <= ints.most:
        k = b.const
        if a.low >= 0:
            return Val(ints.type, f"({a.text} % {k})", 0, k - 1, of=(a,))
        (a,) = c.atoms(a)
        return Val(ints.type, f"({a.text} % {k} if {a.text} >= 0 else -(-{a.text} % {k}))", 1 - k, k - 1, of=(a,))
    a, b = ints.signed(a), ints.signed(b)
    return _trapping(c, ints, f"rem_s({a.text}, {b.text})", ints.most, (a, b), -ints.sign)


# --- bits -------------------------------------------------------------------------------------------------------------------


@_binary("and")
def _and(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    if a.const is not None and b.const is not None:
        return ints.const(a.const & b.const)
    if a.const is not None:
        a, b = b, a
    if not ints.is_canonical(b):
        if ints.is_canonical(a) and not (a.effect and b.effect):
            a, b = b, a
        else:
            b = ints.canonical(b)
    high = min(a.high, b.high) if a.low >= 0 else b.high
    if b.const is not None:
        v = Val(ints.type, f"({a.text} & {b.text})", 0, high, of=(a,))
        zeros = (b.const & -b.const).bit_length() - 1 if b.const else MAX_BITS
        return v.digits(min(zeros, MAX_BITS), 0) if zeros else v
    return _bitwise(ints, Val(ints.type, f"({a.text} & {b.text})", 0, high, of=(a, b)), "&", a, b)


def _bits(v: Val) -> int:
    return max((~v.low if v.low < 0 else v.low).bit_length(), v.high.bit_length() if v.high >= 0 else 0)


def _either(ints: Int, sign: str, a: Val, b: Val) -> Val:
    """`|` and `^` work on any representatives."""
    a, b = ints.bounded(a), ints.bounded(b)
    bits = max(_bits(a), _bits(b))
    low = 0 if a.low >= 0 and b.low >= 0 else -(1 << bits)
    return Val(ints.type, f"({a.text} {sign} {b.text})", low, (1 << bits) - 1, of=(a, b))


@_binary("or")
def _or(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    if a.const is not None and b.const is not None:
        return ints.const(a.const | b.const)
    return _either(ints, "|", a, b)


@_binary("xor")
def _xor(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    if a.const is not None and b.const is not None:
        return ints.const(a.const ^ b.const)
    if a.const is not None:
        a, b = b, a
    return _bitwise(ints, _either(ints, "^", a, b), "^", a, b)


def _count(ints: Int, b: Val) -> tuple[str, int | None, tuple[Val, ...]]:
    """How far to shift: as a text, as a constant, and the operands in the text."""
    if b.const is not None:
        k = b.const & (ints.bits - 1)
        return str(k), k, ()
    if b.low >= 0 and b.high < ints.bits:
        return b.text, None, (b,)
    return f"({b.text} & {ints.bits - 1})", None, (b,)


@_binary("shl")
def _shl(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    count, k, of = _count(ints, b)
    if k is not None and a.const is not None:
        return ints.const(a.const << k)
    if k == 0:
        return a
    a = ints.bounded(a)
    most = ints.bits - 1 if k is None else k
    if k is not None and k < 30:  # Python multiplies by a small number faster than it shifts
        v = Val(ints.type, f"({a.text} * {1 << k})", a.low << k, a.high << k, of=(a,))
        v.sum = k < 8 and not c.mixing
        v.linear = ()
        return multiplied(c, v.digits(min(MAX_BITS, a.bits + k), a.rest << k), a, 1 << k)
    return Val(
        ints.type, f"({a.text} << {count})", min(a.low << most, a.low), a.high << most if a.high > 0 else a.high, of=(a, *of)
    )


@_binary("shr_u")
def _shr_u(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    count, k, of = _count(ints, b)
    a = ints.canonical(a)
    if k == 0:
        return a
    return Val(ints.type, f"({a.text} >> {count})", 0, a.high >> (k or 0), of=(a, *of))


@_binary("shr_s")
def _shr_s(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    count, k, of = _count(ints, b)
    a = c.signed(ints, a) if not (a.effect and b.effect) else ints.signed(a)
    if k == 0:
        return a
    return Val(ints.type, f"({a.text} >> {count})", min(a.low >> (k or 0), 0), max(a.high >> (k or 0), 0), of=(a, *of))


@_binary("rotl")
def _rotl(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    return _rotate(c, ints, a, b, 1)


@_binary("rotr")
def _rotr(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    return _rotate(c, ints, a, b, -1)


def _rotate(c: FunctionCompiler, ints: Int, a: Val, b: Val, sign: int) -> Val:
    bits = ints.bits
    if b.const is not None:
        k = sign * b.const % bits
        if k == 0:
            return a
        (a,) = c.atoms(ints.canonical(a))
        double = c.double(a) if ints is INT32 else None
        if double is not None:
            return Val(ints.type, f"({double} >> {bits - k})", 0, (1 << (bits + k)) - 1, of=(a,))
        return Val(ints.type, f"({a.text} << {k} | {a.text} >> {bits - k})", 0, (1 << (bits + k)) - 1, of=(a,))
    a = ints.canonical(a)
    b = Val(ints.type, f"({b.text} & {bits - 1})", 0, bits - 1, of=(b,))
    a, b = c.atoms(a, b)
    left, right = ("<<", ">>") if sign > 0 else (">>", "<<")
    return Val(ints.type, f"({a.text} {left} {b.text} | {a.text} {right} {bits} - {b.text})", 0, (1 << (2 * bits)) - 1, of=(a, b))


@_unary("clz")
def _clz(c: FunctionCompiler, ints: Int, a: Val) -> Val:
    a = ints.canonical(a)
    if a.const is not None:
        return ints.const(ints.bits - a.const.bit_length())
    return Val(ints.type, f"({ints.bits} - {a.text}.bit_length())", 0, ints.bits, of=(a,))


@_unary("ctz")
def _ctz(c: FunctionCompiler, ints: Int, a: Val) -> Val:
    (a,) = c.atoms(ints.canonical(a))
    if a.const is not None:
        return ints.const((a.const & -a.const).bit_length() - 1 if a.const else ints.bits)
    return Val(ints.type, f"(({a.text} & -{a.text}).bit_length() - 1 if {a.text} else {ints.bits})", 0, ints.bits, of=(a,))


@_unary("popcnt")
def _popcnt(c: FunctionCompiler, ints: Int, a: Val) -> Val:
    a = ints.canonical(a)
    if a.const is not None:
        return ints.const(a.const.bit_count())
    return Val(ints.type, f"{a.text}.bit_count()", 0, ints.bits, of=(a,))


def _extend(c: FunctionCompiler, ints: Int, a: Val, bits: int) -> Val:
    sign = 1 << (bits - 1)
    if a.low >= -sign and a.high < sign:
        return a
    text = a.text if a.low >= 0 and a.high < 2 * sign else f"({a.text} & {2 * sign - 1})"
    return Val(ints.type, f"(({text} ^ {sign}) - {sign})", -sign, sign - 1, of=(a,))


@_unary("extend8_s")
def _extend8_s(c: FunctionCompiler, ints: Int, a: Val) -> Val:
    return _extend(c, ints, a, 8)


@_unary("extend16_s")
def _extend16_s(c: FunctionCompiler, ints: Int, a: Val) -> Val:
    return _extend(c, ints, a, 16)


@emits("i64.extend32_s")
def _extend32_s(c: FunctionCompiler, instr: Instr) -> None:
    c.push(_extend(c, INT64, INT64.number(c.pop()), 32))


def _as(v: Val, ints: Int) -> Val:
    """The same number in the other type."""
    if v.const is not None:
        return ints.const(v.low)
    result = Val(ints.type, v.text, v.low, v.high, of=(v,))
    result.depth = v.depth
    return result


@emits("i32.wrap_i64")
def _wrap(c: FunctionCompiler, instr: Instr) -> None:
    c.push(_as(c.pop(), INT32))


@emits("i64.extend_i32_s")
def _extend_i32_s(c: FunctionCompiler, instr: Instr) -> None:
    c.push(_as(c.signed(INT32, c.pop()), INT64))


@emits("i64.extend_i32_u")
def _extend_i32_u(c: FunctionCompiler, instr: Instr) -> None:
    c.push(_as(INT32.canonical(c.pop()), INT64))


# --- comparisons ------------------------------------------------------------------------------------------------------------


def truth(text: str, *of: Val) -> Val:
    """A truth value."""
    return Val(I32, text, 0, 1, of=of, test=True)


def known(value: bool) -> Val:
    """A constant truth value."""
    return INT32.const(int(value))


@_unary("eqz")
def _eqz(c: FunctionCompiler, ints: Int, a: Val) -> Val:
    return eqz(ints, a)


def eqz(ints: Int, a: Val) -> Val:
    """Whether a number is zero."""
    if a.const is not None:
        return known(a.const == 0)
    if not (-ints.mask <= a.low and a.high <= ints.mask):
        a = ints.canonical(a)
    a = counted(a)
    return truth(f"(not {a.text})", a)


@emits("i32.eqz")
def _eqz32(c: FunctionCompiler, instr: Instr) -> None:
    a = c.pop()
    c.push(truth(f"(not {a.text})", a) if a.test else eqz(INT32, a))


def _equal(c: FunctionCompiler, ints: Int, a: Val, b: Val, sign: str) -> Val:
    if a.const is not None:
        a, b = b, a
    if b.const is not None:
        if c.uses is not None:
            c.uses.equal(a, c.weight)
        if a.const is not None:
            return known((a.const == b.const) == (sign == "=="))
        k = b.const + (a.low - b.const + ints.mask) // (ints.mask + 1) * (ints.mask + 1)  # the first that is not below a.low
        if k > a.high:
            return known(sign == "!=") if not a.effect else truth(f"({a.text} {sign} {literal(k)})", a)
        if k + ints.mask + 1 <= a.high:
            a, k = ints.canonical(a), b.const
        for shift, units in (a.parts or {}).items():
            if not k & ((1 << shift) - 1):
                a, k = units, k >> shift
                break
        if a.stem is not None:
            text, plus = a.stem
            a, k = Val(a.type, text, a.low - plus, a.high - plus, of=(a,)), k - plus
        if k == 0:
            return truth(f"(not {a.text})" if sign == "==" else f"({a.text} != 0)", a)
        return truth(f"({a.text} {sign} {literal(k)})", a)
    if not (ints.is_canonical(a) and ints.is_canonical(b)):
        if ints.is_signed(a) and ints.is_signed(b):
            pass
        else:
            a, b = ints.canonical(a), ints.canonical(b)
    return truth(f"({a.text} {sign} {b.text})", a, b)


@_binary("eq")
def _eq(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    return _equal(c, ints, a, b, "==")


@_binary("ne")
def _ne(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
    return _equal(c, ints, a, b, "!=")


_SIGNS = {"lt": "<", "gt": ">", "le": "<=", "ge": ">="}
_SWAPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _unsigned(sign: str) -> Binary:
    def compare(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
        a, b = ints.canonical(a), ints.canonical(b)
        return truth(f"({a.text} {sign} {b.text})", a, b)

    return compare


def _against(ints: Int, a: Val, sign: str, k: int) -> Val:
    """A signed comparison of a canonical number with a signed constant: small numbers first, then by sign."""
    most = ints.most
    x, first = (a.text, a.text) if a.atom else ("w", f"(w := {a.text})")
    if 0 <= k <= SMALL:
        text = f"{first} {sign} {k} " + (
            f"or {x} > {SMALL} and {x} > {most}" if sign[0] == "<" else f"and ({x} <= {SMALL} or {x} <= {most})"
        )
    elif k > SMALL:
        text = {
            "<": f"not {k} <= {a.text} <= {most}",
            ">=": f"{k} <= {a.text} <= {most}",
            ">": f"{k} < {a.text} <= {most}",
            "<=": f"not {k} < {a.text} <= {most}",
        }[sign]
    else:
        above = ints.mask + 1 + k
        text = {
            "<": f"{most} < {a.text} < {above}",
            ">=": f"not {most} < {a.text} < {above}",
            ">": f"not {most} < {a.text} <= {above}",
            "<=": f"{most} < {a.text} <= {above}",
        }[sign]
    return truth(f"({text})", a)


def _signed(sign: str) -> Binary:
    def compare(c: FunctionCompiler, ints: Int, a: Val, b: Val) -> Val:
        way = sign
        if a.const is not None:
            a, b, way = b, a, _SWAPPED[sign]
        if b.const is not None:
            k = ints.signed_const(b.const)
            if a.const is not None:
                a = ints.signed(a)
            if ints.is_signed(a):
                return truth(f"({a.text} {way} {literal(k)})", a)
            if a.other is not None:
                a = ints.signed(a)
                return truth(f"({a.text} {way} {literal(k)})", a)
            return _against(ints, ints.canonical(a), way, k)
        if a.other is not None:
            a = ints.signed(a)
        if b.other is not None:
            b = ints.signed(b)
        if ints.is_signed(a) and ints.is_signed(b):
            return truth(f"({a.text} {way} {b.text})", a, b)
        for v, other, to in ((a, b, way), (b, a, _SWAPPED[way])):
            if other.low >= 0 and other.high <= ints.most and not (v.effect and other.effect):
                v = ints.canonical(v)  # what is above `most` is negative, hence less
                text = f"({other.text} {'<' if to in ('>', '<=') else '<='} {v.text} <= {ints.most})"
                return truth(text if to[0] == ">" else f"(not {text})", other, v)
        if ints.is_signed(a) or ints.is_signed(b):
            a, b = _biased(ints, a), _biased(ints, b)
            return truth(f"({a.text} {way} {b.text})", a, b)
        a, b = ints.canonical(a), ints.canonical(b)
        a, b = c.atoms(a, b)
        x, y, top = a.text, b.text, ints.sign
        return truth(f"({x} {way} {y} if {x} <= {SMALL} >= {y} else {x} ^ {top} {way} {y} ^ {top})", a, b)

    return compare


def _biased(ints: Int, v: Val) -> Val:
    """The signed number plus 2**(N-1), which keeps the order."""
    if ints.is_signed(v):
        return Val(ints.type, f"({v.text} + {ints.sign})", of=(v,))
    v = ints.canonical(v)
    return Val(ints.type, f"({v.text} ^ {ints.sign})", of=(v,))


for _name, _sign in _SIGNS.items():
    _binary(f"{_name}_u")(_unsigned(_sign))
    _binary(f"{_name}_s")(_signed(_sign))
