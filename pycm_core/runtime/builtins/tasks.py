"""Built-ins of tasks: their storage, backpressure, results and cancellation (CanonicalABI.md, "canon context.get" and what follows)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pycm_core.abi.binding import bind
from pycm_core.abi.context import CanonicalOptions
from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.layout import I32, I64
from pycm_core.abi.waitables import SubtaskState, WaitableSubtask
from pycm_core.component import syntax as s
from pycm_core.component.types import Field
from pycm_core.component.types import FuncType as ComponentFuncType
from pycm_core.runtime.builtins.context import BLOCKED, Blocking, BuiltinContext, Made, signature, u32
from pycm_core.runtime.store import Steps
from pycm_core.runtime.tasks import ConcurrentTask, wait_for_pending_event
from pycm_core.wasm.syntax.types import FuncType, NumType


def _context_get(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call() -> int:
        return c.store.current_thread().storage[d.slot]

    return FuncType((), (_slot_type(d),)), call


def _context_set(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    mask = 0xFFFF_FFFF if _slot_type(d) is I32 else 0xFFFF_FFFF_FFFF_FFFF

    def call(value: int) -> None:
        thread = c.store.current_thread()
        first, second = thread.storage
        thread.storage = (value & mask, second) if d.slot == 0 else (first, value & mask)

    return FuncType((_slot_type(d),), ()), call


def _slot_type(d: s.CanonBuiltin) -> NumType:
    return I64 if d.core_type is I64 else I32


def _backpressure(change: int) -> Callable[[BuiltinContext, s.CanonBuiltin], Made]:
    def maker(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
        def call() -> None:
            value = c.instance.backpressure + change
            if not 0 <= value < 1 << 16:
                raise canonical_trap("backpressure counter overflow", "canon backpressure.{inc,dec}")
            c.instance.backpressure = value

        return signature(0, 0), call

    return maker


def _async_task(c: BuiltinContext, rule: str) -> ConcurrentTask:
    c.instance.check_may_leave()
    task = c.store.current_thread().task
    if not isinstance(task, ConcurrentTask) or not task.opts.async_:
        name = rule.removeprefix("canon ")
        raise canonical_trap(
            f"`{name}` called in a task that was not lifted with `async`",
            rule,
            "a synchronous function returns its result as core results",
        )
    return task


def _task_return(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    fields = () if c.result is None else (Field("result", c.result),)
    opts, store = c.opts, c.store
    binding = bind(ComponentFuncType(fields, None), opts, store.trace is not None)

    def call(*flat: Any) -> None:
        task = _async_task(c, "canon task.return")
        if task.type.result != c.result or not _same_options(opts, task.opts):
            raise canonical_trap("invalid `task.return` signature and/or options for current task", "canon task.return")
        values = binding.lift_params(store.context(opts, c.instance, task), flat)
        task.resolve(values[0] if fields else None)

    return binding.lowered, call


def _same_options(a: CanonicalOptions, b: CanonicalOptions) -> bool:
    """(CanonicalABI.md, "Canonical ABI Options": `LiftOptions.equal`)

    The reference tests return from tasks that have a memory without naming one, where the result does not need it: so do we allow.
    """
    return a.encoding is b.encoding and (a.memory is None or a.memory == b.memory)


def _task_cancel(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    return signature(0, 0), lambda: _async_task(c, "canon task.cancel").cancel()


def _subtask(entry: Any, index: int, rule: str) -> WaitableSubtask:
    if not isinstance(entry, WaitableSubtask):
        raise canonical_trap(f"index {index} is not a subtask", rule)
    return entry


def _subtask_cancel(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    rule = "canon subtask.cancel"

    def steps(index: int) -> Steps:
        c.instance.check_may_leave()
        thread = c.store.current_thread()
        subtask = _subtask(c.instance.handles.get(u32(index)), index, rule)
        if subtask.resolve_delivered:
            raise canonical_trap("`subtask.cancel` called after terminal status delivered", rule)
        if subtask.cancellation_requested:
            raise canonical_trap("`subtask.cancel` called twice", rule)
        if not d.async_:
            subtask.check_not_in_set(rule)
        if not subtask.resolved():
            subtask.cancellation_requested = True
            assert subtask.on_cancel is not None
            yield from subtask.on_cancel(c.instance)
            if not subtask.resolved():
                if d.async_:
                    return BLOCKED
                yield from wait_for_pending_event(thread, subtask)
        return int(SubtaskState(subtask.get_pending_event()[2]))

    return signature(1, 1), Blocking(steps)


def _subtask_drop(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int) -> None:
        c.instance.check_may_leave()
        _subtask(c.instance.handles.remove(u32(index)), index, "canon subtask.drop").drop()

    return signature(1, 0), call


MAKERS: Mapping[str, Callable[[BuiltinContext, s.CanonBuiltin], Made]] = MappingProxyType(
    {
        "context.get": _context_get,
        "context.set": _context_set,
        "backpressure.inc": _backpressure(1),
        "backpressure.dec": _backpressure(-1),
        "task.return": _task_return,
        "task.cancel": _task_cancel,
        "subtask.cancel": _subtask_cancel,
        "subtask.drop": _subtask_drop,
    }
)
"""By name."""
