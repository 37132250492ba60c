"""The types of nested core modules: what validation of components needs to know of them."""

from __future__ import annotations

from typing import Protocol

from pycm_core.base.features import Features
from pycm_core.base.limits import Limits
from pycm_core.base.reader import Bytes
from pycm_core.component import types as t
from pycm_core.wasm.binary.module import module_type
from pycm_core.wasm.valid.module import validate_binary


class ModuleTypes(Protocol):
    """Answers with the type of a nested core module."""

    def __call__(self, data: Bytes, at: int, limits: Limits) -> t.CoreModuleType:
        """The type of the module `data`, which lies at `at` in the outermost file. Raises `Malformed`, `Invalid`, `Exhaustion`."""
        ...


def declared_type(data: Bytes, at: int, limits: Limits) -> t.CoreModuleType:
    """The type that the module's sections declare. Its code is neither read nor validated: that is for the engine that compiles it."""
    found = module_type(data, at, limits)
    return t.CoreModuleType(found.imports, found.exports)


def checked_types(features: Features) -> ModuleTypes:
    """Module types for those who have no engine at hand: nested modules are decoded and validated as a whole."""

    def checked(data: Bytes, at: int, limits: Limits) -> t.CoreModuleType:
        found = validate_binary(bytes(data), at, features, limits)
        return t.CoreModuleType(found.imports, found.exports)

    return checked
