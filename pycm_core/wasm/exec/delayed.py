"""What is made where it is used. A comparison followed by a jump is one step of Python's, a truth value in between is three; a sum is none
at all where a view of memory starts so far in (`pycm_core.wasm.exec.storage`).

Compilers compare a counter before they change it: `more = x > 3; y = x - 2; x = y; if more`. The variable `x` is gone where the question is,
but `y > 1` says the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pycm_core.wasm.exec.operands import I32, Val, literal

if TYPE_CHECKING:
    from pycm_core.wasm.exec.function import FunctionCompiler

_COMPARISON = re.compile(r"\(l(\d+) (<|>|<=|>=|==|!=) \(?(-?\d+)\)?\)")
_SUM = re.compile(r"\(l(\d+) ([+-]) (\d+)\)")


class _Address:
    """A variable that is not assigned: what it would hold, and how many instructions still read it."""

    __slots__ = ("reads", "text", "v")

    def __init__(self, v: Val, text: str, reads: int) -> None:
        self.v = v
        self.text = text
        self.reads = reads


class Delayed:
    """Truth values that are set and read once, between two places where control may turn; and addresses."""

    __slots__ = ("addresses", "sums", "truths")

    def __init__(self) -> None:
        self.truths: dict[int, tuple[int, str, int]] = {}
        """By variable: the variable that is compared, how, and with what."""
        self.sums: dict[int, tuple[int, int]] = {}
        """Variables that hold another one, as it is now, plus a constant."""
        self.addresses: dict[int, _Address] = {}

    def keep(self, web: int, v: Val) -> bool:
        """Whether an assignment can wait until the value is read."""
        found = None if v.effect or v.temps else _COMPARISON.fullmatch(v.text)
        if found is None:
            return False
        self.truths[web] = int(found[1]), found[2], int(found[3])
        return True

    def keep_address(self, web: int, v: Val, text: str, reads: int) -> None:
        """The assignment of `text`, which `v` is in the variable's units, waits until `v` changes or has been read often enough."""
        self.addresses[web] = _Address(v, text, reads)

    def take_address(self, web: int) -> Val | None:
        """An address whose assignment has waited."""
        found = self.addresses.get(web)
        if found is None:
            return None
        found.reads -= 1
        if not found.reads:
            del self.addresses[web]
        return found.v

    def take(self, web: int) -> Val | None:
        """The truth value of a variable whose assignment has waited."""
        found = self.truths.pop(web, None)
        if found is None:
            return None
        v = Val(I32, _text(found), 0, 1, test=True)
        v.locals = frozenset((found[0],))
        v.depth = 1
        return v

    def changes(self, c: FunctionCompiler, web: int, v: Val) -> None:
        """A variable is about to be assigned a value: comparisons of it are made with another one, or now."""
        for address in [address for address, kept in self.addresses.items() if web in kept.v.locals]:
            self.make_address(c, address)
        for truth, (of, how, k) in list(self.truths.items()):
            if of == web:
                other = int(v.text[1:]) if v.text[0] == "l" and v.text[1:].isdigit() else -1
                source, plus = self.sums.get(other, (-1, 0))
                if source == web and other != web:
                    self.truths[truth] = other, how, k + plus
                else:
                    self.make(c, truth)

    def assigned(self, web: int, v: Val | None) -> None:
        """A variable was assigned a value as it is, or something else."""
        for other, (source, _) in list(self.sums.items()):
            if other == web or source == web:
                del self.sums[other]
        found = None if v is None else _SUM.fullmatch(v.text)
        if found is not None and int(found[1]) != web:
            self.sums[web] = int(found[1]), int(found[3]) if found[2] == "+" else -int(found[3])

    def make(self, c: FunctionCompiler, truth: int) -> None:
        """Write an assignment that cannot wait any longer."""
        c.add(f"l{truth} = {_text(self.truths.pop(truth))}", ())

    def make_address(self, c: FunctionCompiler, web: int) -> None:
        """The same for an address."""
        c.add(f"l{web} = {self.addresses.pop(web).text}", ())

    def settle(self, c: FunctionCompiler) -> None:
        """Control may turn."""
        for address in list(self.addresses):
            self.make_address(c, address)
        for truth in list(self.truths):
            self.make(c, truth)
        self.sums.clear()


def _text(comparison: tuple[int, str, int]) -> str:
    of, how, k = comparison
    return f"(l{of} {how} {literal(k)})"
