"""Requests over real sockets, to a server of this process."""

from __future__ import annotations

import asyncio
import http.server
import threading
import time
from dataclasses import replace

import pytest

from pycm_core.api import Linker, Store
from tests.wasi import corpus
from tests.wasi.origin import ORIGIN, origin
from wasi_browser import HttpGrant, Machine, link, run_async
from wasi_browser.http.errors import HttpError
from wasi_browser.http.messages import Request, Timeouts
from wasi_browser.platform.native_http import blocking_transport, transport

DATA = corpus.manifest()
FETCHES = [test for test in DATA["tests"] if test.get("origin") and DATA["components"][test["component"]]["wasi"] == "0.2"]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as `origin` does; `/slow` takes its time, `/short` promises more than it sends."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path == "/slow":
            time.sleep(1)
        if self.path == "/short":
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
            self.close_connection = True
            return
        headers = [(name, value.encode("latin-1")) for name, value in self.headers.items()]
        response = origin(Request(self.command, "http", self.headers["host"], self.path, headers, body))
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value.decode("latin-1"))
        chunked = not any(name == "content-length" for name, _ in response.headers) and response.status != 204
        if chunked:
            self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        if chunked:
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(response.body), response.body))
        else:
            self.wfile.write(response.body)

    do_GET = do_POST = do_PUT = do_HEAD = answer

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    """A server that does not talk of clients that went away."""

    def handle_error(self, request, client_address):
        pass


@pytest.fixture(scope="module")
def authority():
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def whole(request):
    """A response through the transport that streams, its body gathered."""
    response = await transport(request)
    return response, b"".join([chunk async for chunk in response.body])


def test_both_transports_agree(authority):
    for path, method, body in (
        ("/hello", "GET", b""),
        ("/chunked", "GET", b""),
        ("/echo", "POST", b"x" * 100_000),
        ("/empty", "GET", b""),
    ):
        request = Request(method, "http", authority, path, [("x-client", b"me")], body)
        once = blocking_transport(request)
        streamed, content = asyncio.run(whole(request))
        assert (once.status, once.body) == (streamed.status, content)
        assert not [name for name, _ in once.headers if name.lower() in ("transfer-encoding", "connection")]
    assert blocking_transport(Request("GET", "http", authority, "/headers", [("x-client", b"me")])).body == b"x-client: me\n"


@pytest.mark.parametrize(
    ("path", "timeouts", "code"),
    [("/slow", Timeouts(first_byte=50_000_000), "connection-read-timeout"), ("/short", Timeouts(), "HTTP-response-incomplete")],
)
def test_failures(authority, path, timeouts, code):
    request = Request("GET", "http", authority, path, timeouts=timeouts)
    with pytest.raises(HttpError, match=code):
        blocking_transport(request)
    with pytest.raises(HttpError, match=code):
        asyncio.run(whole(request))


def test_nobody_there():
    with pytest.raises(HttpError, match="connection-refused"):
        blocking_transport(Request("GET", "http", "127.0.0.1:1", "/"))


def addressed(test, authority):
    """The settings of a test, its server at `authority`."""
    settings = corpus.settings(test, DATA)
    return replace(settings, argv=tuple(argument.replace(ORIGIN, authority) for argument in settings.argv))


@pytest.mark.parametrize("test", FETCHES, ids=[test["name"] for test in FETCHES])
@pytest.mark.parametrize("way", ["blocking", "suspended"])
def test_a_component_fetches(test, way, authority, engine, component):
    settings = addressed(test, authority)
    carrier = blocking_transport if way == "blocking" else transport
    machine = Machine(replace(settings, http=HttpGrant(carrier, frozenset({authority}))))
    if way == "blocking":
        code, trap = corpus.run_command(engine, component(test["component"]), machine)
        assert trap is None
    else:
        code = asyncio.run(suspended(engine, component(test["component"]), machine))
    expect, compare = test["expect"], test["compare"]
    assert code == expect["exit_code"]
    assert corpus.check_text(compare["stdout"], expect, "stdout", machine.stdout) is None
    assert corpus.check_text(compare["stderr"], expect, "stderr", machine.stderr) is None


async def suspended(engine, component, machine):
    """Run a command that may be suspended; its exit code, as far as the manifest tells codes apart."""
    linker = Linker()
    linker.add(*link(machine))
    instance = linker.instantiate(Store(engine, suspends=True), component)
    return min(await run_async(instance.func("wasi:cli/run#run").call_async), 1)
