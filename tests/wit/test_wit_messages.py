"""Errors that teach: each text in `bad/` beside what an editor shows for it. `PYCM_BLESS=1` writes what is shown now."""

import os
from pathlib import Path

import pytest

from pycm_core.wit import check

BAD = sorted((Path(__file__).parent / "bad").glob("*.wit"))


def shown(text: str) -> str:
    """Each diagnostic: line, the line with the place marked, message, hint and second places."""
    lines = []
    for d in check(text, features=["active"]).diagnostics:
        before = text[: d.start]
        row, column = before.count("\n"), d.start - (before.rfind("\n") + 1)
        line = text.splitlines()[row] if row < len(text.splitlines()) else ""
        width = max(1, min(d.end - d.start, len(line) - column))
        lines += [f"{row + 1}: {line}", " " * (len(str(row + 1)) + 2 + column) + "^" * width, f"{d.severity}: {d.message}"]
        lines += [f"hint: {d.hint}"] if d.hint else []
        lines += [f"note: {r.message}, line {text.count(chr(10), 0, r.start) + 1}: {text[r.start : r.end]}" for r in d.related]
        lines.append("")
    return "\n".join(lines)


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_bad(path):
    golden = path.with_suffix(".txt")
    found = shown(path.read_text())
    if os.environ.get("PYCM_BLESS"):
        golden.write_text(found)
    assert found == golden.read_text()
    assert found, "a bad text has diagnostics"


def test_outline():
    text = "package a:b;\ninterface i { record r { x: u8 } f: func(); }\nworld w { import i; export g: func(); }\n"
    result = check(text)
    assert result.package == "a:b"
    assert not result.diagnostics
    interface, world = result.outline
    assert (interface.kind, interface.name, text[interface.start : interface.end][:11]) == ("interface", "i", "interface i")
    assert [(x.kind, x.name) for x in interface.children] == [("record", "r"), ("func", "f")]
    assert [(x.kind, x.name) for x in world.children] == [("import", "i"), ("export", "g")]
    assert [(x.kind, x.name) for x in interface.children[0].children] == [("field", "x")]
