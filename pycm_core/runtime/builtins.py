"""The canonical built-ins as core functions (CanonicalABI.md, "canon resource.new" and what follows).

Synchronous components import many of the concurrency built-ins without using them; each that does not need a running async task does
what the spec says, the others trap in words when they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pycm_core.abi.handles import HandleEntry, canonical_trap
from pycm_core.abi.instance import ComponentInstance, RuntimeResource
from pycm_core.abi.layout import I32, I64, MAX_FLAT_PARAMS, flatten_type
from pycm_core.abi.memory import Memory
from pycm_core.abi.waitables import Waitable, WaitableSet
from pycm_core.base.errors import Trap, TrapKind
from pycm_core.component import syntax as s
from pycm_core.component.types import Resource
from pycm_core.runtime.engine import CoreItem
from pycm_core.runtime.func import unsupported
from pycm_core.runtime.store import Store
from pycm_core.wasm.syntax.types import FuncType, NumType


@dataclass(frozen=True, slots=True)
class BuiltinContext:
    """Where a built-in is defined, and what its immediates stand for."""

    store: Store
    instance: ComponentInstance
    resource: Resource | None
    memory: Memory | None
    result: Any

    @property
    def id(self) -> RuntimeResource:
        """The resource type of a `resource.*` built-in."""
        assert self.resource is not None and isinstance(self.resource.id, RuntimeResource)
        return self.resource.id


Made = tuple[FuncType, Callable[..., Any]]


def make(c: BuiltinContext, d: s.CanonBuiltin) -> CoreItem:
    """The core function of one built-in."""
    maker = _MAKERS.get(d.name)
    type, call = maker(c, d) if maker is not None else _unsupported(c, d)
    return c.store.core.host_func(type, call)


def _signature(params: int, results: int) -> FuncType:
    return FuncType((I32,) * params, (I32,) * results)


def _u32(value: int) -> int:
    return value & 0xFFFF_FFFF


def _entry(c: BuiltinContext, entry: Any, index: int, rule: str) -> HandleEntry:
    if not isinstance(entry, HandleEntry):
        raise canonical_trap(f"index {index} is not a resource handle", rule)
    if entry.resource is not c.id:
        raise canonical_trap(f"handle index {index} is a `{entry.resource.name}`, expected a `{c.id.name}`", rule)
    return entry


def _report(c: BuiltinContext, kind: str, index: int, rep: Any) -> None:
    trace = c.store.trace
    if trace is not None:
        shown = str(rep) if isinstance(rep, int) else type(rep).__name__
        rule = f'CanonicalABI.md, "canon {kind.replace("-", ".")}"'
        trace.emit(kind, rule, c.instance.id, index=index, type=c.id.name, value=shown)


def _resource_new(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(rep: int) -> int:
        c.instance.check_may_leave()
        index = c.instance.handles.add(HandleEntry(c.id, _u32(rep), True))
        _report(c, "resource-new", index, _u32(rep))
        return index

    return _signature(1, 1), call


def _resource_drop(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int) -> None:
        c.instance.check_may_leave()
        index = _u32(index)
        entry = _entry(c, c.instance.handles.remove(index), index, "canon resource.drop")
        if entry.lends:
            raise canonical_trap(f"cannot drop handle {index}: it is lent to a call that has not ended", "canon resource.drop")
        _report(c, "resource-drop", index, entry.rep)
        if entry.own:
            c.id.destroy(entry.rep, c.instance)
        else:
            entry.scope.borrows -= 1

    return _signature(1, 0), call


def _resource_rep(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int) -> Any:
        index = _u32(index)
        rep = _entry(c, c.instance.handles.get(index), index, "canon resource.rep").rep
        _report(c, "resource-rep", index, rep)
        return rep

    return _signature(1, 1), call


def _context_get(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call() -> int:
        return c.store.current_task().storage[d.slot]

    return FuncType((), (_slot_type(d),)), call


def _context_set(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    mask = 0xFFFF_FFFF if _slot_type(d) is I32 else 0xFFFF_FFFF_FFFF_FFFF

    def call(value: int) -> None:
        task = c.store.current_task()
        first, second = task.storage
        task.storage = (value & mask, second) if d.slot == 0 else (first, value & mask)

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

        return _signature(0, 0), call

    return maker


def _task_return(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    flat = [] if c.result is None else flatten_type(c.result)
    params = tuple(flat) if len(flat) <= MAX_FLAT_PARAMS else (I32,)

    def call(*flat: Any) -> None:
        c.instance.check_may_leave()
        raise canonical_trap(
            "`task.return` called in a task that was not lifted with `async`",
            "canon task.return",
            "a synchronous function returns its result as core results",
        )

    return FuncType(params, ()), call


def _task_cancel(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call() -> None:
        c.instance.check_may_leave()
        raise canonical_trap("`task.cancel` called in a task that was not lifted with `async`", "canon task.cancel")

    return _signature(0, 0), call


def _waitable_set_new(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call() -> int:
        c.instance.check_may_leave()
        return c.instance.handles.add(WaitableSet())

    return _signature(0, 1), call


def _wset(c: BuiltinContext, entry: Any, index: int, rule: str) -> WaitableSet:
    if not isinstance(entry, WaitableSet):
        raise canonical_trap(f"index {index} is not a waitable set", rule)
    return entry


def _store_event(c: BuiltinContext, address: int, event: tuple[int, int, int], rule: str) -> int:
    code, first, second = event
    address = _u32(address)
    if address & 3:
        raise canonical_trap(f"pointer {address:#x} is not aligned to 4", rule)
    assert c.memory is not None
    c.memory.write(address, first.to_bytes(4, "little") + second.to_bytes(4, "little"))
    return code


def _waitable_set_wait(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int, address: int) -> int:
        c.instance.check_may_leave()
        wset = _wset(c, c.instance.handles.get(_u32(index)), index, "canon waitable-set.wait")
        event = wset.take_event()
        if event is None:
            raise Trap(
                "deadlock: the guest waits, and nothing can ever happen",
                kind=TrapKind.DEADLOCK,
                rule='CanonicalABI.md, "canon waitable-set.wait"',
            )
        return _store_event(c, address, event, "canon waitable-set.wait")

    return _signature(2, 1), call


def _waitable_set_poll(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int, address: int) -> int:
        c.instance.check_may_leave()
        wset = _wset(c, c.instance.handles.get(_u32(index)), index, "canon waitable-set.poll")
        return _store_event(c, address, wset.take_event() or (0, 0, 0), "canon waitable-set.poll")

    return _signature(2, 1), call


def _waitable_set_drop(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int) -> None:
        c.instance.check_may_leave()
        index = _u32(index)
        _wset(c, c.instance.handles.remove(index), index, "canon waitable-set.drop").drop()

    return _signature(1, 0), call


def _waitable(entry: Any, index: int, rule: str) -> Waitable:
    if not isinstance(entry, Waitable):
        raise canonical_trap(f"index {index} is not a waitable", rule)
    return entry


def _waitable_join(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    rule = "canon waitable.join"

    def call(waitable: int, wset: int) -> None:
        c.instance.check_may_leave()
        handles = c.instance.handles
        member = _waitable(handles.get(_u32(waitable)), waitable, rule)
        member.join(None if wset == 0 else _wset(c, handles.get(_u32(wset)), wset, rule))

    return _signature(2, 0), call


def _subtask_cancel(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int) -> int:
        c.instance.check_may_leave()
        c.instance.handles.get(_u32(index))
        raise canonical_trap(f"index {index} is not a subtask", "canon subtask.cancel")

    return _signature(1, 1), call


def _subtask_drop(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int) -> None:
        c.instance.check_may_leave()
        c.instance.handles.get(_u32(index))
        raise canonical_trap(f"index {index} is not a subtask", "canon subtask.drop")

    return _signature(1, 0), call


_UNSUPPORTED: Mapping[str, FuncType] = MappingProxyType(
    {
        "thread.yield": _signature(0, 1),
        **{f"{kind}.new": FuncType((), (I64,)) for kind in ("stream", "future")},
        **{f"stream.{verb}": _signature(3, 1) for verb in ("read", "write")},
        **{f"future.{verb}": _signature(2, 1) for verb in ("read", "write")},
        **{f"{kind}.cancel-{verb}": _signature(1, 1) for kind in ("stream", "future") for verb in ("read", "write")},
        **{f"{kind}.drop-{end}": _signature(1, 0) for kind in ("stream", "future") for end in ("readable", "writable")},
        "error-context.new": _signature(2, 1),
        "error-context.debug-message": _signature(2, 0),
        "error-context.drop": _signature(1, 0),
        "thread.index": _signature(0, 1),
        "thread.new-indirect": _signature(2, 1),
        "thread.resume-later": _signature(1, 0),
        "thread.suspend": _signature(0, 1),
        **{f"thread.{a}-then-{b}": _signature(1, 1) for a in ("suspend", "yield") for b in ("resume", "promote")},
        "thread.spawn-ref": _signature(2, 1),
        "thread.spawn-indirect": _signature(2, 1),
        "thread.available-parallelism": _signature(0, 1),
    }
)
"""Built-ins that need a running async task, or threads: they link and trap in words."""


def _unsupported(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(*args: Any) -> Any:
        raise unsupported(f"the built-in `{d.name}`")

    return _UNSUPPORTED[d.name], call


_MAKERS: Mapping[str, Callable[[BuiltinContext, s.CanonBuiltin], Made]] = MappingProxyType(
    {
        "resource.new": _resource_new,
        "resource.drop": _resource_drop,
        "resource.rep": _resource_rep,
        "context.get": _context_get,
        "context.set": _context_set,
        "backpressure.inc": _backpressure(1),
        "backpressure.dec": _backpressure(-1),
        "task.return": _task_return,
        "task.cancel": _task_cancel,
        "waitable-set.new": _waitable_set_new,
        "waitable-set.wait": _waitable_set_wait,
        "waitable-set.poll": _waitable_set_poll,
        "waitable-set.drop": _waitable_set_drop,
        "waitable.join": _waitable_join,
        "subtask.cancel": _subtask_cancel,
        "subtask.drop": _subtask_drop,
    }
)
