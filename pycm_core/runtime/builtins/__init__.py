"""The canonical built-ins as core functions (CanonicalABI.md, "Canonical Definitions"), one module per chapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pycm_core.component import syntax as s
from pycm_core.runtime.builtins import copies, errors, resources, tasks, threads, traced, waitables
from pycm_core.runtime.builtins.context import Blocking, BuiltinContext, Made
from pycm_core.runtime.engine import CoreItem
from pycm_core.runtime.store import drive

__all__ = ["BuiltinContext", "make"]


def make(c: BuiltinContext, d: s.CanonBuiltin) -> CoreItem:
    """The core function of one built-in."""
    type, call = _MAKERS[d.name](c, d)
    if c.store.trace is not None:
        call = traced.reported(c, d, call)
    if not isinstance(call, Blocking):
        return c.store.core.host_func(type, call)
    steps, run = call.steps, c.store.drive_maybe if c.store.suspends else drive
    return c.store.core.host_func(type, lambda *args: run(steps(*args)), c.store.suspends)


_MAKERS: Mapping[str, Callable[[BuiltinContext, s.CanonBuiltin], Made]] = MappingProxyType(
    {**resources.MAKERS, **tasks.MAKERS, **waitables.MAKERS, **copies.MAKERS, **errors.MAKERS, **threads.MAKERS}
)
