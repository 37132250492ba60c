"""Components behind a real HTTP server."""

from __future__ import annotations

import http.client
import queue
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pycm_core.api import Component, Linker, Store
from pycm_core.api.engines import make
from tests.wasi import corpus
from wasi_browser import Machine, Settings, link
from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import Fields
from wasi_browser.http.messages import Request, Response
from wasi_browser.http.serving import OutgoingResponse
from wasi_browser.platform.native import BlockingPlatform
from wasi_browser.platform.native_http import blocking_transport
from wasi_browser.platform.native_server import NativeServer


@pytest.fixture
def serving():
    servers = []

    def start(answer, **more):
        """A server that answers with whole responses to whole requests."""
        return start_raw(lambda exchange: exchange.respond(answer(replace(exchange.request, body=exchange.body()))), **more)

    def start_raw(answer, **more):
        server = NativeServer(answer, **more)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    start.raw = start_raw
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_requests_arrive_whole(serving):
    seen = []

    def answer(request):
        seen.append(request)
        return Response(201, [("x-a", b"\xe9"), ("set-cookie", b"1"), ("set-cookie", b"2")], request.body.upper())

    server = serving(answer)
    got = blocking_transport(Request("PATCH", "http", server.authority, "/p?q=%20", [("x-b", b"c")], b"body"))
    assert (got.status, got.body) == (201, b"BODY")
    assert [value for name, value in got.headers if name == "set-cookie"] == [b"1", b"2"]
    assert ("x-a", b"\xe9") in got.headers
    (request,) = seen
    assert (request.method, request.authority, request.path, request.body) == ("PATCH", server.authority, "/p?q=%20", b"body")
    connection = http.client.HTTPConnection(server.authority)
    for expected in (b"AB", b"C"):  # one connection, bodies in chunks
        connection.request("POST", "/", iter([expected.lower()]), encode_chunked=True, headers={"transfer-encoding": "chunked"})
        assert connection.getresponse().read() == expected
    connection.request("HEAD", "/")
    assert connection.getresponse().read() == b""
    connection.close()


def test_informational_responses_go_first(serving):
    server = serving(lambda request: Response(200, [], b"final", informational=[(103, [("link", b"</s.css>")])]))
    with socket.create_connection(server.server_address, timeout=5) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        got = b""
        while part := raw.recv(4096):
            got += part
    early, _, final = got.partition(b"\r\n\r\n")
    assert early.startswith(b"HTTP/1.1 103 ") and b"link: </s.css>" in early
    assert final.startswith(b"HTTP/1.1 200 ") and final.endswith(b"final")


def test_failures_are_500_and_told(serving):
    told = []

    def answer(request):
        raise HttpError("loop-detected") if request.path == "/loop" else ZeroDivisionError

    server = serving(answer, on_error=told.append)
    for path in ("/loop", "/bug"):
        assert blocking_transport(Request("GET", "http", server.authority, path)).status == 500
    assert [type(error) for error in told] == [HttpError, ZeroDivisionError]


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET\r\n\r\n",
        b"\0\0\0\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc",
        b"GET /" + b"a" * 70000,
    ],
)
def test_garbage_does_not_end_it(serving, garbage):
    server = serving(lambda request: Response(200, [], b"fine"))
    host, port = server.server_address
    with socket.create_connection((host, port), timeout=5) as raw:
        raw.sendall(garbage)
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(4096):
            pass
    assert blocking_transport(Request("GET", "http", server.authority, "/")).body == b"fine"


@pytest.fixture
def component_server(serving):
    """Serves with a component, as `pycm serve` does."""

    def start(component, engine, **settings):
        failures = []

        def answer(exchange):
            platform = BlockingPlatform()
            linker = Linker()
            linker.add(*link(Machine(Settings(real_clock=True, **settings), platform)))
            exchange.serve(linker.instantiate(Store(engine), component).func("wasi:http/incoming-handler#handle"))
            platform.close()

        return serving.raw(answer, on_error=failures.append), failures

    return start


def talk(server, request: bytes) -> bytes:
    """What the server says to these bytes, until it closes."""
    with socket.create_connection(server.server_address, timeout=10) as raw:
        raw.sendall(request)
        raw.shutdown(socket.SHUT_WR)
        got = b""
        while part := raw.recv(65536):
            got += part
    return got


@pytest.mark.skipif(not corpus.manifest()["tests"], reason="the component corpus is absent (PYCM_SHARED)")
@pytest.mark.parametrize("engine", ["python", "wasmtime"], indirect=True)
def test_a_component_serves(component_server, engine, component):
    server, failures = component_server(component("c-http-hello"), engine)
    assert blocking_transport(Request("GET", "http", server.authority, "/")).body == b"hello from a hand-made component\n"
    assert blocking_transport(Request("POST", "http", server.authority, "/echo", [], b"some text")).body == b"POST some text"
    assert blocking_transport(Request("GET", "http", server.authority, "/boom")).status == 500
    assert [error.code for error in failures] == ["internal-error"]


@pytest.mark.skipif(not corpus.manifest()["tests"], reason="the component corpus is absent (PYCM_SHARED)")
def test_javascript_serves(component_server, engine, component):
    server, _ = component_server(component("js-http-sm"), engine)
    response = blocking_transport(Request("GET", "http", server.authority, "/"))
    assert (response.status, bool(response.body)) == (200, True)


@pytest.fixture(params=["wasmtime"])
def engine(request):
    return make(request.param)


@pytest.fixture(scope="module")
def site():
    return Component((Path(corpus.__file__).parents[2] / "web/examples/wasi/site.wasm").read_bytes())


def test_responses_stream(component_server, engine, site):
    server, _ = component_server(site, engine)
    connection = http.client.HTTPConnection(server.authority, timeout=10)
    connection.request("GET", "/ticks")
    response = connection.getresponse()
    came = []
    while line := response.readline():
        came.append((line, time.monotonic()))
        if len(came) == 3:
            break
    assert [line for line, _ in came] == [b"tick 1\n", b"tick 2\n", b"tick 3\n"]
    assert came[2][1] - came[0][1] > 0.4, "the lines came together, not as they were written"
    connection.close()


def test_requests_stream(component_server, engine, site):
    """What has been sent comes back before the rest is sent."""
    server, _ = component_server(site, engine)
    with socket.create_connection(server.server_address, timeout=10) as raw:
        raw.sendall(b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        got = b""
        for number in range(3):
            raw.sendall(b"6\r\npart %d\r\n" % number)
            while b"part %d" % number not in got:
                got += raw.recv(4096)
        raw.sendall(b"0\r\n\r\n")
        while not got.endswith(b"\r\n0\r\n\r\n"):
            got += raw.recv(4096)
    lines = got.partition(b"\r\n\r\n")[2].split(b"\r\n")
    assert b"".join(lines[1::2]) == b"POST part 0part 1part 2"


def test_old_clients_get_a_body_until_the_end(component_server, engine, site):
    server, _ = component_server(site, engine)
    head, _, body = talk(server, b"GET /style.css HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")
    assert b"connection: close" in head and b"chunked" not in head and body.startswith(b":root") and body.endswith(b"}\n")
    head, _, body = talk(server, b"HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ") and body == b""


def test_a_client_that_leaves_ends_the_guest(component_server, engine, site):
    server, failures = component_server(site, engine)
    with socket.create_connection(server.server_address, timeout=10) as raw:
        raw.sendall(b"GET /ticks HTTP/1.1\r\nhost: x\r\n\r\n")
        raw.recv(10)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert blocking_transport(Request("GET", "http", server.authority, "/style.css")).status == 200
    assert failures == []


def asked(serving, *lines):
    """What a server makes of the head of a request, and the first line of its answer."""
    seen = []
    server = serving(lambda request: seen.append(request) or Response(200, [], b"fine"))
    with socket.create_connection(server.server_address, timeout=30) as raw:
        raw.sendall(b"\r\n".join([*lines, b"connection: close", b"", b""]))
        got = b""
        while part := raw.recv(4096):
            got += part
    return seen[0] if seen else None, got.partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("target", "authority", "path"),
    [
        (b"//two/slashes", "here", "//two/slashes"),
        (b"/p?q=//x", "here", "/p?q=//x"),
        (b"/p#part", "here", "/p"),
        (b"http://there:81/p?q", "there:81", "/p?q"),
        (b"HTTP://there?q", "there", "/?q"),
        (b"*", "here", "*"),
    ],
)
def test_targets_as_they_are_written(serving, target, authority, path):
    request, status = asked(serving, b"OPTIONS %b HTTP/1.1" % target, b"host: here")
    assert (request.authority, request.path) == (authority, path)
    assert status.startswith(b"HTTP/1.1 200 ")


def test_fields_of_the_connection_are_not_the_guest_s(serving):
    request, _ = asked(serving, b"GET / HTTP/1.1", b"Host: here", b"X-A: 1", b"x-a: 2", b"Keep-Alive: 3", b"Upgrade: h2c")
    assert request.headers == [("x-a", b"1"), ("x-a", b"2")]


@pytest.mark.parametrize(
    "lines",
    [
        [b"GET / HTTP/1.1", b"host: a", b"host: b"],
        [b"POST / HTTP/1.1", b"host: a", b"content-length: 3", b"content-length: 4"],
        [b"GET / HTTP/1.1", b"host: a", b"two words: x", b"content-length: 3"],
        [b"GET nowhere HTTP/1.1", b"host: a"],
        [b"GET http:///p HTTP/1.1", b"host: a"],
    ],
)
def test_requests_that_could_be_read_in_two_ways_are_400(serving, lines):
    assert asked(serving, *lines) == (None, b"HTTP/1.1 400 Bad Request")


@pytest.mark.parametrize("status", [100, 101, 199])
def test_an_informational_status_is_no_answer(serving, status):
    """Clients would wait for what comes after it."""
    told = queue.SimpleQueue()

    def handle(request, outparam):
        response = OutgoingResponse(Fields())
        response.status = status
        outparam.set(response)
        response.open_body().finish(None)

    server = serving.raw(lambda exchange: exchange.serve(handle), on_error=told.put)
    assert blocking_transport(Request("GET", "http", server.authority, "/")).status == 500
    assert told.get(timeout=60).code == "HTTP-protocol-error"
