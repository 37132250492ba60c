"""Guests that make random calls of WASI, so that two hosts can be compared call by call.

A guest is a core module with a straight line of calls. Arguments are constants, or handles that earlier calls gave; a call is left out
where a handle it needs was not given. Each call writes its number and its result, as it lies in memory, to standard output; handles in
it are written as 1, for hosts may number them as they like.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from pycm_core.abi import layout
from pycm_core.api import Component
from pycm_core.assemble import dummy, new_component
from pycm_core.base.source import Source
from pycm_core.component import types as t
from pycm_core.component.binary.encode import encode
from pycm_core.component.types import Prim
from pycm_core.wasm.binary.encode import encode as encode_module
from pycm_core.wasm.text.module import parse
from pycm_core.wit import resolve
from pycm_core.wit.metadata import embed
from wasi_browser.wit import packages

V = "0.2.6"
PATHS = ["a.txt", "dir", "dir/b.txt", "new", "new/", "link", "dlink/b.txt", "loop", ".", "..", "/abs", "", "dangling"]
PATHS += ["dir/../a.txt", "dir/sub", "a.txt/", "x/y", "missing", "hard"]
NAMES = ["x-a", "X-A", "content-length", "host", "bad name", "", "content-type", "Connection", "x-b"]
VALUES = [b"", b"x", b"value", b"5", b"hello world", b"a\nb", bytes(70), b" sp "]
LONGS = [0, 0, 1, 3, 5, 7, 10, 100, 4096, 1 << 20]
SHORTS = [0, 1, 2, 5, 42, 99, 100, 200, 404, 599]
DESCRIPTOR_FLAGS = [0, 1, 2, 3, 33, 35]
LOADS = {1: "i32.load8_u", 2: "i32.load16_u", 4: "i32.load"}
RESULTS, HEAP = 1 << 19, 1 << 20


@cache
def world() -> tuple[Any, int]:
    """A command that imports what is compared."""
    text = f"package a:b; world w {{ include wasi:cli/imports@{V}; import wasi:http/types@{V}; export wasi:cli/run@{V}; }}"
    found = resolve([Source(text)], known=packages(), features=("*",))
    return found, dict(found.packages[found.main].worlds)["w"]


@cache
def section() -> bytes:
    """What embeds that world in a core module."""
    empty = b"\0asm\1\0\0\0"
    return embed(empty, *world())[len(empty) :]


@cache
def functions() -> dict[str, tuple[str, str, Any]]:
    """By `package/interface#function`: the import's module and name, and the type."""
    component = Component(encode(new_component(embed(encode_module(dummy(*world())), *world()))))
    found = {}
    for module, instance in component.valid.type.imports:
        for name, type in instance.exports:
            if isinstance(type, t.FuncType):
                found[f"{module.partition('@')[0].removeprefix('wasi:')}#{name}"] = module, name, type
    return found


def owned(type: Any, at: int, guards: tuple[tuple[int, int, int], ...] = ()) -> Iterator[tuple[int, Any, str]]:
    """The handles in a value that lies at `at`: where, the discriminants (address, size, case) they depend on, and their resource."""
    if isinstance(type, t.Own):
        yield at, guards, str(type.resource.id)
        return
    if not isinstance(type, (t.Tuple, t.Record, t.Option, t.Result, t.Variant)):
        return
    type = layout.despecialize(type)
    if isinstance(type, t.Record):
        for field, offset in layout.field_offsets(type.fields):
            yield from owned(field.type, at + offset, guards)
        return
    size, payload = layout.discriminant_size(type.cases), layout.payload_offset(type.cases)
    for number, case in enumerate(type.cases):
        if case.type is not None:
            yield from owned(case.type, at + payload, (*guards, (at, size, number)))


class Guest:
    """One guest of `steps` calls out of `pool`, the same for the same seed."""

    def __init__(self, seed: int, pool: Sequence[str], steps: int = 14) -> None:
        self.random = random.Random(seed)
        self.calls: list[tuple[str, int]] = []
        """What each call is, and how many bytes of result it writes."""
        self._data: list[tuple[int, bytes]] = []
        self._top, self._results = 1024, RESULTS
        self._imports: dict[tuple[str, str], tuple[str, list[str], list[str]]] = {}
        self._body: list[str] = []
        self._handles: dict[str, list[str]] = {}
        self._count = 0
        self._used: list[tuple[str, bool]] = []
        self._before: list[str] = []
        if any("descriptor" in name for name in pool):
            self._preopened()
        for _ in range(steps * 6):
            if len(self.calls) < steps:
                self._call(self.random.choice(pool))

    def _preopened(self) -> None:
        """The first handle is the preopened directory."""
        module, name, type = functions()["filesystem/preopens#get-directories"]
        handle = self._handle(str(type.result.element.types[0].resource.id))
        function = self._import(module, name, ["i32"], [])
        self._body.append(f"(call {function} (i32.const 96)) (local.set {handle} (i32.load (i32.load (i32.const 96))))")

    def _import(self, module: str, name: str, params: list[str], results: list[str]) -> str:
        return self._imports.setdefault((module, name), (f"$f{len(self._imports)}", params, results))[0]

    def _handle(self, resource: str) -> str:
        self._count += 1
        self._handles.setdefault(resource, []).append(f"$h{self._count}")
        return f"$h{self._count}"

    def _bytes(self, data: bytes) -> list[tuple[str, str]]:
        at = self._room(len(data))
        self._data.append((at, data))
        return [("i32", f"(i32.const {at})"), ("i32", f"(i32.const {len(data)})")]

    def _room(self, size: int) -> int:
        at, self._top = self._top, (self._top + size + 8) & ~7
        return at

    def _flat(self, type: Any, texts: Sequence[str]) -> list[tuple[str, str]] | None:
        """A random value as core values; `None` where it needs a handle that there is not."""
        choose = self.random.choice
        match layout.plain(type):
            case Prim.STRING:
                return self._bytes(choose(texts).encode())
            case Prim.U64 | Prim.S64:
                return [("i64", f"(i64.const {choose(LONGS)})")]
            case Prim.BOOL:
                return [("i32", f"(i32.const {choose([0, 1])})")]
            case Prim():
                return [("i32", f"(i32.const {choose(SHORTS)})")]
            case t.Own() | t.Borrow():
                known = self._handles.get(str(type.resource.id))
                if not known:
                    return None
                self._used.append((choose(known[-4:]), isinstance(type, t.Own)))
                return [("i32", f"(local.get {self._used[-1][0]})")]
            case t.Flags(labels):
                mutable = "mutate-directory" in labels
                return [
                    ("i32", f"(i32.const {choose(DESCRIPTOR_FLAGS) if mutable else self.random.randrange(1 << len(labels))})")
                ]
            case t.List(Prim.U8):
                return self._bytes(choose(VALUES))
            case t.List(element):
                return self._list(element, texts)
        fundamental = layout.despecialize(type)
        if isinstance(fundamental, t.Record):
            parts = [self._flat(field.type, texts) for field in fundamental.fields]
            return None if None in parts else [value for part in parts for value in part or ()]
        number = self.random.randrange(len(fundamental.cases))
        case = fundamental.cases[number].type
        payload = [] if case is None else self._flat(case, texts)
        if payload is None:
            return None
        out = [("i32", f"(i32.const {number})")]
        for place, wanted in enumerate(layout.flatten_type(type)[1:]):
            have, value = payload[place] if place < len(payload) else (wanted.value, f"({wanted.value}.const 0)")
            out.append((wanted.value, value if have == wanted.value else f"(i64.extend_i32_u {value})"))
        return out

    def _list(self, element: Any, texts: Sequence[str]) -> list[tuple[str, str]] | None:
        """A list of handles, or of texts and bytes."""
        count, size = self.random.randrange(3), layout.elem_size(element)
        at = self._room(count * size)
        for number in range(count):
            flat = self._flat(element, texts)
            if flat is None:
                return None
            self._before += [
                f"({core}.store (i32.const {at + number * size + 4 * i}) {value})" for i, (core, value) in enumerate(flat)
            ]
        return [("i32", f"(i32.const {at})"), ("i32", f"(i32.const {count})")]

    def _call(self, name: str) -> None:
        module, function, type = functions()[name]
        self._used, self._before = [], []
        flat: list[tuple[str, str]] = []
        for param in type.params:
            part = self._flat(param.type, NAMES if "fields" in name else PATHS)
            if part is None:
                return
            flat += part
        taken = [handle for handle, _ in self._used]
        if len(flat) > layout.MAX_FLAT_PARAMS or (len(set(taken)) < len(taken) and any(own for _, own in self._used)):
            return
        cores = [] if type.result is None else [core.value for core in layout.flatten_type(type.result)]
        spilled, number, slot = len(cores) > 1, len(self.calls), self._results
        size = 0 if type.result is None else (layout.elem_size(type.result) + 7) & ~7
        self._results += size
        arguments = [*flat, ("i32", f"(i32.const {slot})")] if spilled else flat
        imported = self._import(module, function, [core for core, _ in arguments], [] if spilled else cores)
        call = f"(call {imported} {' '.join(value for _, value in arguments)})"
        if isinstance(type.result, t.Own):
            size, call = 0, f"(local.set {self._handle(str(type.result.resource.id))} {call})"
        elif cores and not spilled:
            call = f"({cores[0]}.store (i32.const {slot}) {call})"
        steps = [f"(call $note (i32.const {number}))", *self._before, call]
        steps += [f"(local.set {handle} (i32.const 0))" for handle, own in self._used if own]
        for at, guards, resource in owned(type.result, slot) if spilled else ():
            steps.append(self._keep(at, guards, self._handle(resource)))
        if size:
            steps.append(f"(call $say (i32.const {slot}) (i32.const {size}))")
        self._body.append(
            f"(if {both(f'(i32.ne (local.get {handle}) (i32.const 0))' for handle in taken)} (then {' '.join(steps)}))"
        )
        self.calls.append((name, size))

    def _keep(self, at: int, guards: Any, handle: str) -> str:
        """Take the handle at `at`, if there is one."""
        there = both(f"(i32.eq ({LOADS[size]} (i32.const {where})) (i32.const {case}))" for where, size, case in guards)
        taken = f"(local.set {handle} (i32.load (i32.const {at}))) (i32.store (i32.const {at}) (i32.const 1))"
        return f"(if {there} (then {taken}))"

    def component(self) -> bytes:
        """As a command."""
        out = self._import(f"wasi:cli/stdout@{V}", "get-stdout", [], ["i32"])
        write = self._import(f"wasi:io/streams@{V}", "[method]output-stream.blocking-write-and-flush", ["i32"] * 4, [])
        imports = "\n".join(
            f'(import "{module}" "{name}" (func {f} (param {" ".join(params)}) (result {" ".join(results)})))'
            for (module, name), (f, params, results) in self._imports.items()
        )
        data = "\n".join(f'(data (i32.const {at}) "{escaped(text)}")' for at, text in self._data)
        handles = " ".join(f"(local $h{number} i32)" for number in range(1, self._count + 1))
        return encode(new_component(encode_module(parse(Source(f"""(module {imports}
          (memory (export "memory") 64) {data}
          (global $heap (mut i32) (i32.const {HEAP})) (global $out (mut i32) (i32.const 0))
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
            (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
            (global.set $heap (i32.add (local.get $at) (local.get 3)))
            (local.get $at))
          (func $say (param i32 i32) (call {write} (global.get $out) (local.get 0) (local.get 1) (i32.const 64)))
          (func $note (param i32) (i32.store (i32.const 80) (local.get 0)) (call $say (i32.const 80) (i32.const 4)))
          (func (export "wasi:cli/run@{V}#run") (result i32) {handles}
            (global.set $out (call {out}))
            {" ".join(self._body)}
            (i32.const 0)))"""))) + section()))  # fmt: skip

    def said(self, output: bytes) -> list[tuple[str, bytes]]:
        """What was called, and the results."""
        at, found = 0, []
        while at + 4 <= len(output):
            name, size = self.calls[struct.unpack_from("<I", output, at)[0]]
            found.append((name, output[at + 4 : at + 4 + size]))
            at += 4 + size
        return found


def escaped(data: bytes) -> str:
    """As a string of the text format."""
    return "".join(f"\\{byte:02x}" for byte in data)


def both(conditions: Any) -> str:
    """All of them hold."""
    whole = "(i32.const 1)"
    for condition in conditions:
        whole = f"(i32.and {whole} {condition})"
    return whole
