"""What a store with a tracer puts around its functions; one without never comes here (`pycm_core.abi.trace` has the events).

Guest code is entered and left only through the engine, so `TracedCore` knows whenever it has run. Calls are reported by wrappers chosen
when a function is bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pycm_core.abi import layout
from pycm_core.abi.instance import ComponentInstance, RuntimeResource, Subtask
from pycm_core.abi.memory import Memory, Mover
from pycm_core.abi.traced import index_of, show_rep
from pycm_core.abi.waitables import SubtaskState
from pycm_core.base.errors import Exhaustion, Trap
from pycm_core.runtime.engine import CoreCallable, CoreInstance, CoreItem, CoreStore, Steps, results_of
from pycm_core.runtime.tasks import CANCELLED, OnResolve, OnStart
from pycm_core.wasm.syntax.types import FuncType

if TYPE_CHECKING:
    from pycm_core.abi.handles import HandleEntry
    from pycm_core.abi.trace import Tracer
    from pycm_core.runtime.func import ComponentFunc, LiftedFunc

LIFT_RULE, LOWER_RULE = 'CanonicalABI.md, "canon lift"', 'CanonicalABI.md, "canon lower"'
SUBTASK_RULE = 'CanonicalABI.md, "Subtask State"'
TASK_RULE = 'CanonicalABI.md, "Tasks"'
DROP_RULE = 'CanonicalABI.md, "canon resource.drop"'


class TracedCore:
    """A `CoreStore` that tells the tracer whenever guest code has run: what it wrote is looked for before the next event."""

    __slots__ = ("_core", "_trace")

    def __init__(self, core: CoreStore, trace: Tracer) -> None:
        self._core = core
        self._trace = trace

    @property
    def untold(self) -> CoreStore:
        """The store itself."""
        return self._core

    def instantiate(self, module: Any, imports: Mapping[str, CoreInstance]) -> CoreInstance:
        """Segments are written, and a start function may run."""
        try:
            return self._core.instantiate(module, imports)
        finally:
            self._trace.stale = True

    def bind(self, func: CoreItem, type: FuncType) -> CoreCallable:
        """A callable that runs guest code."""
        call, trace = self._core.bind(func, type), self._trace

        def bound(*args: Any) -> Any:
            try:
                return call(*args)
            finally:
                trace.stale = True

        return bound

    def bind_direct(self, func: CoreItem, type: FuncType) -> tuple[CoreCallable, Callable[[Exception], BaseException] | None]:
        """The same."""
        return self.bind(func, type), None

    def bind_steps(self, func: CoreItem, type: FuncType) -> Callable[..., Steps]:
        """The same in steps. Between them the guest waits in a host function, which has told the tracer already."""
        call, trace = self._core.bind_steps(func, type), self._trace

        def bound(*args: Any) -> Steps:
            try:
                return (yield from call(*args))
            finally:
                trace.stale = True

        return bound

    def host_func(self, type: FuncType, call: CoreCallable, suspends: bool = False) -> CoreItem:
        """A core function that guest code calls."""
        trace = self._trace

        def entered(*args: Any) -> Any:
            trace.stale = True
            return call(*args)

        return self._core.host_func(type, entered, suspends)

    def memory(self, memory: CoreItem) -> Memory:
        """Access to a linear memory."""
        return self._core.memory(memory)

    def outbox(self) -> None:
        """None: the host is told of each call."""

    def close(self) -> None:
        """As the engine does."""
        self._core.close()

    def mover(self, memory: CoreItem, realloc: CoreItem) -> Mover | None:
        """None: the literal form does everything step by step."""
        return None


class TracedSubtask(Subtask):
    """A `Subtask` that reports what it lends and gives back."""

    __slots__ = ("_instance", "_trace")

    def __init__(self, trace: Tracer, instance: ComponentInstance) -> None:
        super().__init__()
        self._trace = trace
        self._instance = instance

    def add_lender(self, entry: HandleEntry) -> None:
        if not self.lenders:
            self._trace.emit("scope-enter", SUBTASK_RULE, self._instance.id, scope="subtask")
        super().add_lender(entry)

    def deliver_resolve(self) -> None:
        lent = [(index_of(self._instance, entry), entry) for entry in self.lenders]
        super().deliver_resolve()
        id = self._instance.id
        for index, entry in lent:
            type, value = f"borrow<{entry.resource.name}>", show_rep(entry.rep)
            fields = {"table": id, "index": index, "type": type, "value": value, "lends": entry.lends}
            self._trace.emit("handle-unlend", SUBTASK_RULE, id, **fields)
        if lent:
            self._trace.emit("scope-exit", SUBTASK_RULE, id, scope="subtask", count=len(lent))


def core_calls(trace: Tracer, func: LiftedFunc, call: CoreCallable, in_steps: bool) -> CoreCallable:
    """The core function of `func`, or its callback, reported before and after."""

    def before(args: Sequence[Any]) -> None:
        trace.emit("core-call", LIFT_RULE, func.instance.id, func=func.name, args=_core_values(args))

    def after(result: Any) -> Any:
        trace.emit("core-return", LIFT_RULE, func.instance.id, func=func.name, args=_core_values(results_of(result)))
        return result

    def at_once(*args: Any) -> Any:
        before(args)
        return after(call(*args))

    def steps(*args: Any) -> Steps:
        before(args)
        return after((yield from call(*args)))

    return steps if in_steps else at_once


def post_return(trace: Tracer, func: LiftedFunc, call: CoreCallable) -> CoreCallable:
    """The `post-return` of `func`, reported."""

    def reported(*args: Any) -> Any:
        trace.emit("post-return", LIFT_RULE, func.instance.id, func=func.name, args=_core_values(args))
        return call(*args)

    return reported


def destructor(trace: Tracer, resource: RuntimeResource, call: CoreCallable) -> CoreCallable:
    """The destructor of a guest's resource, reported."""

    def reported(rep: Any) -> Any:
        assert resource.impl is not None
        trace.emit("resource-dtor", DROP_RULE, resource.impl.id, type=resource.name, value=show_rep(rep))
        return call(rep)

    return reported


def _core_values(values: Sequence[Any]) -> list[Any]:
    return [int(value) if isinstance(value, int) else value for value in values]


class TracedFunc:
    """A component function whose calls are reported; `caller` is `None` where the host calls."""

    __slots__ = ("_async", "_borrows", "_direction", "_func", "_instance", "_rule", "_trace", "name", "type")

    def __init__(self, trace: Tracer, func: ComponentFunc, caller: ComponentInstance | None, concurrent: bool) -> None:
        self._trace = trace
        self._func = func
        self._instance = -1 if caller is None else caller.id
        self._direction, self._rule = ("export", LIFT_RULE) if caller is None else ("import", LOWER_RULE)
        self._async = concurrent
        self._borrows = hasattr(func, "instance") and any(layout.contains_borrow(p.type) for p in func.type.params)
        self.type = func.type
        self.name = func.name

    def steps(self, on_start: OnStart, on_resolve: OnResolve, caller: ComponentInstance | None) -> Steps:
        """One call, reported from its begin to its end."""
        trace, func, rule = self._trace, self._func, self._rule
        callee: Any = getattr(func, "instance", None)
        at = -1 if callee is None else callee.id
        name, borrows, async_ = func.name, self._borrows, self._async

        def start() -> Sequence[Any]:
            if async_:
                trace.emit("task-start", TASK_RULE, at, func=name)
            if borrows:
                trace.emit("scope-enter", TASK_RULE, at, scope="task")
            return on_start()

        def resolve(result: Any) -> None:
            if borrows:
                trace.emit("scope-exit", TASK_RULE, at, scope="task", count=0)
            if async_:
                trace.emit("task-cancel" if result is CANCELLED else "task-return", TASK_RULE, at, func=name)
            on_resolve(result)

        about = {"func": name, "direction": self._direction}
        trace.emit("call-begin", rule, self._instance, **about)
        try:
            result = yield from _deeper(trace, func.steps(start, resolve, caller))
        except (Trap, Exhaustion) as error:
            trace.emit("trap", getattr(error, "rule", None) or rule, self._instance, value=error.message)
            raise
        except GeneratorExit:  # given up, not ended
            raise
        except BaseException as error:
            trace.emit("call-unwind", rule, self._instance, **about, value=type(error).__name__)
            raise
        trace.emit("call-end", rule, self._instance, **about)
        return result


def async_lowered(trace: Tracer, func: ComponentFunc, instance: ComponentInstance, steps: Steps) -> Steps:
    """The steps of a call by an `async` lowered function, and then what the guest is told."""
    packed = yield from steps
    state, index = SubtaskState(packed & 0xF), packed >> 4
    fields = {"table": instance.id, "index": index, "func": func.name, "value": state.name.lower().replace("_", " ")}
    trace.emit("subtask", SUBTASK_RULE, instance.id, **fields)
    return packed


def _deeper(trace: Tracer, steps: Steps) -> Steps:
    """`steps`, one level deeper; while they wait, others run at the level they were at."""
    go_on: Callable[[Any], Any] = steps.send
    argument: Any = None
    inside = trace.depth + 1
    while True:
        outside, trace.depth = trace.depth, inside
        try:
            request = go_on(argument)
        except StopIteration as stop:
            return stop.value
        finally:
            inside, trace.depth = trace.depth, outside
        try:
            argument = yield request
            go_on = steps.send
        except GeneratorExit:
            steps.close()
            raise
        except BaseException as error:
            argument, go_on = error, steps.throw
