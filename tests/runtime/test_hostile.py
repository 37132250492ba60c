"""Hostile guests and careless hosts: random memory, pointers, handles and flat values end in a value or a `Trap`; values that are not of
their type in `Invalid`. Whatever happened, other instances in the same store still work."""

from __future__ import annotations

import random
import struct
from collections import Counter
from typing import Any

import pytest
from echoes import ENCODINGS, Random, TypeText, component, same

from pycm_core.abi import layout
from pycm_core.abi.handles import HandleEntry
from pycm_core.api import (
    Component,
    Err,
    HostInterface,
    HostResource,
    Invalid,
    Linker,
    Ok,
    RecordValue,
    Some,
    Store,
    Trap,
    VariantValue,
)
from pycm_core.api.engines import make
from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.source import Source
from pycm_core.component import types as t
from pycm_core.component.binary.encode import encode
from pycm_core.component.syntax import StringEncoding
from pycm_core.component.text.parse import parse
from pycm_core.component.types import Prim, ResourceId

ARGS, CASES, SEEDS = 0x40, 26, 10
"""Where the guest takes flat values from, 8 bytes each; calls of one function; components. 10 types, 2 functions each: 5,200 on an engine."""
THING = t.Resource(ResourceId("thing"))
MEMORY = 0x20000


class Types(Random):
    """Types with handles in them."""

    def type(self, depth: int = 3) -> Any:
        return t.Own(THING) if self.rng.random() < 0.12 else super().type(depth)

    def value(self, type: Any) -> Any:
        return object() if isinstance(type, t.Own) else super().value(type)


def guest(types: list[Any], encoding: StringEncoding) -> bytes:
    """`give-i` returns what lies in memory, `pass-i` calls the import `take-i` with it; `realloc` answers what lies at 0x20."""
    names = TypeText()
    imports, core_imports, functions, lifts, given = [], [], [], [], []
    options = f"(memory $memory) (realloc $realloc) string-encoding={ENCODINGS[encoding]}"
    for i, type in enumerate(types):
        reference = names.reference(type)
        flat = layout.flatten_type(type)
        result = flat[0].value if len(flat) == 1 else "i32"
        functions.append(f'(func (export "give-{i}") (result {result}) ({result}.load (i32.const {ARGS})))')
        lifts.append(f'(func (export "give-{i}") (result {reference}) (canon lift (core func $guest "give-{i}") {options}))')

        lowered = layout.flatten_functype(t.FuncType((t.Field("x", type),), type), "lower")
        params, results = ("".join(f" {kind.value}" for kind in side) for side in (lowered.params, lowered.results))
        imports.append(f'(import "take-{i}" (func $take{i} (param "x" {reference}) (result {reference})))')
        given.append(f"(core func $core-take{i} (canon lower (func $take{i}) {options}))")
        core_imports.append(f'(import "" "take-{i}" (func $take{i} (param{params}) (result{results})))')
        args = " ".join(f"({kind.value}.load (i32.const {ARGS + 8 * n}))" for n, kind in enumerate(lowered.params))
        drop = "drop " if lowered.results else ""
        functions.append(f'(func (export "pass-{i}") (call $take{i} {args}) {drop})')
        lifts.append(f'(func (export "pass-{i}") (canon lift (core func $guest "pass-{i}")))')
    text = f"""
    (component
      (import "thing" (type $thing (sub resource)))
      {" ".join(names.lines)}
      {" ".join(imports)}
      (core module $Allocator
        (memory (export "memory") 2 2)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.load (i32.const 0x20))))
      (core instance $allocator (instantiate $Allocator))
      (alias core export $allocator "memory" (core memory $memory))
      (alias core export $allocator "realloc" (core func $realloc))
      {" ".join(given)}
      (core module $Guest
        (import "env" "memory" (memory 2 2))
        {" ".join(core_imports)}
        {" ".join(functions)})
      (core instance $guest (instantiate $Guest (with "env" (instance $allocator)) (with "" (instance
        {" ".join(f'(export "take-{i}" (func $core-take{i}))' for i in range(len(types)))}))))
      {" ".join(lifts)})
    """
    return encode(parse(Source(text, "hostile.wat"), features=ALL_FEATURES))


class Chance:
    """Bytes and numbers that are broken in ways that reach far: often small, often just at an edge."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def word(self) -> int:
        rng = self.rng
        return rng.choice(
            (
                0,
                1,
                2,
                3,
                8,
                rng.randrange(64),
                rng.randrange(MEMORY) & -8,
                rng.randrange(MEMORY),
                MEMORY - rng.randrange(9),
                0xFFFF_FFFF - rng.randrange(9),
                rng.getrandbits(32),
            )
        )

    def block(self, words: int) -> bytes:
        return struct.pack(f"<{words}I", *(self.word() for _ in range(words)))


def prepared(instance: Any, resource: HostResource) -> Any:
    """The memory of a fresh instance, after giving it a few handles to guess."""
    lifted = instance.func("give-0")._func
    for own in (True, True, False):
        lifted.instance.handles.add(HandleEntry(resource, object(), own))
    return lifted.opts.memory


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("name", ["python", "wasmtime"])
def test_guests(name, seed):
    if name == "wasmtime":
        pytest.importorskip("wasmtime")
    source, chance = Types(seed), Chance(seed)
    types = [source.type() for _ in range(10)]
    linker, resource = Linker(), HostResource("thing")
    answers = {f"take-{i}": lambda x, type=type: source.value(type) for i, type in enumerate(types)}
    linker.add(HostInterface("", answers, {"thing": resource}))
    hostile = Component(guest(types, list(StringEncoding)[seed % 3]), features=ALL_FEATURES)
    store = Store(make(name))
    other = Linker().instantiate(store, Component(component([t.List(t.Tuple((Prim.U8, Prim.STRING)))]))).func("echo-0")
    outcomes: Counter[str] = Counter()
    instance: Any = None
    for func in [f"{kind}-{i}" for kind in ("give", "pass") for i in range(len(types))]:
        for _ in range(CASES):
            if instance is None:
                instance = linker.instantiate(store, hostile)
                memory = prepared(instance, resource)
            memory.write(0, chance.block(0x100))
            memory.write(chance.rng.randrange(MEMORY - 0x400) & -8, chance.block(0x100))
            try:
                instance.func(func)()
                outcomes["value"] += 1
            except Trap:
                outcomes["trap"] += 1
                instance = None
                assert other([(1, "still here")]) == [(1, "still here")]
    print(seed, outcomes)
    assert outcomes["trap"] > 50 and outcomes["value"] > 50, outcomes


JUNK = (
    *(
        None,
        True,
        -1,
        2**70,
        1.5,
        float("nan"),
        "",
        "x",
        "\ud800",
        b"",
        b"ab",
        bytearray(b"x"),
        memoryview(b"abc"),
        (),
        [],
        [None],
        [1, "x"],
    ),
    *(
        {},
        {"f0-x": 1},
        {1: 2},
        {"l0"},
        frozenset({"nope"}),
        set,
        object(),
        Ok(),
        Err("x"),
        Some(None),
        Some(1),
        VariantValue("c0", 1),
    ),
    *(VariantValue("none"), RecordValue(f0_x=1), RecordValue(), range(3), iter([1]), lambda: None, 1 + 2j, Ellipsis),
)


@pytest.mark.parametrize("seed", range(10))
def test_hosts(seed):
    """Values of any kind for parameters of any type: taken, when they are of the type, else `Invalid`, and the instance can be used on."""
    source = Random(seed)
    types = [source.type() for _ in range(20)]
    instance = Linker().instantiate(
        Store(make("python")), Component(component(types, list(StringEncoding)[seed % 3]), features=ALL_FEATURES)
    )
    refused = 0
    for i, type in enumerate(types):
        func = instance.func(f"echo-{i}")
        for value in (*JUNK, *(broken(source, source.value(type)) for _ in range(10))):
            try:
                func(value)
            except Invalid:
                refused += 1
        for args in ((), (1, 2), (1, 2, 3)):
            with pytest.raises(Invalid, match="takes 1 arguments"):
                func(*args)
        value = source.value(type)
        assert same(func(value), value)
    assert refused > 300


def broken(source: Random, value: Any) -> Any:
    """A value with junk somewhere inside."""
    junk = source.rng.choice(JUNK)
    match value:
        case list() | tuple() if value:
            at = source.rng.randrange(len(value))
            return type(value)(broken(source, item) if i == at else item for i, item in enumerate(value))
        case dict() if value:
            return {**value, source.rng.choice(list(value)): junk}
        case RecordValue():
            record = RecordValue()
            record.__dict__.update(value.__dict__)
            name = source.rng.choice(list(record.__dict__))
            record.__dict__[name] = broken(source, record.__dict__[name])
            return record
        case VariantValue(tag, payload):
            return VariantValue(tag, broken(source, payload))
        case Ok(payload) | Err(payload) | Some(payload):
            return type(value)(broken(source, payload))
    return junk
