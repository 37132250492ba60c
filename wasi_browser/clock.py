"""Clocks: virtual by default, real on request. Times are integers, in nanoseconds."""

from __future__ import annotations

from typing import Protocol

from wasi_browser.platform.base import Platform

SECOND = 1_000_000_000
DEFAULT_START = 1_767_225_600 * SECOND
"""2026-01-01T00:00:00Z, in nanoseconds since 1970."""


class Clock(Protocol):
    """A monotonic and a wall clock."""

    @property
    def virtual(self) -> bool:
        """Whether time passes only when somebody moves it."""

    @property
    def resolution(self) -> int:
        """The length of a tick."""

    def now(self) -> int:
        """Monotonic time; never falls."""

    def wall(self) -> int:
        """Time since 1970-01-01T00:00:00Z."""

    def advance(self, to: int) -> None:
        """Move monotonic time to `to`, where time is virtual and `to` is not past."""


class VirtualClock:
    """Starts at a given moment, and moves by `step` at each reading (the guest's work) and by `advance` (its sleep)."""

    __slots__ = ("elapsed", "resolution", "start", "step")

    virtual = True

    def __init__(self, start: int = DEFAULT_START, step: int = 1000) -> None:
        self.start = start
        self.step = step
        self.resolution = 1
        self.elapsed = 0

    def now(self) -> int:
        """Time since the start."""
        self.elapsed = elapsed = self.elapsed + self.step
        return elapsed

    def wall(self) -> int:
        """The start, and the time since."""
        self.elapsed = elapsed = self.elapsed + self.step
        return self.start + elapsed

    def advance(self, to: int) -> None:
        """Sleep until `to`."""
        if to > self.elapsed:
            self.elapsed = to


class RealClock:
    """The platform's clocks; monotonic time starts at zero."""

    __slots__ = ("_base", "_platform", "resolution")

    virtual = False

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._base = platform.monotonic()
        self.resolution = platform.resolution

    def now(self) -> int:
        """Time since this clock was made."""
        return self._platform.monotonic() - self._base

    def wall(self) -> int:
        """The platform's time of day."""
        return self._platform.wall()

    def advance(self, to: int) -> None:
        """Real time moves by itself."""
