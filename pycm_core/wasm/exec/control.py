"""Structured control of the guest, written with Python's: `if`, `while True`, `break`, `continue`.

A branch costs nothing where control goes there anyway, `break` or `continue` where it leaves or repeats the loop around it. To make
this so, what follows an `if` with one way out moves into that way, and what follows a block with one branch moves to the branch.
A block that other branches leave becomes a loop that runs once. A branch through several loops leaves its number in `j`, which is
asked behind each loop. Blocks in blocks share one loop of numbered sections, and so does a whole function whose nesting is more than
Python can hold (20 loops, 100 indentations).
"""

from __future__ import annotations

from pycm_core.wasm.exec.tree import Block, For, If, Jump, Label, Line, Loop, Node, Places, Switch, Try, falls

MAX_LOOPS = 16
MAX_INDENT = 90
MAX_INLINE = 40
"""Deeper than this, nothing is moved further in."""
MAX_SECTION = 8
"""The height of what stays structured in a function of sections."""
MAX_PASSES = 12

Labels = frozenset[Label]
_NOWHERE: Labels = frozenset()


class Suite(list["tuple[str, Places] | Suite"]):
    """Lines of one indentation, with the suites between them. `ends`: control never gets behind it."""

    __slots__ = ("ends",)

    def __init__(self) -> None:
        super().__init__()
        self.ends = False

    def filled(self) -> Suite:
        """Itself, with `pass` when it is empty."""
        if not self:
            self.append(("pass", ()))
        return self


class _Loop:
    """A Python loop: what `break` and `continue` reach, the sections inside it, and what jumps out of it to further away."""

    __slots__ = ("after", "depth", "escapes", "head", "parent", "sections", "variable")

    def __init__(self, parent: _Loop | None, head: Label | None, after: Labels) -> None:
        self.parent = parent
        self.head = head
        self.after = after
        self.depth: int = 1 if parent is None else parent.depth + 1
        self.escapes: dict[Label, None] = {}
        self.sections: dict[Label, int] = {}
        self.variable = ""


class TooDeep(Exception):
    """Python cannot hold the nesting."""


class Writer:
    """Writes one function body."""

    __slots__ = ("again", "codes", "flat", "regions")

    def __init__(self, flat: bool) -> None:
        self.flat = flat
        self.again = False
        self.codes = 0
        self.regions = 0

    def function(self, body: list[Node]) -> Suite:
        """One pass over a body; `again` says that it must be repeated."""
        self.again = False
        self.regions = 0
        suite = Suite()
        if self.flat:
            self.region(suite, Label(), body, _NOWHERE, None, 1)
        else:
            self.sequence(suite, body, _NOWHERE, None, 1)
        return suite

    # `out`: where lines go; `tail`: labels that are reached by getting to the end of the lines; `loop`: the innermost Python loop;
    # `depth`: indentation.

    def sequence(self, out: Suite, nodes: list[Node], tail: Labels, loop: _Loop | None, depth: int) -> None:
        """Write statements."""
        if depth > MAX_INDENT:
            raise TooDeep
        i = 0
        while i < len(nodes):
            node = nodes[i]
            i += 1
            last = i == len(nodes)
            if type(node) is Line:
                out.append((node.text, node.places))
                if not node.falls:
                    out.ends = True
                    return
            elif type(node) is Jump:
                self.jump(out, node.label, tail, loop, depth)
                return
            elif type(node) is If:
                then, else_ = node.then, node.else_
                if not last and depth < MAX_INLINE and falls(then) != falls(else_):
                    if falls(then):
                        then = then + nodes[i:]
                    else:
                        else_ = else_ + nodes[i:]
                    last = True
                self.if_(out, node, then, else_, tail if last else _NOWHERE, loop, depth)
                if last:
                    return
            elif type(node) is Switch:
                self.switch(out, node, 0, len(node.starts), tail, loop, depth)
                return
            elif type(node) is Block:
                label = node.label
                if label.needs_loop:
                    self.region(out, label, node.body, tail if last else _NOWHERE, loop, depth)
                    if last:
                        return
                elif label.jumps == 0:
                    nodes = node.body + nodes[i:]
                    i = 0
                elif last:
                    label.cont = None
                    self.sequence(out, node.body, tail | {label}, loop, depth)
                    return
                elif label.jumps == 1 and not label.in_loop and depth < MAX_INLINE and not falls(node.body):
                    label.cont = nodes[i:], tail
                    self.sequence(out, node.body, tail | {label}, loop, depth)
                    return
                else:
                    label.cont = None
                    inner = Suite()
                    self.sequence(inner, node.body, frozenset((label,)), loop, depth)
                    out.extend(inner)
            elif type(node) is Loop:
                self.loop(out, node, tail if last else _NOWHERE, loop, depth)
                if last:
                    return
            elif type(node) is For:
                self.for_(out, node, tail if last else _NOWHERE, loop, depth)
                if last:
                    return
            elif type(node) is Try:
                self.try_(out, node, tail if last else _NOWHERE, loop, depth)
                if last:
                    return

    def if_(
        self, out: Suite, node: If, then: list[Node], else_: list[Node], tail: Labels, loop: _Loop | None, depth: int
    ) -> None:
        """The arm that ends leaves the other one where it is."""
        yes, no = Suite(), Suite()
        self.sequence(yes, then, tail, loop, depth + 1)
        self.sequence(no, else_, tail, loop, depth + 1)
        cond, places = node.cond, node.places
        if not yes and not no:
            if len(places) > 1:
                out.append((cond, places))
            return
        if not yes or (no.ends and not yes.ends):
            yes, no = no, yes
            cond = f"not {cond}"
        out.append((f"if {cond}:", places))
        out.append(yes)
        if no:
            if yes.ends:
                out.extend(no)
                out.ends = no.ends
            else:
                out.append(("else:", places[:1]))
                out.append(no)

    def switch(self, out: Suite, node: Switch, low: int, high: int, tail: Labels, loop: _Loop | None, depth: int) -> None:
        """A binary search for the arm."""
        if high - low == 1:
            self.sequence(out, node.arms[low], tail, loop, depth)
            return
        if depth > MAX_INDENT:
            raise TooDeep
        middle = (low + high) // 2
        below, above = Suite(), Suite()
        self.switch(below, node, low, middle, tail, loop, depth + 1)
        self.switch(above, node, middle, high, tail, loop, depth + 1)
        if not below and not above:
            return
        sign = "<"
        if not below:
            below, above, sign = above, below, ">="
        out.append((f"if {node.index} {sign} {node.starts[middle]}:", ()))
        out.append(below)
        if above:
            if below.ends:
                out.extend(above)
                out.ends = above.ends
            else:
                out.append(("else:", ()))
                out.append(above)

    def loop(self, out: Suite, node: Loop, tail: Labels, parent: _Loop | None, depth: int) -> None:
        """A loop of the guest."""
        after = Label()
        loop = _Loop(parent, node.label, tail | {after})
        inner = Suite()
        body = [*node.body, Jump(after)] if node.falls else node.body
        self.sequence(inner, body, frozenset((node.label,)), self.checked(loop), depth + 1)
        self.close(out, loop, inner, tail, depth)

    def for_(self, out: Suite, node: For, tail: Labels, parent: _Loop | None, depth: int) -> None:
        """A loop that counts: what jumps out of it skips what follows the last round."""
        loop = self.checked(_Loop(parent, node.label, tail))
        inner, rest = Suite(), Suite()
        self.sequence(inner, node.body, frozenset((node.label,)), loop, depth + 1)
        self.sequence(rest, node.rest, tail, parent, depth + 1)
        self.close(out, loop, inner, tail, depth, (f"for {node.head}:", node.places), rest)

    def checked(self, loop: _Loop) -> _Loop:
        if loop.depth > MAX_LOOPS:
            raise TooDeep
        return loop

    def close(
        self,
        out: Suite,
        loop: _Loop,
        inner: Suite,
        tail: Labels,
        depth: int,
        head: tuple[str, Places] = ("while True:", ()),
        rest: Suite | None = None,
    ) -> None:
        """Write a Python loop with its body, and pass on the jumps that leave it for somewhere else."""
        if loop.escapes:
            out.append(("j = 0", ()))
        out.append(head)
        out.append(inner.filled())
        if rest:
            out.append(("else:", ()))
            out.append(rest)
        for label in loop.escapes:
            jump = Suite()
            self.jump(jump, label, tail, loop.parent, depth + 1)
            out.append((f"if j == {label.code}:", ()))
            out.append(jump)

    def region(self, out: Suite, label: Label, body: list[Node], tail: Labels, parent: _Loop | None, depth: int) -> None:
        """A loop that runs once: `label` is its end. Blocks at the start of the block, and so on, are sections of it."""
        sections = self.sections(body)
        loop = self.checked(_Loop(parent, None, tail | {label}))
        inner = Suite()
        if len(sections) == 1:
            self.sequence(inner, [*body, Jump(label)] if falls(body) else body, _NOWHERE, loop, depth + 1)
        else:
            self.regions += 1
            loop.variable = f"s{self.regions}"
            for number, (start, _) in enumerate(sections):
                if start is not None:
                    loop.sections[start] = number
            if falls(sections[-1][1]):
                sections[-1][1].append(Jump(label))
            out.append((f"{loop.variable} = 0", ()))
            self.range(inner, sections, 0, len(sections), loop, depth + 1)
        self.close(out, loop, inner, tail, depth)

    def range(
        self, out: Suite, sections: list[tuple[Label | None, list[Node]]], low: int, high: int, loop: _Loop, depth: int
    ) -> None:
        """Sections `low` to `high`: those in the first half are skipped when control goes to the second."""
        if high - low == 1:
            start = sections[high][0] if high < len(sections) else None
            self.sequence(out, sections[low][1], _NOWHERE if start is None else frozenset((start,)), loop, depth)
            return
        middle = (low + high) // 2
        first = Suite()
        self.range(first, sections, low, middle, loop, depth + 1)
        if first:
            out.append((f"if {loop.variable} < {middle}:", ()))
            out.append(first)
        self.range(out, sections, middle, high, loop, depth)

    def sections(self, nodes: list[Node]) -> list[tuple[Label | None, list[Node]]]:
        """Statements cut at the labels to which control has to jump."""
        done: list[tuple[Label | None, list[Node]]] = [(None, [])]
        self.cut(done, nodes)
        return done

    def cut(self, done: list[tuple[Label | None, list[Node]]], nodes: list[Node]) -> None:
        for node in nodes:
            tall = self.flat and node.height > MAX_SECTION
            if type(node) is Block and (tall or node.label.needs_loop):
                self.cut(done, node.body)
                done.append((node.label, []))
            elif type(node) is For and tall:
                raise TooDeep
            elif type(node) is Loop and tall:
                done.append((node.label, []))
                self.cut(done, node.body)
            elif type(node) is If and tall:
                else_, end = Label(), Label()
                else_.jumps = end.jumps = 1
                done[-1][1].append(If(node.cond, node.places, [], [Jump(else_)]))
                self.cut(done, node.then)
                if falls(node.then):
                    done[-1][1].append(Jump(end))
                done.append((else_, []))
                self.cut(done, node.else_)
                done.append((end, []))
            else:
                done[-1][1].append(node)

    def try_(self, out: Suite, node: Try, tail: Labels, loop: _Loop | None, depth: int) -> None:
        """Exceptions of the guest are exceptions of Python."""
        if depth > MAX_INDENT:
            raise TooDeep
        body = Suite()
        self.sequence(body, node.body, tail, loop, depth + 1)
        out.append(("try:", ()))
        out.append(body.filled())
        out.append((f"except GuestException as {node.name}:", ()))
        handler = Suite()
        for cond, arm in node.clauses:
            suite = Suite()
            self.sequence(suite, arm, tail, loop, depth + 2)
            if cond is None:
                if handler:
                    handler.append(("else:", ()))
                    handler.append(suite.filled())
                else:
                    handler.extend(suite.filled())
                break
            handler.append((f"elif {cond}:" if handler else f"if {cond}:", ()))
            handler.append(suite.filled())
        else:
            uncaught = Suite()
            uncaught.append(("raise", ()))
            if handler:
                handler.append(("else:", ()))
                handler.append(uncaught)
            else:
                handler.extend(uncaught)
        out.append(handler)

    def jump(self, out: Suite, label: Label, tail: Labels, loop: _Loop | None, depth: int) -> None:
        """Write a branch."""
        if label in tail:
            if label.cont is not None:
                nodes, behind = label.cont
                self.sequence(out, nodes, behind, loop, depth)
            return
        if self.direct(out, label, loop):
            return
        crossed = []
        outer = loop
        while outer is not None:
            crossed.append(outer)
            outer = outer.parent
            if outer is not None and (label in outer.after or label is outer.head or label in outer.sections):
                if label.code == 0:
                    self.codes += 1
                    label.code = self.codes
                for one in crossed:
                    one.escapes[label] = None
                out.append((f"j = {label.code}", ()))
                out.append(("break", ()))
                out.ends = True
                return
        # Nothing leads there yet: next time, the label is the end of a loop.
        label.needs_loop = True
        self.again = True

    def direct(self, out: Suite, label: Label, loop: _Loop | None) -> bool:
        """Write a branch that the innermost loop can make; whether there is one."""
        if loop is None:
            return False
        if label in loop.after:
            out.append(("break", ()))
        elif label is loop.head:
            out.append(("continue", ()))
        elif label in loop.sections:
            out.append((f"{loop.variable} = {loop.sections[label]}", ()))
            out.append(("continue", ()))
        else:
            return False
        out.ends = True
        return True


def write(body: list[Node], flat: bool = False) -> Suite:
    """The lines of a function body; with `flat`, in sections from the start. Raises `TooDeep`."""
    while True:
        writer = Writer(flat)
        try:
            for _ in range(MAX_PASSES):
                suite = writer.function(body)
                if not writer.again:
                    return suite
        except TooDeep:
            if flat:
                raise
        if flat:
            raise TooDeep
        flat = True
