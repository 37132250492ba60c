"""What a rule of validation raises: a message without a place, which whoever walks the module knows."""

from __future__ import annotations


class Fault(Exception):
    """A rule is broken. Never leaves `pycm_core.wasm.valid`."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.index: int | None = None
        """Of the instruction in its expression, where there is one."""
