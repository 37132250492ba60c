"""Where the shared WIT suites, the WASI packages and the components are, and what the oracle says of them."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.oracles import wasm_tools

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[3] / "shared"))
WIT_SUITES = SHARED / "suites" / "wit"
WASI = SHARED / "wit"
COMPONENTS = SHARED / "components" / "components"
RELEASES = {
    "0.2": ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"],
    "0.3": ["cli", "clocks", "filesystem", "http", "random", "sockets"],
}
"""The packages of WASI, by release."""


def files(folder: Path, pattern: str) -> list[object]:
    """The files as test parameters; when there are none, one that is skipped by name."""
    found = sorted(folder.glob(pattern))
    if not found:
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"{folder} is missing"))]
    return [pytest.param(path, id=path.name) for path in found]


def package_of(expectation: Path, suffixes: tuple[str, ...]) -> Path:
    """The file or directory that an expectation belongs to: without the suffix, or without `.wit` too."""
    for suffix in suffixes:
        stem = expectation.name.removesuffix(suffix)
        for path in (expectation.with_name(stem), expectation.with_name(stem + "wat")):
            if path != expectation and path.exists():
                return path
    raise FileNotFoundError(expectation)


def packages(folder: Path) -> list[object]:
    """The packages in a folder of the suites: `.wit` files and directories."""
    found = [p for p in sorted(folder.glob("*")) if p.is_dir() or p.suffix == ".wit"]
    if not found:
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"{folder} is missing"))]
    return [pytest.param(path, id=path.name) for path in found]


@cache
def ledger() -> dict[str, str]:
    """Known failures with their reasons."""
    lines = (Path(__file__).parent / "wit_known_failures.txt").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def expect(name: str, passed: bool, explanation: str = "") -> None:
    """Check an outcome against the ledger, which is strict: what passes against expectation fails."""
    known = ledger().get(name)
    if known is not None:
        assert not passed, f"{name} passes now: take it out of wit_known_failures.txt"
        pytest.xfail(known)
    assert passed, explanation


def oracle(*arguments: str | Path) -> str | None:
    """What wasm-tools prints; `None` when it refuses."""
    result = subprocess.run([wasm_tools(), *map(str, arguments)], capture_output=True, text=True, check=False)
    return result.stdout if result.returncode == 0 else None


POSITION = re.compile(r"--> (\S+?):(\d+):(\d+)\n.*\n.*\n\s*\|\s*(\^-*)")
"""File, line, column and the marked width, as the suites' expectations give them."""
