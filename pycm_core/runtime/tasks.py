"""Threads and tasks, and the order they run in (CanonicalABI.md, "Threads", "Tasks", "Embedding").

A thread is a generator. It yields `BLOCK` to wait for its turn, a `Switch` to give it to another thread, and anything else it yields is
an awaitable for which everything waits. Where the spec lets a host choose, threads run first come, first served.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn

from pycm_core.abi.context import CanonicalOptions
from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.instance import ComponentInstance, Task, cannot_block, leave
from pycm_core.abi.waitables import Event, EventCode, Waitable, WaitableSet
from pycm_core.base.errors import Trap, TrapKind
from pycm_core.component.types import FuncType

if TYPE_CHECKING:
    from pycm_core.runtime.store import Steps, Store

OnStart = Callable[[], Sequence[Any]]
OnResolve = Callable[[Any], None]
OnCancel = Callable[[ComponentInstance | None], "Steps"]


class _Block:
    """What a thread yields when it blocks."""

    def __repr__(self) -> str:
        return "BLOCK"


BLOCK = _Block()
CANCELLED = object()
"""What a task resolves to when it was cancelled."""


class Switch:
    """What a thread yields when it blocks and another one is to run at once."""

    __slots__ = ("thread",)

    def __init__(self, thread: Thread) -> None:
        self.thread = thread


class Thread:
    """One flow of control in a task. `index` is its place in the instance's table of threads, once it has one."""

    __slots__ = ("body", "cancellable", "index", "ready_func", "running", "started", "storage", "store", "task")

    def __init__(self, store: Store, task: ConcurrentTask, body: Generator[Any, Any, None]) -> None:
        self.store = store
        self.task = task
        self.body = body
        self.running = False
        self.started = False
        self.ready_func: Callable[[], bool] | None = None
        self.cancellable = False
        self.index: int | None = None
        self.storage = (0, 0)

    def suspended(self) -> bool:
        """Whether it runs only when another thread resumes it."""
        return not self.running and self.ready_func is None

    def ready(self) -> bool:
        """Whether what it waits for has come."""
        return self.ready_func is not None and self.ready_func()

    def needs_exclusive(self) -> bool:
        """Whether it runs only while it has the instance for itself."""
        task = self.task
        return self is task.implicit_thread and task.type.async_ and task.needs_exclusive()

    def start_waiting(self, ready: Callable[[], bool]) -> None:
        """Let the scheduler resume it when `ready()`."""
        assert self.ready_func is None
        self.ready_func = ready
        self.store.waiting.append(self)

    def stop_waiting(self) -> None:
        """Take it from the scheduler."""
        self.ready_func = None
        self.store.waiting.remove(self)

    def resume_later(self) -> None:
        """Let the scheduler resume it when its turn comes."""
        self.start_waiting(lambda: True)

    def resume(self, cancelled: bool = False) -> Steps:
        """Run until it blocks or ends, and whatever it switches to likewise."""
        if self.ready_func is not None:
            self.stop_waiting()
        thread: Thread | None = self
        while thread is not None:
            thread = yield from thread._run(cancelled)
            cancelled = False

    def _run(self, cancelled: bool) -> Generator[Any, Any, Thread | None]:
        store, body = self.store, self.body
        go_on: Callable[[Any], Any] = body.send
        argument: Any = cancelled if self.started else None
        self.started = self.running = True
        previous = store.current
        try:
            while True:
                store.current = self
                try:
                    request = go_on(argument)
                except StopIteration:
                    return None
                if request is BLOCK:
                    self.running = False
                    return None
                if request.__class__ is Switch:
                    self.running = False
                    thread: Thread = request.thread
                    return thread
                try:
                    argument = yield request  # still the current thread: an engine may run its guest before it comes back to here
                    go_on = body.send
                except Exception as error:
                    argument = error
                    go_on = body.throw
        finally:
            store.current = previous

    def block(self, cancellable: bool, request: Any = BLOCK) -> Generator[Any, Any, bool]:
        """Wait to be resumed: whether it was for cancellation."""
        self.cancellable = cancellable
        cancelled: bool = yield request
        return cancelled

    def suspend(self, cancellable: bool) -> Generator[Any, Any, bool]:
        """Wait to be resumed by another thread."""
        if self.task.deliver_pending_cancel(cancellable):
            return True
        return (yield from self.block(cancellable))

    def wait_until(
        self, ready: Callable[[], bool], cancellable: bool = False, give_way: bool = False
    ) -> Generator[Any, Any, bool]:
        """Wait until `ready()`: whether it ended for cancellation. Others get their turn if need be, or in any case with `give_way`."""
        if self.task.deliver_pending_cancel(cancellable):
            return True
        if not give_way and ready():
            return False
        self.start_waiting(ready)
        return (yield from self.block(cancellable))

    def yield_(self, cancellable: bool) -> Generator[Any, Any, bool]:
        """Let others run."""
        return self.wait_until(lambda: True, cancellable, give_way=True)

    def switch(self, other: Thread, cancellable: bool, come_back: bool) -> Generator[Any, Any, bool]:
        """Let `other`, which is suspended, run at once; with `come_back`, wait for the next turn, else to be resumed."""
        if self.task.deliver_pending_cancel(cancellable):
            return True
        if come_back:
            self.start_waiting(lambda: True)
        return (yield from self.block(cancellable, Switch(other)))

    def promote(self, other: Thread, cancellable: bool, come_back: bool) -> Generator[Any, Any, bool]:
        """The same, when `other` waits and could run; otherwise only give way."""
        if self.task.deliver_pending_cancel(cancellable):
            return True
        if other.ready():
            other.stop_waiting()
            return (yield from self.switch(other, cancellable, come_back))
        return (yield from self.yield_(cancellable) if come_back else self.suspend(cancellable))


class TaskState(Enum):
    """(CanonicalABI.md, "Tasks")"""

    INITIAL = 1
    STARTED = 2
    PENDING_CANCEL = 3
    CANCEL_DELIVERED = 4
    RESOLVED = 5


class ConcurrentTask(Task):
    """A call into a component that may go on while others do."""

    __slots__ = ("implicit_thread", "on_resolve", "on_start", "opts", "state", "threads", "type")

    def __init__(
        self, type: FuncType[Any], opts: CanonicalOptions, instance: ComponentInstance, on_start: OnStart, on_resolve: OnResolve
    ) -> None:
        super().__init__(instance)
        self.type = type
        self.opts = opts
        self.on_start = on_start
        self.on_resolve = on_resolve
        self.state = TaskState.INITIAL
        self.implicit_thread: Thread | None = None
        self.threads: list[Thread] = []

    def needs_exclusive(self) -> bool:
        """Whether its core code must not be interleaved with that of other such tasks."""
        return not self.opts.async_ or self.opts.callback is not None

    def enter_implicit_thread(self, thread: Thread) -> Generator[Any, Any, bool]:
        """Wait while there is backpressure; false when the call was cancelled before it could start."""
        instance = self.instance
        self.implicit_thread = thread
        if self.type.async_:

            def has_backpressure() -> bool:
                return instance.backpressure > 0 or (self.needs_exclusive() and instance.exclusive_thread is not None)

            if self.needs_exclusive() and instance.exclusive_thread is not None and instance.exclusive_thread.ready():
                yield from instance.exclusive_thread.resume()  # what it waited for has come: it may be on its way out
            if has_backpressure() or instance.num_waiting_to_enter > 0:
                instance.num_waiting_to_enter += 1
                cancelled = yield from thread.wait_until(lambda: not has_backpressure(), True, give_way=True)
                instance.num_waiting_to_enter -= 1
                if cancelled:
                    self.cancel()
                    return False
            if self.needs_exclusive():
                instance.exclusive_thread = thread
        self.register_thread(thread)
        return True

    def exit_implicit_thread(self) -> None:
        """The core function has returned for good."""
        thread = self.implicit_thread
        assert thread is not None
        self.unregister_thread(thread)
        if self.type.async_ and self.needs_exclusive():
            self.instance.exclusive_thread = None

    def register_thread(self, thread: Thread) -> None:
        """One more thread, with an index."""
        self.threads.append(thread)
        thread.index = self.instance.threads.add(thread)

    def unregister_thread(self, thread: Thread) -> None:
        """A thread has ended; the last one must not leave the caller without an answer."""
        self.threads.remove(thread)
        if not self.threads and self.state is not TaskState.RESOLVED:
            raise canonical_trap("async-lifted export failed to produce a result", "Tasks", "it must call `task.return`")
        assert thread.index is not None
        self.instance.threads.remove(thread.index)

    def request_cancellation(self, caller: ComponentInstance | None) -> Steps:
        """The caller wants it to end early."""
        if self.state is TaskState.INITIAL:
            self.state = TaskState.CANCEL_DELIVERED
            assert self.implicit_thread is not None
            yield from self.implicit_thread.resume(True)
            return
        instance = self.instance
        candidates = [thread for thread in self.threads if thread.cancellable and not thread.running]
        if self.needs_exclusive() and instance.exclusive_thread not in (None, self.implicit_thread):
            candidates = [thread for thread in candidates if thread is not self.implicit_thread]
        if candidates and instance.may_enter_from(caller):
            self.state = TaskState.CANCEL_DELIVERED
            entered = instance.enter_from(caller)
            yield from candidates[0].resume(True)
            leave(entered)
        else:
            self.state = TaskState.PENDING_CANCEL

    def deliver_pending_cancel(self, cancellable: bool) -> bool:
        """Whether a request to cancel is delivered at this wait."""
        if cancellable and self.state is TaskState.PENDING_CANCEL:
            self.state = TaskState.CANCEL_DELIVERED
            return True
        return False

    def start(self) -> Sequence[Any]:
        """The arguments."""
        self.state = TaskState.STARTED
        return self.on_start()

    def resolve(self, result: Any) -> None:
        """The result is there (in the spec, `return_`)."""
        if self.state is TaskState.RESOLVED:
            raise canonical_trap("`task.return` or `task.cancel` called for a task that has resolved", "Tasks")
        self.check_borrows()
        self.end_lending()
        self.on_resolve(result)
        self.state = TaskState.RESOLVED

    def cancel(self) -> None:
        """There will be no result."""
        if self.state is not TaskState.CANCEL_DELIVERED:
            raise canonical_trap("`task.cancel` called by task which has not been cancelled", "Tasks")
        self.check_borrows()
        self.end_lending()
        self.on_resolve(CANCELLED)
        self.state = TaskState.RESOLVED


def wait_for_pending_event(thread: Any, waitable: Waitable) -> Steps:
    """Wait for one waitable, in the middle of a guest's call (CanonicalABI.md, "Waitable State")."""
    waitable.has_sync_waiter = True
    yield from thread.wait_until(waitable.has_pending_event)
    waitable.has_sync_waiter = False


def wait_for_event(thread: Any, wset: WaitableSet, cancellable: bool, also: Callable[[], bool] | None = None) -> Steps:
    """The next event of a waitable set, once `also()` holds too (CanonicalABI.md, "Waitable State": `wait_for_event_and`)."""
    has_event = wset.has_pending_event
    wset.waiting += 1
    cancelled = yield from thread.wait_until(has_event if also is None else lambda: also() and has_event(), cancellable)
    event: Event = (EventCode.TASK_CANCELLED, 0, 0) if cancelled else wset.get_pending_event()
    wset.waiting -= 1
    return event


def run_until_resolved(store: Store, task: ConcurrentTask) -> Steps:
    """What a task whose type is not `async` does after it blocked: only its own instance's threads run (CanonicalABI.md, "canon lift").

    Of those, none that needs the instance for itself: the stack in linear memory is in use (Explainer.md, "Component Invariants"). The
    text excludes only the one that has the instance; the reference tests, also those that would take it when they are resumed.
    """
    instance = task.instance
    while task.state is not TaskState.RESOLVED:
        ready = (t for t in store.waiting if t.task.instance is instance and t.index is not None and t.ready())
        thread = next((t for t in ready if not t.needs_exclusive()), None)
        if thread is None:
            raise cannot_block()
        yield from thread.resume()


def refuse_to_wait(awaitable: Any) -> NoReturn:
    """Trap, because something must wait under a call that cannot."""
    if awaitable is BLOCK or awaitable.__class__ is Switch:
        raise Trap(
            "the guest must wait, and this engine cannot suspend it here",
            kind=TrapKind.UNSUPPORTED,
            hint="start functions, destructors and `realloc` cannot wait; other functions can on an engine that can suspend",
        )
    if isinstance(awaitable, Coroutine):
        awaitable.close()
    raise Trap(
        "the call must wait, and nothing here can wait for it",
        kind=TrapKind.HOST,
        hint="instantiate and call with `await`, on an engine that can suspend",
    )
