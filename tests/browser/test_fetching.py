"""Requests of a component by `fetch`, to a server on another port of this machine: allowed, denied, too slow, without CORS, redirected."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Watch
from tests.browser.test_waiting import opened

RUN = """async ([id, argv, http]) => {
  const log = [];
  const decoder = new TextDecoder();
  const {exit, stdout, exchanges} = await pycm.call('run', {id, argv: ['fetch', ...argv], grants: {http}}, {onHttp: (one) => log.push(one)});
  return {exit, text: decoder.decode(stdout), steps: log.map(({step}) => step), words: log.map(({words}) => words).filter(Boolean), exchanges};
}"""


class Server(http.server.ThreadingHTTPServer):
    """Answers with CORS, except below `/closed`; `asked` lists the requests that arrived."""

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
        if self.path == "/slow":
            time.sleep(3)
        self.send_response(302 if self.path == "/moved" else 200)
        if self.path == "/moved":
            self.send_header("location", "/there")
        if self.path != "/closed":
            self.send_header("access-control-allow-origin", "*")
            self.send_header("access-control-allow-methods", "PUT")
            self.send_header("access-control-allow-headers", "*")
            self.send_header("access-control-expose-headers", "x-made-by")
        self.send_header("content-type", "text/plain")
        self.send_header("x-made-by", "a test")
        if self.path == "/stalls":  # until who asked hangs up
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"4\r\npart\r\n")
            self.wfile.flush()
            self.connection.settimeout(60)
            self.connection.recv(1)
            return
        if self.path == "/pieces":
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for piece in (b"one ", b"two ", b"three"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
                time.sleep(0.2)
            self.wfile.write(b"0\r\n\r\n")
            return
        content = b"" if self.command == "OPTIONS" else f"{self.command} {self.path} {body.decode()}".encode()
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_OPTIONS = answer

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetch(booted: Page, server: Server) -> Any:
    id = opened(booted, "fetch")

    def run(path: str, *options: str, **grant: Any) -> dict[str, Any]:
        ended: dict[str, Any] = booted.evaluate(RUN, [id, [f"http://{server.origin}{path}", *options], grant])
        return ended

    return run


def test_a_granted_host_answers(fetch: Any, server: Server) -> None:
    ended = fetch("/hello?a=1", hosts=[server.origin])
    assert (ended["exit"], ended["steps"]) == (0, ["sent", "response", "end"])
    assert ended["text"].startswith("status 200\n") and ended["text"].endswith("\n\nGET /hello?a=1 ")
    assert "x-made-by: a test\n" in ended["text"]
    ended = fetch("/echo", "--method", "PUT", "--body", "what is sent", "--header", "x-own: yes", hosts=[server.origin])
    assert ended["text"].endswith("PUT /echo what is sent")
    (fields,) = [fields for method, _, fields, _ in server.asked if method == "PUT"]
    assert fields["x-own"] == "yes"
    assert "cookie" not in fields and "referer" not in fields


def test_a_body_arrives_in_pieces(fetch: Any, server: Server) -> None:
    assert fetch("/pieces", hosts=["localhost"])["text"].endswith("one two three")


@pytest.mark.parametrize("grant", [{}, {"hosts": []}, {"hosts": ["localhost:1", "example.org"]}])
def test_nothing_is_sent_to_who_was_not_granted(fetch: Any, server: Server, grant: dict[str, Any]) -> None:
    ended = fetch("/hello", **grant)
    assert (ended["exit"], ended["steps"]) == (1, ["failed"])
    assert ended["text"].startswith("error: HTTP-request-denied")
    assert "not among the hosts that were granted" in ended["words"][0]
    assert server.asked == []


def test_the_worker_that_sends_checks_for_itself(booted: Page, server: Server) -> None:
    """Even who has the channel reaches nobody else."""
    name = booted.evaluate(
        """async () => {
          const list = await (await fetch('./')).text();
          const script = new URL(list.match(/assets\\/index-[^"]*\\.js/)[0], location).href;
          return (await (await fetch(script)).text()).match(/reach\\/reach-worker-[\\w-]*\\.js/)[0];
        }"""
    )
    refused = booted.evaluate(
        """([name, granted, url]) => new Promise((resolve) => {
          const worker = new Worker(new URL(name, location), {type: 'module'});
          const {port1, port2} = new MessageChannel();
          worker.postMessage({hosts: [granted], port: port1}, [port1]);
          port2.onmessage = ({data}) => { worker.terminate(); resolve(data); };
          port2.postMessage({type: 'fetch', id: 1, url, init: {method: 'GET', headers: []}});
        })""",
        [name, "example.org", f"http://{server.origin}/hello"],
    )
    assert (refused["type"], refused["name"]) == ("failed", "PyCMRefused")
    assert server.asked == []


def test_the_page_and_the_engine_cannot_reach_it_themselves(booted: Page, server: Server, watch: Watch) -> None:
    watch.allowed += ["Content Security Policy", "Content-Security-Policy", "Fetch API cannot load"]
    error = booted.evaluate("url => fetch(url).then(() => 'reached', (error) => error.name)", f"http://{server.origin}/hello")
    assert error == "TypeError"
    assert server.asked == []


@pytest.mark.alone
def test_a_timeout_is_the_guests_own(fetch: Any, server: Server) -> None:
    started = time.monotonic()
    ended = fetch("/slow", "--timeout", "300", hosts=[server.origin])
    assert ended["text"] == "error: connection-read-timeout: no answer in time\n"
    assert ended["steps"] == ["sent", "failed"]
    assert time.monotonic() - started < 2.5


def test_a_body_that_stalls_breaks_off(fetch: Any, server: Server) -> None:
    """The timeout between bytes, where those before were kept."""
    ended = fetch("/stalls", "--timeout", "2000", hosts=[server.origin])
    assert ended["text"].endswith("part\nerror: the body broke off\n")


def test_a_connect_timeout_alone_counts_too(fetch: Any, server: Server) -> None:
    """A browser does not tell when it has connected."""
    ended = fetch("/slow", "--connect-timeout", "300", hosts=[server.origin])
    assert ended["text"].startswith("error: connection-timeout")


def test_without_cors_there_is_no_answer_and_the_log_says_why(fetch: Any, server: Server, watch: Watch) -> None:
    watch.allowed += ["has been blocked by CORS policy", "net::ERR_FAILED"]
    ended = fetch("/closed", hosts=[server.origin])
    assert ended["text"].startswith("error: internal-error: the request failed\n")
    assert ended["steps"] == ["sent", "failed"]
    assert "CORS" in ended["words"][0]


def test_a_closed_port(fetch: Any, server: Server, watch: Watch) -> None:
    watch.allowed += ["net::ERR_"]
    server.shutdown()
    server.server_close()
    ended = fetch("/hello", hosts=[server.origin])
    assert ended["exit"] == 1 and "browsers do not say whether" in ended["words"][0]


def test_a_redirect_is_not_followed_to_where_nobody_was_granted(fetch: Any, server: Server) -> None:
    ended = fetch("/moved", hosts=[server.origin])
    assert ended["exit"] == 1 and "the server redirects" in ended["words"][0]
    assert [path for _, path, _, _ in server.asked] == ["/moved"]
    ended = fetch("/moved", hosts=["*"])
    assert ended["text"].endswith("GET /there ")
    assert "followed a redirect" in ended["words"][0]


def test_forbidden_fields_are_said(fetch: Any, server: Server) -> None:
    ended = fetch("/hello", "--header", "cookie: a=b", hosts=[server.origin])
    assert ended["exit"] == 1 and "browsers do not let programs send the field `cookie`" in ended["words"][0]
    ended = fetch("/hello", "--header", "user-agent: mine", hosts=[server.origin])
    assert ended["exit"] == 0 and "the browser sends its own `user-agent`" in ended["words"]


def test_a_record_is_replayed_with_nobody_there(fetch: Any, server: Server) -> None:
    recorded = fetch("/hello", hosts=[server.origin], record=True)
    server.shutdown()
    server.server_close()
    replayed = fetch("/hello", replay=recorded["exchanges"])
    assert replayed["exit"] == 0 and replayed["text"] == recorded["text"]
    assert fetch("/other", replay=recorded["exchanges"])["exit"] == 1


def test_an_instance_that_stays_has_the_grants_it_was_made_with(booted: Page, server: Server) -> None:
    id = opened(booted, "fetch")
    call = """async ([id, argv, grants]) => {
      const {instance} = await pycm.call('instantiate', {id, argv, grants});
      let text = '';
      const onOutput = (stream, bytes) => text += new TextDecoder().decode(bytes);
      const {result} = await pycm.call('invoke', {id, instance, func: 'wasi:cli/run#run', args: []}, {onOutput});
      return [result, text];
    }"""
    argv = ["fetch", f"http://{server.origin}/hello"]
    result, text = booted.evaluate(call, [id, argv, {"http": {"hosts": [server.origin]}}])
    assert result == "ok" and text.endswith("GET /hello ")
    server.asked.clear()
    for grants in ({}, {"http": {"hosts": ["example.org"]}}):
        denied = booted.evaluate(call, [id, argv, grants])
        assert denied == ["err", "error: HTTP-request-denied: requests to this host were not granted\n"]
    assert server.asked == []
