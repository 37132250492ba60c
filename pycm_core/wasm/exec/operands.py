"""Operands while a function is compiled: Python expressions, with what is known of their values.

An integer operand is an expression whose value is *congruent* to the guest's modulo 2**N and lies in a known interval. Masks are
written only where a consumer needs one representative: `canonical` (unsigned, what rests in locals and memory) or `signed`. So sums,
products, shifts and bit operations need none between each other, and comparisons with what already is in range need none at all.
"""

from __future__ import annotations

from collections.abc import Callable

from pycm_core.wasm.exec.known import MAX_BITS
from pycm_core.wasm.exec.tree import Places
from pycm_core.wasm.syntax.types import NumType, ValType

I32, I64, F32, F64, V128 = NumType.I32, NumType.I64, NumType.F32, NumType.F64, NumType.V128

TRAPS = 1
"""Evaluating the expression may trap."""
READS = 2
"""Its value depends on a memory, a global or a table."""
CALLS = 4
"""There is a call in it, so a memory may have grown."""

SMALL = (1 << 30) - 1
"""Python compares and adds numbers up to here much faster than larger ones, so cases are told apart here first."""

NO_LOCALS: frozenset[int] = frozenset()


class Val:
    """An operand.

    `text` is an atom: a name, a literal, or in parentheses. Each line feed in it stands before what may trap; `places` says which
    instructions these are, in order. `low..high` bounds integers. `locals` are read by it, `temps` belong to it. `other` makes
    the text for the signed interpretation of a load. A `test` is a Python truth value, to become 0 or 1. With `base`, the value is
    that canonical atom plus the constant `plus`. A `sum` seldom leaves the range, so it is compared before it is masked.
    The last `bits` binary digits of an integer are those of `rest`. `linear` names the variables that it is a sum of, with constants;
    `parts` has what it is in other units (`pycm_core.wasm.exec.scales`). `grows` names the variable that it is plus a canonical number.
    An integer with a `stem` is exactly that text plus that number. `bitwise` is `("&", x, y)`, `("&~", x, y)` or `("~", x, "")` of canonical atoms;
    `summands` are those of a sum.
    """

    __slots__ = (
        "base",
        "bits",
        "bitwise",
        "const",
        "depth",
        "effect",
        "grows",
        "high",
        "linear",
        "locals",
        "low",
        "other",
        "parts",
        "places",
        "plus",
        "rest",
        "stem",
        "sum",
        "summands",
        "temps",
        "test",
        "text",
        "type",
    )

    def __init__(
        self,
        type: ValType,
        text: str,
        low: int = 0,
        high: int = 0,
        *,
        of: tuple[Val, ...] = (),
        effect: int = 0,
        const: int | None = None,
        test: bool = False,
    ) -> None:
        """`of`: the operands in the text, in its order."""
        self.type = type
        self.text = text
        self.low = low
        self.high = high
        self.const = const
        self.test = test
        self.other: Callable[[], str] | None = None
        self.base: str | None = None
        self.plus = 0
        self.stem: tuple[str, int] | None = None
        self.sum = False
        self.bits = 0
        self.rest = 0
        self.linear: tuple[int, ...] | None = None
        self.grows: int | None = None
        self.bitwise: tuple[str, str, str] | None = None
        self.summands: tuple[Val, ...] = ()
        self.parts: dict[int, Val] | None = None
        if not of:
            self.places: Places = ()
            self.locals = NO_LOCALS
            self.temps: tuple[str, ...] = ()
            self.effect = effect
            self.depth = 0
        elif len(of) == 1:
            one = of[0]
            self.places = one.places
            self.locals = one.locals
            self.temps = one.temps
            self.effect = effect | one.effect
            self.depth = one.depth + 1
        else:
            places: Places = ()
            locals = NO_LOCALS
            temps: tuple[str, ...] = ()
            depth = 0
            for one in of:
                places += one.places
                if one.locals:
                    locals = locals | one.locals
                temps += one.temps
                effect |= one.effect
                depth = max(depth, one.depth)
            self.places = places
            self.locals = locals
            self.temps = temps
            self.effect = effect
            self.depth = depth + 1

    def digits(self, bits: int, rest: int) -> Val:
        """This value, with what is known of its last digits."""
        self.bits = bits
        self.rest = rest & ((1 << bits) - 1)
        return self

    @property
    def atom(self) -> bool:
        """Whether the text may be repeated: a name or a literal."""
        return self.depth == 0 and not self.effect and not self.test


class Int:
    """An integer type."""

    __slots__ = ("bits", "grown", "mask", "most", "sign", "small", "type", "wide")

    def __init__(self, type: NumType, bits: int) -> None:
        self.type = type
        self.bits = bits
        self.mask = (1 << bits) - 1
        self.sign = 1 << (bits - 1)
        self.most = self.sign - 1
        self.wide = 1 << (bits + 32)
        self.small = min(SMALL, self.mask)
        self.grown = 1 << (bits + 30)
        """What a variable that grows by small steps is taken to hold at most. If it ever held more, it would be read correctly all the same."""

    def const(self, value: int) -> Val:
        """A constant, any representative."""
        value &= self.mask
        v = Val(self.type, str(value), value, value, const=value)
        v.bits, v.rest = MAX_BITS, value & 15
        return v

    def signed_const(self, value: int) -> int:
        """The signed representative of a canonical constant."""
        return value - self.mask - 1 if value > self.most else value

    def number(self, v: Val) -> Val:
        """Not a test any more."""
        return Val(self.type, f"(1 if {v.text} else 0)", 0, 1, of=(v,)) if v.test else v

    def is_canonical(self, v: Val) -> bool:
        return v.low >= 0 and v.high <= self.mask

    def is_signed(self, v: Val) -> bool:
        return v.low >= -self.sign and v.high <= self.most

    def canonical(self, v: Val) -> Val:
        """In `[0, 2**N)`."""
        if v.test:
            return self.number(v)
        if v.low >= 0 and v.high <= self.mask:
            return v
        if v.base is not None:
            return Val(self.type, self.wrapped(v.base, v.plus), 0, self.mask, of=(v,)).digits(v.bits, v.rest)
        if v.sum:
            low = "0 <= " if v.low < 0 else ""
            text = f"(w if {low}(w := {v.text}) <= {self.small} else w & {self.mask})"
            return Val(self.type, text, 0, self.mask, of=(v,)).digits(v.bits, v.rest)
        return Val(self.type, f"({v.text} & {self.mask})", 0, self.mask, of=(v,)).digits(v.bits, v.rest)

    def wrapped(self, x: str, k: int, offset: int = 0) -> str:
        """`x + k` wrapped, plus `offset`. Comparing costs less than a mask, which always makes a new number."""
        whole = self.mask + 1
        if k >= 0:
            more = f"{x} + {k + offset}"
            if self.bits <= 30:
                return f"({more} if {x} < {whole - k} else {x} {signed_text(offset + k - whole)})"
            return f"({more} if {x} <= {SMALL} else {more} if {x} < {whole - k} else {x} {signed_text(offset + k - whole)})"
        return f"({x} {signed_text(k + offset)} if {x} >= {-k} else {x} + {whole + k + offset})"

    def signed(self, v: Val) -> Val:
        """In `[-2**(N-1), 2**(N-1))`."""
        if v.test:
            return self.number(v)
        if self.is_signed(v):
            return v
        if v.const is not None:
            value = self.signed_const(v.const)
            return Val(self.type, literal(value), value, value, const=v.const)
        if v.other is not None:
            result = Val(self.type, v.other(), -self.sign, self.most, of=(v,))
            result.depth = v.depth
            return result
        v = self.canonical(v)
        if v.atom:
            x = v.text
            small = f"{x} if {x} <= {SMALL} else " if self.most > SMALL else ""
            text = f"({small}{x} if {x} <= {self.most} else {x} - {self.mask + 1})"
        else:
            text = f"(({v.text} ^ {self.sign}) - {self.sign})"
        return Val(self.type, text, -self.sign, self.most, of=(v,))

    def bounded(self, v: Val) -> Val:
        """Of a size at which arithmetic may go on without a mask."""
        if v.test:
            return self.number(v)
        return v if -self.wide <= v.low and v.high <= self.wide else self.canonical(v)

    def local(self, type: ValType, text: str) -> Val:
        """A variable of this type."""
        return Val(type, text, 0, self.mask)


def signed_text(value: int) -> str:
    """`+ 3` or `- 3`."""
    return f"+ {value}" if value >= 0 else f"- {-value}"


def literal(value: int) -> str:
    """An integer as an atom."""
    return str(value) if value >= 0 else f"({value})"


INT32 = Int(I32, 32)
INT64 = Int(I64, 64)


def int_of(type: ValType) -> Int | None:
    """How integers of a type are treated; `None` for other types."""
    return INT32 if type is I32 else INT64 if type is I64 else None
