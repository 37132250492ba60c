"""Calls from the host into a component: in the browser from Python against jco's output in the same page, and on CPython against PyPI
`wasmtime`'s own component API.

The component is `programs/calls.wat`. Both sides take turns; the best mean of a round counts.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from playwright.sync_api import sync_playwright

from app.serve import make_server
from pycm_core.base.source import Source
from pycm_core.component.binary.encode import encode
from pycm_core.component.text.parse import parse
from pycm_core.runtime.engines.python import PythonEngine
from pycm_core.runtime.engines.wasmtime import WasmtimeEngine
from tests.bench.calls_page.calls_timed import ITEMS, TEXT, Timed
from tests.bench.formats import INSTALL, JCO
from tests.bench.table import Row
from tests.browser.browsers import launch

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CASES = {
    "add": "add(u32, u32)",
    "string": "echo(string) of 20 bytes",
    "bytes": "echo(list<u8>) of 1 MiB",
    "items": "echo(list<record {x: s32, y: f64, name: string}>) of 1,000",
}
CALLS = {"add": 20_000, "string": 20_000, "bytes": 60, "items": 40}
"""How many calls one round makes."""
LIMITS = {"add": 2.0, "string": 4.0, "bytes": 0.5, "items": 8.0}
"""In the browser, against jco."""
ROUNDS = 9


def run() -> Iterable[Row]:
    """The browser, where it can be measured, then CPython."""
    binary = encode(parse(Source((HERE / "programs" / "calls.wat").read_text(), "calls.wat")))
    yield from in_browser(binary)
    yield from on_cpython(binary)


def turns(ours: Callable[[str, int], float], theirs: Callable[[str, int], float], name: str, calls: int) -> tuple[float, float]:
    """The best mean time of a call of each."""
    rounds = [(ours(name, calls), theirs(name, calls)) for _ in range(ROUNDS)]
    return min(ours for ours, _ in rounds), min(theirs for _, theirs in rounds)


# --- the browser ----------------------------------------------------------------------------------------------------------


def in_browser(binary: bytes) -> Iterable[Row]:
    """Python in a worker against jco's output in a worker of the same page."""
    for missing, why in ((not JCO.exists(), INSTALL), (not (ROOT / "dist").exists(), "dist/ is missing: make site")):
        if missing:
            print(f"calls: skipped the browser: {why}", file=sys.stderr)
            return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        pages(root, binary)
        server = make_server(root, 0, (), quiet=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = launch(playwright)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"http://localhost:{server.server_port}/bench/")

        def measure(side: str) -> Callable[[str, int], float]:
            return lambda name, calls: float(
                page.evaluate("([side, name, calls]) => measure(side, name, calls)", [side, name, calls])
            )

        for name, title in CASES.items():
            ours, theirs = turns(measure("ours"), measure("theirs"), name, CALLS[name])
            yield Row(f"in the browser: {title}", "jco", ours, theirs, LIMITS[name])
        browser.close()
        server.shutdown()


def pages(root: Path, binary: bytes) -> None:
    """The engine as the site serves it, and beside it the page, the component and jco's output of it."""
    (root / "engine").symlink_to(ROOT / "dist" / "engine")
    page = root / "bench"
    page.mkdir()
    for entry in (HERE / "calls_page").iterdir():
        (page / entry.name).symlink_to(entry)
    (page / "engine.json").symlink_to(ROOT / "build" / "engine.json")
    (page / "calls.wasm").write_bytes(binary)
    subprocess.run([JCO, "transpile", "--quiet", page / "calls.wasm", "-o", page / "jco"], check=True, capture_output=True)


# --- CPython --------------------------------------------------------------------------------------------------------------


def on_cpython(binary: bytes) -> Iterable[Row]:
    """Both engines against wasmtime's component API."""
    theirs = Peer(binary).seconds
    limits = {"python": {"add": 0.5, "string": 0.5}, "wasmtime": {"items": 0.1}}
    for engine in (PythonEngine(), WasmtimeEngine()):
        ours = Timed(binary, engine).seconds
        for name, title in CASES.items():
            calls = max(2, CALLS[name] // 20)
            row = turns(ours, theirs, name, calls)
            yield Row(f"engine {engine.name}: {title}", "wasmtime.component", *row, limits[engine.name].get(name))


class Peer(Timed):
    """The same calls through PyPI `wasmtime`'s own component API."""

    def __init__(self, binary: bytes) -> None:
        import wasmtime
        from wasmtime import component as peer

        engine = wasmtime.Engine()
        store = wasmtime.Store(engine)
        component = peer.Component(engine, binary)
        interface = component.get_export_index("lab:bench/calls")
        instance = peer.Linker(engine).instantiate(store, component)

        def func(name: str) -> Callable[..., object]:
            found = instance.get_func(store, component.get_export_index(name, interface))
            assert found is not None
            after = getattr(found, "post_return", None)

            def call(*args: object) -> object:
                result = found(store, *args)
                if after is not None:
                    after(store)
                return result

            return call

        items = []
        for x, y, name in ITEMS:
            item = peer.Record()
            item.x, item.y, item.name = x, y, name
            items.append(item)
        self.calls = {
            "add": (func("add"), (3, 4)),
            "string": (func("echo-string"), (TEXT,)),
            "bytes": (func("echo-bytes"), (b"\x07" * (1 << 20),)),
            "items": (func("echo-items"), (items,)),
        }
