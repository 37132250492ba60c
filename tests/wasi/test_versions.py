"""Components of every 0.2.x link to the one implementation (Linking.md, "Versions"): made here against the texts of each version."""

from __future__ import annotations

import pytest

from pycm_core.api import Component, Linker, Store
from pycm_core.api.engines import make
from pycm_core.assemble import dummy, new_component
from pycm_core.base.source import Source
from pycm_core.component.binary.encode import encode
from pycm_core.wasm.binary.encode import encode as encode_module
from pycm_core.wasm.text.module import parse
from pycm_core.wit import resolve
from pycm_core.wit.metadata import embed
from wasi_browser import Machine, link, run
from wasi_browser.wit import packages

HELLO = """
(module
  (import "wasi:cli/stdout@{version}" "get-stdout" (func $out (result i32)))
  (import "wasi:io/streams@{version}" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "I am of {version}\\n")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "wasi:cli/run@{version}#run") (result i32)
    (call $write (call $out) (i32.const 8) (i32.const {size}) (i32.const 64))
    (i32.load8_u (i32.const 64))))
"""
VERSIONS = [f"0.2.{patch}" for patch in range(13)]


def world(version, text):
    found = resolve(
        [Source(f"package a:b;\nworld w {{\n{text.format(version=version)}\n}}\n")], known=packages(), features=("*",)
    )
    return found, dict(found.packages[found.main].worlds)["w"]


@pytest.mark.parametrize("engine", ["python", "wasmtime"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_command_of_each_version_runs(version, engine):
    found = world(version, "include wasi:cli/command@{version};")
    text = HELLO.format(version=version, size=len(f"I am of {version}\n"))
    component = encode(new_component(embed(encode_module(parse(Source(text))), *found)))
    assert f"wasi:cli/stdout@{version}".encode() in component
    machine = Machine()
    linker = Linker()
    linker.add(*link(machine))
    assert run(linker.instantiate(Store(make(engine)), Component(component)).func("wasi:cli/run#run")) == 0
    assert machine.stdout == f"I am of {version}\n".encode()


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_of_each_version_links(version):
    """Every function there was, each lowered for a module that imports it with the type it had."""
    names = ("cli", "clocks", "filesystem", "io", "random", "sockets")
    includes = "".join(f"  include wasi:{name}/imports@{{version}};\n" for name in names)
    found = world(version, f"{includes}  include wasi:http/proxy@{{version}};\n")
    component = Component(encode(new_component(embed(encode_module(dummy(*found)), *found))))
    imported = {name.partition("@")[0] for name, _ in component.valid.type.imports}
    assert {"wasi:http/types", "wasi:sockets/tcp", "wasi:filesystem/types", "wasi:clocks/wall-clock"} <= imported
    assert all(name.endswith(f"@{version}") for name, _ in component.valid.type.imports)
    linker = Linker()
    linker.add(*link(Machine()))
    linker.instantiate(Store(make("python")), component)
