"""The engine protocol: what runs core modules. The Component Model on top of it is ours.

Core values cross as `int` and `float`. Integers from a guest may be any representative modulo 2**N (engines differ in signedness);
whoever needs one range masks. Integers to a guest may be signed or unsigned within N bits. Results come as `None`, one value, or a tuple.

Items (`CoreItem`) are opaque to everyone but their engine: instances hand them from exports to imports unopened.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Protocol

from pycm_core.abi.memory import Memory, Mover
from pycm_core.runtime.host import Deferred, Recipient
from pycm_core.wasm.syntax.types import FuncType

CoreItem = Any
"""A core function, memory, table, global or tag, as its engine holds it."""

Steps = Generator[Any, Any, Any]
"""A call in progress."""

CoreCallable = Callable[..., Any]
"""A core function bound for calling from Python: `f(*args) -> None | value | tuple`."""


class CompiledModule(Protocol):
    """A core module an engine has accepted."""


class CoreInstance(Protocol):
    """Core exports by name: an instantiated module, or a `dict` that gathers items."""

    def __getitem__(self, name: str, /) -> CoreItem:
        """The exported item; `KeyError` when there is none."""
        ...


class CoreStore(Protocol):
    """Core instances that live together; items of one must not be given to another."""

    def instantiate(self, module: Any, imports: Mapping[str, CoreInstance]) -> CoreInstance:
        """Instantiate a `CompiledModule` of the same engine, start function included. Raises `Unlinkable`, `Trap`, `Exhaustion`."""
        ...

    def bind(self, func: CoreItem, type: FuncType) -> CoreCallable:
        """A callable for a core function of this type.

        Guest faults come out as `Trap` or `Exhaustion`; exceptions of host functions come out unchanged.
        """
        ...

    def bind_direct(self, func: CoreItem, type: FuncType) -> tuple[CoreCallable, Callable[[Exception], BaseException] | None]:
        """The same with its faults left as they are: whoever calls it raises what the second makes of an exception, if it is there."""
        ...

    def bind_steps(self, func: CoreItem, type: FuncType) -> Callable[..., Steps]:
        """The same, for an engine that can suspend: each call is a generator that answers with the results.

        It yields what host functions made with `suspends` wait for, and is sent what they are to go on with. An engine may yield
        awaitables of its own. Several such calls may be under way, and go on in any order.
        """
        ...

    def host_func(self, type: FuncType, call: CoreCallable, suspends: bool = False) -> CoreItem:
        """A core function that calls Python. With `suspends`, `call` may return a `Waiting` (`pycm_core.runtime.store`)."""
        ...

    def memory(self, memory: CoreItem) -> Memory:
        """Access to a linear memory."""
        ...

    def outbox(self) -> CoreOutbox | None:
        """Where this engine can keep what guests write until the host is told of it; `None` where it cannot."""
        ...

    def close(self) -> None:
        """Give back what garbage collection cannot see; nothing here is called any more."""
        ...

    def mover(self, memory: CoreItem, realloc: CoreItem) -> Mover | None:
        """A 32-bit linear memory together with its `realloc`; `None` where the engine has nothing better than the two apart."""
        ...


class CoreOutbox(Protocol):
    """What answers methods of host objects without Python, and keeps what is written (`pycm_core.runtime.outbox`).

    Objects have slots, from 1 on. A door leads from the handles of one instance, to resources of one type, to slots: `door.view[handle]`
    is one, or 0. A gate belongs to an instance.
    """

    room: int
    """The most bytes that are kept before the host is told."""
    slots: int
    """How many slots there are, 0 counted."""
    handles: int
    """Handles from here on have no place in a door."""
    shared: bool
    """Whether somebody may see what is kept while the guest runs."""
    recipients: dict[int, Recipient]
    """Who has which slot, in all stores of the engine: stores take turns, and who comes next may find what the last one left."""
    pending: Any
    """`pending[0]` is nonzero while anything was answered that nobody was told of."""
    flush: Callable[[], None]
    """Called before any host function while something is kept."""

    def set_slot(self, slot: int, open: bool, channel: int) -> None:
        """Say whether an object's methods are answered here, and who else sees it."""
        ...

    def take_permit(self, slot: int) -> int:
        """The object's permit, if it was changed here; else a negative number."""
        ...

    def take(self) -> Iterable[tuple[int, memoryview, int]]:
        """What was written, in order: slot, bytes, number of calls. Nothing is kept or pending afterwards."""
        ...

    def new_gate(self) -> Any:
        """A gate, open."""
        ...

    def new_door(self) -> Any:
        """A door that leads nowhere."""
        ...

    def fence(self, gate: Any, func: CoreItem, type: FuncType) -> CoreItem:
        """`func`, with the gate closed meanwhile."""
        ...

    def lower(
        self, memory: CoreItem, full: CoreItem, gate: Any, door: Any, deferred: Deferred, answer: bytes, align: int
    ) -> CoreItem:
        """`full`, a lowered method, asked only where it cannot be answered here: with `answer`, the bytes of its result."""
        ...


class Engine(Protocol):
    """Validates and runs core modules."""

    name: str
    can_suspend: bool
    """Whether a guest can wait in the middle of a call: whether stores have `bind_steps`."""

    def compile(self, binary: bytes, at: int = 0) -> CompiledModule:
        """Validate and prepare a module; `at` is its offset in the file, for errors. Raises `Malformed`, `Invalid`, `Exhaustion`."""
        ...

    def new_store(self) -> CoreStore:
        """A place for core instances."""
        ...


def results_of(values: Any) -> Sequence[Any]:
    """The results of a core call as a sequence."""
    if values is None:
        return ()
    return values if isinstance(values, tuple) else (values,)
