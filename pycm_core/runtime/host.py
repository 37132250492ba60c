"""What a host gives to a component: interfaces of Python functions, and resources whose representation is a Python object.

A host function takes and returns values as `pycm_core.abi.values` lists them, in the order of the WIT parameters (`self` first for a
method). It returns its value, or an awaitable of it when it must wait. Raising `Trap` traps the guest; every other exception ends the
call and comes out of it unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True, slots=True)
class HostInterface:
    """One instance the host provides.

    `name` is an import name (`wasi:cli/stdout@0.2.12`); it answers every import that the version matches by semver.
    `functions` is keyed as in WIT names of the binary: `get-stdout`, `[method]output-stream.write`, `[static]r.f`, `[constructor]r`.
    """

    name: str
    functions: Mapping[str, Callable[..., Any]]
    resources: Mapping[str, HostResource] = field(default_factory=dict)
