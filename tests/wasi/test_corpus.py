"""The corpus' commands for WASI 0.2, on the engine `wasmtime`. `known_failures.txt` is the ledger: strict, it only shrinks."""

from __future__ import annotations

from pathlib import Path

import corpus
import pytest

from wasi_browser import Machine

DATA = corpus.manifest()
TESTS = {
    test["name"]: test
    for test in DATA["tests"]
    if test["kind"] == "cli" and DATA["components"][test["component"]]["wasi"] == "0.2"
}
LEDGER = dict(
    line.split(":", 1)
    for line in (Path(__file__).parent / "known_failures.txt").read_text().splitlines()
    if line and not line.startswith("#")
)


@pytest.mark.skipif(not TESTS, reason="the component corpus is absent (PYCM_SHARED)")
def test_the_ledger_names_tests():
    assert set(LEDGER) <= set(TESTS)


@pytest.mark.parametrize("name", list(TESTS) or [pytest.param("components", marks=pytest.mark.skip("no corpus"))])
def test_command(name, request, engine, component):
    if name in LEDGER:
        request.node.add_marker(pytest.mark.xfail(reason=LEDGER[name].strip(), strict=True))
    test = TESTS[name]
    machine = Machine(corpus.settings(test, DATA))
    code, trap = corpus.run(engine, component(test["component"]), machine)
    expect, compare = test["expect"], test["compare"]
    wrong = [
        corpus.check_text(compare["stdout"], expect, "stdout", machine.stdout),
        corpus.check_text(compare["stderr"], expect, "stderr", machine.stderr),
        corpus.check_files(expect["fs_after"], machine.tree()) if "fs_after" in expect else None,
    ]
    if expect.get("trap"):
        wrong.append(None if trap is not None else f"no trap, exit code {code}")
    else:
        wrong.append(None if code == expect["exit_code"] else f"exit code {code}, trap {trap!r}")
    assert not [w for w in wrong if w]
