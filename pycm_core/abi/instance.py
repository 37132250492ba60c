"""The state of a component instance and of the calls in it (CanonicalABI.md, "Component Instances", "Tasks", "Subtask State")."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from pycm_core.abi.handles import HandleEntry, ResourceHandle, Table, canonical_trap
from pycm_core.base.errors import Trap, TrapKind
from pycm_core.component.types import ResourceId


class ComponentInstance:
    """One component instance: its handle table, and whether it may be entered and left.

    A trap leaves `may_enter` false for good: nothing enters an instance that trapped.
    """

    __slots__ = (
        "backpressure",
        "exclusive_thread",
        "fenced",
        "handles",
        "id",
        "may_enter",
        "may_leave",
        "num_waiting_to_enter",
        "parent",
        "threads",
    )

    def __init__(self, id: int, parent: ComponentInstance | None) -> None:
        self.id = id
        self.parent = parent
        self.handles = Table()
        self.may_enter = True
        self.may_leave = True
        self.fenced = True
        """Whether engines know by themselves, too, when it must not be left: it has no `realloc` or `post-return` without a fence."""
        self.backpressure = 0
        self.threads = Table()
        self.num_waiting_to_enter = 0
        self.exclusive_thread: Any = None
        """The thread that has the instance for itself: of a task that is not `async`, or that has a callback, while it runs."""

    def may_enter_from(self, caller: ComponentInstance | None) -> bool:
        """Whether `enter_from` would not trap."""
        return all(instance.may_enter for instance in self.entering_set(caller))

    def entering_set(self, caller: ComponentInstance | None) -> list[ComponentInstance]:
        """The instances a call from `caller` (`None`: the host) enters."""
        mine = self.self_and_ancestors()
        if caller is None:
            return mine
        theirs = caller.self_and_ancestors()
        return [i for i in mine if i not in theirs]

    def self_and_ancestors(self) -> list[ComponentInstance]:
        """This instance and those around it, inside out."""
        chain = [self]
        while chain[-1].parent is not None:
            chain.append(chain[-1].parent)
        return chain

    def enter_from(self, caller: ComponentInstance | None) -> list[ComponentInstance]:
        """Enter; traps when an instance on the way may not be entered. Give the result to `leave`."""
        entered = self.entering_set(caller)
        for instance in entered:
            if not instance.may_enter:
                raise Trap(
                    "cannot enter component instance",
                    kind=TrapKind.CANNOT_ENTER,
                    rule='CanonicalABI.md, "Component Instances"',
                    hint="a call into it is still running, or it trapped before; make a fresh instance",
                )
        for instance in entered:
            instance.may_enter = False
        return entered

    def check_may_leave(self) -> None:
        """Trap when the instance is in a state that forbids calling out (`realloc`, `post-return`)."""
        if not self.may_leave:
            raise Trap(
                "cannot leave component instance",
                kind=TrapKind.CANNOT_LEAVE,
                rule='CanonicalABI.md, "canon lower"',
                hint="`realloc` and `post-return` functions must not call imports",
            )


def leave(entered: list[ComponentInstance]) -> None:
    """Leave what `enter_from` entered."""
    for instance in entered:
        instance.may_enter = True


class RuntimeResource(ResourceId):
    """A resource type that exists. `impl` is the instance that defined it; `None` for the host, whose representations are Python objects."""

    __slots__ = ("impl", "rep64")

    lifted: Any = None
    """The destructor as a component function, where it may have to wait: then `steps` destroys."""

    def __init__(self, name: str, impl: ComponentInstance | None = None) -> None:
        super().__init__(name)
        self.impl = impl
        self.rep64 = False
        """🐘 Whether representations are `i64`."""

    def destroy(self, rep: Any, caller: ComponentInstance | None = None) -> None:
        """Run the destructor on one resource, on behalf of `caller` (`None`: the host)."""

    def steps(self, rep: Any, caller: ComponentInstance | None) -> Generator[Any, Any, None]:
        """The same, where `lifted` is there."""
        raise NotImplementedError


class Task:
    """A call into a component: counts the borrows it was given (CanonicalABI.md, "Tasks")."""

    __slots__ = ("borrows", "instance", "lent", "storage")

    def __init__(self, instance: ComponentInstance) -> None:
        self.instance = instance
        self.borrows = 0
        self.lent: list[ResourceHandle] | None = None
        self.storage = (0, 0)

    def lend(self, handle: ResourceHandle) -> None:
        """`handle`, held by the host, is lent until the call returns."""
        handle.lends += 1
        if self.lent is None:
            self.lent = []
        self.lent.append(handle)

    @property
    def task(self) -> Task:
        """Where nothing runs concurrently, a task is its own only thread."""
        return self

    def wait_until(self, ready: Callable[[], bool], cancellable: bool = False) -> Generator[Any, Any, bool]:
        """A task without a thread of its own cannot wait: a start function, a destructor, `realloc`."""
        raise cannot_block()
        yield  # makes this a generator

    def return_(self) -> None:
        """The result is there: every borrow must have been dropped."""
        self.check_borrows()
        self.end_lending()

    def check_borrows(self) -> None:
        """Trap while a borrow has not been dropped."""
        if self.borrows:
            raise canonical_trap(
                "borrow handles still remain at the end of the call",
                "Tasks",
                "the guest must drop each borrowed handle before it returns",
            )

    def end_lending(self) -> None:
        """What the host lent is its own again."""
        if self.lent is not None:
            for handle in self.lent:
                handle.lends -= 1
            self.lent = None


def cannot_block() -> Trap:
    """The trap of a wait that nothing could end."""
    return Trap(
        "cannot block a synchronous task before returning",
        kind=TrapKind.CANONICAL_ABI,
        rule='CanonicalABI.md, "canon lift"',
        hint="only a function of an `async` type may wait",
    )


class Subtask:
    """A call out of a component: what was lent for its time (CanonicalABI.md, "Subtask State")."""

    __slots__ = ("borrowed", "lenders")

    def __init__(self) -> None:
        self.lenders: list[HandleEntry] = []
        self.borrowed: list[ResourceHandle] = []

    def add_lender(self, entry: HandleEntry) -> None:
        """`entry` is lent until the call has resolved."""
        entry.lends += 1
        self.lenders.append(entry)

    def deliver_resolve(self) -> None:
        """The call has resolved: nothing is lent any more."""
        for entry in self.lenders:
            entry.lends -= 1
        for handle in self.borrowed:
            handle.rep = None
        self.lenders.clear()
        self.borrowed.clear()
