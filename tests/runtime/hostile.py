"""Guests whose memory, pointers, handles and flat values are random. Nothing here needs more than the core, so it runs in the page too."""

from __future__ import annotations

import gc
import random
import struct
from collections import Counter
from typing import Any

from echoes import ENCODINGS, Random, TypeText, component

from pycm_core.abi import layout
from pycm_core.abi.handles import HandleEntry
from pycm_core.api import Component, HostInterface, HostResource, Linker, Store, Trap
from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.source import Source
from pycm_core.component import types as t
from pycm_core.component.binary.encode import encode
from pycm_core.component.syntax import StringEncoding
from pycm_core.component.text.parse import parse
from pycm_core.component.types import Prim, ResourceId

ARGS = 0x40
"""Where the guest takes flat values from, 8 bytes each."""
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
    names = TypeText(imported=True)
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
        match rng.randrange(11):  # one draw more at most: there are a quarter of a million words to a component
            case 0 | 1 | 2 | 3 as small:
                return small
            case 4:
                return 8
            case 5:
                return rng.getrandbits(6)
            case 6:
                return rng.getrandbits(17) & -8
            case 7:
                return rng.getrandbits(17)
            case 8:
                return MEMORY - rng.randrange(9)
            case 9:
                return 0xFFFF_FFFF - rng.randrange(9)
            case _:
                return rng.getrandbits(32)

    def block(self, words: int) -> bytes:
        return struct.pack(f"<{words}I", *(self.word() for _ in range(words)))


def prepared(instance: Any, resource: HostResource) -> Any:
    """The memory of a fresh instance, after giving it a few handles to guess."""
    lifted = instance.func("give-0")._func
    for own in (True, True, False):
        lifted.instance.handles.add(HandleEntry(resource, object(), own))
    return lifted.opts.memory


class Hostile:
    """One component with 10 types, in a store with another that behaves."""

    def __init__(self, seed: int, engine: Any) -> None:
        source = Types(seed)
        self.chance = Chance(seed)
        types = [source.type() for _ in range(10)]
        answers = {f"take-{i}": lambda x, type=type: source.value(type) for i, type in enumerate(types)}
        self.linker, self.resource = Linker(), HostResource("thing")
        self.linker.add(HostInterface("", answers, {"thing": self.resource}))
        self.component = Component(guest(types, list(StringEncoding)[seed % 3]), features=ALL_FEATURES)
        self.engine = engine
        self.store: Store | None = None
        self.behaves = Component(component([t.List(t.Tuple((Prim.U8, Prim.STRING)))]))
        self.functions = [f"{kind}-{i}" for kind in ("give", "pass") for i in range(len(types))]

    def fresh(self, count: int) -> Any:
        """One more instance; every 30 of them share a store, because a browser has room for so many memories only."""
        if self.store is None or count % 30 == 0:
            if self.store is not None:
                self.store.close()
                gc.collect()
            self.store = Store(self.engine)
            self.other = Linker().instantiate(self.store, self.behaves).func("echo-0")
        return self.linker.instantiate(self.store, self.component)

    def run(self, cases: int) -> Counter[str]:
        """Call every function this often, with new bytes each time, in a fresh instance after a trap. How often there were values and traps;
        anything else is raised."""
        gc.freeze()  # what was there before is not looked through each time a store goes
        try:
            return self._run(cases)
        finally:
            gc.unfreeze()

    def _run(self, cases: int) -> Counter[str]:
        outcomes: Counter[str] = Counter()
        chance, instance, memory = self.chance, None, None
        for func in self.functions:
            for _ in range(cases):
                if instance is None:
                    instance = self.fresh(outcomes["trap"])
                    memory = prepared(instance, self.resource)
                memory.write(0, chance.block(0x100))
                memory.write(chance.rng.randrange(MEMORY - 0x400) & -8, chance.block(0x100))
                try:
                    instance.func(func)()
                    outcomes["value"] += 1
                except Trap:
                    outcomes["trap"] += 1
                    instance = None
                    assert self.other([(1, "still here")]) == [(1, "still here")]
        return outcomes
