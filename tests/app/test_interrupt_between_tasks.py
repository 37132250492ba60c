"""Stop may hit a task of Python's event loop that is no request's own. It reached the loop uncaught; now what runs ends by it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import lark
import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(
    shutil.which("node") is None or not (ROOT / "web" / "node_modules" / "pyodide").exists(),
    reason="needs Node and the npm package `pyodide` (make setup)",
)
def test_interrupt_between_tasks():
    script = Path(__file__).parent / "pyodide_interrupt.mjs"
    done = subprocess.run(
        ["node", str(script), str(ROOT), str(Path(lark.__file__).parents[1])],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    out = json.loads(done.stdout.strip().splitlines()[-1])
    assert (out["uncaught"], out["said"]) == ([], [])
    ((request, reply),) = out["replies"]
    assert request == 1 and json.loads(reply)["error"]["kind"] == "Stopped"
