"""The tools that tests ask for a second opinion. They are development dependencies; the product never imports them."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest


@cache
def wasm_tools() -> str:
    """The `wasm-tools` of the development environment; without it, the test is skipped."""
    found = Path(sys.executable).with_name("wasm-tools")
    if not found.exists():
        pytest.skip("wasm-tools is missing: make setup")
    return str(found)
