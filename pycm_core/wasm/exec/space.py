"""What a function can name: the index spaces of its module as the compiler sees them.

In the namespace of an instance, `f3` is function 3 (`p3` and `q3` its suspendable forms, `k3` its first form, `h3` without what callers asked already, `w3` for
large numbers, `b3` the form that may answer with a tail call), `m0` a memory's bytes and `M0` the memory, `t0` a table's elements and
`T0` the table, `g0` a global, `x0` a tag, `y0` a type, `d0` and `e0` segments, `F3` function 3 as a reference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from operator import itemgetter
from typing import Any

from pycm_core.wasm.syntax.instructions import BY_NAME
from pycm_core.wasm.syntax.module import ExternKind, Func, Module
from pycm_core.wasm.syntax.types import FuncType, GlobalType, MemoryType, RefType, TableType, TagType
from pycm_core.wasm.syntax.typespace import TypeSpace

_TAIL_CALLS = frozenset(BY_NAME[name] for name in ("return_call", "return_call_indirect", "return_call_ref"))


class Form(Enum):
    """The forms of a compiled function; the value starts its name in a namespace."""

    PLAIN = "f"
    """A Python function."""
    INNER = "h"
    """The same for callers that asked what the function asks first (`pycm_core.wasm.exec.inline`)."""
    QUICK = "k"
    """The same, compiled as fast as possible."""
    WIDE = "w"
    """The same for arguments and memories of any size, where the plain form assumes that they are small."""
    STEPS = "p"
    """A generator, which yields what it calls and what host functions wait for."""
    STOPS = "q"
    """The same, which also yields the index of each instruction before it, operands being in variables."""

    __hash__ = object.__hash__

    @property
    def suspends(self) -> bool:
        """Whether it is a generator."""
        return self is Form.STEPS or self is Form.STOPS

    @property
    def attribute(self) -> str:
        """Where a `Func` has this form, or what its callers call instead."""
        return _ATTRIBUTES[self]


_ATTRIBUTES = {
    Form.PLAIN: "code",
    Form.INNER: "code",
    Form.WIDE: "code",
    Form.QUICK: "code",
    Form.STEPS: "steps",
    Form.STOPS: "stops",
}


class GlobalForm(Enum):
    """How a global is held: a value that never changes, a name that is assigned, or a `Global` that others may see."""

    VALUE = "value"
    NAME = "name"
    CELL = "cell"


@dataclass(frozen=True, slots=True)
class Space:
    """Index spaces of a valid module, types closed. Functions in `tails` contain tail calls; the first `imported` are imports."""

    types: TypeSpace
    funcs: tuple[FuncType, ...]
    func_types: tuple[int, ...]
    """The type index of each function."""
    imported: int
    tails: frozenset[int]
    tables: tuple[TableType, ...]
    memories: tuple[MemoryType, ...]
    globals: tuple[GlobalType, ...]
    global_forms: tuple[GlobalForm, ...]
    tags: tuple[FuncType, ...]
    elems: tuple[RefType, ...]
    bodies: tuple[Func, ...]
    guards: dict[int, Any] = field(default_factory=dict)
    """What `pycm_core.wasm.exec.inline` found out of functions, by index."""


def global_text(space: Space, index: int) -> str:
    """How a global is read and written."""
    return f"g{index}.value" if space.global_forms[index] is GlobalForm.CELL else f"g{index}"


def space_of(module: Module) -> Space:
    """The index spaces of a valid module."""
    types = TypeSpace(module.types)
    indices: list[int] = []
    tables: list[TableType] = []
    memories: list[MemoryType] = []
    globals: list[GlobalType] = []
    tags: list[FuncType] = []

    def table(type: TableType) -> TableType:
        return TableType(type.limits, types.close_ref(type.element))

    def tag(type: TagType) -> FuncType:
        return types.func(type.type) if isinstance(type.type, int) else type.type

    for entry in module.imports:
        match entry.type:
            case int(index):
                indices.append(index)
            case TableType() as type:
                tables.append(table(type))
            case MemoryType() as type:
                memories.append(type)
            case GlobalType() as type:
                globals.append(GlobalType(types.close(type.type), type.mutable))
            case TagType() as type:
                tags.append(tag(type))
    imported = len(indices)
    imported_globals = len(globals)
    indices += [func.type for func in module.funcs]
    tables += [table(t.type) for t in module.tables]
    memories += [m.type for m in module.memories]
    globals += [GlobalType(types.close(g.type.type), g.type.mutable) for g in module.globals]
    tags += [tag(t.type) for t in module.tags]
    shared = {export.index for export in module.exports if export.kind is ExternKind.GLOBAL}
    shared.update(range(imported_globals))
    forms = [
        GlobalForm.VALUE if not type.mutable else GlobalForm.CELL if i in shared else GlobalForm.NAME
        for i, type in enumerate(globals)
    ]
    op_of = itemgetter(0)
    tails = {i for i, func in enumerate(module.funcs, imported) if not _TAIL_CALLS.isdisjoint(map(op_of, func.body.instrs))}
    return Space(
        types,
        tuple(map(types.func, indices)),
        tuple(indices),
        imported,
        frozenset(tails),
        tuple(tables),
        tuple(memories),
        tuple(globals),
        tuple(forms),
        tuple(tags),
        tuple(types.close_ref(e.type) for e in module.elems),
        module.funcs,
    )
