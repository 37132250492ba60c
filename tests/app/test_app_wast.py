"""The request `wast`: a verdict for each directive of a script."""

import pytest
from app_corpus import Client

from app.failures import Failed

SCRIPT = """
(component
  (core module $m (func (export "f") (result i32) (i32.const 7)) (func (export "boom") unreachable))
  (core instance $i (instantiate $m))
  (func (export "f") (result u32) (canon lift (core func $i "f")))
  (func (export "boom") (canon lift (core func $i "boom"))))
(assert_return (invoke "f") (u32.const 7))
(assert_return (invoke "f") (u32.const 8))
(assert_trap (invoke "boom") "unreachable")
(assert_trap (invoke "f") "cannot enter component instance")
"""


@pytest.fixture
def client():
    pytest.importorskip("wasmtime")
    return Client()


def test_verdicts(client):
    found = client("wast", text=SCRIPT)
    assert [(d["line"], d["directive"], d["verdict"]) for d in found["directives"]] == [
        (2, "component", "passed"),
        (7, "assert_return", "passed"),
        (8, "assert_return", "failed"),
        (9, "assert_trap", "passed"),
        (10, "assert_trap", "passed"),
    ]
    assert found["directives"][2]["message"] == "expected 8, found 7"
    assert (found["passed"], found["failed"], found["skipped"]) == (4, 1, 0)


def test_a_script_that_does_not_parse_is_one_failure(client):
    (only,) = client("wast", text="(component")["directives"]
    assert only["verdict"] == "failed"


def test_features_by_name(client):
    text = "(component (type (map string u32)))"
    assert client("wast", text=text, features=["map"])["passed"] == 1
    with pytest.raises(Failed, match="unknown feature `maps`"):
        client("wast", text=text, features=["maps"])
