"""The request `wast`: run a script, and tell of each directive."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from app.context import Context
from app.failures import BadRequest
from app.messages import DirectiveResult, WastParams, WastResult
from pycm_core.base.features import ALL_FEATURES, Features
from pycm_core.base.source import Source
from pycm_core.runtime.engine import Engine
from pycm_core.script.formats import formats_of
from pycm_core.script.running import ComponentExecutor
from pycm_core.script.wast import Directive, FileSummary, Outcome, run_steps


async def wast(params: WastParams, engine: Engine, context: Context) -> WastResult:
    """Run it on `engine`."""
    told: list[DirectiveResult] = []

    def observe(directive: Directive, outcome: Outcome) -> None:
        one = DirectiveResult(
            line=directive.line, directive=directive.keyword, verdict=outcome.verdict.value, message=outcome.message
        )
        if outcome.worded is not None:
            one["worded"] = outcome.worded
        told.append(one)
        context.progress("wast", len(told), 0, "items")

    executor = ComponentExecutor(engine, formats_of(params["text"], _features(params)))
    try:
        summary = await _waiting(run_steps(Source(params["text"], params.get("name", "input.wast")), executor, observe))
    finally:
        executor.close()
    if not told:  # it does not parse
        told = [
            DirectiveResult(line=f["line"], directive=f["directive"], verdict="failed", message=f["message"])
            for f in summary["failures"]
        ]
    return {
        "directives": told,
        "passed": summary["passed"],
        "failed": summary["failed"],
        "skipped": summary["skipped"],
        "engine": engine.name,
    }


async def _waiting(steps: Generator[Any, Any, FileSummary]) -> FileSummary:
    go_on: Any = steps.send
    argument: Any = None
    while True:
        try:
            awaitable = go_on(argument)
        except StopIteration as stop:
            summary: FileSummary = stop.value
            return summary
        try:
            argument, go_on = await awaitable, steps.send
        except Exception as error:
            argument, go_on = error, steps.throw


def _features(params: WastParams) -> Features | None:
    if "features" not in params:
        return None
    known = {feature.value: feature for feature in ALL_FEATURES}
    for name in params["features"]:
        if name not in known:
            raise BadRequest(f"unknown feature `{name}`", f"there are: {', '.join(sorted(known))}")
    return frozenset(known[name] for name in params["features"])
