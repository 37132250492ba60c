"""The small core modules that let an import be lowered before its memory is there.

The *shim* exports a function for each such import, which calls through a table; the *fixup* fills the table once everything
exists, and last calls what initializes the main module.
"""

from __future__ import annotations

from collections.abc import Sequence

from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.syntax.instructions import BY_NAME
from pycm_core.wasm.syntax.module import Elem, ElemMode, Export, Expr, ExternKind, Func, Import, Memory, Module, Start, Table
from pycm_core.wasm.syntax.types import FuncType, HeapKind, Limits, MemoryType, RecType, RefType, SubType, TableType

TABLE = "$imports"
_FUNC = RefType(False, HeapKind.FUNC)


def _table(count: int) -> TableType:
    return TableType(Limits(count, count), RefType(True, HeapKind.FUNC))


def _types(funcs: Sequence[FuncType]) -> tuple[dict[FuncType, int], tuple[RecType, ...]]:
    numbers: dict[FuncType, int] = {}
    for func in funcs:
        numbers.setdefault(func, len(numbers))
    return numbers, tuple([RecType((SubType(func),)) for func in numbers])


def memory(type: MemoryType) -> bytes:
    """A module that has a memory and nothing else, for a module that wants to be given its own."""
    return encode(Module(memories=(Memory(type),), exports=(Export("memory", ExternKind.MEMORY, 0),)))


def shim(funcs: Sequence[FuncType]) -> bytes:
    """Functions of these types under the names `0`, `1`, …, each calling the table's element of its number."""
    numbers, types = _types(funcs)
    made = []
    for index, func in enumerate(funcs):
        code = [(BY_NAME["local.get"], i) for i in range(len(func.params))]
        body = Expr((*code, (BY_NAME["i32.const"], index), (BY_NAME["call_indirect"], numbers[func], 0)))
        made.append(Func(numbers[func], (), body))
    exports = [Export(str(i), ExternKind.FUNC, i) for i in range(len(funcs))]
    return encode(
        Module(
            types=types,
            funcs=tuple(made),
            tables=(Table(_table(len(funcs))),),
            exports=(*exports, Export(TABLE, ExternKind.TABLE, 0)),
        )
    )


def fixup(funcs: Sequence[FuncType], initialize: str | None) -> bytes:
    """Puts `actual` functions into the table of `shim`; then calls `initialize`, an export of `main`."""
    void = FuncType((), ())
    numbers, types = _types([*funcs, void] if initialize is not None else funcs)
    imports = [Import("actual", str(i), numbers[func]) for i, func in enumerate(funcs)]
    start = None
    if initialize is not None:
        start = Start(len(imports))
        imports.append(Import("main", initialize, numbers[void]))
    elems: tuple[Elem, ...] = ()
    if funcs:
        imports.append(Import("shim", TABLE, _table(len(funcs))))
        offset = Expr(((BY_NAME["i32.const"], 0),))
        elems = (Elem(ElemMode.ACTIVE, _FUNC, tuple(range(len(funcs))), 0, offset),)
    return encode(Module(types=types, imports=tuple(imports), start=start, elems=elems))
