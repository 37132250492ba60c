"""Modules that toolchains wrote: decoded, validated, encoded, and, within reason, printed and parsed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pycm_core.base.source import Source
from pycm_core.script.core import plain
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.binary.module import decode, module_type, sections
from pycm_core.wasm.text.module import parse
from pycm_core.wasm.text.print import print_module
from pycm_core.wasm.valid.module import validate, validate_binary
from tests.wasm.corpus_modules import COMPONENTS, modules_of

PADDED = Path(__file__).with_name("padded.txt").read_text().split()
"""Components whose linker left numbers at their greatest width: what is encoded is shorter, and decodes to the same."""

MOST_BYTES = 3_000_000
MOST_PRINTED = 100_000


@pytest.mark.skipif(not COMPONENTS, reason="needs the component corpus (PYCM_SHARED)")
@pytest.mark.parametrize("path", COMPONENTS, ids=lambda p: p.stem)
def test_modules(path: Path) -> None:
    same = True
    for at, data in modules_of(path):
        declared = module_type(data, at)
        if len(data) > MOST_BYTES:
            continue
        module = decode(data, at)
        assert validate(module) == declared
        encoded = encode(module)
        if encoded != data:
            same = False
            assert len(encoded) < len(data)
            assert decode(encoded) == module
            assert encode(decode(encoded)) == encoded
        if len(data) < MOST_PRINTED:
            assert plain(parse(Source(print_module(module)))) == plain(module)
            assert parse(Source(print_module(module, skeleton=False))).exports == module.exports
    assert same == (path.name not in PADDED)


@pytest.mark.skipif(not COMPONENTS, reason="needs the component corpus (PYCM_SHARED)")
def test_the_type_of_a_module_does_not_depend_on_its_code() -> None:
    at, data = max(modules_of(next(p for p in COMPONENTS if p.name == "c-sqlite.wasm")), key=lambda entry: len(entry[1]))
    code = next(s for s in sections(data, at) if s.id.name == "CODE")
    broken = data[: code.start] + b"\xff" * (code.end - code.start) + data[code.end :]
    assert module_type(broken, at) == module_type(data, at)


@pytest.mark.skipif(not COMPONENTS, reason="needs the component corpus (PYCM_SHARED)")
def test_one_function_at_a_time_is_the_same() -> None:
    for path in COMPONENTS[:10]:
        for at, data in modules_of(path):
            if len(data) < MOST_BYTES:
                assert validate_binary(data, at) == validate(decode(data, at))
