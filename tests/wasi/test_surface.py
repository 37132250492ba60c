"""Every function of WASI 0.2's text exists, and tests notice when it does nothing.

`functions.txt` is the table: of each function tests (three at most) that fail when a stub stands in its place which answers success
(`stubs.py` makes the stubs and runs the tests). `PYCM_BLESS=1` writes it anew.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.wasi import corpus
from wasi_browser import Machine, link

HERE = Path(__file__).parent
TABLE = HERE / "functions.txt"
SURFACE = corpus.SHARED / "wit" / "surface.tsv"
EXPORTS = {"wasi:cli/run"}
"""What only guests provide."""
MODULES = ("test_cli.py", "test_streams.py", "test_filesystem.py", "test_sockets.py", "test_http.py")
"""Where functions are called one by one."""


def provided() -> list[str]:
    """Our functions, as `wasi:pkg/interface#function`."""
    return [f"{i.name.partition('@')[0]}#{function}" for i in link(Machine()) for function in i.functions]


@pytest.mark.skipif(not SURFACE.exists(), reason="the list of WASI's functions is absent (PYCM_SHARED)")
def test_every_function_exists():
    with SURFACE.open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if row["release"] == "0.2.12"]
    wanted = [f"{row['package']}/{row['interface']}" for row in rows]
    functions = {f"{i}#{row['function']}" for i, row in zip(wanted, rows, strict=True) if i not in EXPORTS}
    assert functions == set(provided())


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: the table has what is tested there")
@pytest.mark.timeout(900)
def test_stubs_are_noticed(tmp_path):
    out = tmp_path / "observed.json"
    command = [sys.executable, "-m", "pytest", "-p", "tests.wasi.stubs", "-p", "no:timeout", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, f"--observed={out}", *(str(HERE / module) for module in MODULES)],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert out.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    found = json.loads(out.read_text())
    assert found["broken"] == []
    observed = found["observed"]
    assert [function for function in provided() if function not in observed] == []
    table = "".join(f"{function}: {', '.join(observed[function])}\n" for function in provided())
    if os.environ.get("PYCM_BLESS"):
        TABLE.write_text(table)
    assert TABLE.read_text() == table
