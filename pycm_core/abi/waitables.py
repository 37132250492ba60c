"""Waitables, waitable sets and subtasks (CanonicalABI.md, "Waitable State", "Subtask State")."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.instance import Subtask

Event = tuple[int, int, int]
"""What a guest is told: an `EventCode` and two numbers."""


class EventCode(IntEnum):
    """(CanonicalABI.md, "Waitable State")"""

    NONE = 0
    SUBTASK = 1
    STREAM_READ = 2
    STREAM_WRITE = 3
    FUTURE_READ = 4
    FUTURE_WRITE = 5
    TASK_CANCELLED = 6


class Waitable:
    """Something a guest can wait for. `pending_event` makes the event when it is delivered, so that it says how things are then."""

    __slots__ = ("has_sync_waiter", "pending_event", "wset")

    def __init__(self) -> None:
        self.pending_event: Callable[[], Event] | None = None
        self.wset: WaitableSet | None = None
        self.has_sync_waiter = False

    def has_pending_event(self) -> bool:
        """Whether there is something to deliver."""
        return self.pending_event is not None

    def get_pending_event(self) -> Event:
        """The pending event, delivered."""
        event, self.pending_event = self.pending_event, None
        assert event is not None
        return event()

    def join(self, wset: WaitableSet | None) -> None:
        """Move into `wset`, or out of any."""
        if self.wset is not None:
            self.wset.members.remove(self)
        self.wset = wset
        if wset is not None:
            wset.members.append(self)

    def check_not_in_set(self, rule: str) -> None:
        """Trap when it is in a waitable set, where a synchronous wait must not take its event from."""
        if self.wset is not None:
            raise canonical_trap("waitable cannot be used synchronously while added to a waitable set", rule)


class WaitableSet:
    """Waitables waited for together; of several events the one that joined first is delivered first (the deterministic choice)."""

    __slots__ = ("members", "waiting")

    def __init__(self) -> None:
        self.members: list[Waitable] = []
        self.waiting = 0

    def has_pending_event(self) -> bool:
        """Whether a member has something to deliver."""
        return any(member.pending_event is not None for member in self.members)

    def get_pending_event(self) -> Event:
        """The first pending event, delivered."""
        return next(member for member in self.members if member.pending_event is not None).get_pending_event()

    def drop(self) -> None:
        """Traps while it has members or waiters."""
        if self.members:
            raise canonical_trap("cannot drop waitable set with waitables in it", "Waitable State")
        if self.waiting:
            raise canonical_trap("cannot drop waitable set with waiters", "Waitable State")


class SubtaskState(IntEnum):
    """(CanonicalABI.md, "Subtask State")"""

    STARTING = 0
    STARTED = 1
    RETURNED = 2
    CANCELLED_BEFORE_STARTED = 3
    CANCELLED_BEFORE_RETURNED = 4


class WaitableSubtask(Waitable):
    """A call out of a component that may go on while its caller does. `lent` keeps what was lent for its time."""

    __slots__ = ("cancellation_requested", "flat_results", "lent", "on_cancel", "resolve_delivered", "state")

    def __init__(self, lent: Subtask) -> None:
        super().__init__()
        self.lent = lent
        self.state = SubtaskState.STARTING
        self.on_cancel: Callable[..., Any] | None = None
        self.cancellation_requested = False
        self.resolve_delivered = False
        self.flat_results: Any = None

    def resolved(self) -> bool:
        """Whether there is a result, or there will be none."""
        return self.state >= SubtaskState.RETURNED

    def deliver_resolve(self) -> None:
        """The caller knows: nothing is lent any more."""
        self.lent.deliver_resolve()
        self.resolve_delivered = True

    def drop(self) -> None:
        """Traps unless the caller knows how it ended."""
        if not self.resolve_delivered:
            raise canonical_trap("cannot drop a subtask which has not yet resolved", "Subtask State")
        self.join(None)
