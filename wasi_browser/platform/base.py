"""What the virtual machine may ask of the world: the one seam, with an implementation per place."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol


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

    async def wait(self, bell: Ringing, heard: int, timeout: int | None) -> bool:
        """Wait until the bell has rung more often than `heard` (true), or `timeout` has passed (false)."""
