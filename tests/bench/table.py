"""What a benchmark reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`ours` against `theirs` (what that is, `against` says), both in seconds; `limit` is the largest ratio we accept."""

    name: str
    against: str
    ours: float
    theirs: float
    limit: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def over(self) -> bool:
        return self.limit is not None and self.ratio > self.limit


def render(rows: Sequence[Row]) -> str:
    """The rows as aligned text."""
    head = ("benchmark", "against", "ours", "theirs", "ratio", "limit", "")
    cells = [
        (
            row.name,
            row.against,
            seconds(row.ours),
            seconds(row.theirs),
            f"{row.ratio:.3f}",
            "" if row.limit is None else f"{row.limit:.3f}",
            "OVER" if row.over else "",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in (head, *cells)) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in (head, *cells)
    )


def seconds(value: float) -> str:
    """A duration with three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size or unit == "µs":
            return f"{value / size:.3g} {unit}"
    raise AssertionError
