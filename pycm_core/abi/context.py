"""What lifting and lowering need to know (CanonicalABI.md, "Canonical ABI Options", "Lifting and Lowering Context")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.instance import ComponentInstance, Subtask, Task
from pycm_core.abi.memory import Memory
from pycm_core.abi.trace import Tracer
from pycm_core.component.syntax import StringEncoding


class CanonicalOptions:
    """`canonopt*` with its indices resolved. `ptr` is the pointer size in bytes (8 for a 64-bit memory)."""

    __slots__ = ("async_", "callback", "encoding", "memory", "post_return", "ptr", "realloc")

    def __init__(
        self,
        memory: Memory | None = None,
        realloc: Callable[..., Any] | None = None,
        encoding: StringEncoding = StringEncoding.UTF8,
        post_return: Callable[..., Any] | None = None,
        ptr: int = 4,
        async_: bool = False,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        self.memory = memory
        self.realloc = realloc
        self.encoding = encoding
        self.post_return = post_return
        self.ptr = ptr
        self.async_ = async_
        self.callback = callback


class LiftLowerContext:
    """One side of one call: options, instance, and what borrows are scoped to (`Task` when lowering into it, `Subtask` when lifting out).

    `trace` is there in the literal form only.
    """

    __slots__ = ("instance", "memory", "opts", "ptr", "scope", "trace")

    def __init__(
        self,
        opts: CanonicalOptions,
        instance: ComponentInstance,
        scope: Task | Subtask | None = None,
        trace: Tracer | None = None,
    ) -> None:
        self.opts = opts
        self.instance = instance
        self.scope = scope
        self.trace = trace
        self.ptr = opts.ptr
        self.memory: Memory = opts.memory  # type: ignore[assignment]  # validation demands a memory wherever one is used

    def reallocate(self, old: int, old_size: int, alignment: int, new_size: int) -> int:
        """Ask the guest's `realloc`; the address is checked to be aligned and in bounds."""
        instance = self.instance
        instance.may_leave = False
        result = self.opts.realloc(old, old_size, alignment, new_size)  # type: ignore[misc]  # validation demands one
        instance.may_leave = True
        address: int = result & (0xFFFF_FFFF if self.ptr == 4 else 0xFFFF_FFFF_FFFF_FFFF)
        if self.trace is not None:
            self.trace.emit(
                "realloc",
                'CanonicalABI.md, "Lifting and Lowering Context"',
                instance.id,
                address=address,
                size=new_size,
                align=alignment,
                old=old,
            )
        if address & (alignment - 1):
            raise canonical_trap(f"realloc returned {address:#x}, which is not aligned to {alignment}", "Storing")
        if address + new_size > self.memory.size():
            raise canonical_trap(
                f"realloc returned {address:#x}: {new_size} bytes there are out of bounds",
                "Storing",
                "the guest's `realloc` is broken",
            )
        return address
