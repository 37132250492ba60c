"""The programs of `web/examples/wasi`, as they are committed: what they print and answer."""

from __future__ import annotations

import asyncio
import runpy
import struct
import zlib
from pathlib import Path

import pytest

from pycm_core.api import Component, Linker, Store
from pycm_core.api.engines import make
from wasi_browser import HttpGrant, Machine, MemoryMount, Network, NetworkGrant, Settings, link, run, run_async
from wasi_browser.http.errors import HttpError
from wasi_browser.http.messages import Request, Response
from wasi_browser.http.serving import serve
from wasi_browser.http.web import VirtualWeb
from wasi_browser.platform.native import NativePlatform

PROGRAMS = Path(__file__).parents[2] / "web" / "examples" / "wasi"


@pytest.fixture(params=["python", "wasmtime"])
def start(request):
    """Makes an instance on a machine of the given settings."""
    engine = make(request.param)

    def instance(program, **settings):
        machine = Machine(Settings(**settings))
        linker = Linker()
        linker.add(*link(machine))
        return machine, linker.instantiate(Store(engine), Component((PROGRAMS / f"{program}.wasm").read_bytes()))

    return instance


@pytest.fixture
def command(start):
    """Runs a program: its exit code and what it printed."""

    def run_it(program, *arguments, **settings):
        machine, instance = start(program, argv=(program, *arguments), **settings)
        code = run(instance.func("wasi:cli/run#run"))
        return code, machine.stdout.decode()

    return run_it


def test_binaries_belong_to_their_sources():
    assert (PROGRAMS / "built.txt").read_text() == runpy.run_path(str(PROGRAMS / "build.py"))["record"]()


def test_lines(command):
    assert command("lines", stdin=b"one\n\nthree\nlast") == (0, "1: one\n2: \n3: three\n4: last\nend of input\n")
    code, printed = command("lines", stdin=b"x" * 70000 + b"\n")
    assert (code, len(printed)) == (0, 70000 + len("1: 2: \nend of input\n"))


def test_sleeper(command):
    assert command("sleeper", "2") == (0, "second 0\nsecond 1\nawake\n")
    assert command("sleeper")[1].count("second") == 10


def test_poller(command):
    code, printed = command("poller", "9", network=NetworkGrant(Network()))
    assert code == 0
    lines = printed.splitlines()
    assert lines[0].startswith("listening on 127.0.0.1:")
    assert [line for line in lines if line.startswith("quick")] == [f"quick timer {n}" for n in range(1, 5)]
    assert lines.count("slow timer 1") == 1 and lines.count("socket: hello") == 4
    assert command("poller", "9") == (1, "error: sockets are not granted\n")


def test_files(command):
    words = (
        "list",
        "/",
        "put",
        "/new",
        "one",
        "add",
        "/new",
        " more",
        "show",
        "/new",
        "folder",
        "/d",
        "list",
        "/d",
        "drop",
        "/a",
        "list",
        "/",
    )
    assert command("files", *words, files={"/a": b"", "/b/c": b""}) == (0, "a\nb/\none more\nb/\nd/\nnew\n")
    assert command("files", "show", "/none", files={}) == (1, "error: no-entry: /none\n")
    assert command("files", "show", "/none") == (1, "error: not-permitted: /none\n")
    mounts = {"/data": MemoryMount({"/x": b"mounted"})}
    assert command("files", "show", "/data/x", "put", "/data/x", "y", mounts=mounts) == (
        1,
        "mounted\nerror: read-only: /data/x\n",
    )


def together(name, network, *lines):
    """Commands that run at the same time, each in a store and a machine of its own; what waits lets the others go on."""
    engine = make(name)

    def machine_of(line):
        return Machine(Settings(argv=tuple(line.split()), network=NetworkGrant(network)), NativePlatform())

    machines = [machine_of(line) for line in lines]  # all are on the network before the first begins

    async def start(line, machine):
        linker = Linker()
        linker.add(*link(machine))
        component = Component((PROGRAMS / f"{line.split()[0]}.wasm").read_bytes())
        instance = linker.instantiate(Store(engine, suspends=True), component)
        code = await run_async(instance.func("wasi:cli/run#run").call_async)
        machine.close()
        return code, machine.stdout.decode()

    async def all_of():
        return await asyncio.gather(*map(start, lines, machines))

    return asyncio.run(all_of())


def test_server_and_client_on_one_network():
    for name in ("python", "wasmtime"):
        network = Network()
        server, client, other = together(name, network, "server 7000 2", "client 7000 one two", "client")
        assert client == (0, "connected to 127.0.0.1:7000\nback came: one\nback came: two\nclosed\n")
        assert other == (0, "connected to 127.0.0.1:7000\nback came: hello\nclosed\n")
        assert server[0] == 0
        assert [line for line in server[1].splitlines() if "over" in line] == [
            "connection 1 is over: 6 bytes sent back",
            "connection 2 is over: 5 bytes sent back",
        ]
        assert network.sockets == 0


def test_replier_and_sender_on_one_network():
    for name in ("python", "wasmtime"):
        network = Network()
        replier, sender, other = together(name, network, "replier 7000 3", "sender 7000 one three", "sender")
        assert sender == (0, "back came: one\nback came: three\n")
        assert other == (0, "back came: hello\n")
        assert replier[0] == 0
        heard = replier[1].splitlines()
        assert heard[0] == "waiting at 127.0.0.1:7000"
        assert sorted(line.split(": ")[1] for line in heard[1:]) == ["3 bytes", "5 bytes", "5 bytes"]
        assert network.sockets == 0


def test_nobody_is_there(command):
    assert command("sender", network=NetworkGrant(Network())) == (1, "error: nobody answers there\n")
    assert command("sender") == command("replier") == (1, "error: sockets are not granted\n")
    code, printed = command("replier", "80", network=NetworkGrant(Network(), allow=lambda action, endpoint: endpoint.port > 1024))
    assert (code, printed) == (1, "error: the port is taken, or not granted\n")


def test_nobody_listens(command):
    assert command("client", network=NetworkGrant(Network())) == (1, "error: nobody listens there\n")
    assert command("client") == (1, "error: sockets are not granted\n")
    code, printed = command(
        "server", "80", "1", network=NetworkGrant(Network(), allow=lambda action, endpoint: endpoint.port > 1024)
    )
    assert (code, printed) == (1, "error: the port is taken, or not granted\n")


def origin(request: Request) -> Response:
    match request.path:
        case "/slow":
            return Response(200, [], b"late", delay=10**10)
        case "/broken":
            raise HttpError("internal-error", "browsers do not say why")
    echoed = f"{request.method} {request.path} {request.body.decode()} {dict(request.headers)}"
    return Response(203, [("x-a", b"b")], echoed.encode())


def test_fetch(command):
    grant = HttpGrant(VirtualWeb({"here:8000": origin}), frozenset({"here"}))
    code, printed = command(
        "fetch", "http://here:8000/p?q", "--method", "PUT", "--header", "x-b: c", "--body", "text", http=grant
    )
    assert (code, printed) == (0, "status 203\nx-a: b\n\nPUT /p?q text {'x-b': b'c'}")
    assert command("fetch", "http://there/", http=grant)[1].startswith("error: HTTP-request-denied: ")
    assert command("fetch", "http://here/", http=grant)[1].startswith("error: ")
    slow = command("fetch", "http://here:8000/slow", "--timeout", "50", http=grant)
    assert slow == (1, "error: connection-read-timeout: no answer in time\n")
    broken = command("fetch", "http://here:8000/broken", http=grant)
    assert broken == (1, "error: internal-error: the request failed\n  browsers do not say why\n")
    assert command("fetch", "ftp://here")[1].startswith("error: expected a URL: http://… or https://…\n")
    assert command("fetch", "http://here", "--header", "host: there")[1].startswith(
        "error: programs may not set this header field\n"
    )


def test_site(start):
    def get(path, method="GET", body=b""):
        _, instance = start("site")
        return serve(instance.func("wasi:http/incoming-handler#handle"), Request(method, path=path, body=body))

    page, style, picture = get("/?q=1"), get("/style.css"), get("/picture.png")
    assert [r.status for r in (page, style, picture)] == [200, 200, 200]
    assert [dict(r.headers)["content-type"].split(b";")[0] for r in (page, style, picture)] == [
        b"text/html",
        b"text/css",
        b"image/png",
    ]
    assert b'href="style.css"' in page.body and b'src="picture.png"' in page.body
    assert colours(picture.body)[0, 0] == (0, 0, 96) and colours(picture.body)[191, 127] == (255, 255, 96)
    assert get("/ticks").body == b"".join(b"tick %d\n" % number for number in range(1, 11))
    assert get("/echo", "POST", b"ab" * 9000).body == b"POST " + b"ab" * 9000
    assert (get("/else").status, get("/else").body) == (404, b"there is nothing at /else\n")


def test_relay(start):
    def get(path, **settings):
        _, instance = start("relay", **settings)
        return serve(instance.func("wasi:http/incoming-handler#handle"), Request("GET", path=path))

    grant = HttpGrant(VirtualWeb({"here:8000": origin}), frozenset({"here"}))
    answer = get("/here:8000/p?q", http=grant)
    assert (answer.status, answer.body) == (203, b"GET /p?q  {}")
    assert get("/there/", http=grant).status == 502
    denied = get("/here:8000/p")
    assert (denied.status, denied.body) == (502, b"error: HTTP-request-denied: requests to this host were not granted\n")
    assert b"browsers do not say why" in get("/here:8000/broken", http=grant).body
    assert get("/:/", http=grant).status == 400


def colours(png: bytes) -> dict[tuple[int, int], tuple[int, ...]]:
    """The pixels of a PNG of 8-bit colours without filters; wrong check sums fail."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size) == (zlib.crc32(name + data),)
        chunks[name] = data
        at += 12 + size
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    rows = zlib.decompress(chunks[b"IDAT"])
    stride = 1 + 3 * width
    return {(x, y): tuple(rows[y * stride + 1 + 3 * x : y * stride + 4 + 3 * x]) for y in range(height) for x in range(width)}
