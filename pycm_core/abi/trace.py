"""Trace events: what the literal form of the canonical ABI reports while it works. Format version 2.

| kind | what happened | fields |
|---|---|---|
| `trace` | a file of events begins | `version` of this format |
| `memory` | a linear memory is seen first: what it holds | `memory`, `size`, `runs` (what lies between them is zero) |
| `guest-write` | what guest code wrote since the event before | `memory`, `runs` |
| `memory-grow` | the same, by guest code that made the memory larger, too | `memory`, `size`, `runs` |
| `memory-unwatched` | from now on nothing is known of what guest code writes there | `memory`, `value` (why) |
| `call-begin` | a call crosses a component's border | `func`, `direction` (`export`: into the guest, `import`: out of it) |
| `call-end` | it came back, or left its caller to go on while it waits | `func`, `direction` |
| `call-unwind` | an exception of the host passes through it | `func`, `direction`, `value` (of which class) |
| `task-start`, `task-return`, `task-cancel` | the callee takes its arguments, has its result, or will have none | `func` |
| `lower` | a value becomes core values or bytes | `path`, `type`, `value` |
| `lift` | core values or bytes became a value | `path`, `type`, `value` |
| `store`, `load` | bytes of linear memory written, read | `memory`, `address`, `bytes`, `path`, `type` |
| `realloc` | the guest's allocator was asked | `memory`, `address` (the result), `size`, `align`, `old`, `old-size` |
| `encode` | a string is about to be stored | `pass` (the spec's function), `from`, `to`, `size` (code units at first) |
| `encode-step` | it must be given more room, or need not so much | `value` (`inflate`, `shrink`), `size` (bytes from now on) |
| `decode` | a string was loaded | `from` (its encoding), `size` (code units), `tagged` (whether the UTF-16 tag was set) |
| `core-call` | a core function starts | `func`, `args` |
| `core-return` | it returned | `func`, `args` (the results) |
| `post-return` | the guest may free the results | `func`, `args` |
| `scope-enter` | a call begins that may borrow | `scope` (`task`: what it is lent, `subtask`: what it lends) |
| `scope-exit` | it ended | `scope`, `count` (handles still borrowed, or given back) |
| `handle-add`, `handle-remove` | an entry of a handle table comes, goes | `table`, `index`, `type`, `value` |
| `handle-lend`, `handle-unlend` | an entry is lent, and given back | `table`, `index`, `type`, `value`, `lends` (how often it is lent now) |
| `resource-new`, `resource-drop`, `resource-rep` | a resource built-in | `table`, `index`, `type`, `value` |
| `resource-dtor` | the destructor runs | `type`, `value` |
| `builtin` | guest code calls another built-in | `func`, `args` |
| `builtin-return` | it answers | `func`, `args` (the results), `value` (in words, where the numbers are packed) |
| `subtask` | an `async` call out of a component has come so far | `table`, `index` (0: it has no handle), `func`, `value` (its state) |
| `copy` | elements of a stream or future pass through a buffer | `direction` (`read`: out of the guest's memory, `write`: into it), `count` |
| `trap` | the call trapped, or ran out of something | `value` (the message), `rule` |

`rule` names document and heading of the spec; `depth` is how many calls enclose the event; `instance` numbers component instances in the
order they were made, -1 is the host. `table` is the instance whose table it is. `memory` numbers linear memories in the order they were
seen. `runs` are pairs of an address and bytes.

After each event, `pycm_core.abi.replay` has rebuilt what the memories hold, byte for byte: guest code does not report its stores, so
memories are compared with what is known of them whenever it has run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycm_core.abi.memory import Memory
from pycm_core.abi.shadow import Shadow

VERSION = 2

CHANGED = 15
"""How much more effort a byte that changed is than one that did not, in time; it is kept, too."""
MEMORY_RULE = 'CanonicalABI.md, "Canonical ABI Options"'


class Event:
    """One event; fields that do not apply to its kind are absent from `fields`."""

    __slots__ = ("depth", "fields", "instance", "kind", "rule", "seq")

    def __init__(self, seq: int, kind: str, depth: int, instance: int, rule: str, fields: dict[str, Any]) -> None:
        self.seq = seq
        self.kind = kind
        self.depth = depth
        self.instance = instance
        self.rule = rule
        self.fields = fields

    def to_data(self) -> dict[str, Any]:
        """This event as JSON: bytes in hexadecimal, floats that JSON has no word for as strings, everything else as it is."""
        data = {"seq": self.seq, "kind": self.kind, "depth": self.depth, "instance": self.instance, "rule": self.rule}
        for name, value in self.fields.items():
            data[name] = _data(value)
        return data


def _data(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [_data(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value


class Tracer:
    """Collects events, at most `limit` of them, or hands each to `sink`; `truncated` says whether more happened.

    `show(value, type)` turns a value into text; `name(type)` names a type. Comparing memories costs time: `effort` bounds how many bytes
    are looked at in all (those that changed count sixteen times), `largest` the size of a memory that is watched. Beyond either, an event
    says so.
    """

    __slots__ = (
        "_looked",
        "_numbers",
        "_seen",
        "depth",
        "effort",
        "events",
        "largest",
        "limit",
        "name",
        "seq",
        "shadows",
        "show",
        "sink",
        "stale",
    )

    def __init__(
        self,
        show: Callable[[Any, Any], str] = lambda value, type: repr(value),
        name: Callable[[Any], str] = lambda type: type.value if hasattr(type, "value") else type.__class__.__name__.lower(),
        limit: int = 20_000,
        sink: Callable[[Event], None] | None = None,
        effort: int | None = None,
        largest: int | None = None,
    ) -> None:
        self.events: list[Event] = []
        self.depth = 0
        self.seq = 0
        self.limit = limit
        self.show = show
        self.name = name
        self.sink = sink
        self.effort = effort
        self._looked = 0
        self.largest = largest
        self.stale = False
        """Whether guest code ran since the last event, so that memories may have changed."""
        self.shadows: list[Shadow] = []
        self._numbers: dict[int, int] = {}
        self._seen: list[Memory] = []

    @property
    def truncated(self) -> bool:
        """Whether events were left out."""
        return self.seq > self.limit

    def clear(self) -> None:
        """Start anew. Memories are told of again, as they are then."""
        self.events = []
        self.depth = self.seq = self._looked = 0
        for shadow in self.shadows:
            shadow.forget()
        self.stale = True

    def memory(self, memory: Memory, instance: int) -> int:
        """The number of a memory of this instance; from the first time on, it is watched."""
        number = self._numbers.get(id(memory))
        if number is None:
            number = next((shadow.number for shadow in self.shadows if shadow.memory == memory), None)
            if number is None:
                number = len(self.shadows)
                self.shadows.append(Shadow(memory, number, instance))
                self.stale = True
            self._numbers[id(memory)] = number
            self._seen.append(memory)  # or another object could come to have its identity
        return number

    def emit(self, kind: str, rule: str, instance: int, **fields: Any) -> None:
        """Report one event, and before it what guest code has written; only the first event of a trace comes before all that."""
        if self.stale and self.seq:
            self._look()
        self._add(kind, rule, instance, fields)

    def stored(self, memory: int, address: int, data: bytes) -> None:
        """These bytes were just written there, and are about to be reported."""
        if not self.stale:  # else looking finds them
            self.shadows[memory].write(address, data)

    def _add(self, kind: str, rule: str, instance: int, fields: dict[str, Any]) -> None:
        if self.seq < self.limit:
            event = Event(self.seq, kind, self.depth, instance, rule, fields)
            if self.sink is None:
                self.events.append(event)
            else:
                self.sink(event)
        self.seq += 1

    def _look(self) -> None:
        """Compare every memory with what is known of it."""
        self.stale = False
        if self.seq >= self.limit:
            return
        for shadow in self.shadows:
            if shadow.lost:
                continue
            size = shadow.memory.size()
            self._looked += size
            why = None
            if self.largest is not None and size > self.largest:
                why = "it is too large"
            elif self.effort is not None and self._looked > self.effort:
                why = "watching it takes too long"
            if why is not None:
                shadow.forget()
                shadow.lost = True
                self._add("memory-unwatched", MEMORY_RULE, shadow.instance, {"memory": shadow.number, "value": why})
                continue
            kind, runs = shadow.look(size)
            self._looked += CHANGED * sum(len(data) for _, data in runs)
            if kind == "guest-write":
                if runs:
                    self._add(kind, MEMORY_RULE, shadow.instance, {"memory": shadow.number, "runs": runs})
            elif kind:
                self._add(kind, MEMORY_RULE, shadow.instance, {"memory": shadow.number, "size": size, "runs": runs})
