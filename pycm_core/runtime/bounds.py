"""What a guest may use up: instructions, memory, time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """`None` is no bound. Reaching one is `Exhaustion`, but for memory, which then does not grow (the guest is told, as the specification has it)."""

    fuel: int | None = None
    """How many instructions, counted as the engine counts them."""
    memory: int | None = None
    """How many bytes each linear memory may have; what is no whole page is left out."""
    time: float | None = None
    """How many seconds, by the clock on the wall. An engine only lets itself be interrupted; who runs it has the clock."""


UNBOUNDED = Bounds()

INTERRUPTED = "the time limit was reached"
"""What `Exhaustion` says of a guest that an engine interrupted."""
