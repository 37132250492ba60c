"""Failures of HTTP."""

from __future__ import annotations

from typing import Any


class HttpError(Exception):
    """An exchange failed. `code` is a proxy error type of the IANA registry, spelled as `wasi:http/types` does; `payload` belongs to it."""

    def __init__(self, code: str, payload: Any = None) -> None:
        super().__init__(code if payload is None else f"{code}: {payload}")
        self.code = code
        self.payload = payload


class FieldError(Exception):
    """A field was refused: `reason` is `invalid-syntax`, `forbidden` or `immutable`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FieldsTooLarge(Exception):
    """Fields grew past their limit."""
