"""Binaries as lists of ranges: no byte is left out, and nothing reaches out of what it lies in."""

import contextlib
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycm_core.base.errors import Exhaustion, Malformed
from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.source import Source
from pycm_core.component.binary.encode import encode
from pycm_core.component.text.objdump import objdump
from pycm_core.component.text.parse import parse

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2] / ".." / "shared"))
COMPONENTS = sorted((SHARED / "components" / "components").glob("*.wasm"), key=lambda path: path.stat().st_size)
FEW = [*COMPONENTS[:20], *COMPONENTS[len(COMPONENTS) // 2 :][:4]]

TEXT = """(component
  (core module $m (func (export "f") (result i32) (block (nop)) i32.const 7))
  (core instance $i (instantiate $m))
  (core type (module (import "a" "b" (func)) (export "c" (memory 1))))
  (component (type (record (field "x" u8))))
  (type (instance (type (enum "a" "b")) (export "e" (type (eq 0)))))
  (import "host" (instance (type 0)))
  (func (export "g") (result u32) (canon lift (core func $i "f")))
  (@custom "note" "abc")
)"""


def covered(data):
    entries = list(objdump(data, features=ALL_FEATURES))
    top = [entry for entry in entries if entry.depth == 0]
    assert top[0].start == 0
    assert top[-1].end == len(data)
    assert all(a.end == b.start for a, b in pairwise(top))
    around = []
    for entry in entries:
        while around and around[-1].depth >= entry.depth:
            around.pop()
        assert entry.start < entry.end
        # What is in a block of instructions is deeper than the instruction that opens it, and lies behind it.
        assert all(outer.start <= entry.start and entry.end <= outer.end for outer in around if outer.what != "instr")
        around.append(entry)
    return entries


def test_all_that_is_nested():
    entries = covered(encode(parse(Source(TEXT, "t"), features=ALL_FEATURES)))
    found = [(entry.depth, entry.what) for entry in entries]
    for expected in [
        (0, "core module section"),
        (1, "core module 0"),
        (2, "code section"),
        (1, "core type 0"),
        (2, "import"),
        (2, "export"),
        (1, "component 0"),
        (2, "type section"),
        (3, "type 0"),
        (1, "import 0"),
        (1, "export 0"),
        (0, 'custom section "note"'),
    ]:
        assert expected in found
    lifted = next(entry for entry in entries if entry.what == "func 0" and entry.depth == 1)
    assert lifted.text.endswith("(canon lift (core func 0)))")


@pytest.mark.skipif(not COMPONENTS, reason="needs the components (PYCM_SHARED)")
@pytest.mark.parametrize("path", FEW, ids=lambda path: path.name)
def test_every_byte_of_a_real_component(path):
    covered(path.read_bytes())


BINARY = encode(parse(Source(TEXT, "t"), features=ALL_FEATURES))


@given(st.lists(st.tuples(st.integers(8, len(BINARY) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_mutated(changes):
    data = bytearray(BINARY)
    for at, byte in changes:
        data[at] = byte
    with contextlib.suppress(Malformed, Exhaustion):
        covered(bytes(data))
