"""What is known of an integer before a function runs: an interval, low bits, and what it is compared or counted from.

A local holds some representative modulo 2**N of the guest's number: an unsigned one, or a signed one where that is the smaller. It lies in
`low..high`, and its last `bits` binary digits are those of `rest`. Objects stand for values: two locals with the same object hold the
same number, and `root` and `plus` say that a value is congruent to another one plus a constant.
"""

from __future__ import annotations

MAX_BITS = 4
"""How many low bits are followed: as many as an aligned access can ask for."""

Kin = tuple[int, int, "Known", int, int, int]
"""Where a value starts, and its step in each round of a loop; another one at the start of the same loop, where that starts, and its step."""
Cond = tuple[str, "Known", "Known"]
"""A comparison (`eq`, `lt_s`, …) of two values; `and`, `or` of two truths; `not` of one, which is there twice."""


class Known:
    """A value. Objects are never changed."""

    __slots__ = ("bits", "cond", "high", "kin", "low", "of", "plus", "rest", "root", "width")

    def __init__(self, width: int, low: int, high: int, bits: int = 0, rest: int = 0) -> None:
        """`width` is 32 or 64, `low` at least `-2**(width-1)`, `high` below `2**width`."""
        self.width = width
        self.low = low
        self.high = high
        self.bits = bits
        self.rest = rest
        self.root: Known | None = None
        self.plus = 0
        self.cond: Cond | None = None
        self.kin: tuple[Kin, ...] = ()
        """At the start of a loop: what changes in step with it."""
        self.of = 0
        """Parameters that it is a sum of, as bits."""

    @property
    def top(self) -> bool:
        """Whether nothing is known of its size."""
        return self.high - self.low >= (1 << self.width) - 1

    @property
    def unsigned(self) -> tuple[int, int]:
        """Bounds of the unsigned number."""
        if self.low >= 0:
            return self.low, self.high
        if self.high < 0:
            return self.low + (1 << self.width), self.high + (1 << self.width)
        return 0, (1 << self.width) - 1

    @property
    def signed(self) -> tuple[int, int]:
        """Bounds of the signed number."""
        half = 1 << (self.width - 1)
        if self.high < half:
            return self.low, self.high
        return (self.low - 2 * half, self.high - 2 * half) if self.low >= half else (-half, half - 1)

    @property
    def exact(self) -> bool:
        """Whether it is a constant."""
        return self.low == self.high

    def within(self, other: Known) -> bool:
        """Whether all that is known of `other` holds for this one."""
        return (
            other.low <= self.low
            and self.high <= other.high
            and self.bits >= other.bits
            and (self.rest ^ other.rest) & ((1 << other.bits) - 1) == 0
        )

    def bounded(self, low: int, high: int) -> Known:
        """The same value with closer bounds."""
        found = Known(self.width, low, high, self.bits, self.rest)
        found.root, found.plus, found.cond, found.of = self.root or self, self.plus, self.cond, self.of
        return found


def interval(width: int, low: int, high: int, bits: int = 0, rest: int = 0) -> Known:
    """The number that represents one congruent to a number of the interval: signed where the interval allows it, else unsigned."""
    whole = 1 << width
    half = whole >> 1
    if low < -half or low >= half:
        shift = (low + half) // whole * whole
        low, high = low - shift, high - shift
    if high >= whole or (low < 0 and high >= half):
        low, high = 0, whole - 1
    return Known(width, low, high, bits, rest & ((1 << bits) - 1))


def anything(width: int) -> Known:
    """A value of which nothing is known."""
    return Known(width, 0, (1 << width) - 1)


def constant(width: int, value: int) -> Known:
    """A constant, any representative."""
    return interval(width, value, value, MAX_BITS, value)


def hull(a: Known, b: Known) -> Known:
    """One of two values."""
    bits = min(a.bits, b.bits)
    while (a.rest ^ b.rest) & ((1 << bits) - 1):
        bits -= 1
    found = Known(a.width, min(a.low, b.low), max(a.high, b.high), bits, a.rest & ((1 << bits) - 1))
    if (a.root or a) is (b.root or b) and a.plus == b.plus:
        found.root, found.plus = a.root or a, a.plus
    found.of = a.of | b.of
    return found


def add(a: Known, b: Known) -> Known:
    """`a + b`"""
    found = interval(a.width, a.low + b.low, a.high + b.high, min(a.bits, b.bits), a.rest + b.rest)
    found.of = a.of | b.of
    if b.exact:
        found.root, found.plus = a.root or a, a.plus + b.low
    elif a.exact:
        found.root, found.plus = b.root or b, b.plus + a.low
    return found


def sub(a: Known, b: Known) -> Known:
    """`a - b`"""
    found = interval(a.width, a.low - b.high, a.high - b.low, min(a.bits, b.bits), a.rest - b.rest)
    if b.exact:
        found.root, found.plus = a.root or a, a.plus - b.low
    return found


def mul(a: Known, b: Known) -> Known:
    """`a * b`"""
    if a.exact:
        a, b = b, a
    bits, rest = min(a.bits, b.bits), a.rest * b.rest
    if b.exact:  # by its interval; its digits may be unknown
        k = b.low
        zeros = (k & -k).bit_length() - 1 if k else MAX_BITS
        bits, rest = min(MAX_BITS, a.bits + zeros), a.rest * k
    ends = (a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high)
    return interval(a.width, min(ends), max(ends), bits, rest)


def and_(a: Known, b: Known) -> Known:
    """`a & b`"""
    highs = [v.high for v in (a, b) if v.low >= 0]
    bits = 0
    while bits < MAX_BITS:  # a bit is known when both are, or one is known to be zero
        bit = 1 << bits
        known_a, known_b = bits < a.bits, bits < b.bits
        if not ((known_a and known_b) or (known_a and not a.rest & bit) or (known_b and not b.rest & bit)):
            break
        bits += 1
    low, high = (0, min(highs)) if highs else (0, (1 << a.width) - 1)
    return interval(a.width, low, high, bits, a.rest & b.rest)


def either(a: Known, b: Known, xor: bool) -> Known:
    """`a | b` or `a ^ b`"""
    bits = min(a.bits, b.bits)
    rest = a.rest ^ b.rest if xor else a.rest | b.rest
    if a.low >= 0 and b.low >= 0:
        high = (1 << max(a.high, b.high).bit_length()) - 1
        return interval(a.width, 0, high, bits, rest)
    return interval(a.width, 0, (1 << a.width) - 1, bits, rest)


NEGATED = {"eq": "ne", "ne": "eq", "lt_s": "ge_s", "ge_s": "lt_s", "gt_s": "le_s", "le_s": "gt_s",
           "lt_u": "ge_u", "ge_u": "lt_u", "gt_u": "le_u", "le_u": "gt_u"}  # fmt: skip
SWAPPED = {"gt_s": "lt_s", "ge_s": "le_s", "gt_u": "lt_u", "ge_u": "le_u"}

Bounds = tuple[Known, int, int]


def implied(cond: Cond, truth: bool) -> list[Bounds]:
    """What a condition's truth or falsehood says of values: their bounds, when these are closer than before."""
    name, a, b = cond
    if name == "not":
        return implied(a.cond, not truth) if a.cond is not None else []
    if name in ("and", "or"):
        if truth != (name == "and"):
            return []
        return [found for v in (a, b) if v.cond is not None for found in implied(v.cond, truth)]
    if not truth:
        name = NEGATED[name]
    if name in SWAPPED:
        name, a, b = SWAPPED[name], b, a
    found: list[Bounds] = []
    if name == "eq":
        half = 1 << (a.width - 1)
        if (a.high < half and b.high < half) or (a.low >= 0 and b.low >= 0):
            low, high = max(a.low, b.low), min(a.high, b.high)
            _closer(found, a, low, high)
            _closer(found, b, low, high)
    elif name == "ne":
        for v, other in ((a, b), (b, a)):
            if other.exact:
                low, high = v.low, v.high
                for k in (other.low - (1 << v.width), other.low, other.low + (1 << v.width)):
                    if low == k:
                        low += 1 << v.bits if (low ^ v.rest) & ((1 << v.bits) - 1) == 0 else 1
                    if high == k:
                        high -= 1 << v.bits if (high ^ v.rest) & ((1 << v.bits) - 1) == 0 else 1
                _closer(found, v, low, high)
    else:
        strict = name.startswith("lt")
        signed = name.endswith("_s")
        (a_low, a_high), (b_low, b_high) = (a.signed, b.signed) if signed else (a.unsigned, b.unsigned)
        _bounded(found, a, a_low, min(a_high, b_high - strict), signed)
        _bounded(found, b, max(b_low, a_low + strict), b_high, signed)
    return found


def within(v: Known, low: int, high: int) -> list[Bounds]:
    """What it says of a value that the unsigned number is within bounds."""
    found: list[Bounds] = []
    _bounded(found, v, low, min(high, v.unsigned[1]), False)
    return found


def _bounded(found: list[Bounds], v: Known, low: int, high: int, signed: bool) -> None:
    """Bounds of a signed or unsigned number, as those of its representative, if it is known which that is."""
    whole = 1 << v.width
    half = whole >> 1
    if low < 0 or high >= half:
        if v.low >= 0:
            if signed:
                if high >= 0:
                    return
                low, high = low + whole, high + whole
        elif v.high < half:
            if not signed:
                if low < half:
                    return
                low, high = low - whole, high - whole
        else:
            return
    _closer(found, v, max(low, v.low), min(high, v.high))


def related(s: Known, low: int, high: int) -> tuple[int, int]:
    """Bounds of a value that is known to be congruent to a number of an interval."""
    whole = 1 << s.width
    half = whole >> 1
    start = 0 if s.low >= 0 else -half
    shift = (low - start) // whole * whole
    low, high = low - shift, high - shift
    if (start < 0 and s.high >= half) or high >= start + whole:
        return s.low, s.high
    return max(low, s.low), min(high, s.high)


def _closer(found: list[Bounds], v: Known, low: int, high: int) -> None:
    if low <= high and high - low < v.high - v.low:
        found.append((v, low, high))
