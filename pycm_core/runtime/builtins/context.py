"""Where a built-in is defined, what its immediates stand for, and what they all need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pycm_core.abi.context import CanonicalOptions
from pycm_core.abi.instance import ComponentInstance
from pycm_core.abi.layout import I32, pointer_type
from pycm_core.runtime.engine import CoreItem
from pycm_core.runtime.store import Steps, Store
from pycm_core.wasm.syntax.types import FuncType, NumType

BLOCKED = 0xFFFF_FFFF
"""What a copy or cancellation answers that has not ended yet."""


@dataclass(frozen=True, slots=True)
class BuiltinContext:
    """Where a built-in is defined, and what its immediates stand for."""

    store: Store
    instance: ComponentInstance
    type: Any
    opts: CanonicalOptions
    result: Any
    table: CoreItem | None

    @property
    def pointer(self) -> NumType:
        """The core type of an address."""
        return pointer_type(self.opts.ptr)


@dataclass(frozen=True, slots=True)
class Blocking:
    """A built-in that may block: the steps of one call."""

    steps: Callable[..., Steps]


Made = tuple[FuncType, Callable[..., Any] | Blocking]
"""The core type of a built-in, and what it does."""


def signature(params: int, results: int) -> FuncType:
    """So many `i32`."""
    return FuncType((I32,) * params, (I32,) * results)


def u32(value: int) -> int:
    """A core value as an unsigned number of 32 bits."""
    return value & 0xFFFF_FFFF


def unsigned(value: int, ptr: int) -> int:
    """An address or a length as an unsigned number."""
    return value & (0xFFFF_FFFF if ptr == 4 else 0xFFFF_FFFF_FFFF_FFFF)
