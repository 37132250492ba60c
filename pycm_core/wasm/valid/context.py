"""The context that instructions are checked in (core specification, "Validation", "Contexts")."""

from __future__ import annotations

from dataclasses import dataclass, field

from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.wasm.syntax.types import DefType, FuncType, GlobalType, MemoryType, RefType, TableType
from pycm_core.wasm.syntax.typespace import TypeSpace


@dataclass(slots=True)
class Context:
    """Index spaces of a module, types closed."""

    types: TypeSpace = field(default_factory=TypeSpace)
    funcs: list[DefType] = field(default_factory=list)
    func_types: list[FuncType] = field(default_factory=list)
    """The function types behind `funcs`."""
    tables: list[TableType] = field(default_factory=list)
    memories: list[MemoryType] = field(default_factory=list)
    globals: list[GlobalType] = field(default_factory=list)
    tags: list[FuncType] = field(default_factory=list)
    elems: list[RefType] = field(default_factory=list)
    datas: int = 0
    """How many data segments there are."""
    refs: set[int] = field(default_factory=set)
    """Functions that `ref.func` may name: those that occur outside of function bodies."""
    limits: Limits = DEFAULT_LIMITS
