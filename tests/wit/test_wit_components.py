"""The WIT of real components, character for character as `wasm-tools component wit` prints it."""

import contextlib
import random

import pytest

from pycm_core.base.errors import Exhaustion, Invalid, Malformed
from pycm_core.wit import print_wit, wit_of_bytes
from tests.wit.wit_corpus import COMPONENTS, WIT_SUITES, files, oracle

MOST = 4_000_000
"""Larger components only repeat what smaller ones show, slowly."""


@pytest.mark.parametrize("path", files(COMPONENTS, "*.wasm"))
def test_component(path):
    if path.stat().st_size > MOST:
        pytest.skip("large")
    assert print_wit(wit_of_bytes(path.read_bytes())) == oracle("component", "wit", path)


@pytest.mark.parametrize("path", files(WIT_SUITES / "interfaces", "*.wat"))
def test_encoded_package(path, tmp_path):
    if oracle("parse", path, "-o", tmp_path / "package.wasm") is None:
        pytest.skip("not in today's text format")
    assert print_wit(wit_of_bytes((tmp_path / "package.wasm").read_bytes())) == oracle("component", "wit", path)


@pytest.mark.parametrize("path", files(COMPONENTS, "jco-numbers.wasm"))
def test_broken_bytes(path):
    data = bytearray(path.read_bytes())
    rng = random.Random(7)
    for _ in range(300):
        at, old = (place := rng.randrange(len(data))), data[place]
        data[at] ^= 1 << rng.randrange(8)
        with contextlib.suppress(Malformed, Invalid, Exhaustion):
            print_wit(wit_of_bytes(bytes(data)))
        data[at] = old
