"""Which numbers the integer locals of a function can hold, found out before it is compiled.

One walk over the instructions with what is `Known` of each local and operand; conditions of branches narrow it. A loop is walked until
what is assumed at its start follows from what is known where it is repeated: assumptions grow in few and large steps, and loops that
count to a bound keep it. What comes out only ever saves masks and checks: with nothing known, code is the same but slower.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pycm_core.wasm.exec import known
from pycm_core.wasm.exec.known import Known, anything, constant, interval
from pycm_core.wasm.exec.space import Space
from pycm_core.wasm.syntax.instructions import BLOCK, BY_NAME, ELSE, END, IF, LOOP, OPENERS, Instr, Op
from pycm_core.wasm.syntax.module import Expr
from pycm_core.wasm.syntax.types import NumType, ValType

MAX_INSTRS = 1_500
"""Larger functions are not looked at: it takes as long as compiling them, and most of them run few times."""
SMALL_ARGUMENT = (1 << 28) - 1
"""What arguments are assumed to be at most, where that helps; they are nearly always counts, or addresses in a small memory."""
SMALL_MEMORY = 1 << 30
"""How many bytes a memory is assumed to have at most."""
STACK_ALIGNMENT = 16
"""Of the stack that C compilers keep in memory, with its end in a global."""
MAX_DEPTH = 5
"""Of loops in loops: further in, nothing is assumed that would have to be tried."""
MAX_WALKS = 6
MAX_WORK = 60
"""How many times the length of the function may be walked, all loops together, before assumptions are given up."""

State = list["Known | None"]
"""Of each local; `None` where it is no integer."""
Fact = tuple[int, int, int, int]
"""`low`, `high`, `bits`, `rest` of a value that is read."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """A loop that goes on until `local`, which changes by `step` in each round, has a certain value.

    At the start of its last round the local is `last`, plus the local `goal` if that is not `None`. `others` change with it, without ever
    leaving their range. `stepped`: the condition is asked of the stepped value. There are `most` rounds, at most.
    """

    local: int
    step: int
    goal: int | None
    last: int
    others: tuple[tuple[int, int], ...]
    branch: int
    stepped: bool
    most: int


class Ranges:
    """The result, by the index of instructions: what is known where a local is read, and the interval that it must be in where it is set."""

    __slots__ = ("facts", "frames", "near", "rounds", "sets", "small")

    def __init__(self) -> None:
        self.facts: dict[int, Fact] = {}
        self.sets: dict[int, Fact] = {}
        self.rounds: dict[int, Rounds] = {}
        """By the place of a loop."""
        self.small: dict[int, int] = {}
        """Parameters that are assumed to be small, and how many zeros they are assumed to end in; next, the memories."""
        self.near: tuple[int, ...] = ()
        self.frames: dict[int, int] = {}
        """Globals that are assumed to be the end of a stack, and the room that is taken there."""


class _Back:
    """A branch that repeats a loop."""

    __slots__ = ("cond", "place", "state", "truth")

    def __init__(self, state: State, cond: Known | None, truth: bool, place: int) -> None:
        self.place = place
        self.state = state
        self.cond = cond
        self.truth = truth


class _Frame:
    """An open block."""

    __slots__ = (
        "assigned", "backs", "bounds", "dead", "depth", "entry", "forced", "head", "height", "kept", "narrowed", "op", "other", "params",
        "results", "start", "state", "walks",
    )  # fmt: skip

    def __init__(self, op: Op, start: int, height: int, params: tuple[ValType, ...], results: tuple[ValType, ...]) -> None:
        self.op = op
        self.start = start
        self.height = height
        self.params = params
        self.results = results
        self.state: State | None = None
        """Of all branches to the end, joined."""
        self.other: State | None = None
        """Of an `if`: where the condition does not hold."""
        self.dead = False
        # of a loop:
        self.depth = 0
        self.assigned: tuple[int, ...] = ()
        self.entry: State = []
        self.head: State = []
        self.backs: list[_Back] = []
        self.bounds: dict[int, tuple[int, int]] = {}
        self.walks = 0
        self.narrowed = False
        self.kept: State | None = None
        self.forced = False


def find(
    space: Space, params: int, locals: Sequence[ValType], body: Expr, assume: bool, alone: bool, recursive: bool = False
) -> Ranges:
    """What is known of the locals of a function; nothing when it has no loop, and is not `recursive`, or is too large.

    With `assume`, arguments are taken to be small, and addresses where the code says they are, and memories are taken to be small, if
    nothing else runs while the function does (it is `alone`).
    """
    ranges = Ranges()
    loops = any(instr[0] is LOOP for instr in body.instrs)
    if len(body.instrs) > MAX_INSTRS or not (loops or recursive):
        return ranges
    assume = assume and loops
    small = {i: 0 for i, type in enumerate(locals[:params]) if type is NumType.I32} if assume else {}
    near = {instr[3] for instr in body.instrs if instr[0] in _ACCESSES} if assume and alone else set()
    near = {i for i in near if space.memories[i].page_size_log2 == 16 and not space.memories[i].limits.addr64}
    if small and any(instr[0] in _ACCESSES and instr[1] for instr in body.instrs):
        look = _Walk(space, params, locals, body, small, near)
        look.work = 0
        if look.run():
            small.update(look.aligned)
    walk = _Walk(space, params, locals, body, small, near, _frames(space, body) if assume else {})
    if walk.run():
        ranges.facts, ranges.sets, ranges.rounds = walk.facts, walk.sets, walk.rounds
        ranges.small, ranges.near, ranges.frames = small, tuple(sorted(near)), dict(walk.bases.values())
    return ranges


def _frames(space: Space, body: Expr) -> dict[int, tuple[int, int]]:
    """Where a function takes room on a stack in memory, as it starts: the global that has the end of the stack, and how much."""
    instrs = body.instrs
    found: dict[int, tuple[int, int]] = {}
    for pc, (op, *rest) in enumerate(instrs[:_START]):
        if op is _GLOBAL and space.globals[rest[0]].mutable and space.globals[rest[0]].type is NumType.I32:
            room = instrs[pc + 1][1] if instrs[pc + 1 : pc + 3] and instrs[pc + 1][0] is _I32_CONST else SMALL_FRAME
            found[pc] = rest[0], -(-min(room, SMALL_ARGUMENT) // STACK_ALIGNMENT) * STACK_ALIGNMENT
            break
        if op in OPENERS:
            break
    return found


_WIDTHS = {NumType.I32: 32, NumType.I64: 64}


def _width(type: ValType) -> int:
    return _WIDTHS.get(type, 0) if isinstance(type, NumType) else 0


class _Walk:
    """The walk over one function."""

    __slots__ = (
        "aligned", "bases", "body", "facts", "frames", "locals", "loops", "near", "params", "rounds", "sets", "small", "space", "stack",
        "state", "work",
    )  # fmt: skip

    def __init__(
        self,
        space: Space,
        params: int,
        locals: Sequence[ValType],
        body: Expr,
        small: Mapping[int, int],
        near: Collection[int],
        bases: Mapping[int, tuple[int, int]] = MappingProxyType({}),
    ) -> None:
        """`small`: parameters, and `near`: memories that are assumed to be small. `bases` as of `_frames`."""
        self.small = small
        self.near = near
        self.bases = bases
        self.aligned: dict[int, int] = {}
        """Parameters from which addresses are counted, and the zeros at the end that the accesses ask for."""
        self.space = space
        self.params = params
        self.locals = locals
        self.body = body
        self.facts: dict[int, Fact] = {}
        self.sets: dict[int, Fact] = {}
        self.rounds: dict[int, Rounds] = {}
        self.stack: list[Known | None] = []
        self.state: State = []
        self.frames: list[_Frame] = []
        self.loops = _assigned(body, [bool(_width(t)) for t in locals])
        self.work = len(body.instrs) * MAX_WORK

    def fresh(self, type: ValType) -> Known | None:
        """Any value of a type."""
        width = _width(type)
        return anything(width) if width else None

    def run(self) -> bool:
        """Whether all instructions could be followed."""
        for i, type in enumerate(self.locals):
            width = _width(type)
            if not width:
                self.state.append(None)
            elif i in self.small:
                v = interval(width, 0, SMALL_ARGUMENT, self.small[i])
                v.of = 1 << i
                self.state.append(v)
            else:
                self.state.append(anything(width) if i < self.params else constant(width, 0))
        self.frames.append(_Frame(BLOCK, -1, 0, (), ()))
        instrs = self.body.instrs
        dead = False
        depth = 0
        pc = 0
        while pc < len(instrs):
            instr = instrs[pc]
            op = instr[0]
            if dead:
                if op in OPENERS:
                    depth += 1
                elif op is END and depth:
                    depth -= 1
                elif not depth and (op is END or op is ELSE):
                    self.frames[-1].dead = True
                    pc, dead = (self.end(pc)) if op is END else self.else_(pc)
                    continue
                pc += 1
                continue
            if op in OPENERS:
                if op is not BLOCK and op is not LOOP and op is not IF:
                    return False
                self.open(op, instr, pc)
            elif op is END:
                self.frames[-1].dead = False
                pc, dead = self.end(pc)
                continue
            elif op is ELSE:
                self.frames[-1].dead = False
                pc, dead = self.else_(pc)
                continue
            else:
                if op in _ACCESSES:
                    self.access(op, instr)
                rule = _RULES.get(op)
                if rule is not None:
                    dead = bool(rule(self, instr, pc))
                elif op.params is not None:
                    count = len(op.params) + op.address
                    if count:
                        del self.stack[-count:]
                    self.stack.extend([self.fresh(t) for t in op.results])
                else:
                    return False
            pc += 1
        return True

    def access(self, op: Op, instr: Instr) -> None:
        """An access to a small memory traps where the address is large. Most are aligned as they say."""
        _, align, offset, memory = instr
        v = self.stack[-1 if op.results else -2]
        if v is not None and v.of and align <= known.MAX_BITS and not offset & ((1 << align) - 1):
            for i in self.small:
                if v.of >> i & 1:
                    self.aligned[i] = max(align, self.aligned.get(i, 0))
        if memory in self.near and v is not None and offset < SMALL_MEMORY:
            for one, low, high in known.within(v, 0, SMALL_MEMORY - 1 - offset):
                narrow(self.state, one, low, high)

    # --- blocks

    def open(self, op: Op, instr: Instr, pc: int) -> None:
        """A block begins."""
        type = instr[1]
        if type is None:
            params: tuple[ValType, ...] = ()
            results: tuple[ValType, ...] = ()
        elif isinstance(type, int):
            func = self.space.types.func(type)
            params, results = func.params, func.results
        else:
            params, results = (), (type,)
        cond = self.stack.pop() if op is IF else None
        frame = _Frame(op, pc, len(self.stack) - len(params), params, results)
        if op is IF:
            frame.other = self.branched(cond, False)
            self.state = self.branched(cond, True)
        self.frames.append(frame)
        if op is LOOP:
            frame.depth = 1 + sum(f.op is LOOP for f in self.frames[:-1])
            frame.assigned = self.loops[pc]
            frame.entry = self.state
            frame.head = list(self.state)
            for x in frame.assigned:
                v = self.state[x]
                assert v is not None
                head = frame.head[x] = Known(v.width, v.low, v.high, v.bits, v.rest)
                head.of = v.of
            frame.forced = frame.depth > MAX_DEPTH or self.work <= 0
            if frame.forced:
                self.give_up(frame)
            self.again(frame)

    def give_up(self, frame: _Frame) -> None:
        """Assume nothing of what the loop changes."""
        for x in frame.assigned:
            v = frame.head[x]
            assert v is not None
            half = 1 << (v.width - 1)
            top = frame.head[x] = Known(v.width, -half, 2 * half - 1)  # it may be held as either representative
            top.of = v.of
        frame.forced = True

    def again(self, frame: _Frame) -> int:
        """Walk a loop from its start: where that is."""
        frame.backs = []
        frame.walks += 1
        self.state = list(frame.head)
        del self.stack[frame.height :]
        self.stack.extend([self.fresh(t) for t in frame.params])
        return frame.start + 1

    def else_(self, pc: int) -> tuple[int, bool]:
        """The second arm of an `if`."""
        frame = self.frames[-1]
        if not frame.dead:
            self.arrive(frame, self.state)
        assert frame.other is not None
        self.state = frame.other
        frame.other = None
        del self.stack[frame.height :]
        self.stack.extend([self.fresh(t) for t in frame.params])
        return pc + 1, False

    def end(self, pc: int) -> tuple[int, bool]:
        """A block ends: where to go on, and whether that is dead."""
        frame = self.frames[-1]
        if frame.op is LOOP:
            if frame.backs and not self.settled(frame):
                self.work -= pc - frame.start
                return self.again(frame), False
            self.count(frame)
            self.frames.pop()
        else:
            if not frame.dead:
                self.arrive(frame, self.state)
            if frame.other is not None:
                self.arrive(frame, frame.other)
            self.frames.pop()
            frame.dead = frame.state is None
            if frame.state is not None:
                self.state = frame.state
        del self.stack[frame.height :]
        self.stack.extend([self.fresh(t) for t in frame.results])
        return pc + 1, frame.dead

    def arrive(self, frame: _Frame, state: State) -> None:
        """Control gets to the end of a block."""
        frame.state = list(state) if frame.state is None else joined(frame.state, state)

    def branch(self, depth: int, state: State, cond: Known | None = None, truth: bool = True, place: int = -1) -> None:
        """Control goes to a label. `cond` is what it depends on, and `place` where, when that is asked in each round of a loop."""
        if depth >= len(self.frames):
            return
        frame = self.frames[-1 - depth]
        if frame.op is LOOP:
            frame.backs.append(_Back(list(state), cond if depth == 0 else None, truth, place))
        else:
            self.arrive(frame, state)

    def branched(self, cond: Known | None, truth: bool) -> State:
        """The state where a number is zero, or is not."""
        if cond is None:
            return list(self.state)
        found = known.implied(cond.cond or ("ne", cond, constant(cond.width, 0)), truth)
        state = list(self.state)
        for v, low, high in found:
            narrow(state, v, low, high)
        return state

    # --- loops

    def settled(self, frame: _Frame) -> bool:
        """Whether what was assumed of a loop follows; if not, other assumptions are in its place."""
        if frame.forced:
            return True
        if frame.walks >= MAX_WALKS or self.work <= 0:
            self.give_up(frame)
            return False
        back = frame.backs[0].state
        for one in frame.backs[1:]:
            back = joined(back, one.state)
        bounds = self.counted(frame, back)
        stable, closer = True, False
        head = list(frame.head)
        for x in frame.assigned:
            h, e, b = frame.head[x], frame.entry[x], back[x]
            assert h is not None and e is not None and b is not None
            both = known.hull(e, b)
            if x in bounds:
                low, high, step = bounds[x]
                if h.low + step <= b.low and b.high <= h.high + step:
                    both = Known(h.width, low, high, both.bits, both.rest)
                else:
                    del bounds[x]
            if both.within(h):
                closer = closer or not h.within(both)
                head[x] = Known(h.width, both.low, both.high, both.bits, both.rest)
            else:
                stable = False
                head[x] = both if x in bounds else _widened(h, both)
        if stable and any((v := frame.head[x]) is not None and v.kin and x not in bounds for x in frame.assigned):
            self.give_up(frame)  # what was used does not hold
            return False
        if stable and closer and not frame.narrowed:
            frame.narrowed = True
            frame.kept, frame.head = frame.head, head
            return False
        if stable:
            return True
        if frame.kept is not None:  # what was narrowed does not hold: back
            frame.head = [None if v is None else v for v in frame.kept]
            frame.kept = None
            return False
        for x in frame.assigned:
            if head[x] is frame.head[x]:
                v = head[x]
                assert v is not None
                head[x] = Known(v.width, v.low, v.high, v.bits, v.rest)
        for x, (_, _, step) in bounds.items():
            e, v = frame.entry[x], head[x]
            assert e is not None and v is not None
            if e.exact:
                v.kin = tuple(
                    (e.low, step, z, f.low, f.high, by)
                    for y, (_, _, by) in bounds.items()
                    if y != x and (z := head[y]) is not None and (f := frame.entry[y]) is not None
                )
        frame.head = head
        return False

    def counted(self, frame: _Frame, back: State) -> dict[int, tuple[int, int, int]]:
        """Bounds and steps of locals that change by the same amount in each round, when one of them counts until it is something."""
        if len(frame.backs) != 1:
            return {}
        steps: dict[int, int] = {}
        for x in frame.assigned:
            v, h = back[x], frame.head[x]
            if v is not None and v.root is h and v.plus:
                steps[x] = v.plus
        target = self.target(frame, steps)
        if target is None:
            return {}
        x, offset, goal, _ = target
        step, start = steps[x], frame.entry[x]
        assert start is not None
        half = 1 << (start.width - 1)
        if not (-half <= start.low and start.high < half and goal.high < half):
            return {}
        if step > 0 and start.high + offset <= goal.low:
            bounds = {x: (start.low, max(goal.high - offset, start.high), step)}
            rounds = (goal.high - offset - start.low) // step
        elif step < 0 and start.low + offset >= goal.high:
            bounds = {x: (min(goal.low - offset, start.low), start.high, step)}
            rounds = (start.high + offset - goal.low) // -step
        else:
            return {}
        for y, by in steps.items():
            e = frame.entry[y]
            assert e is not None
            if y != x and rounds * abs(by) < 1 << 33:
                bounds[y] = (e.low + min(0, by * rounds), e.high + max(0, by * rounds), by)
        return {
            y: b for y, b in bounds.items() if b[0] >= -(1 << (_width(self.locals[y]) - 1)) and b[1] < 1 << _width(self.locals[y])
        }

    def count(self, frame: _Frame) -> None:
        """Note how a loop counts, now that all that is known of it holds."""
        self.rounds.pop(frame.start, None)
        if len(frame.backs) != 1 or frame.forced:
            return
        back = frame.backs[0]
        bounds = self.counted(frame, back.state)
        target = self.target(frame, {x: step for x, (_, _, step) in bounds.items()})
        if target is None:
            return
        x, offset, goal, of = target
        start, step = frame.entry[x], bounds[x][2]
        if start is None or (of is None and not goal.exact):
            return
        if not goal.exact:  # what a round finds out of the goal is not known before the first one
            assert of is not None
            before = frame.entry[of]
            assert before is not None
            if start.high + offset > before.low if step > 0 else start.low + offset < before.high:
                return
        others = tuple((y, by) for y, by in self.stepping(frame, back.state) if y != x)
        most = (goal.high - offset - start.low) // step if step > 0 else (start.high + offset - goal.low) // -step
        last = goal.low - offset if goal.exact else -offset
        of = None if goal.exact else of
        self.rounds[frame.start] = Rounds(x, step, of, last, others, back.place, offset == step, most + 1)

    def stepping(self, frame: _Frame, back: State) -> Iterator[tuple[int, int]]:
        """Locals that change by the same amount in each round without ever leaving their range, and the amounts."""
        for y in frame.assigned:
            h, b = frame.head[y], back[y]
            assert h is not None and b is not None
            by = b.plus if b.root is h else 0
            one_sign = h.low >= 0 or h.high < 1 << (h.width - 1)
            if by and one_sign and h.low + by <= b.low and b.high <= h.high + by:
                yield y, by

    def target(self, frame: _Frame, steps: dict[int, int]) -> tuple[int, int, Known, int | None] | None:
        """The local that counts, what is added to it before it is compared, and with what: the loop goes on until they are equal.

        Last, the local that holds what it is compared with, if there is one.
        """
        back = frame.backs[0]
        cond, truth = back.cond, back.truth
        if cond is None:
            return None
        while cond.cond is not None and cond.cond[0] == "not":
            cond, truth = cond.cond[1], not truth
        name, a, b = cond.cond or ("ne", cond, constant(cond.width, 0))
        if name not in ("eq", "ne") or (name == "ne") != truth:
            return None
        for v, goal in ((a, b), (b, a)):
            held = [
                (i, s)
                for i, s in enumerate(frame.head)
                if s is not None and (goal.root or goal) is (s.root or s) and i not in frame.assigned
            ]
            if not held and not goal.exact:
                continue
            of = next((i for i, s in held if s.plus == goal.plus), None)
            root = v.root or v
            for x, step in steps.items():
                start = frame.entry[x]
                if root is not frame.head[x] or start is None:
                    continue
                size = abs(step)
                if size == 1:
                    return x, v.plus, goal, of
                if start.exact and goal.exact and (goal.low - start.low - v.plus) % size == 0:
                    return x, v.plus, goal, of
                bits = min(start.bits, goal.bits)
                if size & (size - 1) == 0 and size <= 1 << bits and (goal.rest - start.rest - v.plus) & (size - 1) == 0:
                    return x, v.plus, goal, of
        return None


def _widened(h: Known, both: Known) -> Known:
    """A few large steps instead of many small ones."""
    half = 1 << (h.width - 1)
    low, high = both.low, both.high
    if low < h.low:
        low = 0 if low >= 0 else -half
    if high > h.high:
        high = 0 if high <= 0 else half - 1 if high < half else 2 * half - 1
    return Known(h.width, low, high, both.bits, both.rest)


def joined(a: State, b: State) -> State:
    """The state where two ways meet."""
    return [x if x is y or x is None or y is None else known.hull(x, y) for x, y in zip(a, b, strict=True)]


def narrow(state: State, v: Known, low: int, high: int, follow: bool = True) -> None:
    """A value is known to be closer: so are those that it is counted from, that are counted from the same, and that change in step."""
    root, plus = v.root or v, v.plus
    done: dict[int, Known] = {}
    for i, s in enumerate(state):
        if s is None or (s is not v and (s.root or s) is not root):
            continue
        new = done.get(id(s))
        if new is None:
            new_low, new_high = (low, high) if s is v else known.related(s, low + s.plus - plus, high + s.plus - plus)
            new = done[id(s)] = s.bounded(new_low, new_high) if new_low <= new_high else s
        state[i] = new
    if not follow or not (root.low <= low - plus and high - plus <= root.high):
        return
    for start, step, other, other_low, other_high, by in root.kin:
        ends = low - plus - start, high - plus - start
        least = max(0, min(end // step for end in ends))
        most = max(-(end // -step) for end in ends)
        other_low += min(by * least, by * most)
        other_high += max(by * least, by * most)
        if least <= most and other.low <= other_low and other_high <= other.high:
            narrow(state, other, other_low, other_high, False)


def _assigned(body: Expr, integer: list[bool]) -> dict[int, tuple[int, ...]]:
    """By the place of each loop, the integer locals that it assigns."""
    open: list[tuple[int, set[int]]] = []
    found: dict[int, tuple[int, ...]] = {}
    for pc, instr in enumerate(body.instrs):
        op = instr[0]
        if op in OPENERS:
            open.append((pc, set()))
        elif op is END:
            start, inner = open.pop()
            if body.instrs[start][0] is LOOP:
                found[start] = tuple(sorted(inner))
            if open:
                open[-1][1].update(inner)
        elif (op is _SET or op is _TEE) and open and integer[instr[1]]:
            open[-1][1].add(instr[1])
    return found


# --- what instructions do ---------------------------------------------------------------------------------------------------

Rule = Callable[[_Walk, Instr, int], "bool | None"]
"""True: control does not get behind it."""

_SET, _TEE, _GLOBAL, _I32_CONST = (BY_NAME[name] for name in ("local.set", "local.tee", "global.get", "i32.const"))
_START = 4
"""Where a function starts, it takes room on the stack; next, how much is taken to be taken if that is not seen at once."""
SMALL_FRAME = 1024
_ACCESSES = frozenset(
    op for name, op in BY_NAME.items()
    if name[:4] in ("i32.", "i64.", "f32.", "f64.") and name[4:].startswith(("load", "store"))
)  # fmt: skip
_RULES: dict[Op, Rule] = {}


def _rule(*names: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        for name in names:
            _RULES[BY_NAME[name]] = rule
        return rule

    return register


@_rule("local.get")
def _get(w: _Walk, instr: Instr, pc: int) -> None:
    v = w.state[instr[1]]
    w.stack.append(v)
    if v is not None:
        w.facts[pc] = v.low, v.high, v.bits, v.rest


@_rule("local.set")
def _set(w: _Walk, instr: Instr, pc: int) -> None:
    v = w.stack.pop()
    if v is not None:
        if v.low < 0 and v.high >= 1 << (v.width - 1):
            v = v.bounded(0, (1 << v.width) - 1)
        w.sets[pc] = v.low, v.high, v.bits, v.rest
    w.state[instr[1]] = v


@_rule("local.tee")
def _tee(w: _Walk, instr: Instr, pc: int) -> None:
    _set(w, instr, pc)
    _get(w, instr, pc)


@_rule("i32.const", "i64.const")
def _const(w: _Walk, instr: Instr, pc: int) -> None:
    w.stack.append(constant(32 if instr[0].name == "i32.const" else 64, instr[1]))


def _arithmetic(name: str, rule: Callable[[Known, Known], Known]) -> None:
    def walk(w: _Walk, instr: Instr, pc: int) -> None:
        b, a = w.stack.pop(), w.stack.pop()
        assert a is not None and b is not None
        w.stack.append(rule(a, b))

    for type in ("i32", "i64"):
        _RULES[BY_NAME[f"{type}.{name}"]] = walk


def _and(a: Known, b: Known) -> Known:
    found = known.and_(a, b)
    if a.cond is not None and b.cond is not None:
        found.cond = "and", a, b
    return found


def _or(a: Known, b: Known) -> Known:
    found = known.either(a, b, False)
    if a.cond is not None and b.cond is not None:
        found.cond = "or", a, b
    return found


def _shl(a: Known, b: Known) -> Known:
    return known.mul(a, constant(a.width, 1 << (b.low & (a.width - 1)))) if b.exact else anything(a.width)


def _shr_u(a: Known, b: Known) -> Known:
    low, high = a.unsigned
    k = b.low & (a.width - 1) if b.exact else 0
    return interval(a.width, low >> k if b.exact else 0, high >> k)


def _shr_s(a: Known, b: Known) -> Known:
    low, high = a.signed
    k = b.low & (a.width - 1) if b.exact else 0
    return interval(a.width, min(low >> k, 0) if not b.exact else low >> k, max(high >> k, 0))


def _div_u(a: Known, b: Known) -> Known:
    low, high = a.unsigned
    k = b.unsigned[0] if b.exact else 0
    return interval(a.width, low // k if k else 0, high // k if k else high)


def _rem_u(a: Known, b: Known) -> Known:
    high = a.unsigned[1]
    most = b.unsigned[1]
    return interval(a.width, 0, max(min(high, most - 1), 0))


_arithmetic("add", known.add)
_arithmetic("sub", known.sub)
_arithmetic("mul", known.mul)
_arithmetic("and", _and)
_arithmetic("or", _or)
_arithmetic("xor", lambda a, b: known.either(a, b, True))
_arithmetic("shl", _shl)
_arithmetic("shr_u", _shr_u)
_arithmetic("shr_s", _shr_s)
_arithmetic("div_u", _div_u)
_arithmetic("rem_u", _rem_u)


def _comparison(name: str) -> None:
    def walk(w: _Walk, instr: Instr, pc: int) -> None:
        b, a = w.stack.pop(), w.stack.pop()
        assert a is not None and b is not None
        found = Known(32, 0, 1)
        found.cond = name, a, b
        w.stack.append(found)

    for type in ("i32", "i64"):
        _RULES[BY_NAME[f"{type}.{name}"]] = walk


for _name in known.NEGATED:
    _comparison(_name)


@_rule("i32.eqz", "i64.eqz")
def _eqz(w: _Walk, instr: Instr, pc: int) -> None:
    a = w.stack.pop()
    assert a is not None
    found = Known(32, 0, 1)
    found.cond = ("not", a, a) if a.cond is not None else ("eq", a, constant(a.width, 0))
    w.stack.append(found)


for _compared in ("f32", "f64"):
    for _name in ("eq", "ne", "lt", "gt", "le", "ge"):
        _RULES[BY_NAME[f"{_compared}.{_name}"]] = lambda w, instr, pc: _truth(w)


def _truth(w: _Walk) -> None:
    del w.stack[-2:]
    w.stack.append(Known(32, 0, 1))


def _loads() -> None:
    for name, low, high in (("8_u", 0, 255), ("16_u", 0, 65535), ("8_s", -128, 127), ("16_s", -32768, 32767),
                            ("32_u", 0, 0xFFFF_FFFF), ("32_s", -0x8000_0000, 0x7FFF_FFFF)):  # fmt: skip
        for width in (32, 64):
            op = BY_NAME.get(f"i{width}.load{name}")
            if op is not None:

                def walk(w: _Walk, instr: Instr, pc: int, width: int = width, low: int = low, high: int = high) -> None:
                    w.stack[-1] = Known(width, low, high)

                _RULES[op] = walk


_loads()


def _conversion(name: str, width: int, bounds: Callable[[Known], tuple[int, int]]) -> None:
    def walk(w: _Walk, instr: Instr, pc: int) -> None:
        a = w.stack.pop()
        assert a is not None
        w.stack.append(interval(width, *bounds(a), a.bits, a.rest))

    _RULES[BY_NAME[name]] = walk


_conversion("i64.extend_i32_u", 64, lambda a: a.unsigned)
_conversion("i64.extend_i32_s", 64, lambda a: a.signed)
_conversion("i32.wrap_i64", 32, lambda a: (a.low, a.high))


@_rule("drop", "global.set")
def _drop(w: _Walk, instr: Instr, pc: int) -> None:
    w.stack.pop()


@_rule("select", "select~t")
def _select(w: _Walk, instr: Instr, pc: int) -> None:
    w.stack.pop()
    b, a = w.stack.pop(), w.stack.pop()
    w.stack.append(None if a is None or b is None else known.hull(a, b))


@_rule("global.get")
def _global(w: _Walk, instr: Instr, pc: int) -> None:
    if pc not in w.bases:
        w.stack.append(w.fresh(w.space.globals[instr[1]].type))
        return
    room = w.bases[pc][1]
    v = interval(32, room, room + SMALL_ARGUMENT, known.MAX_BITS)
    w.stack.append(v)
    w.facts[pc] = v.low, v.high, v.bits, v.rest


@_rule("memory.size")
def _size(w: _Walk, instr: Instr, pc: int) -> None:
    w.stack.append(anything(64 if w.space.memories[instr[1]].limits.addr64 else 32))


@_rule("memory.grow")
def _grow(w: _Walk, instr: Instr, pc: int) -> None:
    w.stack.pop()
    _size(w, instr, pc)


@_rule("memory.fill")
def _range(w: _Walk, instr: Instr, pc: int) -> None:
    del w.stack[-3:]


for _name in ("memory.copy", "memory.init"):
    _RULES[BY_NAME[_name]] = _range


@_rule("call")
def _call(w: _Walk, instr: Instr, pc: int) -> None:
    type = w.space.funcs[instr[1]]
    if type.params:
        del w.stack[-len(type.params) :]
    w.stack.extend([w.fresh(t) for t in type.results])


@_rule("call_indirect")
def _call_indirect(w: _Walk, instr: Instr, pc: int) -> None:
    type = w.space.types.func(instr[1])
    del w.stack[-1 - len(type.params) :]
    w.stack.extend([w.fresh(t) for t in type.results])


@_rule("unreachable", "return")
def _leave(w: _Walk, instr: Instr, pc: int) -> bool:
    return True


@_rule("br")
def _br(w: _Walk, instr: Instr, pc: int) -> bool:
    w.branch(instr[1], w.state)
    return True


@_rule("br_if")
def _br_if(w: _Walk, instr: Instr, pc: int) -> None:
    cond = w.stack.pop()
    w.branch(instr[1], w.branched(cond, True), cond, True, pc)
    w.state = w.branched(cond, False)


@_rule("br_table")
def _br_table(w: _Walk, instr: Instr, pc: int) -> bool:
    w.stack.pop()
    for label in {*instr[1], instr[2]}:
        w.branch(label, w.state)
    return True
