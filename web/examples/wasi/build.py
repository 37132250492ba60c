"""Builds the programs of this folder: `make examples`. The compiler is `zig cc`, the rest is `wasm-tools`; both from PyPI, pinned.

`built.txt` says which sources the binaries were made of; a test compares.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
WORLDS = {
    "site": "site",
    "relay": "relay",
    **dict.fromkeys(("client", "fetch", "files", "lines", "poller", "replier", "sender", "server", "sleeper"), "command"),
}
"""The programs, and the world of `wasi.wit` each of them lives in."""
SHARED = ("answer.h", "build.py", "errors.h", "http.h", "requirements.txt", "sockets.h", "tcp.h", "udp.h", "wasi.h", "wasi.wit")
FLAGS = (
    "-target",
    "wasm32-freestanding",
    "-std=c11",
    "-O2",
    "-nostdlib",
    "-fno-builtin",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wno-unused-function",
    "-Wl,--no-entry",
    "-Wl,--strip-all",
)


def tool(*words: str | Path) -> None:
    """Run a command; its failure ends the build."""
    subprocess.run([str(word) for word in words], check=True)


def build(source: Path, world: str, target: Path) -> None:
    """Compile, describe with the world, and make a component of it."""
    wasm_tools = Path(sys.executable).with_name("wasm-tools")
    with tempfile.TemporaryDirectory() as folder:
        core, described, whole = (Path(folder, name) for name in ("core.wasm", "described.wasm", "whole.wasm"))
        tool(sys.executable, "-m", "ziglang", "cc", *FLAGS, "-o", core, source)
        tool(wasm_tools, "component", "embed", HERE / "wasi.wit", "--world", world, core, "-o", described)
        tool(wasm_tools, "component", "new", described, "-o", whole)
        tool(wasm_tools, "strip", "--all", whole, "-o", target)


def record() -> str:
    """A line for each file, with its SHA-256."""
    names = sorted([*SHARED, *(f"{name}.{suffix}" for name in WORLDS for suffix in ("c", "wasm"))])
    return "".join(f"{hashlib.sha256((HERE / name).read_bytes()).hexdigest()}  {name}\n" for name in names)


if __name__ == "__main__":
    for name, world in WORLDS.items():
        build(HERE / f"{name}.c", world, HERE / f"{name}.wasm")
    (HERE / "built.txt").write_text(record())
