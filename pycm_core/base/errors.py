"""The documented error hierarchy: by phase, and by whose fault it is.

Errors are data. Nothing here renders; `pycm_core.base.render` turns one into caret text, and `to_data` into
what a machine reads. Whatever the input, the library raises nothing outside this hierarchy.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypedDict

from pycm_core.base.features import Feature
from pycm_core.base.source import Span


@dataclass(frozen=True, slots=True)
class Offset:
    """A place in bytes: `at` counts from the start of the outermost file, in bytes."""

    at: int


Where = Span | Offset


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that helps to understand the first ("first defined here")."""

    message: str
    where: Where


class WhereData(TypedDict, total=False):
    """`{offset}` for bytes; `{file, from, to, line, column}` for text (0-based indices, 1-based line and column)."""

    offset: int
    file: str
    start: int
    end: int
    line: int
    column: int


class ErrorData(TypedDict):
    """An error as JSON: `kind` is the class name, `trap` the trap kind where there is one."""

    kind: str
    message: str
    where: WhereData | None
    hint: str | None
    context: list[str]
    related: list[dict[str, object]]
    trap: str | None


class PyCMError(Exception):
    """The root. `message` is lower case and without a full stop; `hint` says what to do next, where we know it.

    `missing` is set where input is rejected only because this version does not have a feature that there is a name for.
    """

    def __init__(
        self,
        message: str,
        where: Where | None = None,
        *,
        hint: str | None = None,
        related: tuple[Related, ...] = (),
        missing: Feature | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.related = related
        self.missing = missing
        self.context: list[str] = []

    def add_context(self, kind: str, item: int | str) -> None:
        """Note, on the way out, inside what the fault lies: `e.add_context("type", 3)`."""
        self.context.append(f"{kind} {item}")

    def to_data(self) -> ErrorData:
        """This error for a machine (`--json`, the page)."""
        return {
            "kind": type(self).__name__,
            "message": self.message,
            "where": None if self.where is None else where_data(self.where),
            "hint": self.hint,
            "context": list(self.context),
            "related": [{"message": r.message, "where": where_data(r.where)} for r in self.related],
            "trap": None,
        }


def where_data(where: Where) -> WhereData:
    """A place for a machine."""
    if isinstance(where, Offset):
        return {"offset": where.at}
    line, column = where.source.line_column(where.start)
    return {
        "file": where.source.name,
        "start": where.start,
        "end": where.end,
        "line": line,
        "column": column,
    }


class WitError(PyCMError):
    """A WIT text that does not parse or resolve."""


class Malformed(PyCMError):
    """Bytes or text that are not in the format: no meaning can be given to them."""


class Invalid(PyCMError):
    """Well-formed, but against the rules of validation."""


class Unlinkable(PyCMError):
    """Imports that are missing or of the wrong type."""


class TrapKind(Enum):
    """What a guest did to trap; the value is the message the core specification's tests use."""

    UNREACHABLE = "unreachable"
    MEMORY_OUT_OF_BOUNDS = "out of bounds memory access"
    TABLE_OUT_OF_BOUNDS = "out of bounds table access"
    UNDEFINED_ELEMENT = "undefined element"
    UNINITIALIZED_ELEMENT = "uninitialized element"
    INDIRECT_CALL_MISMATCH = "indirect call type mismatch"
    INTEGER_OVERFLOW = "integer overflow"
    DIVIDE_BY_ZERO = "integer divide by zero"
    INVALID_CONVERSION = "invalid conversion to integer"
    NULL_REFERENCE = "null reference"
    CAST_FAILURE = "cast failure"
    UNCAUGHT_EXCEPTION = "uncaught exception"
    STACK_OVERFLOW = "call stack exhausted"
    CANONICAL_ABI = "canonical ABI"
    CANNOT_ENTER = "cannot enter component instance"
    CANNOT_LEAVE = "cannot leave component instance"
    UNANSWERED_IMPORT = "unanswered import"
    DEADLOCK = "deadlock"
    UNSUPPORTED = "not supported by this version"
    HOST = "host"
    OTHER = "trap"


class Trap(PyCMError):
    """The guest trapped. `kind` says which rule fired; `rule` names the heading of the spec, where there is one."""

    def __init__(
        self,
        message: str,
        where: Where | None = None,
        *,
        kind: TrapKind = TrapKind.OTHER,
        rule: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, where, hint=hint)
        self.kind = kind
        self.rule = rule

    def to_data(self) -> ErrorData:
        data = super().to_data()
        data["trap"] = self.kind.name.lower().replace("_", "-")
        return data


class Exhaustion(PyCMError):
    """A named limit was reached: fuel, memory, depth, size."""


class InternalError(PyCMError):
    """Ours: please report it with the input that caused it."""
