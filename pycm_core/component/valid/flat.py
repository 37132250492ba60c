"""The core signature of a component function (CanonicalABI.md, "Flattening")."""

from __future__ import annotations

from typing import Any

from pycm_core.component import types as t
from pycm_core.component.types import Prim
from pycm_core.wasm.syntax.types import FuncType, NumType

MAX_FLAT_PARAMS = 16
MAX_FLAT_ASYNC_PARAMS = 4
MAX_FLAT_RESULTS = 1

I32, I64, F32, F64 = NumType.I32, NumType.I64, NumType.F32, NumType.F64

Flat = tuple[NumType, ...]

_PRIMS: dict[Prim, NumType] = {
    Prim.S64: I64,
    Prim.U64: I64,
    Prim.F32: F32,
    Prim.F64: F64,
}


class Flattening:
    """Flattens types for one address type. Past `MAX_FLAT_PARAMS + 1` values nobody counts, so no more are kept."""

    __slots__ = ("_flat", "_keep", "pointer")

    def __init__(self, pointer: NumType) -> None:
        self.pointer = pointer
        self._flat: dict[int, Flat] = {}
        self._keep: list[Any] = []

    def type(self, type_: Any) -> Flat:
        """The core values of a value type, or the first of them."""
        if type(type_) is Prim:
            return (self.pointer, self.pointer) if type_ is Prim.STRING else (_PRIMS.get(type_, I32),)
        flat = self._flat.get(id(type_))
        if flat is None:
            flat = self._flat[id(type_)] = self._type(type_)
            self._keep.append(type_)
        return flat

    def types(self, types: list[Any]) -> Flat:
        """The core values of several value types in a row, or the first of them."""
        flat: list[NumType] = []
        for type_ in types:
            flat += self.type(type_)
            if len(flat) > MAX_FLAT_PARAMS:
                return tuple(flat[: MAX_FLAT_PARAMS + 1])
        return tuple(flat)

    def _type(self, type_: t.ValType) -> Flat:
        match type_:
            case t.Named():
                return self.type(type_.prim)
            case t.Record():
                return self.types([f.type for f in type_.fields])
            case t.Tuple():
                return self.types(list(type_.types))
            case t.List(length=None) | t.Map():
                return (self.pointer, self.pointer)
            case t.List():
                assert type_.length is not None
                return self.types([type_.element] * min(type_.length, MAX_FLAT_PARAMS + 1))
            case t.Variant():
                return self._cases([c.type for c in type_.cases])
            case t.Option():
                return self._cases([type_.type])
            case t.Result():
                return self._cases([type_.ok, type_.error])
            case _:
                return (I32,)

    def _cases(self, types: list[Any]) -> Flat:
        flat = [I32]
        for type_ in types:
            if type_ is not None:
                for i, value in enumerate(self.type(type_), 1):
                    if i < len(flat):
                        flat[i] = _join(flat[i], value)
                    else:
                        flat.append(value)
        return tuple(flat[: MAX_FLAT_PARAMS + 1])


def _join(a: NumType, b: NumType) -> NumType:
    if a is b:
        return a
    return I32 if {a, b} == {I32, F32} else I64


def flat_params(flat: Flattening, func: t.FuncType[Any]) -> Flat:
    """The parameters, flattened."""
    return flat.types([p.type for p in func.params])


def flat_result(flat: Flattening, func: t.FuncType[Any]) -> Flat:
    """The result, flattened."""
    return () if func.result is None else flat.type(func.result)


def lifted(flat: Flattening, func: t.FuncType[Any], async_: bool, callback: bool) -> FuncType:
    """The type of the core function that `canon lift` wraps."""
    params, results = flat_params(flat, func), flat_result(flat, func)
    if len(params) > MAX_FLAT_PARAMS:
        params = (flat.pointer,)
    if async_:
        return FuncType(params, (I32,) if callback else ())
    return FuncType(params, (flat.pointer,) if len(results) > MAX_FLAT_RESULTS else results)


def lowered(flat: Flattening, func: t.FuncType[Any], async_: bool) -> FuncType:
    """The type of the core function that `canon lower` makes."""
    params, results = flat_params(flat, func), flat_result(flat, func)
    if len(params) > (MAX_FLAT_ASYNC_PARAMS if async_ else MAX_FLAT_PARAMS):
        params = (flat.pointer,)
    if async_:
        return FuncType((*params, flat.pointer) if results else params, (I32,))
    if len(results) > MAX_FLAT_RESULTS:
        return FuncType((*params, flat.pointer), ())
    return FuncType(params, results)
