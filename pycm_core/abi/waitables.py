"""Waitables and waitable sets (CanonicalABI.md, "Waitable State")."""

from __future__ import annotations

from pycm_core.abi.handles import canonical_trap


class Waitable:
    """Something a guest can wait for: its event, once there is one, and the set it is in."""

    __slots__ = ("pending_event", "wset")

    def __init__(self) -> None:
        self.pending_event: tuple[int, int, int] | None = None
        self.wset: WaitableSet | None = None

    def join(self, wset: WaitableSet | None) -> None:
        """Move into `wset`, or out of any."""
        if self.wset is not None:
            self.wset.members.remove(self)
        self.wset = wset
        if wset is not None:
            wset.members.append(self)


class WaitableSet:
    """Waitables waited for together; events are delivered in the order of joining (the deterministic choice)."""

    __slots__ = ("members", "waiting")

    def __init__(self) -> None:
        self.members: list[Waitable] = []
        self.waiting = 0

    def take_event(self) -> tuple[int, int, int] | None:
        """The first pending event, delivered; `None` when there is none."""
        for member in self.members:
            if member.pending_event is not None:
                event, member.pending_event = member.pending_event, None
                return event
        return None

    def drop(self) -> None:
        """Traps while it has members or waiters."""
        if self.members:
            raise canonical_trap("cannot drop a waitable set that has waitables in it", "Waitable State")
        if self.waiting:
            raise canonical_trap("cannot drop a waitable set that is waited for", "Waitable State")
