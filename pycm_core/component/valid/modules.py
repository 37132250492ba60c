"""The types of nested core modules: what validation of components needs to know of them."""

from __future__ import annotations

from typing import Protocol

from pycm_core.base.limits import Limits
from pycm_core.component import types as t
from pycm_core.wasm.binary.module import module_type


class ModuleTypes(Protocol):
    """Answers with the type of a nested core module."""

    def __call__(self, data: bytes, at: int, limits: Limits) -> t.CoreModuleType:
        """The type of the module `data`, which lies at `at` in the outermost file. Raises `Malformed`, `Invalid`, `Exhaustion`."""
        ...


def declared_type(data: bytes, at: int, limits: Limits) -> t.CoreModuleType:
    """The type that the module's sections declare. Its code is neither read nor validated: that is for the engine that compiles it."""
    found = module_type(data, at, limits)
    return t.CoreModuleType(found.imports, found.exports)
