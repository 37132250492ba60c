"""Worlds of the suites and of WASI: a dummy module becomes a component that is valid, and that says the same as wasm-tools' own."""

from __future__ import annotations

import pytest

from pycm_core.assemble import dummy, new_component
from pycm_core.base.errors import Invalid
from pycm_core.component.binary.encode import encode
from pycm_core.wasm.binary.encode import encode as encode_module
from pycm_core.wit import load
from pycm_core.wit.metadata import embed
from tests.assemble.oracle import tool, unordered
from tests.wit.wit_corpus import WASI, WIT_SUITES, packages

CASES = [*packages(WIT_SUITES / "interfaces"), *packages(WIT_SUITES / "valid"), *packages(WASI)]
NAMES = (("plain", "sync"), ("standard", "sync"), ("plain", "callback"), ("plain", "stackful"))


SLOW = {"stress-export-elaborate.wit"}
"""wasm-tools takes minutes for these, so only its validator is asked."""


@pytest.mark.parametrize("path", CASES)
def test_dummies_become_components(path, tmp_path):
    resolve = load(path, features=["active"])
    worlds = range(len(resolve.worlds)) if path.parent == WASI else [i for _, i in resolve.packages[resolve.main].worlds]
    ours, theirs, module = tmp_path / "ours.wasm", tmp_path / "theirs.wasm", tmp_path / "module.wasm"
    for world in worlds:
        for scheme, lift in NAMES:
            data = embed(encode_module(dummy(resolve, world, scheme, lift)), resolve, world)
            module.write_bytes(data)
            try:
                made = new_component(data)
            except Invalid as error:
                # WIT lets a record be empty, the component model does not.
                assert error.message == "record type must have at least one field", error.message
                continue
            ours.write_bytes(encode(made))
            tool("validate", "--features", "all", ours)
            if path.name not in SLOW:
                tool("component", "new", module, "-o", theirs)
                assert unordered(tool("component", "wit", ours)) == unordered(tool("component", "wit", theirs))
