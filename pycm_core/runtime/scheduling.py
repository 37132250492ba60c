"""Which thread runs next, and what the host has under way (CanonicalABI.md, "Embedding").

First come, first served, so that a run can be repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from pycm_core.abi.instance import ComponentInstance, leave
from pycm_core.base.errors import Trap, TrapKind
from pycm_core.component.types import FuncType
from pycm_core.runtime.store import Steps, Store
from pycm_core.runtime.tasks import CANCELLED, OnResolve, Thread, refuse_to_wait


def invoke(store: Store, steps: Steps, resolved: Callable[[], bool]) -> Steps:
    """A call from the host, and then one thread after the other until the call has its result (CanonicalABI.md, "Embedding")."""
    yield from _relay(store, steps)
    while not resolved():
        thread = next_ready(store)
        if thread is not None:
            yield from _relay(store, _tick(thread))
        elif store.under_way:
            yield store.next_event()
        else:
            raise Trap(
                "deadlock detected: event loop cannot make further progress",
                kind=TrapKind.DEADLOCK,
                rule='CanonicalABI.md, "Embedding"',
                hint="every task waits for another one",
            )
    store.ring()


def settle(store: Store) -> Steps:
    """Let everything run that can, until all tasks have ended or wait for a call from outside."""
    while True:
        thread = next_ready(store)
        if thread is not None:
            yield from _relay(store, _tick(thread))
        elif store.under_way:
            yield store.next_event()
        else:
            return


def next_ready(store: Store) -> Thread | None:
    """The thread that has waited longest, of those that could run."""
    for thread in store.waiting:
        if thread.ready() and thread.task.instance.may_enter_from(None):
            return thread
    return None


def _tick(thread: Thread) -> Steps:
    entered = thread.task.instance.enter_from(None)
    yield from thread.resume()
    leave(entered)
    thread.store.ring()


def _relay(store: Store, steps: Steps) -> Steps:
    """`steps`; while it waits for the host, other calls know that something is under way."""
    go_on: Callable[[Any], Any] = steps.send
    argument: Any = None
    while True:
        try:
            request = go_on(argument)
        except StopIteration as stop:
            return stop.value
        store.under_way += 1
        try:
            argument = yield request
            go_on = steps.send
        except Exception as error:
            argument, go_on = error, steps.throw
        finally:
            store.under_way -= 1
            store.ring()


def host_call(store: Store, type: FuncType[Any], result: Any, on_resolve: OnResolve) -> Steps:
    """What a host function gave: its result, or an awaitable. Answers with how to cancel the rest."""
    if not isawaitable(result):
        on_resolve(result)
        return not_cancellable
    if not type.async_:
        on_resolve((yield result))
        return not_cancellable
    future = start(result)
    store.under_way += 1

    def done(future: asyncio.Future[Any]) -> None:
        store.under_way -= 1
        try:
            on_resolve(CANCELLED if future.cancelled() else future.result())
        except BaseException as error:
            store.failures.append(error)
        store.ring()

    future.add_done_callback(done)

    def on_cancel(caller: ComponentInstance | None) -> Steps:
        future.cancel()
        return
        yield  # makes this a generator

    return on_cancel


def start(awaitable: Any) -> asyncio.Future[Any]:
    """Let an awaitable make progress by itself."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        refuse_to_wait(awaitable)
    future: asyncio.Future[Any] = asyncio.ensure_future(awaitable)
    return future


def not_cancellable(caller: ComponentInstance | None) -> Steps:
    """A host function that has returned, or that everything waited for."""
    return
    yield  # makes this a generator
