"""The engine `browser`: core modules on the JavaScript engine that runs Pyodide (`js.WebAssembly`).

Memory is reached through a generated bridge module, not through JavaScript: it copies between the guest's memory and Pyodide's own.
Guests suspend by JavaScript Promise Integration: `WebAssembly.promising` around the export, `WebAssembly.Suspending` around imports.
"""

from __future__ import annotations

import asyncio
import ctypes
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import js
import pyodide_js
from pyodide.ffi import JsBigInt, JsException, create_proxy, jsnull, to_js

from pycm_core.abi.memory import Memory, Mover, Refused
from pycm_core.base.errors import Exhaustion, InternalError, Invalid, Malformed, Offset, PyCMError, Trap, TrapKind, Unlinkable
from pycm_core.runtime.engine import CoreCallable, CoreInstance, CoreItem, Steps
from pycm_core.runtime.engines import bridge, transfer
from pycm_core.runtime.engines.ring import PAGES, Ring, RingOutbox
from pycm_core.runtime.store import Waiting
from pycm_core.runtime.tasks import refuse_to_wait
from pycm_core.wasm.syntax.types import FuncType, NumType, RefType, ValType

_MALFORMED = ("expected magic word", "expected version", "fell off end")
_OFFSET = re.compile(r"\s*@\+(\d+)")
_FRAME = re.compile(r"(?:at (?:\w+\.)?(\S+) \()?wasm://\S*?wasm-function\[(\d+)\]:(0x[0-9a-f]+)")
_PREFIX = re.compile(r"^(WebAssembly\.\w+\(\):\s*)+")

MAX_FRAMES = 8
"""How many guest frames a trap tells of."""

_TRAPS: tuple[tuple[str, TrapKind], ...] = (
    ("unreachable", TrapKind.UNREACHABLE),
    ("data segment", TrapKind.MEMORY_OUT_OF_BOUNDS),
    ("table initializer", TrapKind.TABLE_OUT_OF_BOUNDS),
    ("memory access out of bounds", TrapKind.MEMORY_OUT_OF_BOUNDS),
    ("out of bounds memory access", TrapKind.MEMORY_OUT_OF_BOUNDS),
    ("index out of bounds", TrapKind.MEMORY_OUT_OF_BOUNDS),
    ("table index is out of bounds", TrapKind.UNDEFINED_ELEMENT),
    ("table access out of bounds", TrapKind.TABLE_OUT_OF_BOUNDS),
    ("signature mismatch", TrapKind.INDIRECT_CALL_MISMATCH),
    ("null function", TrapKind.UNINITIALIZED_ELEMENT),
    ("indirect call", TrapKind.INDIRECT_CALL_MISMATCH),
    ("divide by zero", TrapKind.DIVIDE_BY_ZERO),
    ("remainder by zero", TrapKind.DIVIDE_BY_ZERO),
    ("divide result unrepresentable", TrapKind.INTEGER_OVERFLOW),
    ("integer overflow", TrapKind.INTEGER_OVERFLOW),
    ("float unrepresentable", TrapKind.INVALID_CONVERSION),
    ("dereferencing a null pointer", TrapKind.NULL_REFERENCE),
    ("illegal cast", TrapKind.CAST_FAILURE),
)
"""What engines say, in the order to look for it."""


class BrowserEngine:
    """Core modules on `js.WebAssembly`."""

    name = "browser"

    def __init__(self, ring: Any = None) -> None:
        """`ring` is a shared memory of `ring.PAGES` pages, where somebody looks into it to show what guests write."""
        self._shared = ring
        self._ring: Ring | None = None
        self.can_suspend = hasattr(js.WebAssembly, "Suspending")
        self._adapters: dict[bytes, Any] = {}
        self.bridge = _memory_bridge()
        self._transfer: Any = None
        self._bridge64: Any = None
        self.scratch = Scratch()

    def compile(self, binary: bytes, at: int = 0) -> Any:
        """A `WebAssembly.Module`. Raises `Malformed` or `Invalid` with the offset the engine names."""
        if not binary:
            raise Malformed("unexpected end", Offset(at))
        try:
            return js.WebAssembly.Module.new(to_js(binary))
        except JsException as error:
            message = str(error.js_error.message)
            place = _OFFSET.search(message)
            where = Offset(at + (int(place[1]) if place else 0))
            kind = Malformed if any(said in message for said in _MALFORMED) else Invalid
            raise kind(_PREFIX.sub("", _OFFSET.sub("", message)), where) from None

    def bridge64(self) -> Any:
        """The bridge module to 64-bit memories."""
        if self._bridge64 is None:
            self._bridge64 = js.WebAssembly.Module.new(to_js(bridge.memory_bridge(8)))
        return self._bridge64

    def adapter(self, binary: bytes, func: Any, **others: Any) -> Any:
        """`func` behind a generated wrapper module, which may import `others` too."""
        return self._generated(binary, {"f": func, **others}).f

    def _generated(self, binary: bytes, items: Mapping[str, Any]) -> Any:
        """The exports of a generated module, compiled once."""
        module = self._adapters.get(binary)
        if module is None:
            module = self._adapters[binary] = js.WebAssembly.Module.new(to_js(binary))
        return js.WebAssembly.Instance.new(module, _object({"": _object(items)})).exports

    def ring(self) -> Ring | None:
        """Where guests write what the host is told later; `None` where there is no multi-memory."""
        if self._ring is None and self.bridge is not None:
            host = pyodide_js._module.memory
            shared = self._shared is not None
            memory = self._shared if shared else js.WebAssembly.Memory.new(_object({"initial": PAGES, "maximum": PAGES}))
            self._ring = Ring(memory, shared, lambda binary, items: self._generated(binary, {"host": host, **items}))
        return self._ring

    def transfer(self) -> Any:
        """The module that allocates and copies (`pycm_core.runtime.engines.transfer`); `None` where there is no multi-memory."""
        if self._transfer is None and self.bridge is not None:
            self._transfer = js.WebAssembly.Module.new(to_js(transfer.module(own_memory=False)))
        return self._transfer

    def new_store(self) -> BrowserStore:
        """A place for core instances."""
        return BrowserStore(self)


def _memory_bridge() -> Any:
    """The bridge module; `None` where the JavaScript engine has no multi-memory."""
    try:
        return js.WebAssembly.Module.new(to_js(bridge.memory_bridge()))
    except JsException:
        return None


def _object(items: Mapping[str, Any]) -> Any:
    result = js.Object.new()
    for name, item in items.items():
        js.Reflect.set(result, name, item)
    return result


class BrowserInstance:
    """Exports of a core instance, by name."""

    __slots__ = ("exports",)

    def __init__(self, exports: Any) -> None:
        self.exports = exports

    def __getitem__(self, name: str) -> CoreItem:
        if not js.Reflect.has(self.exports, name):
            raise KeyError(name)
        return js.Reflect.get(self.exports, name)


class BrowserStore:
    """Core instances in JavaScript. Host functions stay alive as long as the store."""

    def __init__(self, engine: BrowserEngine) -> None:
        self._engine = engine
        self._proxies: list[Any] = []
        self._failure: BaseException | None = None
        self._run: _Run | None = None
        """The call in steps whose guest is running."""
        self._suspended: _Suspended | None = None
        """Where the guest that is running suspends next."""
        self._sleeping: dict[int, _Suspended] = {}
        """Where guests have suspended, by what their wrapper holds meanwhile."""
        self._tokens = 0
        self._done: Any = None
        self._waits: Any = None
        self._waiting: dict[str, Any] = {}
        self._outbox: RingOutbox | None = None

    def instantiate(self, module: Any, imports: Mapping[str, CoreInstance]) -> CoreInstance:
        """Instantiate, start function included."""
        given = {
            name: items.exports if isinstance(items, BrowserInstance) else _object(items)  # type: ignore[arg-type]  # what is no instance is a dict
            for name, items in imports.items()
        }
        try:
            return BrowserInstance(js.WebAssembly.Instance.new(module, _object(given)).exports)
        except Exception as error:
            raise self._fault(error) from None

    def bind(self, func: CoreItem, type: FuncType) -> CoreCallable:
        """A callable for a core function."""
        wrapped, finish = self._results(func, type)
        fault = self._fault
        wide = _needing_conversion(type.params)

        if wide or finish is not None:

            def call_wide(*args: Any) -> Any:
                if wide:
                    args = _params(args, wide)
                try:
                    result = wrapped(*args)
                except Exception as error:
                    raise fault(error) from None
                return result if finish is None else finish(result)

            return call_wide

        def call(*args: Any) -> Any:
            try:
                return wrapped(*args)
            except Exception as error:
                raise fault(error) from None

        return call

    def bind_direct(self, func: CoreItem, type: FuncType) -> tuple[CoreCallable, Callable[[Exception], BaseException] | None]:
        """The core function itself, where its values need no conversion."""
        if any(t not in (NumType.I32, NumType.F32, NumType.F64) for t in type.params + type.results) or bridge.has_floats(
            type.results
        ):
            return self.bind(func, type), None
        return func, self._fault

    def bind_steps(self, func: CoreItem, type: FuncType) -> Callable[..., Steps]:
        """The same, in steps: imports under it may wait."""
        wrapped = js.WebAssembly.promising(self._handing_over(func, type))
        wide = _needing_conversion(type.params)
        unpack = _unpacker(type.results)

        def steps(*args: Any) -> Steps:
            run = _Run()
            previous, self._run = self._run, run
            try:
                promise = wrapped(*_params(args, wide))
            finally:
                self._run = previous
            if run.results is None:
                promise.add_done_callback(_heard)
            while run.results is None:
                waiting, run.waiting = run.waiting, None
                if waiting is None:  # neither ended nor waiting: it failed
                    try:
                        yield promise
                    except Exception as error:
                        raise self._fault_in(run, error) from None
                    raise InternalError("a guest ended without results")
                result = waiting.nothing
                try:
                    result = _to_js((yield from waiting.steps), waiting.types)
                except Exception as error:
                    waiting.failure = error
                turn = run.turn = asyncio.get_running_loop().create_future()
                waiting.resolve(result)
                yield _first(turn, promise)
            return unpack(run.results)

        return steps

    def _handing_over(self, func: CoreItem, type: FuncType) -> Any:
        """`func`, which leaves its results with the call that is running."""
        if self._done is None:
            self._done = create_proxy(self._set_results)
            self._proxies.append(self._done)
        return self._engine.adapter(bridge.results_to(type), func, done=self._done)

    def _set_results(self, *results: Any) -> None:
        run, self._run = self._run, None
        assert run is not None
        run.results = results
        run.take_turn()

    def _results(self, func: CoreItem, type: FuncType) -> tuple[Any, Callable[[Any], Any] | None]:
        if type.results == (NumType.I64,):
            return func, int  # from `JsBigInt`, whose arithmetic gives `JsBigInt` again
        if len(type.results) > 1:
            return self._several(func, type), None
        if type.results and isinstance(type.results[0], RefType):
            return func, _reference_from_js
        if not bridge.has_floats(type.results):
            return func, None
        unpack = _FROM_BITS[type.results[0]]
        return self._engine.adapter(bridge.bits_of_results(type), func), unpack

    def _several(self, func: CoreItem, type: FuncType) -> Callable[..., Any]:
        wrapped, unpack = self._handing_over(func, type), _unpacker(type.results)

        def call(*args: Any) -> Any:
            run = _Run()
            previous, self._run = self._run, run
            try:
                wrapped(*args)
            finally:
                self._run = previous
            return unpack(run.results or ())

        return call

    def host_func(self, type: FuncType, call: CoreCallable, suspends: bool = False) -> CoreItem:
        """A core function that calls Python."""
        converted: Conversions = [(i, convert) for i, t in enumerate(type.params) if (convert := _from_js(t))]
        results = type.results
        special = len(results) > 1 or bool(_needing_conversion(results))
        suspends = suspends and self._engine.can_suspend
        nothing = _to_js(0 if len(results) == 1 else (0,) * len(results), results)

        def enter(*args: Any) -> Any:
            run = self._run
            try:
                outbox = self._outbox
                if outbox is not None and outbox.pending[0]:
                    outbox.flush()
                if converted:
                    values = list(args)
                    for i, unpack in converted:
                        values[i] = unpack(values[i])
                    args = tuple(values)
                result = call(*args)
                if result.__class__ is Waiting:
                    if not suspends or run is None:
                        refuse_to_wait(next(result.rest()))
                    self._suspend(run, _Suspended(run, result, results, nothing))
                    return nothing
                return _to_js(result, results) if special else result
            except BaseException as error:
                self._fail(run, error)
                raise

        proxy = create_proxy(enter)
        self._proxies.append(proxy)
        # Wrapping also turns the proxy into a real core function, which aliases and tables demand.
        if suspends:
            return self._engine.adapter(bridge.waiting_when_asked(type), proxy, **self._suspending())
        return self._engine.adapter(bridge.bits_of_params(type), proxy)

    def _suspending(self) -> dict[str, Any]:
        """What suspends the guest that is running, what it calls when it goes on, and the global that says whether to suspend."""
        if not self._waiting:
            wait, resumed = create_proxy(self._promise), create_proxy(self._resumed)
            self._proxies += wait, resumed
            self._waits = js.WebAssembly.Global.new(_object({"value": "i32", "mutable": True}), 0)
            self._waiting = {"wait": js.WebAssembly.Suspending.new(wait), "resumed": resumed, "waits": self._waits}
        return self._waiting

    def _suspend(self, run: _Run, here: _Suspended) -> None:
        """Let the guest that is running suspend as soon as its host function has returned."""
        self._run = None
        self._suspended = run.waiting = here
        self._tokens = self._tokens % 0x7FFF_FFFF + 1
        self._sleeping[self._tokens] = here
        self._waits.value = self._tokens
        run.take_turn()

    def _promise(self) -> Any:
        assert self._suspended is not None
        return self._suspended.promise

    def _resumed(self, token: int) -> None:
        """A guest goes on: from here on it is the one that is running. Raises what its host function raised."""
        here = self._sleeping.pop(token)
        self._run = here.run
        if here.resumed is not None:
            here.resumed()
        if here.failure is not None:
            self._fail(here.run, here.failure)
            raise here.failure

    def _fail(self, run: _Run | None, error: BaseException) -> None:
        """Note what a host function raises: JavaScript does not hand it back as it was."""
        self._failure = error
        if run is not None:
            run.failure = error

    def _fault_in(self, run: _Run, error: Exception) -> BaseException:
        """The same as `_fault` for a call whose guest may have run in a moment of its own."""
        if run.failure is None:
            return self._fault_of(error)
        if self._failure is run.failure:
            self._failure = None
        return run.failure

    def _fault(self, error: Exception) -> BaseException:
        """What a failed call into JavaScript really was: a host function's exception, a trap, or exhaustion."""
        failure, self._failure = self._failure, None
        if self._run is not None:
            self._run.failure = None
        return self._fault_of(error) if failure is None else failure

    def _fault_of(self, error: Exception) -> BaseException:
        if isinstance(error, SystemError):  # what Pyodide raises at an object of the guest's collector
            return Trap("this reference cannot be handed to Python", kind=TrapKind.UNSUPPORTED)
        if not isinstance(error, JsException):
            return error
        if str(error.js_error.name) == "SuspendError":
            return self._refused()
        fault = fault_of(str(error.js_error.name), str(error.js_error.message))
        for frame in guest_frames(str(error.js_error.stack)):
            fault.add_context("core function", frame)
        return fault

    def _refused(self) -> BaseException:
        """A guest was to suspend with JavaScript under it, in a call that is not made in steps."""
        suspended, self._suspended = self._suspended, None
        assert suspended is not None
        self._run = suspended.run
        self._run.waiting = None
        del self._sleeping[self._tokens]
        try:
            refuse_to_wait(next(suspended.steps))
        except Trap as trap:
            return trap

    def memory(self, memory: CoreItem) -> Memory:
        """Access to a linear memory."""
        engine = self._engine
        if engine.bridge is None:
            return ViewedMemory(memory)
        imports = _object({"": _object({"guest": memory, "host": pyodide_js._module.memory})})
        try:
            exports = js.WebAssembly.Instance.new(engine.bridge, imports).exports
        except JsException:
            exports = js.WebAssembly.Instance.new(engine.bridge64(), imports).exports
            return BrowserMemory64(memory, exports, engine.scratch)
        return BrowserMemory(memory, exports, engine.scratch)

    def outbox(self) -> RingOutbox | None:
        """Where guests write what the host is told later."""
        ring = self._engine.ring()
        if self._outbox is None and ring is not None:
            self._outbox = RingOutbox(ring)
        return self._outbox

    def close(self) -> None:
        """Let go of the host functions. They hold guests, which hold them, across two heaps of which neither sees the whole circle."""
        for proxy in self._proxies:
            proxy.destroy()
        self._proxies.clear()

    def mover(self, memory: CoreItem, realloc: CoreItem) -> Mover | None:
        """A memory with its `realloc`, where there is multi-memory."""
        module = self._engine.transfer()
        if module is None:
            return None
        items = {"guest": memory, "host": pyodide_js._module.memory, "realloc": realloc}
        try:
            exports = js.WebAssembly.Instance.new(module, _object({"": _object(items)})).exports
        except JsException:  # a 64-bit memory
            return None
        return BrowserMover(exports, self._engine.scratch, self._fault)


class _Run:
    """One call in steps: its results, or the host function that waits in it; `turn` is done when there is one or the other."""

    __slots__ = ("failure", "results", "turn", "waiting")

    def __init__(self) -> None:
        self.results: tuple[Any, ...] | None = None
        self.waiting: _Suspended | None = None
        self.turn: asyncio.Future[None] | None = None
        self.failure: BaseException | None = None

    def take_turn(self) -> None:
        if self.turn is not None and not self.turn.done():
            self.turn.set_result(None)


class _Suspended:
    """A host function that waits in `run`: its steps, and the promise its guest is suspended on."""

    __slots__ = ("failure", "nothing", "promise", "resolve", "resumed", "run", "steps", "types")

    def __init__(self, run: _Run, waiting: Waiting, types: tuple[ValType, ...], nothing: Any) -> None:
        ends = js.Promise.withResolvers()
        self.run = run
        self.promise, self.resolve = ends.promise, ends.resolve
        self.steps = waiting.rest()
        self.resumed = waiting.resumed
        self.types = types
        self.nothing = nothing
        self.failure: Exception | None = None


def _heard(promise: Any) -> None:
    """A guest that fails after its call was given up complains to nobody."""
    if not promise.cancelled():
        promise.exception()


async def _first(turn: asyncio.Future[None], promise: Any) -> None:
    """Until the guest suspends again or ends; what ends it early is found later, in `promise`."""
    await asyncio.wait((turn, asyncio.ensure_future(promise)), return_when=asyncio.FIRST_COMPLETED)


def _to_js(result: Any, types: tuple[ValType, ...]) -> Any:
    """Results of a host function, as JavaScript wants them."""
    if len(types) == 1:
        return result if not _needing_conversion(types) else _value_to_js(types[0])(result)
    if not types:
        return None
    return to_js(list(_params(tuple(result), _needing_conversion(types))))


def _unpacker(types: tuple[ValType, ...]) -> Callable[[tuple[Any, ...]], Any]:
    """Results that were handed over, as the protocol has them."""
    unpack = [_from_js(t) for t in types]

    def values(raw: tuple[Any, ...]) -> Any:
        found = tuple([v if f is None else f(v) for v, f in zip(raw, unpack, strict=True)])
        return found if len(found) > 1 else found[0] if found else None

    return values


def fault_of(name: str, message: str) -> PyCMError:
    """The error behind a JavaScript one."""
    if (name == "RangeError" and "call stack" in message) or (name == "InternalError" and "recursion" in message):
        return Exhaustion("call stack exhausted")
    if "Out of memory" in message:
        return Exhaustion("no room for the memory of an instance", hint="close what is not needed any more")
    if name == "LinkError":
        return Unlinkable(_PREFIX.sub("", message))
    for said, kind in _TRAPS:
        if said in message:
            return Trap(kind.value, kind=kind)
    if name == "Exception" or "wasm exception" in message:
        return Trap(TrapKind.UNCAUGHT_EXCEPTION.value, kind=TrapKind.UNCAUGHT_EXCEPTION)
    return Trap(message)


def guest_frames(stack: str) -> list[str]:
    """The innermost core functions of a JavaScript stack, up to the first frame that is none: below that, it is Python's own."""
    frames: list[str] = []
    for line in stack.splitlines():
        frame = _FRAME.search(line)
        if frame is not None and len(frames) < MAX_FRAMES:
            frames.append(f"{frame[1] or frame[2]}, at {frame[3]} of its module")
        elif frames:
            break
    return frames


Conversions = list[tuple[int, Callable[[Any], Any]]]
"""At which place, what."""


def _needing_conversion(types: tuple[ValType, ...]) -> Conversions:
    """What parameters need on their way to JavaScript."""
    return [(i, _value_to_js(t)) for i, t in enumerate(types) if t is NumType.I64 or isinstance(t, RefType)]


def _params(args: tuple[Any, ...], wide: Conversions) -> tuple[Any, ...]:
    values = list(args)
    for i, convert in wide:
        values[i] = convert(values[i])
    return tuple(values)


def _value_to_js(type: ValType) -> Callable[[Any], Any]:
    return _big if type is NumType.I64 else _reference_to_js


def _big(value: int) -> Any:
    return JsBigInt(_signed64(value))


def _reference_to_js(value: Any) -> Any:
    return jsnull if value is None else value


def _reference_from_js(value: Any) -> Any:
    return None if value is jsnull else value


def _from_js(type: ValType) -> Callable[[Any], Any] | None:
    """What values need on their way from JavaScript."""
    return _reference_from_js if isinstance(type, RefType) else _FROM_JS.get(type)


def _signed64(value: int) -> int:
    return value - (1 << 64) if value >> 63 == 1 else value


_FROM_BITS: dict[ValType, Callable[[int], float]] = {
    NumType.F32: lambda bits: struct.unpack("<f", struct.pack("<I", bits & 0xFFFF_FFFF))[0],
    NumType.F64: lambda bits: struct.unpack("<d", struct.pack("<Q", bits & 0xFFFF_FFFF_FFFF_FFFF))[0],
}
_FROM_JS: dict[ValType, Callable[[Any], Any]] = {**_FROM_BITS, NumType.I64: int}
"""What parameters of host functions need; `int` for `JsBigInt`s."""


class Scratch:
    """A buffer of fixed address in Pyodide's memory, for short copies."""

    SIZE = 65_536

    __slots__ = ("address", "view")

    def __init__(self) -> None:
        buffer = (ctypes.c_char * self.SIZE)()
        self.address = ctypes.addressof(buffer)
        self.view = memoryview(buffer).cast("B")


class BrowserMemory:
    """A guest's memory through the bridge."""

    __slots__ = ("_memory", "_pages", "_read", "_scratch", "_write")
    ptr = 4

    def __init__(self, memory: Any, exports: Any, scratch: Scratch) -> None:
        self._memory = memory
        self._read = exports.read
        self._write = exports.write
        self._pages = exports.pages
        self._scratch = scratch

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BrowserMemory) and bool(self._memory == other._memory)

    __hash__ = None  # type: ignore[assignment]  # JavaScript's objects have none

    def size(self) -> int:
        """Bytes now."""
        return self._pages() << 16  # type: ignore[no-any-return]  # JavaScript knows no types

    def read(self, address: int, count: int) -> bytes:
        """A copy of `count` bytes."""
        try:
            if count <= Scratch.SIZE:
                self._read(self._scratch.address, address, count)
                return bytes(self._scratch.view[:count])
            if address + count > self.size():
                raise out_of_bounds(self, address, count)
            buffer = bytes(count)  # nobody else has it yet, so it may still be filled
            self._read(address_of(buffer), address, count)
            return buffer
        except JsException:
            raise out_of_bounds(self, address, count) from None

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of `data`."""
        count = len(data)
        try:
            if count <= Scratch.SIZE:
                self._scratch.view[:count] = data
                self._write(address, self._scratch.address, count)
            else:
                raw = data if isinstance(data, bytes) else bytes(data)
                self._write(address, address_of(raw), count)
        except JsException:
            raise out_of_bounds(self, address, count) from None


def address_of(data: bytes) -> int:
    """Where in the interpreter's memory the bytes are, for as long as `data` lives."""
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0


class BrowserMover:
    """A guest's memory with its `realloc`, through the transfer module."""

    __slots__ = ("_exports", "_fault", "_fetch", "_place", "_place_all", "_scratch", "_start", "_view")

    def __init__(self, exports: Any, scratch: Scratch, fault: Callable[[Exception], BaseException]) -> None:
        self._exports = exports
        self._place = exports.place
        self._place_all = exports.place_all
        self._fetch = exports.fetch
        self._scratch = scratch
        self._view = scratch.view
        self._start = scratch.address
        self._fault = fault

    def place(self, alignment: int, data: bytes | bytearray | memoryview) -> int:
        """Allocate and write, in one crossing."""
        count = len(data)
        try:
            if count <= Scratch.SIZE:
                self._view[:count] = data
                address: int = self._place(self._start, count, alignment)
            else:
                raw = data if isinstance(data, bytes) else bytes(data)
                address = self._place(address_of(raw), count, alignment)
        except Exception as error:
            raise self._failed(error, alignment) from None
        return address & 0xFFFF_FFFF

    def place_all(self, alignment: int, pieces: Sequence[bytes]) -> Sequence[int]:
        """Allocate and write all of them, in one crossing."""
        count = len(pieces)
        raw = b"".join([struct.pack(f"<{count}I", *map(len, pieces)), *pieces])
        buffer = bytearray(raw)
        held = ctypes.c_char.from_buffer(buffer) if buffer else None
        start = 0 if held is None else ctypes.addressof(held)
        try:
            self._place_all(start, count, start + 4 * count, alignment)
        except Exception as error:
            raise self._failed(error, alignment) from None
        return struct.unpack_from(f"<{count}I", buffer)

    def fetch_text(self, address: int) -> str | None:
        """A short UTF-8 string, in one crossing."""
        if address & 3:
            return None
        try:
            length = self._fetch(address, self._start, Scratch.SIZE)
        except Exception as error:
            self._fault(error)
            return None
        if not 0 <= length <= Scratch.SIZE:
            return None
        try:
            return str(self._view[:length], "utf-8")
        except UnicodeDecodeError:
            return None

    def _failed(self, error: Exception, alignment: int) -> BaseException:
        fault = self._fault(error)
        if not self._exports.refused():
            return fault
        return Refused(self._exports.address() & 0xFFFF_FFFF, alignment, self._exports.size() & 0xFFFF_FFFF)


class BrowserMemory64(BrowserMemory):
    """A guest's 64-bit memory: JavaScript wants its addresses as big integers."""

    __slots__ = ()
    ptr = 8

    def __init__(self, memory: Any, exports: Any, scratch: Scratch) -> None:
        super().__init__(memory, exports, scratch)
        read, write = self._read, self._write
        self._read = lambda host, guest, count: read(host, JsBigInt(guest), count)
        self._write = lambda guest, host, count: write(JsBigInt(guest), host, count)


class ViewedMemory:
    """A guest's memory through JavaScript's typed arrays, where there is no bridge."""

    __slots__ = ("_memory",)
    ptr = 4

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ViewedMemory) and bool(self._memory == other._memory)

    __hash__ = None  # type: ignore[assignment]  # JavaScript's objects have none

    def __init__(self, memory: Any) -> None:
        self._memory = memory

    def size(self) -> int:
        """Bytes now."""
        return self._memory.buffer.byteLength  # type: ignore[no-any-return]  # JavaScript knows no types

    def _view(self, address: int, count: int) -> Any:
        if address + count > self.size():
            raise out_of_bounds(self, address, count)
        return js.Uint8Array.new(self._memory.buffer, address, count)

    def read(self, address: int, count: int) -> bytes:
        """A copy of `count` bytes."""
        return self._view(address, count).to_bytes()  # type: ignore[no-any-return]  # JavaScript knows no types

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of `data`."""
        if len(data):
            self._view(address, len(data)).assign(data)


def out_of_bounds(memory: Memory, address: int, count: int) -> Trap:
    """The trap of an access beyond the end."""
    return Trap(
        f"out of bounds memory access: {count} bytes at {address:#x}, the memory has {memory.size():#x}",
        kind=TrapKind.MEMORY_OUT_OF_BOUNDS,
    )
