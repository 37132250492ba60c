"""`pycm run` and `pycm serve`: what their options grant, and that nothing else is granted."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parents[2] / "web" / "examples" / "wasi"
PYCM = (sys.executable, "-c", "from pycm_core.api.command import main; raise SystemExit(main())")


def pycm(*words, stdin=b"", env=None):
    """Run the command: its exit code and what it printed."""
    done = subprocess.run([*PYCM, *map(str, words)], input=stdin, capture_output=True, timeout=60, env=env)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def origin():
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/slow":
                threading.Event().wait(2)
            self.send_response(200)
            self.send_header("content-length", "4")
            self.end_headers()
            self.wfile.write(b"fine")

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


FETCH = PROGRAMS / "fetch.wasm"


@pytest.mark.parametrize("engine", ["python", "wasmtime"])
def test_http(origin, engine):
    run = ("run", "--engine", engine)
    denied = pycm(*run, FETCH, f"http://{origin}/")
    assert denied == (1, "error: HTTP-request-denied: requests to this host were not granted\n", "")
    assert pycm(*run, "--http", "127.0.0.1:1", FETCH, f"http://{origin}/")[0] == 1
    code, printed, _ = pycm(*run, "--http", origin, FETCH, f"http://{origin}/")
    assert (code, printed.endswith("\n\nfine"), printed.startswith("status 200\n")) == (0, True, True)
    assert pycm(*run, "--allow-http", FETCH, f"http://{origin}/")[0] == 0
    late = pycm(*run, "--allow-http", FETCH, f"http://{origin}/slow", "--timeout", "100")
    assert late == (1, "error: connection-read-timeout: no answer in time\n", "")
    nobody = pycm(*run, "--allow-http", FETCH, "http://127.0.0.1:1/")
    assert nobody == (1, "error: connection-refused: nobody listens there\n", "")


def test_network():
    poller = PROGRAMS / "poller.wasm"
    assert pycm("run", poller, 3) == (1, "error: sockets are not granted\n", "")
    assert pycm("run", "--network", "loopback", "--tcp", poller, 3) == (1, "error: sockets are not granted\n", "")
    code, printed, _ = pycm("run", "--network", "loopback", "--udp", poller, 3)
    assert (code, printed.count("socket: hello")) == (0, 1)
    code, printed, _ = pycm("run", "--network", "loopback", "--clock", "virtual", poller, 100)
    assert (code, printed.count("\n")) == (0, 101)
    assert pycm("run", "--network", "real", poller, 3) == (1, "error: the port is taken, or not granted\n", "")
    bound = pycm("run", "--network", "real", "--allow", "bind@127.0.0.1:0", poller, 3)
    assert bound[1].endswith("quick timer 1\nerror: sending is not granted\n")
    code, printed, _ = pycm("run", "--network", "real", "--allow", "127.0.0.1:*", poller, 3)
    assert (code, printed.count("socket: hello")) == (0, 1)


def test_clock_and_input():
    assert pycm("run", "--clock", "virtual", PROGRAMS / "sleeper.wasm", 3600)[1].count("second") == 3600
    assert pycm("run", PROGRAMS / "lines.wasm", stdin=b"a\n") == (0, "1: a\nend of input\n", "")
    assert pycm("run", "--stdin", "empty", PROGRAMS / "lines.wasm", stdin=b"a\n") == (0, "end of input\n", "")


def test_input_that_comes_late_is_waited_for():
    with subprocess.Popen([*PYCM, "run", PROGRAMS / "lines.wasm"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for number in (1, 2):
            process.stdin.write(b"line\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"%d: line\n" % number
        process.stdin.close()
        assert process.stdout.read() == b"end of input\n"


FILES = PROGRAMS / "files.wasm"


def zip_at(path, **files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize("engine", ["python", "wasmtime"])
def test_a_zip_file_is_a_directory(tmp_path, engine):
    run = ("run", "--engine", engine, "--dir")
    data = zip_at(tmp_path / "data.zip", a="one")
    before = data.read_bytes()
    assert pycm(*run, f"{data}::/data", FILES, "put", "/data/b", "two", "list", "/data") == (0, "a\nb\n", "")
    assert data.read_bytes() == before
    assert pycm(*run, f"{data}::/data::ro", FILES, "put", "/data/b", "two") == (1, "error: read-only: /data/b\n", "")
    assert pycm(*run, f"{data}::/data::save", FILES, "show", "/data/a") == (0, "one\n", "")
    assert data.read_bytes() == before
    assert pycm(*run, f"{data}::/data::save", FILES, "put", "/data/b", "two")[0] == 0
    assert zipfile.ZipFile(data).namelist() == ["a", "b"]
    fresh = tmp_path / "fresh.zip"
    assert pycm(*run, f"{fresh}::/data::save", FILES, "list", "/data")[0] == 0
    assert not fresh.exists()
    assert (
        pycm(*run, f"{fresh}::/data::save", FILES, "folder", "/data/d", "put", "/data/d/x", "1", "put", "/nowhere/x", "2")[0] == 1
    )
    assert zipfile.ZipFile(fresh).namelist() == ["d/", "d/x"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.zip", "fresh.zip"]


def test_a_directory_in_memory_has_a_quota():
    code, printed, _ = pycm("run", "--scratch", "/tmp", "--quota", "1K", FILES, "put", "/tmp/a", "b", "put", "/tmp/c", "d" * 1000)
    assert (code, printed) == (1, "error: quota: /tmp/c\n")
    assert pycm("run", "--scratch", "/tmp", FILES, "put", "/tmp/c", "d" * 1000)[0] == 0


@pytest.mark.parametrize(("name", "said"), [("../out", "leaves the archive"), ("n" * 300, "too long")])
def test_a_hostile_zip_file_is_refused(tmp_path, name, said):
    data = zip_at(tmp_path / "data.zip", **{name: "x"})
    code, _, errors = pycm("run", "--dir", f"{data}::/data", FILES, "list", "/data")
    assert code == 1 and said in errors and "Traceback" not in errors


def test_what_requests_write_to_a_zip_file_is_not_saved(tmp_path):
    data = zip_at(tmp_path / "data.zip", a="one")
    code, _, errors = pycm("serve", "--addr", "127.0.0.1:0", "--dir", f"{data}::/data::save", PROGRAMS / "site.wasm")
    assert code == 1 and "cannot be saved" in errors


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--dir", str(PROGRAMS / "files.c")], "not a readable zip file"),
        (["--quota", "much"], "`--quota much` is no size"),
        (["--env", "=x"], "`--env =x` sets nothing"),
        (["--env", "PYCM_SURELY_NOT_SET"], "sets nothing"),
        (["--dir", "::x"], "`--dir ::x` grants nothing"),
        (["--dir", "/surely/not/there"], "`--dir /surely/not/there`: there is no `/surely/not/there`"),
        (["--http", ""], "`--http ` names no host"),
        (["--http", "http://a.b/"], "`--http http://a.b/` names no host"),
        (["--udp"], "`--udp` needs a network"),
        (["--network", "real", "--allow", "127.0.0.1"], "`--allow`: expected a port"),
        (["--network", "real", "--allow", "listen@*:1"], "`--allow`: expected actions of bind, connect, send"),
        (["--network", "real", "--allow", "*:70000"], "`--allow`: expected a port, found `70000`"),
        (["--network", "real", "--allow", "a.b:1"], "`--allow`: 'a.b' does not appear to be"),
    ],
)
def test_options_that_say_nothing(options, said):
    code, printed, errors = pycm("run", *options, PROGRAMS / "lines.wasm")
    assert (code, printed) == (1, "")
    assert said in errors and "Traceback" not in errors


@pytest.mark.parametrize("address", ["surely.invalid:8000", "192.0.2.1:80"])
def test_an_address_nobody_can_listen_on(address):
    code, printed, errors = pycm("serve", "--addr", address, PROGRAMS / "site.wasm")
    assert (code, printed) == (1, "")
    assert f"nothing can listen on `{address.partition(':')[0]}`, port" in errors and "Traceback" not in errors


@pytest.fixture
def served():
    """Starts `pycm serve` with these options: the process and where it listens."""
    processes = []

    def start(*words):
        process = subprocess.Popen(
            [*PYCM, "serve", "--addr", "127.0.0.1:0", *map(str, words)],
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # whoever runs us may ignore it
        )
        processes.append(process)
        first = process.stderr.readline()
        found = re.fullmatch(r"listening on http://(127\.0\.0\.1:\d+)/\n", first)
        assert found, first
        return process, found[1]

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.parametrize("engine", ["python", "wasmtime"])
def test_serve(served, engine):
    process, authority = served("--engine", engine, PROGRAMS / "site.wasm")
    connection = http.client.HTTPConnection(authority, timeout=20)
    for path, start in (("/", b"<!doctype html>"), ("/picture.png", b"\x89PNG"), ("/style.css", b":root")):
        connection.request("GET", path)
        response = connection.getresponse()
        assert (response.status, response.read()[: len(start)]) == (200, start)
    connection.request("POST", "/echo", b"q" * 300_000)
    assert connection.getresponse().read() == b"POST " + b"q" * 300_000
    connection.close()
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert process.stderr.read() == "stopped\n"


def test_serve_says_what_is_wrong():
    code, _, errors = pycm("serve", "--addr", "nowhere:x", PROGRAMS / "site.wasm")
    assert code == 1 and "`--addr nowhere:x` is no address" in errors
    code, _, errors = pycm("serve", "--addr", "127.0.0.1:0", PROGRAMS / "lines.wasm")
    assert code == 1 and "does not export" in errors and "wasi:http/incoming-handler" in errors
