"""Running a command: a component that exports `wasi:cli/run`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pycm_core.abi.values import Err
from wasi_browser.machine import Exit


def run(call: Callable[[], Any]) -> int:
    """Call a component's `wasi:cli/run#run`: the exit code, 1 where it returned an error. A trap comes out unchanged."""
    try:
        result = call()
    except Exit as ended:
        return ended.code
    return 1 if isinstance(result, Err) else 0


async def run_async(call: Callable[[], Awaitable[Any]]) -> int:
    """The same for a call that must be awaited."""
    try:
        result = await call()
    except Exit as ended:
        return ended.code
    return 1 if isinstance(result, Err) else 0
