"""Dummies: the same imports and exports, with the same core types, as those of wasm-tools."""

from __future__ import annotations

import subprocess

import pytest

from pycm_core.assemble import dummy
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.binary.module import module_type
from pycm_core.wit import load
from tests.oracles import wasm_tools
from tests.wit.wit_corpus import WIT_SUITES, packages

FLAGS = {
    ("plain", "sync"): ["--dummy-names", "legacy"],
    ("standard", "sync"): ["--dummy"],
    ("plain", "callback"): ["--dummy-names", "legacy", "--async-callback"],
    ("plain", "stackful"): ["--dummy-names", "legacy", "--async-stackful"],
}


@pytest.mark.parametrize("path", packages(WIT_SUITES / "interfaces"))
@pytest.mark.parametrize("names", FLAGS, ids="-".join)
def test_dummies_are_the_same(path, names, tmp_path):
    resolve = load(path)
    for world_name, world in resolve.packages[resolve.main].worlds:
        file = tmp_path / "theirs.wasm"
        command = [wasm_tools(), "component", "embed", *FLAGS[names], path, "-w", world_name, "-o", file]
        subprocess.run(command, check=True, capture_output=True)
        theirs, ours = module_type(file.read_bytes()), module_type(encode(dummy(resolve, world, *names)))
        # `stream.forward` is not of the specification at this revision.
        known = {x for x in theirs.imports if "-forward-" not in x[1]}
        if names[1] == "sync":
            assert set(ours.imports) == known
            assert dict(ours.exports) == dict(theirs.exports)
        else:
            # They return the tasks of functions that are lifted synchronously, too, and give destructors the prefix of a lifted function.
            assert set(ours.imports) <= known
            assert {x for x in ours.exports if "dtor" not in x[0]} == {x for x in theirs.exports if "dtor" not in x[0]}
