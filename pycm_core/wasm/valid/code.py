"""The state of checking a sequence of instructions: its stacks, and what it may name (core specification, "Validation Algorithm")."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeVar

from pycm_core.base.errors import Exhaustion
from pycm_core.wasm.syntax.instructions import BY_NAME, LOOP, Op
from pycm_core.wasm.syntax.types import (
    ArrayType,
    DefType,
    FieldType,
    FuncType,
    HeapKind,
    NumType,
    PackType,
    RefType,
    StructType,
    TableType,
    ValType,
)
from pycm_core.wasm.valid import matching
from pycm_core.wasm.valid.context import Context
from pycm_core.wasm.valid.fault import Fault
from pycm_core.wasm.valid.matching import Bottom, Operand

I32, I64 = NumType.I32, NumType.I64
BOT, BOT_REF = Bottom.BOT, Bottom.BOT_REF

Types = tuple[ValType, ...]
READY = 256
"""How many locals' types are spelled out: nearly all functions have fewer."""
T = TypeVar("T")


class Frame:
    """An entry of the control stack: what a block takes and leaves, and how high the stacks were when it began."""

    __slots__ = ("end", "height", "inits", "op", "start", "unreachable")

    def __init__(self, op: Op, start: Types, end: Types, height: int, inits: int) -> None:
        self.op = op
        self.start = start
        self.end = end
        self.height = height
        self.inits = inits
        self.unreachable = False

    @property
    def label(self) -> Types:
        """What a branch here must bring."""
        return self.start if self.op is LOOP else self.end


def show(type: Operand) -> str:
    """A type as text, for messages."""
    if not isinstance(type, RefType):
        return str(type.value)
    heap = type.heap.value if isinstance(type.heap, HeapKind) else repr(type.heap)
    return f"(ref {'null ' * type.nullable}{heap})"


class Code:
    """The state of checking one function body or constant expression."""

    __slots__ = ("assigned", "context", "ends", "frames", "inits", "local_types", "params", "ready", "results", "values")

    def __init__(self, context: Context, params: Types, runs: Sequence[tuple[int, ValType]], results: Types) -> None:
        self.context = context
        self.params = params
        self.ends: list[int] = []
        """Where each run of locals ends; they are not spelled out, since a few bytes can declare very many."""
        self.local_types: list[ValType] = []
        total = len(params)
        for count, type in runs:
            total += count
            self.ends.append(total)
            self.local_types.append(type)
        if total > context.limits.locals:
            raise Exhaustion(f"{total} locals, the limit is {context.limits.locals}")
        self.ready: list[ValType | None] = [*params]
        """Types of the first locals; `None` where reading needs a closer look."""
        for count, type in runs:
            self.ready += [type if defaultable(type) else None] * min(count, READY - len(self.ready))
        self.assigned: set[int] = set()
        """Locals without a default value that have been set."""
        self.inits: list[int] = []
        self.values: list[Operand] = []
        self.results = results
        self.frames = [Frame(BY_NAME["block"], (), results, 0, 0)]

    # --- the stacks

    def has(self, type: ValType) -> bool:
        """Whether the operand on top is one of just this type; when it is not, it may match all the same."""
        values = self.values
        return len(values) > self.frames[-1].height and values[-1] is type

    def pop_any(self) -> Operand:
        """The operand on top."""
        frame = self.frames[-1]
        if len(self.values) > frame.height:
            return self.values.pop()
        if frame.unreachable:
            return BOT
        raise Fault("type mismatch: expected a value, found nothing")

    def pop(self, expected: ValType) -> Operand:
        """The operand on top, which must match `expected`."""
        found = self.pop_any()
        if found is not expected and not matching.operand(found, expected):
            raise Fault(f"type mismatch: expected {show(expected)}, found {show(found)}")
        return found

    def pop_all(self, expected: Types) -> None:
        """Operands, the last one on top."""
        for type in reversed(expected):
            self.pop(type)

    def pop_ref(self) -> RefType | Bottom:
        """The reference on top."""
        found = self.pop_any()
        if found is BOT:
            return BOT_REF
        if isinstance(found, NumType):
            raise Fault(f"type mismatch: expected a reference, found {show(found)}")
        return found

    def push(self, type: Operand) -> None:
        self.values.append(type)

    def push_all(self, types: Types) -> None:
        self.values.extend(types)
        if len(self.values) > self.context.limits.operands:
            raise Exhaustion(f"more than {self.context.limits.operands} operands on the stack of a function")

    def apply(self, params: Types, results: Types) -> None:
        self.pop_all(params)
        self.push_all(results)

    def enter(self, op: Op, start: Types, end: Types) -> None:
        """A block begins."""
        self.frames.append(Frame(op, start, end, len(self.values), len(self.inits)))
        self.push_all(start)

    def leave(self) -> Frame:
        """A block ends: its results are there and nothing else."""
        frame = self.frames[-1]
        self.pop_all(frame.end)
        if len(self.values) != frame.height:
            raise Fault("type mismatch: values remain on the stack at the end of the block")
        while len(self.inits) > frame.inits:
            self.assigned.discard(self.inits.pop())
        self.frames.pop()
        return frame

    def unreachable(self) -> None:
        """What follows is never reached: any operands will do."""
        frame = self.frames[-1]
        del self.values[frame.height :]
        frame.unreachable = True

    def label(self, index: int) -> Types:
        """What a branch to the label brings."""
        if index >= len(self.frames):
            raise Fault(f"unknown label {index}")
        return self.frames[-1 - index].label

    # --- the context

    def func(self, index: int) -> FuncType:
        return item(self.context.func_types, index, "function")

    def func_type(self, index: int) -> FuncType:
        """The function type of a type index."""
        try:
            return self.context.types.func(index)
        except IndexError:
            raise Fault(f"unknown type {index}") from None
        except TypeError:
            raise Fault(f"type mismatch: type {index} is not a function type") from None

    def struct_type(self, index: int) -> StructType:
        comp = self.deftype(index).expand()
        if not isinstance(comp, StructType):
            raise Fault(f"type mismatch: type {index} is not a structure type")
        return comp

    def array_type(self, index: int, mutable: bool = False) -> FieldType:
        """The element type of an array type."""
        comp = self.deftype(index).expand()
        if not isinstance(comp, ArrayType):
            raise Fault(f"type mismatch: type {index} is not an array type")
        if mutable and not comp.field.mutable:
            raise Fault("immutable array")
        return comp.field

    def deftype(self, index: int) -> DefType:
        return item(self.context.types.types, index, "type")

    def ref(self, type_index: int, nullable: bool) -> RefType:
        """A reference to a defined type."""
        return RefType(nullable, self.deftype(type_index))

    def close(self, type: ValType) -> ValType:
        """A value type that an instruction names, closed."""
        return self.close_ref(type) if isinstance(type, RefType) else type

    def close_ref(self, type: RefType) -> RefType:
        try:
            return self.context.types.close_ref(type)
        except IndexError:
            raise Fault(f"unknown type {type.heap}") from None

    def table(self, index: int) -> TableType:
        return item(self.context.tables, index, "table")

    def elem(self, index: int) -> RefType:
        return item(self.context.elems, index, "elem segment")

    def data(self, index: int) -> None:
        if index >= self.context.datas:
            raise Fault(f"unknown data segment {index}")

    def local(self, index: int) -> ValType:
        if index < len(self.params):
            return self.params[index]
        run = bisect_right(self.ends, index)
        if run == len(self.ends):
            raise Fault(f"unknown local {index}")
        return self.local_types[run]

    def memory_address(self, index: int) -> NumType:
        """The address type of a memory."""
        return I64 if item(self.context.memories, index, "memory").limits.addr64 else I32

    def block(self, type: ValType | int | None) -> tuple[Types, Types]:
        """What a block type takes and leaves ("Block Types")."""
        if type is None:
            return (), ()
        if isinstance(type, int):
            func = self.func_type(type)
            return func.params, func.results
        return (), (self.close(type),)


def item(items: Sequence[T], index: int, kind: str) -> T:
    """An entry of an index space."""
    if index >= len(items):
        raise Fault(f"unknown {kind} {index}")
    return items[index]


def unpack(type: FieldType) -> ValType:
    """The value type of a field ("Structure Instructions")."""
    return I32 if isinstance(type.type, PackType) else type.type


def defaultable(type: ValType) -> bool:
    """Whether there is a default value."""
    return not isinstance(type, RefType) or type.nullable
