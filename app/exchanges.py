"""Requests that guests send: who may be asked, what the page is told of each, and their records."""

from __future__ import annotations

import binascii
from collections.abc import AsyncIterator, Callable
from typing import Any

from app.failures import BadRequest
from app.messages import HttpExchange, HttpGrant
from wasi_browser import HttpGrant as Grant
from wasi_browser.http.errors import HttpError
from wasi_browser.http.messages import Request, Response, Transport
from wasi_browser.http.web import Recorded, Recorder, Replay

Tell = Callable[..., None]
"""Told `step`, and the other fields of `HttpLog` by name."""

EVERYBODY = "*"


class Exchanges:
    """The HTTP of one machine. `grant` is what its settings take; `recorded` what was kept, if it was asked for."""

    __slots__ = ("_count", "_recorder", "_tell", "grant")

    def __init__(self, given: HttpGrant | None, transport: Callable[[Callable[[str], None]], Transport], tell: Tell) -> None:
        """`transport` is asked for the way out only where a host is granted. Raises `BadRequest` for records that are none."""
        given = given or {}
        self._tell = tell
        self._count = 0
        self._recorder: Recorder | None = None
        hosts = [host.lower() for host in given.get("hosts", ())]
        allowed = None if EVERYBODY in hosts else frozenset(hosts)
        way: Transport = _nowhere
        if "replay" in given:
            way, allowed = Replay(_records(given["replay"])), None
        elif allowed is None or allowed:
            way = transport(self._noticed)
        if given.get("record"):
            way = self._recorder = Recorder(way)
        self.grant = Grant(self._watched(way), allowed, self._denied)

    @property
    def recorded(self) -> list[HttpExchange] | None:
        """The exchanges so far, where they are recorded."""
        if self._recorder is None:
            return None
        return [record.to_data() for record in self._recorder.exchanges]  # type: ignore[misc]  # `to_data` writes the same shape

    def _noticed(self, words: str) -> None:
        self._tell(number=self._count, step="note", method="", url="", words=words)

    def _denied(self, authority: str) -> None:
        self._count += 1
        words = f"denied: `{authority}` is not among the hosts that were granted"
        self._tell(number=self._count, step="failed", method="", url=authority, words=words)

    def _watched(self, transport: Transport) -> Transport:
        """`transport`, with the page told of every step."""

        def send(request: Request) -> Any:
            self._count += 1
            about = {"number": self._count, "method": request.method, "url": request.url}
            self._tell(step="sent", **about)
            try:
                answer = transport(request)
            except HttpError as error:
                self._tell(step="failed", words=in_words(error), **about)
                raise
            if isinstance(answer, Response) and isinstance(answer.body, bytes):
                self._tell(step="response", status=answer.status, **about)
                self._tell(step="end", size=len(answer.body), **about)
                return answer
            return self._await(answer, about)

        return send

    async def _await(self, answer: Any, about: dict[str, Any]) -> Response:
        try:
            response: Response = answer if isinstance(answer, Response) else await answer
        except HttpError as error:
            self._tell(step="failed", words=in_words(error), **about)
            raise
        self._tell(step="response", status=response.status, **about)
        body = response.body
        if isinstance(body, bytes):
            self._tell(step="end", size=len(body), **about)
            return response

        async def counted() -> AsyncIterator[bytes]:
            size = 0
            try:
                async for chunk in body:
                    size += len(chunk)
                    yield chunk
            except HttpError as error:
                self._tell(step="failed", words=in_words(error), **about)
                raise
            self._tell(step="end", size=size, **about)

        return Response(response.status, response.headers, counted(), response.trailers, response.delay)


def _nowhere(request: Request) -> Response:
    """The way out where nothing was granted; the grant refuses before."""
    raise HttpError("HTTP-request-denied")


def in_words(error: HttpError) -> str:
    """An error for the log: its code, and what there is to say about it."""
    return f"{error.code}: {error.payload}" if isinstance(error.payload, str) else error.code


def _records(given: list[HttpExchange]) -> list[Recorded]:
    try:
        return [Recorded.of_data(one) for one in given]
    except (binascii.Error, ValueError, TypeError, KeyError, IndexError):
        raise BadRequest("`grants.http.replay` holds what is no record of an exchange", "give it what `record` gave") from None
