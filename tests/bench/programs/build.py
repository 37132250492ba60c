"""Builds the programs of the throughput benchmark. `make examples bench` installs what it needs; then

    build/examples/bin/python tests/bench/programs/build.py

`copy`, `lines` and `single` are plain C on wasi-libc, whose preview 1 an adapter (from jco's package) turns into WASI 0.2. `lines_by_hand` has neither.
"""

from __future__ import annotations

import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
EXAMPLES = ROOT / "web" / "examples" / "wasi"
ADAPTER = ROOT / "build/peers/node_modules/@bytecodealliance/jco/lib/wasi_snapshot_preview1.command.wasm"
WASM_TOOLS = Path(sys.executable).with_name("wasm-tools")


def tool(*words: str | Path) -> None:
    """Run a command; its failure ends the build."""
    subprocess.run([str(word) for word in words], check=True)


def compile_c(source: Path, target: Path, *flags: str | Path) -> None:
    """A core module."""
    tool(sys.executable, "-m", "ziglang", "cc", *flags, "-O2", "-o", target, source)


if __name__ == "__main__":
    by_hand = runpy.run_path(str(EXAMPLES / "build.py"))
    with tempfile.TemporaryDirectory() as folder:
        core, whole = Path(folder, "core.wasm"), Path(folder, "whole.wasm")
        for name in ("copy", "lines", "single"):
            compile_c(HERE / f"{name}.c", core, "-target", "wasm32-wasi", "-s")
            tool(WASM_TOOLS, "component", "new", core, "--adapt", f"wasi_snapshot_preview1={ADAPTER}", "-o", whole)
            tool(WASM_TOOLS, "strip", "--all", whole, "-o", HERE / f"{name}.wasm")
        described = Path(folder, "described.wasm")
        compile_c(HERE / "lines_by_hand.c", core, *by_hand["FLAGS"], "-I", EXAMPLES)
        tool(WASM_TOOLS, "component", "embed", EXAMPLES / "wasi.wit", "--world", "command", core, "-o", described)
        tool(WASM_TOOLS, "component", "new", described, "-o", whole)
        tool(WASM_TOOLS, "strip", "--all", whole, "-o", HERE / "lines_by_hand.wasm")
