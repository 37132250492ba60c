"""`pycm run` on real components: output, exit codes, directories, calls, traces, traps; on every engine there is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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
    kinds = [json.loads(line)["kind"] for line in out.read_text().splitlines()]
    assert kinds[:4] == ["call-begin", "lower", "realloc", "store"] and kinds[-1] == "call-end"
