"""What a host gives to a component: interfaces of Python functions, and resources whose representation is a Python object.

A host function takes and returns values as `pycm_core.abi.values` lists them, in the order of the WIT parameters (`self` first for a
method). It returns its value, or an awaitable of it when it must wait. Raising `Trap` traps the guest; every other exception ends the
call and comes out of it unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from pycm_core.abi.instance import ComponentInstance, RuntimeResource


class HostResource(RuntimeResource):
    """A resource type of the host. `drop(object)` runs when the last owner drops its handle."""

    __slots__ = ("drop",)

    def __init__(self, name: str, drop: Callable[[Any], None] | None = None) -> None:
        super().__init__(name)
        self.drop = drop

    def destroy(self, rep: Any, caller: ComponentInstance | None = None) -> None:
        if self.drop is not None:
            self.drop(rep)


class Recipient(Protocol):
    """A host's object that may be told later what was written to it."""

    permit: int
    """How many more bytes may be written, for methods that `SPEND` it."""

    @property
    def channel(self) -> int:
        """A number for whoever shows what is written while the guest runs; 0 when nobody does."""
        ...

    def allowance(self) -> int:
        """How many bytes it is sure to take now, each call with the answer that was declared; 0 when it is not."""
        ...

    def accept(self, data: memoryview, calls: int) -> None:
        """`data`, which is there for this call only, was written in so many calls. Must do all that they would have done."""
        ...


@dataclass(frozen=True, slots=True)
class Deferred:
    """How a method is answered for an object (a `Recipient`) with an allowance, so that an engine may do without calling it.

    The method is `f(self: borrow<r>) -> result`, which does nothing but look, or, with a `limit`, `f(self: borrow<r>, contents: list<u8>)
    -> result`, which writes. `answer` is its result, a value without handles, strings or lists.
    """

    KEEP: ClassVar[int] = -1
    SPEND: ClassVar[int] = -2

    answer: Any
    limit: int | None = None
    """The longest `contents` that are answered like this."""
    permit: int = -1
    """What becomes of the object's permit: it stays (`KEEP`), the bytes are taken from it (`SPEND`), or it is set to a number."""


@dataclass(frozen=True, slots=True)
class HostInterface:
    """One instance the host provides.

    `name` is an import name (`wasi:cli/stdout@0.2.12`); it answers every import that the version matches by semver.
    `functions` is keyed as in WIT names of the binary: `get-stdout`, `[method]output-stream.write`, `[static]r.f`, `[constructor]r`.
    """

    name: str
    functions: Mapping[str, Callable[..., Any]]
    resources: Mapping[str, HostResource] = field(default_factory=dict)
    deferred: Mapping[str, Deferred] = field(default_factory=dict)
    """Of some functions, how they are answered without being called."""

    def with_(self, other: HostInterface) -> HostInterface:
        """What both provide, under the name of `other`, which prevails."""
        deferred = {name: how for name, how in self.deferred.items() if name not in other.functions}
        return HostInterface(
            other.name,
            {**self.functions, **other.functions},
            {**self.resources, **other.resources},
            {**deferred, **other.deferred},
        )
