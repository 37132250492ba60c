"""A world for tests: nothing happens unless the test says so."""

from __future__ import annotations

from collections.abc import Sequence

from wasi_browser.platform.base import Ringing, Watch
from wasi_browser.platform.native import NativePlatform, wait_on_loop


class FakePlatform(NativePlatform):
    """Clocks that the test moves; random bytes that count up; a wait ends when the bell rings, or moves time at once."""

    __slots__ = ("counter", "time", "waits")

    def __init__(self) -> None:
        super().__init__()
        self.time = 0
        self.counter = 0
        self.waits: list[int | None] = []

    @property
    def resolution(self) -> int:
        """One microsecond."""
        return 1000

    def monotonic(self) -> int:
        """The time the test set."""
        return self.time

    def wall(self) -> int:
        """The time the test set."""
        return self.time

    def random(self, count: int) -> bytes:
        """Bytes that count up."""
        start = self.counter
        self.counter += count
        return bytes(i & 0xFF for i in range(start, self.counter))

    async def wait(self, bell: Ringing, heard: int, timeout: int | None, watches: Sequence[Watch] = ()) -> bool:
        """Note the wait; a wait with a timeout moves time there, one without lets others run until the bell has rung."""
        self.waits.append(timeout)
        if timeout is not None:
            self.time += timeout
            return False
        return await wait_on_loop(bell, heard, None, watches)
