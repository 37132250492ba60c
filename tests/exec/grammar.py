"""Random text from a grammar."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

Grammar = Mapping[str, Sequence[str]]
"""Of each kind of text those to choose from, where `{kind}` stands for another text and `{L}` for a number of its own."""


class Writer:
    """Writes texts of a grammar; `ends` has the kinds that go no deeper, and of some kinds also the texts that end it."""

    def __init__(self, random: Random, grammar: Grammar, ends: Grammar) -> None:
        self.random = random
        self.grammar = grammar
        self.ends = ends
        self.budget = 0
        self.labels = 0

    def write(self, kind: str, depth: int, budget: int) -> str:
        """A text that is nested at most `depth` deep and has about as many parts as the budget says, at most."""
        self.budget = budget
        return self._write(kind, depth)

    def _write(self, kind: str, depth: int) -> str:
        self.budget -= 1
        ends = kind not in self.grammar or (kind in self.ends and (depth <= 0 or self.budget < 0 or self.random.random() < 0.12))
        self.labels += 1
        text = self.random.choice((self.ends if ends else self.grammar)[kind]).replace("{L}", str(self.labels))
        return re.sub(r"\{(\w+)\}", lambda found: self._write(found[1], depth - 1), text)
