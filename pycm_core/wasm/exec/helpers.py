"""What generated code calls, by the names it uses."""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn

from pycm_core.base.errors import Trap, TrapKind
from pycm_core.wasm.exec import lanes, numeric, objects
from pycm_core.wasm.exec.items import Func, GuestException, TailCall
from pycm_core.wasm.syntax.types import DefType, HeapKind
from pycm_core.wasm.valid import matching


def unreachable() -> NoReturn:
    """`unreachable`"""
    raise Trap(TrapKind.UNREACHABLE.value, kind=TrapKind.UNREACHABLE)


def null_reference(sort: str = "") -> NoReturn:
    """What must not be null is."""
    raise Trap(f"null {sort} reference" if sort else "null reference", kind=TrapKind.NULL_REFERENCE)


def check_callee(func: Func, type: DefType) -> None:
    """An indirect call to a function of another type: of a subtype it may be ("Control Instructions")."""
    if not matching.deftype(func.type, type):
        raise Trap(TrapKind.INDIRECT_CALL_MISMATCH.value, kind=TrapKind.INDIRECT_CALL_MISMATCH)


def i31_value(ref: int | None) -> int:
    """`i31.get_*`, unsigned. Raises `Trap`."""
    if ref is None:
        raise Trap("null i31 reference", kind=TrapKind.NULL_REFERENCE)
    return ref


def _accessors() -> dict[str, Any]:
    """`load_I`, `store_I` and so on: `struct`'s functions by format."""
    result: dict[str, Any] = {}
    for format in "bBhHiIqQfd":
        both = struct.Struct("<" + format)
        result[f"load_{format}"] = both.unpack_from
        result[f"store_{format}"] = both.pack_into
    return result


HELPERS: Mapping[str, Any] = MappingProxyType(
    {
        **{name: value for name, value in vars(numeric).items() if callable(value) and not name.startswith("_")},
        **_accessors(),
        **lanes.LANE_OPS,
        "load_extended": lanes.load_extended,
        "load_v128": lanes.load_v128,
        "store_v128": lanes.store_v128,
        **{f"heap_{kind.value}": kind for kind in HeapKind},
        **{
            f.__name__: f
            for f in (
                objects.Array,
                objects.Struct,
                objects.array_copy,
                objects.array_fill,
                objects.array_init_data,
                objects.array_init_elem,
                objects.array_elems,
                objects.array_new_data,
                objects.array_new_elem,
                objects.cast,
                objects.externalize,
                objects.internalize,
                objects.is_of,
                objects.ref_eq,
            )
        },
        "i31_value": i31_value,
        "GuestException": GuestException,
        "TailCall": TailCall,
        "check_callee": check_callee,
        "copysign": math.copysign,
        "inf": math.inf,
        "minus_inf": -math.inf,
        "null_reference": null_reference,
        "sqrt": math.sqrt,
        "unreachable": unreachable,
        "abs": abs,
        "len": len,
        "range": range,
    }
)


def namespace() -> dict[str, Any]:
    """A namespace for the functions of one instance, with `R` to round to f32."""
    return {**HELPERS, "R": array("f", (0.0,)), "__builtins__": {}}
