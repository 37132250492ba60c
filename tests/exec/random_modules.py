"""Random valid modules: arithmetic, memory and control, of the shapes that compilers write and of others.

Every loop also spends a count in a local of its own, so all of them end. Values that compilers know much about (small counters, aligned
addresses, ends of ranges) are frequent.
"""

from __future__ import annotations

from random import Random

I32 = ("add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr")
DIVISIONS = ("div_s", "div_u", "rem_s", "rem_u")
COMPARISONS = ("eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u")
FLOATS = ("add", "sub", "mul", "div", "min", "max")
LOADS = {
    "i32": ("i32.load", "i32.load8_u", "i32.load8_s", "i32.load16_u", "i32.load16_s"),
    "i64": ("i64.load", "i64.load8_s", "i64.load16_u", "i64.load32_s", "i64.load32_u"),
    "f64": ("f64.load",),
}
STORES = {"i32": ("i32.store", "i32.store8", "i32.store16"), "i64": ("i64.store", "i64.store32"), "f64": ("f64.store",)}
NUMBERS = (0, 1, -1, 2, 3, 4, 7, 8, 16, 31, 32, 56, 255, 280, 1000, 1024, 65528, 65536, -8, -280, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF,
           -0x80000000, 0x7FFFFFF8, -0x7FFFFFFF)  # fmt: skip
ROUNDS = 24
"""How often a loop may be walked."""


class Writer:
    """Writes one function. Locals 0 to 2 are parameters (i32, i32, i64); 3 to 7 are i32, 8 and 9 i64, 10 f64; what follows counts rounds."""

    def __init__(self, random: Random, calls: bool) -> None:
        self.random = random
        self.calls = calls
        self.counts = 0
        self.budget = 60
        self.kinds = {"i32": [0, 1, 3, 4, 5, 6, 7], "i64": [2, 8, 9], "f64": [10]}
        self.kept: list[int] = []
        """Locals that count a loop that is being written."""

    def pick(self, *of):
        return of[self.random.randrange(len(of))]

    def local(self, kind):
        return self.pick(*self.kinds[kind])

    def assignable(self, kind):
        free = [x for x in self.kinds[kind] if x not in self.kept]
        return self.pick(*free)

    def number(self, kind):
        value = self.pick(*NUMBERS) if self.random.randrange(4) else self.random.randrange(-(1 << 31), 1 << 31)
        if kind == "f64":
            return f"(f64.const {self.pick('0', '-0', '1', '0.5', '-3.25', '1e300', 'inf', str(value))})"
        return f"({kind}.const {value})"

    def expr(self, kind, depth):
        """An expression."""
        self.budget -= 1
        choice = self.random.randrange(12) if depth > 0 and self.budget > 0 else self.random.randrange(3)
        if choice < 2:
            return f"(local.get {self.local(kind)})"
        if choice == 2:
            return self.number(kind)
        if choice == 3:
            return f"({self.pick(*LOADS[kind])} offset={self.pick(0, 0, 4, 8, 16, 5, 1600)} {self.address(depth - 1)})"
        if choice == 4:
            return f"(select {self.expr(kind, depth - 1)} {self.expr(kind, depth - 1)} {self.cond(depth - 1)})"
        if choice == 5:
            return f"(local.tee {self.assignable(kind)} {self.expr(kind, depth - 1)})"
        if kind == "f64":
            if choice == 6:
                return f"(f64.convert_{self.pick('i32_s', 'i32_u')} {self.expr('i32', depth - 1)})"
            if choice == 7:
                return f"(f64.{self.pick('sqrt', 'abs', 'neg', 'floor')} {self.expr('f64', depth - 1)})"
            return f"(f64.{self.pick(*FLOATS)} {self.expr('f64', depth - 1)} {self.expr('f64', depth - 1)})"
        if choice == 6 and kind == "i32":
            return self.cond(depth - 1)
        if choice == 6:
            return f"(i64.extend_i32_{self.pick('s', 'u')} {self.expr('i32', depth - 1)})"
        if choice == 7 and kind == "i32":
            if self.calls and self.random.randrange(2):
                return f"(call $helper {self.expr('i32', depth - 1)} {self.expr('i32', depth - 1)})"
            return f"(i32.wrap_i64 {self.expr('i64', depth - 1)})"
        if choice == 8:
            return f"({kind}.{self.pick(*DIVISIONS)} {self.expr(kind, depth - 1)} {self.expr(kind, depth - 1)})"
        if choice == 9:
            return f"({kind}.{self.pick('add', 'mul', 'shl', 'and')} {self.expr(kind, depth - 1)} {self.number(kind)})"
        return f"({kind}.{self.pick(*I32)} {self.expr(kind, depth - 1)} {self.expr(kind, depth - 1)})"

    def address(self, depth):
        """An i32 that is often in bounds and aligned."""
        choice = self.random.randrange(5)
        if choice == 0 or depth <= 0:
            return self.expr("i32", 0)
        if choice == 1:
            return self.expr("i32", depth)
        if choice == 2:
            return f"(i32.add (local.get {self.local('i32')}) (i32.const {self.pick(-48, -8, 8, 56, 1384, 4096, 4100)}))"
        if choice == 3:
            return f"(i32.and {self.expr('i32', depth - 1)} (i32.const {self.pick(0xFFF8, 0xFFFC, 0xFFFF, 0xF8)}))"
        return f"(i32.mul (local.get {self.local('i32')}) (i32.const {self.pick(1, 4, 8, 56)}))"

    def cond(self, depth):
        """A truth value, mostly."""
        kind = self.pick("i32", "i32", "i32", "i64")
        choice = self.random.randrange(4)
        if choice == 0:
            return f"({kind}.eqz {self.expr(kind, depth - 1)})"
        if choice == 1:
            return f"({kind}.{self.pick(*COMPARISONS)} {self.expr(kind, depth - 1)} {self.number(kind)})"
        if choice == 2 and depth > 0:
            return f"(i32.{self.pick('and', 'or', 'xor')} {self.cond(depth - 1)} {self.cond(depth - 1)})"
        return f"({kind}.{self.pick(*COMPARISONS)} {self.expr(kind, depth - 1)} {self.expr(kind, depth - 1)})"

    def statements(self, depth, labels):
        return "\n".join(self.statement(depth, labels) for _ in range(self.random.randrange(1, 5)))

    def statement(self, depth, labels):
        """One statement. `labels`: how many blocks are open."""
        self.budget -= 1
        choice = self.random.randrange(12) if depth > 0 and self.budget > 0 else self.random.randrange(5)
        choice = 11 if choice == 4 and (depth <= 0 or self.budget <= 0) else choice
        kind = self.pick("i32", "i32", "i32", "i64", "f64")
        if choice < 2:
            return f"(local.set {self.assignable(kind)} {self.expr(kind, 3)})"
        if choice == 2:
            name = self.pick(*STORES[kind])
            value = self.expr(kind, 2)
            if kind == "f64":  # the bits of a NaN are up to the engine
                value = f"(select (local.tee 10 {value}) (f64.const 0) (f64.eq (local.get 10) (local.get 10)))"
            return f"({name} offset={self.pick(0, 0, 4, 8, 16, 3, 1600)} {self.address(2)} {value})"
        if choice == 3:
            x = self.assignable("i32")
            more = f"(i32.const {self.pick(1, -1, 8, -8, 56, 4)})" if self.random.randrange(2) else self.expr("i32", 2)
            return f"(local.set {x} (i32.add (local.get {x}) {more}))"
        if choice == 4:
            return f"(if {self.cond(2)} (then {self.statements(depth - 1, labels + 1)}) (else {self.statements(depth - 1, labels + 1)}))"
        if choice == 5:
            first, second = self.statements(depth - 1, labels + 1), self.statements(depth - 1, labels + 1)
            return f"(block {first} (br_if {self.random.randrange(labels + 1)} {self.cond(2)})\n{second})"
        if choice == 6:
            return f"(br_if {self.random.randrange(labels)} {self.cond(2)})" if labels else self.asked_before(labels)
        if choice == 7:
            return f"(global.set $g (i32.add (global.get $g) {self.expr('i32', 2)}))"
        if choice == 8 and labels:
            targets = " ".join(str(self.random.randrange(labels + 1)) for _ in range(3))
            return f"(block (br_table {targets} {self.expr('i32', 2)}))"
        return self.changed() if choice == 11 else self.loop(depth, labels)

    def changed(self):
        """A number in memory is changed, its address being kept meanwhile."""
        x, y = self.assignable("i32"), self.local("i32")
        kind = self.pick("i32", "i64")
        at = f"(i32.add (local.get {y}) (i32.const {self.pick(-24, -8, 8, 16, 1024, 3)}))"
        more = self.expr(kind, 1)
        old = f"({kind}.load offset={self.pick(0, 0, 8)} (local.get {x}))"
        again = (
            f"({kind}.store offset=16 (local.get {x}) (i64.const 7))" if kind == "i64" and self.random.randrange(3) == 0 else ""
        )
        return f"({kind}.store (local.tee {x} {at}) ({kind}.add {old} {more})){again}"

    def asked_before(self, labels):
        """A local is compared, then changed, then there is a branch on the comparison."""
        x, y, t = (self.assignable("i32") for _ in range(3))
        asked = f"(local.set {t} (i32.{self.pick(*COMPARISONS)} (local.get {x}) (i32.const {self.pick(3, 0, -5, 8)})))"
        step = f"(local.set {y} (i32.{self.pick('add', 'sub')} (local.get {x}) (i32.const {self.pick(1, 2, 7)})))"
        moved = f"(local.set {self.pick(x, x, y)} (local.get {self.pick(y, y, x)}))"
        return f"(block {asked} {step} {moved} (br_if 0 (local.get {t})) {self.statement(1, labels + 1)})"

    def counted(self):
        """A loop that counts by steps that nothing changes, and perhaps another local with it."""
        x, y, by, goal = (self.assignable("i32") for _ in range(4))
        step, rounds, first = self.pick(1, 2, 3, 8), self.pick(1, 13, 20, 40), self.pick(0, 1, 64, 1024)
        last = first + step * rounds
        up = self.random.randrange(3) < 2
        kept, self.kept = self.kept, [*self.kept, x, y, by, goal]
        if len({*self.kept}) >= len(self.kinds["i32"]):
            self.kept = kept
            return "(nop)"
        inner = "\n".join(self.statement(0, 0) for _ in range(self.random.randrange(1, 4)))
        self.kept = kept
        start = f"(local.set {x} (i32.const {first if up else last}))"
        stepped, end = f"(i32.const {step})", f"(i32.const {last if up else first})"
        test = self.pick("lt_s", "lt_u", "le_s", "le_u", "ne") if up else "ne"
        if test != "ne" and by != x and self.random.randrange(2):
            start += f"(local.set {by} (i32.or (i32.and {self.expr('i32', 1)} (i32.const 15)) (i32.const 1)))"
            stepped = f"(local.get {by})"
        if goal not in (x, by) and self.random.randrange(2):
            start += f"(local.set {goal} {end})"
            end = f"(local.get {goal})"
        also = f"(local.set {y} (i32.add (local.get {y}) (i32.const {self.pick(1, 8, -8, 4)})))" if y not in (x, by, goal) else ""
        new = f"(i32.{'add' if up else 'sub'} (local.get {x}) {stepped})"
        return f"{start}(loop {inner} {also} (br_if 0 (i32.{test} (local.tee {x} {new}) {end})))"

    def loop(self, depth, labels):
        """A loop, often one that counts."""
        if self.random.randrange(3) == 0:
            return self.counted()
        spent = 11 + self.counts
        self.counts += 1
        out = f"(br_if 1 (i32.eqz (local.tee {spent} (i32.sub (local.get {spent}) (i32.const 1)))))"
        start = f"(local.set {spent} (i32.const {ROUNDS}))"
        style = self.random.randrange(4)
        if style == 0:
            return f"{start}(block (loop {out} {self.statements(depth - 1, labels + 2)} (br_if 0 {self.cond(2)})))"
        x = self.assignable("i32")
        step = self.pick(1, -1, 2, 4, 8, -8, 56)
        rounds = self.pick(1, 2, 5, 12)
        first = self.pick(0, -1, 1, 2, 8, -280, step * -rounds, 1024)
        begin = f"(local.set {x} (i32.const {first}))" if self.random.randrange(4) else ""
        self.kept.append(x)
        inner = self.statements(depth - 1, labels + 2)
        self.kept.pop()
        more = f"(local.get {x}) (i32.const {step})"
        goal = f"(i32.const {first + step * rounds})" if self.random.randrange(2) else f"(local.get {self.local('i32')})"
        if style == 1:
            test = f"(br_if 0 (i32.ne (local.tee {x} (i32.add {more})) {goal}))"
        elif style == 2:
            test = f"(local.set {x} (i32.add {more})) (br_if 0 (i32.{self.pick(*COMPARISONS)} (local.get {x}) {goal}))"
        else:
            test = f"(br_if 1 (i32.{self.pick(*COMPARISONS)} (local.get {x}) {goal})) (local.set {x} (i32.add {more})) (br 0)"
        second = self.assignable("i32")
        bump = (
            f"(local.set {second} (i32.add (local.get {second}) (i32.const {self.pick(8, 4, -8, 56)})))"
            if self.random.randrange(2)
            else ""
        )
        return f"{begin}{start}(block (loop {out} {inner} {bump} {test}))"

    def function(self):
        """The function, as text."""
        body = self.statements(4, 0)
        if self.random.randrange(3) == 0:
            x = self.assignable("i32")
            frame = f"(i32.sub (global.get $g) (i32.const {self.pick(16, 64, 20, 4096)}))"
            body = self.pick(f"(local.set {x} {frame})", f"(global.set $g (local.tee {x} {frame}))") + "\n" + body
        results = f"{self.expr('i32', 2)} {self.expr('i64', 2)} {self.expr('f64', 2)}"
        counts = " ".join(["i32"] * self.counts)
        return (
            '(func (export "run") (param i32 i32 i64) (result i32 i64 f64)'
            f" (local i32 i32 i32 i32 i32 i64 i64 f64 {counts})\n{body}\n{results})"
        )


HELPERS = (
    "(func $helper (param i32 i32) (result i32) (block (br_if 0 (i32.ge_s (local.get 0) (i32.const 2))) (return (local.get 1)))"
    " (i32.store offset=8 (i32.and (local.get 0) (i32.const 255)) (local.get 1)) (i32.mul (local.get 0) (local.get 1)))",
    "(func $helper (param i32 i32) (result i32) (if (i32.eqz (local.get 0)) (then (return (i32.sub (i32.const 0) (local.get 1)))))"
    " (i32.load (local.get 1)))",
    "(func $helper (param i32 i32) (result i32)"
    " (if (i32.gt_u (local.get 0) (i32.const 3)) (then (drop (memory.grow (i32.const 1))))) (i32.add (local.get 0) (local.get 1)))",
    "(func $helper (param i32 i32) (result i32) (local i32) (local.set 2 (i32.const 5)) (block (block"
    " (br_if 0 (i32.lt_u (local.get 0) (i32.const 9))) (local.set 2 (local.get 1)) (br 1))"
    " (i32.store offset=16 (i32.and (local.get 0) (i32.const 255)) (local.get 1)) (local.set 2 (i32.load (local.get 1))))"
    " (i32.add (local.get 2) (local.get 0)))",
    "(func $helper (param i32 i32) (result i32) (local i32) (block (loop (br_if 1 (i32.gt_s (local.get 0) (i32.const 3)))"
    " (local.set 2 (i32.add (local.get 2) (local.get 1))) (local.set 0 (i32.add (i32.and (local.get 0) (i32.const 7)) (i32.const 1)))"
    " (br 0))) (i32.add (local.get 2) (local.get 0)))",
)


def module(random: Random) -> str:
    """A module: `run`, a memory, a global."""
    calls = bool(random.randrange(2))
    writer = Writer(random, calls)
    function = writer.function()
    data = "".join(f"\\{random.randrange(256):02x}" for _ in range(64))
    return (
        f'(module (memory (export "memory") 1 3) (global $g (export "g") (mut i32) (i32.const {writer.pick(0, 4096, 65520, 4100)}))\n'
        f'(data (i32.const 0) "{data}") (data (i32.const 4096) "{data}")\n{HELPERS[random.randrange(len(HELPERS))]}\n{function})'
    )
