"""The corpus' commands for WASI 0.2, on the engine `wasmtime`. `known_failures.txt` is the ledger: strict, it only shrinks."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wasi import corpus
from wasi_browser import Machine
from wasi_browser.platform.directory import RealMount

DATA = corpus.manifest()
TESTS = {
    test["name"]: test
    for test in DATA["tests"]
    if test["kind"] == "cli" and DATA["components"][test["component"]]["wasi"] == "0.2"
}
NONE = pytest.param("components", marks=pytest.mark.skip("the component corpus is absent (PYCM_SHARED)"))
LEDGER = dict(
    line.split(":", 1)
    for line in (Path(__file__).parent / "known_failures.txt").read_text().splitlines()
    if line and not line.startswith("#")
)


@pytest.mark.skipif(not TESTS, reason="the component corpus is absent (PYCM_SHARED)")
def test_the_ledger_names_tests():
    assert set(LEDGER) <= set(TESTS)


@pytest.mark.parametrize("name", list(TESTS) or [NONE])
def test_command(name, request, engine, component):
    if name in LEDGER:
        request.node.add_marker(pytest.mark.xfail(reason=LEDGER[name].strip(), strict=True))
    test = TESTS[name]
    machine = Machine(corpus.settings(test, DATA))
    check(test, machine, corpus.run_command(engine, component(test["component"]), machine), machine.tree())


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
@pytest.mark.parametrize("name", [name for name, test in TESTS.items() if test.get("preopen")] or [NONE])
def test_command_on_a_real_directory(name, engine, component, tmp_path):
    test = TESTS[name]
    settings = corpus.settings(test, DATA)
    corpus.lay_out(settings.files, tmp_path)
    mount = RealMount(str(tmp_path), writable=True)
    machine = Machine(replace(settings, files=None, mounts={test["preopen"]["guest"]: mount}))
    check(test, machine, corpus.run_command(engine, component(test["component"]), machine), corpus.real_tree(tmp_path))


def check(test, machine, ended, tree):
    """Compare what a command did with what the manifest expects."""
    code, trap = ended
    expect, compare = test["expect"], test["compare"]
    wrong = [
        corpus.check_text(compare["stdout"], expect, "stdout", machine.stdout),
        corpus.check_text(compare["stderr"], expect, "stderr", machine.stderr),
        corpus.check_files(expect["fs_after"], tree) if "fs_after" in expect else None,
    ]
    if expect.get("trap"):
        wrong.append(None if trap is not None else f"no trap, exit code {code}")
    else:
        wrong.append(None if code == expect["exit_code"] else f"exit code {code}, trap {trap!r}")
    assert not [w for w in wrong if w]
