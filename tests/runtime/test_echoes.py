"""5,000 random values through components that give them back: the same on every engine, and on PyPI `wasmtime`'s own component API.

`disagreements.md` beside this file says where that API differs, and why.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from echoes import Random, component, same

from pycm_core.api import Component, HostInterface, HostResource, Linker, Store, Trap
from pycm_core.api.engines import make
from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.source import Source
from pycm_core.component import types as t
from pycm_core.component.binary.encode import encode
from pycm_core.component.syntax import StringEncoding
from pycm_core.component.text.parse import parse
from pycm_core.component.types import ResourceId
from pycm_core.runtime.engines.python import PythonEngine

TYPES, VALUES, SEEDS = 25, 4, 50
"""Types of a component, values of a type, components."""


def pairs(seed: int) -> tuple[bytes, list[tuple[Any, list[Any]]]]:
    """A component, and its types with their values."""
    source = Random(seed)
    types = [source.type() for _ in range(TYPES)]
    binary = component(types, list(StringEncoding)[seed % 3])
    return binary, [(type, [source.value(type) for _ in range(VALUES)]) for type in types]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("first", range(0, SEEDS, 10))
@pytest.mark.parametrize("name", ["python", "wasmtime"])
def test_engines(name, first):
    if name == "wasmtime":
        pytest.importorskip("wasmtime")
    engine = make(name)
    for seed in range(first, first + 10):
        binary, cases = pairs(seed)
        instance = Linker().instantiate(Store(engine), Component(binary, features=ALL_FEATURES))
        for i, (type, values) in enumerate(cases):
            call = instance.func(f"echo-{i}")
            for value in values:
                back = call(value)
                assert same(value, back), f"seed {seed}, {type}: {value!r} came back as {back!r}"


@pytest.mark.timeout(300)
def test_peer():
    """Where its API can express the type: more than two thirds of all values."""
    wasmtime = pytest.importorskip("wasmtime")
    from peer import expressible, from_peer, guesses, to_peer
    from wasmtime import component as api

    compared, known = 0, set()
    engine = wasmtime.Engine()
    for seed in range(SEEDS):
        cases = [(type, values) for type, values in pairs(seed)[1] if expressible(type)]
        store = wasmtime.Store(engine)
        binary = component([type for type, _ in cases], list(StringEncoding)[seed % 3])
        instance = api.Linker(engine).instantiate(store, api.Component(engine, binary))
        for i, (type, values) in enumerate(cases):
            func = instance.get_func(store, f"echo-{i}")
            assert func is not None
            for value in values:
                compared += 1
                try:
                    back = func(store, to_peer(value, type))
                    func.post_return(store)
                    agreed = same(value, from_peer(back, type))
                except (ValueError, TypeError):
                    agreed = False
                if not agreed:
                    why = guesses(type)
                    assert why is not None, f"seed {seed}, {type}: {value!r}"
                    known.add(why)
    assert compared > 2 / 3 * SEEDS * TYPES * VALUES
    ledger = (Path(__file__).parent / "disagreements.md").read_text()
    assert len(known) == 2 and all(f"| {why} |" in ledger for why in known)


# --- handles -----------------------------------------------------------------------------------------------------------------


HOLDER = t.Resource(ResourceId("thing"))


def handles(rng: Random, depth: int = 2) -> Any:
    """A type with owned handles in it."""
    if depth == 0:
        return t.Own(HOLDER)
    match rng.rng.randrange(5):
        case 0:
            return t.List(handles(rng, depth - 1))
        case 1:
            return t.Tuple((rng.type(1), handles(rng, depth - 1), handles(rng, depth - 1)))
        case 2:
            return t.Option(handles(rng, depth - 1))
        case 3:
            return t.Result(rng.type(1), handles(rng, depth - 1))
        case _:
            return t.Own(HOLDER)


class Things(Random):
    """Values with host objects for handles."""

    def value(self, type: Any) -> Any:
        return object() if isinstance(type, t.Own) else super().value(type)


@pytest.mark.parametrize("name", ["python", "wasmtime"])
@pytest.mark.parametrize("seed", range(20))
def test_owned_handles(name, seed):
    """The host's objects come back themselves, and no handle stays in the table."""
    if name == "wasmtime":
        pytest.importorskip("wasmtime")
    source = Things(seed)
    types = [handles(source) for _ in range(10)]
    binary = component(types, before='  (import "thing" (type $thing (sub resource)))\n')
    linker = Linker()
    linker.add(HostInterface("", {}, {"thing": HostResource("thing")}))
    instance = linker.instantiate(Store(make(name)), Component(binary, features=ALL_FEATURES))
    for i, type in enumerate(types):
        func = instance.func(f"echo-{i}")
        for _ in range(5):
            value = source.value(type)
            assert same(value, func(value))
        assert not [entry for entry in func._func.instance.handles.array if entry is not None]


def test_borrowed_handles():
    """A borrow that is dropped in the call leaves nothing; one that is kept traps, and the host's object is still usable elsewhere."""
    text = """
    (component
      (import "thing" (type $thing (sub resource)))
      (core func $drop (canon resource.drop $thing))
      (core module $m
        (import "" "drop" (func $drop (param i32)))
        (func (export "look") (param i32) (result i32) (call $drop (local.get 0)) (local.get 0))
        (func (export "keep") (param i32)))
      (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
      (func (export "look") (param "x" (borrow $thing)) (result u32) (canon lift (core func $i "look")))
      (func (export "keep") (param "x" (borrow $thing)) (canon lift (core func $i "keep"))))"""
    linker = Linker()
    linker.add(HostInterface("", {}, {"thing": HostResource("thing")}))
    component = Component(encode(parse(Source(text, "borrows.wat"))))
    store = Store(PythonEngine())
    instance, other = linker.instantiate(store, component), linker.instantiate(store, component)
    thing = object()
    assert [instance.func("look")(thing) for _ in range(3)] == [1, 1, 1]
    with pytest.raises(Trap, match="borrow handles still remain"):
        instance.func("keep")(thing)
    with pytest.raises(Trap, match="cannot enter"):
        instance.func("look")(thing)
    assert other.func("look")(thing) == 1
