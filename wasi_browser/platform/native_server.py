"""A small HTTP/1.1 server over real sockets, for components that answer requests (`pycm serve`).

A connection has a thread of its own. Request bodies are read when the guest reads them, response bodies are sent when it writes them, so
both stream, and a slow peer holds up nobody but its own guest.
"""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from wasi_browser.http.bodies import IncomingBody
from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import FORBIDDEN, Entries, is_token
from wasi_browser.http.messages import Request, Response
from wasi_browser.http.serving import IncomingRequest, OutgoingResponse, Outparam, error_response
from wasi_browser.platform.native_wire import Arriving, Wire
from wasi_browser.streams import Pipe

REST_MAX = 1 << 20
"""How much of a request body nobody wanted is read for the sake of the connection, in bytes."""
CONNECTIONS_MAX = 128
FINAL = 200
"""Responses of a lower status are followed by another one (RFC 9110, "Informational 1xx"): none of them is an answer."""
BODILESS = frozenset({204, 304})
"""Statuses whose responses have no body (RFC 9110, "Content")."""


class NativeServer(http.server.ThreadingHTTPServer):
    """Listens at once; `serve_forever` answers. `port` 0 takes a free one.

    `answer` must respond to the exchange it is given. What it raises becomes a 500, or cuts short the response that has begun;
    `on_error` hears of it.
    """

    daemon_threads = True

    def __init__(
        self,
        answer: Callable[[Exchange], None],
        host: str = "127.0.0.1",
        port: int = 0,
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Connection)
        self.answer = answer
        self.on_error = on_error
        self._places = threading.BoundedSemaphore(CONNECTIONS_MAX)

    @property
    def authority(self) -> str:
        """`host:port`, where it listens."""
        host, port = self.server_address[:2]
        return f"[{host!s}]:{port}" if self.address_family == socket.AF_INET6 else f"{host!s}:{port}"

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One of so many connections at a time; others wait."""
        with self._places:
            super().process_request_thread(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is the client's business."""


class Exchange:
    """One request, and the response to it."""

    def __init__(self, connection: Connection, request: Request, arriving: Arriving) -> None:
        self.request = request
        """Without its body."""
        self._connection = connection
        self._arriving = arriving
        self._outparam = Outparam(self._begin)
        self._pipe: Pipe | None = None
        self._chunked = False
        self._silent = False
        self.begun = False
        self.whole = False
        """Whether the client has got all of the response."""

    def body(self) -> bytes:
        """The whole body of the request. Raises `HttpError`."""
        return self._arriving.drain()

    def serve(self, handle: Callable[[IncomingRequest, Outparam], Any]) -> None:
        """Let a component's `wasi:http/incoming-handler#handle` answer. Raises `HttpError`; what the guest raises comes out unchanged."""
        incoming = IncomingRequest(self.request)
        incoming.body = IncomingBody(self._arriving, lambda: self._arriving.trailers)
        handle(incoming, self._outparam)
        answer = self._outparam.answer
        if not isinstance(answer, OutgoingResponse):
            self._outparam.response()  # raises
            return
        if answer.status < FINAL:
            raise HttpError("HTTP-protocol-error")
        if answer.body is None:
            answer.pipe.end()
        if not answer.pipe.ended:
            raise HttpError("HTTP-response-incomplete")
        if isinstance(answer.pipe.failure, HttpError):
            raise answer.pipe.failure
        self.whole = True

    def _begin(self) -> None:
        """The guest has said what it answers: send the head, and then the body as it is written."""
        answer = self._outparam.answer
        if isinstance(answer, OutgoingResponse):
            pipe = answer.pipe
            if answer.status < FINAL:
                pipe.abandon()
                self.respond(error_response())
                return
            size = pipe.held if pipe.ended and pipe.failure is None else None
            self._pipe = pipe
            self._head(answer.status, answer.headers.entries(), self._outparam.informational, size)
            pipe.changed = self._send
            self._send()

    def respond(self, response: Response) -> None:
        """Send a response whose body is whole."""
        content = response.body
        assert isinstance(content, bytes)
        self._pipe = pipe = Pipe()
        pipe.put(content)
        pipe.end()
        self._head(response.status, response.headers, response.informational, len(content))
        self._send()
        self.whole = True

    def _head(self, status: int, headers: Entries, informational: list[tuple[int, Entries]], size: int | None) -> None:
        """Send the head. A body whose `size` is not known goes in chunks, or until the connection ends (RFC 9112, "Message Body Length")."""
        connection = self._connection
        self.begun = True
        for early, fields in informational:
            connection.head(early, fields)
        headers = list(headers)
        bodiless = status in BODILESS
        if not bodiless and not any(name.lower() == "content-length" for name, _ in headers):
            if size is not None:
                headers.append(("content-length", b"%d" % size))
            elif connection.request_version == "HTTP/1.0":
                headers.append(("connection", b"close"))
                connection.close_connection = True
            else:
                headers.append(("transfer-encoding", b"chunked"))
                self._chunked = self.request.method != "HEAD"
        connection.head(status, headers)
        self._silent = bodiless or self.request.method == "HEAD"

    def _trailers(self) -> Iterator[bytes]:
        """The lines of the trailers, which the guest gave before it ended its body."""
        answer = self._outparam.answer
        if isinstance(answer, OutgoingResponse) and answer.body is not None:
            for name, value in answer.body.trailers:
                yield b"%b: %b\r\n" % (name.encode("ascii"), value)

    def _send(self) -> None:
        """Pass on what has been written."""
        pipe = self._pipe
        assert pipe is not None
        data = pipe.drain()
        try:
            if data and not self._silent:
                self._connection.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)
            if pipe.ended and self._chunked and pipe.failure is None:
                self._chunked = False
                self._connection.wfile.write(b"0\r\n%b\r\n" % b"".join(self._trailers()))
        except OSError:  # the client has gone: so has the reader of this body
            self._connection.close_connection = True
            pipe.changed = None
            pipe.abandon()


class Connection(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    """Seconds a silent client may take, at any point."""
    server: NativeServer

    def setup(self) -> None:
        """Read through a buffer that can be asked whether there is something to read."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        self.wire = Wire(self.connection)
        self.rfile = self.wire  # type: ignore[assignment]  # as much of a file as the base class wants

    def handle_one_request(self) -> None:
        """Read the head of a request of any method, and let it be answered."""
        try:
            self.raw_requestline = self.wire.readline(65537)
        except OSError:
            self.raw_requestline = b""
        if not self.raw_requestline or len(self.raw_requestline) > 65536:
            self.close_connection = True
            return
        if not self.parse_request():
            return
        try:
            authority, path = self._target()
            headers = self._fields()
            arriving = Arriving(self.wire, self.headers.get("transfer-encoding", ""), self.headers.get("content-length"))
        except ValueError:
            self.close_connection = True
            self.send_error(400)
            return
        exchange = Exchange(self, Request(self.command, "http", authority, path, headers), arriving)
        self.answer(exchange)
        if not arriving.skip(REST_MAX):
            self.close_connection = True

    def _target(self) -> tuple[str, str]:
        """Whom and what is asked for, as it was written, whole addresses taken apart (RFC 9112, "Request Target"). `ValueError` for neither."""
        path = self.requestline.split()[1].partition("#")[0]
        authority = self.headers.get("host") or self.server.authority
        scheme, mark, rest = path.partition("://")
        if mark and scheme.lower() in ("http", "https"):
            end = min((rest.index(x) for x in "/?" if x in rest), default=len(rest))
            authority, path = rest[:end], rest[end:]
            if not path.startswith("/"):
                path = f"/{path}"
        if not authority or not (path.startswith("/") or path == "*" or self.command == "CONNECT"):
            raise ValueError(path)
        return authority, path

    def _fields(self) -> Entries:
        """The fields, names in lower case, but for those that belong to the connection. `ValueError` where two readers could disagree on them."""
        for name in ("host", "content-length"):
            if len(set(self.headers.get_all(name, ()))) > 1:
                raise ValueError(name)
        names = self.headers.keys()
        if self.headers.defects or not all(map(is_token, names)):
            raise ValueError("a line that is no field")
        return [(name.lower(), value.encode("latin-1")) for name, value in self.headers.items() if name.lower() not in FORBIDDEN]

    def answer(self, exchange: Exchange) -> None:
        """Let it be answered, whatever happens: a guest's trap ends neither the server nor, if it can be helped, the connection."""
        try:
            self.server.answer(exchange)
        except Exception as error:
            if self.server.on_error is not None:
                self.server.on_error(error)
            if not exchange.begun:
                with suppress(OSError):
                    exchange.respond(error_response())
        if not exchange.whole:
            self.close_connection = True

    def head(self, status: int, fields: Entries) -> None:
        """Send the status and the fields."""
        self.send_response_only(status)
        for name, value in fields:
            self.send_header(name, value.decode("latin-1"))
        with suppress(OSError):  # whether the client is there shows when the body is sent
            self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is printed: `on_error` is the place for it."""
