"""The canonical built-ins, in one table that decoder, encoder, validator, text and runtime read.

(Binary.md, "Canonical Definitions"; Explainer.md, "Canonical Built-ins")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from pycm_core.base.features import Feature


class Immediate(Enum):
    """What a built-in is parameterized with; the value is the grammar's word (Binary.md, "Canonical Definitions")."""

    TYPE = "typeidx"
    CORE_TYPE = "core:typeidx"
    RESULT = "resultlist"
    OPTS = "opts"
    ASYNC = "async?"
    CANCELLABLE = "cancel?"
    SHARED = "sh?"
    MEMORY = "core:memoryidx"
    TABLE = "core:tableidx"
    CORE_VALTYPE = "core:valtype"
    SLOT = "u32"


FIELD: Mapping[Immediate, str] = MappingProxyType(
    {
        Immediate.TYPE: "type",
        Immediate.CORE_TYPE: "type",
        Immediate.RESULT: "result",
        Immediate.OPTS: "opts",
        Immediate.ASYNC: "async_",
        Immediate.CANCELLABLE: "cancellable",
        Immediate.SHARED: "shared",
        Immediate.MEMORY: "memory",
        Immediate.TABLE: "table",
        Immediate.CORE_VALTYPE: "core_type",
        Immediate.SLOT: "slot",
    }
)
"""The field of `syntax.CanonBuiltin` that holds an immediate."""


@dataclass(frozen=True, slots=True)
class Builtin:
    """One canonical built-in. `immediates` are in the order of the binary and of the text format; `gate` is `None` for what WASI 0.2 has."""

    name: str
    opcode: int
    gate: Feature | None
    immediates: tuple[Immediate, ...] = ()


_I = Immediate
_ASYNC = Feature.ASYNC
_ERROR = Feature.ERROR_CONTEXT
_THREAD = Feature.THREADING
_SHARED = Feature.SHARED_THREADS

BUILTINS: tuple[Builtin, ...] = (
    Builtin("resource.new", 0x02, None, (_I.TYPE,)),
    Builtin("resource.drop", 0x03, None, (_I.TYPE,)),
    Builtin("resource.rep", 0x04, None, (_I.TYPE,)),
    Builtin("task.cancel", 0x05, _ASYNC),
    Builtin("subtask.cancel", 0x06, _ASYNC, (_I.ASYNC,)),
    Builtin("task.return", 0x09, _ASYNC, (_I.RESULT, _I.OPTS)),
    Builtin("context.get", 0x0A, _ASYNC, (_I.CORE_VALTYPE, _I.SLOT)),
    Builtin("context.set", 0x0B, _ASYNC, (_I.CORE_VALTYPE, _I.SLOT)),
    Builtin("thread.yield", 0x0C, _ASYNC, (_I.CANCELLABLE,)),
    Builtin("subtask.drop", 0x0D, _ASYNC),
    Builtin("stream.new", 0x0E, _ASYNC, (_I.TYPE,)),
    Builtin("stream.read", 0x0F, _ASYNC, (_I.TYPE, _I.OPTS)),
    Builtin("stream.write", 0x10, _ASYNC, (_I.TYPE, _I.OPTS)),
    Builtin("stream.cancel-read", 0x11, _ASYNC, (_I.TYPE, _I.ASYNC)),
    Builtin("stream.cancel-write", 0x12, _ASYNC, (_I.TYPE, _I.ASYNC)),
    Builtin("stream.drop-readable", 0x13, _ASYNC, (_I.TYPE,)),
    Builtin("stream.drop-writable", 0x14, _ASYNC, (_I.TYPE,)),
    Builtin("future.new", 0x15, _ASYNC, (_I.TYPE,)),
    Builtin("future.read", 0x16, _ASYNC, (_I.TYPE, _I.OPTS)),
    Builtin("future.write", 0x17, _ASYNC, (_I.TYPE, _I.OPTS)),
    Builtin("future.cancel-read", 0x18, _ASYNC, (_I.TYPE, _I.ASYNC)),
    Builtin("future.cancel-write", 0x19, _ASYNC, (_I.TYPE, _I.ASYNC)),
    Builtin("future.drop-readable", 0x1A, _ASYNC, (_I.TYPE,)),
    Builtin("future.drop-writable", 0x1B, _ASYNC, (_I.TYPE,)),
    Builtin("error-context.new", 0x1C, _ERROR, (_I.OPTS,)),
    Builtin("error-context.debug-message", 0x1D, _ERROR, (_I.OPTS,)),
    Builtin("error-context.drop", 0x1E, _ERROR),
    Builtin("waitable-set.new", 0x1F, _ASYNC),
    Builtin("waitable-set.wait", 0x20, _ASYNC, (_I.CANCELLABLE, _I.MEMORY)),
    Builtin("waitable-set.poll", 0x21, _ASYNC, (_I.CANCELLABLE, _I.MEMORY)),
    Builtin("waitable-set.drop", 0x22, _ASYNC),
    Builtin("waitable.join", 0x23, _ASYNC),
    Builtin("backpressure.inc", 0x24, _ASYNC),
    Builtin("backpressure.dec", 0x25, _ASYNC),
    Builtin("thread.index", 0x26, _THREAD),
    Builtin("thread.new-indirect", 0x27, _THREAD, (_I.CORE_TYPE, _I.TABLE)),
    Builtin("thread.resume-later", 0x28, _THREAD),
    Builtin("thread.suspend", 0x29, _THREAD, (_I.CANCELLABLE,)),
    Builtin("thread.suspend-then-resume", 0x2A, _THREAD, (_I.CANCELLABLE,)),
    Builtin("thread.yield-then-resume", 0x2B, _THREAD, (_I.CANCELLABLE,)),
    Builtin("thread.suspend-then-promote", 0x2C, _THREAD, (_I.CANCELLABLE,)),
    Builtin("thread.yield-then-promote", 0x2D, _THREAD, (_I.CANCELLABLE,)),
    Builtin("thread.spawn-ref", 0x40, _SHARED, (_I.SHARED, _I.CORE_TYPE)),
    Builtin("thread.spawn-indirect", 0x41, _SHARED, (_I.SHARED, _I.CORE_TYPE, _I.TABLE)),
    Builtin("thread.available-parallelism", 0x42, _SHARED, (_I.SHARED,)),
)
"""All of them, by opcode."""

CATALOGUE: Mapping[str, Builtin] = MappingProxyType({b.name: b for b in BUILTINS})
"""By name."""

BY_OPCODE: Mapping[int, Builtin] = MappingProxyType({b.opcode: b for b in BUILTINS})
"""By opcode."""
