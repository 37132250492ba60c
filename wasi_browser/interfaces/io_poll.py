"""wasi:io/poll: a pollable is a `Condition`."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

from pycm_core.base.errors import Trap, TrapKind
from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser.interfaces.answers import close, provide
from wasi_browser.machine import Machine
from wasi_browser.waiting import Condition

POLLABLE = HostResource("pollable", close)


def io_poll(machine: Machine) -> HostInterface:
    """wasi:io/poll"""
    wait = machine.waiter.wait

    def poll(conditions: Sequence[Condition]) -> list[int] | Awaitable[list[int]]:
        if not conditions:
            raise Trap("poll: the list of pollables is empty", kind=TrapKind.HOST)
        return wait(conditions)

    def ready(condition: Condition) -> bool:
        return condition.ready()

    def block(condition: Condition) -> Any:
        if condition.ready():
            return None
        waited = wait((condition,))
        return None if isinstance(waited, list) else _nothing(waited)

    return provide("wasi:io/poll", {"poll": poll, "[method]pollable.ready": ready, "[method]pollable.block": block}, POLLABLE)


async def _nothing(waiting: Awaitable[object]) -> None:
    """`block` answers nothing."""
    await waiting
