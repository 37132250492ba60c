"""Variables that hold addresses in units of what lies there.

A view of memory is indexed by number, not by byte: `view[address >> 3]`. Where all values of a variable are known to be multiples of 8, and
it is mostly used so, it holds `address >> 3` itself, and what is added to it is divided beforehand. A first compilation of a function
counts what variables are used for (`Uses`); a second one has those that pay in other units.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pycm_core.wasm.exec.operands import I32, INT32, Int, Val, literal, signed_text

if TYPE_CHECKING:
    from pycm_core.wasm.exec.function import FunctionCompiler

RINGS = {s: Int(I32, 32 - s) for s in (1, 2, 3)}
"""By exponent of the unit: the numbers of units of which an i32 is made."""
MAX_ROUNDS = 8


class Uses:
    """What the variables of a function are used for, weighted by the loops around."""

    __slots__ = ("accesses", "compared", "copies", "counts", "growth", "moves", "odd", "offsets", "reads", "rotations", "sums")

    def __init__(self) -> None:
        self.reads: dict[int, int] = {}
        self.accesses: dict[tuple[int, int], int] = {}
        """By variable and unit."""
        self.copies: dict[int, tuple[int, int]] = {}
        """Variables that are set to another one plus a constant."""
        self.offsets: dict[tuple[int, int, int], int] = {}
        """By variable, unit, and what is added, in units."""
        self.compared: dict[int, int] = {}
        """Comparisons with a constant, which may be of units as well."""
        self.sums: dict[tuple[tuple[int, ...], int], int] = {}
        """The same at sums of several variables."""
        self.moves: dict[tuple[int, int], int] = {}
        """From variable to variable, perhaps with something added."""
        self.odd: dict[int, int] = {}
        """Assignments of what is no sum."""
        self.rotations: dict[int, int] = {}
        self.growth: dict[int, int] = {}
        """Assignments of the variable itself plus something, which want a mask."""
        self.counts: dict[tuple[str, int], int] = {}
        """How many instructions read or set a variable, read it as a condition or for a sum, set it to a truth value."""

    def read(self, web: int, weight: int) -> None:
        self.reads[web] = self.reads.get(web, 0) + weight
        self.count("read", web)

    def count(self, how: str, web: int) -> None:
        key = how, web
        self.counts[key] = self.counts.get(key, 0) + 1

    def asked(self, v: Val) -> None:
        """A condition."""
        if v.linear is not None and len(v.linear) == 1 and v.text == f"l{v.linear[0]}":
            self.count("condition", v.linear[0])

    def equal(self, v: Val, weight: int) -> None:
        """Whether it is equal to a constant."""
        if v.linear is not None and len(v.linear) == 1:
            self.compared[v.linear[0]] = self.compared.get(v.linear[0], 0) + weight

    def summed(self, *vals: Val) -> None:
        """Operands of a sum."""
        for v in vals:
            if v.linear is not None and len(v.linear) == 1 and v.text == f"l{v.linear[0]}":
                self.count("sum", v.linear[0])

    def added(self, v: Val, a: Val, b: Val) -> None:
        """`v` is `a + b`."""
        for x, y in ((a, b), (b, a)):
            if len(x.locals) == 1 and x.atom and not x.locals & y.locals:
                (v.grows,) = x.locals

    def only(self, how: str, where: str = "read") -> set[int]:
        """Variables that are only read, or set, in one way."""
        return {web for (name, web), count in self.counts.items() if name == how and self.counts.get((where, web)) == count}

    def access(self, v: Val, offset: int, shift: int, weight: int) -> None:
        """A load or a store at a value, plus an offset."""
        if v.linear is not None and len(v.linear) == 1 and v.bits >= shift and not (v.rest + offset) & ((1 << shift) - 1):
            key = v.linear[0], shift
            self.accesses[key] = self.accesses.get(key, 0) + weight
            plus = v.plus if v.base is not None else 0
            at = v.linear[0], shift, (offset + plus) >> shift
            self.offsets[at] = self.offsets.get(at, 0) + weight
        elif v.linear is not None and len(v.linear) > 1 and v.bits >= shift and not (v.rest + offset) & ((1 << shift) - 1):
            sum = v.linear, shift
            self.sums[sum] = self.sums.get(sum, 0) + weight

    def growing(self) -> set[int]:
        """Variables that are mostly read to be added to. They need no mask: they grow by small steps only."""
        return {web for web, weight in self.growth.items() if self.reads.get(web, 0) < 2 * weight}

    def assign(self, web: int, v: Val, weight: int, fits: bool) -> None:
        """An assignment; whether the value `fits` without a mask."""
        self.count("set", web)
        if v.base is not None and v.linear is not None and len(v.linear) == 1:
            self.copies[web] = v.linear[0], v.plus
        if v.grows == web and not fits:
            self.growth[web] = self.growth.get(web, 0) + weight
        if v.test:
            self.count("truth", web)
        if v.linear is None and v.const is None:
            self.odd[web] = self.odd.get(web, 0) + weight
        for source in v.linear or ():
            key = source, web
            self.moves[key] = self.moves.get(key, 0) + weight

    def choose(self, aligned: Mapping[int, int]) -> dict[int, int]:
        """The variables that pay, and their units; `aligned` has the number of zeros at the end of all values of a variable."""
        scales: dict[int, int] = {}
        accesses = dict(self.accesses)
        for (webs, shift), weight in self.sums.items():
            for web in webs:
                accesses[web, shift] = accesses.get((web, shift), 0) + weight
        for (web, shift), _ in sorted(accesses.items(), key=lambda item: item[1]):
            if aligned.get(web, 0) >= shift:
                scales[web] = shift
        for _ in range(MAX_ROUNDS):  # what these are made of
            more = {
                source: scales[to]
                for source, to in self.moves
                if to in scales and source not in scales and aligned.get(source, 0) >= scales[to]
            }
            if not more:
                break
            scales.update(more)
        while scales:  # the worst first: others may be worth more without it, or less
            gains = {web: self.gain(web, shift, scales) for web, shift in scales.items()}
            least = min(gains.values())
            if least >= 0:
                break
            for web, gain in gains.items():
                if gain <= least // 2:
                    del scales[web]
        return scales

    def spared(self, scales: Mapping[int, int]) -> set[int]:
        """Variables that are an address plus a constant, set once and used for accesses only: adding is free there."""
        return {
            web
            for web, (source, plus) in self.copies.items()
            if web in scales
            and source != web
            and scales.get(source) == scales[web]
            and not plus & ((1 << scales[web]) - 1)
            and self.counts["set", web] == 1
            and self.accesses.get((web, scales[web]), 0) == self.reads.get(web, 0)
        }

    def starts(self, scales: Mapping[int, int], spared: Collection[int], least: Mapping[int, int]) -> dict[int, int]:
        """Variables that are better counted from somewhere else, since they, or what is added to them, are negative; `least` has the
        least value of each, in bytes.

        A view that starts further in spares an addition, but never an index below zero.
        """
        found: dict[int, int] = {}
        added: dict[int, dict[int, int]] = {}
        for (web, shift, offset), weight in self.offsets.items():
            if scales.get(web) == shift:
                while web in spared:
                    web, plus = self.copies[web]
                    offset += plus >> shift
                added.setdefault(web, {})[offset] = weight
        for web, shift in scales.items():
            if web not in least or web in spared:
                continue
            low = least[web] >> shift
            offsets = added.get(web, {})
            start = low if low < 0 else -min(offsets, default=0)
            gain = sum(weight for offset, weight in offsets.items() if low < 0 or offset < 0)
            moved = sum(
                weight for (source, to), weight in self.moves.items() if (source == web) != (to == web) and to not in spared
            )
            if start and start <= low and gain > moved + self.odd.get(web, 0):
                found[web] = start
        return found

    def gain(self, web: int, shift: int, scales: Mapping[int, int]) -> int:
        """How many operations are saved."""
        accesses = self.accesses.get((web, shift), 0)
        moves = sum(weight for (source, to), weight in self.moves.items() if source == web and scales.get(to) == shift)
        into = sum(weight for (source, to), weight in self.moves.items() if to == web and scales.get(source) != shift)
        sums = sum(
            weight
            for (webs, unit), weight in self.sums.items()
            if web in webs and unit == shift and all(scales.get(other) == shift for other in webs)
        )
        free = accesses + moves + sums + self.compared.get(web, 0)
        return accesses + sums - (self.reads.get(web, 0) - free) - self.odd.get(web, 0) - into


def part(v: Val, shift: int) -> Val | None:
    """A value in other units, when it is known in them."""
    if v.parts is not None and shift in v.parts:
        return v.parts[shift]
    if v.const is not None and not v.const & ((1 << shift) - 1):
        value = (v.const - (1 << 32) if v.const >> 31 else v.const) >> shift
        return Val(I32, literal(value), value, value)
    return None


def counted(v: Val) -> Val:
    """A value, or its number of some unit: both are zero, or none is. Or whether it is not zero."""
    p = next(iter(v.parts.values())) if v.parts else v
    return Val(I32, f"({p.stem[0]} != {literal(-p.stem[1])})", 0, 1, of=(p,), test=True) if p.stem and p.stem[1] else p


def read(name: str, shift: int, start: int, locals: frozenset[int], low: int, high: int) -> Val:
    """A variable in other units, counted from `start`, as a number of bytes."""
    p = Val(I32, name, low >> shift, high >> shift)
    p.locals = locals
    p.stem = name, start
    if start:
        p.text, p.depth = f"({name} {signed_text(start)})", 1
        p.base, p.plus = name, start
    v = Val(I32, f"({p.text} * {1 << shift})", low, high, of=(p,))
    v.parts = {shift: p}
    return v


def summed(v: Val, a: Val, b: Val) -> Val:
    """`v`, which is `a + b`, with its parts."""
    for shift in {*(a.parts or ()), *(b.parts or ())}:
        x, y = part(a, shift), part(b, shift)
        if x is not None and y is not None:
            sign, text = ("+", y.text) if y.low != y.high or y.low >= 0 else ("-", str(-y.low))
            sum_ = Val(I32, f"({x.text} {sign} {text})", x.low + y.low, x.high + y.high, of=(x, y))
            (stem, plus), (other, more) = x.stem or (x.text, 0), y.stem or (y.text, 0)
            if y.low == y.high:
                base = x.text if x.base is None and x.atom and RINGS[shift].is_canonical(x) else x.base
                sum_.stem = stem, plus + y.low
                sum_.text = f"({stem} {signed_text(plus + y.low)})" if plus + y.low else stem
                if base is not None:
                    sum_.base, sum_.plus = base, (x.plus if x.base is not None else 0) + y.low
            elif x.low != x.high:
                sum_.stem = f"({stem} + {other})", plus + more
            sum_.sum = True
            v.parts = {**(v.parts or {}), shift: sum_}
    return v


def multiplied(c: FunctionCompiler, v: Val, a: Val, k: int) -> Val:
    """`v`, which is `a * k`, with its parts."""
    if v.type is I32:
        for shift in c.units:
            if not k & ((1 << shift) - 1):
                by = k >> shift
                ends = (a.low * by, a.high * by)
                v.parts = {
                    **(v.parts or {}),
                    shift: a if by == 1 else Val(I32, f"({a.text} * {literal(by)})", min(ends), max(ends), of=(a,)),
                }
    return v


def index(v: Val, offset: int, shift: int) -> Val | None:
    """Where a view is read for an address and its offset, when it is known in units."""
    if v.parts is None or shift not in v.parts or offset & ((1 << shift) - 1):
        return None
    ring = RINGS[shift]
    p = v.parts[shift]
    more = offset >> shift
    if p.base is not None and not ring.is_canonical(p):
        return Val(I32, ring.wrapped(p.base, p.plus, more), of=(p,))
    p = ring.canonical(p)
    if not more and p.stem is None:
        return p
    stem, plus = p.stem or (p.text, 0)
    found = Val(I32, f"{stem} {signed_text(plus + more)}" if plus + more else stem, p.low + more, p.high + more, of=(p,))
    found.stem = stem, plus + more
    return found


def assigned(c: FunctionCompiler, v: Val, web: int, low: int, high: int) -> Val:
    """What a variable in other units holds for a value, with bounds that the value must have."""
    shift, start = c.scales[web], c.starts.get(web, 0)
    found = _assigned(c, v, shift, low, high)
    if not start:
        return found
    found = found if low < 0 else RINGS[shift].canonical(found)
    if found.low == found.high:
        return Val(I32, literal(found.low - start), found.low - start, found.low - start)
    stem, plus = found.stem or (found.text, 0)
    text = f"({stem} {signed_text(plus - start)})" if plus != start else stem
    return Val(I32, text, found.low - start, found.high - start, of=(found,))


def _assigned(c: FunctionCompiler, v: Val, shift: int, low: int, high: int) -> Val:
    ring = RINGS[shift]
    p = part(v, shift)
    if p is None:
        v = v if low <= v.low and v.high <= high else c.signed(INT32, v) if low < 0 else INT32.canonical(v)
        return Val(I32, f"({v.text} >> {shift})", v.low >> shift, v.high >> shift, of=(v,))
    if low >> shift <= p.low and p.high <= high >> shift:
        return p
    if low < 0:
        return c.signed(ring, p)
    return p if p.sum and p.base is None else ring.canonical(p)
