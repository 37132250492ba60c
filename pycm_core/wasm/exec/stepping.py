"""Running a guest instruction by instruction: looking at its operands, locals and callers in between, and counting fuel.

This is the only thing that compiles functions so that they stop (`Form.STOPS`); what runs otherwise knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import GeneratorType
from typing import Any

from pycm_core.base.errors import Exhaustion, Trap, TrapKind
from pycm_core.wasm.exec.faults import INSTANCE, explain
from pycm_core.wasm.exec.items import Func, TailCall
from pycm_core.wasm.exec.numeric import f32_of_bits, f64_of_bits
from pycm_core.wasm.exec.operands import F32, F64, Val, int_of
from pycm_core.wasm.exec.space import Form
from pycm_core.wasm.syntax.types import RefType


@dataclass(frozen=True, slots=True)
class GuestFrame:
    """A guest function that is running. `instr` is the index of the instruction that comes next, or that calls; `offset` its place.

    Integers are unsigned.
    """

    function: int
    name: str
    instr: int
    op: str
    offset: int
    locals: tuple[Any, ...]
    operands: tuple[Any, ...]


class Execution:
    """A call of a function, one instruction at a time. `result` is what it returned, once `done`."""

    __slots__ = ("_fault", "_instrs", "_stack", "_value", "depth", "done", "fuel", "result", "steps")

    def __init__(self, func: Func, args: Sequence[Any], fuel: int | None = None, depth: int = 10_000) -> None:
        """`args` are in range, integers unsigned; `fuel` bounds how many instructions are executed, `depth` how deep calls go."""
        self._stack: list[Any] = [func.stops(*args)]
        self._instrs: list[int] = [0]
        self._value: Any = None
        self._fault: BaseException | None = None
        self.fuel = fuel
        self.depth = depth
        self.steps = 0
        """How many instructions were started."""
        self.done = False
        self.result: Any = None

    def step(self) -> bool:
        """Go on to the next instruction; false when the call is over. Raises `Trap`, `Exhaustion`, and what host functions raise."""
        while not self.done:
            request = self._advance()
            if type(request) is int:
                self._instrs[-1] = request
                self.steps += 1
                if self.fuel is not None and self.steps > self.fuel:
                    self._fault = Exhaustion(f"fuel exhausted after {self.fuel} instructions")
                    continue
                return True
        return False

    def run(self) -> Any:
        """Go on to the end: the result."""
        while self.step():
            pass
        return self.result

    def _advance(self) -> Any:
        """Resume the innermost function until it yields: the index of an instruction, or nothing worth knowing."""
        top = self._stack[-1]
        try:
            if self._fault is None:
                request = top.send(self._value)
            else:
                raised, self._fault = self._fault, None
                request = top.throw(raised)
        except StopIteration as stop:
            self._return(stop.value)
            return None
        except BaseException as error:
            self._stack.pop()
            self._instrs.pop()
            if not self._stack:
                self.done = True
                raise explain(error) from None
            self._fault = error
            return None
        self._value = None
        if type(request) is GeneratorType:
            if len(self._stack) >= self.depth:
                request.close()
                self._fault = Exhaustion("call stack exhausted")
            else:
                self._stack.append(request)
                self._instrs.append(0)
        elif type(request) is not int:
            self._fault = Trap("a host function must wait, and stepping cannot", kind=TrapKind.HOST)
        return request

    def _return(self, value: Any) -> None:
        self._stack.pop()
        self._instrs.pop()
        if value.__class__ is TailCall:
            self._stack.append(value.tail(*value.args))
            self._instrs.append(0)
            value = None
        elif not self._stack:
            self.done = True
            self.result = value
        self._value = value

    def frames(self) -> tuple[GuestFrame, ...]:
        """The guest functions that are running, the innermost last."""
        found = []
        for generator, instr in zip(self._stack, self._instrs, strict=True):
            frame = generator.gi_frame
            if frame is None or INSTANCE not in frame.f_globals:
                continue
            module = frame.f_globals[INSTANCE].module
            index = int(frame.f_code.co_name[1:])
            names = frame.f_locals
            count = len(module.space.funcs[index].params) + sum(
                n for n, _ in module.syntax.funcs[index - module.space.imported].locals
            )
            operands = module.translated(index, Form.STOPS).stacks.get(instr, ())
            found.append(
                GuestFrame(
                    index,
                    module.name(index),
                    instr,
                    module.op(index, instr),
                    module.offset(index, instr),
                    tuple(names.get(f"l{i}") for i in range(count)),
                    tuple(_value(v, names) for v in operands),
                )
            )
        return tuple(found)


def _value(v: Val, names: dict[str, Any]) -> Any:
    """The value of an operand that is a constant or in a variable."""
    ints = int_of(v.type)
    if v.const is None:
        value = names.get(v.text)
    elif v.type is F32 or v.type is F64:
        value = (f32_of_bits if v.type is F32 else f64_of_bits)(v.const)
    else:
        value = None if isinstance(v.type, RefType) else v.const
    return value & ints.mask if ints and value is not None else value
