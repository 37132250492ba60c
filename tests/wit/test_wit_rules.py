"""The rules of WIT.md, case by case (`rules/*.txt`): our verdict, the oracle's, its JSON, and the package as a binary."""

import json

import pytest

from pycm_core.base.errors import Exhaustion, Invalid, WitError
from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.source import Source
from pycm_core.component.binary.decode import decode
from pycm_core.component.valid.validate import validate
from pycm_core.wit import load, print_wit, resolve, to_json, wit_of_bytes
from pycm_core.wit.canonical import canonical
from pycm_core.wit.encode import encode_package
from tests.wit.rule_cases import RULES, cases
from tests.wit.wit_corpus import oracle

CASES = [
    pytest.param(case, id=f"{path.name}:{case.line} {'+' if case.accept else '-'} {case.name}")
    for path in sorted(RULES.glob("*.txt"))
    for case in cases(path)
]


def test_there_are_many():
    assert len(CASES) > 600


@pytest.mark.parametrize("case", CASES)
def test_rule(case, tmp_path):
    path = case.write(tmp_path)
    if not case.accept:
        with pytest.raises((WitError, Exhaustion)) as caught:
            load(path, features=case.features)
        assert caught.value.where is not None or path.is_dir() or not path.read_text().strip()
        return
    resolved = load(path, features=case.features)
    again = resolve([Source(print_wit(resolved))], features=case.features)
    assert canonical(again) == canonical(resolved)
    text = print_wit(again)
    assert print_wit(resolve([Source(text)], features=case.features)) == text


def opened(case):
    return ["--all-features"] if "*" in case.features else [x for f in case.features for x in ("--features", f)]


@pytest.mark.parametrize("case", CASES)
def test_the_oracle_agrees(case, tmp_path):
    """Its verdict, unless the case says why not; the same JSON; and it reads our binary as it reads its own."""
    path = case.write(tmp_path)
    theirs = oracle("component", "wit", "--json", *opened(case), path)
    if case.against_oracle is not None:
        assert (theirs is not None) is not case.accept, "the oracle agrees: the reason is out of date"
        return
    assert (theirs is not None) is case.accept
    if theirs is None:
        return
    resolved = load(path, features=case.features)
    assert to_json(resolved) == json.loads(theirs)
    main = resolved.packages[resolved.main]
    ours, oracles = tmp_path / "ours.wasm", tmp_path / "theirs.wasm"
    try:
        data = encode_package(resolved)
        validate(decode(data, features=ALL_FEATURES), features=ALL_FEATURES)
    except Invalid:  # what WIT can say and a component cannot hold
        assert oracle("component", "wit", "--wasm", *opened(case), path, "-o", oracles) is None
        return
    again = wit_of_bytes(data) if main.interfaces or main.worlds else resolved
    assert canonical(again, (again.main,)) == canonical(resolved, (resolved.main,))
    ours.write_bytes(data)
    assert oracle("component", "wit", "--wasm", *opened(case), path, "-o", oracles) is not None
    assert oracle("component", "wit", ours) == oracle("component", "wit", oracles)
