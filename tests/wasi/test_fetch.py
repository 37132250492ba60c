"""Requests by `fetch`, inside Pyodide on Node. Node enforces neither CORS nor forbidden fields; our own rules are what is tested."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.wasi.test_native_http import authority  # noqa: F401  # the same server

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(
    shutil.which("node") is None or not (ROOT / "web" / "node_modules" / "pyodide").exists(),
    reason="needs Node and the npm package `pyodide` (make setup)",
)
def test_fetch(authority):  # noqa: F811
    script = Path(__file__).parent / "pyodide_fetch.mjs"
    done = subprocess.run(["node", str(script), str(ROOT), authority], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    out = json.loads(done.stdout.strip().splitlines()[-1])
    assert out["hello"] == [200, 16, "hello over http\n"]
    assert out["echo"] == [200, 7, "payload"]
    assert out["big"][:2] == [200, 65536]
    assert out["empty"] == [204, 0, ""]
    assert out["cookie"] == ["internal-error", "browsers do not let programs send the field `cookie`"]
    assert out["trace"] == ["HTTP-request-method-invalid", None]
    assert out["body"] == ["internal-error", "browsers do not send a body with GET"]
    assert out["refused"][0] == "internal-error"
    assert "browsers do not say" in out["refused"][1]
    assert out["slow"] == ["connection-read-timeout", None]
    assert out["short"] == ["HTTP-response-incomplete", None]
    assert out["said"] == ["the browser sends its own `user-agent`"]
    assert out["guest"] == [200, '{"a": [1, 2, 3]}']
