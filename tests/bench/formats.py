"""The formats: the component layer of a large component against the transpiler of the browser world, and texts that grow.

Core code is not part of the component layer: whoever compiles it validates it, so it is left as bytes here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

from pycm_core.base.source import Source
from pycm_core.base.writer import sized, unsigned
from pycm_core.component.binary.decode import decode
from pycm_core.component.text.parse import parse as parse_component
from pycm_core.component.valid.validate import validate
from pycm_core.wasm.text.module import parse as parse_module
from tests.bench.table import Row

ROOT = Path(__file__).parent.parent.parent
SHARED = Path(os.environ.get("PYCM_SHARED", ROOT / ".." / "shared"))
COMPONENTS = SHARED / "components" / "components"
JCO = ROOT / "build" / "peers" / "node_modules" / ".bin" / "jco"
INSTALL = "no jco: `make bench` installs it"
"""Beside the page's own packages: some of its optional packages for other platforms do not resolve, and `npm ci` then refuses a lock."""
ROUNDS = 5

LAYER = "decode and validate the component layer"

FUNC = """  (func $f{0:05} (param $a i32) (param $b i64) (result i32) (local $x f64)
    (block $out (br_if $out (i32.eqz (local.get $a))) (local.set $x (f64.const {0}.5)))
    local.get $a i32.const {0} i32.add)
"""
TYPES = """  (type $r{0:05} (record (field "a" u32) (field "b" (list string))))
  (type $i{0:05} (instance (export "t" (type (sub resource))) (export "f" (func (param "x" (own 0)) (result bool)))))
  (import "lab:bench/i{0}" (instance $in{0:05} (type $i{0:05})))
  (alias export $in{0:05} "f" (func $g{0:05}))
"""


def run() -> Iterable[Row]:
    """The component layer where there are components, then the texts."""
    yield from layer()
    yield code_size()
    yield growing("core text, 10 × as long", "(module\n", FUNC, 1000, lambda text: parse_module(Source(text, "bench")))
    yield growing("component text, 10 × as long", "(component\n", TYPES, 500, lambda text: parse_component(Source(text, "bench")))


def layer() -> Iterable[Row]:
    """The largest component, in turns: ours in this process; `jco transpile` without the time that it takes to start."""
    files = sorted(COMPONENTS.glob("*.wasm"), key=lambda path: path.stat().st_size)
    for missing, where in ((not files, f"no components in {COMPONENTS} (PYCM_SHARED)"), (not JCO.exists(), INSTALL)):
        if missing:
            print(f"formats: skipped `{LAYER}`: {where}", file=sys.stderr)
            return
    data = files[-1].read_bytes()
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        for round in range(ROUNDS):
            ours.append(timed(lambda: validate(decode(data))))
            start = timed(lambda: subprocess.run([JCO, "--version"], check=True, capture_output=True))
            command = [JCO, "transpile", "--quiet", files[-1], "-o", folder]
            theirs.append(timed(lambda: subprocess.run(command, check=True, capture_output=True)) - start)  # noqa: B023
            print(f"layer {round + 1}/{ROUNDS}: {ours[-1]:.2f} s, jco {theirs[-1]:.2f} s", file=sys.stderr)
    yield Row(f"{LAYER} of {files[-1].name}", "jco transpile", median(ours), median(theirs), 0.2)


def code_size() -> Row:
    """A component around a module of 64 MB of code against the same around 1 MB: the layer does not look into code."""

    def component(code: int) -> bytes:
        body = unsigned(code) + bytes(code)
        module = b"\0asm\x01\0\0\0" + b"\x01\x04\x01\x60\0\0" + b"\x03\x02\x01\0" + b"\x0a" + sized(b"\x01" + body)
        return b"\0asm\x0d\0\x01\0" + (b"\x01" + sized(module)) + b"\x02\x04\x01\0\0\0" * 200

    def layers(data: bytes) -> float:
        return min(timed(lambda: validate(decode(data)), time.process_time) for _ in range(4 * ROUNDS))

    return Row(
        "component layer, 64 × the core code", "the code once", layers(component(64 << 20)), layers(component(1 << 20)), 1.5
    )


def growing(name: str, head: str, item: str, count: int, parse: Callable[[str], object]) -> Row:
    """A text of `10 * count` items against one of `count`: parsing is linear. Processor time: what else the machine does is not ours."""
    short, long = (head + "".join([item.format(i) for i in range(n)]) + ")" for n in (count, 10 * count))
    times = [
        (timed(lambda: parse(short), time.process_time), timed(lambda: parse(long), time.process_time)) for _ in range(ROUNDS)
    ]
    return Row(name, "the text once", min(long for _, long in times), min(short for short, _ in times), 12)


def timed(action: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds that `action` takes."""
    start = clock()
    action()
    return clock() - start
