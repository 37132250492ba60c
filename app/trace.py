"""Trace events as the page lists them: in plain words, with bytes as hexadecimal (pycm_core.abi.trace has the kinds)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from app.handles import HandleNames
from app.messages import TraceEvent
from app.names import TypeNames
from pycm_core import wave
from pycm_core.abi.handles import ResourceHandle
from pycm_core.abi.trace import Event, Tracer
from pycm_core.base.errors import PyCMError
from pycm_core.component import types as t

LIMIT = 20_000
"""Events kept of one call."""
BYTES = 64
"""Bytes shown of one event."""
TEXT = 200
"""Characters shown of one value."""
ITEMS = 64
"""Elements of a list from which on only its start is shown."""


class Watcher:
    """Names handles for a trace. Implements `wave.Handles`.

    A guest's resource gets its number when it is first seen. The host's own objects get none: they are only looked at.
    """

    __slots__ = ("_handles",)

    def __init__(self, handles: HandleNames) -> None:
        self._handles = handles

    def resolve(self, text: str, type: Any) -> Any:
        """(`wave.Handles`) Nothing is read here."""
        raise KeyError(text)

    def name(self, value: Any, type: Any) -> str:
        """(`wave.Handles`)"""
        if isinstance(value, ResourceHandle) and value.owned and value.rep is not None:
            return self._handles.name(value, type)
        return self._handles.known(value) or self._handles.label(type)


def tracer(names: TypeNames, handles: HandleNames) -> Tracer:
    """A tracer that writes values as WAVE and types as WIT."""
    watcher = Watcher(handles)

    def show(value: Any, type: Any) -> str:
        return abridge(value, type, watcher) if made.seq < LIMIT else ""  # what nobody will see need not be written

    made = Tracer(show, names.text, LIMIT)
    return made


def abridge(value: Any, type: Any, handles: wave.Handles) -> str:
    """`value` as WAVE, or its start when it is long."""
    try:
        if isinstance(type, t.List) and len(value) > ITEMS:
            start = wave.print(value[: ITEMS // 4], t.List(type.element), handles)
            return f"{start[: TEXT - 1].removesuffix(']')}, … {len(value)} in all]"
        text = wave.print(value, type, handles)
    except PyCMError:
        return "…"
    return text if len(text) <= TEXT else f"{text[:TEXT]}…"


def events(collected: Iterable[Event]) -> list[TraceEvent]:
    """What a tracer collected, for the page."""
    return [_event(event) for event in collected]


def _event(event: Event) -> TraceEvent:
    fields = event.fields
    words = _WORDS.get(event.kind)
    out: TraceEvent = {
        "seq": event.seq,
        "kind": event.kind,
        "depth": event.depth,
        "text": event.kind if words is None else words(fields),
        "rule": event.rule,
        "instance": event.instance,
    }
    for name in ("func", "direction", "index", "path", "type"):
        if name in fields:
            out[name] = fields[name]
    if "value" in fields and ("index" not in fields or fields["value"].isdecimal()):  # a host's objects have no number
        out["value"] = fields["value"]
    if "address" in fields:
        out["address"] = fields["address"]
    if "bytes" in fields:
        raw = bytes(fields["bytes"][:BYTES])
        out["bytes"] = raw.hex()
        out["size"] = len(fields["bytes"])
    elif "size" in fields:
        out["size"] = fields["size"]
    return out


def _core(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values))


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"


def _call_begin(f: dict[str, Any]) -> str:
    return f"the guest calls the import `{f['func']}`" if f["direction"] == "import" else f"call `{f['func']}`"


def _realloc(f: dict[str, Any]) -> str:
    request = f"{_bytes(f['size'])}, aligned to {f['align']}"
    if f["old"]:
        return f"the guest moves {f['old']:#x} to make room for {request}: {f['address']:#x}"
    return f"the guest makes room for {request}: {f['address']:#x}"


def _moved(f: dict[str, Any]) -> str:
    what = f"{_bytes(len(f['bytes']))} at {f['address']:#x}"
    return f"`{f['path']}`: {what}" if "path" in f else what


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "call-begin": _call_begin,
    "call-end": lambda f: f"`{f['func']}` is done",
    "lower": lambda f: f"lower `{f['path']}`: {f['value']} of type {f['type']}",
    "lift": lambda f: f"lift `{f['path']}`: {f['value']} of type {f['type']}",
    "store": lambda f: f"store {_moved(f)}",
    "load": lambda f: f"load {_moved(f)}",
    "realloc": _realloc,
    "core-call": lambda f: f"run the core function of `{f['func']}` with ({_core(f['args'])})",
    "core-return": lambda f: f"the core function of `{f['func']}` returns ({_core(f['args'])})",
    "post-return": lambda f: f"the guest may free what `{f['func']}` returned: post-return({_core(f['args'])})",
    "handle-add": lambda f: f"handle {f['index']} ({f['type']}) enters the guest's table",
    "handle-remove": lambda f: f"handle {f['index']} ({f['type']}) leaves the guest's table",
    "handle-lend": lambda f: f"handle {f['index']} ({f['type']}) is lent for the time of the call",
    "resource-new": lambda f: f"the guest makes a {f['type']}: handle {f['index']} stands for {f['value']}",
    "resource-drop": lambda f: f"the guest drops handle {f['index']} ({f['type']})",
    "resource-rep": lambda f: f"the guest asks what handle {f['index']} ({f['type']}) stands for: {f['value']}",
    "trap": lambda f: f"trap: {f['value']}",
}
