"""Trace events: what the literal form of the canonical ABI reports while it works. Version 1.

| kind | what happened | fields |
|---|---|---|
| `call-begin` | a call crosses a component's border | `func`, `direction` (`export`: into the guest, `import`: out of it), `instance` |
| `call-end` | it came back | `func`, `direction`, `value` of the result |
| `lower` | a value becomes core values or bytes | `path`, `type`, `value` |
| `lift` | core values or bytes became a value | `path`, `type`, `value` |
| `store`, `load` | bytes of linear memory written, read | `address`, `bytes`, `path`, `type` |
| `realloc` | the guest's allocator was asked | `address` (the result), `size`, `align`, `old` |
| `core-call` | a core function starts | `func`, `args` |
| `core-return` | it returned | `func`, `args` (the results) |
| `post-return` | the guest may free the results | `func`, `args` |
| `handle-add`, `handle-remove`, `handle-lend` | an entry of a handle table | `index`, `type`, `value` |
| `resource-new`, `resource-drop`, `resource-rep` | a resource built-in | `index`, `type`, `value` |
| `trap` | the call trapped | `value` (the message), `rule` |

`instance` numbers component instances in the order they were made; `depth` is how many calls enclose the event;
`rule` names document and heading of the spec. Replaying the `store` events rebuilds what was written, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

VERSION = 1


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
        """This event as JSON: `bytes` in hexadecimal, everything else as it is."""
        data = {"seq": self.seq, "kind": self.kind, "depth": self.depth, "instance": self.instance, "rule": self.rule}
        for name, value in self.fields.items():
            data[name] = value.hex() if isinstance(value, bytes) else value
        return data


class Tracer:
    """Collects events, at most `limit` of them; `truncated` says whether more happened.

    `show(value, type)` turns a value into text; `name(type)` names a type.
    """

    __slots__ = ("depth", "events", "limit", "name", "seq", "show")

    def __init__(
        self,
        show: Callable[[Any, Any], str] = lambda value, type: repr(value),
        name: Callable[[Any], str] = lambda type: type.value if hasattr(type, "value") else type.__class__.__name__.lower(),
        limit: int = 20_000,
    ) -> None:
        self.events: list[Event] = []
        self.depth = 0
        self.seq = 0
        self.limit = limit
        self.show = show
        self.name = name

    @property
    def truncated(self) -> bool:
        """Whether events were left out."""
        return self.seq > len(self.events)

    def clear(self) -> None:
        """Start anew."""
        self.events = []
        self.depth = self.seq = 0

    def emit(self, kind: str, rule: str, instance: int, **fields: Any) -> None:
        """Report one event."""
        if self.seq < self.limit:
            self.events.append(Event(self.seq, kind, self.depth, instance, rule, fields))
        self.seq += 1
