"""The context of the literal form where it is traced: what it asks of the guest, and strings, with their events (`pycm_core.abi.trace`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pycm_core.abi import strings
from pycm_core.abi.context import CanonicalOptions, LiftLowerContext
from pycm_core.abi.handles import HandleEntry
from pycm_core.abi.instance import ComponentInstance, Subtask, Task
from pycm_core.component import types as t
from pycm_core.component.syntax import StringEncoding
from pycm_core.component.types import Prim

if TYPE_CHECKING:
    from pycm_core.abi.trace import Tracer

LOADING, STORING = 'CanonicalABI.md, "Loading"', 'CanonicalABI.md, "Storing"'
CONTEXT_RULE = 'CanonicalABI.md, "Lifting and Lowering Context"'

_ENCODINGS = {"utf-8": "utf8", "utf-16-le": "utf16", "latin-1": "latin1"}
_OPTIONS = {StringEncoding.UTF8: "utf8", StringEncoding.UTF16: "utf16", StringEncoding.LATIN1_UTF16: "latin1+utf16"}


class TracedContext(LiftLowerContext):
    """A `LiftLowerContext` that reports to `trace`."""

    __slots__ = ("trace",)

    trace: Tracer  # type: ignore[misc]  # of each object, where the class above has none

    def __init__(
        self, trace: Tracer, opts: CanonicalOptions, instance: ComponentInstance, scope: Task | Subtask | None = None
    ) -> None:
        super().__init__(opts, instance, scope)
        self.trace = trace

    def number(self) -> int:
        """The number of the memory."""
        return self.trace.memory(self.memory, self.instance.id)

    def reallocate(self, old: int, old_size: int, alignment: int, new_size: int) -> int:
        trace, instance, number = self.trace, self.instance, self.number()
        if old_size:  # only strings are ever given other room than at first
            step = "inflate" if new_size > old_size else "shrink"
            trace.emit("encode-step", STORING, instance.id, value=step, size=new_size)
        fields = {"size": new_size, "align": alignment, "old": old, "old-size": old_size}
        mask = 0xFFFF_FFFF if self.ptr == 4 else 0xFFFF_FFFF_FFFF_FFFF
        instance.may_leave = False
        result: int = self.opts.realloc(old, old_size, alignment, new_size)  # type: ignore[misc]  # validation demands one
        trace.stale = True
        instance.may_leave = True
        address = result & mask
        trace.emit("realloc", CONTEXT_RULE, instance.id, memory=number, address=address, **fields)
        self.check_allocation(address, alignment, new_size)
        return address

    def read(self, address: int, count: int, **fields: Any) -> bytes:
        """Bytes of the memory, reported."""
        raw = self.memory.read(address, count)
        self.trace.emit("load", LOADING, self.instance.id, memory=self.number(), address=address, bytes=raw, **fields)
        return raw

    def write(self, address: int, raw: bytes, **fields: Any) -> None:
        """Write bytes, reported."""
        number = self.number()
        self.memory.write(address, raw)
        self.trace.stored(number, address, raw)
        self.trace.emit("store", STORING, self.instance.id, memory=number, address=address, bytes=raw, **fields)

    def write_string(self, address: int, raw: bytes, codec: str) -> None:
        self.write(address, raw, type=f"string content, {codec}")


def load_string(cx: LiftLowerContext, address: int, tagged_code_units: int) -> str:
    """`strings.load_string_from_range`, reported where `cx` is traced."""
    if not isinstance(cx, TracedContext):
        return strings.load_string_from_range(cx, address, tagged_code_units)
    size, codec = strings.string_range(cx, address, tagged_code_units)
    text = strings.decode_string(cx, address, cx.read(address, size, type=f"string content, {codec}"), codec)
    units = size // 2 if codec == "utf-16-le" else size
    fields = {"from": _ENCODINGS[codec], "size": units, "tagged": tagged_code_units != units}
    cx.trace.emit("decode", LOADING, cx.instance.id, **fields)
    return text


def store_string(cx: LiftLowerContext, text: str) -> tuple[int, int]:
    """`strings.store_string_into_range`, reported where `cx` is traced."""
    if not isinstance(cx, TracedContext):
        return strings.store_string_into_range(cx, text)
    function, *args = strings.string_pass(cx, text)
    source = text.encoding if isinstance(text, strings.LiftedString) else "utf8"
    units = len(strings.encode(text, {"utf8": "utf-8", "utf16": "utf-16-le", "latin1": "latin-1"}[source]))
    fields = {
        "pass": function.__name__,
        "from": source,
        "to": _OPTIONS[cx.opts.encoding],
        "size": units // 2 if source == "utf16" else units,
    }
    cx.trace.emit("encode", STORING, cx.instance.id, **fields)
    result: tuple[int, int] = function(cx, *args)
    return result


def handle_event(cx: TracedContext, kind: str, rule: str, index: int, type: Any, entry: Any, **fields: Any) -> None:
    """Tell the tracer of an entry of the handle table."""
    match type:
        case t.Own():
            name = f"own<{type.resource.id.name}>"
        case t.Borrow():
            name = f"borrow<{type.resource.id.name}>"
        case _:
            name = "error-context" if type is Prim.ERROR_CONTEXT else type.__class__.__name__.lower()
    if isinstance(entry, HandleEntry):
        fields["value"] = show_rep(entry.rep)
    cx.trace.emit(kind, rule, cx.instance.id, table=cx.instance.id, index=index, type=name, **fields)


def show_rep(rep: Any) -> str:
    """A representation for an event: guests' are numbers."""
    return str(rep) if isinstance(rep, int) else type(rep).__name__


def index_of(instance: ComponentInstance, entry: HandleEntry) -> int:
    """Where in the table `entry` is; 0 when it is there no more."""
    return next((index for index, each in enumerate(instance.handles.array) if each is entry), 0)
