"""Components as wasm-tools makes and reads them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.oracles import wasm_tools


def tool(*arguments: str | Path) -> str:
    """What wasm-tools prints; a failure of it fails the test."""
    result = subprocess.run([wasm_tools(), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def unordered(wit: str) -> list[str]:
    """The lines of a printed package; in what order types and functions stand in an interface means nothing."""
    one_by_one = re.sub(r"use (.*)\.\{(.*)\};", lambda use: "\n".join(f"use {use[1]} {name}" for name in use[2].split(", ")), wit)
    return sorted(line.strip() for line in one_by_one.splitlines())
