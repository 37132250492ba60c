"""Components that answer every request alike: for heads and pages that no toolchain's example would send."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Literal

from tests.oracles import wasm_tools

WIT = Path(__file__).parent.parent.parent / "web" / "examples" / "wasi" / "wasi.wit"
PIECE = 4096
"""The most that one `blocking-write-and-flush` takes (wasi:io/streams)."""

CORE = """
(module
  (import "wasi:http/types@0.2.0" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.0" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-response.set-status-code" (func $status (param i32 i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-response.body" (func $body (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]response-outparam.set"
    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-body.write" (func $stream (param i32 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop (param i32)))
  (import "wasi:http/types@0.2.0" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (memory (export "memory") {pages})
  (global $top (mut i32) (i32.const {heap}))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $outparam i32)
    (local $headers i32) (local $made i32) (local $to i32) (local $pipe i32) (local $at i32) (local $size i32)
    {spin}
    (local.set $headers (call $fields))
    {appends}
    (local.set $made (call $response (local.get $headers)))
    (if (call $status (local.get $made) (i32.const {status})) (then unreachable))
    (call $body (local.get $made) (i32.const 0))
    (local.set $to (i32.load (i32.const 4)))
    (call $set (local.get $outparam) (i32.const 0) (local.get $made)
      (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $stream (local.get $to) (i32.const 0))
    (local.set $pipe (i32.load (i32.const 4)))
    (block $done (loop $next
      (local.set $size (i32.sub (i32.const {end}) (i32.add (i32.const {start}) (local.get $at))))
      (br_if $done (i32.eqz (local.get $size)))
      (if (i32.gt_u (local.get $size) (i32.const 4096)) (then (local.set $size (i32.const 4096))))
      (call $write (local.get $pipe) (i32.add (i32.const {start}) (local.get $at)) (local.get $size) (i32.const 0))
      (br_if $done (i32.load8_u (i32.const 0)))
      (local.set $at (i32.add (local.get $at) (local.get $size)))
      {again}
      (br $next)))
    {trap}
    (call $drop (local.get $pipe))
    (call $finish (local.get $to) (i32.const 0) (i32.const 0) (i32.const 0)))
{data})
"""


@cache
def answering(
    body: bytes,
    headers: tuple[tuple[str, str], ...] = (("content-type", "text/html; charset=utf-8"),),
    status: int = 200,
    how: Literal["once", "for ever", "never", "then trap"] = "once",
) -> bytes:
    """A component that answers with this response; `for ever`: its body over and over, `never`: it loops instead."""
    start = 64
    data, appends, at = [(start, body)], [], start + len(body)
    for name, value in headers:
        places = []
        for text in (name.encode(), value.encode("latin-1")):
            data.append((at, text))
            places.append(f"(i32.const {at}) (i32.const {len(text)})")
            at += len(text)
        appends.append(f"(call $append (local.get $headers) {' '.join(places)} (i32.const 0))")
        appends.append("(if (i32.load8_u (i32.const 0)) (then unreachable))")
    text = CORE.format(
        pages=at // 65536 + 2,
        heap=at,
        spin="(loop (br 0))" if how == "never" else "",
        appends="\n    ".join(appends),
        status=status,
        start=start,
        end=start + len(body),
        again="(local.set $at (i32.const 0))" if how == "for ever" else "",
        trap="unreachable" if how == "then trap" else "",
        data="\n".join(f'  (data (i32.const {place}) "{_escaped(text)}")' for place, text in data),
    )
    with tempfile.TemporaryDirectory() as folder:
        core, described, whole = (Path(folder, name) for name in ("core.wat", "described.wasm", "whole.wasm"))
        core.write_text(text)
        subprocess.run(
            [wasm_tools(), "component", "embed", WIT, "--world", "site", core, "-o", described], check=True, capture_output=True
        )
        subprocess.run([wasm_tools(), "component", "new", described, "-o", whole], check=True, capture_output=True)
        return whole.read_bytes()


def _escaped(data: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in data)
