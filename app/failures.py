"""Errors as the page gets them: data, in words, without class names of ours or tracebacks."""

from __future__ import annotations

from app.messages import Diagnostic, Failure, Place, TrapInfo
from pycm_core.base.errors import Exhaustion, PyCMError, Trap, where_data
from pycm_core.base.source import Span
from wasi_browser import Interrupted


class BadRequest(Exception):
    """The request makes no sense: an unknown method, a missing parameter, an id that is not open."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Failed(Exception):
    """A request failed; `failure` is what the page gets."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure["message"])
        self.failure = failure


def failure(error: BaseException) -> Failure:
    """What `error` is to the page. Whatever is not ours becomes an `InternalError`."""
    if isinstance(error, PyCMError):
        return {"kind": type(error).__name__, "message": _message(error), "where": place(error), "hint": error.hint}
    if isinstance(error, BadRequest):
        return {"kind": "BadRequest", "message": error.message, "where": None, "hint": error.hint}
    if isinstance(error, Interrupted):
        return {"kind": "Stopped", "message": "stopped", "where": None, "hint": None}
    if isinstance(error, MemoryError):
        return {
            "kind": "Exhaustion",
            "message": "the memory of this page is used up",
            "where": None,
            "hint": "close what is open",
        }
    if isinstance(error, RecursionError):
        return {"kind": "Exhaustion", "message": "the input nests too deep", "where": None, "hint": None}
    return {
        "kind": "InternalError",
        "message": f"something went wrong in here: {error}" if str(error) else "something went wrong in here",
        "where": None,
        "hint": "please report it, with the file and what you did",
    }


def trap_info(error: Trap | Exhaustion) -> TrapInfo:
    """A trap, or a limit that was reached, as the outcome of a call."""
    return {
        "kind": error.kind.name.lower().replace("_", "-") if isinstance(error, Trap) else "exhaustion",
        "message": _message(error),
        "rule": error.rule if isinstance(error, Trap) else None,
        "where": place(error),
        "hint": error.hint,
    }


def place(error: PyCMError) -> Place | None:
    """Where the fault lies."""
    return None if error.where is None else where_data(error.where)


def diagnostic(error: PyCMError) -> Diagnostic:
    """An error in a text, for the editor; one without a span covers the start."""
    span = error.where
    start, end = (span.start, span.end) if isinstance(span, Span) else (0, 0)
    return {"start": start, "end": end, "severity": "error", "message": error.message, "hint": error.hint}


def _message(error: PyCMError) -> str:
    """The message, behind the path to the fault where one was noted (the innermost comes first in `context`)."""
    return f"{error.message} ({', '.join(reversed(error.context))})" if error.context else error.message
