"""Whole requests and responses, as transports and servers see them."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass, field

from wasi_browser.http.fields import Entries


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in nanoseconds; `None` for as long as it takes."""

    connect: int | None = None
    first_byte: int | None = None
    between_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its whole body. `method` as on the wire (`GET`); `authority` is `host` or `host:port`; `path` includes the query."""

    method: str = "GET"
    scheme: str = "http"
    authority: str = "localhost"
    path: str = "/"
    headers: Entries = field(default_factory=list)
    body: bytes = b""
    trailers: Entries = field(default_factory=list)
    timeouts: Timeouts = Timeouts()

    @property
    def url(self) -> str:
        """`scheme://authority/path?query`"""
        return f"{self.scheme}://{self.authority}{self.path}"


@dataclass(frozen=True, slots=True)
class Response:
    """A response. Its body comes whole or in chunks; `delay` is how long it takes to begin, in nanoseconds of the machine's clock."""

    status: int = 200
    headers: Entries = field(default_factory=list)
    body: bytes | AsyncIterable[bytes] = b""
    trailers: Entries = field(default_factory=list)
    delay: int = 0
    informational: list[tuple[int, Entries]] = field(default_factory=list)
    """The 1xx responses before it, where there were any."""


Transport = Callable[[Request], Response | Awaitable[Response]]
"""Takes a request where it belongs. Raises `HttpError`, at once or when awaited."""
