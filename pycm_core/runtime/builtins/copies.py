"""Built-ins of streams and futures (CanonicalABI.md, "canon {stream,future}.new" and what follows)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pycm_core.abi import streams
from pycm_core.abi.binding import elements
from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.layout import I32, I64
from pycm_core.abi.streams import CopyEnd, CopyResult, CopyState, GuestBuffer
from pycm_core.abi.waitables import Event, EventCode
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.runtime.builtins.context import BLOCKED, Blocking, BuiltinContext, Made, signature, u32, unsigned
from pycm_core.runtime.store import Steps
from pycm_core.runtime.tasks import wait_for_pending_event
from pycm_core.wasm.syntax.types import FuncType

_ENDS: Mapping[tuple[str, str], tuple[type[CopyEnd], EventCode]] = MappingProxyType(
    {
        ("stream", "read"): (streams.ReadableStreamEnd, EventCode.STREAM_READ),
        ("stream", "write"): (streams.WritableStreamEnd, EventCode.STREAM_WRITE),
        ("future", "read"): (streams.ReadableFutureEnd, EventCode.FUTURE_READ),
        ("future", "write"): (streams.WritableFutureEnd, EventCode.FUTURE_WRITE),
    }
)


def _element(c: BuiltinContext) -> Any:
    assert isinstance(c.type, t.Stream | t.Future)
    return c.type.element if isinstance(c.type, t.Stream) else c.type.type


def _new(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    stream = d.name.startswith("stream")
    element = _element(c)

    def call() -> int:
        c.instance.check_may_leave()
        handles = c.instance.handles
        if stream:
            shared: Any = streams.SharedStream(element)
            readable = handles.add(streams.ReadableStreamEnd(shared))
            return readable | handles.add(streams.WritableStreamEnd(shared)) << 32
        shared = streams.SharedFuture(element)
        readable = handles.add(streams.ReadableFutureEnd(shared))
        return readable | handles.add(streams.WritableFutureEnd(shared)) << 32

    return FuncType((), (I64,)), call


def _checked(entry: Any, index: int, kind: type[CopyEnd], element: Any, rule: str) -> CopyEnd:
    if not isinstance(entry, kind):
        side = "readable" if issubclass(kind, streams.ReadableEnd) else "writable"
        raise canonical_trap(f"index {index} is not the {side} end of a {kind.kind}", rule)
    if entry.shared.type != element:
        raise canonical_trap(f"index {index} is a {kind.kind} of another type", rule)
    return entry


def _copy(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    what, verb = d.name.split(".")
    kind, code = _ENDS[what, verb]
    rule = f"canon {what}.{{read,write}}"
    element, opts, store = _element(c), c.opts, c.store
    moves = elements(element, opts, store.trace is not None)
    future = what == "future"

    def begin(index: int, address: int, count: int) -> CopyEnd:
        c.instance.check_may_leave()
        end = _checked(c.instance.handles.get(index), index, kind, element, rule)
        if end.state is not CopyState.IDLE:
            raise canonical_trap(_not_idle(end, what, verb), rule)
        if not opts.async_:
            end.check_not_in_set(rule)
        cx = store.context(opts, c.instance, None)
        buffer = GuestBuffer(element, cx, moves, unsigned(address, opts.ptr), unsigned(count, opts.ptr))

        def event(result: CopyResult) -> Event:
            done = result is CopyResult.DROPPED or (future and result is CopyResult.COMPLETED)
            end.state = CopyState.DONE if done else CopyState.IDLE
            return code, index, int(result) if future else result | buffer.progress << 4

        def on_copy(reclaim_buffer: Callable[[], None]) -> None:
            def copied() -> Event:
                reclaim_buffer()
                return event(CopyResult.COMPLETED)

            end.pending_event = copied

        def on_copy_done(result: CopyResult) -> None:
            end.pending_event = lambda: event(result)

        end.state = CopyState.COPYING
        end.copy(c.instance, buffer, on_copy, on_copy_done)
        return end

    def call(index: int, address: int, count: int = 1) -> int:
        end = begin(u32(index), address, count)
        return end.get_pending_event()[2] if end.has_pending_event() else BLOCKED

    def steps(index: int, address: int, count: int = 1) -> Steps:
        thread = store.current_thread()
        end = begin(u32(index), address, count)
        if not end.has_pending_event():
            yield from wait_for_pending_event(thread, end)
        return end.get_pending_event()[2]

    pointer = c.pointer
    type = FuncType((I32, pointer), (I32,)) if future else FuncType((I32, pointer, pointer), (pointer,))
    return type, call if opts.async_ else Blocking(steps)


def _not_idle(end: CopyEnd, what: str, verb: str) -> str:
    preposition, other = ("from", "writable") if verb == "read" else ("to", "readable")
    if end.state is not CopyState.DONE:
        return f"cannot have concurrent operations active on a {what}"
    if what == "stream":
        return f"cannot {verb} {preposition} stream after being notified that the {other} end dropped"
    if verb == "read":
        return "cannot read from future after previous read succeeded"
    return "cannot write to future after previous write succeeded or readable end dropped"


def _cancel(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    what, _, verb = d.name.partition(".cancel-")
    kind, _ = _ENDS[what, verb]
    rule = "canon {stream,future}.cancel-{read,write}"
    element, store = _element(c), c.store

    def ended(end: CopyEnd) -> int:
        """What the copy came to. A stream's that was under way is cancelled, however much it has copied.

        The spec's text would call it completed when something was copied; the reference tests, `cancelled`.
        """
        payload = end.get_pending_event()[2]
        completed = what == "stream" and payload & 0xF == CopyResult.COMPLETED
        return payload | CopyResult.CANCELLED if completed else payload

    def begin(index: int) -> CopyEnd:
        c.instance.check_may_leave()
        end = _checked(c.instance.handles.get(index), index, kind, element, rule)
        if end.state is not CopyState.COPYING or end.has_sync_waiter:
            raise canonical_trap(f"cannot cancel {verb}: none is in progress on this {what}", rule)
        if not d.async_:
            end.check_not_in_set(rule)
        end.state = CopyState.CANCELLING_COPY
        if not end.has_pending_event():
            end.shared.cancel()
        return end

    def call(index: int) -> int:
        end = begin(u32(index))
        return ended(end) if end.has_pending_event() else BLOCKED

    def steps(index: int) -> Steps:
        thread = store.current_thread()
        end = begin(u32(index))
        if not end.has_pending_event():
            yield from wait_for_pending_event(thread, end)
        return ended(end)

    return signature(1, 1), call if d.async_ else Blocking(steps)


def _drop(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    what, _, side = d.name.partition(".drop-")
    kind, _ = _ENDS[what, "read" if side == "readable" else "write"]
    rule = "canon {stream,future}.drop-{readable,writable}"
    element = _element(c)

    def call(index: int) -> None:
        c.instance.check_may_leave()
        index = u32(index)
        _checked(c.instance.handles.remove(index), index, kind, element, rule).drop()

    return signature(1, 0), call


MAKERS: Mapping[str, Callable[[BuiltinContext, s.CanonBuiltin], Made]] = MappingProxyType(
    {
        **{f"{what}.new": _new for what in ("stream", "future")},
        **{f"{what}.{verb}": _copy for what, verb in _ENDS},
        **{f"{what}.cancel-{verb}": _cancel for what, verb in _ENDS},
        **{f"{what}.drop-{side}": _drop for what in ("stream", "future") for side in ("readable", "writable")},
    }
)
"""By name."""
