"""The Python engine in the page, where the stack is small: what is called too deeply ends in `Exhaustion`, and the page goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import PYTHON_PAGE

DEPTHS = """
from pycm_core.base.errors import Exhaustion
from pycm_core.base.source import Source
from pycm_core.runtime.engines.python import PythonEngine
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.syntax.types import FuncType, NumType
from pycm_core.wasm.text.module import parse

ENDLESS = '(module (func $f (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))'
TABLE = '''(module (table 1 funcref) (elem (i32.const 0) $f) (type $t (func (param i32) (result i32)))
  (func $f (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call_indirect (type $t) (local.get 0) (i32.const 0)))))'''
TURNS = '''(module (import "" "host" (func $host (param i32) (result i32)))
  (func (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call $host (local.get 0)))))'''
SUM = '''(module (func $f (export "f") (param i32) (result i32)
  (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0)))))'''
NESTED = '(module (func (export "f") (param i32) (result i32) ' + '(block (result i32) ' * 1000 + '(local.get 0)' + ')' * 1000 + '))'

def made(text, host=lambda n: n):
    engine = PythonEngine()
    store = engine.new_store()
    i32 = NumType.I32
    imports = {"": {"host": store.host_func(FuncType((i32,), (i32,)), host)}}
    instance = store.instantiate(engine.compile(encode(parse(Source(text, "test")))), imports)
    return store.bind(instance["f"], instance["f"].functype)

def ended(call, n):
    try:
        return call(n)
    except Exhaustion:
        return "Exhaustion"
    except BaseException as error:
        return repr(error)[:200]

def main():
    box = []
    turning = made(TURNS, lambda n: box[0](n))
    box.append(turning)
    calls = [(made(ENDLESS), 1), (made(TABLE), 1), (turning, 1), (made(SUM), 500), (made(NESTED), 7), (made(ENDLESS), 1)]
    return [ended(*call) for call in calls]
"""


@pytest.mark.timeout(PYTHON_PAGE / 1000)
def test_depths(python_page: Callable[..., str]) -> None:
    assert python_page(DEPTHS) == "['Exhaustion', 'Exhaustion', 'Exhaustion', 500, 7, 'Exhaustion']"
