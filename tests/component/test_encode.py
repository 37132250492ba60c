"""Encoding of components: what was decoded comes back byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycm_core.base.features import ALL_FEATURES
from pycm_core.component import syntax as s
from pycm_core.component.binary.decode import decode
from pycm_core.component.binary.encode import encode

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2] / ".." / "shared"))
CORPUS = sorted((SHARED / "components" / "components").glob("*.wasm"))


def without_sections(component: s.Component) -> s.Component:
    return s.Component(
        tuple(
            s.NestedComponent(without_sections(d.component)) if isinstance(d, s.NestedComponent) else d
            for d in component.definitions
        )
    )


@pytest.mark.skipif(not CORPUS, reason="needs the component corpus (PYCM_SHARED)")
@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_corpus_encodes_to_the_same_bytes(path: Path) -> None:
    data = path.read_bytes()
    component = decode(data)
    assert encode(component) == data
    assert encode(without_sections(component)) == data


PREAMBLE = b"\x00asm\x0d\x00\x01\x00"


def test_spellings_that_are_kept() -> None:
    empty_sections = PREAMBLE + b"\x07\x01\x00" + b"\x07\x02\x01\x7f" + b"\x07\x02\x01\x7f"
    names = PREAMBLE + b"\x0a\x0f\x02" + b"\x01\x01a\x03\x01" + b"\x02\x01b\x01\x02\x01x\x03\x01"
    options = PREAMBLE + b"\x08\x09\x01\x01\x00\x00\x03\x06\x03\x00\x01"
    for data in (empty_sections, names, options):
        assert encode(decode(data, features=ALL_FEATURES)) == data


def test_spellings_that_are_not_kept() -> None:
    padded = PREAMBLE + b"\x07\x82\x00\x01\x7f"
    assert encode(decode(padded)) == PREAMBLE + b"\x07\x02\x01\x7f"
