"""A web in memory: servers that are Python functions, and records of exchanges that can be played back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import Entries
from wasi_browser.http.messages import Request, Response, Transport

PORTS = {"http": 80, "https": 443}


def host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    """`host:port` apart, in lower case; the port of the scheme where none is given."""
    authority = authority.rpartition("@")[2].lower()
    host, colon, port = authority.rpartition(":")
    if not colon or not port.isdigit():
        return authority, PORTS.get(scheme, 0)
    return host, int(port)


class VirtualWeb:
    """Servers by `host:port` (or `host`, for the scheme's own port). Where nobody listens, connections are refused."""

    __slots__ = ("_servers",)

    def __init__(self, servers: Mapping[str, Transport]) -> None:
        self._servers: dict[tuple[str, int], Transport] = {}
        for authority, server in servers.items():
            for scheme in PORTS:
                self._servers[host_and_port(authority, scheme)] = server

    def __call__(self, request: Request) -> Any:
        """Let the server answer."""
        server = self._servers.get(host_and_port(request.authority, request.scheme))
        if server is None:
            raise HttpError("connection-refused")
        return server(request)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange: what was asked, and the response or the error (code and payload)."""

    request: Request
    response: Response | None
    error: tuple[str, Any] | None = None

    def to_data(self) -> dict[str, Any]:
        """As JSON; bodies and field values in base64."""
        request, response = self.request, self.response
        data: dict[str, Any] = {
            "method": request.method,
            "url": request.url,
            "headers": _entries(request.headers),
            "body": _text(request.body),
        }
        if self.error is not None:
            data["error"] = list(self.error)
        if response is not None and isinstance(response.body, bytes):
            data["response"] = {
                "status": response.status,
                "headers": _entries(response.headers),
                "body": _text(response.body),
                "trailers": _entries(response.trailers),
            }
        return data

    @staticmethod
    def of_data(data: Mapping[str, Any]) -> Recorded:
        """What `to_data` wrote."""
        scheme, _, rest = data["url"].partition("://")
        authority, slash, path = rest.partition("/")
        request = Request(data["method"], scheme, authority, slash + path, _pairs(data["headers"]), _bytes(data["body"]))
        found = data.get("response")
        response = None
        if found is not None:
            response = Response(
                found["status"], _pairs(found["headers"]), _bytes(found["body"]), _pairs(found.get("trailers", []))
            )
        error = data.get("error")
        return Recorded(request, response, None if error is None else (error[0], error[1]))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


def _entries(entries: Entries) -> list[list[str]]:
    return [[name, _text(value)] for name, value in entries]


def _pairs(entries: list[list[str]]) -> Entries:
    return [(name, _bytes(value)) for name, value in entries]


@dataclass(slots=True)
class Recorder:
    """Passes requests on and keeps what came back. Bodies that come in chunks are gathered first."""

    transport: Transport
    exchanges: list[Recorded] = field(default_factory=list)

    def __call__(self, request: Request) -> Any:
        """Send and record."""
        try:
            answer = self.transport(request)
        except HttpError as error:
            self.exchanges.append(Recorded(request, None, (error.code, error.payload)))
            raise
        if isinstance(answer, Response) and isinstance(answer.body, bytes):
            self.exchanges.append(Recorded(request, answer))
            return answer
        return self._await(request, answer)

    async def _await(self, request: Request, answer: Any) -> Response:
        try:
            response: Response = answer if isinstance(answer, Response) else await answer
            body = response.body if isinstance(response.body, bytes) else b"".join([chunk async for chunk in response.body])
        except HttpError as error:
            self.exchanges.append(Recorded(request, None, (error.code, error.payload)))
            raise
        response = Response(response.status, response.headers, body, response.trailers)
        self.exchanges.append(Recorded(request, response))
        return response


class Replay:
    """Answers each request with the first unused record of the same method, URL and body."""

    __slots__ = ("_left",)

    def __init__(self, exchanges: list[Recorded]) -> None:
        self._left = list(exchanges)

    def __call__(self, request: Request) -> Response:
        """The recorded response (`destination-unavailable` where there is none)."""
        for index, record in enumerate(self._left):
            asked = record.request
            if (asked.method, asked.url, asked.body) == (request.method, request.url, request.body):
                del self._left[index]
                if record.error is not None:
                    raise HttpError(*record.error)
                assert record.response is not None
                return record.response
        raise HttpError("destination-unavailable")
