"""Every function of WASI 0.2's text exists, and a test calls it. `functions.txt` is the table; `PYCM_BLESS=1` writes it anew."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from tests.wasi import corpus
from tests.wasi.conftest import CALLS
from wasi_browser import Machine, link

HERE = Path(__file__).parent
TABLE = HERE / "functions.txt"
SURFACE = corpus.SHARED / "wit" / "surface.tsv"
EXPORTS = {"wasi:cli/run"}
"""What only guests provide."""
MODULES = {"test_cli.py", "test_streams.py", "test_filesystem.py", "test_sockets.py", "test_http.py"}
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


def test_every_function_is_tested(request):
    ran = {item.fspath.basename for item in request.session.items}
    if not ran >= MODULES or hasattr(request.config, "workerinput") or request.config.option.keyword:
        pytest.skip("only a run of the whole folder knows")
    calls = request.config.stash.get(CALLS, {})
    table = "".join(f"{function}: {', '.join(sorted(calls.get(function, ())))}\n" for function in provided())
    assert [function for function in provided() if function not in calls] == []
    if os.environ.get("PYCM_BLESS"):
        TABLE.write_text(table)
    assert TABLE.read_text() == table
