"""Finding and starting a Chromium, for the browser tests and the benchmarks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NOTHING = "no Chromium or Chrome here, and Playwright cannot install one: install chromium (on Debian: apt-get install chromium)"


def executable(playwright: Playwright) -> Path:
    """An installed Chromium or Chrome, else Playwright's, which is installed when it is missing. Raises `RuntimeError` with one line."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    own = Path(playwright.chromium.executable_path)
    if not own.exists():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, timeout=900)
    if not own.exists():
        raise RuntimeError(NOTHING)
    return own


def launch(playwright: Playwright) -> Browser:
    """A headless browser that speaks to nobody on its own."""
    return playwright.chromium.launch(executable_path=executable(playwright), args=list(FLAGS))
