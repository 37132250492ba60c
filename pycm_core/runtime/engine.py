"""The engine protocol: what runs core modules. The Component Model on top of it is ours.

Core values cross as `int` and `float`. Integers from a guest may be any representative modulo 2**N (engines differ in signedness);
whoever needs one range masks. Integers to a guest may be signed or unsigned within N bits. Results come as `None`, one value, or a tuple.

Items (`CoreItem`) are opaque to everyone but their engine: instances hand them from exports to imports unopened.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Protocol

from pycm_core.abi.memory import Memory, Mover
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

    def close(self) -> None:
        """Give back what garbage collection cannot see; nothing here is called any more."""
        ...

    def mover(self, memory: CoreItem, realloc: CoreItem) -> Mover | None:
        """A 32-bit linear memory together with its `realloc`; `None` where the engine has nothing better than the two apart."""
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
