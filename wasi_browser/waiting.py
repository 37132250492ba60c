"""Waiting: what can become ready, when time alone makes it ready, and the bell the outside rings.

Discrete-event time: with a virtual clock and nothing outside to wait for, waiting moves the clock to the next deadline, so a run
never sleeps and always repeats. A wait that really must last is returned as an awaitable.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from pycm_core.base.errors import Trap, TrapKind
from wasi_browser.clock import Clock
from wasi_browser.platform.base import Platform, Watch


class Interrupted(Exception):
    """A wait was ended from outside, and with it the run."""


class Bell:
    """What the outside rings when something may have become ready.

    `sources` counts who may still ring: a live input, a request in flight, another machine on the same network.
    `rings` counts what has rung. Who waits notes it before looking around, so that no ring between the look and the wait is lost:
    a suspended guest may run on another thread.
    """

    __slots__ = ("_waiters", "rings", "sources")

    def __init__(self) -> None:
        self.sources = 0
        self.rings = 0
        self._waiters: list[Callable[[], None]] = []

    def ring(self) -> None:
        """Wake everybody who waits now."""
        self.rings += 1
        waiters, self._waiters = self._waiters, []
        for wake in waiters:
            wake()

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` at the next ring, once."""
        self._waiters.append(wake)

    def forget(self, wake: Callable[[], None]) -> None:
        """Take back `listen(wake)`, where it has not rung."""
        if wake in self._waiters:
            self._waiters.remove(wake)


class Condition:
    """Something one can wait for. `deadline` is the monotonic time in nanoseconds at which it is ready by itself, if there is one.

    `parent` is the object whose condition this is; it counts its living conditions in `children`. `watch` is what the system tells of it.
    """

    __slots__ = ("deadline", "parent", "ready", "watch")

    def __init__(
        self, ready: Callable[[], bool], deadline: int | None = None, parent: Any = None, watch: Watch | None = None
    ) -> None:
        self.ready = ready
        self.deadline = deadline
        self.watch = watch
        self.parent = parent
        if parent is not None:
            parent.children += 1

    def close(self) -> None:
        """Nobody waits for this any more."""
        if self.parent is not None:
            self.parent.children -= 1
            self.parent = None


def timer(clock: Clock, deadline: int) -> Condition:
    """Ready from `deadline` (monotonic nanoseconds) on."""
    return Condition(lambda: clock.now() >= deadline, deadline)


def always() -> bool:
    """The readiness of what never makes one wait."""
    return True


class Waiter:
    """Waits for conditions on one clock and one bell."""

    __slots__ = ("_waiting_to_start", "bell", "clock", "interrupted", "platform")

    def __init__(self, clock: Clock, bell: Bell, platform: Platform) -> None:
        self.clock = clock
        self.bell = bell
        self.platform = platform
        self.interrupted = False
        """Whether waiting is over: whoever waits is ended with `Interrupted`."""
        self._waiting_to_start: list[Coroutine[Any, Any, None]] = []

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let `work` go on while the machine waits; it begins with the next wait. Its end rings the bell."""
        self.bell.sources += 1
        self._waiting_to_start.append(work)

    async def _work(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self.bell.sources -= 1
            self.bell.ring()

    def wait(self, conditions: Sequence[Condition]) -> list[int] | Awaitable[list[int]]:
        """The indices of the ready conditions, ascending, at least one; an awaitable of them when the wait must really last.

        Traps (`DEADLOCK`) when no condition can ever become ready.
        """
        while True:
            ready = [index for index, condition in enumerate(conditions) if condition.ready()]
            if ready:
                return ready
            if self.bell.sources or not self.clock.virtual or any(condition.watch for condition in conditions):
                waited: list[int] | Awaitable[list[int]] = self.platform.settle(self._outside(conditions))
                return waited
            deadline = next_deadline(conditions)
            if deadline is None:
                raise Trap("nothing can ever become ready: every pollable waits for what nobody will do", kind=TrapKind.DEADLOCK)
            self.clock.advance(deadline)

    async def _outside(self, conditions: Sequence[Condition]) -> list[int]:
        """Wait for the bell or the next deadline, whichever comes first, in real time."""
        clock = self.clock
        watches = [condition.watch for condition in conditions if condition.watch is not None]
        while True:
            started, self._waiting_to_start = self._waiting_to_start, []
            for work in started:
                self.platform.spawn(self._work(work))
            heard = self.bell.rings
            if self.interrupted:
                raise Interrupted
            ready = [index for index, condition in enumerate(conditions) if condition.ready()]
            if ready:
                return ready
            deadline = next_deadline(conditions)
            if deadline is None and not self.bell.sources and not watches:
                raise Trap("nothing can ever become ready: every pollable waits for what nobody will do", kind=TrapKind.DEADLOCK)
            timeout = None if deadline is None else max(0, deadline - clock.now())
            rung = await self.platform.wait(self.bell, heard, timeout, watches)
            if not rung and deadline is not None:
                clock.advance(deadline)


def next_deadline(conditions: Sequence[Condition]) -> int | None:
    """The earliest deadline, or `None` where there is none."""
    return min((c.deadline for c in conditions if c.deadline is not None), default=None)


async def after(waiting: Awaitable[Any], then: Callable[..., Any], *arguments: Any) -> Any:
    """`then(*arguments)`, after `waiting`."""
    await waiting
    result = then(*arguments)
    return await result if isinstance(result, Awaitable) else result
