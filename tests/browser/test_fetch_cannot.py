"""What `fetch` cannot do, case by case, in Chromium: `fetch_cannot.txt` is the list, and each of its lines has a test here."""

from __future__ import annotations

import gzip
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Watch
from tests.browser.test_fetching import RUN
from tests.browser.test_waiting import opened

ROOT = Path(__file__).parents[2]
LIST = {
    case: (code, why)
    for case, code, why in (
        line.split(" | ")
        for line in (Path(__file__).parent / "fetch_cannot.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
}
Fetch = Callable[..., dict[str, Any]]
Case = Callable[[Fetch, "Server"], Iterator[dict[str, Any]]]
CASES: dict[str, Case] = {}


def case(name: str) -> Callable[[Case], Case]:
    """The test of a line: it gives what runs came to, and checks what else there is to see."""

    def register(test: Case) -> Case:
        CASES[name] = test
        return test

    return register


def test_each_line_has_a_test_and_is_shown() -> None:
    assert list(CASES) == list(LIST)
    shown = (ROOT / "README.md").read_text("utf-8")
    table = "".join(f"| {case} | `{code}` | {why} |\n" for case, (code, why) in LIST.items())
    assert table in shown, "the table of README.md is to be:\n" + table


class Server(http.server.ThreadingHTTPServer):
    """Answers what its path asks for."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def origin(self) -> str:
        return f"localhost:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        fields = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((self.command, self.path, fields, body))
        if self.path == "/hints":
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nx-early: 1\r\n\r\n")
        self.send_response(302 if self.path == "/moved" else 200)
        if self.path != "/closed":
            self.send_header("access-control-allow-origin", "*")
        if self.path == "/moved":
            self.send_header("location", "/there")
        content = f"{self.command} {self.path}".encode()
        if self.path == "/fields":
            for name, value in (("x-seen", "1"), ("x-seen", "2"), ("x-hidden", "1"), ("set-cookie", "a=b")):
                self.send_header(name, value)
            self.send_header("access-control-expose-headers", "x-seen, set-cookie")
        if self.path == "/packed":
            content = gzip.compress(content)
            self.send_header("content-encoding", "gzip")
            self.send_header("access-control-expose-headers", "content-encoding, content-length")
        if self.path == "/trailers":
            self.send_header("transfer-encoding", "chunked")
            self.send_header("trailer", "x-sum")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n0\r\nx-sum: 7\r\n\r\n" % (len(content), content))
            return
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", LIST)
def test_case(name: str, booted: Page, server: Server, watch: Watch) -> None:
    watch.allowed += ["net::ERR_", "CORS policy", "Failed to load resource", "request to http://nobody.invalid/"]
    id = opened(booted, "fetch")

    def fetch(path: str, *options: str, host: str | None = None, scheme: str = "http", **grant: Any) -> dict[str, Any]:
        authority = host or server.origin
        grant = grant or {"hosts": [authority.rpartition("@")[2]]}
        ended: dict[str, Any] = booted.evaluate(RUN, [id, [f"{scheme}://{authority}{path}", *options], grant])
        return ended

    code, _ = LIST[name]
    ran = 0
    for ended in CASES[name](fetch, server):
        ran += 1
        if code == "ok":
            steps = [step for step in ended["steps"] if step != "note"]
            assert (ended["exit"], steps) == (0, ["sent", "response", "end"]), ended
        else:
            assert ended["exit"] == 1, ended
            assert ended["text"].startswith(f"error: {code}:"), ended
    assert ran


@case("the methods CONNECT, TRACE and TRACK")
def methods(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    for method in ("CONNECT", "TRACE", "TRACK"):
        yield fetch("/", "--method", method)
    assert server.asked == []


@case("a body with GET or HEAD")
def bodies(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    for method in ("GET", "HEAD"):
        ended = fetch("/", "--method", method, "--body", "x")
        assert f"do not send a body with {method}" in ended["words"][0]
        yield ended
    assert server.asked == []


@case("trailers after a request's body")
def trailers_sent(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    ended = fetch("/", "--method", "POST", "--body", "x", "--trailer", "x-sum: 1")
    assert "do not send trailers" in ended["words"][0]
    yield ended
    assert server.asked == []


@case(
    "the fields `cookie`, `origin`, `referer`, `te`, `trailer`, `expect`, `via`, `accept-charset`, `access-control-request-*`,"
    " `sec-*`, `proxy-*`"
)
def dropped(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    names = ("cookie", "origin", "referer", "te", "trailer", "expect", "via", "accept-charset")
    more = ("access-control-request-headers", "access-control-request-method", "sec-own", "proxy-own")
    for name in names + more:
        ended = fetch("/", "--header", f"{name}: x")
        assert f"`{name}`" in ended["words"][0]
        yield ended
    assert server.asked == []


@case("the fields `user-agent`, `accept-encoding`, `content-length`, `date`, `dnt`")
def replaced(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    for name in ("user-agent", "accept-encoding", "date", "dnt"):
        ended = fetch("/", "--header", f"{name}: mine")
        assert any(f"`{name}`" in words for words in ended["words"])
        yield ended
    ended = fetch("/", "--method", "POST", "--body", "four", "--header", "content-length: 4")
    assert any("`content-length`" in words for words in ended["words"])
    yield ended
    assert all("mine" not in fields.values() for _, _, fields, _ in server.asked)


@case("user information in the authority")
def user(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    ended = fetch("/", host=f"me:secret@{server.origin}")
    assert "user information" in ended["words"][0]
    yield ended
    assert server.asked == []


@case("an answer without CORS fields from another origin")
def closed(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    ended = fetch("/closed")
    assert "CORS" in ended["words"][0]
    yield ended
    assert [path for _, path, _, _ in server.asked] == ["/closed"]


@case("a method or a field that needs the server's leave, which CORS does not give")
def preflight(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    yield fetch("/", "--method", "DELETE")
    yield fetch("/", "--header", "x-own: 1")
    assert {method for method, _, _, _ in server.asked} == {"OPTIONS"}


@case("a closed port, an unknown name, a broken TLS handshake")
def nobody(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    yield fetch("/", host=f"localhost:{port}")
    yield fetch("/", host="nobody.invalid")
    yield fetch("/", scheme="https")


@case("ports that belong to other protocols (6000, 25, …)")
def ports(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    for port in (6000, 25):
        yield fetch("/", host=f"localhost:{port}")


@case("seeing a redirect, where single hosts were granted")
def redirect(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    ended = fetch("/moved")
    assert "the server redirects" in ended["words"][0]
    yield ended
    assert [path for _, path, _, _ in server.asked] == ["/moved"]


@case("seeing a redirect, where everybody was granted")
def redirected(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    ended = fetch("/moved", hosts=["*"])
    assert ended["text"].startswith("status 200\n") and "GET /there" in ended["text"]
    assert f"followed a redirect to http://{server.origin}/there" in ended["words"][0]
    yield ended


@case("a connect timeout of its own")
def connecting(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connects at once, and never answers
        yield fetch("/", "--connect-timeout", "200", host=f"localhost:{silent.getsockname()[1]}")


@case("a request body that begins before it is complete")
def whole(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    yield fetch("/", "--method", "POST", "--body", "four")
    ((_, _, fields, body),) = server.asked
    assert (fields["content-length"], body) == ("4", b"four") and "transfer-encoding" not in fields


@case("dots in a path as they are")
def paths(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    yield fetch("/a/../b")
    yield fetch("/a/./c")
    assert [path for _, path, _, _ in server.asked] == ["/b", "/a/c"]


@case("fields of a response from another origin that CORS does not expose")
def hidden(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    ended = fetch("/fields")
    assert "x-seen: " in ended["text"] and "x-hidden" not in ended["text"]
    yield ended


@case("`set-cookie` in a response")
def cookies(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    ended = fetch("/fields")
    assert "set-cookie" not in ended["text"]
    yield ended


@case("fields that a response has twice")
def joined(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    ended = fetch("/fields")
    assert "x-seen: 1, 2\n" in ended["text"]
    yield ended


@case("1xx responses")
def early(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    ended = fetch("/hints")
    assert ended["text"].startswith("status 200\n") and "x-early" not in ended["text"]
    yield ended


@case("trailers after a response's body")
def trailers_received(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    ended = fetch("/trailers")
    assert ended["text"].endswith("GET /trailers") and "trailer x-sum" not in ended["text"]
    yield ended


@case("a body with its content coding")
def packed(fetch: Fetch, server: Server) -> Iterator[dict[str, Any]]:
    ended = fetch("/packed")
    assert ended["text"].endswith("\n\nGET /packed")
    assert "content-encoding" not in ended["text"] and "content-length" not in ended["text"]
    yield ended
