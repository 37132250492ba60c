"""Random writes of a guest, on the browser's engine: what is answered without Python must not be seen to be.

Each script runs twice, with the hosts as they are and with nothing deferred. Everything must be equal: what the guest reads, where it
traps and why, what was written where, in which order, and what the clock says afterwards. Runs in the page (`test_deferring.py`).
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from pycm_core.api import Component, Linker, Store
from pycm_core.base.errors import Trap
from pycm_core.base.source import Source as Text
from pycm_core.component.binary.encode import encode
from pycm_core.component.text.parse import parse
from pycm_core.runtime.engines.ring import ROOM
from pycm_core.runtime.host import HostInterface
from wasi_browser import Machine, Settings, link
from wasi_browser.interfaces.io_streams import OUTPUT_STREAM
from wasi_browser.streams import Pipe, PipeSink

METHODS = ("check-write", "write", "blocking-write-and-flush", "flush", "blocking-flush", "drop", "now")

WAT = """
(component
  (import "test:sinks/sinks" (instance $sinks
    (export "output-stream" (type $stream (sub resource)))
    (export "open" (func (param "kind" u32) (result (own $stream))))))
  (alias export $sinks "output-stream" (type $stream))
  (import "wasi:io/error@0.2.0" (instance $errors (export "error" (type (sub resource)))))
  (alias export $errors "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer 1 $error (type $e))
    (export "error" (type $error (eq $e)))
    (alias outer 1 $stream (type $s))
    (export "output-stream" (type $stream (eq $s)))
    (type $failure (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $failure)))
    (export "[method]output-stream.check-write" (func (param "self" (borrow $stream)) (result (result u64 (error $stream-error)))))
    (export "[method]output-stream.write"
      (func (param "self" (borrow $stream)) (param "contents" (list u8)) (result (result (error $stream-error)))))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $stream)) (param "contents" (list u8)) (result (result (error $stream-error)))))
    (export "[method]output-stream.flush" (func (param "self" (borrow $stream)) (result (result (error $stream-error)))))
    (export "[method]output-stream.blocking-flush" (func (param "self" (borrow $stream)) (result (result (error $stream-error)))))))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "now" (func (result u64)))))

  (core module $memory
    (memory (export "memory") 1)
    (func $fill
      (local $at i32)
      (loop $next
        (i32.store (local.get $at) (i32.mul (local.get $at) (i32.const 0x01234567)))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 65536)))))
    (start $fill)
    (global $next (mut i32) (i32.const 32768))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at)))
  (core instance $m (instantiate $memory))
  (core func $check (canon lower (func $streams "[method]output-stream.check-write") (memory $m "memory")))
  (core func $write (canon lower (func $streams "[method]output-stream.write") (memory $m "memory")))
  (core func $bwf (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $m "memory")))
  (core func $flush (canon lower (func $streams "[method]output-stream.flush") (memory $m "memory")))
  (core func $bf (canon lower (func $streams "[method]output-stream.blocking-flush") (memory $m "memory")))
  (core func $drop (canon resource.drop $stream))
  (core func $now (canon lower (func $clock "now")))
  (core func $open (canon lower (func $sinks "open")))

  (core module $code
    (import "m" "memory" (memory 1))
    (import "h" "check" (func $check (param i32 i32)))
    (import "h" "write" (func $write (param i32 i32 i32 i32)))
    (import "h" "bwf" (func $bwf (param i32 i32 i32 i32)))
    (import "h" "flush" (func $flush (param i32 i32)))
    (import "h" "bf" (func $bf (param i32 i32)))
    (import "h" "drop" (func $drop (param i32)))
    (import "h" "now" (func $now (result i64)))
    (import "h" "open" (func $open (param i32) (result i32)))
    (func (export "open") (param i32) (result i32) (call $open (local.get 0)))
    ;; a script: of each step what to call, and four arguments
    (func (export "run") (param $at i32) (param $count i32) (result i32)
      (local $a i32) (local $b i32) (local $c i32) (local $d i32)
      (block $end (loop $next
        (br_if $end (i32.eqz (local.get $count)))
        (local.set $a (i32.load offset=4 (local.get $at)))
        (local.set $b (i32.load offset=8 (local.get $at)))
        (local.set $c (i32.load offset=12 (local.get $at)))
        (local.set $d (i32.load offset=16 (local.get $at)))
        (block $done
          (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
            (br_table $0 $1 $2 $3 $4 $5 $6 (i32.load (local.get $at))))
            (call $check (local.get $a) (local.get $d)) (br $done))
            (call $write (local.get $a) (local.get $b) (local.get $c) (local.get $d)) (br $done))
            (call $bwf (local.get $a) (local.get $b) (local.get $c) (local.get $d)) (br $done))
            (call $flush (local.get $a) (local.get $d)) (br $done))
            (call $bf (local.get $a) (local.get $d)) (br $done))
            (call $drop (local.get $a)) (br $done))
            (i64.store (i32.and (local.get $d) (i32.const 0x3ff8)) (call $now)))
        (local.set $at (i32.add (local.get $at) (i32.const 20)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
      (i32.store (i32.const 24576) (i32.const 0))
      (i32.store (i32.const 24580) (i32.const 16384))
      (i32.const 24576)))
  (core instance $c (instantiate $code (with "m" (instance $m)) (with "h" (instance
    (export "check" (func $check)) (export "write" (func $write)) (export "bwf" (func $bwf)) (export "flush" (func $flush))
    (export "bf" (func $bf)) (export "drop" (func $drop)) (export "now" (func $now)) (export "open" (func $open))))))
  (func (export "open") (param "kind" u32) (result u32) (canon lift (core func $c "open")))
  (type $step (tuple u32 u32 u32 u32 u32))
  (func (export "run") (param "script" (list $step)) (result (list u8))
    (canon lift (core func $c "run") (memory $m "memory") (realloc (func $m "realloc"))))
)
"""
"""The script's results lie below 16,384; what is written comes from anywhere in the one page."""

KINDS = ("stdout", "stderr", "again", "appended", "placed", "pipe", "ended")
"""What `open` gives: outputs, a second handle on one, a file at its end and from a position on, a pipe, and one whose reader is gone."""


def steps(source: random.Random, handles: list[int], odd: float) -> list[tuple[int, ...]]:
    """A script. Most of it is sound; some handles, pointers and lengths are not."""
    script = []
    handle = source.choice(handles)
    for _ in range(source.randrange(1, 120)):
        if source.random() < 0.3:
            handle = source.choice(handles)
        method = source.choices(range(len(METHODS)), (8, odd, 8, 2, 2, odd, 1))[0]
        at, count = source.randrange(0, 60_000), source.choice((0, 1, 7, 30, 200, 4096))
        to = 8 * source.randrange(0, 2000)
        if source.random() < odd:
            handle = source.choice((0, 99, 251, 252, 253, 1 << 31, *handles))
            at = source.choice((at, 65_535, 65_536, 0xFFFF_FFFF))
            count = source.choice((count, 4097, 5000, 65_536, 0xFFFF_FFFF))
            to = source.choice((to, to + 2, to + 4, 65_520, 65_528, 0xFFFF_FFF8))
        script.append((method, handle, at, count, to))
        if METHODS[method] == "check-write" and handle not in handles[-2:]:
            script += [(1, handle, at, min(count, max(0, 65_535 - at)), to)] * source.randrange(3)
    return script


def outcome(engine: Any, seed: int, deferred: bool) -> dict[str, Any]:
    """All that can be seen of some scripts, one after the other in one instance."""
    source = random.Random(seed)
    told: dict[str, bytes] = {"stdout": b"", "stderr": b""}
    order: list[str] = []
    times = 0

    def hear(stream: str, data: bytes) -> None:
        nonlocal times
        times += 1
        told[stream] += data
        if order[-1:] != [stream]:
            order.append(stream)

    limit = source.choice((1 << 26, ROOM + 40_000, 1 << 14))
    odd = source.choice((0, 0, 0.003, 0.02))
    machine = Machine(Settings(files={"a": b"", "b": b"begun"}, on_output=hear, output_limit=limit, file_capacity=limit))
    hosts = {host.name: host for host in link(machine)}
    pipe, ended = Pipe(50_000), Pipe()
    ended.abandon()
    ((_, root),) = machine.preopens

    def open(kind: int) -> Any:
        match KINDS[kind]:
            case "stdout" | "again":
                return hosts["wasi:cli/stdout@0.2.12"].functions["get-stdout"]()
            case "stderr":
                return hosts["wasi:cli/stderr@0.2.12"].functions["get-stderr"]()
            case "appended":
                return root.open_at("a", writable=True).sink(None)
            case "placed":
                return root.open_at("b", writable=True).sink(source.choice((0, 3, 900)))
            case "pipe":
                return PipeSink(pipe)
        return PipeSink(ended)

    hosts["test"] = HostInterface("test:sinks/sinks", {"open": open}, {"output-stream": OUTPUT_STREAM})
    linker = Linker()
    linker.add(*(host if deferred else replace(host, deferred={}) for host in hosts.values()))
    store = Store(engine)
    instance = linker.instantiate(store, COMPONENT)
    handles = [instance.func("open")(kind) for kind in range(len(KINDS))]
    seen: list[Any] = []
    for _ in range(4):
        script = steps(source, handles, odd)
        try:
            seen.append(instance.func("run")(script))
        except Trap as trap:
            seen.append((trap.message, trap.kind))
            break
        finally:
            seen.append((machine.stdout, machine.stderr, pipe.held, machine.clock.now()))
    store.close()
    return {
        "seen": seen,
        "times": times,
        "told": told,
        "order": order,
        "pipe": pipe.drain(),
        "files": machine.tree(),
        "stats": [root.stat_at(path, True) for path in ("a", "b")],
    }


def differences(engine: Any, seeds: range) -> dict[str, Any]:
    """Of so many seeds: how many ended and how many trapped, how often outputs were told of writes both ways, and what was not equal."""
    found: dict[str, Any] = {"ended": 0, "trapped": 0, "deferred": 0, "not": 0, "wrong": []}
    for seed in seeds:
        quick, full = (outcome(engine, seed, deferred) for deferred in (True, False))
        found["deferred"] += quick.pop("times")
        found["not"] += full.pop("times")
        found["trapped" if isinstance(full["seen"][-2], tuple) else "ended"] += 1
        for what in quick:
            if quick[what] != full[what]:
                found["wrong"].append(f"seed {seed}, {what}: {quick[what]!r:.300} instead of {full[what]!r:.300}")
    return found


COMPONENT = Component(encode(parse(Text(WAT, "sinks.wat"))))
