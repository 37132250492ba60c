"""What a request may do to the page while it is being answered. The worker implements it over messages, tests over lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

from wasi_browser.http.messages import Transport


class Context(Protocol):
    """One request's way out, and the way in for what comes while it runs."""

    def progress(self, stage: str, done: int, total: int, unit: Literal["bytes", "items"]) -> None:
        """Say how far the work is; `total` is 0 when unknown."""
        ...

    def output(self, stream: Literal["stdout", "stderr"], data: bytes) -> None:
        """Hand over bytes the guest wrote."""
        ...

    def tell(self, event: str, **fields: Any) -> None:
        """Send another event of the schema that belongs to this request: `http`, `response-head`, `response-end`."""
        ...

    async def respond(self, data: bytes) -> None:
        """Hand over a piece of a streaming response; returns when its reader wants more."""
        ...

    async def import_call(self, func: str, args: list[str]) -> str:
        """Let the page answer the import `func`: WAVE texts in, the WAVE text of the result out (empty where nothing is returned).

        Raises `ImportRefused` when the page's function failed.
        """
        ...

    def transport(self, notice: Callable[[str], None]) -> Transport:
        """What carries HTTP requests to the hosts that were granted; `notice` hears what it does on its own account."""
        ...

    def listen(self, feed: Callable[[bytes | None], None]) -> None:
        """Call `feed` with what comes for a live input, from the first byte on; `None` is its end."""
        ...

    def on_stop(self, stop: Callable[[], None]) -> None:
        """Call `stop` when this request is to end while it waits."""
        ...


class ImportRefused(Exception):
    """The page's function failed with `message`: the guest traps with it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
