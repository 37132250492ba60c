"""A tracer that checks itself."""

from pathlib import Path

from pycm_core.abi.replay import Replay
from pycm_core.abi.trace import Tracer

HERE = Path(__file__).parent
PLACES = (HERE / "headings.txt", HERE.parent / "abi" / "headings.txt")  # where a page has it, and where it is
HEADINGS = frozenset(next(path for path in PLACES if path.exists()).read_text("utf-8").splitlines())
BORDERS = ("memory", "memory-grow", "guest-write")
"""Kinds that tell what guest code did to one memory; those of other memories follow."""


class Checked(Tracer):
    """Rebuilds every memory as it goes, and compares it with the real one at every event. The heading that each cites must be there."""

    __slots__ = ("checked", "kinds", "replay", "rules")

    def __init__(self, **given):
        super().__init__(**{**given, "sink": self.check, "limit": 1 << 40})
        self.replay = Replay()
        self.checked = 0
        self.kinds = set()
        self.rules = set()

    def check(self, event):
        event.to_data()
        self.replay.apply(event)
        self.kinds.add(event.kind)
        if event.rule not in self.rules:
            self.rules.add(event.rule)
            document, _, heading = event.rule.partition(", ")
            assert f"{document}: {heading[1:-1]}" in HEADINGS, event.to_data()
        if event.kind in BORDERS:
            self.compare(event.fields["memory"], event)
        elif event.seq:
            assert len(self.replay.memories) == len(self.shadows)
            for number in self.replay.memories:
                self.compare(number, event)

    def compare(self, number, event):
        real = self.shadows[number].memory
        if self.replay.memories[number] != real.read(0, real.size()):
            raise AssertionError(f"memory {number} is not what the events say after {event.to_data()}")
        self.checked += 1
