"""The public WIT suites: accept and reject, the resolved model, the place of errors, the printed and the encoded form."""

import json
import subprocess

import pytest

from pycm_core.base.errors import Exhaustion, Span, WitError
from pycm_core.base.source import Source
from pycm_core.wit import load, print_wit, resolve, to_json, wit_of_bytes
from pycm_core.wit.canonical import canonical
from pycm_core.wit.encode import encode_package
from pycm_core.wit.print import print_package
from tests.oracles import wasm_tools
from tests.wit.wit_corpus import POSITION, WASI, WIT_SUITES, expect, files, oracle, package_of, packages

ACTIVE = ("active",)


@pytest.mark.parametrize("expectation", files(WIT_SUITES / "valid", "*.json"))
def test_valid(expectation):
    package = package_of(expectation, (".json", ".wit.json", "wit.json"))
    try:
        got = to_json(load(package, features=ACTIVE))
    except WitError as e:
        expect(package.name, False, e.message)
        return
    expect(package.name, got == json.loads(expectation.read_text()), "the JSON differs")


@pytest.mark.parametrize("expectation", files(WIT_SUITES / "invalid", "*.result"))
def test_invalid(expectation):
    package = package_of(expectation, (".result", ".wit.result"))
    with pytest.raises((WitError, Exhaustion)) as caught:
        load(package, features=ACTIVE)
    place = POSITION.search(expectation.read_text())
    if place is None:
        return
    where = caught.value.where
    assert isinstance(where, Span)
    line, column = int(place[2]), int(place[3])
    start = where.source.line_column(where.start)
    end = where.source.line_column(max(where.end, where.start + 1))
    overlaps = start < (line, column + len(place[4])) and end > (line, column)
    assert where.source.name.endswith(place[1].rpartition("/")[2])
    expect(package.name, overlaps, f"expected {line}:{column}, found {start}: {caught.value.message}")


@pytest.mark.parametrize("expectation", files(WIT_SUITES / "interfaces", "*.wit.print"))
def test_print(expectation):
    assert print_wit(load(expectation.with_suffix(""))) == expectation.read_text()


def roots():
    return [*packages(WIT_SUITES / "valid"), *packages(WIT_SUITES / "interfaces"), *packages(WASI)]


@pytest.mark.parametrize("package", roots())
def test_print_as_the_oracle_and_read_back(package):
    try:
        resolved = load(package, features=ACTIVE)
    except WitError as e:
        expect(package.name, False, e.message)
        return
    text = print_wit(resolved)
    theirs = oracle("component", "wit", "--features", "active", package)
    if theirs is not None:
        assert text == theirs
    assert canonical(resolve([Source(text)], features=ACTIVE)) == canonical(resolved)


@pytest.mark.parametrize("package", roots())
def test_encode_and_read_back(package, tmp_path):
    try:
        resolved = load(package, features=ACTIVE)
    except WitError as e:
        expect(package.name, False, e.message)
        return
    main = resolved.packages[resolved.main]
    if not main.interfaces and not main.worlds:
        pytest.skip("nothing to encode")
    if any(getattr(t.kind, "fields", None) == () for t in resolved.types):
        pytest.skip("empty records are in the suite, but not valid in a component")
    data = encode_package(resolved)
    decoded = wit_of_bytes(data)
    assert print_package(decoded, decoded.main) == print_package(resolved, resolved.main)
    assert canonical(decoded, (decoded.main,)) == canonical(resolved, (resolved.main,))
    (tmp_path / "package.wasm").write_bytes(data)
    subprocess.run([wasm_tools(), "validate", "--features", "all", tmp_path / "package.wasm"], check=True)
    assert oracle("component", "wit", tmp_path / "package.wasm") == print_wit(decoded)
