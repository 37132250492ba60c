"""Vector operations (core specification, "Execution", "Numerics", "Vector Operations").

A vector is an integer of 128 bits, lane 0 lowest. Each function here has the name of its instruction, with `_` for `.`, and takes and
returns vectors and unsigned integers. Where the relaxed instructions leave a choice, it is the one that needs no hardware: each
relaxed instruction does what its strict sister does, and `madd` rounds twice.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Iterable
from typing import Any

from pycm_core.wasm.exec.numeric import (
    bits_of_f32,
    bits_of_f64,
    f32_of_bits,
    f64_of_bits,
    float_ceil,
    float_div,
    float_floor,
    float_max,
    float_min,
    float_nearest,
    float_sqrt,
    float_trunc,
    quiet,
    round_f32,
    sat_s32,
    sat_u32,
)

ALL = (1 << 128) - 1
_BITS = {"i8x16": 8, "i16x8": 16, "i32x4": 32, "i64x2": 64}
_UNSIGNED = {8: struct.Struct("<16B"), 16: struct.Struct("<8H"), 32: struct.Struct("<4I"), 64: struct.Struct("<2Q")}
_SIGNED = {8: struct.Struct("<16b"), 16: struct.Struct("<8h"), 32: struct.Struct("<4i"), 64: struct.Struct("<2q")}

Op = Callable[..., Any]
LANE_OPS: dict[str, Op] = {}
"""By name in generated code."""


def unsigned(v: int, bits: int) -> tuple[int, ...]:
    """The lanes as unsigned numbers."""
    return _UNSIGNED[bits].unpack(v.to_bytes(16, "little"))


def signed(v: int, bits: int) -> tuple[int, ...]:
    """The lanes as signed numbers."""
    return _SIGNED[bits].unpack(v.to_bytes(16, "little"))


def packed(lanes: Iterable[int], bits: int) -> int:
    """A vector of lanes, each any representative."""
    mask = (1 << bits) - 1
    return int.from_bytes(_UNSIGNED[bits].pack(*[lane & mask for lane in lanes]), "little")


def splat(lane: int, bits: int) -> int:
    """A vector with the same unsigned number in all lanes."""
    return lane * (ALL // ((1 << bits) - 1))


def _floats(v: int, bits: int) -> list[float]:
    of_bits = f32_of_bits if bits == 32 else f64_of_bits
    return [of_bits(lane) for lane in unsigned(v, bits)]


def _packed_floats(lanes: Iterable[float], bits: int) -> int:
    """A vector of floats; f32 lanes are rounded."""
    if bits == 64:
        return packed([bits_of_f64(lane) for lane in lanes], 64)
    return packed([bits_of_f32(round_f32(lane)) for lane in lanes], 32)


def _saturated(lane: int, bits: int, sign: bool) -> int:
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if sign else (0, (1 << bits) - 1)
    return low if lane < low else high if lane > high else lane


# --- bits and bytes ---------------------------------------------------------------------------------------------------------


def i8x16_shuffle(a: int, b: int, lanes: bytes) -> int:
    """Bytes of both, chosen by constant indices."""
    both = a.to_bytes(16, "little") + b.to_bytes(16, "little")
    return int.from_bytes(bytes([both[i] for i in lanes]), "little")


def i8x16_swizzle(a: int, b: int) -> int:
    """Bytes of `a`, chosen by `b`; zero for an index out of range."""
    data = a.to_bytes(16, "little")
    return int.from_bytes(bytes([data[i] if i < 16 else 0 for i in b.to_bytes(16, "little")]), "little")


def v128_bitselect(a: int, b: int, mask: int) -> int:
    """Bits of `a` where the mask has ones, else of `b`."""
    return b ^ ((a ^ b) & mask)


# --- integers ---------------------------------------------------------------------------------------------------------------


def _integers(shape: str, bits: int) -> None:
    """The operations every integer shape has, and those that only some have under the same rule."""
    mask = (1 << bits) - 1
    high = splat(1 << (bits - 1), bits)
    low = ALL ^ high

    def add(a: int, b: int) -> int:
        return ((a & low) + (b & low)) ^ ((a ^ b) & high)

    def sub(a: int, b: int) -> int:
        return ((a | high) - (b & low)) ^ ((a ^ b ^ ALL) & high)

    def neg(a: int) -> int:
        return sub(0, a)

    def mul(a: int, b: int) -> int:
        return packed(map(operator.mul, unsigned(a, bits), unsigned(b, bits)), bits)

    def abs_(a: int) -> int:
        return packed(map(abs, signed(a, bits)), bits)

    def all_true(a: int) -> int:
        return int(all(unsigned(a, bits)))

    def bitmask(a: int) -> int:
        return sum((lane >> (bits - 1)) << i for i, lane in enumerate(unsigned(a, bits)))

    def shl(a: int, count: int) -> int:
        count %= bits
        return (a << count) & splat(mask << count & mask, bits)

    def shr_u(a: int, count: int) -> int:
        count %= bits
        return (a >> count) & splat(mask >> count, bits)

    def shr_s(a: int, count: int) -> int:
        count %= bits
        return packed([lane >> count for lane in signed(a, bits)], bits)

    def popcnt(a: int) -> int:
        return packed([lane.bit_count() for lane in unsigned(a, bits)], bits)

    def avgr_u(a: int, b: int) -> int:
        return packed([(x + y + 1) >> 1 for x, y in zip(unsigned(a, bits), unsigned(b, bits), strict=True)], bits)

    ops: dict[str, Op] = {
        "add": add,
        "sub": sub,
        "neg": neg,
        "mul": mul,
        "abs": abs_,
        "all_true": all_true,
        "bitmask": bitmask,
        "shl": shl,
        "shr_u": shr_u,
        "shr_s": shr_s,
        "popcnt": popcnt,
        "avgr_u": avgr_u,
    }
    for name, op in ops.items():
        LANE_OPS[f"{shape}_{name}"] = op
    for sign, lanes in (("s", signed), ("u", unsigned)):
        _signed_or_not(shape, bits, sign, lanes)
    for name, compare in (("eq", operator.eq), ("ne", operator.ne)):
        LANE_OPS[f"{shape}_{name}"] = _comparison(compare, unsigned, bits)


def _comparison(compare: Op, lanes: Op, bits: int) -> Op:
    def op(a: int, b: int) -> int:
        return packed([-compare(x, y) for x, y in zip(lanes(a, bits), lanes(b, bits), strict=True)], bits)

    return op


def _signed_or_not(shape: str, bits: int, sign: str, lanes: Op) -> None:
    """The operations that come in two forms."""

    def choose(function: Op) -> Op:
        return lambda a, b: packed(map(function, lanes(a, bits), lanes(b, bits)), bits)

    def saturating(function: Op) -> Op:
        def op(a: int, b: int) -> int:
            return packed(
                [_saturated(function(x, y), bits, sign == "s") for x, y in zip(lanes(a, bits), lanes(b, bits), strict=True)], bits
            )

        return op

    LANE_OPS[f"{shape}_min_{sign}"] = choose(min)
    LANE_OPS[f"{shape}_max_{sign}"] = choose(max)
    LANE_OPS[f"{shape}_add_sat_{sign}"] = saturating(operator.add)
    LANE_OPS[f"{shape}_sub_sat_{sign}"] = saturating(operator.sub)
    for name in ("lt", "gt", "le", "ge"):
        LANE_OPS[f"{shape}_{name}_{sign}"] = _comparison(getattr(operator, name), lanes, bits)


def _widening(shape: str, bits: int, half: str, sign: str) -> None:
    """From lanes of half the size: `half` is their shape."""
    small = bits // 2
    count = 128 // bits
    lanes = signed if sign == "s" else unsigned

    def extadd(a: int) -> int:
        all_lanes = lanes(a, small)
        return packed(map(operator.add, all_lanes[::2], all_lanes[1::2]), bits)

    LANE_OPS[f"{shape}_extadd_pairwise_{half}_{sign}"] = extadd
    for part, where in (("low", slice(0, count)), ("high", slice(count, None))):

        def extend(a: int, where: slice = where) -> int:
            return packed(lanes(a, small)[where], bits)

        def extmul(a: int, b: int, where: slice = where) -> int:
            return packed(map(operator.mul, lanes(a, small)[where], lanes(b, small)[where]), bits)

        LANE_OPS[f"{shape}_extend_{part}_{half}_{sign}"] = extend
        LANE_OPS[f"{shape}_extmul_{part}_{half}_{sign}"] = extmul


def _narrowing(shape: str, bits: int, wide: str, sign: str) -> None:
    def narrow(a: int, b: int) -> int:
        lanes = (*signed(a, 2 * bits), *signed(b, 2 * bits))
        return packed([_saturated(lane, bits, sign == "s") for lane in lanes], bits)

    LANE_OPS[f"{shape}_narrow_{wide}_{sign}"] = narrow


def i16x8_q15mulr_sat_s(a: int, b: int) -> int:
    """Products of fixed-point numbers, rounded."""
    return packed([_saturated((x * y + 0x4000) >> 15, 16, True) for x, y in zip(signed(a, 16), signed(b, 16), strict=True)], 16)


def i32x4_dot_i16x8_s(a: int, b: int) -> int:
    """Sums of two neighbouring products."""
    products = list(map(operator.mul, signed(a, 16), signed(b, 16)))
    return packed(map(operator.add, products[::2], products[1::2]), 32)


def i16x8_relaxed_dot_i8x16_i7x16_s(a: int, b: int) -> int:
    """The same for bytes."""
    products = list(map(operator.mul, signed(a, 8), signed(b, 8)))
    return packed([_saturated(x + y, 16, True) for x, y in zip(products[::2], products[1::2], strict=True)], 16)


def i32x4_relaxed_dot_i8x16_i7x16_add_s(a: int, b: int, c: int) -> int:
    """Sums of four products, added to lanes."""
    pairs = signed(i16x8_relaxed_dot_i8x16_i7x16_s(a, b), 16)
    return packed([x + y + z for x, y, z in zip(pairs[::2], pairs[1::2], signed(c, 32), strict=True)], 32)


# --- floats -----------------------------------------------------------------------------------------------------------------


def _float_ops(shape: str, bits: int) -> None:
    sign = splat(1 << (bits - 1), bits)

    def map1(function: Op) -> Op:
        return lambda a: _packed_floats([function(x) for x in _floats(a, bits)], bits)

    def map2(function: Op) -> Op:
        return lambda a, b: _packed_floats(
            [function(x, y) for x, y in zip(_floats(a, bits), _floats(b, bits), strict=True)], bits
        )

    def compare(function: Op) -> Op:
        return lambda a, b: packed([-function(x, y) for x, y in zip(_floats(a, bits), _floats(b, bits), strict=True)], bits)

    def pseudo(function: Op) -> Op:
        """One of the two operands, bit by bit: the second where the function says so."""

        def op(a: int, b: int) -> int:
            taken = [function(x, y) for x, y in zip(_floats(a, bits), _floats(b, bits), strict=True)]
            return packed(
                [y if take else x for x, y, take in zip(unsigned(a, bits), unsigned(b, bits), taken, strict=True)], bits
            )

        return op

    def madd(a: int, b: int, c: int) -> int:
        return LANE_OPS[f"{shape}_add"](LANE_OPS[f"{shape}_mul"](a, b), c)  # type: ignore[no-any-return]

    def nmadd(a: int, b: int, c: int) -> int:
        return LANE_OPS[f"{shape}_sub"](c, LANE_OPS[f"{shape}_mul"](a, b))  # type: ignore[no-any-return]

    unary = {"ceil": float_ceil, "floor": float_floor, "trunc": float_trunc, "nearest": float_nearest, "sqrt": float_sqrt}
    binary = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": float_div, "min": float_min, "max": float_max}
    ops: dict[str, Op] = {
        **{name: map1(function) for name, function in unary.items()},
        **{name: map2(function) for name, function in binary.items()},
        **{name: compare(getattr(operator, name)) for name in ("eq", "ne", "lt", "gt", "le", "ge")},
        "abs": lambda a: a & (ALL ^ sign),
        "neg": lambda a: a ^ sign,
        "pmin": pseudo(lambda x, y: y < x),
        "pmax": pseudo(lambda x, y: x < y),
        "relaxed_madd": madd,
        "relaxed_nmadd": nmadd,
    }
    ops["relaxed_min"], ops["relaxed_max"] = ops["min"], ops["max"]
    for name, op in ops.items():
        LANE_OPS[f"{shape}_{name}"] = op


def _conversions() -> None:
    for sign, sat, lanes in (("s", sat_s32, signed), ("u", sat_u32, unsigned)):

        def trunc32(a: int, sat: Op = sat) -> int:
            return packed(map(sat, _floats(a, 32)), 32)

        def trunc64(a: int, sat: Op = sat) -> int:
            return packed([*map(sat, _floats(a, 64)), 0, 0], 32)

        def convert32(a: int, lanes: Op = lanes) -> int:
            return _packed_floats(map(float, lanes(a, 32)), 32)

        def convert64(a: int, lanes: Op = lanes) -> int:
            return _packed_floats(map(float, lanes(a, 32)[:2]), 64)

        LANE_OPS[f"i32x4_trunc_sat_f32x4_{sign}"] = LANE_OPS[f"i32x4_relaxed_trunc_f32x4_{sign}"] = trunc32
        LANE_OPS[f"i32x4_trunc_sat_f64x2_{sign}_zero"] = LANE_OPS[f"i32x4_relaxed_trunc_f64x2_{sign}_zero"] = trunc64
        LANE_OPS[f"f32x4_convert_i32x4_{sign}"] = convert32
        LANE_OPS[f"f64x2_convert_low_i32x4_{sign}"] = convert64
    LANE_OPS["f32x4_demote_f64x2_zero"] = lambda a: _packed_floats([*_floats(a, 64), 0.0, 0.0], 32)
    LANE_OPS["f64x2_promote_low_f32x4"] = lambda a: _packed_floats([quiet(x) for x in _floats(a, 32)[:2]], 64)


def _fill() -> None:
    for shape, bits in _BITS.items():
        _integers(shape, bits)
        LANE_OPS[f"{shape}_relaxed_laneselect"] = v128_bitselect
    for half, shape in (("i8x16", "i16x8"), ("i16x8", "i32x4"), ("i32x4", "i64x2")):
        for sign in "su":
            _widening(shape, _BITS[shape], half, sign)
            _narrowing(half, _BITS[half], shape, sign)
    _float_ops("f32x4", 32)
    _float_ops("f64x2", 64)
    _conversions()
    for function in (
        i8x16_shuffle,
        i8x16_swizzle,
        v128_bitselect,
        i16x8_q15mulr_sat_s,
        i32x4_dot_i16x8_s,
        i16x8_relaxed_dot_i8x16_i7x16_s,
        i32x4_relaxed_dot_i8x16_i7x16_add_s,
    ):
        LANE_OPS[function.__name__] = function
    LANE_OPS["i8x16_relaxed_swizzle"] = i8x16_swizzle
    LANE_OPS["i16x8_relaxed_q15mulr_s"] = i16x8_q15mulr_sat_s


_fill()


# --- memory -----------------------------------------------------------------------------------------------------------------

_PAIR = struct.Struct("<QQ")


def load_v128(memory: bytearray, address: int) -> int:
    """16 bytes. Raises `struct.error` out of bounds."""
    low, high = _PAIR.unpack_from(memory, address)
    return low | high << 64  # type: ignore[no-any-return]


def store_v128(memory: bytearray, address: int, value: int) -> None:
    """16 bytes. Raises `struct.error` out of bounds."""
    _PAIR.pack_into(memory, address, value & 0xFFFF_FFFF_FFFF_FFFF, value >> 64)


def load_extended(memory: bytearray, address: int, format: str, bits: int) -> int:
    """8 bytes as lanes of a `struct` format, widened to `bits`. Raises `struct.error` out of bounds."""
    return packed(struct.unpack_from(format, memory, address), bits)
