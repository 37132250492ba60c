"""ARCHITECTURE.md tells the truth: what its table names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = re.findall(r"^\| (.+?) \| `(.+?)` \|$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)


def test_there_is_a_table():
    assert len(ROWS) > 20


@pytest.mark.parametrize(("what", "where"), [row for row in ROWS if "/" in row[1] or "." in row[1]])
def test_where(what, where):
    assert (ROOT / where).exists(), f"{what} is not at {where}"
