"""Main modules and adapters, each with each: what fits together fits for wasm-tools, too, and nothing else does."""

from __future__ import annotations

import subprocess

import pytest

from pycm_core.assemble import Adapter, new_component
from pycm_core.base.errors import PyCMError
from pycm_core.base.source import Source
from pycm_core.component.binary.encode import encode
from pycm_core.wasm.binary.encode import encode as encode_module
from pycm_core.wasm.text.module import parse
from pycm_core.wit import resolve
from pycm_core.wit.metadata import embed
from tests.oracles import wasm_tools

WIT = resolve(
    [
        Source(
            """package a:b;
interface log { say: func(s: string); get: func() -> string; num: func() -> u32; }
interface run { run: func(); }
interface res { resource r { constructor(); m: func() -> string; } }
world empty {}
world logs { import log; }
world runs { export run; }
world uses { import res; }
world both { import log; export run; import lone: func() -> list<u8>; }
world defines { export run; export res; }
world main { import log; export go: func(); }
"""
        )
    ]
)
WORLDS = [world.name for world in WIT.worlds]
OLD = '(import "old" "f" (func))'
MEMORY = '(memory (export "memory") 1)'
REALLOC = '(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)'
START = '(func (export "_start"))'
ENV = '(import "env" "memory" (memory 0))'
IMPORT_REALLOC = '(func (export "cabi_import_realloc") (param i32 i32 i32 i32) (result i32) unreachable)'
STACK = "(global $__stack_pointer (mut i32) i32.const 0)"
F = '(func (export "f"))'
MAINS = {
    "nothing more": ("empty", OLD + START),
    "a memory": ("empty", OLD + MEMORY + START),
    "a memory and realloc": ("empty", OLD + MEMORY + REALLOC + START),
    "a memory that is imported": ("empty", OLD + '(import "env" "memory" (memory 1))' + REALLOC + START),
    "no use for it": ("empty", MEMORY + REALLOC + START),
    "no start": ("empty", OLD + MEMORY + REALLOC),
    "another type": ("empty", '(import "old" "f" (func (param i32)))' + MEMORY + REALLOC + START),
    "another function": ("empty", '(import "old" "g" (func))' + MEMORY + REALLOC + START),
    "a global": ("empty", '(import "old" "f" (global i32))' + MEMORY + REALLOC + START),
    "an initializer": ("empty", OLD + MEMORY + REALLOC + START + '(func (export "_initialize"))'),
    "a world": (
        "main",
        OLD + '(import "a:b/log" "say" (func (param i32 i32)))' + MEMORY + REALLOC + START + '(func (export "go"))',
    ),
}
SAY = '(import "a:b/log" "say" (func $s (param i32 i32)))'
GET = '(import "a:b/log" "get" (func $s (param i32)))'
MAIN_START = '(import "__main_module__" "_start" (func $s))'
ADAPTERS = {
    "plain": ("empty", F),
    "says": ("logs", ENV + SAY + '(func (export "f") i32.const 0 i32.const 0 call $s)'),
    "gets": ("logs", ENV + GET + STACK + '(func (export "f") i32.const 0 call $s)' + IMPORT_REALLOC),
    "gets without realloc": ("logs", ENV + GET + '(func (export "f") i32.const 0 call $s)'),
    "runs": ("runs", MAIN_START + F + '(func (export "a:b/run#run") call $s)'),
    "only runs": ("runs", MAIN_START + '(func (export "a:b/run#run") call $s)'),
    "both": (
        "both",
        ENV
        + '(import "$root" "lone" (func $l (param i32))) (import "a:b/log" "num" (func $n (result i32)))'
        + '(func (export "a:b/run#run") i32.const 0 call $l) (func (export "f") call $n drop)'
        + IMPORT_REALLOC
        + STACK,
    ),
    "uses a resource": (
        "uses",
        ENV
        + '(import "a:b/res" "[constructor]r" (func $c (result i32))) (import "a:b/res" "[resource-drop]r" (func $d (param i32)))'
        + '(func (export "f") call $c call $d)',
    ),
    "defines a resource": (
        "defines",
        ENV
        + '(import "[export]a:b/res" "[resource-new]r" (func (param i32) (result i32))) (func (export "a:b/run#run"))'
        + F
        + '(func (export "a:b/res#[constructor]r") (result i32) unreachable) (func (export "a:b/res#[dtor]r") (param i32))'
        + '(func (export "a:b/res#[method]r.m") (param i32) (result i32) unreachable)',
    ),
}


def binary(world: str, text: str) -> bytes:
    return embed(encode_module(parse(Source(f"(module {text})"))), WIT, WORLDS.index(world))


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("main", MAINS)
def test_each_with_each(main, adapter, tmp_path):
    module, given = binary(*MAINS[main]), binary(*ADAPTERS[adapter])
    (tmp_path / "main.wasm").write_bytes(module)
    (tmp_path / "old.wasm").write_bytes(given)
    asked = [
        wasm_tools(),
        "component",
        "new",
        tmp_path / "main.wasm",
        "--adapt",
        tmp_path / "old.wasm",
        "-o",
        tmp_path / "x.wasm",
    ]
    theirs = subprocess.run(asked, capture_output=True, text=True, check=False)
    try:
        encode(new_component(module, [Adapter("old", given)]))
        refused = None
    except PyCMError as e:
        refused = e.message
    assert (refused is None) is (theirs.returncode == 0), refused or theirs.stderr
