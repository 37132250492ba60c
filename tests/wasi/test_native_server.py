"""Components behind a real HTTP server."""

from __future__ import annotations

import http.client
import socket
import threading

import pytest

from pycm_core.api import Linker, Store
from tests.wasi import corpus
from wasi_browser import Machine, link
from wasi_browser.http.errors import HttpError
from wasi_browser.http.messages import Request, Response
from wasi_browser.http.serving import serve
from wasi_browser.platform.native_http import blocking_transport
from wasi_browser.platform.native_server import NativeServer


@pytest.fixture
def serving():
    servers = []

    def start(answer, **more):
        server = NativeServer(answer, **more)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

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


@pytest.mark.skipif(not corpus.manifest()["tests"], reason="the component corpus is absent (PYCM_SHARED)")
def test_a_component_serves(serving, engine, component):
    def answer(request):
        linker = Linker()
        linker.add(*link(Machine()))
        instance = linker.instantiate(Store(engine), component("c-http-hello"))
        return serve(instance.func("wasi:http/incoming-handler#handle"), request)

    server = serving(answer)
    assert blocking_transport(Request("GET", "http", server.authority, "/")).body == b"hello from a hand-made component\n"
    assert blocking_transport(Request("POST", "http", server.authority, "/echo", [], b"some text")).body == b"POST some text"
