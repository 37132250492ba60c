"""A function between its instructions and its Python: statements whose text is final, in the control structure of the guest.

Operands are gone: each is inside some text. What is left to decide is how jumps are written in a language without labels
(`pycm_core.wasm.exec.control`). Every node knows whether control can get behind it (`falls`) and how deep it is nested (`height`).
"""

from __future__ import annotations

from typing import TypeAlias

Places: TypeAlias = tuple[int, ...]
"""Instruction indices: of the statement's first line, then one for each line feed in the text."""


class Label:
    """Where a branch goes. `vars` take what it brings; `jumps` counts the branches that name it."""

    __slots__ = ("code", "cont", "in_loop", "is_loop", "jumps", "needs_loop", "vars")

    def __init__(self, is_loop: bool = False) -> None:
        self.is_loop = is_loop
        self.vars: tuple[str, ...] = ()
        self.jumps = 0
        self.in_loop = False
        """Whether a branch to it crosses the start of a loop or of a `try`."""
        self.needs_loop = False
        """Whether it must become the end of a Python loop; found out while writing."""
        self.code = 0
        """What the variable for jumps through several loops holds when the jump goes here; 0 while there was none."""
        self.cont: tuple[list[Node], frozenset[Label]] | None = None
        """What follows the block, where its only branch writes it on the spot: statements, and where they lead at their end."""


class Line:
    """A statement."""

    __slots__ = ("falls", "places", "text")
    height = 0

    def __init__(self, text: str, places: Places, falls: bool = True) -> None:
        self.text = text
        self.places = places
        self.falls = falls


class Jump:
    """A branch; its values are in the label's variables."""

    __slots__ = ("label",)
    height = 0
    falls = False

    def __init__(self, label: Label) -> None:
        self.label = label


class If:
    __slots__ = ("cond", "else_", "falls", "height", "places", "then")

    def __init__(self, cond: str, places: Places, then: list[Node], else_: list[Node]) -> None:
        self.cond = cond
        self.places = places
        self.then = then
        self.else_ = else_
        self.falls = falls(then) or falls(else_)
        self.height = 1 + max(height(then), height(else_))


class Block:
    """Statements whose end is a label."""

    __slots__ = ("body", "falls", "height", "label")

    def __init__(self, label: Label, body: list[Node]) -> None:
        self.label = label
        self.body = body
        self.falls = label.jumps > 0 or falls(body)
        self.height = 1 + height(body)


class Loop:
    """Statements whose start is a label."""

    __slots__ = ("body", "falls", "height", "label")

    def __init__(self, label: Label, body: list[Node]) -> None:
        self.label = label
        self.body = body
        self.falls = falls(body)
        self.height = 2 + height(body)


class For:
    """Statements that are repeated for each value of a variable, and what follows the last round."""

    __slots__ = ("body", "falls", "head", "height", "label", "places", "rest")

    def __init__(self, label: Label, head: str, places: Places, body: list[Node], rest: list[Node]) -> None:
        """`head`: the variable and its values."""
        self.label = label
        self.head = head
        self.places = places
        self.body = body
        self.rest = rest
        self.falls = falls(rest)
        self.height = 2 + max(height(body), height(rest))


class Switch:
    """`arms[i]` for an index from `starts[i]` up to the next start; the last one has no bound. Each arm ends in a jump."""

    __slots__ = ("arms", "height", "index", "starts")
    falls = False

    def __init__(self, index: str, starts: list[int], arms: list[list[Node]]) -> None:
        self.index = index
        self.starts = starts
        self.arms = arms
        self.height = len(starts).bit_length()


class Try:
    """A body and, for exceptions of the guest, clauses: a condition on the exception (`None`: any) and where that leads."""

    __slots__ = ("body", "clauses", "falls", "height", "name")

    def __init__(self, name: str, body: list[Node], clauses: list[tuple[str | None, list[Node]]]) -> None:
        self.name = name
        self.body = body
        self.clauses = clauses
        self.falls = falls(body)
        self.height = 3 + height(body)


Node: TypeAlias = Line | Jump | If | Block | Loop | For | Switch | Try


def falls(nodes: list[Node]) -> bool:
    """Whether control can reach the end of the statements."""
    return not nodes or nodes[-1].falls


def height(nodes: list[Node]) -> int:
    """How deep the statements are nested, at most."""
    return max((node.height for node in nodes), default=0)
