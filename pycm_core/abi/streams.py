"""Streams and futures: what passes values from one end to the other (CanonicalABI.md, "Buffer State", "Stream State", "Future State").

Values are what `pycm_core.abi.values` lists; of a stream of `u8` they are `bytes`. A stream or future without an element type passes
`None` for each element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, IntEnum
from typing import Any, Protocol

from pycm_core.abi.context import LiftLowerContext
from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.layout import alignment, elem_size, plain
from pycm_core.abi.waitables import Waitable
from pycm_core.component.types import Prim

MAX_BUFFER_LENGTH = (1 << 28) - 1
"""Elements in one read or write (CanonicalABI.md, "Buffer State")."""


class CopyResult(IntEnum):
    """(CanonicalABI.md, "Stream State")"""

    COMPLETED = 0
    DROPPED = 1
    CANCELLED = 2


class CopyState(Enum):
    """(CanonicalABI.md, "Stream State")"""

    IDLE = 1
    COPYING = 2
    CANCELLING_COPY = 3
    DONE = 4


class Buffer(Protocol):
    """Room for elements, or elements, that one end offers the other."""

    length: int
    progress: int

    def read(self, count: int) -> Sequence[Any]:
        """Take the next `count` elements out."""
        ...

    def write(self, values: Sequence[Any]) -> None:
        """Put elements into the next places."""
        ...


def remain(buffer: Buffer) -> int:
    """How many elements are left to copy."""
    return buffer.length - buffer.progress


Elements = tuple[Callable[[LiftLowerContext, int, int], Sequence[Any]], Callable[[LiftLowerContext, Sequence[Any], int], None]]
"""How elements are loaded, `(cx, address, count)`, and stored, `(cx, values, address)`."""


class GuestBuffer:
    """Elements in a guest's memory."""

    __slots__ = ("_address", "_cx", "_elements", "_size", "length", "progress")

    def __init__(self, type: Any, cx: LiftLowerContext, elements: Elements, address: int, length: int) -> None:
        if length > MAX_BUFFER_LENGTH:
            raise canonical_trap(f"a buffer of {length} elements is too long", "Buffer State")
        self._size = 0
        if type is not None and length:
            align = alignment(type, cx.ptr)
            self._size = elem_size(type, cx.ptr)
            if address & (align - 1):
                raise canonical_trap(f"buffer pointer {address:#x} is not aligned to {align}", "Buffer State")
            if address + length * self._size > cx.memory.size():
                raise canonical_trap(f"buffer pointer {address:#x} is out of bounds of memory", "Buffer State")
        self._cx = cx
        self._elements = elements
        self._address = address
        self.length = length
        self.progress = 0

    def read(self, count: int) -> Sequence[Any]:
        """Load the next `count` elements."""
        values = self._elements[0](self._cx, self._address, count) if self._size else [None] * count
        self._address += count * self._size
        self.progress += count
        return values

    def write(self, values: Sequence[Any]) -> None:
        """Store elements in the next places."""
        if self._size:
            self._elements[1](self._cx, values, self._address)
        self._address += len(values) * self._size
        self.progress += len(values)


class HostBuffer:
    """Elements of the host: `values` to be read, or an empty list with room for `length` more."""

    __slots__ = ("length", "progress", "values")

    def __init__(self, values: Any, length: int) -> None:
        self.values = values
        self.length = length
        self.progress = 0

    def read(self, count: int) -> Sequence[Any]:
        """The next `count` elements."""
        self.progress += count
        return self.values[self.progress - count : self.progress]  # type: ignore[no-any-return]  # a sequence, as it was given

    def write(self, values: Sequence[Any]) -> None:
        """Gather elements."""
        self.values.extend(values)
        self.progress += len(values)


OnCopy = Callable[[Callable[[], None]], None]
"""Told that elements were copied, and how to take the rest of the buffer back."""
OnCopyDone = Callable[[CopyResult], None]


class _Pending:
    """The end that came first: whose it is, what it offers, whom to tell."""

    __slots__ = ("buffer", "on_copy", "on_copy_done", "owner")

    def __init__(self, owner: Any, buffer: Buffer, on_copy: OnCopy, on_copy_done: OnCopyDone) -> None:
        self.owner = owner
        self.buffer = buffer
        self.on_copy = on_copy
        self.on_copy_done = on_copy_done


_NUMBERS = frozenset(
    (Prim.U8, Prim.U16, Prim.U32, Prim.U64, Prim.S8, Prim.S16, Prim.S32, Prim.S64, Prim.F32, Prim.F64),
)


class SharedEnds:
    """What both ends of a stream or future have in common. `type` is that of an element, or `None`."""

    __slots__ = ("_pending", "dropped", "type")

    def __init__(self, type: Any) -> None:
        self.type = type
        self.dropped = False
        self._pending: _Pending | None = None

    def reset_pending(self) -> None:
        """Nobody is waiting for the other end any more."""
        self._pending = None

    def _notify_pending(self, result: CopyResult) -> None:
        pending, self._pending = self._pending, None
        assert pending is not None
        pending.on_copy_done(result)

    def cancel(self) -> None:
        """End the copy that waits for the other end."""
        self._notify_pending(CopyResult.CANCELLED)

    def drop(self) -> None:
        """One end is gone."""
        if not self.dropped:
            self.dropped = True
            if self._pending is not None:
                self._notify_pending(CopyResult.DROPPED)

    def _check_owner(self, owner: Any, pending: _Pending, kind: str) -> None:
        if owner is not None and owner is pending.owner and self.type is not None and plain(self.type) not in _NUMBERS:
            raise canonical_trap(f"cannot read from and write to intra-component {kind}", f"{kind.capitalize()} State")


class SharedStream(SharedEnds):
    """A stream: values pass directly from the writer's buffer to the reader's."""

    __slots__ = ()

    def read(self, owner: Any, dst: Buffer, on_copy: OnCopy, on_copy_done: OnCopyDone) -> None:
        """Read into `dst`, now or when there is something."""
        pending = self._pending
        if self.dropped:
            on_copy_done(CopyResult.DROPPED)
        elif pending is None:
            self._pending = _Pending(owner, dst, on_copy, on_copy_done)
        else:
            self._check_owner(owner, pending, "stream")
            if remain(pending.buffer) > 0:
                if remain(dst) > 0:
                    dst.write(pending.buffer.read(min(remain(dst), remain(pending.buffer))))
                    pending.on_copy(self.reset_pending)
                on_copy_done(CopyResult.COMPLETED)
            else:
                self._notify_pending(CopyResult.COMPLETED)
                self._pending = _Pending(owner, dst, on_copy, on_copy_done)

    def write(self, owner: Any, src: Buffer, on_copy: OnCopy, on_copy_done: OnCopyDone) -> None:
        """Write from `src`, now or when there is room."""
        pending = self._pending
        if self.dropped:
            on_copy_done(CopyResult.DROPPED)
        elif pending is None:
            self._pending = _Pending(owner, src, on_copy, on_copy_done)
        else:
            self._check_owner(owner, pending, "stream")
            if remain(pending.buffer) > 0:
                if remain(src) > 0:
                    pending.buffer.write(src.read(min(remain(src), remain(pending.buffer))))
                    pending.on_copy(self.reset_pending)
                on_copy_done(CopyResult.COMPLETED)
            elif src.length == 0 and pending.buffer.length == 0:
                on_copy_done(CopyResult.COMPLETED)
            else:
                self._notify_pending(CopyResult.COMPLETED)
                self._pending = _Pending(owner, src, on_copy, on_copy_done)


class SharedFuture(SharedEnds):
    """A future: one value passes, once."""

    __slots__ = ()

    def read(self, owner: Any, dst: Buffer, on_copy: OnCopy, on_copy_done: OnCopyDone) -> None:
        """Read the value, now or when it is there."""
        pending = self._pending
        if pending is None:
            self._pending = _Pending(owner, dst, on_copy, on_copy_done)
        else:
            self._check_owner(owner, pending, "future")
            dst.write(pending.buffer.read(1))
            self._notify_pending(CopyResult.COMPLETED)
            on_copy_done(CopyResult.COMPLETED)

    def write(self, owner: Any, src: Buffer, on_copy: OnCopy, on_copy_done: OnCopyDone) -> None:
        """Write the value, now or when it is wanted."""
        pending = self._pending
        if self.dropped:
            on_copy_done(CopyResult.DROPPED)
        elif pending is None:
            self._pending = _Pending(owner, src, on_copy, on_copy_done)
        else:
            self._check_owner(owner, pending, "future")
            pending.buffer.write(src.read(1))
            self._notify_pending(CopyResult.COMPLETED)
            on_copy_done(CopyResult.COMPLETED)


class CopyEnd(Waitable):
    """One end in a guest's table."""

    __slots__ = ("shared", "state")

    def __init__(self, shared: Any) -> None:
        super().__init__()
        self.shared: SharedStream | SharedFuture = shared
        self.state = CopyState.IDLE

    def copying(self) -> bool:
        """Whether a copy has been started whose end the guest has not been told."""
        return self.state in (CopyState.COPYING, CopyState.CANCELLING_COPY)

    def copy(self, owner: Any, buffer: Buffer, on_copy: OnCopy, on_copy_done: OnCopyDone) -> None:
        """Start a copy."""
        raise NotImplementedError

    def drop(self) -> None:
        """Traps while a copy is under way."""
        if self.copying():
            raise canonical_trap(f"cannot drop busy {self.kind}", "Stream State")
        self.shared.drop()
        self.join(None)

    kind = "stream"


class ReadableEnd(CopyEnd):
    __slots__ = ()

    def copy(self, owner: Any, buffer: Buffer, on_copy: OnCopy, on_copy_done: OnCopyDone) -> None:
        self.shared.read(owner, buffer, on_copy, on_copy_done)


class WritableEnd(CopyEnd):
    __slots__ = ()

    def copy(self, owner: Any, buffer: Buffer, on_copy: OnCopy, on_copy_done: OnCopyDone) -> None:
        self.shared.write(owner, buffer, on_copy, on_copy_done)


class ReadableStreamEnd(ReadableEnd):
    """(CanonicalABI.md, "Stream State")"""

    __slots__ = ()


class WritableStreamEnd(WritableEnd):
    """(CanonicalABI.md, "Stream State")"""

    __slots__ = ()


class ReadableFutureEnd(ReadableEnd):
    """(CanonicalABI.md, "Future State")"""

    __slots__ = ()
    kind = "future"


class WritableFutureEnd(WritableEnd):
    """(CanonicalABI.md, "Future State")"""

    __slots__ = ()
    kind = "future"

    def drop(self) -> None:
        """Traps unless the value was written, or nobody wants it."""
        if self.state is not CopyState.DONE:
            if self.copying():
                raise canonical_trap("cannot drop busy future", "Future State")
            raise canonical_trap("cannot drop future write end without first writing a value", "Future State")
        super().drop()


def lift_end(cx: LiftLowerContext, index: int, kind: type[ReadableEnd], element: Any) -> Any:
    """A readable end leaves the guest's table (CanonicalABI.md, "Loading": `lift_async_value`)."""
    end = cx.instance.handles.remove(index)
    what = kind.kind
    if not isinstance(end, kind):
        raise canonical_trap(f"index {index} is not the readable end of a {what}", "Loading")
    if end.shared.type != element:
        raise canonical_trap(f"index {index} is a {what} of another type", "Loading")
    if end.state is not CopyState.IDLE:
        if end.state is CopyState.DONE:
            raise canonical_trap(f"cannot lift {what} after being notified that the writable end dropped", "Loading")
        raise canonical_trap(f"cannot remove busy {what}", "Loading")
    if end.wset is not None:
        raise canonical_trap(f"cannot lift {what} while it's in a waitable set", "Loading")
    return end.shared
