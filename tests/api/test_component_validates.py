"""The library takes no component that breaks a rule: a runtime that met one would fail in ways that nobody documented."""

import pytest

from pycm_core.api import Component, Linker, Store
from pycm_core.api.verbs.inputs import binary
from pycm_core.base.errors import Exhaustion, Invalid
from pycm_core.base.features import DEFAULT_FEATURES
from pycm_core.runtime.engines.python import PythonEngine


def assemble(tmp_path, text):
    file = tmp_path / "component.wat"
    file.write_text(text, encoding="utf-8")
    return binary(file, DEFAULT_FEATURES)


def nested(depth):
    """A component that gives back a tuple in a tuple in a tuple …"""
    types = ["(type $t0 (tuple u32))", *(f"(type $t{i} (tuple $t{i - 1}))" for i in range(1, depth))]
    last = f"$t{depth - 1}"
    return f"""(component
      (core module $m (func (export "f") (param i32) (result i32) local.get 0))
      (core instance $i (instantiate $m))
      {" ".join(types)}
      (func (export "f") (param "x" {last}) (result {last}) (canon lift (core func $i "f"))))"""


def test_types_as_deep_as_may_be(tmp_path):
    component = Component(assemble(tmp_path, nested(95)))
    value = 7
    for _ in range(95):
        value = (value,)
    assert Linker().instantiate(Store(PythonEngine()), component).func("f")(value) == value


def test_types_too_deep(tmp_path):
    with pytest.raises(Exhaustion, match="type nesting is too deep"):
        Component(assemble(tmp_path, nested(300)))


def test_a_rule_broken(tmp_path):
    text = '(component (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (alias core export $i "g" (core func)))'
    with pytest.raises(Invalid, match="g"):
        Component(assemble(tmp_path, text))
