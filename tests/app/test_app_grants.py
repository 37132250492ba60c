"""Grants: what a machine is given beyond itself, what it is denied, and what the page is told of it."""

import asyncio
import base64
import http.server
import threading
import time

import pytest
from app_corpus import DATA, Client

from app.failures import Failed

pytest.importorskip("wasmtime")
pytestmark = pytest.mark.skipif(not DATA["tests"], reason="the component corpus is absent (PYCM_SHARED)")


@pytest.fixture(scope="module")
def client():
    return Client()


@pytest.fixture(scope="module")
def server():
    """A server that answers `hello` to everything; its `asked` lists what it was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("content-type", "text/plain")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *arguments):
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.asked = asked
    made.origin = f"127.0.0.1:{made.server_port}"
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def fetch(client, origin, **params):
    id = client.open("c-http-fetch")["id"]
    client.page.told.clear()
    return client("run", id=id, argv=["fetch", f"http://{origin}/hello"], **params)


def steps(client):
    return [event["step"] for event in client.page.told]


def test_nothing_is_asked_of_who_was_not_granted(client, server):
    for grants in ({}, {"http": {}}, {"http": {"hosts": []}}, {"http": {"hosts": ["127.0.0.1:1", "example.org"]}}):
        server.asked.clear()
        outcome = fetch(client, server.origin, grants=grants)
        assert outcome["exit"] == 1
        assert server.asked == []
        assert steps(client) == ["failed"]
        assert "not among the hosts" in client.page.told[0]["words"]


def test_a_granted_host_is_asked_and_the_page_is_told(client, server):
    for host in (server.origin, "127.0.0.1", "*"):
        outcome = fetch(client, server.origin, grants={"http": {"hosts": [host]}})
        assert (outcome["exit"], outcome["stdout"]) == (0, b"200\ncontent-type: text/plain\nhello")
        assert steps(client) == ["sent", "response", "end"]
        assert client.page.told[-1]["size"] == 5
        assert "exchanges" not in outcome


def test_what_was_recorded_can_be_replayed_without_a_server(client, server):
    recorded = fetch(client, server.origin, grants={"http": {"hosts": [server.origin], "record": True}})
    (exchange,) = recorded["exchanges"]
    assert (exchange["method"], exchange["url"]) == ("GET", f"http://{server.origin}/hello")
    assert base64.b64decode(exchange["response"]["body"]) == b"hello"
    server.asked.clear()
    replayed = fetch(client, server.origin, grants={"http": {"replay": recorded["exchanges"]}})
    assert replayed["stdout"] == recorded["stdout"]
    assert server.asked == []
    nothing = fetch(client, server.origin, grants={"http": {"replay": []}})
    assert nothing["exit"] == 1 and steps(client) == ["sent", "failed"]


@pytest.mark.parametrize(
    "params",
    [
        {"grants": {"htpp": {}}},
        {"grants": {"http": {"hosts": "example.org"}}},
        {"grants": {"http": {"replay": [{"method": "GET", "url": "http://a/", "headers": [["x"]], "body": "?"}]}}},
        {"grants": {"http": {"replay": [{"method": "GET"}]}}},
        {"grants": {"clock": "sundial"}},
        {"grants": {"network": {"names": {"db": ["nowhere"]}}}},
        {"grants": {"stdin": True}},
        {"grants": []},
        {"start": -1},
        {"start": float("inf")},
        {"start": float("nan")},
        {"seed": "1"},
        {"preopens": {"/": {}}},
        {"preopens": {"/": {"path": "/nowhere"}}, "files": {}},
        {"terminals": ["stdlog"]},
    ],
)
def test_what_makes_no_sense_is_refused(client, params):
    id = client.open("jco-hello-stdout")["id"]
    with pytest.raises(Failed) as caught:
        client("run", id=id, **params)
    assert caught.value.failure["kind"] == "BadRequest"


def test_a_live_input_is_read_line_by_line(client):
    id = client.open("c-rpn")["id"]
    page = client.page

    async def session():
        page.stdout, page.feed = b"", None
        run = asyncio.ensure_future(
            client.session.handle("run", {"id": id, "argv": ["rpn"], "stdin": b"1 1 +\n", "grants": {"stdin": "live"}}, page)
        )
        deadline = time.monotonic() + 20
        for line, answer in ((None, b"1: 2\n"), (b"1 2 +\n", b"2: 3\n"), (b"3 4 *\n", b"3: 12\n")):
            if line is not None:
                page.feed(line)
            while answer not in page.stdout:
                assert time.monotonic() < deadline, page.stdout
                await asyncio.sleep(0.005)
        page.feed(None)
        return await asyncio.wait_for(run, 20)

    assert asyncio.run(session())["exit"] == 0


def test_stop_ends_who_waits(client):
    id = client.open("c-rpn")["id"]

    async def session():
        run = asyncio.ensure_future(client.session.handle("run", {"id": id, "grants": {"stdin": "live"}}, client.page))
        await asyncio.sleep(0.5)
        assert not run.done()
        client.page.stop()
        await asyncio.wait_for(run, 5)

    with pytest.raises(Failed) as caught:
        asyncio.run(session())
    assert caught.value.failure["kind"] == "Stopped"


def test_requests_are_answered(client):
    id = client.open("c-http-hello")["id"]
    answer = client("request", id=id, url="/echo", method="POST", body=b"over the counter")
    assert (answer["status"], answer["body"]) == (200, b"POST over the counter")
    assert ["x-made-by", "canonical-abi"] in answer["headers"]
    assert "trap" not in answer and "error" not in answer
    client.page.told.clear()
    streamed = client("request", id=id, url="http://served.example:81/stream", streaming=True)
    head, *chunks, end = client.page.told
    assert end == {"event": "response-end"}
    assert (head["event"], head["status"], streamed["body"]) == ("response-head", 200, b"")
    assert b"".join(chunk["bytes"] for chunk in chunks) == b"".join(b"tick %d\n" % number for number in range(10))


@pytest.mark.parametrize(
    "params",
    [{"url": "ftp://a/"}, {"url": "x"}, {"url": "http:///x"}, {"url": "http://[/"}, {"url": "/", "method": "A B"}, {"url": "/", "headers": [["a"]]}],
)  # fmt: skip
def test_requests_that_make_no_sense_are_refused(client, params):
    id = client.open("c-http-hello")["id"]
    with pytest.raises(Failed) as caught:
        client("request", id=id, **params)
    assert caught.value.failure["kind"] == "BadRequest"


@pytest.mark.parametrize(("method", "params"), [("request", {"url": "/"}), ("serve", {})])
def test_only_handlers_answer_requests(client, method, params):
    with pytest.raises(Failed) as caught:
        client(method, id=client.open("jco-hello-stdout")["id"], **params)
    assert "wasi:http/incoming-handler" in caught.value.failure["message"]


def test_what_can_be_served(client):
    id = client.open("c-http-hello")["id"]
    assert client("serve", id=id)["handler"].endswith("#handle")
    with pytest.raises(Failed) as caught:
        client("serve", id=id, grants={"everything": True})
    assert caught.value.failure["kind"] == "BadRequest"


def test_the_shared_network_outlives_a_machine(client):
    id = client.open("jco-hello-stdout")["id"]
    network = client.session._boxes()
    for _ in range(2):
        assert client("run", id=id, grants={"network": {"shared": True, "names": {"db": ["127.0.0.1"]}}})["exit"] == 0
    assert "db" in network._shared.names
    assert client("run", id=id, grants={"network": {}})["exit"] == 0
