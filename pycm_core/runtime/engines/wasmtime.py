"""The engine `wasmtime`: core modules on PyPI's `wasmtime` (an extra), for CPython.

A guest suspends on a fiber of wasmtime's own (`pycm_core.runtime.engines.fibers`).
"""

from __future__ import annotations

import ctypes
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import wasmtime

from pycm_core.abi.memory import Refused
from pycm_core.base.errors import Exhaustion, Invalid, Malformed, Offset, PyCMError, Trap, TrapKind, Unlinkable
from pycm_core.runtime.bounds import INTERRUPTED
from pycm_core.runtime.engine import CoreCallable, CoreInstance, CoreItem, Steps
from pycm_core.runtime.engines import fibers, transfer
from pycm_core.runtime.store import drive
from pycm_core.wasm.syntax.types import FuncType, HeapKind, NumType, RefType, ValType

_TRAPS = {
    "STACK_OVERFLOW": TrapKind.STACK_OVERFLOW,
    "MEMORY_OUT_OF_BOUNDS": TrapKind.MEMORY_OUT_OF_BOUNDS,
    "HEAP_MISALIGNED": TrapKind.MEMORY_OUT_OF_BOUNDS,
    "TABLE_OUT_OF_BOUNDS": TrapKind.TABLE_OUT_OF_BOUNDS,
    "INDIRECT_CALL_TO_NULL": TrapKind.UNINITIALIZED_ELEMENT,
    "BAD_SIGNATURE": TrapKind.INDIRECT_CALL_MISMATCH,
    "INTEGER_OVERFLOW": TrapKind.INTEGER_OVERFLOW,
    "INTEGER_DIVISION_BY_ZERO": TrapKind.DIVIDE_BY_ZERO,
    "BAD_CONVERSION_TO_INTEGER": TrapKind.INVALID_CONVERSION,
    "UNREACHABLE": TrapKind.UNREACHABLE,
}

_ENDED = {"OUT_OF_FUEL": "fuel exhausted", "INTERRUPT": INTERRUPTED}
"""What ended a guest that did nothing wrong."""

_TYPES: dict[ValType, Callable[[], Any]] = {
    NumType.I32: wasmtime.ValType.i32,
    NumType.I64: wasmtime.ValType.i64,
    NumType.F32: wasmtime.ValType.f32,
    NumType.F64: wasmtime.ValType.f64,
    RefType(True, HeapKind.FUNC): wasmtime.ValType.funcref,
    RefType(True, HeapKind.EXTERN): wasmtime.ValType.externref,
}
"""The values that cross between Python and wasmtime."""

_PLACE_ALL = FuncType((NumType.I32,) * 4, ())
_REALLOC = FuncType((NumType.I32,) * 4, (NumType.I32,))
_STATE = FuncType((), (NumType.I32,))

MAX_FRAMES = 8
"""How many guest frames a trap tells of."""

_MALFORMED = ("unexpected end", "magic", "but was given a WebAssembly component")
_OFFSET = re.compile(r"\(at offset 0x([0-9a-f]+)\)|(?:\d+: )?Invalid input WebAssembly code at offset (\d+): ")


class WasmtimeEngine:
    """Core modules on wasmtime. One engine may serve many stores; modules compiled by it are shared."""

    name = "wasmtime"
    can_suspend = fibers.SUPPORTED

    def __init__(self, fuel: int | None = None, interruptible: bool = False) -> None:
        """`fuel` is what each store has. An engine that is `interruptible` ends its guests at the next `interrupt`."""
        config = wasmtime.Config()
        config.consume_fuel = fuel is not None
        config.epoch_interruption = interruptible
        config.wasm_memory64 = True
        config.wasm_multi_memory = True
        config.wasm_tail_call = True
        fibers.configure(config)
        self._engine = wasmtime.Engine(config)
        self._transfer: Any = None
        self._fuel = fuel
        self._interruptible = interruptible

    def compile(self, binary: bytes, at: int = 0) -> Any:
        """A `wasmtime.Module`. Raises `Malformed` or `Invalid` with the offset wasmtime names."""
        try:
            return wasmtime.Module(self._engine, binary)
        except wasmtime.WasmtimeError as error:
            message = str(error)
            place = _OFFSET.search(message)
            where = Offset(at + (0 if place is None else int(place[1], 16) if place[1] else int(place[2])))
            text = message.splitlines()[-1].strip() if message else "the core module was refused"
            kind = Malformed if any(said in message for said in _MALFORMED) else Invalid
            raise kind(_OFFSET.sub("", text).strip(), where) from None

    def new_store(self) -> WasmtimeStore:
        """A place for core instances."""
        store = wasmtime.Store(self._engine)
        if self._fuel is not None:
            store.set_fuel(self._fuel)
        if self._interruptible:
            store.set_epoch_deadline(1)
        return WasmtimeStore(self._engine, self.transfer, store)

    def interrupt(self) -> None:
        """End every guest that runs, from any thread."""
        self._engine.increment_epoch()

    def transfer(self) -> Any:
        """The module that allocates and copies (`pycm_core.runtime.engines.transfer`)."""
        if self._transfer is None:
            self._transfer = wasmtime.Module(self._engine, transfer.module(own_memory=True))
        return self._transfer


class WasmtimeInstance:
    """Exports of a core instance, by name."""

    __slots__ = ("_exports",)

    def __init__(self, exports: Any) -> None:
        self._exports = exports

    def __getitem__(self, name: str) -> CoreItem:
        return self._exports[name]


class WasmtimeStore:
    """A `wasmtime.Store` behind the engine protocol.

    Once it has a host function that may suspend, every call of a guest runs on a fiber: wasmtime calls such functions nowhere else.
    """

    def __init__(self, engine: Any, transfer: Callable[[], Any], store: Any) -> None:
        self._engine = engine
        self._transfer = transfer
        self._store = store
        self._fibers = False

    def instantiate(self, module: Any, imports: Mapping[str, CoreInstance]) -> CoreInstance:
        """Instantiate, start function included."""
        items = []
        for wanted in module.imports:
            try:
                items.append(imports[wanted.module][wanted.name])
            except KeyError:
                raise Unlinkable(f"core import `{wanted.module}` `{wanted.name}` is missing") from None
        try:
            if self._fibers:
                instance = fibers.instantiate(self._engine, self._store, module, items)
            else:
                instance = wasmtime.Instance(self._store, module, items)
        except wasmtime.Trap as trap:
            raise _trap(trap) from None
        except wasmtime.WasmtimeError as error:
            raise Unlinkable(str(error).splitlines()[0]) from None
        return WasmtimeInstance(instance.exports(self._store))

    def bind(self, func: CoreItem, type: FuncType) -> CoreCallable:
        """A callable for a core function."""
        store = self._store
        if not all(t in _TYPES for t in type.params + type.results):
            # The C interface ends the process when it is asked for the type of such a function.
            raise Invalid("wasmtime cannot hand over vectors, or references that are neither `funcref` nor `externref`")
        steps = self.bind_steps(func, type)

        def call(*args: Any) -> Any:
            if self._fibers:
                return drive(steps(*args))
            try:
                result = func(store, *args)
            except wasmtime.Trap as trap:
                raise _trap(trap) from None
            except wasmtime.WasmtimeError as error:
                raise Trap(str(error).splitlines()[0]) from None
            return tuple(result) if isinstance(result, list) else result

        return call

    def bind_direct(self, func: CoreItem, type: FuncType) -> tuple[CoreCallable, Callable[[Exception], BaseException] | None]:
        """The same: what it converts, it must."""
        return self.bind(func, type), None

    def bind_steps(self, func: CoreItem, type: FuncType) -> Callable[..., Steps]:
        """The same, on a fiber of its own: host functions made with `suspends` may wait under it."""
        store, kinds = self._store, fibers.kinds_of(type)

        def steps(*args: Any) -> Steps:
            try:
                return (yield from fibers.call(store, func, kinds, args))
            except wasmtime.Trap as trap:
                raise _trap(trap) from None
            except wasmtime.WasmtimeError as error:
                raise Trap(str(error).splitlines()[0]) from None

        return steps

    def host_func(self, type: FuncType, call: CoreCallable, suspends: bool = False) -> CoreItem:
        """A core function that calls Python."""
        types = [[_TYPES[t]() for t in side] for side in (type.params, type.results)]
        functype = wasmtime.FuncType(*types)
        if suspends:
            self._fibers = True
            return fibers.suspending_func(self._engine, self._store, functype, fibers.kinds_of(type), call)
        return wasmtime.Func(self._store, functype, call)

    def outbox(self) -> None:
        """A call of Python costs too little here to be put off."""

    def close(self) -> None:
        """Nothing is held that Python does not count."""

    def memory(self, memory: CoreItem) -> WasmtimeMemory:
        """Access to a linear memory."""
        return WasmtimeMemory(memory, self._store)

    def mover(self, memory: CoreItem, realloc: CoreItem) -> WasmtimeMover | None:
        """A memory with its `realloc`."""
        if memory.type(self._store).is_64:
            return None
        return WasmtimeMover(self, self._transfer, memory, realloc)


class WasmtimeMemory:
    """A `wasmtime.Memory`, read and written by copying from and to its base address."""

    __slots__ = ("_key", "_memory", "_store", "ptr")

    def __init__(self, memory: Any, store: Any) -> None:
        self._memory = memory
        self._store = store
        self._key = bytes(memory._memory)
        self.ptr = 8 if memory.type(store).is_64 else 4

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WasmtimeMemory) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def size(self) -> int:
        """Bytes now."""
        return self._memory.data_len(self._store)  # type: ignore[no-any-return]  # untyped library

    def _base(self, address: int, count: int) -> int:
        size = self._memory.data_len(self._store)
        if address + count > size:
            raise Trap(
                f"out of bounds memory access: {count} bytes at {address:#x}, the memory has {size:#x}",
                kind=TrapKind.MEMORY_OUT_OF_BOUNDS,
            )
        return ctypes.cast(self._memory.data_ptr(self._store), ctypes.c_void_p).value or 0

    def read(self, address: int, count: int) -> bytes:
        """A copy of `count` bytes."""
        return ctypes.string_at(self._base(address, count) + address, count)

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of `data`."""
        raw = data if isinstance(data, bytes) else bytes(data)
        ctypes.memmove(self._base(address, len(raw)) + address, raw, len(raw))


class WasmtimeMover:
    """A memory with its `realloc`. Calls are what is dear here, so many pieces go through the transfer module in one."""

    __slots__ = ("_exports", "_host", "_item", "_memory", "_module", "_place_all", "_realloc", "_store")

    def __init__(self, store: WasmtimeStore, module: Callable[[], Any], memory: CoreItem, realloc: CoreItem) -> None:
        self._store = store
        self._memory = memory
        self._module = module
        self._item = realloc
        self._realloc = store.bind(realloc, _REALLOC)
        self._exports: Any = None

    def _open(self) -> None:
        store, items = self._store, {"": {"guest": self._memory, "realloc": self._item}}
        self._exports = exports = store.instantiate(self._module(), items)
        self._host = exports["host"]
        self._place_all = store.bind(exports["place_all"], _PLACE_ALL)

    def place(self, alignment: int, data: bytes | bytearray | memoryview) -> int:
        """Allocate and write."""
        count = len(data)
        address: int = self._realloc(0, 0, alignment, count) & 0xFFFF_FFFF
        memory = WasmtimeMemory(self._memory, self._store._store)
        if address & (alignment - 1) or address + count > memory.size():
            raise Refused(address, alignment, count)
        if count:
            memory.write(address, data)
        return address

    def place_all(self, alignment: int, pieces: Sequence[bytes]) -> Sequence[int]:
        """Allocate and write all of them, in one call."""
        if self._exports is None:
            self._open()
        store, count = self._store, len(pieces)
        raw = b"".join([struct.pack(f"<{count}I", *map(len, pieces)), *pieces])
        host = WasmtimeMemory(self._host, store._store)
        if host.size() < len(raw):
            self._host.grow(store._store, (len(raw) - host.size() + 0xFFFF) >> 16)
        host.write(0, raw)
        try:
            self._place_all(0, count, 4 * count, alignment)
        except Trap:
            refused, address, size = (store.bind(self._exports[name], _STATE)() for name in ("refused", "address", "size"))
            if refused:
                raise Refused(address & 0xFFFF_FFFF, alignment, size & 0xFFFF_FFFF) from None
            raise
        return struct.unpack(f"<{count}I", host.read(0, 4 * count))

    def fetch_text(self, address: int) -> str | None:
        """Reading needs no call, so there is nothing to save."""
        return None


def _trap(trap: Any) -> PyCMError:
    code = trap.trap_code
    if code is not None and code.name in _ENDED:
        return Exhaustion(_ENDED[code.name])
    kind = _TRAPS.get(code.name, TrapKind.OTHER) if code is not None else TrapKind.OTHER
    if kind is TrapKind.STACK_OVERFLOW:
        return Exhaustion("call stack exhausted")
    text = kind.value if kind is not TrapKind.OTHER else trap.message.splitlines()[0]
    result = Trap(text, kind=kind)
    for frame in trap.frames[:MAX_FRAMES]:
        result.add_context("core function", f"{frame.func_name or frame.func_index}, at {frame.module_offset:#x} of its module")
    return result
