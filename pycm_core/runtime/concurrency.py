"""Calls that may block: `canon lift` and `canon lower` in full (CanonicalABI.md, "canon lift", "canon lower").

`pycm_core.runtime.func` has the short forms of the same, for components that have nothing `async` in them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

from pycm_core.abi.binding import Binding
from pycm_core.abi.context import CanonicalOptions
from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.instance import ComponentInstance, leave
from pycm_core.abi.waitables import Event, EventCode, SubtaskState, WaitableSet, WaitableSubtask
from pycm_core.base.errors import Invalid
from pycm_core.runtime.engine import results_of
from pycm_core.runtime.store import Steps, Store
from pycm_core.runtime.tasks import (
    CANCELLED,
    ConcurrentTask,
    OnResolve,
    OnStart,
    Thread,
    run_until_resolved,
    wait_for_event,
)
from pycm_core.wasm.syntax.types import FuncType as CoreFuncType
from pycm_core.wasm.syntax.types import NumType

if TYPE_CHECKING:
    from pycm_core.runtime.func import ComponentFunc, LiftedFunc

CALLBACK = CoreFuncType((NumType.I32,) * 3, (NumType.I32,))
"""The signature of a `callback`: an event to a packed code."""
EXIT, YIELD, WAIT = range(3)
"""What a callback wants next (CanonicalABI.md, "canon lift": `CallbackCode`)."""


def lift(func: LiftedFunc, on_start: OnStart, on_resolve: OnResolve, caller: ComponentInstance | None) -> Steps:
    """One call of a lifted function, until it blocks or ends; the steps answer with how to cancel it."""
    store, instance = func.store, func.instance
    entered = instance.enter_from(caller)
    task = ConcurrentTask(func.type, func.opts, instance, on_start, on_resolve)
    thread = Thread(store, task, _run(func, task, lambda: thread))
    try:
        yield from thread.resume()
    except Invalid:
        if task.state.name == "STARTED" and not task.threads:  # the host's values were not of the type; the guest has not run
            leave(entered)
        raise
    if not func.type.async_:
        yield from run_until_resolved(store, task)
    leave(entered)
    return task.request_cancellation


def _run(func: LiftedFunc, task: ConcurrentTask, own: Callable[[], Thread]) -> Generator[Any, Any, None]:
    """The implicit thread of a task."""
    instance, binding, opts = func.instance, func.binding, func.opts
    thread = own()
    if not (yield from task.enter_implicit_thread(thread)):
        return
    cx = func.store.context(opts, instance, task)
    try:
        flat = binding.lower_params(cx, task.start())
    except Invalid:
        task.threads.remove(thread)
        assert thread.index is not None
        instance.threads.remove(thread.index)
        instance.exclusive_thread = None if instance.exclusive_thread is thread else instance.exclusive_thread
        raise
    flat_results = func.core(*flat)
    if func.suspends:
        flat_results = yield from flat_results
    if not opts.async_:
        task.resolve(binding.lift_results(cx, flat_results))
        if opts.post_return is not None:
            instance.may_leave = False
            opts.post_return(*results_of(flat_results))
            instance.may_leave = True
    elif func.callback is not None:
        yield from _call_back(func, task, thread, flat_results)
    task.exit_implicit_thread()


def _call_back(func: LiftedFunc, task: ConcurrentTask, thread: Thread, packed: int) -> Steps:
    """Call a task back with its events until it wants to exit."""
    instance, callback = func.instance, func.callback
    assert callback is not None

    def free() -> bool:
        return instance.exclusive_thread is None

    while True:
        code, index = packed & 0xF, (packed & 0xFFFF_FFFF) >> 4
        if code == EXIT:
            return
        instance.exclusive_thread = None
        if code == YIELD:
            cancelled = yield from thread.wait_until(free, True, give_way=True)
            event: Event = (EventCode.TASK_CANCELLED if cancelled else EventCode.NONE, 0, 0)
        elif code == WAIT:
            wset = instance.handles.get(index)
            if not isinstance(wset, WaitableSet):
                raise canonical_trap(f"index {index} is not a waitable set", "canon lift")
            event = yield from wait_for_event(thread, wset, True, free)
        else:
            raise canonical_trap(f"unsupported callback code {code}: there are exit, yield and wait", "canon lift")
        instance.exclusive_thread = thread
        packed = callback(*event)
        if func.suspends:
            packed = yield from packed  # type: ignore[misc]  # then a callback is called in steps


def lower(
    store: Store, callee: ComponentFunc, binding: Binding, opts: CanonicalOptions, instance: ComponentInstance
) -> Callable[[tuple[Any, ...]], Steps]:
    """The steps of one call out of `instance`, given its core arguments; they answer with the core results."""

    def steps(flat: tuple[Any, ...]) -> Steps:
        instance.check_may_leave()
        thread = store.current_thread()
        subtask = WaitableSubtask(store.subtask(instance))
        cx = store.context(opts, instance, subtask.lent)
        index = 0

        def event() -> Event:
            if subtask.resolved():
                subtask.deliver_resolve()
            return EventCode.SUBTASK, index, subtask.state

        def progress() -> None:
            if index:
                subtask.pending_event = event

        def on_start() -> Sequence[Any]:
            progress()
            subtask.state = SubtaskState.STARTED
            return binding.lift_params(cx, flat)

        def on_resolve(result: Any) -> None:
            progress()
            if result is CANCELLED:
                before_start = subtask.state is SubtaskState.STARTING
                subtask.state = SubtaskState.CANCELLED_BEFORE_STARTED if before_start else SubtaskState.CANCELLED_BEFORE_RETURNED
            else:
                subtask.flat_results = binding.lower_results(cx, result, flat)
                subtask.state = SubtaskState.RETURNED

        subtask.on_cancel = yield from callee.steps(on_start, on_resolve, instance)
        if not opts.async_:
            if not subtask.resolved():
                yield from thread.wait_until(subtask.resolved)
            subtask.deliver_resolve()
            return subtask.flat_results
        if subtask.resolved():
            subtask.deliver_resolve()
            return int(SubtaskState.RETURNED)
        index = instance.handles.add(subtask)
        return subtask.state | index << 4

    return steps
