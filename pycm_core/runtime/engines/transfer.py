"""A core module between a guest's memory and one that Python reaches directly: allocates in the guest and copies, in one call.

In the browser the second memory is the interpreter's own; elsewhere the module brings one along, as its export `host`.
"""

from __future__ import annotations

from functools import cache

from pycm_core.base.source import Source
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.text.module import parse

IMPORTED = '(import "" "host" (memory $host 0))'
OWN = '(memory $host (export "host") 1)'

TEXT = """
(module
  (import "" "guest" (memory $guest 0))
  {imported}
  (import "" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  {own}

  ;; what `realloc` returned when that breaks a rule, and for which size
  (global $refused (mut i32) (i32.const 0))
  (global $address (mut i32) (i32.const 0))
  (global $size (mut i32) (i32.const 0))
  (func (export "refused") (result i32) (global.get $refused))
  (func (export "address") (result i32) (global.get $address))
  (func (export "size") (result i32) (global.get $size))

  (func $allocate (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (call $realloc (i32.const 0) (i32.const 0) (local.get $align) (local.get $size)))
    (if (i32.or
          (i32.and (local.get $at) (i32.sub (local.get $align) (i32.const 1)))
          (i64.gt_u
            (i64.add (i64.extend_i32_u (local.get $at)) (i64.extend_i32_u (local.get $size)))
            (i64.shl (i64.extend_i32_u (memory.size $guest)) (i64.const 16))))
      (then
        (global.set $refused (i32.const 1))
        (global.set $address (local.get $at))
        (global.set $size (local.get $size))
        unreachable))
    (local.get $at))

  ;; allocate, and copy `size` bytes there from `from` of the host's memory
  (func (export "place") (param $from i32) (param $size i32) (param $align i32) (result i32)
    (local $at i32)
    (global.set $refused (i32.const 0))
    (local.set $at (call $allocate (local.get $align) (local.get $size)))
    (memory.copy $guest $host (local.get $at) (local.get $from) (local.get $size))
    (local.get $at))

  ;; the same for `count` pieces that follow each other at `from`; their sizes, at `sizes`, are replaced by their addresses
  (func (export "place_all") (param $sizes i32) (param $count i32) (param $from i32) (param $align i32)
    (local $at i32) (local $size i32)
    (global.set $refused (i32.const 0))
    (if (i32.eqz (local.get $count)) (then return))
    (loop $next
      (local.set $size (i32.load $host (local.get $sizes)))
      (local.set $at (call $allocate (local.get $align) (local.get $size)))
      (memory.copy $guest $host (local.get $at) (local.get $from) (local.get $size))
      (i32.store $host (local.get $sizes) (local.get $at))
      (local.set $from (i32.add (local.get $from) (local.get $size)))
      (local.set $sizes (i32.add (local.get $sizes) (i32.const 4)))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

  ;; what the pointer and length at `pair` tell of, to `to`, when it is at most `room` bytes; its length
  (func (export "fetch") (param $pair i32) (param $to i32) (param $room i32) (result i32)
    (local $length i32)
    (local.set $length (i32.load $guest offset=4 (local.get $pair)))
    (if (i32.le_u (local.get $length) (local.get $room))
      (then (memory.copy $host $guest (local.get $to) (i32.load $guest (local.get $pair)) (local.get $length))))
    (local.get $length)))
"""


@cache
def module(*, own_memory: bool) -> bytes:
    """The module; `own_memory` says which of the two it is."""
    parts = {"imported": "", "own": OWN} if own_memory else {"imported": IMPORTED, "own": ""}
    return encode(parse(Source(TEXT.format(**parts), "transfer.wat")))
