"""What Python raises while a guest runs, as traps with places.

Hot code pays nothing for this: a line of generated code belongs to one instruction, and only when something was raised does the
traceback say which line.
"""

from __future__ import annotations

import struct
from types import TracebackType
from typing import Any

from pycm_core.base.errors import Exhaustion, InternalError, Offset, PyCMError, Trap, TrapKind
from pycm_core.wasm.exec.items import GuestException
from pycm_core.wasm.exec.space import Form
from pycm_core.wasm.exec.translate import FILE

MAX_FRAMES = 8
"""How many guest functions a trap names."""

INSTANCE = "__instance__"
"""The key in a function's namespace under which its instance is."""

_TABLE_OPS = ("table.", "call_indirect", "return_call_indirect")


class _Place:
    """A guest function in a traceback, and the instruction it was at."""

    __slots__ = ("index", "instance", "instr")

    def __init__(self, instance: Any, index: int, instr: int) -> None:
        self.instance = instance
        self.index = index
        self.instr = instr


def _places(traceback: TracebackType | None) -> tuple[list[_Place], bool]:
    """The guest functions of a traceback, outermost first, and whether the last one is where it was raised."""
    places: list[_Place] = []
    guest = False
    handed_on = ""
    """The function whose first lines are running: it may have called itself in the other form."""
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code.co_filename == FILE and INSTANCE in frame.f_globals:
            instance = frame.f_globals[INSTANCE]
            name = frame.f_code.co_name
            guest = True
            if name[1:].isdigit():
                lines = instance.module.translated(int(name[1:]), Form(name[0])).lines
                line = traceback.tb_lineno
                if name[0] == Form.WIDE.value and handed_on == name[1:]:
                    places.pop()  # it is the same call
                handed_on = name[1:] if name[0] == Form.PLAIN.value and not lines[line] else ""
                places.append(_Place(instance, int(name[1:]), lines[line] if line < len(lines) else 0))
        elif not str(frame.f_globals.get("__name__")).startswith("pycm_core.wasm.exec."):
            guest = False
        traceback = traceback.tb_next
    return places, guest


def explain(error: BaseException) -> BaseException:
    """The error to raise for one that came out of generated code: a trap or exhaustion, or the same when it is the host's."""
    if isinstance(error, RecursionError):
        return Exhaustion("call stack exhausted")
    places, guest = _places(error.__traceback__)
    if isinstance(error, GuestException):
        fault: PyCMError = Trap(TrapKind.UNCAUGHT_EXCEPTION.value, kind=TrapKind.UNCAUGHT_EXCEPTION)
    elif not guest:
        return error
    elif isinstance(error, PyCMError):
        if error.where is not None:
            return error
        fault = error
    elif isinstance(error, Exception):
        fault = _fault(error, places[-1] if places else None)
    else:
        return error
    if places:
        last = places[-1]
        fault.where = Offset(last.instance.module.offset(last.index, last.instr))
        for place in places[: -1 - MAX_FRAMES : -1]:
            fault.add_context("core function", place.instance.module.name(place.index))
    return fault


def _fault(error: Exception, place: _Place | None) -> PyCMError:
    kind = None
    op = "" if place is None else place.instance.module.op(place.index, place.instr)
    if isinstance(error, ZeroDivisionError):
        kind = TrapKind.DIVIDE_BY_ZERO
    elif isinstance(error, MemoryError):
        return Exhaustion("out of memory")
    elif isinstance(error, AttributeError) and "call_indirect" in op:
        kind = TrapKind.UNINITIALIZED_ELEMENT
    elif isinstance(error, AttributeError) and op.startswith(("struct.", "array.")):
        what = "structure" if op.startswith("struct.") else "array"
        return Trap(f"null {what} reference", kind=TrapKind.NULL_REFERENCE)
    elif isinstance(error, struct.error | IndexError | OverflowError):
        if op.startswith("array."):
            return Trap("out of bounds array access", kind=TrapKind.OTHER)
        if "call_indirect" in op:
            kind = TrapKind.UNDEFINED_ELEMENT
        else:
            kind = TrapKind.TABLE_OUT_OF_BOUNDS if op.startswith(_TABLE_OPS) else TrapKind.MEMORY_OUT_OF_BOUNDS
    if kind is None:
        return InternalError(f"compiled code raised {type(error).__name__}: {error}")
    return Trap(kind.value, kind=kind)
