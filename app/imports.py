"""Imports that the page answers: host functions that send WAVE texts and wait for one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping
from inspect import isawaitable
from types import coroutine
from typing import Any

from app.context import Context, ImportRefused
from app.failures import BadRequest
from app.handles import HandleNames
from pycm_core import wave
from pycm_core.base.errors import Malformed, Trap, TrapKind
from pycm_core.base.source import Source
from pycm_core.component.types import FuncType


def answered_by_page(asked: Iterable[str], imports: Mapping[str, FuncType[Any]]) -> dict[str, FuncType[Any]]:
    """The imports that `asked` names, by path; `ns:pkg/iface#func` stands for the one version that is imported."""
    found: dict[str, FuncType[Any]] = {}
    for path in asked:
        if path in imports:
            found[path] = imports[path]
            continue
        matches = [p for p in imports if unversioned(p) == path]
        if len(matches) != 1:
            known = ", ".join(f"`{p}`" for p in list(imports)[:8]) or "none"
            raise BadRequest(f"the component does not import `{path}`", f"its imports are {known}")
        found[matches[0]] = imports[matches[0]]
    return found


def unversioned(path: str) -> str:
    """`demo:kit/kit@0.1.0#add` → `demo:kit/kit#add`."""
    interface, hash_, func = path.partition("#")
    return interface.partition("@")[0] + hash_ + func


def page_function(
    path: str, type: FuncType[Any], handles: HandleNames, context: Callable[[], Context], can_wait: bool
) -> Callable[..., Any]:
    """The host function that asks the page. It gives the answer where that is there at once, else an awaitable of it.

    Where guests cannot wait, an answer that is not there at once traps.
    """

    async def ask(*args: Any) -> Any:
        texts = [wave.print(value, p.type, handles) for value, p in zip(args, type.params, strict=True)]
        try:
            answer = await context().import_call(path, texts)
        except ImportRefused as error:
            raise Trap(f"the answer to `{path}` failed: {error.message}", kind=TrapKind.HOST) from None
        if type.result is None:
            return None
        try:
            return wave.parse(Source(answer, f"answer to `{path}`"), type.result, handles)
        except Malformed as error:
            raise Trap(
                f"the answer to `{path}` is not of its type: {error.message}", error.where, kind=TrapKind.HOST, hint=error.hint
            ) from None

    def call(*args: Any) -> Any:
        answer = begin(ask(*args))
        if can_wait or not isawaitable(answer):
            return answer
        raise Trap(
            f"the import `{path}` has to wait for its answer, and guests cannot wait here",
            kind=TrapKind.HOST,
            hint="a browser with JavaScript Promise Integration can do it",
        )

    return call


def begin(started: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine up to where it first waits: its result, or an awaitable of it. So a guest suspends only when it must."""
    try:
        waits_for = started.send(None)
    except StopIteration as stop:
        return stop.value
    return _rest(started, waits_for)


@coroutine
def _rest(started: Coroutine[Any, Any, Any], waits_for: Any) -> Generator[Any, Any, Any]:
    try:
        while True:
            try:
                sent = yield waits_for
            except BaseException as error:
                waits_for = started.throw(error)
            else:
                waits_for = started.send(sent)
    except StopIteration as stop:
        return stop.value
