"""Built-ins of waitable sets (CanonicalABI.md, "canon waitable-set.new" and what follows)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.layout import I32
from pycm_core.abi.literal import store_bytes
from pycm_core.abi.waitables import Event, EventCode, Waitable, WaitableSet
from pycm_core.component import syntax as s
from pycm_core.component.types import Prim, Tuple
from pycm_core.runtime.builtins.context import Blocking, BuiltinContext, Made, signature, u32, unsigned
from pycm_core.runtime.store import Steps
from pycm_core.runtime.tasks import ConcurrentTask, wait_for_event
from pycm_core.wasm.syntax.types import FuncType


def _new(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call() -> int:
        c.instance.check_may_leave()
        return c.instance.handles.add(WaitableSet())

    return signature(0, 1), call


def _wset(entry: Any, index: int, rule: str) -> WaitableSet:
    if not isinstance(entry, WaitableSet):
        raise canonical_trap(f"index {index} is not a waitable set", rule)
    return entry


_PAYLOAD: Tuple[Any] = Tuple((Prim.U32, Prim.U32))


def _store_event(c: BuiltinContext, address: int, event: Event, rule: str) -> int:
    """(CanonicalABI.md, "canon waitable-set.wait": `unpack_event`)"""
    code, first, second = event
    address = unsigned(address, c.opts.ptr)
    if address & 3:
        raise canonical_trap(f"pointer {address:#x} is not aligned to 4", rule)
    raw = first.to_bytes(4, "little") + second.to_bytes(4, "little")
    store_bytes(c.store.context(c.opts, c.instance, None), raw, address, _PAYLOAD, "event")
    return int(code)


def _wait(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    rule = "canon waitable-set.wait"

    def steps(index: int, address: int) -> Steps:
        c.instance.check_may_leave()
        wset = _wset(c.instance.handles.get(u32(index)), index, rule)
        event = yield from wait_for_event(c.store.current_thread(), wset, d.cancellable)
        return _store_event(c, address, event, rule)

    return FuncType((I32, c.pointer), (I32,)), Blocking(steps)


def _poll(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    rule = "canon waitable-set.poll"

    def call(index: int, address: int) -> int:
        c.instance.check_may_leave()
        wset = _wset(c.instance.handles.get(u32(index)), index, rule)
        task = c.store.current_thread().task
        if isinstance(task, ConcurrentTask) and task.deliver_pending_cancel(d.cancellable):
            event: Event = (EventCode.TASK_CANCELLED, 0, 0)
        else:
            event = wset.get_pending_event() if wset.has_pending_event() else (EventCode.NONE, 0, 0)
        return _store_event(c, address, event, rule)

    return FuncType((I32, c.pointer), (I32,)), call


def _drop(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int) -> None:
        c.instance.check_may_leave()
        _wset(c.instance.handles.remove(u32(index)), index, "canon waitable-set.drop").drop()

    return signature(1, 0), call


def _join(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    rule = "canon waitable.join"

    def call(waitable: int, wset: int) -> None:
        c.instance.check_may_leave()
        handles = c.instance.handles
        member = handles.get(u32(waitable))
        if not isinstance(member, Waitable):
            raise canonical_trap(f"index {waitable} is not a waitable", rule)
        if member.has_sync_waiter:
            raise canonical_trap("waitable cannot be added to a waitable set while used synchronously", rule)
        member.join(None if wset == 0 else _wset(handles.get(u32(wset)), wset, rule))

    return signature(2, 0), call


MAKERS: Mapping[str, Callable[[BuiltinContext, s.CanonBuiltin], Made]] = MappingProxyType(
    {
        "waitable-set.new": _new,
        "waitable-set.wait": _wait,
        "waitable-set.poll": _poll,
        "waitable-set.drop": _drop,
        "waitable.join": _join,
    }
)
"""By name."""
