"""`pycm run` on real components: output, exit codes, directories, calls, traces, traps; on every engine there is."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from pycm_core.abi.replay import rebuild
from pycm_core.abi.trace import VERSION

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2] / ".." / "shared"))
CORPUS = SHARED / "components" / "components"
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="needs the component corpus (PYCM_SHARED)")


@pytest.fixture(params=["wasmtime", "python"])
def pycm(request):
    if request.param == "wasmtime":
        pytest.importorskip("wasmtime")

    def run(name, *args, options=(), stdin=""):
        command = [sys.executable, "-c", "import sys; from pycm_core.api.command import main; sys.exit(main())", "run"]
        command += ["--engine", request.param, *options, str(CORPUS / f"{name}.wasm"), *args]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=100, check=False)

    return run


def test_a_filter(pycm):
    done = pycm("c-wc", stdin="hello big world\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 3 16\n", "")


def test_a_directory(pycm, tmp_path):
    (tmp_path / "words.txt").write_text("one two three\n")
    done = pycm("c-wc", "/data/words.txt", options=["--dir", f"{tmp_path}::/data"])
    assert done.returncode == 0 and done.stdout.split()[:3] == ["1", "3", "14"]
    assert pycm("c-wc", "/data/words.txt").returncode == 1


def test_a_call(pycm):
    assert pycm("c-kit", options=["--invoke", "stats([1.5, -2, 4])"]).stdout == (
        "{n: 3, any: true, mean: 1.1666666666666667, low: -2, high: 4}\n"
    )


def test_a_trap(pycm):
    done = pycm("c-kit", options=["--invoke", "trap-me()"])
    assert done.returncode == 134
    assert done.stderr.startswith("error: unreachable\n")
    assert "Traceback" not in done.stderr


def test_a_mistake(pycm):
    done = pycm("c-kit", options=["--invoke", "add(1, x)"])
    assert done.returncode == 1 and "--> argument `b`:1:1" in done.stderr
    assert pycm("c-kit").returncode == 1


def test_a_trace(pycm, tmp_path):
    out = tmp_path / "events.jsonl"
    assert pycm("c-kit", options=["--trace", str(out), "--invoke", 'concat("a", "b")']).stdout == '"ab"\n'
    events = [json.loads(line) for line in out.read_text().splitlines()]
    kinds = [event["kind"] for event in events]
    assert events[0]["version"] == VERSION and kinds[:2] == ["trace", "memory"] and kinds[-1] == "call-end"
    told = [kind for kind in kinds if kind not in ("memory", "guest-write")]
    assert told[:6] == ["trace", "call-begin", "lower", "encode", "realloc", "store"]
    *_, memories = rebuild(events)
    returned = next(event for event in events if event["kind"] == "core-return")
    address = next(event["address"] for event in events if event["kind"] == "load" and event["seq"] > returned["seq"])
    pointer, length = struct.unpack("<II", memories[0][address : address + 8])
    assert memories[0][pointer : pointer + length] == b"ab"


def test_a_trace_of_a_command(pycm, tmp_path):
    """Handles, borrows and streams of WASI, too."""
    out = tmp_path / "events.jsonl"
    done = pycm("c-wc", options=["--trace", str(out)], stdin="hello big world\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 3 16\n", "")
    events = [json.loads(line) for line in out.read_text().splitlines()]
    assert {"handle-add", "handle-lend", "handle-unlend", "scope-exit"} <= {event["kind"] for event in events}
    *_, memories = rebuild(events)
    assert b"hello big world\n" in memories[0]
