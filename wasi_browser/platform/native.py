"""The world of a Python process, and of any place where `time`, `os.urandom` and `asyncio` are what they say."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from wasi_browser.platform.base import Ringing, Watch

T = TypeVar("T")


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

    async def wait(self, bell: Ringing, heard: int, timeout: int | None, watches: Sequence[Watch] = ()) -> bool:
        """Sleep on the running loop until the bell has rung or something watched is ready (true), or `timeout` has passed (false)."""
        return await wait_on_loop(bell, heard, timeout, watches)

    def settle(self, waiting: Coroutine[Any, Any, Any]) -> Any:
        """Whoever called must await it."""
        return waiting


class BlockingPlatform(NativePlatform):
    """The same for a guest that has a thread to itself: to wait is to keep the thread waiting, on a loop of its own."""

    __slots__ = ("_loop",)

    def __init__(self) -> None:
        super().__init__()
        self._loop: asyncio.AbstractEventLoop | None = None

    def settle(self, waiting: Coroutine[Any, Any, Any]) -> Any:
        """Run the loop until `waiting` has its result."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(waiting)

    def close(self) -> None:
        """Forget what still runs beside the guest."""
        if self._loop is not None:
            for task in self._tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()


async def wait_on_loop(bell: Ringing, heard: int, timeout: int | None, watches: Sequence[Watch] = ()) -> bool:
    """Wait for a ring after the `heard`-th or for a watch on the running asyncio loop, at most `timeout` nanoseconds; whether it came.

    One waits for a descriptor at a time: whoever may be suspended together has descriptors of their own.
    """
    loop = asyncio.get_running_loop()
    rung = loop.create_future()

    def finish() -> None:
        if not rung.done():
            rung.set_result(None)

    def wake() -> None:
        loop.call_soon_threadsafe(finish)  # a guest on another thread may be the one who rings

    bell.listen(wake)
    for watch in watches:
        (loop.add_writer if watch.writes else loop.add_reader)(watch.fd, finish)
    if bell.rings != heard:
        finish()
    try:
        await asyncio.wait_for(rung, None if timeout is None else timeout / 1e9)
    except TimeoutError:
        return False
    finally:
        bell.forget(wake)
        for watch in watches:
            (loop.remove_writer if watch.writes else loop.remove_reader)(watch.fd)
    return True


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """The result of `work`, done in a thread that does not keep the process alive."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(result)  # type: ignore[arg-type]  # a `T` where there is no error
        else:
            done.set_exception(error)

    def run() -> None:
        result = error = None
        try:
            result = work(*arguments)
        except Exception as failure:
            error = failure
        with suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, daemon=True).start()
    return await done
