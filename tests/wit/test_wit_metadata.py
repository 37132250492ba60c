"""Worlds embedded in core modules: written, read back, and read by the oracle as it reads its own."""

import subprocess

import pytest

from pycm_core.base.errors import Malformed
from pycm_core.base.source import Source
from pycm_core.wit import print_wit, resolve, wit_of_bytes
from pycm_core.wit.metadata import embed
from tests.oracles import wasm_tools
from tests.wit.wit_corpus import oracle

MODULE = b"\0asm\1\0\0\0"
TEXT = """package a:b@1.0.0;
interface i { type t = u32; resource r; record q { a: t } f: func(a: list<q>) -> r; }
interface j { use i.{q, r}; type z = q; g: func(x: borrow<r>); }
interface k { use j.{z}; h: func(a: z, b: tuple<z, z>) -> result<z>; }
world w { import k; export k; use i.{t}; import ff: func(a: t) -> list<t>; export run: func(); }
"""


def test_embed(tmp_path):
    resolved = resolve([Source(TEXT)])
    data = embed(MODULE, resolved, dict(resolved.packages[resolved.main].worlds)["w"])
    ours, theirs = tmp_path / "ours.wasm", tmp_path / "theirs.wasm"
    ours.write_bytes(data)
    assert print_wit(wit_of_bytes(data)) == oracle("component", "wit", ours)
    (tmp_path / "w.wit").write_text(TEXT)
    subprocess.run([wasm_tools(), "component", "embed", "--dummy", tmp_path / "w.wit", "-w", "w", "-o", theirs], check=True)
    assert print_wit(wit_of_bytes(theirs.read_bytes())) == print_wit(wit_of_bytes(data))


def test_no_world():
    with pytest.raises(Malformed, match="no WIT world"):
        wit_of_bytes(MODULE)


@pytest.mark.parametrize("tail", [b"\0", b"\0\xff", b"\0\5\x0ecomponent-type", b"\0\x0f\x0ecomponent-type"])
def test_broken_section(tail):
    with pytest.raises(Malformed):
        wit_of_bytes(MODULE + tail)
