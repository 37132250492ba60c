"""Validation of components: the corpus, and the types that it infers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pycm_core.base.errors import Invalid, Offset
from pycm_core.base.features import ALL_FEATURES, DEFAULT_FEATURES, Features
from pycm_core.component import types as t
from pycm_core.component.binary.decode import decode
from pycm_core.component.valid.validate import Validated, validate

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2] / ".." / "shared"))
CORPUS = sorted((SHARED / "components" / "components").glob("*.wasm"))


@pytest.mark.skipif(not CORPUS, reason="needs the component corpus (PYCM_SHARED)")
@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_corpus_validates(path: Path) -> None:
    validated = validate(decode(path.read_bytes()))
    assert [name.name for name, _ in validated.exports] == [name for name, _ in validated.type.exports]


def check(text: str, features: Features = DEFAULT_FEATURES) -> Validated:
    wasmtime = pytest.importorskip("wasmtime")
    return validate(decode(bytes(wasmtime.wat2wasm(text))), features=features)


def chain(type_: Any) -> list[Any]:
    found = [type_]
    while found[-1].alias_of is not None:
        found.append(found[-1].alias_of)
    return found


def export(instance: Any, name: str) -> Any:
    return dict(instance.exports)[name]


def test_a_field_holds_the_object_of_its_index() -> None:
    v = check('(component (type $p (record (field "x" u32))) (type (list $p)) (import "p" (type $q (eq $p))) (type (list $q)))')
    p, plain, q, named = v.types
    assert isinstance(plain, t.List)
    assert isinstance(named, t.List)
    assert plain.element is p
    assert named.element is q
    assert q is not p
    assert q == p
    assert q.alias_of is p


def test_aliases_are_the_object_of_the_instance() -> None:
    v = check(
        """(component
          (type $I (instance (type $p' (record (field "x" u32))) (export "p" (type $p (eq $p')))
            (export "f" (func (param "a" $p) (result (list $p))))))
          (import "a" (instance $a (type $I)))
          (import "b" (instance $b (type $I)))
          (alias export $a "p" (type $pa)))"""
    )
    _, a = v.imports[0]
    _, b = v.imports[1]
    p = export(a, "p").type
    assert v.types[-1] is p
    f = export(a, "f")
    assert f.params[0].type is p
    assert f.result.element is p
    assert export(b, "p").type is not p


REEXPORT = """(component
  (import "x:y/types" (instance $types
    (export "r" (type (sub resource)))
    (type $e' (enum "a" "b")) (export "e" (type (eq $e')))))
  (alias export $types "r" (type $r))
  (alias export $types "e" (type $e))
  (component $Shim
    (import "import-type-r" (type $r (sub resource)))
    (type $e' (enum "a" "b"))
    (import "import-type-e" (type $e (eq $e')))
    (export $er "r" (type $r))
    (export $ee "e" (type $e))
    (type $mine' (record (field "e" $ee)))
    (export $mine "mine" (type $mine')))
  (instance $shim (instantiate $Shim (with "import-type-r" (type $r)) (with "import-type-e" (type $e))))
  (export "x:y/api" (instance $shim)))"""


def test_chains_lead_through_instantiation_to_the_imported_types() -> None:
    v = check(REEXPORT)
    types, api = v.imports[0][1], v.exports[0][1]
    for name in ("r", "e"):
        exported = export(api, name)
        assert not exported.fresh
        assert export(types, name).type in [x for x in chain(exported.type)[1:] if x is export(types, name).type]
    mine = export(api, "mine").type
    assert mine.fields[0].type is export(api, "e").type
    assert all(x is not export(types, "e").type for x in chain(mine))


def test_defined_resources_are_fresh_outside_and_equal_under_a_second_name() -> None:
    v = check('(component (type $r (resource (rep i32))) (export $a "a" (type $r)) (export "b" (type $r)))')
    a, b = (item for _, item in v.type.exports)
    assert isinstance(a, t.TypeBound)
    assert isinstance(b, t.TypeBound)
    assert (a.fresh, b.fresh) == (True, False)
    assert a.type == b.type
    assert b.type.alias_of is a.type


def test_two_instances_have_two_resources() -> None:
    v = check(
        """(component
          (component $C (type $r (resource (rep i32))) (export "r" (type $r)))
          (instance $a (instantiate $C)) (instance $b (instantiate $C))
          (export "a" (instance $a)) (export "b" (instance $b)))"""
    )
    a, b = (export(item, "r") for _, item in v.exports)
    assert a.fresh
    assert b.fresh
    assert a.type != b.type


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(component (type (list 7)))", "out of bounds"),
        ('(component (import "a" (func)) (import "A" (func)))', "conflicts with previous name `a`"),
        ('(component (type (record (field "x" u32))) (import "f" (func (param "p" 0))))', "not valid to be used as import"),
        ("(component (type (list u8 3)))", "requires the feature `fixed-length-lists`"),
    ],
)
def test_faults_have_a_place(text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        check(text)
    assert isinstance(caught.value.where, Offset)
    assert caught.value.where.at > 8


def test_type_bombs_are_bounded() -> None:
    wide = "(component (type u8)" + "".join(f"(type (tuple {i} {i} {i}))" for i in range(60)) + ")"
    with pytest.raises(Invalid, match="effective type size"):
        check(wide, ALL_FEATURES)
