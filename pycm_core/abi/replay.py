"""Linear memories rebuilt from the events of a trace (`pycm_core.abi.trace`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pycm_core.abi.trace import Event
from pycm_core.base.errors import Exhaustion, Malformed


class Replay:
    """The memories as of the last event applied, by number. Those of which a trace says that they are watched no more are left out."""

    def __init__(self) -> None:
        self.memories: dict[int, bytearray] = {}

    def apply(self, event: Event | Mapping[str, Any]) -> None:
        """Take in the next event: as it was emitted, or as its JSON was parsed.

        Raises `Malformed` where it does not follow from those before, `Exhaustion` where a memory is larger than this machine's.
        """
        kind, fields = (event.kind, event.fields) if isinstance(event, Event) else (event.get("kind"), event)
        memories = self.memories
        if kind in ("memory", "memory-grow"):
            number, size = fields["memory"], fields["size"]
            data = memories.get(number, bytearray()) if kind == "memory-grow" else bytearray()
            try:
                memories[number] = data + bytes(size - len(data))
            except (MemoryError, OverflowError):
                raise Exhaustion(f"no room for a memory of {size} bytes") from None
            except ValueError:
                raise Malformed(f"expected a memory that grows, found {size} bytes where there were {len(data)}") from None
        elif kind == "memory-unwatched":
            memories.pop(fields["memory"], None)
        if kind == "store":
            self._write(fields["memory"], fields["address"], fields["bytes"])
        elif kind in ("memory", "memory-grow", "guest-write"):
            for address, data in fields["runs"]:
                self._write(fields["memory"], address, data)

    def _write(self, number: int, address: int, data: bytes | str) -> None:
        memory = self.memories.get(number)
        if memory is None:
            return
        raw = bytes.fromhex(data) if isinstance(data, str) else data
        if not 0 <= address <= len(memory) - len(raw):
            raise Malformed(f"expected bytes within memory {number}, found {len(raw)} at {address:#x}")
        memory[address : address + len(raw)] = raw


def rebuild(events: Iterable[Event | Mapping[str, Any]]) -> Iterator[Mapping[int, bytearray]]:
    """What the memories hold after each event, by number. The same object each time, which the next step changes."""
    replay = Replay()
    for event in events:
        replay.apply(event)
        yield replay.memories
