"""Trace events as the page lists them: in plain words, with bytes as hexadecimal (pycm_core.abi.trace has the kinds)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from app.handles import HandleNames
from app.messages import MemoryRun, TraceEvent
from pycm_core import wave
from pycm_core.abi.handles import ResourceHandle
from pycm_core.abi.shadow import Runs, joined
from pycm_core.abi.trace import Event, Tracer
from pycm_core.base.errors import PyCMError
from pycm_core.component import types as t
from pycm_core.wit.type_names import TypeNames

LIMIT = 20_000
"""Events kept of one call."""
BYTES = 4096
"""Bytes shown of one event, as long as all of a trace are at most `TOTAL`."""
FEW = 64
"""Bytes shown of one event from then on."""
TOTAL = 1 << 20
RUNS = 256
"""Runs shown of what guest code wrote at once; the last one covers the rest."""
ROW = 8
"""Bytes in a row of the page's view of a memory (`web/src/trace/memory.ts`)."""
ROWS = 1 << 16
"""Rows of one memory whose first bytes are shown."""
LARGEST, EFFORT = 1 << 26, 1 << 30
"""Bytes of a memory that is watched, and bytes compared for one call, as `Tracer` counts: about a second's work, and at most 128 MiB kept."""
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

    made = Tracer(show, names.text, LIMIT, effort=EFFORT, largest=LARGEST)
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


def events(collected: Sequence[Event]) -> list[TraceEvent]:
    """What a tracer collected, for the page."""
    budget, rows = _Budget(), _rows(collected)
    return [_event(event, budget, rows) for event in collected]


class _Budget:
    """How many bytes may still be shown."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = TOTAL

    def start(self, data: bytes) -> str:
        """The start of `data` as hexadecimal."""
        shown = bytes(data[: BYTES if self.left >= BYTES else FEW])
        self.left -= len(shown)
        return shown.hex()


def _rows(collected: Iterable[Event]) -> dict[int, set[int]]:
    """Which rows of each memory the page will show."""
    rows: dict[int, set[int]] = {}
    for event in collected:
        fields = event.fields
        if "memory" not in fields or event.kind == "memory":
            continue
        touched = rows.setdefault(fields["memory"], set())
        if len(touched) > ROWS:
            continue
        places = [(at, len(data)) for at, data in fields.get("runs", ())[:RUNS]]
        if "address" in fields:
            places.append((fields["address"], fields["size"] if "size" in fields else len(fields["bytes"])))
        for at, size in places:
            touched.update(range(at // ROW, (at + min(size, BYTES) + ROW - 1) // ROW))
    return rows


def _event(event: Event, budget: _Budget, rows: dict[int, set[int]]) -> TraceEvent:
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
    for name in ("func", "direction", "index", "path", "type", "memory", "address", "size"):
        if name in fields:
            out[name] = fields[name]
    if out.get("direction") not in ("export", "import"):
        out.pop("direction", None)
    if "value" in fields and (event.kind in _VALUED or fields["value"].isdecimal()):  # a host's objects have no number
        out["value"] = fields["value"]
    if event.kind in ("encode", "decode"):  # what it counts are code units
        del out["size"]
        out["value"] = f"{fields['from']} → {fields['to']}" if event.kind == "encode" else f"from {fields['from']}"
    if "bytes" in fields:
        out["bytes"] = budget.start(fields["bytes"])
        out["size"] = len(fields["bytes"])
    if event.kind == "memory":
        out["runs"] = [_run(at, data, budget) for at, data in _shown(fields["runs"], rows.get(fields["memory"], set()))]
    elif "runs" in fields:
        out["runs"] = list(_runs(fields["runs"], budget))
        out.setdefault("size", sum(len(data) for _, data in fields["runs"]))
    return out


def _run(address: int, data: bytes, budget: _Budget) -> MemoryRun:
    return {"address": address, "size": len(data), "bytes": budget.start(data)}


def _runs(runs: Sequence[tuple[int, bytes]], budget: _Budget) -> Iterator[MemoryRun]:
    shown = budget.left
    for number, (at, data) in enumerate(runs):
        if number == RUNS or shown - budget.left > BYTES:
            end, last = runs[-1]
            yield {"address": at, "size": end + len(last) - at, "bytes": ""}
            return
        yield _run(at, data, budget)


def _shown(runs: Sequence[tuple[int, bytes]], rows: set[int]) -> Runs:
    """What of the runs lies in the rows."""
    pieces: Runs = []
    starts = [at for at, _ in runs]
    for row in sorted(rows):
        low, high = row * ROW, (row + 1) * ROW
        number = max(bisect_right(starts, low) - 1, 0)
        while number < len(runs) and starts[number] < high:
            at, data = runs[number]
            if at + len(data) > low:
                start, end = max(at, low), min(at + len(data), high)
                pieces.append((start, data[start - at : end - at]))
            number += 1
    return joined(pieces)


def _core(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values))


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count:,} bytes"


def _call_begin(f: dict[str, Any]) -> str:
    return f"the guest calls the import `{f['func']}`" if f["direction"] == "import" else f"call `{f['func']}`"


def _realloc(f: dict[str, Any]) -> str:
    request = f"{_bytes(f['size'])}, aligned to {f['align']}"
    if f["old"]:
        return f"the guest moves {f['old']:#x} to make room for {request}: {f['address']:#x}"
    return f"the guest makes room for {request}: {f['address']:#x}"


def _written(f: dict[str, Any]) -> str:
    count, places = sum(len(data) for _, data in f["runs"]), len(f["runs"])
    return f"{_bytes(count)} {'' if places == 1 else f'in {places:,} places '}of memory {f['memory']}"


def _still(f: dict[str, Any]) -> str:
    return f"; it is still lent {f['lends']} times" if f["lends"] else ""


def _moved(f: dict[str, Any]) -> str:
    what = f"{_bytes(len(f['bytes']))} at {f['address']:#x}"
    return f"`{f['path']}`: {what}" if "path" in f else what


_VALUED = frozenset(
    ("lower", "lift", "trap", "encode-step", "subtask", "builtin-return", "memory-unwatched", "call-unwind"),
)
"""Kinds whose `value` is not what a handle stands for."""

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
    "handle-unlend": lambda f: f"handle {f['index']} ({f['type']}) is given back{_still(f)}",
    "scope-enter": lambda f: (
        "what the callee borrows, it must drop before it returns" if f["scope"] == "task" else "the guest lends"
    ),
    "scope-exit": lambda f: "every borrow was dropped" if f["scope"] == "task" else f"{f['count']} lent handles are given back",
    "resource-new": lambda f: f"the guest makes a {f['type']}: handle {f['index']} stands for {f['value']}",
    "resource-drop": lambda f: f"the guest drops handle {f['index']} ({f['type']})",
    "resource-rep": lambda f: f"the guest asks what handle {f['index']} ({f['type']}) stands for: {f['value']}",
    "resource-dtor": lambda f: f"the destructor of {f['type']} runs for {f['value']}",
    "memory": lambda f: f"memory {f['memory']} has {_bytes(f['size'])}",
    "memory-grow": lambda f: f"memory {f['memory']} has grown to {_bytes(f['size'])}; the guest wrote {_written(f)}",
    "memory-unwatched": lambda f: f"what the guest writes to memory {f['memory']} is not recorded any more: {f['value']}",
    "guest-write": lambda f: f"the guest wrote {_written(f)}",
    "encode": lambda f: f"a string of {f['size']} code units ({f['from']}) is stored as {f['to']}, by `{f['pass']}`",
    "encode-step": lambda f: f"{'it needs more room' if f['value'] == 'inflate' else 'it needs less room'}: {_bytes(f['size'])}",
    "decode": lambda f: f"{f['size']} code units of {f['from']}{', as the tag says,' if f['tagged'] else ''} are a string",
    "task-start": lambda f: f"`{f['func']}` takes its arguments",
    "task-return": lambda f: f"`{f['func']}` has its result",
    "task-cancel": lambda f: f"`{f['func']}` was cancelled",
    "subtask": lambda f: f"`{f['func']}` is {f['value']}" + (f": subtask {f['index']}" if f["index"] else ""),
    "builtin": lambda f: f"the guest calls the built-in `{f['func']}` with ({_core(f['args'])})",
    "builtin-return": lambda f: f"`{f['func']}` answers ({_core(f['args'])})" + (f": {f['value']}" if "value" in f else ""),
    "copy": lambda f: f"{f['count']} elements are {'read from' if f['direction'] == 'read' else 'written to'} the guest's buffer",
    "call-unwind": lambda f: f"`{f['func']}` is left by {f['value']}",
    "trap": lambda f: f"trap: {f['value']}",
}
