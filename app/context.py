"""What a request may do to the page while it is being answered. The worker implements it over messages, tests over lists."""

from __future__ import annotations

from typing import Literal, Protocol


class Context(Protocol):
    """One request's way out."""

    def progress(self, stage: str, done: int, total: int, unit: Literal["bytes", "items"]) -> None:
        """Say how far the work is; `total` is 0 when unknown."""
        ...

    def output(self, stream: Literal["stdout", "stderr"], data: bytes) -> None:
        """Hand over bytes the guest wrote."""
        ...

    async def import_call(self, func: str, args: list[str]) -> str:
        """Let the page answer the import `func`: WAVE texts in, the WAVE text of the result out (empty where nothing is returned).

        Raises `ImportRefused` when the page's function failed.
        """
        ...


class ImportRefused(Exception):
    """The page's function failed with `message`: the guest traps with it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
