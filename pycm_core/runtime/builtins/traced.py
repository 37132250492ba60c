"""Canonical built-ins, reported (`pycm_core.abi.trace`): for stores with a tracer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycm_core.abi.handles import HandleEntry
from pycm_core.abi.streams import CopyResult
from pycm_core.abi.traced import show_rep
from pycm_core.abi.waitables import EventCode, SubtaskState
from pycm_core.component import syntax as s
from pycm_core.runtime.builtins.context import BLOCKED, Blocking, BuiltinContext
from pycm_core.runtime.engine import results_of
from pycm_core.runtime.store import Steps

_HEADINGS = {
    "backpressure.inc": "backpressure.{inc,dec}",
    "backpressure.dec": "backpressure.{inc,dec}",
    **{f"{what}.new": "{stream,future}.new" for what in ("stream", "future")},
    **{f"{what}.{verb}": f"{what}.{{read,write}}" for what in ("stream", "future") for verb in ("read", "write")},
    **{
        f"{what}.cancel-{verb}": "{stream,future}.cancel-{read,write}"
        for what in ("stream", "future")
        for verb in ("read", "write")
    },
    **{
        f"{what}.drop-{side}": "{stream,future}.drop-{readable,writable}"
        for what in ("stream", "future")
        for side in ("readable", "writable")
    },
}
"""Headings of CanonicalABI.md that are shared by several built-ins."""


def rule_of(name: str) -> str:
    """The heading that rules a built-in."""
    heading = f"canon {_HEADINGS.get(name, name)}"
    return f'CanonicalABI.md, "{heading}"'


def reported(c: BuiltinContext, d: s.CanonBuiltin, call: Callable[..., Any] | Blocking) -> Callable[..., Any] | Blocking:
    """`call`, with the events of its begin and end."""
    before, after = (_resource if d.name.startswith("resource.") else _any)(c, d)
    if isinstance(call, Blocking):
        steps_of = call.steps

        def steps(*args: Any) -> Steps:
            before(args)
            result = yield from steps_of(*args)
            after(args, result)
            return result

        return Blocking(steps)

    def at_once(*args: Any) -> Any:
        before(args)
        result = call(*args)
        after(args, result)
        return result

    return at_once


Reports = tuple[Callable[[tuple[Any, ...]], None], Callable[[tuple[Any, ...], Any], None]]


def _any(c: BuiltinContext, d: s.CanonBuiltin) -> Reports:
    trace, rule, name, at = c.store.trace, rule_of(d.name), d.name, c.instance.id
    assert trace is not None

    def before(args: tuple[Any, ...]) -> None:
        trace.emit("builtin", rule, at, func=name, args=list(args))

    def after(args: tuple[Any, ...], result: Any) -> None:
        words = None if result is None else in_words(name, result)
        fields = {} if words is None else {"value": words}
        trace.emit("builtin-return", rule, at, func=name, args=[int(v) for v in results_of(result)], **fields)

    return before, after


def _resource(c: BuiltinContext, d: s.CanonBuiltin) -> Reports:
    trace, rule, kind, at = c.store.trace, rule_of(d.name), d.name.replace(".", "-"), c.instance.id
    assert trace is not None

    def report(index: int, rep: Any) -> None:
        trace.emit(kind, rule, at, table=at, index=index, type=c.type.id.name, value=show_rep(rep))

    def before(args: tuple[Any, ...]) -> None:
        if kind == "resource-drop":
            index, entries = args[0] & 0xFFFF_FFFF, c.instance.handles.array
            entry = entries[index] if index < len(entries) else None
            if isinstance(entry, HandleEntry):
                report(index, entry.rep)

    def after(args: tuple[Any, ...], result: Any) -> None:
        if kind == "resource-new":
            report(result, c.instance.handles.get(result).rep)
        elif kind == "resource-rep":
            report(args[0] & 0xFFFF_FFFF, result)

    return before, after


def in_words(name: str, result: int) -> str | None:
    """What a packed result says; `None` where it is a plain number."""
    what, _, verb = name.partition(".")
    if what in ("stream", "future"):
        if verb == "new":
            return f"readable {result & 0xFFFF_FFFF}, writable {result >> 32}"
        if result == BLOCKED:
            return "blocked"
        word = CopyResult(result & 0xF).name.lower()
        return f"{word}, {result >> 4} copied" if what == "stream" else word
    if name == "subtask.cancel":
        return "blocked" if result == BLOCKED else SubtaskState(result).name.lower().replace("_", " ")
    if name in ("waitable-set.wait", "waitable-set.poll"):
        return EventCode(result).name.lower().replace("_", " ")
    return None
