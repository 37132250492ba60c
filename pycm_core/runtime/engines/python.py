"""The engine `python`: core modules on `pycm_core.wasm.exec`, without any dependency.

Functions become Python functions when they are first called. A guest that may wait runs in the suspendable form of the same functions,
whose calls are kept on a stack of our own, so nothing but a generator is suspended.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from types import GeneratorType
from typing import Any

from pycm_core.abi.layout import MAX_STRING_BYTE_LENGTH
from pycm_core.abi.memory import Refused
from pycm_core.base.errors import Exhaustion, Unlinkable
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.runtime.engine import CoreCallable, CoreInstance, CoreItem, Steps, results_of
from pycm_core.runtime.store import Waiting
from pycm_core.runtime.tasks import refuse_to_wait
from pycm_core.wasm.exec.faults import explain
from pycm_core.wasm.exec.instance import CoreModule, Instance, Types
from pycm_core.wasm.exec.items import Func, Memory, TailCall
from pycm_core.wasm.exec.numeric import round_f32
from pycm_core.wasm.exec.stepping import Execution
from pycm_core.wasm.syntax.types import FuncType, NumType, ValType

_PAIR = struct.Struct("<II")

FRAMES = 16_000
"""How many Python calls may be in each other while a guest runs: most of them are the guest's own."""
ENTRIES = 200
"""How often guests and hosts may call each other in turn; each time costs C stack."""


class PythonEngine:
    """Core modules as Python. One engine may serve many stores; modules compiled by it are shared."""

    name = "python"

    def __init__(self, limits: Limits = DEFAULT_LIMITS, fuel: int | None = None) -> None:
        """`fuel` bounds how many instructions the guests of one store execute; such guests run in the form that counts, and cannot wait."""
        self.limits = limits
        self.types = Types()
        self.fuel = fuel
        self.can_suspend = fuel is None

    def compile(self, binary: bytes, at: int = 0) -> CoreModule:
        """Decode and validate. Raises `Malformed`, `Invalid`, `Exhaustion`."""
        return CoreModule.decode(binary, at)

    def new_store(self) -> PythonStore:
        """A place for core instances."""
        return PythonStore(self.types, self.limits, self.fuel)


class PythonStore:
    """Core instances and what is running in them."""

    __slots__ = ("_entries", "_fuel", "_limits", "_spent", "_types")

    def __init__(self, types: Types, limits: Limits, fuel: int | None = None) -> None:
        self._types = types
        self._limits = limits
        self._fuel = fuel
        self._spent = 0
        self._entries = 0

    def instantiate(self, module: Any, imports: Mapping[str, CoreInstance]) -> CoreInstance:
        """Instantiate, start function included."""
        items = []
        for wanted, name, _ in module.type.imports:
            try:
                items.append(imports[wanted][name])
            except KeyError:
                raise Unlinkable(f"unknown import: `{wanted}` `{name}` is missing") from None
        instance = Instance(module, items, self._types, self._limits)
        start = module.syntax.start
        if start is not None:
            self.call(instance.names[f"F{start.func}"], ())
        return instance

    def call(self, func: Func | _Code, args: tuple[Any, ...]) -> Any:
        """Call a function with values in range. Raises `Trap`, `Exhaustion`, and what host functions raise."""
        entries = self._entries
        limit = FRAMES
        if entries == 0:
            limit = sys.getrecursionlimit()
            if limit < FRAMES:
                sys.setrecursionlimit(FRAMES)
        elif entries >= ENTRIES:
            raise Exhaustion("call stack exhausted: guests and hosts call each other too deeply")
        self._entries = entries + 1
        try:
            return func.code(*args) if self._fuel is None or not isinstance(func, Func) else self._counted(func, args, self._fuel)
        except BaseException as error:
            fault = error
        finally:
            self._entries = entries
            if limit < FRAMES:
                sys.setrecursionlimit(limit)
        raise explain(fault)

    def _counted(self, func: Func, args: tuple[Any, ...], fuel: int) -> Any:
        """Call it instruction by instruction."""
        execution = Execution(func, args)
        while execution.step():
            self._spent += 1
            if self._spent > fuel:
                raise Exhaustion(f"fuel exhausted: {fuel:,} instructions were executed", hint="give it more fuel")
        return execution.result

    def bind(self, func: CoreItem, type: FuncType) -> CoreCallable:
        """A callable for a core function."""
        convert = _converter(type.params)
        call = self.call

        def bound(*args: Any) -> Any:
            return call(func, convert(args))

        return bound

    def bind_direct(self, func: CoreItem, type: FuncType) -> tuple[CoreCallable, Callable[[Exception], BaseException] | None]:
        """The same: there is nothing to leave out."""
        return self.bind(func, type), None

    def bind_steps(self, func: CoreItem, type: FuncType) -> Callable[..., Steps]:
        """The same in steps: host functions made with `suspends` may wait under it."""
        convert = _converter(type.params)

        def bound(*args: Any) -> Steps:
            return _drive(func.steps(*convert(args)))

        return bound

    def host_func(self, type: FuncType, call: CoreCallable, suspends: bool = False) -> CoreItem:
        """A core function that calls Python. With `suspends`, `call` may return a `Waiting`."""
        convert = _converter(type.results)

        count = len(type.results)

        def finish(result: Any) -> Any:
            if count == 0:
                return None
            return convert((result,))[0] if count == 1 else convert(results_of(result))

        def code(*args: Any) -> Any:
            result = call(*args)
            if result.__class__ is Waiting:
                refuse_to_wait(next(result.rest()))
            return finish(result)

        def steps(*args: Any) -> Any:
            result = call(*args)
            if result.__class__ is Waiting:
                result = yield from result.rest()
            return finish(result)

        return Func(self._types.of_func(type), type, "host function", code, steps, steps)

    def outbox(self) -> None:
        """A call of Python costs too little here to be put off."""

    def close(self) -> None:
        """Nothing is held that Python does not count."""

    def memory(self, memory: CoreItem) -> Memory:
        """Access to a linear memory."""
        assert isinstance(memory, Memory)
        return memory

    def mover(self, memory: CoreItem, realloc: CoreItem) -> PythonMover | None:
        """A memory with its `realloc`."""
        assert isinstance(memory, Memory)
        return None if memory.type.limits.addr64 or self._fuel is not None else PythonMover(self, memory, realloc)


class PythonMover:
    """A memory with its `realloc`: bytes of the same process."""

    __slots__ = ("_all", "_call", "_memory", "_realloc")

    def __init__(self, store: PythonStore, memory: Memory, realloc: Func) -> None:
        self._call = store.call
        self._memory = memory
        self._realloc = realloc
        self._all = _Code(self._place_each)

    def place(self, alignment: int, data: bytes | bytearray | memoryview) -> int:
        """Allocate and write."""
        count = len(data)
        address: int = self._call(self._realloc, (0, 0, alignment, count))
        memory = self._memory.data
        if address & (alignment - 1) or address + count > len(memory):
            raise Refused(address, alignment, count)
        memory[address : address + count] = data
        return address

    def place_all(self, alignment: int, pieces: Sequence[bytes]) -> Sequence[int]:
        """Allocate and write all of them; the guest is entered once."""
        addresses: list[int] = self._call(self._all, (alignment, pieces))
        return addresses

    def _place_each(self, alignment: int, pieces: Sequence[bytes]) -> list[int]:
        realloc, memory, low = self._realloc.code, self._memory.data, alignment - 1
        addresses = []
        for data in pieces:
            count = len(data)
            address = realloc(0, 0, alignment, count)
            if address & low or address + count > len(memory):
                raise Refused(address, alignment, count)
            memory[address : address + count] = data
            addresses.append(address)
        return addresses

    def fetch_text(self, address: int) -> str | None:
        """A UTF-8 string."""
        memory = self._memory.data
        try:
            pointer, length = _PAIR.unpack_from(memory, address)
            if address & 3 or pointer + length > len(memory) or length > MAX_STRING_BYTE_LENGTH:
                return None
            return memory[pointer : pointer + length].decode()
        except (struct.error, UnicodeDecodeError):
            return None


class _Code:
    """Python that may call guests, in the shape of a core function."""

    __slots__ = ("code",)

    def __init__(self, code: Callable[..., Any]) -> None:
        self.code = code


def _drive(first: Any) -> Steps:
    """Run suspendable functions, the innermost on top of a stack, and yield what host functions wait for."""
    stack = [first]
    value: Any = None
    fault: BaseException | None = None
    while True:
        top = stack[-1]
        try:
            if fault is None:
                request = top.send(value)
            else:
                raised, fault = fault, None
                request = top.throw(raised)
        except StopIteration as stop:
            stack.pop()
            value = stop.value
            if value.__class__ is TailCall:
                stack.append(value.tail(*value.args))
                value = None
            elif not stack:
                return value
        except BaseException as error:
            stack.pop()
            if not stack:
                raise explain(error) from None
            fault = error
        else:
            value = None
            if type(request) is GeneratorType:
                if len(stack) >= FRAMES:
                    fault = RecursionError()
                else:
                    stack.append(request)
            else:
                try:
                    value = yield request
                except Exception as error:
                    fault = error


def _converter(types: tuple[ValType, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Values from outside to values in range: integers unsigned, f32 rounded."""
    masks = {NumType.I32: 0xFFFF_FFFF, NumType.I64: 0xFFFF_FFFF_FFFF_FFFF}
    if all(t is NumType.I32 for t in types):
        if not types:
            return tuple
        if len(types) == 1:
            return lambda args: (args[0] & 0xFFFF_FFFF,)
        if len(types) == 2:
            return lambda args: (args[0] & 0xFFFF_FFFF, args[1] & 0xFFFF_FFFF)
        return lambda args: tuple([v & 0xFFFF_FFFF for v in args])

    def one(type: ValType, value: Any) -> Any:
        if isinstance(type, NumType):
            mask = masks.get(type)
            if mask is not None:
                return value & mask
            if type is NumType.F64:
                return float(value)
            if type is NumType.F32:
                return round_f32(value) if value == value else value
        return value

    return lambda args: tuple([one(t, v) for t, v in zip(types, args, strict=True)])
