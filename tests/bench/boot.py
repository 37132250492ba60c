"""From navigation to the first answer of the core: the site, against a plain `loadPyodide` to the same answer.

Warm HTTP cache, otherwise a fresh profile; everything, the snapshot included, comes over HTTP.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from app.serve import make_server, rules_of
from tests.bench.table import Row
from tests.browser.browsers import launch

ROOT = Path(__file__).parent.parent.parent
ROUNDS = 7

WAIT = """() => new Promise((resolve, reject) => {
  const look = () => globalThis.pycm ? pycm.ready.then(() => resolve(performance.now()), reject) : setTimeout(look, 5);
  look();
})"""


def run() -> Iterable[Row]:
    """Rounds of both, taking turns; medians."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        address = serve(Path(folder))
        browser = launch(playwright)
        site, plain = warm(browser, address), warm(browser, address + "bench/")
        ours, theirs = [], []
        for round in range(ROUNDS):
            ours.append(visit(site, address))
            theirs.append(visit(plain, address + "bench/"))
            print(f"boot {round + 1}/{ROUNDS}: {ours[-1]:.2f} s, plain {theirs[-1]:.2f} s", file=sys.stderr)
        browser.close()
    yield Row("first answer of the core", "plain loadPyodide", median(ours), median(theirs), 0.35)


def serve(root: Path) -> str:
    """The built site, and beside it a page that boots plainly from the same files. The address."""
    for entry in (ROOT / "dist").iterdir():
        (root / entry.name).symlink_to(entry)
    (root / "bench").mkdir()
    for entry in (ROOT / "tests" / "bench" / "plain").iterdir():
        (root / "bench" / entry.name).symlink_to(entry)
    (root / "bench" / "engine.json").symlink_to(ROOT / "build" / "engine.json")
    server = make_server(root, 0, rules_of(ROOT / "netlify.toml"), quiet=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://localhost:{server.server_port}/"


def warm(browser: Browser, address: str) -> BrowserContext:
    """A profile whose HTTP cache holds the page."""
    context = browser.new_context(service_workers="block")
    visit(context, address)
    return context


def visit(context: BrowserContext, address: str) -> float:
    """One visit; the time from navigation to the first answer, in seconds. What the page stored is removed, its HTTP cache stays."""
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.set_default_timeout(120_000)
    taken = float(page.evaluate(WAIT)) / 1000
    session = context.new_cdp_session(page)
    origin = address.split("/bench/")[0].rstrip("/")
    kinds = "cookies,file_systems,indexeddb,local_storage,service_workers,cache_storage"
    session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": kinds})
    page.close()
    return taken
