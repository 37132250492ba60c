"""What beginners write: `beginners.txt` has each mistake beside what is shown for it. `PYCM_BLESS=1` writes what is shown now."""

import os
import re
from pathlib import Path

import pytest

from pycm_core.wit import check
from tests.wit.test_wit_messages import shown

FILE = Path(__file__).with_name("beginners.txt")
HEAD, *PARTS = re.split(r"^# ", FILE.read_text(), flags=re.MULTILINE)
CASES = [(title, text) for title, text in (p.split("\n---\n")[0].split("\n", 1) for p in PARTS)]


def test_what_is_shown():
    found = HEAD + "".join(f"# {title}\n{text}\n---\n{shown(text + chr(10))}\n" for title, text in CASES)
    if os.environ.get("PYCM_BLESS"):
        FILE.write_text(found)
    assert found == FILE.read_text()


@pytest.mark.parametrize(("title", "text"), CASES, ids=[title for title, _ in CASES])
def test_every_mistake_has_advice(title, text):
    """One mistake is one error or two, and who made it is told what to write, or where the other one is."""
    found = check(text + "\n").diagnostics
    assert 1 <= len(found) <= 3
    assert any(d.hint or d.related for d in found)
