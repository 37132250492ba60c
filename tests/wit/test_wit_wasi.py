"""Every package of WASI 0.2 and 0.3: resolved, printed, read again, encoded, decoded, and always the same model."""

from dataclasses import replace
from functools import cache

import pytest

from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.source import Source
from pycm_core.component.binary.decode import decode
from pycm_core.component.valid.validate import validate
from pycm_core.wit import load, print_wit, resolve, wit_of_bytes
from pycm_core.wit.canonical import canonical
from pycm_core.wit.encode import encode_package
from tests.wit.wit_corpus import RELEASES, WASI

FEATURES = {"none": (), "all": ("*",)}


@cache
def release(name, features):
    if not (WASI / name).exists():
        pytest.skip(f"{WASI / name} is missing")
    return load(WASI / name, features=FEATURES[features])


def packages():
    return [pytest.param(r, p, f, id=f"{r}-{p}-{f}") for r, names in RELEASES.items() for p in names for f in FEATURES]


def package(name, package_name, features):
    """The release with one of its packages as the root."""
    whole = release(name, features)
    number = next(i for i, p in enumerate(whole.packages) if (p.name.namespace, p.name.name) == ("wasi", package_name))
    return replace(whole, main=number)


@pytest.mark.parametrize("name", RELEASES)
@pytest.mark.parametrize("features", FEATURES)
def test_all_packages_are_there(name, features):
    whole = release(name, features)
    assert sorted(p.name.name for p in whole.packages if p.name.namespace == "wasi") == RELEASES[name]


@pytest.mark.parametrize("name", RELEASES)
@pytest.mark.parametrize("features", FEATURES)
def test_the_whole_release_is_printed_and_read_again(name, features):
    whole = release(name, features)
    assert canonical(resolve([Source(print_wit(whole))], features=FEATURES[features])) == canonical(whole)


@pytest.mark.parametrize(("name", "package_name", "features"), packages())
def test_a_package_is_printed_and_read_again(name, package_name, features):
    one = package(name, package_name, features)
    again = resolve([Source(print_wit(one))], features=FEATURES[features])
    main = again.packages[again.main]
    assert main.name == one.packages[one.main].name
    assert main.interfaces or main.worlds
    assert canonical(again, (again.main,)) == canonical(one, (one.main,))


@pytest.mark.parametrize(("name", "package_name", "features"), packages())
def test_a_package_is_encoded_and_decoded(name, package_name, features):
    one = package(name, package_name, features)
    data = encode_package(one)
    validate(decode(data, features=ALL_FEATURES), features=ALL_FEATURES)
    again = wit_of_bytes(data)
    assert canonical(again, (again.main,)) == canonical(one, (one.main,))


def test_what_differs_is_seen():
    """The comparison is no formality: one function less, another type or another word of documentation, and it fails."""
    one = package("0.2", "random", "all")
    text = print_wit(one)
    for old, new in [("-> u64", "-> s64"), ("-> list<u8>", "-> list<s8>"), ("/// ", "/// Not ")]:
        assert old in text
        other = resolve([Source(text.replace(old, new, 1))], features=["*"])
        assert canonical(other, (other.main,)) != canonical(one, (one.main,)), old
