"""The component that the page offers as its example is what its sources say."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"


def wasm_tools(*arguments: str) -> None:
    beside = Path(sys.executable).parent / "wasm-tools"
    command = str(beside) if beside.exists() else shutil.which("wasm-tools")
    if command is None:
        pytest.skip("wasm-tools is not installed")
    subprocess.run([command, *arguments], check=True)


def test_bench_is_built_from_its_sources(tmp_path: Path) -> None:
    """`PYCM_BLESS=1` writes the component anew."""
    core, whole, bare = tmp_path / "core.wasm", tmp_path / "whole.wasm", tmp_path / "bare.wasm"
    sources = WEB / "examples"
    wasm_tools("component", "embed", str(sources / "bench.wit"), str(sources / "bench.wat"), "--world", "bench", "-o", str(core))
    wasm_tools("component", "new", str(core), "-o", str(whole))
    wasm_tools("strip", "-a", str(whole), "-o", str(bare))
    kept = WEB / "public" / "bench.wasm"
    if os.environ.get("PYCM_BLESS"):
        kept.write_bytes(bare.read_bytes())
    assert kept.read_bytes() == bare.read_bytes()
