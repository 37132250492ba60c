"""What the virtual machine may ask of the world: the one seam, with an implementation per place."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Watch:
    """Something of the system that wakes whoever waits for it: a descriptor that can be read, or `writes`, written."""

    fd: int
    writes: bool = False


class Ringing(Protocol):
    """What can be listened to, once. `rings` counts up at each ring."""

    rings: int

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` at the next ring."""

    def forget(self, wake: Callable[[], None]) -> None:
        """Take it back."""


class Platform(Protocol):
    """Real time, real randomness, real waiting. Times in nanoseconds."""

    @property
    def resolution(self) -> int:
        """The length of a tick of `monotonic`."""

    def monotonic(self) -> int:
        """A time that never falls."""

    def wall(self) -> int:
        """Time since 1970-01-01T00:00:00Z."""

    def random(self, count: int) -> bytes:
        """`count` bytes of a cryptographic generator."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let `work` run beside whoever waits. Called from a coroutine only."""

    async def wait(self, bell: Ringing, heard: int, timeout: int | None, watches: Sequence[Watch] = ()) -> bool:
        """Wait until the bell has rung more often than `heard` or something watched is ready (true), or `timeout` has passed (false)."""

    def settle(self, waiting: Coroutine[Any, Any, Any]) -> Any:
        """The result of `waiting`, where the caller may be kept waiting for it; elsewhere `waiting` itself, to be awaited."""
