"""The type index space of a module: type indices, and types closed over it (core specification, "Type Closure")."""

from __future__ import annotations

from collections.abc import Iterable

from pycm_core.wasm.syntax.types import DefType, FuncType, RecType, RefType, ValType, roll


class TypeSpace:
    """Grows by recursion groups; answers with `DefType`s and types closed over them.

    Unknown indices raise `IndexError`: the caller knows the place.
    """

    __slots__ = ("_closed", "_funcs", "types")

    def __init__(self, groups: Iterable[RecType] = ()) -> None:
        self.types: list[DefType] = []
        self._closed: dict[RefType, RefType] = {}
        self._funcs: dict[int, FuncType] = {}
        for group in groups:
            self.add(group)

    def __len__(self) -> int:
        return len(self.types)

    def add(self, group: RecType) -> tuple[DefType, ...]:
        """The types of a recursion group get the next indices."""
        types = roll(group, len(self.types), self.deftype)
        self.types.extend(types)
        return types

    def add_closed(self, type: DefType) -> None:
        """An alias of a type from elsewhere gets the next index."""
        self.types.append(type)

    def deftype(self, index: int) -> DefType:
        """The type of an index."""
        if not 0 <= index < len(self.types):
            raise IndexError(index)
        return self.types[index]

    def close(self, type: ValType) -> ValType:
        """`type` with type indices replaced by what they stand for."""
        return self.close_ref(type) if isinstance(type, RefType) else type

    def close_ref(self, type: RefType) -> RefType:
        """The same for a reference type."""
        if not isinstance(type.heap, int):
            return type
        closed = self._closed.get(type)
        if closed is None:
            closed = self._closed[type] = RefType(type.nullable, self.deftype(type.heap))
        return closed

    def func(self, index: int) -> FuncType:
        """The function type of an index, closed; `TypeError` when it is not one."""
        func = self._funcs.get(index)
        if func is None:
            func = self._funcs[index] = closed_func(self.deftype(index))
        return func


def closed_func(type: DefType) -> FuncType:
    """The function type behind a defined type; `TypeError` when it is not one."""
    comp = type.expand()
    if not isinstance(comp, FuncType):
        raise TypeError("not a function type")
    sub = type.group.types[type.index]
    plain = len(type.group.types) == 1 and sub.final and not sub.supers
    return FuncType(comp.params, comp.results, None if plain else type)
