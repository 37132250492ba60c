"""The store: what instances share while they run, and how calls are driven.

A call is a generator. It works through its steps and yields an awaitable when it must wait; whoever drives it either awaits or,
where nothing may wait, refuses. So a synchronous call is already a task (Concurrency.md, "Threads and Tasks"), and waiting needs no second copy
of the code that lifts and lowers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any

from pycm_core.abi.context import LiftLowerContext
from pycm_core.abi.instance import ComponentInstance, Subtask, Task
from pycm_core.abi.traced import TracedContext
from pycm_core.base.errors import Trap, TrapKind
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.runtime.engine import CoreStore, Engine
from pycm_core.runtime.outbox import Outbox
from pycm_core.runtime.tasks import Thread, refuse_to_wait

if TYPE_CHECKING:
    from pycm_core.abi.trace import Tracer

Steps = Generator[Any, Any, Any]
"""A call in progress: yields awaitables, is sent their results, returns its own."""


class Store:
    """Everything that lives together: one engine, its instances, the current task.

    With `suspends`, guests may wait for awaitables of the host (the engine must be able to). `trace` is fixed when instances are made.
    """

    __slots__ = (
        "_bell",
        "concurrent",
        "context",
        "core",
        "current",
        "engine",
        "failures",
        "instances",
        "limits",
        "outbox",
        "subtask",
        "suspends",
        "trace",
        "under_way",
        "waiting",
    )

    def __init__(
        self, engine: Engine, *, trace: Tracer | None = None, suspends: bool = False, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.engine = engine
        self.core: CoreStore = engine.new_store()
        self.trace = trace
        self.context: Callable[..., LiftLowerContext] = LiftLowerContext
        """Makes the context of one side of one call, of options, instance and scope."""
        self.subtask: Callable[[ComponentInstance], Subtask] = _subtask
        """Makes what keeps what an instance lends to one call."""
        if trace is not None:
            from pycm_core.runtime.traced import TracedCore, TracedSubtask  # above this module, and only for stores with a tracer

            self.core = TracedCore(self.core, trace)
            self.context = partial(TracedContext, trace)
            self.subtask = partial(TracedSubtask, trace)
        self.suspends = suspends
        self.limits = limits
        self.current: Task | Thread | None = None
        self.outbox: Outbox | None = None
        """Writes the host is told of later; there from the first function on that has an answer for it."""
        self.instances = 0
        self.concurrent = False
        """Whether calls are made as threads that may block: set before the first component that has anything `async` is instantiated."""
        self.waiting: list[Thread] = []
        """Threads that wait, longest first."""
        self.under_way = 0
        """What the host has begun and not ended."""
        self.failures: list[BaseException] = []
        """What went wrong while the host ended something."""
        self._bell: asyncio.Future[None] | None = None

    def defer(self) -> None:
        """From now on, host functions that need not be called at once are called later, where the engine can and nothing is traced."""
        if self.outbox is None and self.trace is None:
            core = self.core.outbox()
            self.outbox = None if core is None else Outbox(core)

    def flush(self) -> None:
        """Tell the host what guests have written so far."""
        if self.outbox is not None:
            self.outbox.flush()

    def allow_concurrency(self) -> None:
        """From now on, instances have functions that may block, and their guests suspend where the engine can."""
        self.concurrent = True
        self.suspends = self.suspends or self.engine.can_suspend

    def ring(self) -> None:
        """Something may be ready: let those look who wait for it."""
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

    async def next_event(self) -> None:
        """Until the bell rings. Raises what a host function raised meanwhile."""
        if not self.failures:
            if self._bell is None or self._bell.done():
                self._bell = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._bell)
        if self.failures:
            raise self.failures.pop(0)

    def close(self) -> None:
        """Everything in here is done with: nothing of it may be called any more. Needed where many stores come and go in a browser."""
        if self.outbox is not None:
            self.outbox.close()
        self.core.close()

    def new_instance(self, parent: ComponentInstance | None) -> ComponentInstance:
        """The state of one more component instance."""
        self.instances += 1
        return ComponentInstance(self.instances - 1, parent)

    def drive_maybe(self, steps: Steps) -> Any:
        """`drive_maybe`, for a call that a guest makes: when it goes on after a wait, it is the current one again."""
        current = self.current
        result = drive_maybe(steps)
        if result.__class__ is Waiting:
            result.resumed = partial(self._resume, current)
        return result

    def _resume(self, current: Task | Thread | None) -> None:
        self.current = current

    def current_thread(self) -> Task | Thread:
        """The thread whose guest code is running; where nothing is concurrent, the task."""
        if self.current is None:
            raise Trap("no task is running", kind=TrapKind.CANONICAL_ABI, rule='CanonicalABI.md, "Tasks"')
        return self.current


def _subtask(instance: ComponentInstance) -> Subtask:
    return Subtask()


def drive(steps: Steps) -> Any:
    """Run a call to its end; nothing in it may wait."""
    try:
        awaitable = steps.send(None)
    except StopIteration as stop:
        return stop.value
    steps.close()
    return refuse_to_wait(awaitable)


async def drive_waiting(steps: Steps) -> Any:
    """Run a call to its end, awaiting what it waits for."""
    result = drive_maybe(steps)
    return await result if isinstance(result, Waiting) else result


def drive_maybe(steps: Steps) -> Any:
    """Run a call as far as it goes without waiting: its result, or a `Waiting` for the rest."""
    try:
        awaitable = steps.send(None)
    except StopIteration as stop:
        return stop.value
    return Waiting(steps, awaitable)


class Waiting:
    """The rest of a call that waits: await it, or take it on with `rest`.

    An engine that lets the guest go on in a moment of its own choice, not when the steps of its call are sent on, calls `resumed` then.
    """

    __slots__ = ("_awaitable", "_steps", "resumed")

    def __init__(self, steps: Steps, awaitable: Any) -> None:
        self._steps = steps
        self._awaitable = awaitable
        self.resumed: Callable[[], None] | None = None

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._finish().__await__()

    def rest(self) -> Steps:
        """What it waits for, one after the other, as the call yields it."""
        go_on: Any
        while True:
            try:
                value = yield self._awaitable
            except Exception as error:
                go_on = partial(self._steps.throw, error)
            else:
                go_on = partial(self._steps.send, value)
            try:
                self._awaitable = go_on()
            except StopIteration as stop:
                return stop.value

    async def _finish(self) -> Any:
        steps = self.rest()
        go_on: Any = partial(steps.send, None)
        while True:
            try:
                awaitable = go_on()
            except StopIteration as stop:
                return stop.value
            try:
                value = await awaitable
            except Exception as error:
                go_on = partial(steps.throw, error)
            else:
                go_on = partial(steps.send, value)
