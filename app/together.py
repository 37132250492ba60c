"""Commands that run at the same time, on a loopback network that only they are on: a server and its clients, say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from app.context import Context
from app.failures import BadRequest
from app.machines import Boxes, Engines
from app.messages import RunResult, RunTogetherParams, RunTogetherResult
from app.opened import Opened
from app.running import Run, carry_out, command
from wasi_browser import Interrupted

MOST = 16
"""How many commands may run together."""


class Beside:
    """The context of one of several: what it writes bears its place, the rest is the request's."""

    def __init__(self, context: Context, place: int) -> None:
        self._context = context
        self._place = place

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def output(self, stream: Any, data: bytes) -> None:
        """Hand over bytes the guest wrote."""
        self._context.tell("output", run=self._place, stream=stream, bytes=bytes(data))


async def run_together(
    params: RunTogetherParams, opened: Callable[[str], Opened], context: Context, engines: Engines, boxes: Boxes
) -> RunTogetherResult:
    """Run them all; each begins when those before it wait, or have ended. What fails in one is its own outcome.

    Raises `BadRequest` for what is no command or makes no sense, before any of them runs.
    """
    given = params["runs"]
    if not 1 <= len(given) <= MOST:
        raise BadRequest(f"expected 1 to {MOST} commands, found {len(given)}")
    if not engines.engine.can_suspend:
        raise BadRequest(
            "this browser cannot run commands together: it cannot suspend WebAssembly (it lacks JavaScript Promise Integration)",
        )
    if sum(one.get("grants", {}).get("stdin") == "live" for one in given) > 1:
        raise BadRequest(
            "of commands that run together, only one can have a live standard input", "give the others a prepared one"
        )
    network = boxes.network({"names": params.get("names", {})})
    these = [opened(one["id"]) for one in given]
    paths = [command(one) for one in these]
    runs = [
        Run(one, what, Beside(context, place), boxes, network=network, place=place)
        for place, (one, what) in enumerate(zip(these, given, strict=True))
    ]
    within = [engines.within(one) for one in given]
    return {"results": await all_of([carry_out(*one) for one in zip(runs, paths, these, within, strict=True)])}


async def all_of(works: Sequence[Any]) -> list[RunResult]:
    """What all come to. Where one is interrupted, so are the others, and that is what is raised."""
    done = await asyncio.gather(*works, return_exceptions=True)
    for interrupted in (True, False):
        for one in done:
            if isinstance(one, BaseException) and isinstance(one, Interrupted) is interrupted:
                raise one
    return [one for one in done if not isinstance(one, BaseException)]
