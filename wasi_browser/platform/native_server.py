"""A small HTTP/1.1 server over real sockets, for components that answer requests (`pycm serve`)."""

from __future__ import annotations

import http.server
from collections.abc import Callable

from wasi_browser.http.errors import HttpError
from wasi_browser.http.messages import Request, Response
from wasi_browser.http.serving import error_response

BODY_MAX = 1 << 26
"""The largest request body taken, in bytes."""
BODILESS = frozenset({204, 304})
"""Statuses whose responses have no body (RFC 9110, "Content")."""

Answer = Callable[[Request], Response]


class NativeServer(http.server.HTTPServer):
    """Answers one request after the other, as guests in one store must be called. `port` 0 takes a free one.

    `answer` may raise `HttpError`, which becomes a 500; `on_error` hears of it, and of what else it raises.
    """

    def __init__(
        self, answer: Answer, host: str = "127.0.0.1", port: int = 0, on_error: Callable[[Exception], None] | None = None
    ) -> None:
        super().__init__((host, port), Connection)
        self.answer = answer
        self.on_error = on_error

    @property
    def authority(self) -> str:
        """`host:port`, where it listens."""
        host, port = self.server_address[:2]
        return f"{host!s}:{port}"

    def respond(self, request: Request) -> Response:
        """The answer to one request, whatever happens."""
        try:
            return self.answer(request)
        except Exception as error:  # a guest's trap must not end the server
            if self.on_error is not None:
                self.on_error(error)
            return error_response()


class Connection(http.server.BaseHTTPRequestHandler):
    """One connection; requests are whole before the guest sees them."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    """Seconds a silent client keeps the server waiting."""
    server: NativeServer

    def handle_one_request(self) -> None:
        """Read a request of any method, and answer it."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or len(self.raw_requestline) > 65536:
            self.close_connection = True
            return
        if not self.parse_request():
            return
        try:
            body = self.body()
        except (ValueError, HttpError):
            self.close_connection = True
            self.send_error(400)
            return
        headers = [(name, value.encode("latin-1")) for name, value in self.headers.items()]
        authority = self.headers.get("host") or self.server.authority
        self.write(self.server.respond(Request(self.command, "http", authority, self.path, headers, body)))

    def body(self) -> bytes:
        """The body of the request: by its length, or in chunks (RFC 9112, "Chunked Transfer Coding")."""
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.exactly(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline(100).partition(b";")[0], 16):
            body += self.exactly(size)
            self.rfile.readline(100)
            if len(body) > BODY_MAX:
                raise HttpError("HTTP-request-body-size", len(body))
        while self.rfile.readline(65537).strip():
            pass
        return body

    def exactly(self, count: int) -> bytes:
        """The next `count` bytes."""
        if not 0 <= count <= BODY_MAX:
            raise HttpError("HTTP-request-body-size", max(0, count))
        data = self.rfile.read(count)
        if len(data) < count:
            raise ValueError("the body ends early")
        return data

    def write(self, response: Response) -> None:
        """Send a response whose body is whole."""
        body = response.body
        assert isinstance(body, bytes)
        for status, fields in response.informational:
            self.send_response_only(status)
            for name, value in fields:
                self.send_header(name, value.decode("latin-1"))
            self.end_headers()
        self.send_response_only(response.status)
        given = set()
        for name, value in response.headers:
            given.add(name.lower())
            self.send_header(name, value.decode("latin-1"))
        bodiless = response.status in BODILESS
        if "content-length" not in given and not bodiless:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and not bodiless:
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is printed: `on_error` is the place for it."""
