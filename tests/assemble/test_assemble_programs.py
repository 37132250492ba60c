"""Real modules, built by `programs/build.sh`: they become components that run, and say and do the same as wasm-tools' components of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycm_core.api import Component, Err, HostInterface, Linker, Ok, RecordValue, Store, VariantValue
from pycm_core.api.command import main
from pycm_core.api.engines import make
from pycm_core.assemble import Adapter, new_component
from pycm_core.component.binary.encode import encode
from pycm_core.wit import load
from pycm_core.wit.metadata import embed
from tests.assemble.oracle import tool, unordered

PROGRAMS = Path(__file__).parent / "programs"
ADAPTER = Path(__file__).parents[2] / "build/peers/node_modules/@bytecodealliance/jco/lib/wasi_snapshot_preview1.command.wasm"
needs_adapter = pytest.mark.skipif(not ADAPTER.exists(), reason="the adapter comes with what benchmarks compare with: make bench")


def kit(name: str) -> bytes:
    resolve = load(PROGRAMS / "kit.wit")
    return embed((PROGRAMS / name).read_bytes(), resolve, 0)


@pytest.fixture(params=["python", "wasmtime"])
def engine(request):
    if request.param == "wasmtime":
        pytest.importorskip("wasmtime")
    return make(request.param)


@pytest.mark.parametrize("name", ["kit.wasm", "kit-standard.wasm"])
def test_kit(name, engine):
    said: list[str] = []
    linker = Linker()
    linker.add(HostInterface("demo:kit/log@1.2.3", {"write": said.append}))
    instance = linker.instantiate(Store(engine), Component(encode(new_component(kit(name)))))
    assert instance.func("greet")("wörld") == "hello, wörld!"
    assert said == ["hello, wörld!"]
    area = instance.func("demo:kit/shapes#area")
    points = [RecordValue(x=x, y=y) for x, y in ((0, 0.0), (2, 0.0), (2, 2.0))]
    assert area(VariantValue("dot")) == Ok(0.0)
    assert area(VariantValue("circle", 2.0)) == Ok(12.0)
    assert area(VariantValue("path", points)) == Ok(2.0)
    assert area(VariantValue("path", [])) == Err("a path needs three points")
    counters = "demo:kit/counters#"
    live = instance.func(counters + "[static]counter.live")
    counter = instance.func(counters + "[constructor]counter")(7)
    assert live() == 1
    assert [instance.func(counters + "[method]counter.next")(counter) for _ in range(2)] == [7, 8]
    place = instance.func(counters + "[method]counter.where")(counter)
    assert (place.x, place.y) == (9, 2.5)
    counter.drop()
    assert live() == 0


@pytest.mark.parametrize("name", ["kit.wasm", "kit-standard.wasm"])
def test_kit_is_what_the_oracle_makes(name, tmp_path):
    module, ours, theirs = tmp_path / "module.wasm", tmp_path / "ours.wasm", tmp_path / "theirs.wasm"
    module.write_bytes(kit(name))
    ours.write_bytes(encode(new_component(kit(name))))
    tool("component", "new", module, "-o", theirs)
    tool("validate", ours)
    assert tool("component", "wit", ours) == tool("component", "wit", theirs)


@needs_adapter
@pytest.mark.parametrize("grow", [False, True])
@pytest.mark.parametrize("name", ["cat.wasm", "cat-realloc.wasm"])
def test_a_command_with_an_adapter(name, grow, tmp_path, capfdbinary):
    """Arguments, environment, standard streams and a file, through the adapter, on both engines."""
    ours, theirs = tmp_path / "ours.wasm", tmp_path / "theirs.wasm"
    module = PROGRAMS / name
    adapter = Adapter("wasi_snapshot_preview1", ADAPTER.read_bytes())
    ours.write_bytes(encode(new_component(module.read_bytes(), [adapter], realloc_via_memory_grow=grow)))
    flags = ["--realloc-via-memory-grow"] if grow else []
    tool("component", "new", module, "--adapt", f"wasi_snapshot_preview1={ADAPTER}", *flags, "-o", theirs)
    tool("validate", ours)
    assert unordered(tool("component", "wit", ours)) == unordered(tool("component", "wit", theirs))
    outcomes = []
    for component, engine in ((ours, "python"), (ours, "wasmtime"), (theirs, "python")):
        work = tmp_path / f"{component.stem}-{engine}"
        work.mkdir()
        (tmp_path / "in.txt").write_text("one\ntwo words\n")
        with (tmp_path / "in.txt").open("rb") as stdin:
            saved = os.dup(0)
            os.dup2(stdin.fileno(), 0)
            try:
                code = main(["run", "--engine", engine, "--dir", f"{work}::/work", "--env", "WHO=me", str(component), "a", "b c"])
            finally:
                os.dup2(saved, 0)
        outcomes.append((code, capfdbinary.readouterr(), (work / "made.txt").read_text()))
    code, printed, made = outcomes[0]
    assert code == 0
    assert printed.out == b"argument a\nargument b c\nfor me\n4 one\n10 two words\n"
    assert made == "made here\n"
    assert outcomes[1] == outcomes[0]
    assert outcomes[2] == outcomes[0]


@needs_adapter
def test_what_an_adapter_does_not_need_is_gone():
    adapter = Adapter("wasi_snapshot_preview1", ADAPTER.read_bytes())
    component = new_component((PROGRAMS / "cat.wasm").read_bytes(), [adapter])
    imports = {x.name.name.partition("@")[0] for x in component.definitions if type(x).__name__ == "Import"}
    assert "wasi:filesystem/types" in imports
    assert not imports & {"wasi:random/random", "wasi:io/poll", "wasi:clocks/monotonic-clock"}
