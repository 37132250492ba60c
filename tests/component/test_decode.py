"""Decoding of components: the corpus, and input that is broken in every way."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycm_core.base.errors import Exhaustion, Malformed, Offset
from pycm_core.base.limits import Limits
from pycm_core.base.writer import name, sized, unsigned, vector
from pycm_core.component import syntax as s
from pycm_core.component.binary.decode import decode, kind
from pycm_core.component.binary.names import Names, name_section, names

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2] / ".." / "shared"))
CORPUS = sorted((SHARED / "components" / "components").glob("*.wasm"))
PREAMBLE = b"\x00asm\x0d\x00\x01\x00"


def section(id_: int, body: bytes) -> bytes:
    return bytes([id_]) + sized(body)


SMALL = (
    PREAMBLE
    + section(7, vector([b"\x72\x02\x01a\x7d\x01b\x73", b"\x40\x01\x01p\x00\x01\x00", b"\x42\x01\x04\x00\x01f\x03\x01"]))
    + section(3, vector([b"\x60\x00\x00", b"\x50\x02\x01\x60\x01\x7f\x00\x03\x01f\x00\x00"]))
    + section(10, vector([b"\x02\x03a:b\x01\x02\x01x\x05\x02"]))
    + section(8, vector([b"\x01\x00\x00\x03\x00\x03\x00\x04\x01", b"\x20\x01\x00"]))
    + section(4, PREAMBLE + section(0, name("c") + b"data"))
    + section(11, vector([b"\x00\x01e\x01\x00\x00"]))
)


@pytest.mark.skipif(not CORPUS, reason="needs the component corpus (PYCM_SHARED)")
@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_corpus_decodes(path: Path) -> None:
    data = path.read_bytes()
    component = decode(data)
    at = 8
    for section in component.sections:
        assert section.start == at
        at = section.end
    assert at == len(data)


def test_small() -> None:
    component = decode(SMALL)
    assert [type(d).__name__ for d in component.definitions] == (
        ["TypeDef"] * 3 + ["CoreType"] * 2 + ["Import", "CanonLower", "CanonBuiltin", "NestedComponent", "Export"]
    )
    assert component.definitions[5] == s.Import(s.ExternName("a:b", external_id="x"), s.InstanceDesc(2))
    assert component.definitions[7] == s.CanonBuiltin("waitable-set.wait", cancellable=True, memory=0)
    lower = component.definitions[6]
    assert isinstance(lower, s.CanonLower)
    assert lower.opts == s.CanonOpts(string_encoding=s.StringEncoding.UTF8, memory=0, realloc=1)
    assert [section.count for section in component.sections] == [3, 2, 1, 2, 1, 1]


def test_truncated_at_every_length() -> None:
    ends = {section.end for section in decode(SMALL).sections} | {8}
    for length in range(len(SMALL)):
        if length in ends:
            decode(SMALL[:length])
        else:
            with pytest.raises(Malformed) as caught:
                decode(SMALL[:length])
            assert isinstance(caught.value.where, Offset)
            assert caught.value.where.at <= length


@given(st.integers(0, len(SMALL) - 1), st.integers(0, 255))
@settings(max_examples=500, deadline=None)
def test_flipped_bytes(at: int, byte: int) -> None:
    data = bytearray(SMALL)
    data[at] = byte
    try:
        decode(bytes(data))
    except (Malformed, Exhaustion) as e:
        assert isinstance(e.where, Offset)
        assert 0 <= e.where.at <= len(data)


@given(st.binary(max_size=60))
@settings(max_examples=500, deadline=None)
def test_random_bytes(data: bytes) -> None:
    for start in (b"", PREAMBLE, PREAMBLE + b"\x07" + unsigned(len(data)), PREAMBLE + b"\x08" + unsigned(len(data))):
        try:
            decode(start + data)
        except (Malformed, Exhaustion) as e:
            assert isinstance(e.where, Offset)


def nested(depth: int, open_: bytes, close: bytes = b"") -> bytes:
    body = close
    for _ in range(depth):
        body = open_ + body
    return body


def test_nesting_bombs() -> None:
    types = PREAMBLE + section(7, b"\x01" + nested(20_000, b"\x41\x01\x01", b"\x7f"))
    core = PREAMBLE + section(3, b"\x01" + nested(20_000, b"\x50\x01\x01", b"\x60\x00\x00"))
    component = PREAMBLE
    for _ in range(500):
        component = PREAMBLE + section(4, component)
    for data in (types, core, component):
        with pytest.raises(Exhaustion, match="nesting"):
            decode(data)
        with pytest.raises(Exhaustion):
            decode(data, limits=Limits(nesting=1_000_000))


def test_count_bombs() -> None:
    with pytest.raises(Malformed, match="unexpected end"):
        decode(PREAMBLE + section(7, b"\xff\xff\xff\xff\x0f\x7f"))
    with pytest.raises(Exhaustion, match="definitions"):
        decode(PREAMBLE + section(7, b"\x05" + b"\x7f" * 5), limits=Limits(definitions=4))
    with pytest.raises(Exhaustion, match="definitions"):
        decode(PREAMBLE + section(7, b"\x01\x7f") * 5, limits=Limits(definitions=4))
    with pytest.raises(Exhaustion, match="items"):
        decode(PREAMBLE + section(7, b"\x01\x6f\x05" + b"\x7f" * 5), limits=Limits(definitions=4))
    with pytest.raises(Exhaustion, match="name"):
        decode(PREAMBLE + section(0, name("x" * 50)), limits=Limits(name_bytes=49))


def test_large_custom_section_is_cheap() -> None:
    body = name("x") + bytes(100_000_000)
    data = PREAMBLE + b"\x00" + unsigned(len(body)) + body
    start = time.process_time()
    component = decode(data)
    assert time.process_time() - start < 2
    assert len(component.definitions) == 1


def test_kind() -> None:
    assert kind(SMALL) == "component"
    assert kind(b"\x00asm\x01\x00\x00\x00") == "module"
    for data, words in (
        (b"", "unexpected end"),
        (b"\x00as", "unexpected end"),
        (b"asm\x00\x0d\x00\x01\x00", "magic"),
        (b"\x00asm\x0c\x00\x01\x00", "version 0xc of a component"),
        (b"\x00asm\x02\x00\x00\x00", "version 0x2 of a core module"),
        (b"\x00asm\x0d\x00\x02\x00", "layer 0x2"),
    ):
        with pytest.raises(Malformed, match=words):
            kind(data)
    with pytest.raises(Malformed, match="found one of a core module") as caught:
        decode(b"\x00asm\x01\x00\x00\x00")
    assert caught.value.hint is not None


def test_progress_and_context() -> None:
    seen: list[tuple[int, int]] = []
    decode(SMALL, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == [section.end for section in decode(SMALL).sections]
    with pytest.raises(Malformed) as caught:
        decode(PREAMBLE + section(4, PREAMBLE + section(7, b"\x02\x7f\x62")))
    assert caught.value.context == ["item 1", "section type", "section component"]


def test_names() -> None:
    written = Names("c", {s.Sort.FUNC: {0: "f", 3: "g"}, s.CoreSort.MODULE: {1: "m"}})
    section = name_section(written)
    assert names(s.Component((section,))) == written
    for length in range(len(section.data)):
        names(s.Component((s.CustomSection(section.name, section.data[:length]),)))
