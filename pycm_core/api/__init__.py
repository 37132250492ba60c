"""The public face of the library."""

from pycm_core.abi.handles import ResourceHandle
from pycm_core.abi.trace import Event, Tracer
from pycm_core.abi.values import Err, Ok, RecordValue, Some, VariantValue
from pycm_core.api.assembling import embed_world, new_component
from pycm_core.api.component import Component, Instance, Linker
from pycm_core.api.packages import known_packages
from pycm_core.base.errors import (
    Exhaustion,
    InternalError,
    Invalid,
    Malformed,
    PyCMError,
    Trap,
    TrapKind,
    Unlinkable,
    WitError,
)
from pycm_core.runtime.func import Func
from pycm_core.runtime.host import HostInterface, HostResource
from pycm_core.runtime.store import Store

__all__ = [
    "Component",
    "Err",
    "Event",
    "Exhaustion",
    "Func",
    "HostInterface",
    "HostResource",
    "Instance",
    "InternalError",
    "Invalid",
    "Linker",
    "Malformed",
    "Ok",
    "PyCMError",
    "RecordValue",
    "ResourceHandle",
    "Some",
    "Store",
    "Tracer",
    "Trap",
    "TrapKind",
    "Unlinkable",
    "VariantValue",
    "WitError",
    "embed_world",
    "known_packages",
    "new_component",
]
