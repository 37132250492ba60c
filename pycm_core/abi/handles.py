"""Handle tables and the handles in them (CanonicalABI.md, "Table State", "Resource State"), and handles as the host holds them."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

from pycm_core.base.errors import Trap, TrapKind
from pycm_core.component.types import ResourceId


def canonical_trap(message: str, rule: str, hint: str | None = None) -> Trap:
    """A trap the canonical ABI demands; `rule` is a heading of CanonicalABI.md."""
    return Trap(message, kind=TrapKind.CANONICAL_ABI, rule=f'CanonicalABI.md, "{rule}"', hint=hint)


class Table:
    """A component instance's handles: index 0 is never used, freed indices are reused last in, first out."""

    __slots__ = ("array", "free", "removed")

    MAX_LENGTH = (1 << 28) - 1

    def __init__(self) -> None:
        self.array: list[Any] = [None]
        self.free: list[int] = []
        self.removed: list[Callable[[int], None]] = []
        """Told of each index that is given up."""

    def get(self, index: int) -> Any:
        """The entry at `index`; traps when there is none."""
        if index >= len(self.array) or self.array[index] is None:
            raise canonical_trap(
                f"unknown handle index {index}", "Table State", "it was never handed out, or was already dropped or moved"
            )
        return self.array[index]

    def add(self, entry: Any) -> int:
        """Put `entry` at the next free index."""
        if self.free:
            index = self.free.pop()
            self.array[index] = entry
            return index
        index = len(self.array)
        if index > self.MAX_LENGTH:
            raise canonical_trap("too many handles", "Table State")
        self.array.append(entry)
        return index

    def remove(self, index: int) -> Any:
        """Take the entry at `index` out; traps when there is none."""
        entry = self.get(index)
        self.array[index] = None
        self.free.append(index)
        for removed in self.removed:
            removed(index)
        return entry


class ErrorContext:
    """📝 What is left of an error when it is passed on (CanonicalABI.md, "canon error-context.new")."""

    __slots__ = ("debug_message",)

    def __init__(self, debug_message: str) -> None:
        self.debug_message = debug_message


class HandleEntry:
    """What the spec calls `ResourceHandle`: a resource in a guest's table.

    `rep` is the guest's own i32 for its resources, and the host's object for a host's. `scope` is the task a borrow must not outlive.
    """

    __slots__ = ("lends", "own", "rep", "resource", "scope")

    def __init__(self, resource: ResourceId, rep: Any, own: bool, scope: Any = None) -> None:
        self.resource = resource
        self.rep = rep
        self.own = own
        self.scope = scope
        self.lends = 0


class ResourceHandle:
    """A guest's resource, held outside of it. Owned until it is passed as `own` or dropped; a context manager drops it at the end.

    A borrowed one (`owned` false) is good until the call that brought it ends.
    """

    __slots__ = ("_drop", "lends", "owned", "rep", "resource")

    def __init__(self, resource: ResourceId, rep: int, owned: bool, drop: Callable[[int], None] | None = None) -> None:
        self.resource = resource
        self.rep: int | None = rep
        self.owned = owned
        self.lends = 0
        self._drop = drop

    def drop(self) -> None:
        """Drop the resource: its destructor runs. Traps when it was moved, dropped or is lent."""
        if not self.owned:
            raise canonical_trap(f"cannot drop a borrowed `{self.resource.name}`", "canon resource.drop")
        rep = self.take()
        if self._drop is not None:
            self._drop(rep)

    def take(self) -> int:
        """Give up ownership: the representation, once."""
        if self.rep is None:
            raise canonical_trap(f"this `{self.resource.name}` was already moved or dropped", "Resource State")
        if self.lends:
            raise canonical_trap(f"this `{self.resource.name}` is lent to a call that has not ended", "Resource State")
        rep, self.rep = self.rep, None
        return rep

    def lent(self) -> int:
        """The representation, for a borrow."""
        if self.rep is None:
            raise canonical_trap(f"this `{self.resource.name}` was already moved or dropped", "Resource State")
        return self.rep

    def __enter__(self) -> ResourceHandle:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self.rep is not None and self.owned:
            self.drop()

    def __repr__(self) -> str:
        state = "moved" if self.rep is None else "own" if self.owned else "borrow"
        return f"<{state} {self.resource.name}>"
