"""The names of core imports and exports that tools know beside those of functions: which are taken, and that wasm-tools takes the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pycm_core.api import Component, Linker, Store
from pycm_core.assemble import new_component
from pycm_core.base.errors import PyCMError
from pycm_core.base.source import Source
from pycm_core.component.binary.encode import encode
from pycm_core.runtime.engines.python import PythonEngine
from pycm_core.wasm.binary.encode import encode as encode_module
from pycm_core.wasm.text.module import parse
from pycm_core.wit import resolve
from pycm_core.wit.metadata import embed
from tests.assemble.oracle import tool
from tests.oracles import wasm_tools

WIT = """package a:b@1.2.3;
interface i { f: func(); g: async func() -> u32; resource r; }
world w { import i; export i; import x: async func(); export y: async func() -> u32; }
"""
MODULE = """(module %s
  (memory (export "memory") 1) (table (export "__indirect_function_table") 1 funcref)
  (func (export "a:b/i@1.2.3#f")) (func (export "a:b/i@1.2.3#g") (result i32) i32.const 0) %s %s)
"""
Y = '(func (export "y") (result i32) i32.const 0)'
IMPORTS = """
+ $root [waitable-set-new] (func (result i32))
- [export]$root [waitable-set-new] (func (result i32))
+ [export]$root [task-cancel] (func)
- $root [task-cancel] (func)
+ [export]$root [task-return]y (func (param i32))
- $root [task-return]y (func (param i32))
- [export]$root [async-lower][task-return]y (func (param i32))
+ [export]a:b/i@1.2.3 [task-return]g (func (param i32))
+ $root [async-lower][subtask-cancel] (func (param i32) (result i32))
- $root [async-lower][subtask-drop] (func (param i32))
- $root [async-lower][waitable-set-wait] (func (param i32 i32) (result i32))
- $root [cancellable][backpressure-inc] (func)
+ $root [context-get-1] (func (result i32))
+ $root [context-get-i32-0] (func (result i32))
- $root [context-get-2] (func (result i32))
- $root [async-lower][context-get-0] (func (result i32))
+ $root [thread-new-indirect-v0] (func (param i32 i32) (result i32))
- $root [thread-new-indirect-v0] (func (param i32) (result i32))
+ $root x (func)
+ $root [async-lower]x (func (result i32))
-  x (func)
+ cm32p2 x (func)
- cm32p2| x (func)
+ a:b/i@1.2.3 f (func)
- a:b/i@1 f (func)
+ cm32p2|a:b/i@1 f (func)
- cm32p2|a:b/i@1.2 f (func)
- cm32p2|a:b/i@1.2.3 f (func)
+ [export]a:b/i@1.2.3 [resource-new]r (func (param i32) (result i32))
- a:b/i@1.2.3 [resource-new]r (func (param i32) (result i32))
"""
EXPORTS = """
- (func (export "cabi_realloc"))
- (func (export "cm32p2_realloc"))
+ (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
+ (global (export "cabi_realloc") i32 (i32.const 0))
+ (func (export "cabi_post_y") (param i32))
- (func (export "cabi_post_y"))
+ (func (export "cabi_post_z"))
- (func (export "_initialize") (param i32))
- (func (export "cm32p2_initialize") (param i32))
+ (func (export "[callback]y"))
- (func (export "[async-lift]y") (result i32) i32.const 0)
+ (func (export "a:b/i@1.2.3#h"))
"""


def both(tmp_path: Path, text: str) -> tuple[str | None, bool]:
    """Why we refuse a module, and whether wasm-tools takes it."""
    data = embed(encode_module(parse(Source(text))), resolve([Source(WIT)]), 0)
    path = tmp_path / "module.wasm"
    path.write_bytes(data)
    asked = [wasm_tools(), "component", "new", path, "-o", tmp_path / "theirs.wasm"]
    taken = subprocess.run(asked, capture_output=True, check=False).returncode == 0
    try:
        (tmp_path / "ours.wasm").write_bytes(encode(new_component(data)))
    except PyCMError as refused:
        return refused.message, taken
    tool("validate", "--features", "all", tmp_path / "ours.wasm")
    return None, taken


def lines(table: str) -> list[str]:
    return table.strip().splitlines()


@pytest.mark.parametrize("line", lines(IMPORTS))
def test_imports(line, tmp_path):
    module, name, *type_ = line[2:].split(" ")
    refused, taken = both(tmp_path, MODULE % (f'(import "{module}" "{name}" {" ".join(type_)})', Y, ""))
    assert ((refused is None), taken) == (line[0] == "+", line[0] == "+"), refused


@pytest.mark.parametrize("line", lines(EXPORTS))
def test_exports(line, tmp_path):
    refused, taken = both(tmp_path, MODULE % ("", Y, line[2:]))
    assert ((refused is None), taken) == (line[0] == "+", line[0] == "+"), refused


def test_an_import_that_stands_there_twice(tmp_path):
    """Linkers write the same import twice; inside a component, names of imports differ."""
    twice = '(import "$root" "x" (func)) (import "$root" "x" (func)) (import "$root" "x" (func))'
    refused, taken = both(tmp_path, MODULE % (twice, Y, ""))
    assert refused is None and taken
    assert tool("component", "wit", tmp_path / "ours.wasm") == tool("component", "wit", tmp_path / "theirs.wasm")


@pytest.mark.parametrize("limits", ["1", "1 5", "i64 2"])
def test_a_memory_that_is_imported(limits, tmp_path):
    """Some linkers make modules that import their memory: they are given one."""
    text = f"""(module (import "env" "memory" (memory {limits})) (import "$root" "x" (func))
      (func (export "a:b/i@1.2.3#f")) (func (export "a:b/i@1.2.3#g") (result i32) i32.const 0) {Y})"""
    refused, taken = both(tmp_path, text)
    assert refused is None and taken
    assert tool("component", "wit", tmp_path / "ours.wasm") == tool("component", "wit", tmp_path / "theirs.wasm")


def test_a_memory_that_is_imported_holds_what_is_returned():
    wit = resolve([Source("package a:b; world w { export greet: func() -> string; }")])
    text = """(module (import "env" "memory" (memory 1)) (data (i32.const 0) "\\08\\00\\00\\00\\05\\00\\00\\00hello")
      (func (export "greet") (result i32) i32.const 0))"""
    component = encode(new_component(embed(encode_module(parse(Source(text))), wit, 0)))
    instance = Linker().instantiate(Store(PythonEngine()), Component(component))
    assert instance.func("greet")() == "hello"
