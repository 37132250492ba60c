"""A tracer that checks itself."""

from pycm_core.abi.replay import Replay
from pycm_core.abi.trace import Tracer

BORDERS = ("memory", "memory-grow", "guest-write")
"""Kinds that tell what guest code did to one memory; those of other memories follow."""


class Checked(Tracer):
    """Rebuilds every memory as it goes, and compares it with the real one at every event."""

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
        self.rules.add(event.rule)
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
