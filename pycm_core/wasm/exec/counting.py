"""Loops that count, as Python's `for … in range(…)`: an increment, a comparison and a jump in one step.

`ranges` proves that a loop ends when a local has been stepped to a goal that nothing in the loop changes, and which other locals
keep step with it; loops that go on while a local is below something are found here. The increments at the end of the loop and the
condition are left out; until then, the stepped value is read as a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pycm_core.wasm.exec.operands import signed_text
from pycm_core.wasm.exec.ranges import Fact, Rounds
from pycm_core.wasm.exec.survey import TURNS
from pycm_core.wasm.syntax.instructions import BY_NAME, END, OPENERS, TRY_TABLE

if TYPE_CHECKING:
    from pycm_core.wasm.exec.function import FunctionCompiler

MIN_ROUNDS = 12
"""Making a `range` costs as much as ten rounds save."""

_GET, _SET, _TEE, _BR, _BR_IF, _BR_TABLE, _CONST, _ADD, _NE, _EQZ = (
    BY_NAME[name]
    for name in (
        "local.get", "local.set", "local.tee", "br", "br_if", "br_table", "i32.const", "i32.add", "i32.ne", "i32.eqz",
    )
)  # fmt: skip
_CALLS = frozenset(op for name, op in BY_NAME.items() if "call" in name)
"""Rounds with calls take so long that nothing is gained."""
_OTHER = frozenset(op for name, op in BY_NAME.items() if name.startswith("br_on")) | {TRY_TABLE}
_BELOW = {BY_NAME[f"i32.{name}_{sign}"]: int(name == "le") for name in ("lt", "le") for sign in "su"}
"""Comparisons, and what is added to the other side to make it an end of a `range`."""


@dataclass(frozen=True, slots=True)
class Counting:
    """How a loop is written: the variable `web` goes through `values`; `step` is `+ 1` or the like."""

    web: int
    step: str
    values: str
    left_out: frozenset[int]
    """Assignments that are not made."""
    branch: int
    """The branch that repeats the loop."""
    lives: bool
    """Whether the variable is read behind the loop."""


def plan(c: FunctionCompiler, start: int) -> Counting | None:
    """How the loop that starts at an instruction counts, if that is worth it."""
    if c.webs is None:
        return None
    loop = _Loop(c, start)
    if any(c.body.instrs[pc][0] in _CALLS for pc in loop.pcs):
        return None
    rounds = c.ranges.rounds.get(start)
    if rounds is None:
        return _below(c, loop)
    return _exact(c, loop, rounds) if rounds.most >= MIN_ROUNDS else None


class _Loop:
    """The instructions of a loop, and what happens to locals in it."""

    __slots__ = ("_c", "_instrs", "_of", "pcs", "start")

    def __init__(self, c: FunctionCompiler, start: int) -> None:
        assert c.webs is not None
        self._c = c
        self._of = c.webs.of
        self._instrs = c.body.instrs
        self.start = start
        depth = 0
        end = start
        for end in range(start, len(self._instrs)):
            depth += (self._instrs[end][0] in OPENERS) - (self._instrs[end][0] is END)
            if depth == 0:
                break
        self.pcs = range(start, end)

    def sets(self, local: int) -> list[int]:
        """The assignments of a local."""
        return [pc for pc in self.pcs if self._instrs[pc][0] in (_SET, _TEE) and self._instrs[pc][1] == local]

    def last_set(self, local: int, branch: int) -> int | None:
        """The only assignment of a local, when control goes straight from there to the branch."""
        sets = self.sets(local)
        if len(sets) != 1 or sets[0] > branch or any(self._instrs[pc][0] in TURNS for pc in range(sets[0], branch)):
            return None
        return sets[0] if sets[0] in self._of else None

    def gets(self, where: Iterable[int]) -> Iterator[int]:
        """Instructions that read a local."""
        return (pc for pc in where if pc in self._of and self._instrs[pc][0] is _GET)

    def fixed(self, local: int) -> str | None:
        """The variable of a local that the loop does not change, if it holds the local's number as it is."""
        if not self.sets(local):
            for pc in self.gets(self.pcs):
                if self._instrs[pc][1] == local:
                    return f"l{self._of[pc]}" if self.plain(self._of[pc]) and self._of[pc] not in self._c.scales else None
        return None

    def plain(self, web: int) -> bool:
        """Whether a variable holds a number."""
        return web not in self._c.truths and web not in self._c.lazy and web not in self._c.growing

    def counting(self, web: int, step: str, values: str, left_out: Iterable[int], branch: int) -> Counting:
        """The loop over a variable."""
        everywhere = self.gets(range(len(self._instrs)))
        lives = any(self._of[pc] == web for pc in everywhere if not self.start <= pc <= branch)
        return Counting(web, step, values.replace("+ 1 * ", "+ "), frozenset(left_out), branch, lives)

    def back(self) -> int | None:
        """The only branch that repeats the loop."""
        found: int | None = None
        depth = -1
        for pc in self.pcs:
            op, *rest = self._instrs[pc]
            depth += (op in OPENERS) - (op is END)
            if op in _OTHER or (op is _BR_TABLE and depth in (*rest[0], rest[1])):
                return None
            if (op is _BR or op is _BR_IF) and rest[0] == depth:
                if found is not None or op is _BR or depth:
                    return None
                found = pc
        return found


def _exact(c: FunctionCompiler, loop: _Loop, rounds: Rounds) -> Counting | None:
    """A loop until a local has a certain value."""
    assert c.webs is not None
    x = loop.last_set(rounds.local, rounds.branch)
    goal = "" if rounds.goal is None else loop.fixed(rounds.goal)
    if x is None or goal is None:
        return None
    web = c.webs.of[x]
    way = 1 if rounds.step > 0 else -1
    if _only_counts(c, loop, rounds, web, x):
        more = f"({_sum(goal, rounds.last)} - l{web})" if way > 0 else f"(l{web} - {_sum(goal, rounds.last)})"
        if abs(rounds.step) != 1:
            more = f"{more} // {abs(rounds.step)}"
        for y, by in rounds.others:
            at = loop.last_set(y, rounds.branch)
            other = -1 if at is None else c.webs.of[at]
            shift = c.scales.get(other, 0)
            if at is None or not loop.plain(other) or web in c.scales or by & ((1 << shift) - 1):
                continue
            by >>= shift
            values = f"l{other}, l{other} + {by} * {more} + {1 if by > 0 else -1}, {by}"
            return loop.counting(other, signed_text(by), values, (x, at), rounds.branch)
    shift = c.scales.get(web, 0)
    low = (1 << shift) - 1
    if not loop.plain(web) or (shift and goal) or rounds.step & low or rounds.last & low:
        return None
    step = rounds.step >> shift
    values = f"l{web}, {_sum(goal, (rounds.last >> shift) + way - c.starts.get(web, 0))}, {step}"
    return loop.counting(web, signed_text(step), values, (x,), rounds.branch)


def _sum(name: str, plus: int) -> str:
    if not name:
        return str(plus) if plus >= 0 else f"({plus})"
    return f"({name} {signed_text(plus)})" if plus else name


def _only_counts(c: FunctionCompiler, loop: _Loop, rounds: Rounds, web: int, at: int) -> bool:
    """Whether nothing but its own step and the condition read a variable."""
    assert c.webs is not None
    instrs = c.body.instrs
    gets = [pc for pc in loop.gets(range(len(instrs))) if c.webs.of[pc] == web]
    own = [pc for pc in gets if at - 3 <= pc < at]
    asked = [pc for pc in gets if at < pc < rounds.branch]
    if not rounds.stepped or len(own) != 1 or len(gets) != len(own) + len(asked):
        return False
    if instrs[at][0] is _TEE:
        asked.append(at)
    if len(asked) != 1:
        return False
    rest = [instrs[pc][0] for pc in range(asked[0] + 1, rounds.branch)]
    return rest in ([], [_NE], [_GET, _NE], [_CONST, _NE], [_EQZ, _EQZ])


def _below(c: FunctionCompiler, loop: _Loop) -> Counting | None:
    """A loop while a local, after a step, is below something: `if ((x += step) < goal) continue`."""
    assert c.webs is not None
    instrs = c.body.instrs
    branch = loop.back()
    if branch is None or branch < 6 or instrs[branch - 1][0] not in _BELOW:
        return None
    asked = branch - 3
    if instrs[asked][0] is _GET and instrs[asked - 1][0] is _SET and instrs[asked][1] == instrs[asked - 1][1]:
        at = asked - 1
    else:
        at = asked
    op, *rest = instrs[at]
    if (op is not _TEE if at == asked else op is not _SET) or instrs[at - 1][0] is not _ADD:
        return None
    local = rest[0]
    x, step = (at - 3, at - 2) if instrs[at - 3][:2] == (_GET, local) else (at - 2, at - 3)
    if instrs[x][:2] != (_GET, local) or loop.last_set(local, branch) != at:
        return None
    by, most_by = _fixed(c, loop, step)
    goal, most = _fixed(c, loop, branch - 2)
    fact, new = c.ranges.facts.get(x), c.ranges.sets.get(at)
    if by is None or goal is None or most_by is None or most is None or fact is None or new is None:
        return None
    half = 1 << 31
    if not (most_by[0] > 0 and fact[0] >= 0 and fact[1] + most_by[1] < half and new[0] >= 0 and most[0] >= 0 and most[1] < half):
        return None
    web = c.webs.of[at]
    if web in c.scales or not loop.plain(web):
        return None
    first = f"l{web}"
    values = f"{first}, ({goal} if {goal} >= {first} else {first}) + 1, {by}"
    if not _BELOW[instrs[branch - 1][0]]:
        values = f"{first}, {goal} if {goal} > {first} else {first} + 1, {by}"
    return loop.counting(web, f"+ {by}", values, (at,), branch)


def _fixed(c: FunctionCompiler, loop: _Loop, pc: int) -> tuple[str | None, Fact | None]:
    """What an instruction that reads something which the loop does not change is written as, and what is known of it."""
    op, *rest = c.body.instrs[pc]
    if op is _CONST:
        value = (rest[0] & 0xFFFF_FFFF ^ 1 << 31) - (1 << 31)
        return str(value), (value, value, 0, 0)
    return (loop.fixed(rest[0]), c.ranges.facts.get(pc)) if op is _GET else (None, None)
