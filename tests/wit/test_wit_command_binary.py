"""`pycm wit --wasm` of every valid package of the suites and of WASI: valid for the oracle, and read back by it as the same package."""

import json
import shutil
import subprocess

import pytest

from pycm_core.api.command import main
from pycm_core.base.source import Source
from pycm_core.wit import load, resolve
from pycm_core.wit.canonical import canonical
from tests.oracles import wasm_tools
from tests.wit.wit_corpus import RELEASES, WASI, WIT_SUITES, oracle, packages


def encoded(path, tmp_path):
    """What the command makes of a package; `None` when it refuses."""
    out = tmp_path / "package.wasm"
    return out if main(["wit", "--wasm", "--features", "active", str(path), "-o", str(out)]) == 0 else None


@pytest.mark.parametrize("path", [*packages(WIT_SUITES / "valid"), *packages(WIT_SUITES / "interfaces"), *packages(WASI)])
def test_valid_and_the_same_package(path, tmp_path, capsys):
    theirs = tmp_path / "theirs.wasm"
    ours = encoded(path, tmp_path)
    if oracle("component", "wit", "--wasm", "--features", "active", "-o", theirs, path) is None:
        assert ours is None or refused(ours), "the oracle cannot encode it, but takes our encoding"
        return
    assert ours is not None, capsys.readouterr().err
    subprocess.run([wasm_tools(), "validate", "--features", "all", ours], check=True)
    text = oracle("component", "wit", ours)
    assert text == oracle("component", "wit", theirs)
    assert json.loads(oracle("component", "wit", "--json", ours)) == json.loads(oracle("component", "wit", "--json", theirs))
    root = load(path, features=["active"])
    if (
        root.packages[root.main].interfaces or root.packages[root.main].worlds
    ):  # else there is nothing in the binary, its name neither
        back = resolve([Source(text)], features=["active"])
        assert canonical(back, (back.main,)) == canonical(root, (root.main,))


@pytest.mark.parametrize(("release", "name"), [(r, n) for r, names in RELEASES.items() for n in names])
def test_each_package_of_wasi(release, name, tmp_path, capsys):
    """Each of WASI's packages as a root of its own, beside the others."""
    folder, package = WASI / release / "deps" / name, tmp_path / "wit"
    if not folder.exists():
        pytest.skip(f"{folder} is missing")
    shutil.copytree(folder, package)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.copytree(other, package / "deps" / other.name)
    test_valid_and_the_same_package(package, tmp_path, capsys)


def refused(path):
    return subprocess.run([wasm_tools(), "validate", "--features", "all", path], capture_output=True, check=False).returncode != 0
