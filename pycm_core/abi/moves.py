"""Handles into and out of a guest's table, for both forms (CanonicalABI.md, "Loading", "Storing")."""

from __future__ import annotations

from typing import Any

from pycm_core.abi import convert, streams
from pycm_core.abi.context import LiftLowerContext
from pycm_core.abi.handles import ErrorContext, HandleEntry, ResourceHandle, canonical_trap
from pycm_core.abi.instance import RuntimeResource, Subtask, Task
from pycm_core.component import types as t


def lift_handle(cx: LiftLowerContext, index: int, type: Any) -> Any:
    """A handle leaves the guest's table (`own`) or is lent (`borrow`)."""
    match type:
        case t.Own(t.Resource(RuntimeResource() as id)):
            return lift_own(cx, index, id)
        case t.Borrow(t.Resource(RuntimeResource() as id)):
            return lift_borrow(cx, index, id)
        case t.Stream(element):
            return streams.lift_end(cx, index, streams.ReadableStreamEnd, element)
        case t.Future(element):
            return streams.lift_end(cx, index, streams.ReadableFutureEnd, element)
    raise AssertionError(type)


def handle_entry(cx: LiftLowerContext, entry: Any, index: int, id: Any) -> HandleEntry:
    """`entry`, which must be a handle to a resource of type `id`."""
    if not isinstance(entry, HandleEntry):
        raise canonical_trap(f"index {index} is not a resource handle", "Loading")
    if entry.resource is not id:
        raise canonical_trap(f"handle index {index} is a `{entry.resource.name}`, expected a `{id.name}`", "Loading")
    return entry


def lift_own(cx: LiftLowerContext, index: int, id: RuntimeResource) -> Any:
    """(CanonicalABI.md, "Loading": `lift_own`)"""
    entry = handle_entry(cx, cx.instance.handles.remove(index), index, id)
    if entry.lends:
        raise canonical_trap(f"cannot move handle {index}: it is lent to a call that has not ended", "Loading")
    if not entry.own:
        raise canonical_trap(f"cannot move handle {index}: it is borrowed", "Loading")
    return owned_value(entry.rep, id)


def owned_value(rep: Any, id: RuntimeResource) -> Any:
    """An owned resource outside of guests: the host's own object, or a `ResourceHandle`."""
    return rep if id.impl is None else ResourceHandle(id, rep, True, id.destroy)


def lift_borrow(cx: LiftLowerContext, index: int, id: RuntimeResource) -> Any:
    """(CanonicalABI.md, "Loading": `lift_borrow`)"""
    entry = handle_entry(cx, cx.instance.handles.get(index), index, id)
    scope = cx.scope
    assert isinstance(scope, Subtask)
    scope.add_lender(entry)
    if id.impl is None:
        return entry.rep
    handle = ResourceHandle(id, entry.rep, False)
    scope.borrowed.append(handle)
    return handle


def lift_error_context(cx: LiftLowerContext, index: int) -> ErrorContext:
    """(CanonicalABI.md, "Loading": `lift_error_context`)"""
    entry = cx.instance.handles.get(index)
    if not isinstance(entry, ErrorContext):
        raise canonical_trap(f"index {index} is not an error context", "Loading")
    return entry


def lower_handle(cx: LiftLowerContext, value: Any, type: Any) -> int:
    """A handle enters the guest's table."""
    match type:
        case t.Own(t.Resource(RuntimeResource() as id)):
            return lower_own(cx, value, id)
        case t.Borrow(t.Resource(RuntimeResource() as id)):
            return lower_borrow(cx, value, id)
        case t.Stream(element):
            return lower_end(cx, value, streams.SharedStream, streams.ReadableStreamEnd, element)
        case t.Future(element):
            return lower_end(cx, value, streams.SharedFuture, streams.ReadableFutureEnd, element)
    raise AssertionError(type)


def lower_end(
    cx: LiftLowerContext, value: Any, shared: type[streams.SharedEnds], end: type[streams.ReadableEnd], element: Any
) -> int:
    """A readable end enters the guest's table (CanonicalABI.md, "Storing": `lower_stream`, `lower_future`)."""
    if not isinstance(value, shared) or value.type != element:
        raise convert.mismatch(f"a {end.kind} of the type declared", value)
    return cx.instance.handles.add(end(value))


def lower_error_context(cx: LiftLowerContext, value: Any) -> int:
    """(CanonicalABI.md, "Storing": `lower_error_context`)"""
    if not isinstance(value, ErrorContext):
        raise convert.mismatch("an error context", value)
    return cx.instance.handles.add(value)


def rep_of(value: Any, id: RuntimeResource, own: bool) -> Any:
    """The representation behind a value passed as `own` (taken) or `borrow` (lent)."""
    if id.impl is None:
        return value
    if not isinstance(value, ResourceHandle):
        raise convert.mismatch(f"a handle to a `{id.name}`", value)
    if value.resource is not id:
        raise convert.mismatch(f"a handle to a `{id.name}`", value)
    if not own:
        return value.lent()
    if not value.owned:
        raise convert.mismatch(f"an owned handle to a `{id.name}`", value)
    return value.take()


def lower_own(cx: LiftLowerContext, value: Any, id: RuntimeResource) -> int:
    """(CanonicalABI.md, "Storing": `lower_own`)"""
    rep = rep_of(value, id, True)
    return cx.instance.handles.add(HandleEntry(id, rep, True))


def lower_borrow(cx: LiftLowerContext, value: Any, id: RuntimeResource) -> int:
    """(CanonicalABI.md, "Storing": `lower_borrow`)"""
    rep = rep_of(value, id, False)
    scope = cx.scope
    assert isinstance(scope, Task)
    if isinstance(value, ResourceHandle) and value.owned:
        scope.lend(value)
    if sees_rep(cx, id):
        return rep  # type: ignore[no-any-return]  # the implementation sees its own i32
    scope.borrows += 1
    return cx.instance.handles.add(HandleEntry(id, rep, False, scope))


def sees_rep(cx: LiftLowerContext, id: Any) -> bool:
    """Whether what is lent is passed as it is: to the instance that implements it.

    An `i64` does not fit where a handle goes; the spec is silent.
    """
    return cx.instance is id.impl and not id.rep64
