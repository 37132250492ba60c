"""The store: what instances share while they run, and how calls are driven.

A call is a generator. It works through its steps and yields an awaitable when it must wait; whoever drives it either awaits or,
where nothing may wait, refuses. So a synchronous call is already a task (Concurrency.md, "Tasks"), and waiting needs no second copy
of the code that lifts and lowers.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, NoReturn

from pycm_core.abi.instance import ComponentInstance, Task
from pycm_core.abi.trace import Tracer
from pycm_core.base.errors import Trap, TrapKind
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.runtime.engine import Engine

Steps = Generator[Any, Any, Any]
"""A call in progress: yields awaitables, is sent their results, returns its own."""


class Store:
    """Everything that lives together: one engine, its instances, the current task.

    With `suspends`, guests may wait for awaitables of the host (the engine must be able to). `trace` is fixed when instances are made.
    """

    __slots__ = ("core", "current", "engine", "instances", "limits", "suspends", "trace")

    def __init__(
        self, engine: Engine, *, trace: Tracer | None = None, suspends: bool = False, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.engine = engine
        self.core = engine.new_store()
        self.trace = trace
        self.suspends = suspends
        self.limits = limits
        self.current: Task | None = None
        self.instances = 0

    def close(self) -> None:
        """Everything in here is done with: nothing of it may be called any more. Needed where many stores come and go in a browser."""
        self.core.close()

    def new_instance(self, parent: ComponentInstance | None) -> ComponentInstance:
        """The state of one more component instance."""
        self.instances += 1
        return ComponentInstance(self.instances - 1, parent)

    def current_task(self) -> Task:
        """The task whose guest code is running."""
        if self.current is None:
            raise Trap("no task is running", kind=TrapKind.CANONICAL_ABI, rule='CanonicalABI.md, "Tasks"')
        return self.current


def drive(steps: Steps) -> Any:
    """Run a call to its end; nothing in it may wait."""
    try:
        awaitable = steps.send(None)
    except StopIteration as stop:
        return stop.value
    steps.close()
    return refuse_to_wait(awaitable)


def refuse_to_wait(awaitable: Any) -> NoReturn:
    """Trap, because a host function wants to wait under a call that cannot."""
    if isinstance(awaitable, Coroutine):
        awaitable.close()
    raise Trap(
        "the call must wait, and nothing here can wait for it",
        kind=TrapKind.HOST,
        hint="instantiate and call with `await`, on an engine that can suspend",
    )


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
    """The rest of a call that waits. Await it; or `run` it, where a thread of its own may block."""

    __slots__ = ("_awaitable", "_steps")

    def __init__(self, steps: Steps, awaitable: Any) -> None:
        self._steps = steps
        self._awaitable = awaitable

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._finish().__await__()

    async def _finish(self) -> Any:
        while True:
            try:
                value = await self._awaitable
            except Exception as error:
                go_on = partial(self._steps.throw, error)
            else:
                go_on = partial(self._steps.send, value)
            try:
                self._awaitable = go_on()
            except StopIteration as stop:
                return stop.value

    def run(self, wait: Callable[[Any], Any]) -> Any:
        """The result; `wait(awaitable)` blocks until an awaitable is done, and gives its result."""
        while True:
            try:
                value = wait(self._awaitable)
            except Exception as error:
                go_on = partial(self._steps.throw, error)
            else:
                go_on = partial(self._steps.send, value)
            try:
                self._awaitable = go_on()
            except StopIteration as stop:
                return stop.value
