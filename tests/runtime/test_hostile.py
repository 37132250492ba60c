"""Hostile guests and careless hosts: random memory, pointers, handles and flat values end in a value or a `Trap`; values that are not of
their type in `Invalid`. Whatever happened, other instances in the same store still work."""

from __future__ import annotations

from typing import Any

import pytest
from echoes import Random, component, same
from hostile import Hostile

from pycm_core.api import Component, Err, Invalid, Linker, Ok, RecordValue, Some, Store, VariantValue
from pycm_core.api.engines import make
from pycm_core.base.features import ALL_FEATURES
from pycm_core.component.syntax import StringEncoding


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", ["python", "wasmtime"])
def test_guests(name, seed):
    """10 components, 20 functions each, 26 calls of each: 5,200 on an engine."""
    if name == "wasmtime":
        pytest.importorskip("wasmtime")
    outcomes = Hostile(seed, make(name)).run(26)
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
