"""Component functions: lifted from a guest, or given by the host (CanonicalABI.md, "canon lift", "canon lower")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from inspect import isawaitable
from typing import Any, Protocol

from pycm_core.abi.binding import Binding, CompiledBinding, bind
from pycm_core.abi.context import CanonicalOptions, LiftLowerContext
from pycm_core.abi.convert import mismatch
from pycm_core.abi.instance import ComponentInstance, Subtask, Task, leave
from pycm_core.base.errors import Invalid
from pycm_core.component.types import FuncType
from pycm_core.runtime import concurrency, direct, traced
from pycm_core.runtime.engine import CoreCallable, CoreItem, results_of
from pycm_core.runtime.host import Deferred
from pycm_core.runtime.outbox import Outbox
from pycm_core.runtime.scheduling import host_call, invoke, not_cancellable
from pycm_core.runtime.store import Steps, Store, drive, drive_waiting
from pycm_core.runtime.tasks import CANCELLED, OnResolve, OnStart, refuse_to_wait
from pycm_core.wasm.syntax.types import FuncType as CoreFuncType


class ComponentFunc(Protocol):
    """A function with a component type. `steps` makes one call of it: arguments come from `on_start`, the result goes to `on_resolve`.

    The steps end when the call has its result, or when it blocked; they answer with how to cancel what is left of it.
    """

    type: FuncType[Any]
    name: str

    def steps(self, on_start: OnStart, on_resolve: OnResolve, caller: ComponentInstance | None) -> Steps:
        """One call, in progress; `caller` is `None` for the host."""
        ...


class HostFunc:
    """A Python function, with the type its import has, and perhaps an answer it need not be called for."""

    __slots__ = ("call", "deferred", "name", "store", "type")

    def __init__(
        self, name: str, type: FuncType[Any], call: Callable[..., Any], store: Store, deferred: Deferred | None = None
    ) -> None:
        self.deferred = deferred
        self.name = name
        self.type = type
        self.call = call
        self.store = store

    def steps(self, on_start: OnStart, on_resolve: OnResolve, caller: ComponentInstance | None) -> Steps:
        return (yield from host_call(self.store, self.type, self.call(*on_start()), on_resolve))


class LiftedFunc:
    """`canon lift`: a core function with a component type."""

    __slots__ = ("binding", "callback", "core", "instance", "item", "name", "opts", "store", "suspends", "type")

    def __init__(
        self, store: Store, name: str, type: FuncType[Any], opts: CanonicalOptions, instance: ComponentInstance, core: CoreItem
    ) -> None:
        self.store = store
        self.name = name
        self.type = type
        self.opts = opts
        self.instance = instance
        self.binding: Binding = bind(type, opts, store.trace is not None)
        self.suspends = store.suspends
        make = store.core.bind_steps if store.suspends else store.core.bind
        self.core: CoreCallable = make(core, self.binding.lifted)
        self.callback: CoreCallable | None = None if opts.callback is None else make(opts.callback, concurrency.CALLBACK)
        self.item = core
        if store.trace is not None:
            self.core = traced.core_calls(store.trace, self, self.core, self.suspends)
            if self.callback is not None:
                self.callback = traced.core_calls(store.trace, self, self.callback, self.suspends)

    def call_after(self, post_return: CoreItem) -> None:
        """Let `post_return` be called with the core results when they have been lifted."""
        call = self.store.core.bind(post_return, CoreFuncType(self.binding.lifted.results, ()))
        trace = self.store.trace
        self.opts.post_return = call if trace is None else traced.post_return(trace, self, call)

    def direct(self) -> Callable[..., Any]:
        """The same as `steps`, from the host, where nothing is traced and nothing waits: the short way."""
        assert isinstance(self.binding, CompiledBinding)
        core = self.store.core.bind_direct(self.item, self.binding.lifted)
        return direct.make(self.store, self.name, self.type, self.opts, self.binding, self.instance, core)

    def steps(self, on_start: OnStart, on_resolve: OnResolve, caller: ComponentInstance | None) -> Steps:
        """(CanonicalABI.md, "canon lift")"""
        if self.store.concurrent:
            return concurrency.lift(self, on_start, on_resolve, caller)
        return self._steps(on_start, on_resolve, caller)

    def _steps(self, on_start: OnStart, on_resolve: OnResolve, caller: ComponentInstance | None) -> Steps:
        store, instance, binding = self.store, self.instance, self.binding
        entered = instance.enter_from(caller)
        task = Task(instance)
        previous, store.current = store.current, task
        cx = store.context(self.opts, instance, task)
        try:
            try:
                flat = binding.lower_params(cx, on_start())
            except Invalid:  # the host's values were not of the type; the guest has not run
                leave(entered)
                raise
            flat_results = self.core(*flat)
            if self.suspends:
                flat_results = yield from as_current(store, task, flat_results)
            result = binding.lift_results(cx, flat_results)
            task.return_()
            on_resolve(result)
            if self.opts.post_return is not None:
                instance.may_leave = False
                self.opts.post_return(*results_of(flat_results))
                instance.may_leave = True
            leave(entered)
        finally:
            store.current = previous
        return not_cancellable


def as_current(store: Store, task: Task, steps: Steps) -> Steps:
    """`steps`, with `task` as the store's current one whenever they go on; other calls may have run meanwhile."""
    go_on: Callable[[Any], Any] = steps.send
    argument: Any = None
    while True:
        store.current = task
        try:
            request = go_on(argument)
        except StopIteration as stop:
            return stop.value
        try:
            argument, go_on = (yield request), steps.send
        except Exception as error:
            argument, go_on = error, steps.throw


def lower(
    store: Store, callee: ComponentFunc, opts: CanonicalOptions, instance: ComponentInstance, memory: CoreItem = None
) -> CoreItem:
    """`canon lower`: a core function, for `instance`, that calls `callee` (CanonicalABI.md, "canon lower"). `memory` is that of `opts`."""
    binding = bind(callee.type, opts, store.trace is not None)
    if isinstance(callee, HostFunc) and store.trace is None and not store.suspends and not store.concurrent:
        call = lower_host(callee, binding, opts, instance)
    else:
        call = lower_any(store, callee, binding, opts, instance)
    shortcut = None
    if (
        isinstance(callee, HostFunc)
        and isinstance(binding, CompiledBinding)
        and store.outbox is not None
        and not store.concurrent
    ):
        shortcut = store.outbox.shortcut(callee.deferred, callee.type, binding, opts, memory, instance)
    if shortcut is not None:
        return shortcut.lower(store.core.host_func(binding.lowered, shortcut.admitting(call), store.suspends))
    return store.core.host_func(binding.lowered, call, store.suspends)


def lower_host(callee: HostFunc, binding: Binding, opts: CanonicalOptions, instance: ComponentInstance) -> CoreCallable:
    """The short way to a Python function, where nothing is traced and nothing waits."""
    func = callee.call
    no_result = callee.type.result is None

    def call(*flat: Any) -> Any:
        if not instance.may_leave:
            instance.check_may_leave()
        subtask = Subtask()
        cx = LiftLowerContext(opts, instance, subtask)
        result = func(*binding.lift_params(cx, flat))
        try:
            if no_result and result is not None:
                raise mismatch("no result", result)
            flat_results = binding.lower_results(cx, result, flat)
        except Invalid:
            if isawaitable(result):
                refuse_to_wait(result)
            raise
        subtask.deliver_resolve()
        return flat_results

    return call


def lower_any(
    store: Store, callee: ComponentFunc, binding: Binding, opts: CanonicalOptions, instance: ComponentInstance
) -> CoreCallable:
    """Any callee, traced where the store is, waiting where the store may."""
    run = store.drive_maybe if store.suspends else drive
    trace, called = store.trace, callee
    if trace is not None:
        called = traced.TracedFunc(trace, callee, instance, store.concurrent)
    if store.concurrent:
        steps = concurrency.lower(store, called, binding, opts, instance)
        if trace is not None and opts.async_:
            return lambda *flat: run(traced.async_lowered(trace, callee, instance, steps(flat)))
        return lambda *flat: run(steps(flat))
    return lambda *flat: run(lower_steps(store, called, binding, opts, instance, flat))


def lower_steps(
    store: Store,
    callee: ComponentFunc,
    binding: Binding,
    opts: CanonicalOptions,
    instance: ComponentInstance,
    flat: tuple[Any, ...],
) -> Steps:
    """One call out of `instance`, given its core arguments; the steps answer with the core results."""
    instance.check_may_leave()
    subtask = store.subtask(instance)
    cx = store.context(opts, instance, subtask)
    flat_results: Any = None

    def on_start() -> Sequence[Any]:
        return binding.lift_params(cx, flat)

    def on_resolve(result: Any) -> None:
        nonlocal flat_results
        flat_results = binding.lower_results(cx, result, flat)

    yield from callee.steps(on_start, on_resolve, instance)
    subtask.deliver_resolve()
    return flat_results


class Func(partial[Any]):
    """A function the host may call: an export, or any component function.

    Call it with values as `pycm_core.abi.values` lists them, in the order of its parameters. Raises `Trap` when the guest traps, `Invalid`
    when an argument is not of its type, what host functions raise unchanged.
    """

    # A `partial` because that is what Python calls with nothing in between. What it calls is made by the first call.

    __slots__ = ("_callee", "_func", "_store")

    _callee: ComponentFunc
    _func: ComponentFunc
    _store: Store

    def __new__(cls, store: Store, func: ComponentFunc) -> Func:
        def first(*args: Any) -> Any:
            call = self._make()
            self.__setstate__((call, (), {}, None))  # type: ignore[attr-defined]  # typeshed leaves it out
            return call(*args)

        self = super().__new__(cls, first)
        self._store = store
        self._func = func
        self._callee = func if store.trace is None else traced.TracedFunc(store.trace, func, None, store.concurrent)
        return self

    @property
    def type(self) -> FuncType[Any]:
        """Its component type."""
        return self._func.type

    @property
    def name(self) -> str:
        """The name it was exported under."""
        return self._func.name

    def __repr__(self) -> str:
        return f"<component function {self.name}>"

    def _make(self) -> Callable[..., Any]:
        store, func = self._store, self._func
        if store.trace is None and isinstance(func, LiftedFunc) and not (store.suspends or store.concurrent):
            return func.direct() if store.outbox is None else _flushing(func.direct(), store.outbox)
        steps = self.steps
        return lambda *args: drive(steps(*args))

    async def call_async(self, *args: Any) -> Any:
        """Call it; host functions under it may wait."""
        return await drive_waiting(self.steps(*args))

    def steps(self, *args: Any) -> Steps:
        """One call, in progress: it yields awaitables, and answers with the result."""
        expected = len(self._func.type.params)
        if len(args) != expected:
            raise Invalid(f"`{self.name}` takes {expected} arguments, found {len(args)}")
        result: Any = CANCELLED

        def on_resolve(value: Any) -> None:
            nonlocal result
            result = value

        steps = self._callee.steps(lambda: args, on_resolve, None)
        if self._store.concurrent:
            steps = invoke(self._store, steps, lambda: result is not CANCELLED)
        try:
            yield from steps
        finally:
            self._store.flush()
        return result


def _flushing(call: Callable[..., Any], outbox: Outbox) -> Callable[..., Any]:
    """`call`, at whose end the host knows of everything that was written."""
    pending = outbox.pending

    def then(*args: Any) -> Any:
        try:
            return call(*args)
        finally:
            if pending[0]:
                outbox.flush()

    return then
