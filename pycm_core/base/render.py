"""Errors as text for a terminal: the message, the place with a caret, what to do next."""

from __future__ import annotations

from pycm_core.base.errors import Offset, PyCMError, Where
from pycm_core.base.source import Span

MAX_LINE = 160
"""How much of a source line is shown."""


def render(error: PyCMError, name: str | None = None, *, severity: str = "error") -> str:
    """`error` in several lines. `name` is what the bytes are called, for errors that know an offset only."""
    lines = [f"{severity}: {error.message}"]
    lines += [f"  in {item}" for item in reversed(error.context)]
    if error.where is not None:
        lines += _place(error.where, name)
    for related in error.related:
        lines.append(f"note: {related.message}")
        lines += _place(related.where, name)
    if error.hint is not None:
        lines.append(f"hint: {error.hint}")
    return "\n".join(map(visible, "\n".join(lines).split("\n")))


def visible(line: str) -> str:
    """`line` without signs that a terminal obeys or that turn letters around: names and texts may come from anybody."""
    return line if line.isprintable() else "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)


def _place(where: Where, name: str | None) -> list[str]:
    if isinstance(where, Offset):
        return [f"  --> {name or 'input'}, offset {where.at:#x}"]
    return _span(where)


def _span(span: Span) -> list[str]:
    line, column = span.source.line_column(span.start)
    text = span.source.line(line)
    first = max(0, column - MAX_LINE // 2) if len(text) > MAX_LINE else 0
    shown = text[first : first + MAX_LINE].replace("\t", " ")
    width = max(1, min(span.end - span.start, len(text) - column + 1, MAX_LINE))
    number = str(line)
    gutter = " " * len(number)
    return [
        f"  --> {span.source.name}:{line}:{column}",
        f" {gutter} |",
        f" {number} | {shown}",
        f" {gutter} | {' ' * (column - 1 - first)}{'^' * width}",
    ]
