"""What lifting and lowering need to know (CanonicalABI.md, "Canonical ABI Options", "Lifting and Lowering Context")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NoReturn

from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.instance import ComponentInstance, Subtask, Task
from pycm_core.abi.memory import Memory, Mover, Refused
from pycm_core.component.syntax import StringEncoding


class CanonicalOptions:
    """`canonopt*` with its indices resolved. `ptr` is the pointer size in bytes (8 for a 64-bit memory).

    `mover` is there when the engine has one for this memory and this `realloc`.
    """

    __slots__ = ("async_", "callback", "encoding", "memory", "mover", "post_return", "ptr", "realloc")

    def __init__(
        self,
        memory: Memory | None = None,
        realloc: Callable[..., Any] | None = None,
        encoding: StringEncoding = StringEncoding.UTF8,
        post_return: Callable[..., Any] | None = None,
        ptr: int = 4,
        async_: bool = False,
        callback: Callable[..., Any] | None = None,
        mover: Mover | None = None,
    ) -> None:
        self.mover = mover
        self.memory = memory
        self.realloc = realloc
        self.encoding = encoding
        self.post_return = post_return
        self.ptr = ptr
        self.async_ = async_
        self.callback = callback


class LiftLowerContext:
    """One side of one call: options, instance, and what borrows are scoped to (`Task` when lowering into it, `Subtask` when lifting out).

    It knows nothing of tracing: `pycm_core.abi.traced` has one that does.
    """

    __slots__ = ("instance", "memory", "opts", "ptr", "scope")

    trace: ClassVar[Any] = None
    """The tracer, for the literal form, where there is one."""

    def __init__(self, opts: CanonicalOptions, instance: ComponentInstance, scope: Task | Subtask | None = None) -> None:
        self.opts = opts
        self.instance = instance
        self.scope = scope
        self.ptr = opts.ptr
        self.memory: Memory = opts.memory  # type: ignore[assignment]  # validation demands a memory wherever one is used

    def reallocate(self, old: int, old_size: int, alignment: int, new_size: int) -> int:
        """Ask the guest's `realloc`; the address is checked to be aligned and in bounds."""
        instance = self.instance
        instance.may_leave = False
        result = self.opts.realloc(old, old_size, alignment, new_size)  # type: ignore[misc]  # validation demands one
        instance.may_leave = True
        address: int = result & (0xFFFF_FFFF if self.ptr == 4 else 0xFFFF_FFFF_FFFF_FFFF)
        self.check_allocation(address, alignment, new_size)
        return address

    def write_string(self, address: int, raw: bytes, codec: str) -> None:
        """Write the content of a string, or a part of it, which is in this encoding."""
        self.memory.write(address, raw)

    def check_allocation(self, address: int, alignment: int, size: int) -> None:
        """Trap unless what `realloc` returned is aligned and in bounds."""
        if address & (alignment - 1):
            raise canonical_trap(f"realloc returned {address:#x}, which is not aligned to {alignment}", "Storing")
        if address + size > self.memory.size():
            raise canonical_trap(
                f"realloc returned {address:#x}: {size} bytes there are out of bounds",
                "Storing",
                "the guest's `realloc` is broken",
            )

    def place(self, alignment: int, data: bytes | bytearray | memoryview) -> int:
        """Allocate room for `data` and write it there; the address. For the compiled form."""
        mover = self.opts.mover
        if mover is None:
            address = self.reallocate(0, 0, alignment, len(data))
            if len(data):
                self.memory.write(address, data)
            return address
        instance = self.instance
        instance.may_leave = False
        try:
            address = mover.place(alignment, data)
        except Refused as refused:
            self._refuse(refused)
        instance.may_leave = True
        return address

    def place_all(self, alignment: int, pieces: Sequence[bytes]) -> Sequence[int]:
        """The same for each piece, in order; the addresses."""
        mover = self.opts.mover
        if mover is None:
            return [self.place(alignment, data) for data in pieces]
        instance = self.instance
        instance.may_leave = False
        try:
            addresses = mover.place_all(alignment, pieces)
        except Refused as refused:
            self._refuse(refused)
        instance.may_leave = True
        return addresses

    def _refuse(self, refused: Refused) -> NoReturn:
        self.check_allocation(refused.address, refused.alignment, refused.size)
        raise canonical_trap(f"realloc returned {refused.address:#x}, which cannot be used", "Storing")
