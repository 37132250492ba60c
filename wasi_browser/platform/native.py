"""The world of a Python process, and of any place where `time`, `os.urandom` and `asyncio` are what they say."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine
from typing import Any

from wasi_browser.platform.base import Ringing


class NativePlatform:
    """The process's clocks and generator; waits on the running asyncio loop."""

    __slots__ = ("_tasks",)

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def resolution(self) -> int:
        """The tick of the system's monotonic clock."""
        return max(1, round(time.get_clock_info("monotonic").resolution * 1e9))

    def monotonic(self) -> int:
        """The system's monotonic clock."""
        return time.monotonic_ns()

    def wall(self) -> int:
        """The system's time of day."""
        return time.time_ns()

    def random(self, count: int) -> bytes:
        """The system's generator."""
        return os.urandom(count)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` as a task of the running loop, which would forget a task nobody holds."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait(self, bell: Ringing, heard: int, timeout: int | None) -> bool:
        """Sleep on the running loop until the bell has rung (true) or `timeout` nanoseconds have passed (false)."""
        return await wait_on_loop(bell, heard, timeout)


async def wait_on_loop(bell: Ringing, heard: int, timeout: int | None) -> bool:
    """Wait for a ring after the `heard`-th on the running asyncio loop, at most `timeout` nanoseconds; whether it rang."""
    loop = asyncio.get_running_loop()
    rung = loop.create_future()

    def finish() -> None:
        if not rung.done():
            rung.set_result(None)

    def wake() -> None:
        loop.call_soon_threadsafe(finish)  # a guest on another thread may be the one who rings

    bell.listen(wake)
    if bell.rings != heard:
        finish()
    try:
        await asyncio.wait_for(rung, None if timeout is None else timeout / 1e9)
    except TimeoutError:
        return False
    finally:
        bell.forget(wake)
    return True
