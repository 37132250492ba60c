"""From a keystroke in the WIT editor to the diagnostics it causes, in Chromium: a text of 500 lines against one of 50, both using WASI.

The first row counts everything, the rest that typing takes before a check (120 ms) included; the second row leaves that rest out. The 95th of
100 keystrokes, each of which makes a mistake or mends it. The third row is no ratio of texts: the longest task of the main thread meanwhile,
against the 50 ms from which on a page feels blocked.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.bench.boot import serve
from tests.bench.table import Row
from tests.browser.browsers import launch

KEYSTROKES = 100
REST = 0.120
"""How long typing rests before a check (web/src/store/editor.ts), in seconds."""

WATCH = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) longest = Math.max(longest, entry.duration); })
    .observe({type: 'longtask'});
  let pressed = 0;
  addEventListener('keydown', (event) => { pressed = event.timeStamp; }, true);
  window.latency = () => new Promise((resolve) => {
    const problems = document.querySelector('[data-testid=problems]');
    const count = () => problems.querySelectorAll('li').length;
    const before = count();
    const observer = new MutationObserver(() => {
      if (count() === before) return;
      observer.disconnect();
      resolve(performance.now() - pressed);
    });
    observer.observe(problems, {subtree: true, childList: true});
  });
}"""


def text(lines: int) -> str:
    """A package of about that many lines."""
    out = ["package lab:big@1.0.0;", ""]
    number = 0
    while len(out) < lines:
        out += [
            f"/// Part {number}.",
            f"interface part-{number} {{",
            "  use wasi:io/streams@0.2.12.{input-stream, stream-error};",
            *([f"  use part-{number - 1}.{{point-{number - 1}}};"] if number else []),
            f"  record point-{number} {{ x: f64, y: f64, name: option<string> }}",
            f"  variant shape-{number} {{ dot(point-{number}), nothing }}",
            f"  read: func(s: borrow<input-stream>, count: u32) -> result<list<point-{number}>, stream-error>;",
            f"  draw: func(shapes: list<shape-{number}>) -> result<_, string>;",
            "}",
            "",
        ]
        number += 1
    return "\n".join(out)


def run() -> Iterable[Row]:
    """One page per length; the short one first."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        address = serve(Path(folder))
        browser = launch(playwright)
        found = {}
        longest = 0.0
        for lines in (50, 500):
            context = browser.new_context(service_workers="block", permissions=["clipboard-read", "clipboard-write"])
            page = context.new_page()
            page.goto(address)
            page.set_default_timeout(60_000)
            page.wait_for_function("() => window.pycm")
            page.evaluate("() => pycm.ready")
            found[lines], task = type_in(page, text(lines))
            longest = max(longest, task)
            print(f"editor, {lines} lines: p95 {found[lines] * 1000:.0f} ms, longest task {task * 1000:.0f} ms", file=sys.stderr)
            context.close()
        browser.close()
    yield Row("keystroke to diagnostics, 500 lines", "50 lines", found[500], found[50], 3.0)
    yield Row("the same without the rest of 120 ms", "50 lines", found[500] - REST, found[50] - REST)
    yield Row("longest task of the main thread", "50 ms", longest, 0.050, 1.0)


def type_in(page: Page, content: str) -> tuple[float, float]:
    """The 95th percentile of the time from keystroke to diagnostics, and the longest task, in seconds."""
    editor = page.get_by_test_id("wit-editor").locator(".cm-content")
    problems = page.get_by_test_id("problems")
    page.evaluate("text => navigator.clipboard.writeText(text)", content)
    editor.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+v")
    problems.get_by_text("None. The text parses").wait_for()
    page.keyboard.press("Control+Home")
    middle = content[: content.index("count: u32", len(content) // 2)].count("\n")
    for _ in range(middle):
        page.keyboard.press("ArrowDown")
    column = content.split("\n")[middle].index("count: u32") + len("count: u32")
    for _ in range(column):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1000)
    page.evaluate(WATCH)
    times = []
    for number in range(KEYSTROKES):
        page.evaluate("() => { window.answer = latency(); }")
        page.keyboard.press("Backspace" if number % 2 else "x")
        times.append(float(page.evaluate("() => answer")) / 1000)
        page.wait_for_timeout(60)
    return sorted(times)[KEYSTROKES * 95 // 100 - 1], float(page.evaluate("longest")) / 1000
