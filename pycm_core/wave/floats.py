"""Floats as WAVE text (WAVE README, "Floats"): the fewest digits that read back as the same value, never an exponent."""

from __future__ import annotations

import math
import struct
from decimal import Decimal

from pycm_core.component.types import Prim

_F32 = struct.Struct("<f")


def print_float(value: float, type: Prim) -> str:
    """`value` as an `f32` or `f64`: `1`, `0.1`, `-0`, `nan`, `inf`, `-inf`."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = format(_shortest_f32(value) if type is Prim.F32 else Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def round_f32(value: float) -> float:
    """The `f32` nearest to `value`, as Python holds it."""
    try:
        return float(_F32.unpack(_F32.pack(value))[0])
    except OverflowError:  # beyond the largest f32 by half a unit or more
        return math.copysign(math.inf, value)


def _shortest_f32(value: float) -> Decimal:
    """The shortest decimal that rounds to the `f32` `value`; among those, the closest. Nine digits always do."""
    value = round_f32(value)
    exact = Decimal(value)
    if not value:
        return exact
    for digits in range(1, 9):
        nearest = Decimal(f"{value:.{digits - 1}e}")
        # At a power of two the interval is lopsided: the nearest may miss it while its neighbour on the wide side does not.
        unit = Decimal((0, (1,), exact.adjusted() - digits + 1))
        for candidate in sorted((nearest, nearest + unit, nearest - unit), key=lambda c: abs(c - exact)):
            if round_f32(float(candidate)) == value:
                return candidate
    return Decimal(f"{value:.8e}")
