"""Core modules by which a guest's writes go into a ring instead of through Python, until the host is told of them (`pycm_core.runtime.outbox`).

The ring is a memory of its own, so that where it is shared another thread can look into it while the guest runs. Its first page is a head
of 32-bit numbers, the rest is what was written:

    0   how much was told about it elsewhere: for whoever shares the memory, nothing here touches it
    4   how often it was emptied
    8   bytes in it now; published last
    12  records
    16  records of `key`, bytes, calls: consecutive writes with the same key are one record

Whoever looks into it without stopping the guest reads 4 and 8 before and after: when 4 is the same, the bytes were whole.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from pycm_core.base.source import Source
from pycm_core.runtime.engine import CoreItem
from pycm_core.runtime.host import Deferred, Recipient
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.syntax.types import FuncType, NumType, ValType
from pycm_core.wasm.text.module import parse

PAGE = 1 << 16
PAGES = 17
DATA = PAGE
ROOM = (PAGES - 1) * PAGE
"""How many bytes it holds."""
FIRST, RECORD = 16, 12
RECORDS = (DATA - FIRST) // RECORD
EPOCH, TAIL, COUNT = 4, 8, 12

HANDLES = 252
"""Handles from here on are never known to a door."""
SLOT = 16
"""The bytes of a slot: whether it is open, its permit (-1: none here), its key. The first is none: its first word says what there is to tell."""
SLOTS = 255
ANSWERED, WRITTEN = 1, 2
"""The bits of that word: something was answered, something was written."""
ABSENT = -1
"""A permit that is with the host."""

_WRITTEN = f"""
(module
  (import "" "guest" (memory $guest 0))
  (import "" "host" (memory $host 0))
  (import "" "ring" (memory $ring {PAGES} {PAGES}))
  (import "" "publish" (func $publish (param i32 i32)))
  (import "" "full" (func $full {{params}}))
  (import "" "gate" (global $gate i32))      ;; of the instance: 0 while it must not leave
  (import "" "door" (global $door i32))      ;; by handle: its slot, or 0
  (import "" "slots" (global $slots i32))
  (import "" "answer" (global $answer i32))  ;; the bytes of the result, and where they may stand
  (import "" "size" (global $size i32))
  (import "" "align" (global $align i32))
  (import "" "limit" (global $limit i32))
  (import "" "permit" (global $permit i32))

  (func $bytes (result i64) (i64.shl (i64.extend_i32_u (memory.size $guest)) (i64.const 16)))
  (func $beyond (param $at i32) (param $count i32) (result i32)
    (i64.gt_u (i64.add (i64.extend_i32_u (local.get $at)) (i64.extend_i32_u (local.get $count))) (call $bytes)))

  ;; the cell of the slot that answers at once for this handle, or 0
  (func $cell (param $self i32) (param $to i32) (result i32)
    (local $slot i32) (local $cell i32)
    (if (i32.eqz (i32.load $host (global.get $gate))) (then (return (i32.const 0))))
    (if (i32.ge_u (local.get $self) (i32.const {HANDLES})) (then (return (i32.const 0))))
    (if (i32.and (local.get $to) (i32.sub (global.get $align) (i32.const 1))) (then (return (i32.const 0))))
    (if (call $beyond (local.get $to) (global.get $size)) (then (return (i32.const 0))))
    (local.set $slot (i32.load8_u $host (i32.add (global.get $door) (local.get $self))))
    (if (i32.eqz (local.get $slot)) (then (return (i32.const 0))))
    (local.set $cell (i32.add (global.get $slots) (i32.mul (local.get $slot) (i32.const {SLOT}))))
    (select (local.get $cell) (i32.const 0) (i32.load $host (local.get $cell))))

  (func $pending (param $bit i32)
    (i32.store $host (global.get $slots) (i32.or (i32.load $host (global.get $slots)) (local.get $bit))))

  (func $answered (param $to i32)
    (call $pending (i32.const {ANSWERED}))
    (memory.copy $guest $host (local.get $to) (global.get $answer) (global.get $size)))

  ;; 0 when there is no room
  (func $append (param $key i32) (param $at i32) (param $count i32) (result i32)
    (local $tail i32) (local $records i32) (local $last i32)
    (local.set $tail (i32.load $ring (i32.const {TAIL})))
    (if (i32.gt_u (i32.add (local.get $tail) (local.get $count)) (i32.const {ROOM})) (then (return (i32.const 0))))
    (local.set $records (i32.load $ring (i32.const {COUNT})))
    (local.set $last (i32.add (i32.const {FIRST - RECORD}) (i32.mul (local.get $records) (i32.const {RECORD}))))
    (if (i32.or (i32.eqz (local.get $records)) (i32.ne (i32.load $ring (local.get $last)) (local.get $key)))
      (then
        (if (i32.eq (local.get $records) (i32.const {RECORDS})) (then (return (i32.const 0))))
        (local.set $last (i32.add (local.get $last) (i32.const {RECORD})))
        (i32.store $ring (local.get $last) (local.get $key))
        (i64.store $ring offset=4 (local.get $last) (i64.const 0))
        (i32.store $ring (i32.const {COUNT}) (i32.add (local.get $records) (i32.const 1)))))
    (memory.copy $ring $guest (i32.add (i32.const {DATA}) (local.get $tail)) (local.get $at) (local.get $count))
    (i32.store $ring offset=4 (local.get $last) (i32.add (i32.load $ring offset=4 (local.get $last)) (local.get $count)))
    (i32.store $ring offset=8 (local.get $last) (i32.add (i32.load $ring offset=8 (local.get $last)) (i32.const 1)))
    (call $publish (i32.const {TAIL}) (i32.add (local.get $tail) (local.get $count)))
    (call $pending (i32.const {WRITTEN}))
    (i32.const 1))

  (func (export "f") {{params}}
    (local $cell i32)
    (block $unusual
      (br_if $unusual (i32.eqz (local.tee $cell (call $cell (local.get $self) (local.get $to)))))
      {{body}}
      (call $answered (local.get $to))
      (return))
    (call $full {{given}})))
"""

_CONTENTS = f"""
      (br_if $unusual (i32.eqz (local.get $count)))
      (br_if $unusual (i32.gt_u (local.get $count) (global.get $limit)))
      (br_if $unusual (call $beyond (local.get $at) (local.get $count)))
      (if (i32.eq (global.get $permit) (i32.const {Deferred.SPEND}))
        (then (br_if $unusual (i32.lt_s (i32.load $host offset=4 (local.get $cell)) (local.get $count)))))
      (br_if $unusual (i32.eqz (call $append (i32.load $host offset=8 (local.get $cell)) (local.get $at) (local.get $count))))
      (if (i32.eq (global.get $permit) (i32.const {Deferred.SPEND}))
        (then (i32.store $host offset=4 (local.get $cell)
          (i32.sub (i32.load $host offset=4 (local.get $cell)) (local.get $count)))))
      (if (i32.ge_s (global.get $permit) (i32.const 0))
        (then (i32.store $host offset=4 (local.get $cell) (global.get $permit))))
"""

_BARE = """
      (if (i32.ge_s (global.get $permit) (i32.const 0))
        (then (i32.store $host offset=4 (local.get $cell) (global.get $permit))))
"""

_EMPTIED = f"""
(module
  (import "" "host" (memory $host 0))
  (import "" "ring" (memory $ring {PAGES} {PAGES}))
  (import "" "publish" (func $publish (param i32 i32)))
  ;; copy everything to `to`, at the same places; the number of records
  (func (export "empty") (param $to i32) (result i32)
    (local $records i32)
    (local.set $records (i32.load $ring (i32.const {COUNT})))
    (memory.copy $host $ring (i32.add (local.get $to) (i32.const {FIRST})) (i32.const {FIRST})
      (i32.mul (local.get $records) (i32.const {RECORD})))
    (memory.copy $host $ring (i32.add (local.get $to) (i32.const {DATA})) (i32.const {DATA}) (i32.load $ring (i32.const {TAIL})))
    (i32.store $ring (i32.const {COUNT}) (i32.const 0))
    (call $publish (i32.const {EPOCH}) (i32.add (i32.load $ring (i32.const {EPOCH})) (i32.const 1)))
    (call $publish (i32.const {TAIL}) (i32.const 0))
    (local.get $records)))
"""

_FENCED = """
(module
  (import "" "host" (memory $host 0))
  (import "" "gate" (global $gate i32))
  (import "" "f" (func $f {params} {results}))
  (func (export "f") {params} {results}
    (local $before i32)
    (local.set $before (i32.load $host (global.get $gate)))
    (i32.store $host (global.get $gate) (i32.const 0))
    (call $f {given})
    (i32.store $host (global.get $gate) (local.get $before))))
"""

_SIDES = {
    True: ("(param $self i32) (param $at i32) (param $count i32) (param $to i32)", _CONTENTS, ("self", "at", "count", "to")),
    False: ("(param $self i32) (param $to i32)", _BARE, ("self", "to")),
}


def _assemble(text: str, shared: bool = False) -> bytes:
    binary = encode(parse(Source(text, "ring.wat")))
    # The text format at hand knows no shared memories: 1 in the limits says that there is a maximum, 3 that it is shared, too.
    return binary.replace(b"\x04ring\x02\x01", b"\x04ring\x02\x03") if shared else binary


@cache
def written(contents: bool, shared: bool) -> bytes:
    """A module whose `f` answers a call at once, or calls `full`; with `contents` it takes some. `shared` says what the ring is."""
    params, body, names = _SIDES[contents]
    given = " ".join(f"(local.get ${name})" for name in names)
    return _assemble(_WRITTEN.format(params=params, body=body, given=given), shared)


@cache
def emptied(shared: bool) -> bytes:
    """A module whose `empty` brings everything to the host."""
    return _assemble(_EMPTIED, shared)


@cache
def fenced(type: FuncType) -> bytes:
    """A module whose `f` is the imported `f` of `type`, with the gate closed meanwhile."""
    params = " ".join(f"(param {_NAMES[t]})" for t in type.params)
    results = " ".join(f"(result {_NAMES[t]})" for t in type.results)
    given = " ".join(f"(local.get {i})" for i in range(len(type.params)))
    return _assemble(_FENCED.format(params=params, results=results, given=given))


_NAMES: dict[ValType, str] = {NumType.I32: "i32", NumType.I64: "i64", NumType.F32: "f32", NumType.F64: "f64"}


def publisher(shared: bool) -> bytes:
    """A module whose `f(address, value)` stores atomically in `ring`: who sees this sees what was stored before.

    It is written out as bytes, for threads are no part of the text format at hand.
    """
    limits = bytes([3 if shared else 1, PAGES, PAGES])
    body = b"\0\x20\0\x20\1\xfe\x17\2\0\x0b"  # local.get 0, local.get 1, i32.atomic.store, end
    return (
        b"\0asm\1\0\0\0"
        b"\x01\x06\x01\x60\x02\x7f\x7f\x00" + bytes([2, 8 + len(limits), 1, 0, 4]) + b"ring\x02" + limits + b"\x03\x02\x01\x00"
        b"\x07\x05\x01\x01f\x00\x00" + bytes([10, len(body) + 2, 1, len(body)]) + body
    )


class Cells:
    """Numbers in the interpreter's memory that modules reach, too: `view[i]`, at `address`."""

    __slots__ = ("_held", "address", "view")

    def __init__(self, bytes: int, format: str) -> None:
        self._held = (ctypes.c_char * bytes)()
        self.address = ctypes.addressof(self._held)
        self.view = memoryview(self._held).cast("B").cast(format)  # type: ignore[call-overload]  # any format of one number


class Ring:
    """A ring, and where it is emptied to. One for all stores of an engine: whoever switches between guests empties it."""

    __slots__ = ("_buffer", "_empty", "link", "memory", "publish", "recipients", "shared")

    def __init__(self, memory: Any, shared: bool, link: Callable[[bytes, Mapping[str, Any]], Any]) -> None:
        """`link` instantiates a module whose imports are these and `host`, the interpreter's memory; its exports."""
        self.link = link
        self.memory = memory
        self.shared = shared
        self.recipients: dict[int, Recipient] = {}
        self.publish = link(publisher(shared), {"ring": memory}).f
        self._empty = link(emptied(shared), {"ring": memory, "publish": self.publish}).empty
        self._buffer = Cells(PAGES * PAGE, "B")

    def empty(self) -> Iterator[tuple[int, memoryview, int]]:
        """Of each record: its slot, its bytes, its calls. Nothing is in it from the first one on."""
        buffer = self._buffer
        count = self._empty(buffer.address)
        at = DATA
        for key, size, calls in struct.iter_unpack("<3I", bytes(buffer.view[FIRST : FIRST + RECORD * count])):
            yield key & 0xFFFF, buffer.view[at : at + size], calls
            at += size


class RingOutbox:
    """`pycm_core.runtime.engine.CoreOutbox` over a ring."""

    __slots__ = ("_held", "_ring", "_slots", "flush", "pending", "recipients", "shared")

    room = ROOM
    slots = SLOTS
    handles = HANDLES

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._slots = Cells(SLOTS * SLOT, "i")
        self._held: list[Cells] = []
        self.pending = self._slots.view
        self.shared = ring.shared
        self.recipients = ring.recipients
        self.flush: Callable[[], None] = lambda: None

    def set_slot(self, slot: int, open: bool, channel: int) -> None:
        """Open or close a slot; no permit is there."""
        at = slot * SLOT // 4
        view = self._slots.view
        view[at], view[at + 1], view[at + 2] = int(open), ABSENT, slot | channel << 16

    def take_permit(self, slot: int) -> int:
        """The permit of a slot, which is nowhere in here afterwards; negative when it was not."""
        at = slot * SLOT // 4 + 1
        view = self._slots.view
        permit: int = view[at]
        view[at] = ABSENT
        return permit

    def take(self) -> Iterable[tuple[int, memoryview, int]]:
        """What was written."""
        what = self.pending[0]
        self.pending[0] = 0
        return self._ring.empty() if what & WRITTEN else ()

    def new_gate(self) -> Cells:
        """A gate, open."""
        gate = self._keep(Cells(4, "i"))
        gate.view[0] = 1
        return gate

    def new_door(self) -> Cells:
        """Slots by handle."""
        return self._keep(Cells(HANDLES, "B"))

    def fence(self, gate: Any, func: CoreItem, type: FuncType) -> CoreItem:
        """`func`, with the gate closed meanwhile."""
        return self._ring.link(fenced(type), {"gate": gate.address, "f": func}).f

    def lower(
        self, memory: CoreItem, full: CoreItem, gate: Any, door: Any, deferred: Deferred, answer: bytes, align: int
    ) -> CoreItem:
        """`full`, which is asked where it cannot be answered at once."""
        ring = self._ring
        result = self._keep(Cells(len(answer), "B"))
        result.view[:] = answer
        items = {
            "guest": memory,
            "ring": ring.memory,
            "publish": ring.publish,
            "full": full,
            "gate": gate.address,
            "door": door.address,
            "slots": self._slots.address,
            "answer": result.address,
            "size": len(answer),
            "align": align,
            "limit": deferred.limit or 0,
            "permit": deferred.permit,
        }
        return ring.link(written(deferred.limit is not None, ring.shared), items).f

    def _keep(self, cells: Cells) -> Cells:
        self._held.append(cells)
        return cells
