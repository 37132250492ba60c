"""Locals taken apart: compilers reuse a local for values that have nothing to do with each other; each of these gets a variable of its own.

A web is a set of assignments of one local that may reach the same reading, with these readings.
"""

from __future__ import annotations

from pycm_core.wasm.syntax.instructions import BLOCK, BY_NAME, ELSE, END, IF, LOOP, OPENERS, Instr, Op
from pycm_core.wasm.syntax.module import Expr

_GET, _SET, _TEE, _BR, _BR_IF, _BR_TABLE = (
    BY_NAME[name] for name in ("local.get", "local.set", "local.tee", "br", "br_if", "br_table")
)
_ENDS = frozenset(BY_NAME[name] for name in ("br", "br_table", "return", "unreachable"))
_OTHER = frozenset(
    op for name, op in BY_NAME.items()
    if name.startswith(("br_on_", "throw", "try", "return_call"))
)  # fmt: skip
"""What branches in ways that are not followed here."""

Defs = list[int]
"""Of each local, the assignment that it holds."""


class Webs:
    """By the index of each `local.get`, `local.set` and `local.tee`, the web. A web below the number of locals is that of the initial value."""

    __slots__ = ("initial", "of")

    def __init__(self, of: dict[int, int], initial: set[int]) -> None:
        self.of = of
        self.initial = initial
        """Locals whose initial value may be read."""


class _Frame:
    __slots__ = ("at_end", "head", "op", "other")

    def __init__(self, op: Op, head: Defs | None) -> None:
        self.op = op
        self.head = head
        self.at_end: Defs | None = None
        self.other: Defs | None = None


class _Walk:
    __slots__ = ("defs", "frames", "joins", "parents", "reads", "touched")

    def __init__(self, locals: int) -> None:
        self.parents = list(range(locals))
        self.defs: Defs = list(self.parents)
        self.frames = [_Frame(BLOCK, None)]
        self.joins: dict[int, list[int]] = {}
        """Where ways meet, a local holds something new: one of these."""
        self.touched: dict[int, int] = {}
        self.reads: set[int] = set()

    def new(self, *of: int) -> int:
        """An assignment, or what it is when ways meet."""
        one = len(self.parents)
        self.parents.append(one)
        if of:
            self.joins[one] = list(of)
        return one

    def find(self, one: int) -> int:
        """The web of an assignment."""
        parents = self.parents
        while parents[one] != one:
            parents[one] = parents[parents[one]]
            one = parents[one]
        return one

    def unite(self) -> set[int]:
        """Make one of all that may reach the same reading; return what is read."""
        todo = list(self.reads)
        done = set(todo)
        while todo:
            one = todo.pop()
            for other in self.joins.get(one, ()):
                x, y = self.find(one), self.find(other)
                if x != y:
                    self.parents[max(x, y)] = min(x, y)
                if other not in done:
                    done.add(other)
                    todo.append(other)
        return done

    def branch(self, depth: int) -> None:
        """Control goes to a label."""
        if depth >= len(self.frames):
            return
        frame = self.frames[-1 - depth]
        if frame.head is not None:
            for head, one in zip(frame.head, self.defs, strict=True):
                if head != one:
                    self.joins[head].append(one)
        elif frame.at_end is None:
            frame.at_end = list(self.defs)
        else:
            frame.at_end = [x if x == y else self.new(x, y) for x, y in zip(frame.at_end, self.defs, strict=True)]

    def run(self, instrs: tuple[Instr, ...]) -> bool:
        """Whether all instructions could be followed."""
        dead = False
        depth = 0
        for pc, instr in enumerate(instrs):
            op = instr[0]
            if op in OPENERS:
                if dead:
                    depth += 1
                    continue
                if op is not BLOCK and op is not LOOP and op is not IF:
                    return False
                frame = _Frame(op, None)
                if op is LOOP:
                    frame.head = [self.new(one) for one in self.defs]
                    self.defs = list(frame.head)
                elif op is IF:
                    frame.other = list(self.defs)
                self.frames.append(frame)
            elif op is END or op is ELSE:
                if depth:
                    depth -= op is END
                    continue
                frame = self.frames[-1]
                if not dead and frame.op is not LOOP:
                    self.branch(0)
                if op is ELSE:
                    assert frame.other is not None
                    self.defs, frame.other = frame.other, None
                    dead = False
                    continue
                if frame.other is not None:
                    self.defs = frame.other
                    self.branch(0)
                self.frames.pop()
                if frame.op is not LOOP:
                    dead = frame.at_end is None
                    if frame.at_end is not None:
                        self.defs = frame.at_end
            elif dead:
                continue
            elif op is _GET:
                self.touched[pc] = self.defs[instr[1]]
                self.reads.add(self.defs[instr[1]])
            elif op is _SET or op is _TEE:
                self.touched[pc] = self.defs[instr[1]] = self.new()
            elif op is _BR or op is _BR_IF:
                self.branch(instr[1])
                dead = op is _BR
            elif op is _BR_TABLE:
                for label in {*instr[1], instr[2]}:
                    self.branch(label)
                dead = True
            elif op in _ENDS:
                dead = True
            elif op in _OTHER:
                return False
        return True


def split(body: Expr, locals: int) -> Webs | None:
    """The webs of a function; `None` when there is something in it that is not followed."""
    walk = _Walk(locals)
    if not walk.run(body.instrs):
        return None
    read = walk.unite()
    numbers = {i: i for i in range(locals)}
    of: dict[int, int] = {}
    for pc, one in walk.touched.items():
        of[pc] = numbers.setdefault(walk.find(one), len(numbers))
    return Webs(of, {i for i in range(locals) if i in read})
