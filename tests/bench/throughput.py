"""How fast programs write: the same components in the page and as jco transpiles them, over its shim, in one Chromium.

Both times are from the start of an instance of compiled modules to the end of the run. Ours include the way to the worker and back, with all
the files, and output is shown as it comes. Theirs have files in memory too, and collect what is printed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from app.serve import make_server, rules_of
from tests.bench.formats import INSTALL, JCO
from tests.bench.table import Row
from tests.browser.browsers import launch

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
BUILD = ROOT / "build" / "peers" / "throughput"
SIZE = 1 << 26
LINES = 100_000
PRINTED = sum(len(f"line {n} of {LINES}\n") for n in range(LINES))
RUNS: list[tuple[str, str, list[str], int, int, float | None]] = [
    ("copy 64 MiB, file to file", "copy", ["/in", "/out"], SIZE, 0, 1.0),
    (f"print {LINES} lines", "lines", [str(LINES)], 0, PRINTED, 1.0),
    (f"print {LINES} lines, a call each", "lines_by_hand", [str(LINES)], 0, PRINTED, 1.0),
    (f"look at the clock {LINES} times", "single", ["clock", str(LINES)], 0, len(f"{LINES}\n"), None),
    (f"draw 16 random bytes {LINES} times", "single", ["random", str(LINES)], 0, len(f"{LINES}\n"), None),
    ("read 64 MiB, 4 KiB at a time", "single", ["read", "/in"], SIZE, len(f"{SIZE >> 12}\n"), None),
]
"""What is done, by which program with which arguments, the size of its file `/in`, how much it prints, and the limit."""
ROUNDS = 3

OURS = """async ([program, args, size]) => {
  const bytes = new Uint8Array(await (await fetch(`bench/${program}.wasm`)).arrayBuffer());
  const { id } = await pycm.call("open", { name: program, bytes });
  const files = size ? { "/in": new Uint8Array(size).fill(7) } : {};
  let shown = 0;
  const onOutput = (stream, bytes) => (shown += bytes.length);
  const start = performance.now();
  const { exit, stdout, files: left } = await pycm.call("run", { id, argv: [program, ...args], files }, { onOutput });
  const time = performance.now() - start;
  await pycm.call("close", { id });
  if (shown !== stdout.length) throw new Error(`${shown} bytes were shown of ${stdout.length}`);
  return { time, exit, printed: stdout.length, copied: left["/out"]?.length ?? 0 };
}"""


def run() -> Iterable[Row]:
    """Rounds of both, taking turns; medians."""
    if not JCO.exists():
        print(f"throughput: skipped: {INSTALL}", file=sys.stderr)
        return
    build()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        address = serve(Path(folder))
        browser = launch(playwright)
        site, peer = browser.new_page(), browser.new_page()
        for page, where, ready in ((site, "", "() => !!globalThis.pycm"), (peer, "peer/", "() => !!globalThis.runOnce")):
            page.set_default_timeout(300_000)
            page.goto(address + where)
            page.wait_for_function(ready)
        site.evaluate("pycm.ready")
        for name, program, arguments, size, printed, limit in RUNS:
            ours, theirs = [], []
            for round in range(ROUNDS + 1):  # the first is to warm up
                given = [program, arguments, size]
                ours.append(measured(site, OURS, given, printed))
                theirs.append(measured(peer, "(given) => runOnce(...given)", given, printed))
                print(f"{program} {round}/{ROUNDS}: {ours[-1]:.2f} s, jco {theirs[-1]:.2f} s", file=sys.stderr)
            yield Row(name, "jco, preview2-shim", median(ours[1:]), median(theirs[1:]), limit)
        browser.close()


def measured(page: Page, script: str, given: list[Any], printed: int) -> float:
    """Seconds of a run that did what it should."""
    outcome = page.evaluate(script, given)
    copied = SIZE if given[0] == "copy" else 0
    if (outcome["copied"], outcome["printed"]) != (copied, printed):
        raise RuntimeError(f"{given[0]} did not do its work: {outcome}")
    return float(outcome["time"]) / 1000


def build() -> None:
    """Transpile the programs and bundle them with the shim's browser build."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    for entry in (HERE / "throughput_peer").iterdir():
        shutil.copy(entry, BUILD)
    for program in {program for _, program, *_ in RUNS}:
        target = BUILD / "public" / program
        command = [JCO, "transpile", "--quiet", "--instantiation", "async", "--name", program]
        subprocess.run([*command, PROGRAMS / f"{program}.wasm", "-o", target], check=True)
        (BUILD / program).mkdir()
        (target / f"{program}.js").rename(BUILD / program / f"{program}.js")
    vite = ROOT / "web" / "node_modules" / ".bin" / "vite"
    options = ["--base", "./", "--target", "esnext", "--outDir", "out", "--logLevel", "error"]
    subprocess.run([vite, "build", BUILD, *options], check=True, cwd=BUILD)


def serve(root: Path) -> str:
    """The built site, and beside it the programs and the peer's page. The address."""
    for entry in (ROOT / "dist").iterdir():
        (root / entry.name).symlink_to(entry)
    (root / "bench").symlink_to(PROGRAMS)
    (root / "peer").symlink_to(BUILD / "out")
    server = make_server(root, 0, rules_of(ROOT / "netlify.toml"), quiet=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://localhost:{server.server_port}/"
