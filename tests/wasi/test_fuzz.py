"""Whatever a guest does with what it has been given, it gets an answer or a trap: nothing else comes out of a host function."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Awaitable
from typing import Any

import pytest

from pycm_core.abi.values import Err, Ok, RecordValue, VariantValue
from pycm_core.base.errors import Trap
from tests.wasi import corpus
from tests.wasi.origin import ORIGIN, origin
from wasi_browser import Exit, Folder, HttpGrant, Machine, Network, NetworkGrant, Settings, SymbolicLink, link
from wasi_browser.http.messages import Request
from wasi_browser.http.serving import IncomingRequest, Outparam
from wasi_browser.http.web import VirtualWeb

SURFACE = corpus.SHARED / "wit" / "surface.tsv"
EXPORTS = ("wasi:cli/run",)
ALIASES = {"headers": "fields", "trailers": "fields", "io-error": "error"}
NUMBERS = (0, 1, 2, 3, 255, 4096, 65536, (1 << 32) - 1, 1 << 32, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
TEXTS = (
    "",
    "a",
    "b",
    "dir",
    "dir/c",
    "link",
    "loop",
    ".",
    "..",
    "/",
    "/a",
    "a/",
    "x" * 300,
    "ü",
    "a\0",
    "é/../a",
    "localhost",
    ORIGIN,
)
HTTP_TEXTS = ("content-length", "x-y", "host", "GET", "/hello", "http", "[::1]:80", "127.0.0.1", "::1", "a b", "\n")
FLAGS = {
    "path-flags": ("symlink-follow",),
    "open-flags": ("create", "directory", "exclusive", "truncate"),
    "descriptor-flags": ("read", "write", "mutate-directory", "file-integrity-sync"),
}
ENUMS = {
    "advice": ("normal", "will-need"),
    "ip-address-family": ("ipv4", "ipv6"),
    "shutdown-type": ("receive", "send", "both"),
}


class Rng(random.Random):
    """Makes values of WIT types; resources come from what calls have returned."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.pool: dict[str, list[Any]] = {}

    def resource(self, name: str, owned: bool) -> Any:
        things = self.pool.get(ALIASES.get(name, name))
        if not things:
            raise LookupError(name)
        at = self.randrange(len(things))
        return things.pop(at) if owned else things[at]

    def value(self, type: str) -> Any:
        if match := re.fullmatch(r"(\w+)<(.*)>", type):
            outer, inner = match.groups()
            if outer == "borrow":
                return self.resource(inner, owned=False)
            if outer == "option":
                return None if self.random() < 0.3 else self.value(inner)
            if outer == "list":
                if inner == "u8":
                    return self.randbytes(self.choice((0, 1, 100, 5000)))
                return [self.value(inner) for _ in range(self.randrange(4))]
            if outer == "tuple":
                return tuple(self.value(part.strip()) for part in inner.split(","))
            if outer == "result":
                ok, _, error = (part.strip() for part in inner.partition(","))
                ok_side = self.random() < 0.7
                side = ok if ok_side else error
                value = None if side in ("_", "") else self.value(side)
                return Ok(value) if ok_side else Err(value)
        return self.named(type)

    def named(self, type: str) -> Any:
        if type in FLAGS:
            return frozenset(self.sample(FLAGS[type], self.randrange(len(FLAGS[type]) + 1)))
        if type in ENUMS:
            return self.choice(ENUMS[type])
        match type:
            case "bool":
                return self.random() < 0.5
            case "u8" | "u16" | "u32" | "u64" | "s32" | "filesize" | "instant" | "duration" | "status-code":
                bits = {"u8": 8, "u16": 16, "status-code": 16, "u32": 32}.get(type, 64)
                return self.choice(NUMBERS) & ((1 << bits) - 1)
            case "string" | "field-name":
                return self.choice(TEXTS + HTTP_TEXTS)
            case "field-value":
                return self.choice((b"", b"1", b"5", b"value", b"a\nb", b"\xff"))
            case "datetime":
                return RecordValue(seconds=self.choice(NUMBERS), nanoseconds=self.choice(NUMBERS) & 0xFFFFFFFF)
            case "new-timestamp":
                tag = self.choice(("no-change", "now", "timestamp"))
                return VariantValue(tag, self.named("datetime") if tag == "timestamp" else None)
            case "ip-socket-address":
                port = self.choice((0, 1, 80, 49152, 49153, 65535))
                if self.random() < 0.7:
                    address = self.choice(((127, 0, 0, 1), (0, 0, 0, 0), (255,) * 4, (10, 0, 0, 1)))
                    return VariantValue("ipv4", RecordValue(port=port, address=address))
                address = self.choice(((0,) * 8, (0,) * 7 + (1,), (0xFFFF,) * 8))
                return VariantValue("ipv6", RecordValue(port=port, flow_info=1, address=address, scope_id=0))
            case "outgoing-datagram":
                return RecordValue(data=self.value("list<u8>"), remote_address=self.value("option<ip-socket-address>"))
            case "method":
                return VariantValue("other", self.choice(HTTP_TEXTS)) if self.random() < 0.3 else VariantValue("post")
            case "scheme":
                return VariantValue("other", self.choice(HTTP_TEXTS)) if self.random() < 0.3 else VariantValue("HTTP")
            case "error-code":
                return VariantValue("internal-error", "fuzz")
        return self.resource(type, owned=True)

    def keep(self, type: str, value: Any) -> None:
        """Put the resources of a result into the pool."""
        if isinstance(value, Ok):
            inner = re.fullmatch(r"result<(.*)>", type)
            self.keep(inner[1].rpartition(",")[0].strip() if inner else type, value.value)
        elif isinstance(value, Err):
            if isinstance(value.value, VariantValue) and isinstance(value.value.value, Exception):
                self.pool.setdefault("error", []).append(value.value.value)
        elif type.startswith("option<") and value is not None:
            self.keep(type[7:-1], value)
        elif type.startswith("tuple<"):
            for part, item in zip(type[6:-1].split(","), value, strict=True):
                self.keep(part.strip(), item)
        elif type.startswith("list<tuple<descriptor"):
            for item in value:
                self.keep("descriptor", item[0])
        elif not isinstance(value, (int, str, bytes, list, frozenset, VariantValue, RecordValue, type_none)):
            self.pool.setdefault(ALIASES.get(type, type), []).append(value)


type_none = type(None)


def split(text: str) -> list[str]:
    """Parameters, apart at the commas outside of brackets."""
    parts, depth = [""], 0
    for char in text:
        depth += {"<": 1, ">": -1}.get(char, 0)
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def signatures():
    """`(interface, function, parameter types, result type)`"""
    with SURFACE.open(newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            interface = f"{row['package']}/{row['interface']}"
            if row["release"] == "0.2.12" and interface not in EXPORTS:
                params, _, result = row["signature"].partition(" -> ")
                types = [part.partition(":")[2].strip() for part in split(params[1 : params.rindex(")")])]
                yield interface, row["function"], types, result.strip()


@pytest.mark.skipif(not SURFACE.exists(), reason="the list of WASI's functions is absent (PYCM_SHARED)")
@pytest.mark.parametrize("seed", range(12))
def test_only_answers_and_traps(seed):
    rng = Rng(seed)
    tree = {"/a": b"12345", "/dir/c": b"", "/e": Folder(), "/link": SymbolicLink("a"), "/loop": SymbolicLink("loop")}
    machine = Machine(
        Settings(
            stdin=b"some input\n" * 100,
            files=tree,
            file_capacity=1 << 20,
            output_limit=1 << 16,
            random_limit=1 << 16,
            network=NetworkGrant(Network(invent=True)),
            http=HttpGrant(VirtualWeb({ORIGIN: origin})),
        )
    )
    functions = {i.name.partition("@")[0]: i for i in link(machine)}
    drops = {name: resource.drop for i in functions.values() for name, resource in i.resources.items()}
    table = list(signatures())
    rng.pool["incoming-request"] = [IncomingRequest(Request(body=b"x")) for _ in range(9)]
    rng.pool["response-outparam"] = [Outparam() for _ in range(9)]
    answered = set()
    for _ in range(6000):
        if rng.random() < 0.03:
            name = rng.choice(list(rng.pool))
            if rng.pool[name] and drops.get(name) is not None:
                thing = rng.resource(name, owned=True)
                try:
                    drops[name](thing)
                except Trap:
                    rng.pool[name].append(thing)
            continue
        interface, function, types, result = rng.choice(table)
        try:
            arguments = [rng.value(type) for type in types]
        except LookupError:
            continue
        try:
            value = functions[interface].functions[function](*arguments)
        except (Trap, Exit):
            continue
        assert not isinstance(value, Awaitable)
        answered.add((interface, function))
        rng.keep(result, value)
        for things in rng.pool.values():
            if len(things) > 30:
                del things[0]
    assert len(answered) > 120
