"""A module that imports one function several times, as Go's compiler writes them: it becomes a component all the same, and so does an adapter that does so."""

from pycm_core.api import Component, HostInterface, Linker, Store
from pycm_core.assemble import Adapter, new_component
from pycm_core.base.source import Source
from pycm_core.component.binary.encode import encode
from pycm_core.runtime.engines.python import PythonEngine
from pycm_core.wasm.binary.encode import encode as encode_module
from pycm_core.wasm.text.module import parse
from pycm_core.wit import resolve
from pycm_core.wit.metadata import embed
from tests.assemble.oracle import tool

WIT = """
package demo:twice;
interface host { next: func() -> u32; say: func(text: string); }
world main { import host; export run: func() -> u32; }
world helper { import host; }
"""
MAIN = """(module
  (import "demo:twice/host" "next" (func $a (result i32)))
  (import "helper" "double" (func $b (param i32) (result i32)))
  (import "demo:twice/host" "next" (func $c (result i32)))
  (import "demo:twice/host" "say" (func $say (param i32 i32)))
  (import "helper" "double" (func $d (param i32) (result i32)))
  (import "demo:twice/host" "say" (func $again (param i32 i32)))
  (memory (export "memory") 1) (data (i32.const 8) "hello")
  (func (export "run") (result i32)
    (call $say (i32.const 8) (i32.const 4))
    (call $again (i32.const 8) (i32.const 5))
    (i32.add (call $b (call $a)) (i32.mul (i32.const 100) (call $d (call $c))))))"""
HELPER = """(module
  (import "demo:twice/host" "next" (func $a (result i32)))
  (import "demo:twice/host" "next" (func $b (result i32)))
  (func (export "double") (param i32) (result i32)
    (i32.add (i32.mul (local.get 0) (i32.const 2)) (i32.mul (i32.const 10) (i32.add (call $a) (call $b))))))"""


def module(text, world):
    worlds = resolve([Source(WIT, "twice.wit")])
    return embed(encode_module(parse(Source(text, world))), worlds, [x.name for x in worlds.worlds].index(world))


def test_it_runs(tmp_path):
    binary = encode(new_component(module(MAIN, "main"), [Adapter("helper", module(HELPER, "helper"))]))
    (tmp_path / "component.wasm").write_bytes(binary)
    tool("validate", tmp_path / "component.wasm")
    said, numbers = [], iter(range(1, 100))
    linker = Linker()
    linker.add(HostInterface("demo:twice/host", {"next": lambda: next(numbers), "say": said.append}))
    instance = linker.instantiate(Store(PythonEngine()), Component(binary))
    assert instance.func("run")() == 1 * 2 + 10 * (2 + 3) + 100 * (4 * 2 + 10 * (5 + 6))
    assert said == ["hell", "hello"]
