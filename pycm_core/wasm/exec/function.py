"""From the instructions of one function to Python source (core specification, "Execution", "Instructions").

The operand stack is resolved here: operands are expressions (`Val`), written to a variable only where order, reuse or control demand it.
What each instruction does is in the tables of `blocks`, `integers`, `floats`, `storage`, `references`, `aggregates` and `vectors`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from pycm_core.wasm.exec.counting import Counting
from pycm_core.wasm.exec.delayed import Delayed
from pycm_core.wasm.exec.operands import CALLS, INT32, READS, TRAPS, Int, Val, int_of
from pycm_core.wasm.exec.ranges import Ranges, find
from pycm_core.wasm.exec.scales import Uses
from pycm_core.wasm.exec.space import Form, Space
from pycm_core.wasm.exec.survey import TURNS, mixes, unset_locals
from pycm_core.wasm.exec.tree import Label, Line, Node, Places
from pycm_core.wasm.exec.webs import Webs, split
from pycm_core.wasm.syntax.instructions import BLOCK, BY_NAME, ELSE, END, LOOP, OPENERS, Instr, Op
from pycm_core.wasm.syntax.module import Expr
from pycm_core.wasm.syntax.types import FuncType, ValType

MAX_DEPTH = 24
"""Deeper expressions get a variable: Python's parser has its limits."""

MAX_VIEWS = 32
"""Of one function, that start further in."""

_BORDERS = OPENERS | {ELSE, END}
_OTHERS = frozenset(op for name, op in BY_NAME.items() if "call" in name or name == "memory.grow")
"""Whatever may make a memory grow."""
_TAIL_CALLS = frozenset(op for name, op in BY_NAME.items() if name.startswith("return_call"))

Types = tuple[ValType, ...]
Emit = Callable[["FunctionCompiler", Instr], None]


class Frame:
    """An open block of the guest."""

    __slots__ = (
        "clauses",
        "cond",
        "counting",
        "height",
        "label",
        "name",
        "nodes",
        "op",
        "out",
        "params",
        "places",
        "results",
        "rounds",
        "then",
        "turns",
    )

    def __init__(self, op: Op, label: Label, results: Types, height: int, turns: int = 0) -> None:
        """`turns`: how many loops and `try_table`s are open around it, or it is one itself."""
        self.op = op
        self.turns = turns
        self.label = label
        self.results = results
        self.out: tuple[str, ...] = ()
        """Variables for the results."""
        self.height = height
        """Of the operand stack below the block's own operands. What is below is in variables or constant."""
        self.nodes: list[Node] = []
        self.cond = ""
        """Of an `if`, as are the next three."""
        self.places: Places = ()
        self.params: list[Val] = []
        self.then: list[Node] | None = None
        """The first arm, when the second one is open."""
        self.counting: Counting | None = None
        """Of a loop that counts; and its statements, when it has been repeated."""
        self.rounds: list[Node] = []
        self.name = ""
        """Of the exception that a `try_table` caught."""
        self.clauses: list[tuple[str | None, list[Node]]] = []


class Better(NamedTuple):
    """What a second compilation of a function knows of its variables; see `FunctionCompiler` for each."""

    doubles: frozenset[int] = frozenset()
    truths: frozenset[int] = frozenset()
    lazy: frozenset[int] = frozenset()
    growing: frozenset[int] = frozenset()
    once: frozenset[int] = frozenset()
    scales: Mapping[int, int] = MappingProxyType({})
    starts: Mapping[int, int] = MappingProxyType({})
    spared: Mapping[int, int] = MappingProxyType({})


class FunctionCompiler:
    """Compiles one function body. In a suspendable form, calls are handed to the driver by `yield`."""

    __slots__ = (
        "alone",
        "answer",
        "asked_at",
        "body",
        "bound",
        "dead",
        "delayed",
        "doubled",
        "doubles",
        "form",
        "frames",
        "free",
        "globals",
        "growing",
        "here",
        "inits",
        "inner",
        "lazy",
        "locals",
        "looping",
        "mixing",
        "names",
        "once",
        "ranges",
        "recursive",
        "scales",
        "space",
        "spared",
        "stack",
        "stacks",
        "starts",
        "stepped",
        "temps",
        "tries",
        "truths",
        "type",
        "units",
        "uses",
        "views",
        "webs",
        "weight",
    )

    def __init__(
        self,
        space: Space,
        type: FuncType,
        locals: Sequence[ValType],
        body: Expr,
        form: Form,
        before: FunctionCompiler | None = None,
    ) -> None:
        """`locals`: of all locals, parameters included, the types. `before` compiled the same and knows what this one can do better."""
        self.body = body
        self.space = space
        self.locals = locals
        self.type = type
        self.form = form
        self.stacks: dict[int, tuple[Val, ...]] = {}
        """Of `Form.STOPS`: the operands before each instruction."""
        self.stack: list[Val] = []
        self.frames: list[Frame] = []
        self.free: list[str] = []
        self.temps = 0
        self.tries = 0
        self.here = 0
        """Index of the current instruction."""
        self.dead = False
        self.mixing = False
        """Whether the function mixes bits, as hashes do: its sums are large numbers, and masks are better than comparisons."""
        self.recursive = False
        """Whether it is worth looking at without loops: it calls itself often."""
        self.ranges = Ranges()
        self.webs: Webs | None = None
        """Unless locals are variables as they are."""
        self.uses: Uses | None = None
        """Where uses of variables are counted."""
        self.weight = 1
        """Of what is counted: more in loops."""
        self.doubles: frozenset[int] = frozenset()
        """Variables that are rotated more than once."""
        self.truths: frozenset[int] = frozenset()
        """Variables that hold Python's truth values: they are only ever conditions."""
        self.lazy: dict[int, tuple[int, int]] = {}
        """Variables that are set once and only read for sums, which need no mask; and the bounds of what they hold."""
        self.growing: frozenset[int] = frozenset()
        """Variables that hold sums without a mask."""
        self.once: frozenset[int] = frozenset()
        """Of `truths`, those that are set and read once."""
        self.delayed = Delayed()
        self.scales: Mapping[int, int] = {}
        """Variables that hold multiples of a unit, and its exponent."""
        self.starts: Mapping[int, int] = {}
        """Of these, those that are counted from somewhere else than zero."""
        self.spared: Mapping[int, int] = {}
        """Of these, addresses that need no variable of their own, and how many instructions read them."""
        if before is not None:
            self.ranges, self.webs = before.ranges, before.webs
            better = before.better()
            self.scales, self.doubles, self.truths = better.scales, better.doubles, better.truths
            self.starts = better.starts
            self.spared = better.spared
            self.once = better.once
            self.growing = better.growing.difference(better.scales, better.lazy)
            self.lazy = {web: (0, 0) for web in better.lazy if web not in better.scales}
        self.doubled: set[int] = set()
        """Of these, those whose double is up to date."""
        self.looping = self.alone = False
        """Whether the function has loops; whether nothing else runs while it does."""
        self.bound: set[str] = set()
        """Names that are kept in variables."""
        self.units = frozenset(self.scales.values())
        self.inits: set[int] = set()
        """Locals whose default value may be read."""
        self.stepped: dict[int, str] = {}
        """Variables that are about to be stepped by a loop, and what is added: their new value is read already."""
        self.names: dict[str, float] = {}
        """Constants that have no literal, by name."""
        self.asked_at = -1
        """The instruction whose condition callers have asked already; next, what it was."""
        self.answer = False
        self.inner: set[int] = set()
        """Functions whose `Form.INNER` is called."""
        self.views: set[tuple[int, str]] = set()
        """Views that do not start where the memory does."""
        self.globals: set[str] = set()
        """Names that the function assigns in its namespace."""

    # --- operands

    def push(self, v: Val) -> None:
        if v.depth > MAX_DEPTH:
            v = self.spill_in_order(v)
        self.stack.append(v)

    def pop(self) -> Val:
        return self.stack.pop()

    def pop_many(self, count: int) -> list[Val]:
        if count == 0:
            return []
        found = self.stack[-count:]
        del self.stack[-count:]
        return found

    def temp(self) -> str:
        """A variable that nobody uses."""
        if self.free:
            return self.free.pop()
        self.temps += 1
        return f"a{self.temps}"

    def release(self, *vals: Val) -> None:
        """What these operands owned is free."""
        for v in vals:
            self.free.extend(v.temps)

    def variable(self, type: ValType, name: str, owned: bool = True) -> Val:
        """An operand that is a variable with a canonical value."""
        ints = int_of(type)
        v = Val(type, name, 0, ints.mask if ints else 0)
        if owned:
            v.temps = (name,)
        return v

    def spill(self, v: Val) -> Val:
        """Write an operand to a variable of its own."""
        if v.test:
            v = INT32.number(v)
        self.release(v)
        name = self.temp()
        if v.text != name:
            self.add(f"{name} = {v.text}", v.places)
        result = Val(v.type, name, v.low, v.high).digits(v.bits, v.rest)
        result.temps = (name,)
        return result

    def spill_in_order(self, v: Val) -> Val:
        """The same, after everything below that must come first."""
        if v.effect:
            self.flush()
        return self.spill(v)

    def flush(self) -> None:
        """Evaluate operands that may trap or read state, in order, before something happens."""
        stack = self.stack
        for i in range(self.frames[-1].height, len(stack)):
            if stack[i].effect:
                stack[i] = self.spill(stack[i])

    def flush_local(self, index: int) -> None:
        """Evaluate operands that read a local before it changes."""
        stack = self.stack
        base = self.frames[-1].height
        for last in range(len(stack) - 1, base - 1, -1):
            if index in stack[last].locals:
                for i in range(base, last + 1):
                    v = stack[i]
                    if v.effect or index in v.locals:
                        stack[i] = self.spill(v)
                return

    def settle(self) -> None:
        """Evaluate all operands: a block begins."""
        stack = self.stack
        for i in range(self.frames[-1].height, len(stack)):
            v = stack[i]
            if v.const is None and not (v.temps and v.atom):
                stack[i] = self.spill(v)

    def atoms(self, *vals: Val) -> list[Val]:
        """The operands, in order, each as a text that may be repeated."""
        last = -1
        effects = False
        for i, v in enumerate(vals):
            if not v.atom:
                last = i
        out = list(vals)
        for v in vals[: last + 1]:
            effects = effects or v.effect != 0
        if effects:
            self.flush()
        for i in range(last + 1):
            if not vals[i].atom:
                out[i] = self.spill(vals[i])
        return out

    def signed(self, ints: Int, v: Val) -> Val:
        """The signed representative of an integer."""
        v = ints.number(v)
        if ints.is_signed(v) or v.const is not None or v.other is not None:
            return ints.signed(v)
        (a,) = self.atoms(v)
        if ints.is_canonical(a):
            return ints.signed(a)
        x, sign = a.text, ints.sign
        text = f"({x} if {-sign} <= {x} <= {ints.most} else (({x} + {sign}) & {ints.mask}) - {sign})"
        return Val(ints.type, text, -sign, ints.most, of=(a,))

    def rest(self, v: Val) -> Val:
        """The value as it rests in variables: integers canonical, tests as numbers."""
        ints = int_of(v.type)
        return ints.canonical(v) if ints else v

    # --- statements

    def add(self, text: str, places: Places, falls: bool = True) -> None:
        """A statement; `places` are those of its operands."""
        self.frames[-1].nodes.append(Line(text, (self.here, *places), falls))

    def line(self, text: str, *vals: Val) -> None:
        """A statement that uses up these operands."""
        self.release(*vals)
        self.add(text, places_of(vals))

    def effect(self, text: str, *vals: Val) -> None:
        """The same for one that changes state."""
        self.flush()
        self.line(text, *vals)

    def result(self, type: ValType, text: str, *vals: Val) -> None:
        """A statement that changes state, with a result."""
        self.flush()
        self.release(*vals)
        name = self.temp()
        self.add(f"{name} = {text}", places_of(vals))
        self.stack.append(self.variable(type, name))

    def trap_line(self, text: str) -> None:
        """A statement behind which control never gets."""
        self.flush()
        self.add(text, (), False)
        self.unreachable()

    def unreachable(self) -> None:
        """Nothing is executed until the block ends."""
        frame = self.frames[-1]
        self.release(*self.stack[frame.height :])
        del self.stack[frame.height :]
        self.dead = True

    # --- the body

    def compile(self, emit: Mapping[Op, Emit]) -> list[Node]:
        """The statements of the body; `emit` knows what each instruction does."""
        body = self.body
        params = len(self.type.params)
        self.inits = set(range(params, len(self.locals))) if self.form is Form.STOPS else unset_locals(body, params)
        self.mixing = mixes(body)
        ops = {instr[0] for instr in body.instrs}
        if self.webs is not None:
            self.inits = self.webs.initial.difference(range(params))
        elif self.form is not Form.STOPS and self.form is not Form.QUICK:  # where one looks at locals, they are as they are
            assume = self.form is Form.PLAIN and not ops & _TAIL_CALLS
            self.ranges = find(self.space, params, self.locals, body, assume, not ops & _OTHERS, self.recursive)
            if self.ranges.sets:
                self.webs = split(body, len(self.locals))
                self.uses = Uses()
                if self.webs is not None:
                    self.inits = self.webs.initial.difference(range(params))
        self.looping = LOOP in ops
        self.alone = not ops & _OTHERS
        self.frames.append(Frame(BLOCK, Label(), self.type.results, 0))
        depth = 0
        for i, instr in enumerate(body.instrs):
            op = instr[0]
            if not self.dead:
                self.here = i
                if self.form is Form.STOPS:
                    self.stop()
                if self.doubled and op in _BORDERS:
                    self.doubled.clear()
                if op in TURNS:
                    self.delayed.settle(self)
                emit[op](self, instr)
            elif op in OPENERS:
                depth += 1
            elif op is END and depth:
                depth -= 1
            elif not depth and (op is END or op is ELSE):
                self.here = i
                emit[op](self, instr)
        self.here = len(body.instrs)
        if not self.dead:
            self.return_()
        return self.frames[0].nodes

    def better(self) -> Better:
        """What is known after a first compilation."""
        if self.uses is None or self.webs is None:
            return Better()
        uses = self.uses
        inner = {web for web in uses.reads if web >= len(self.locals)}
        """Those that no initial value gets into."""
        truths = uses.only("condition") & uses.only("truth", "set") & inner
        better = Better(
            frozenset(web for web, count in uses.rotations.items() if count > 1),
            frozenset(truths),
            frozenset(web for web in uses.only("sum") & inner if uses.counts["set", web] == 1),
            frozenset(uses.growing()),
            frozenset(web for web in truths if uses.counts["read", web] == uses.counts["set", web] == 1),
        )
        if not uses.accesses:
            return better
        aligned: dict[int, int] = {}
        for pc, (_, _, bits, rest) in self.ranges.sets.items():
            web = self.webs.of[pc]
            zeros = min(bits, (rest & -rest).bit_length() - 1) if rest else bits
            aligned[web] = min(aligned.get(web, zeros), zeros)
        for param in range(len(self.type.params)):
            aligned.pop(param, None)
        chosen = uses.choose(aligned)
        least: dict[int, int] = {}
        for pc, (low, _, _, _) in self.ranges.sets.items():
            web = self.webs.of[pc]
            least[web] = min(least.get(web, low), low)
        spared = uses.spared(chosen) & inner
        starts = uses.starts(chosen, spared, {web: least[web] for web in inner if web in least})
        return better._replace(scales=chosen, starts=starts, spared={web: uses.counts["read", web] for web in spared})

    def near(self, name: str, fixed: bool = True) -> str:
        """A name of the namespace, kept in a variable while a function with loops runs; unless it is `fixed`, calls may change what it is."""
        if not self.looping or not (fixed or self.alone):
            return name
        self.bound.add(name)
        return f"_{name}"

    def view(self, memory: int, format: str, start: int) -> str | None:
        """The name of a view of a memory that starts with a certain item: reading there needs no addition. `None` if it is not worth it."""
        key = memory, f"{format}_{start}"
        if start <= 0 or self.weight == 1 or self.form is Form.STOPS or (len(self.views) >= MAX_VIEWS and key not in self.views):
            return None
        self.views.add(key)
        return self.near(f"m{memory}_{key[1]}", False)

    def double(self, v: Val) -> str | None:
        """The variable with a local twice in it, one above the other, if it is worth having: all rotations are shifts of that."""
        if len(v.locals) != 1 or v.text[0] != "l":
            return None
        (web,) = v.locals
        if self.uses is not None:
            self.uses.rotations[web] = self.uses.rotations.get(web, 0) + 1
        if web not in self.doubles or v.text != f"l{web}":
            return None
        if web not in self.doubled:
            self.doubled.add(web)
            self.add(f"d{web} = {v.text} * {(1 << 32) + 1}", ())
        return f"d{web}"

    def callee(self, index: int) -> str:
        """The name of the form of a function that this form calls."""
        return f"{self.form.value if self.form.suspends else Form.PLAIN.value}{index}"

    def web(self, index: int) -> int:
        """The variable for a local at the current instruction."""
        return index if self.webs is None else self.webs.of[self.here]

    def stop(self) -> None:
        """Let whoever steps look: operands in variables, then a `yield` of the instruction's index."""
        self.settle()
        self.stacks[self.here] = tuple(self.stack)
        self.add(f"yield {self.here}", ())

    def return_(self) -> None:
        """Return the values on top of the stack."""
        vals = self.pop_many(len(self.type.results))
        self.flush()
        self.frames[-1].nodes.append(self.return_line(vals))
        self.release(*vals)
        self.unreachable()

    def return_line(self, vals: Sequence[Val]) -> Line:
        """The statement that returns these values."""
        vals = [self.rest(v) for v in vals]
        texts = ", ".join(v.text for v in vals)
        text = f"return ({texts})" if len(vals) > 1 else f"return {texts}".rstrip()
        return Line(text, (self.here, *places_of(vals)), False)

    def move(self, names: Sequence[str], vals: Sequence[Val]) -> None:
        """Assign canonical values, all at once."""
        pairs = [(name, v) for name, v in zip(names, map(self.rest, vals), strict=True) if name != v.text]
        if pairs:
            text = f"{', '.join(name for name, _ in pairs)} = {', '.join(v.text for _, v in pairs)}"
            self.add(text, places_of([v for _, v in pairs]))

    def call(
        self, callee: str, args: list[Val], results: Types, guard: tuple[str, str] | None = None, temps: tuple[str, ...] = ()
    ) -> None:
        """A call: `callee` is a text that `(args)` is written behind; it reads `temps`. With a `guard`, a condition under which the result is
        its other text."""
        self.flush()
        args = [self.rest(v) for v in args]
        text = f"{callee}({', '.join(v.text for v in args)})"
        if self.form.suspends:
            text = f"(yield {text})"
        if guard is not None:
            text = f"({guard[1]} if {guard[0]} else {text})" if results else f"if not {guard[0]}: {text}"
        if len(results) == 1 and self.form is not Form.STOPS:  # where it is used, if nothing comes between
            v = self.variable(results[0], f"(\n{text})", owned=False)
            v.places = (self.here, *places_of(args))
            v.effect = TRAPS | READS | CALLS
            v.depth = 1 + max((a.depth for a in args), default=0)
            v.locals = frozenset().union(*[a.locals for a in args])
            v.temps = (*temps, *(temp for a in args for temp in a.temps))
            self.push(v)
            return
        self.release(*args)
        self.free.extend(temps)
        names = [self.temp() for _ in results]
        self.add(f"{', '.join(names)} = {text}" if names else text, places_of(args))
        self.stack.extend(self.variable(type, name) for type, name in zip(results, names, strict=True))


def places_of(vals: Sequence[Val]) -> Places:
    """The places in the texts of operands, in order."""
    places: Places = ()
    for v in vals:
        places += v.places
    return places
