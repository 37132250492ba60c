"""wasi:http: fields, requests and responses, bodies, exchanges over a web in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import pytest

from pycm_core.abi.values import Err, Ok, VariantValue
from pycm_core.base.errors import Trap
from tests.wasi.origin import ORIGIN, origin
from wasi_browser import HttpGrant
from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import FORBIDDEN
from wasi_browser.http.messages import Request, Response, Timeouts
from wasi_browser.http.serving import IncomingRequest, Outparam, error_response, serve, serve_async
from wasi_browser.http.web import Recorded, Recorder, Replay, VirtualWeb

CLOSED = Err(VariantValue("closed"))
SYNTAX, IMMUTABLE, NOT_ALLOWED = (Err(VariantValue(tag)) for tag in ("invalid-syntax", "immutable", "forbidden"))
SECOND = 1_000_000_000


class Http:
    """A guest that speaks HTTP."""

    def __init__(self, g):
        self.g = g

    def __call__(self, function, *arguments):
        return self.g("http/types", function, *arguments)

    def request(self, path="/", method="get", authority=ORIGIN, scheme="HTTP", headers=()):
        request = self("outgoing-request", self("fields.from-list", list(headers)).value)
        assert self("outgoing-request.set-method", request, VariantValue(method)) == Ok()
        assert self("outgoing-request.set-path-with-query", request, path) == Ok()
        assert self("outgoing-request.set-authority", request, authority) == Ok()
        assert self("outgoing-request.set-scheme", request, scheme and VariantValue(scheme)) == Ok()
        return request

    def handle(self, request, options=None):
        return self.g("http/outgoing-handler", "handle", request, options)

    def get(self, future):
        return self("future-incoming-response.get", future)

    def write(self, body, data, trailers=None):
        stream = self("outgoing-body.write", body).value
        written = self.g("io/streams", "output-stream.blocking-write-and-flush", stream, data)
        self.g.drop("io/streams", "output-stream", stream)
        return written, self("outgoing-body.finish", body, trailers)

    def read(self, message):
        kind = "incoming-response" if hasattr(message, "status") else "incoming-request"
        body = self(f"{kind}.consume", message).value
        assert self(f"{kind}.consume", message) == Err()
        stream = self("incoming-body.stream", body).value
        assert self("incoming-body.stream", body) == Err()
        content = b""
        while isinstance(answer := self.g("io/streams", "input-stream.read", stream, 1 << 20), Ok):
            content += answer.value
        self.g.drop("io/streams", "input-stream", stream)
        trailers = self("incoming-body.finish", body)
        assert self("future-trailers.subscribe", trailers).ready()
        return content, trailers


@pytest.fixture
def http(guest):
    return lambda servers=None, **more: Http(guest(http=HttpGrant(VirtualWeb(servers or {ORIGIN: origin}), **more)))


def test_fields(http):
    h = http()
    fields = h("fields")
    assert h("fields") is not fields
    assert h("fields.append", fields, "X-One", b"1") == Ok()
    assert h("fields.append", fields, "other", b"") == Ok()
    assert h("fields.append", fields, "x-one", b"2") == Ok()
    assert h("fields.get", fields, "x-ONE") == [b"1", b"2"]
    assert h("fields.get", fields, "none") == []
    assert h("fields.has", fields, "OTHER") is True
    assert h("fields.has", fields, "bad name") is False
    assert h("fields.entries", fields) == [("X-One", b"1"), ("other", b""), ("x-one", b"2")]
    assert h("fields.set", fields, "x-one", [b"3", b"4"]) == Ok()
    assert h("fields.entries", fields) == [("x-one", b"3"), ("x-one", b"4"), ("other", b"")]
    copy = h("fields.clone", fields)
    assert h("fields.delete", copy, "X-one") == Ok()
    assert h("fields.entries", copy) == [("other", b"")]
    assert len(h("fields.entries", fields)) == 3


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_forbidden_fields(http, name):
    h = http()
    fields = h("fields")
    for answer in (
        h("fields.append", fields, name.title(), b"x"),
        h("fields.set", fields, name, [b"x"]),
        h("fields.delete", fields, name),
        h("fields.from-list", [(name, b"x")]),
    ):
        assert answer == NOT_ALLOWED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", b"x"),
        ("a b", b"x"),
        ("a:", b"x"),
        ("é", b"x"),
        ("ok", b"a\nb"),
        ("ok", b"a\rb"),
        ("ok", b"\0"),
        ("content-length", b"five"),
        ("Content-Length", b""),
    ],
)
def test_bad_fields(http, name, value):
    h = http()
    assert h("fields.append", h("fields"), name, value) == SYNTAX
    assert h("fields.set", h("fields"), name, [b"ok", value]) == SYNTAX
    assert h("fields.from-list", [(name, value)]) == SYNTAX


def test_fields_have_a_limit(http):
    h = http()
    fields = h("fields")
    assert h("fields.append", fields, "a", bytes([120]) * 131000) == Ok()
    with pytest.raises(Trap, match="128 KiB"):
        h("fields.append", fields, "b", bytes([120]) * 100)


def test_headers_of_a_message_are_immutable(http):
    h = http()
    request = h.request(headers=[("a", b"b")])
    headers = h("outgoing-request.headers", request)
    assert h("fields.append", headers, "x", b"y") == IMMUTABLE
    assert h("fields.set", headers, "x", [b"y"]) == IMMUTABLE
    assert h("fields.delete", headers, "a") == IMMUTABLE
    assert h("fields.append", h("fields.clone", headers), "x", b"y") == Ok()
    response = h("outgoing-response", h("fields"))
    assert h("fields.append", h("outgoing-response.headers", response), "x", b"y") == IMMUTABLE


def test_request_parts(http):
    h = http()
    request = h("outgoing-request", h("fields"))
    assert h("outgoing-request.method", request) == VariantValue("get")
    for get in ("path-with-query", "scheme", "authority"):
        assert h(f"outgoing-request.{get}", request) is None
    other = lambda value: VariantValue("other", value)  # noqa: E731
    for method, known in (
        (VariantValue("patch"), VariantValue("patch")),
        (other("FOO"), other("FOO")),
        (other("foo"), other("foo")),
    ):
        assert h("outgoing-request.set-method", request, method) == Ok()
        assert h("outgoing-request.method", request) == known
    for bad in ("", "BAD METHOD", "a\nb", "é"):
        assert h("outgoing-request.set-method", request, other(bad)) == Err()
    for scheme, known in (
        (VariantValue("HTTPS"), VariantValue("HTTPS")),
        (other("https"), VariantValue("HTTPS")),
        (other("WS"), other("ws")),
        (None, None),
    ):
        assert h("outgoing-request.set-scheme", request, scheme) == Ok()
        assert h("outgoing-request.scheme", request) == known
    for bad in ("", "bad\nscheme", "1a", "a b"):
        assert h("outgoing-request.set-scheme", request, other(bad)) == Err()
    for good in ("example.com", "example.com:80", "[::]:443", "[::1]", "127.0.0.1:65535", "u:p@host", None):
        assert h("outgoing-request.set-authority", request, good) == Ok()
        assert h("outgoing-request.authority", request) == good
    for bad in ("", "bad-port:99999", "bad-\nhost", "too-many-ports:80:80:80", "host:", "[::", "[x]", "[::]80", "a b", "@"):
        assert h("outgoing-request.set-authority", request, bad) == Err(), bad
    for good in ("/", "/a?b=c&d", "", "?x", "/ü", "*", None):
        assert h("outgoing-request.set-path-with-query", request, good) == Ok()
        assert h("outgoing-request.path-with-query", request) == good
    for bad in ("/a b", "/a\n", "/a#b", "a", "é", "a/b?c"):
        assert h("outgoing-request.set-path-with-query", request, bad) == Err()


def test_request_options(http):
    h = http()
    options = h("request-options")
    assert h("request-options") is not options
    for name in ("connect-timeout", "first-byte-timeout", "between-bytes-timeout"):
        assert h(f"request-options.{name}", options) is None
        assert h(f"request-options.set-{name}", options, 5) == Ok()
        assert h(f"request-options.{name}", options) == 5
    assert options.value() == Timeouts(5, 5, 5)
    assert h("request-options.set-connect-timeout", options, None) == Ok()
    assert h("request-options.connect-timeout", options) is None


def test_get(http):
    h = http()
    future = h.handle(h.request("/hello")).value
    assert h.g("io/poll", "poll", [h("future-incoming-response.subscribe", future)]) == [0]
    response = h.get(future).value.value
    assert h.get(future) == Err()
    assert h("incoming-response.status", response) == 200
    headers = h("incoming-response.headers", response)
    assert h("fields.get", headers, "Content-Type") == [b"text/plain"]
    assert h("fields.append", headers, "x", b"y") == IMMUTABLE
    content, trailers = h.read(response)
    assert content == b"hello over http\n"
    assert h("future-trailers.get", trailers) == Ok(Ok(None))
    assert h("future-trailers.get", trailers) == Err()


def test_post_is_sent_when_its_body_is_finished(http):
    seen = []

    def server(request):
        seen.append(request)
        return Response(201, [], request.body[::-1], [("x-sum", b"7")])

    h = http({"other.example": server})
    request = h.request("/p?q", "post", "OTHER.example:80", headers=[("content-length", b"7")])
    body = h("outgoing-request.body", request).value
    assert h("outgoing-request.body", request) == Err()
    future = h.handle(request).value
    pollable = h("future-incoming-response.subscribe", future)
    assert not pollable.ready()
    assert h.get(future) is None
    assert seen == []
    trailers = h("fields.from-list", [("x-end", b"1")]).value
    assert h.write(body, b"payload", trailers) == (Ok(), Ok())
    assert h("outgoing-body.write", body) == Err()
    assert pollable.ready()
    response = h.get(future).value.value
    assert response.status == 201
    content, future_trailers = h.read(response)
    assert content == b"daolyap"
    assert h("fields.entries", h("future-trailers.get", future_trailers).value.value) == [("x-sum", b"7")]
    (asked,) = seen
    assert (asked.method, asked.url) == ("POST", "http://OTHER.example:80/p?q")
    assert (asked.body, asked.trailers) == (b"payload", [("x-end", b"1")])


def size(count):
    return VariantValue("HTTP-request-body-size", count)


def test_content_length_is_kept(http):
    h = http()
    request = h.request("/echo", "post", headers=[("content-length", b"11")])
    body = h("outgoing-request.body", request).value
    future = h.handle(request).value
    assert h.write(body, b"too little") == (Ok(), Err(size(10)))
    assert h.get(future) == Ok(Err(size(10)))

    request = h.request("/echo", "post", headers=[("content-length", b"5")])
    body = h("outgoing-request.body", request).value
    future = h.handle(request).value
    written, finished = h.write(body, b"too much")
    assert written.value.tag == "last-operation-failed"
    assert h("http-error-code", written.value.value) == size(8)
    assert h("http-error-code", ValueError("no")) is None
    assert finished == Err(size(8))
    assert h.get(future) == Ok(Err(size(8)))

    request = h.request("/echo", "post", headers=[("content-length", b"5")])
    assert h.get(h.handle(request).value) == Ok(Err(size(0)))


def test_dropping_a_body_aborts(http):
    h = http()
    request = h.request("/echo", "post")
    body = h("outgoing-request.body", request).value
    future = h.handle(request).value
    stream = h("outgoing-body.write", body).value
    with pytest.raises(Trap, match="before its stream"):
        h.g.drop("http/types", "outgoing-body", body)
    with pytest.raises(Trap, match="before its stream"):
        h("outgoing-body.finish", body, None)
    h.g.drop("io/streams", "output-stream", stream)
    h.g.drop("http/types", "outgoing-body", body)
    assert h.get(future) == Ok(Err(VariantValue("HTTP-protocol-error")))
    h.g.drop("http/types", "future-incoming-response", future)


def test_finished_before_sent(http):
    h = http()
    request = h.request("/echo", "post")
    body = h("outgoing-request.body", request).value
    assert h.write(body, b"early") == (Ok(), Ok())
    h.g.drop("http/types", "outgoing-body", body)
    assert h.read(h.get(h.handle(request).value).value.value)[0] == b"early"


def test_refusals(http):
    h = http(hosts=frozenset({ORIGIN, "127.0.0.1:1", "secure.example:443"}))
    code = lambda *args, **more: h.handle(h.request(*args, **more)).value.tag  # noqa: E731
    assert code(path=None) == "HTTP-request-URI-invalid"
    assert code(authority=None) == "HTTP-request-URI-invalid"
    assert code(authority="elsewhere.example") == "HTTP-request-denied"
    assert code(authority="secure.example") == "HTTP-request-denied"
    refused = Ok(Err(VariantValue("connection-refused")))
    assert h.get(h.handle(h.request(authority="127.0.0.1:1")).value) == refused
    assert h.get(h.handle(h.request(authority="secure.example", scheme=None)).value) == refused
    request = h.request()
    assert h("outgoing-request.set-scheme", request, VariantValue("other", "WS")) == Ok()
    assert h.handle(request) == Err(VariantValue("HTTP-protocol-error"))


def test_denied_without_a_grant(guest):
    h = Http(guest())
    assert h.handle(h.request()) == Err(VariantValue("HTTP-request-denied"))
    outparam = Outparam()
    h.g("http/incoming-handler", "handle", IncomingRequest(Request()), outparam)
    assert outparam.answer.code == "HTTP-request-denied"


def test_delays_and_timeouts_are_virtual(http):
    h = http({"slow.example": lambda request: Response(delay=10 * SECOND)})
    request = h.request(authority="slow.example")
    future = h.handle(request).value
    pollable = h("future-incoming-response.subscribe", future)
    assert not pollable.ready()
    timer = h.g("clocks/monotonic-clock", "subscribe-duration", SECOND)
    assert h.g("io/poll", "poll", [pollable, timer]) == [1]
    assert h.g("io/poll", "poll", [pollable]) == [0]
    assert h.get(future).value.value.status == 200
    options = h("request-options")
    h("request-options.set-first-byte-timeout", options, 2 * SECOND)
    future = h.handle(h.request(authority="slow.example"), options).value
    h.g("io/poll", "pollable.block", h("future-incoming-response.subscribe", future))
    assert h.get(future) == Ok(Err(VariantValue("connection-read-timeout")))


def test_a_transport_that_waits_and_streams(guest):
    async def chunks(broken):
        for number in range(3):
            await asyncio.sleep(0)
            yield bytes([number]) * 60000
        if broken:
            raise HttpError("HTTP-response-incomplete")

    async def transport(request):
        await asyncio.sleep(0)
        if request.path == "/fail":
            raise HttpError("DNS-timeout")
        return Response(200, [], chunks(request.path == "/broken"))

    h = Http(guest(http=HttpGrant(transport)))

    async def settled(answer):
        return await answer if isinstance(answer, Awaitable) else answer

    async def fetch(path):
        future = h.handle(h.request(path)).value
        assert h.get(future) is None
        await settled(h.g("io/poll", "pollable.block", h("future-incoming-response.subscribe", future)))
        answer = h.get(future).value
        if isinstance(answer, Err):
            return answer.value.tag
        body = h("incoming-response.consume", answer.value).value
        stream = h("incoming-body.stream", body).value
        size = 0
        while True:
            read = await settled(h.g("io/streams", "input-stream.blocking-read", stream, 50000))
            if isinstance(read, Err):
                break
            size += len(read.value)
        with pytest.raises(Trap, match="before its stream"):
            h("incoming-body.finish", body)
        h.g.drop("io/streams", "input-stream", stream)
        trailers = h("future-trailers.get", h("incoming-body.finish", body))
        return size, read.value.tag, trailers.value

    async def session():
        return [await fetch("/"), await fetch("/broken"), await fetch("/fail")]

    incomplete = Err(VariantValue("HTTP-response-incomplete"))
    assert asyncio.run(session()) == [
        (180000, "closed", Ok(None)),
        (180000, "last-operation-failed", incomplete),
        "DNS-timeout",
    ]
    assert h.g.machine.bell.sources == 0


def test_trailers_come_after_the_body(guest):
    async def chunks():
        yield b"a"
        await asyncio.sleep(0)
        yield b"b"

    async def transport(request):
        return Response(200, [], chunks(), [("x-sum", b"2")])

    h = Http(guest(http=HttpGrant(transport)))

    async def session():
        future = h.handle(h.request()).value
        await h.g("io/poll", "pollable.block", h("future-incoming-response.subscribe", future))
        body = h("incoming-response.consume", h.get(future).value.value).value
        trailers = h("incoming-body.finish", body)
        assert h("future-trailers.get", trailers) is None
        pollable = h("future-trailers.subscribe", trailers)
        assert not h.g("io/poll", "pollable.ready", pollable)
        await h.g("io/poll", "pollable.block", pollable)
        assert h.g("io/poll", "pollable.ready", pollable)
        assert h("fields.entries", h("future-trailers.get", trailers).value.value) == [("x-sum", b"2")]

    asyncio.run(session())


def test_recording_and_replay():
    recorder = Recorder(VirtualWeb({ORIGIN: origin}))
    ask = Request(authority=ORIGIN, path="/hello?x", headers=[("a", b"\xff")])
    first = recorder(ask)
    with pytest.raises(HttpError):
        recorder(Request(authority="nowhere"))
    data = [exchange.to_data() for exchange in recorder.exchanges]
    replay = Replay([Recorded.of_data(item) for item in data])
    assert replay(ask) == first
    with pytest.raises(HttpError, match="connection-refused"):
        replay(Request(authority="nowhere"))
    with pytest.raises(HttpError, match="destination-unavailable"):
        replay(ask)


def test_recording_gathers_streams():
    async def chunks():
        yield b"a"
        yield b"b"

    async def transport(request):
        return Response(200, [], chunks())

    recorder = Recorder(transport)
    assert asyncio.run(recorder(Request())).body == b"ab"
    assert recorder.exchanges[0].response.body == b"ab"


def handler(h, answer, scheme="HTTP"):
    """A component's handler: reads the request, and answers it."""

    def handle(request, outparam):
        assert h("incoming-request.method", request) == VariantValue("put")
        assert h("incoming-request.path-with-query", request) == "/x?y"
        assert h("incoming-request.scheme", request) == VariantValue(scheme)
        assert h("incoming-request.authority", request) == "localhost"
        headers = h("incoming-request.headers", request)
        assert h("fields.get", headers, "a") == [b"b"]
        assert h("fields.append", headers, "x", b"y") == IMMUTABLE
        answer(h.read(request)[0], outparam)

    return handle


def test_serving(http):
    h = http()

    def answer(content, outparam):
        fields = h("fields.from-list", [("x-made-by", b"test")]).value
        assert h("response-outparam.send-informational", outparam, 103, fields) == Ok()
        protocol_error = Err(VariantValue("HTTP-protocol-error"))
        assert h("response-outparam.send-informational", outparam, 200, fields) == protocol_error
        response = h("outgoing-response", fields)
        assert h("outgoing-response.status-code", response) == 200
        for bad in (0, 42, 99, 1000, 65535):
            assert h("outgoing-response.set-status-code", response, bad) == Err()
        for good in (100, 599, 600, 999):
            assert h("outgoing-response.set-status-code", response, good) == Ok()
            assert h("outgoing-response.status-code", response) == good
        assert h("outgoing-response.set-status-code", response, 202) == Ok()
        body = h("outgoing-response.body", response).value
        assert h("outgoing-response.body", response) == Err()
        h("response-outparam.set", outparam, Ok(response))
        assert h.write(body, content.upper()) == (Ok(), Ok())

    request = Request("PUT", path="/x?y", headers=[("a", b"b")], body=b"shout")
    served = serve(handler(h, answer), request)
    made_by = [("x-made-by", b"test")]
    assert served == Response(202, made_by, b"SHOUT", informational=[(103, made_by)])

    async def waiting(incoming, outparam):
        handler(h, answer)(incoming, outparam)

    assert asyncio.run(serve_async(waiting, request)) == served
    assert serve(handler(h, answer, "HTTPS"), replace(request, scheme="https")) == served
    assert error_response().status == 500


def test_serving_nothing(http):
    h = http()
    request = Request("PUT", path="/x?y", headers=[("a", b"b")])
    failed = lambda content, outparam: h("response-outparam.set", outparam, Err(VariantValue("loop-detected")))  # noqa: E731

    def unfinished(content, outparam):
        response = h("outgoing-response", h("fields"))
        h("outgoing-response.body", response)
        h("response-outparam.set", outparam, Ok(response))

    def short(content, outparam):
        response = h("outgoing-response", h("fields.from-list", [("content-length", b"9")]).value)
        body = h("outgoing-response.body", response).value
        h("response-outparam.set", outparam, Ok(response))
        assert h.write(body, b"short")[1] == Err(VariantValue("HTTP-response-body-size", 5))

    def bodiless(content, outparam):
        h("response-outparam.set", outparam, Ok(h("outgoing-response", h("fields"))))

    for answer, code in (
        (failed, "loop-detected"),
        (lambda content, outparam: None, "internal-error"),
        (unfinished, "HTTP-response-incomplete"),
        (short, "HTTP-response-body-size"),
    ):
        with pytest.raises(HttpError, match=code):
            serve(handler(h, answer), request)
    assert serve(handler(h, bodiless), request) == Response()


def test_a_component_in_the_middle_passes_on(http, guest):
    h = http()
    forward = lambda request, outparam: h.g("http/incoming-handler", "handle", request, outparam)  # noqa: E731
    served = serve(forward, Request("POST", authority=ORIGIN, path="/echo", body=b"through"))
    assert (served.status, served.body) == (200, b"through")
    with pytest.raises(HttpError, match="connection-refused"):
        serve(forward, Request(authority="nowhere.example"))

    async def transport(request):
        if request.path == "/fail":
            raise HttpError("connection-timeout")
        return Response(200, [], b"late")

    h2 = Http(guest(http=HttpGrant(transport)))
    late = lambda request, outparam: h2.g("http/incoming-handler", "handle", request, outparam)  # noqa: E731
    assert asyncio.run(serve_async(late, Request())).body == b"late"
    with pytest.raises(HttpError, match="connection-timeout"):
        asyncio.run(serve_async(late, Request(path="/fail")))


def test_closed_readers(http):
    h = http()
    future = h.handle(h.request("/hello")).value
    body = h("incoming-response.consume", h.get(future).value.value).value
    stream = h("incoming-body.stream", body).value
    with pytest.raises(Trap, match="before its stream"):
        h.g.drop("http/types", "incoming-body", body)
    h.g.drop("io/streams", "input-stream", stream)
    h.g.drop("http/types", "incoming-body", body)
    assert h.g("io/streams", "input-stream.read", stream, 1) == CLOSED
