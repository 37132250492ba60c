"""Numeric operations that take more than an expression (core specification, "Execution", "Numerics").

Floats are passed as Python floats, integers in the range that each function names.
"""

from __future__ import annotations

import math
import struct
from array import array

from pycm_core.base.errors import Trap, TrapKind

_F = struct.Struct("<f")
_D = struct.Struct("<d")
_I = struct.Struct("<I")
_Q = struct.Struct("<Q")

_F32_PAYLOAD = 0x7F_FFFF
CANONICAL_NAN: float = _D.unpack(_Q.pack(0x7FF8_0000_0000_0000))[0]


# --- bits -------------------------------------------------------------------------------------------------------------------


def f64_of_bits(bits: int) -> float:
    """`bits` from 0 to 2**64 - 1."""
    return _D.unpack(_Q.pack(bits))[0]  # type: ignore[no-any-return]


def bits_of_f64(value: float) -> int:
    """From 0 to 2**64 - 1."""
    return _Q.unpack(_D.pack(value))[0]  # type: ignore[no-any-return]


def f32_of_bits(bits: int) -> float:
    """`bits` from 0 to 2**32 - 1. The payload of a NaN, quiet bit included, moves to where an f64 has it."""
    if bits & 0x7F80_0000 == 0x7F80_0000 and bits & _F32_PAYLOAD:
        return f64_of_bits((bits & 0x8000_0000) << 32 | 0x7FF0_0000_0000_0000 | (bits & _F32_PAYLOAD) << 29)
    return _F.unpack(_I.pack(bits))[0]  # type: ignore[no-any-return]


def bits_of_f32(value: float) -> int:
    """From 0 to 2**32 - 1. The inverse of `f32_of_bits`."""
    if value != value:
        wide = bits_of_f64(value)
        return wide >> 32 & 0x8000_0000 | 0x7F80_0000 | wide >> 29 & _F32_PAYLOAD
    return _I.unpack(_F.pack(value))[0]  # type: ignore[no-any-return]


def round_f32(value: float) -> float:
    """To the nearest f32, ties to even."""
    cell: array[float] = array("f", (value,))
    return cell[0]


def load_f32_nan(memory: bytearray, address: int) -> float:
    """The f32 at an address where one is known to be: a NaN, whose payload must stay."""
    return f32_of_bits(_I.unpack_from(memory, address)[0])


def store_f32_nan(memory: bytearray, address: int, value: float) -> None:
    """Store a NaN with its payload. Raises `struct.error` when it is out of bounds."""
    _I.pack_into(memory, address, bits_of_f32(value))


# --- integers ---------------------------------------------------------------------------------------------------------------


def _overflow() -> Trap:
    return Trap(TrapKind.INTEGER_OVERFLOW.value, kind=TrapKind.INTEGER_OVERFLOW)


def div_s32(a: int, b: int) -> int:
    """Signed division, towards zero. Raises `ZeroDivisionError`, `Trap`."""
    if b == -1 and a == -0x8000_0000:
        raise _overflow()
    return a // b if (a ^ b) >= 0 else -(-a // b)


def div_s64(a: int, b: int) -> int:
    """The same for 64 bits."""
    if b == -1 and a == -0x8000_0000_0000_0000:
        raise _overflow()
    return a // b if (a ^ b) >= 0 else -(-a // b)


def rem_s(a: int, b: int) -> int:
    """The remainder of signed division, with the sign of `a`. Raises `ZeroDivisionError`."""
    return a % abs(b) if a >= 0 else -(-a % abs(b))


# --- conversions ------------------------------------------------------------------------------------------------------------


def _truncated(value: float, low: int, high: int) -> int:
    if value != value:
        raise Trap(TrapKind.INVALID_CONVERSION.value, kind=TrapKind.INVALID_CONVERSION)
    if math.isinf(value):
        raise _overflow()
    result = int(value)
    if not low <= result <= high:
        raise _overflow()
    return result


def trunc_s32(value: float) -> int:
    """`i32.trunc_*_s`, signed. Raises `Trap`, as do the next three."""
    return _truncated(value, -0x8000_0000, 0x7FFF_FFFF)


def trunc_u32(value: float) -> int:
    return _truncated(value, 0, 0xFFFF_FFFF)


def trunc_s64(value: float) -> int:
    return _truncated(value, -0x8000_0000_0000_0000, 0x7FFF_FFFF_FFFF_FFFF)


def trunc_u64(value: float) -> int:
    return _truncated(value, 0, 0xFFFF_FFFF_FFFF_FFFF)


def _saturated(value: float, low: int, high: int) -> int:
    if value != value:
        return 0
    if value <= low:
        return low
    return high if value >= high else int(value)


def sat_s32(value: float) -> int:
    """`i32.trunc_sat_*_s`, signed; the next three likewise."""
    return _saturated(value, -0x8000_0000, 0x7FFF_FFFF)


def sat_u32(value: float) -> int:
    return _saturated(value, 0, 0xFFFF_FFFF)


def sat_s64(value: float) -> int:
    return _saturated(value, -0x8000_0000_0000_0000, 0x7FFF_FFFF_FFFF_FFFF)


def sat_u64(value: float) -> int:
    return _saturated(value, 0, 0xFFFF_FFFF_FFFF_FFFF)


def f32_of_int(value: int) -> float:
    """The nearest f32. An integer that f64 does not hold would be rounded twice, so its last bits are gathered in one."""
    size = abs(value)
    excess = size.bit_length() - 53
    if excess > 0:
        size = (size >> excess | (size & ((1 << excess) - 1) != 0)) << excess
    return round_f32(float(size if value >= 0 else -size))


# --- floats -----------------------------------------------------------------------------------------------------------------


def quiet(value: float) -> float:
    """A NaN as an operation returns it ("NaN Propagation")."""
    return value * 1.0


def div_zero(a: float, b: float) -> float:
    """A quotient whose divisor is a zero."""
    if a != a:
        return quiet(a)
    if a == 0.0:
        return CANONICAL_NAN
    return math.copysign(math.inf, math.copysign(1.0, a) * math.copysign(1.0, b))


def sqrt_negative(value: float) -> float:
    """The root of what is not at least zero."""
    return quiet(value) if value != value else CANONICAL_NAN


def float_sqrt(value: float) -> float:
    """`sqrt` of any value."""
    return math.sqrt(value) if value >= 0.0 else sqrt_negative(value)


def float_div(a: float, b: float) -> float:
    """`/` of any values."""
    return a / b if b else div_zero(a, b)


def float_min(a: float, b: float) -> float:
    """The lesser one; a NaN when there is one; -0.0 before 0.0."""
    if a < b:
        return a
    if b < a:
        return b
    if a != a:
        return quiet(a)
    if b != b:
        return quiet(b)
    return a if math.copysign(1.0, a) < 0 else b


def float_max(a: float, b: float) -> float:
    """The greater one, likewise."""
    if a > b:
        return a
    if b > a:
        return b
    if a != a:
        return quiet(a)
    if b != b:
        return quiet(b)
    return b if math.copysign(1.0, a) < 0 else a


_INTEGRAL = 2.0**52
"""From here on all f64 are integers."""


def float_ceil(value: float) -> float:
    """Upwards to an integer; zero keeps the sign, as in the next three."""
    if not -_INTEGRAL < value < _INTEGRAL:
        return quiet(value)
    return math.copysign(float(math.ceil(value)), value)


def float_floor(value: float) -> float:
    """Downwards to an integer."""
    if not -_INTEGRAL < value < _INTEGRAL:
        return quiet(value)
    return math.copysign(float(math.floor(value)), value)


def float_trunc(value: float) -> float:
    """Towards zero to an integer."""
    if not -_INTEGRAL < value < _INTEGRAL:
        return quiet(value)
    return math.copysign(float(math.trunc(value)), value)


def float_nearest(value: float) -> float:
    """To the nearest integer, ties to even."""
    if not -_INTEGRAL < value < _INTEGRAL:
        return quiet(value)
    return math.copysign(float(round(value)), value)
