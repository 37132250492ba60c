"""What is said when module and world do not fit: `errors/NAME.wat` with its world `errors/world.wit`, and `errors/NAME.txt`.

`PYCM_BLESS=1` writes the messages anew. A first line `;; no world` leaves the world out, `;; adapter: FILE` gives one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycm_core.assemble import Adapter, new_component
from pycm_core.base.errors import PyCMError
from pycm_core.base.render import render
from pycm_core.base.source import Source
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.text.module import parse
from pycm_core.wit import load
from pycm_core.wit.metadata import embed

FOLDER = Path(__file__).parent / "errors"
CASES = sorted(p for p in FOLDER.glob("*.wat") if not p.stem.startswith("adapter"))


def binary(path: Path) -> bytes:
    text = path.read_text()
    data = encode(parse(Source(text, path.name)))
    return data if text.startswith(";; no world") else embed(data, load(FOLDER / "world.wit"), 0)


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_messages(path):
    first = path.read_text().splitlines()[0]
    adapters = []
    if first.startswith(";; adapter: "):
        adapters = [Adapter("adapter", binary(FOLDER / first.removeprefix(";; adapter: ")))]
    with pytest.raises(PyCMError) as caught:
        new_component(binary(path), adapters)
    message = f"{type(caught.value).__name__}: {render(caught.value, path.name)}\n"
    golden = path.with_suffix(".txt")
    if os.environ.get("PYCM_BLESS"):
        golden.write_text(message)
    assert message == golden.read_text()
