"""One list of cases for the engine protocol (`pycm_core.runtime.engine`); every engine passes every one of them.

A case is a function of an engine; where guests wait, a coroutine function. Modules are written as text and encoded by our own encoder, so that
the same file runs wherever Python does.
"""

from __future__ import annotations

import asyncio
import math
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import iscoroutinefunction
from typing import Any

from pycm_core.abi.memory import Refused
from pycm_core.base.errors import Exhaustion, Invalid, Malformed, PyCMError, Trap, TrapKind, Unlinkable
from pycm_core.base.source import Source
from pycm_core.runtime.store import drive_maybe, drive_waiting
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.syntax.types import FuncType, HeapKind, NumType, RefType
from pycm_core.wasm.text.module import parse

I32, I64, F32, F64 = NumType.I32, NumType.I64, NumType.F32, NumType.F64
EXTERN, FUNC = RefType(True, HeapKind.EXTERN), RefType(True, HeapKind.FUNC)
NOTHING = FuncType((), ())

CASES: dict[str, Callable[[Any], Any]] = {}


def case(func: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One more case, named after its function."""
    CASES[func.__name__] = func
    return func


async def run(name: str, engine: Any) -> None:
    """Run one case. Raises `AssertionError` with what was found."""
    found = CASES[name](engine)
    if iscoroutinefunction(CASES[name]):
        await found


def binary(text: str) -> bytes:
    """A module written as text."""
    return encode(parse(Source(text, "case")))


class Place:
    """A store, and how to fill it."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.store = engine.new_store()

    def __call__(self, text: str, **imports: Any) -> Any:
        """An instance of the module; `imports` come under the name `""`."""
        return self.store.instantiate(self.engine.compile(binary(text)), {"": imports})

    def func(self, text: str, params: tuple[Any, ...] = (), results: tuple[Any, ...] = (), **imports: Any) -> Callable[..., Any]:
        """The export `f` of the module, to be called."""
        return self.store.bind(self(text, **imports)["f"], FuncType(params, results))

    def steps(self, text: str, params: tuple[Any, ...] = (), results: tuple[Any, ...] = (), **imports: Any) -> Callable[..., Any]:
        """The same, in steps."""
        return self.store.bind_steps(self(text, **imports)["f"], FuncType(params, results))

    def host(self, params: tuple[Any, ...], results: tuple[Any, ...], call: Callable[..., Any], suspends: bool = False) -> Any:
        return self.store.host_func(FuncType(params, results), call, suspends)


@contextmanager
def raises(error: type[BaseException], kind: TrapKind | None = None) -> Iterator[list[BaseException]]:
    """The block raises this error (a trap of this kind); the list gets it."""
    caught: list[BaseException] = []
    try:
        yield caught
    except error as found:
        assert type(found) is error, found
        assert kind is None or found.kind is kind, f"expected {kind}, found {found.kind}: {found}"
        caught.append(found)
    else:
        raise AssertionError(f"expected {error.__name__} {kind}, found none")


def same(found: Any, expected: Any) -> bool:
    """Equal, the sign of zero included, and any NaN like any other."""
    if isinstance(expected, tuple):
        return isinstance(found, tuple) and len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, float):
        if expected != expected:
            return isinstance(found, float) and found != found
        return isinstance(found, float) and struct.pack("<d", found) == struct.pack("<d", expected)
    return bool(found == expected)


def modulo(found: int, bits: int) -> int:
    """An integer as the protocol lets it be read."""
    return found & ((1 << bits) - 1)


MERGED = {
    "wasmtime": {TrapKind.UNDEFINED_ELEMENT: {TrapKind.TABLE_OUT_OF_BOUNDS}},  # one trap code for both
    "browser": {
        TrapKind.TABLE_OUT_OF_BOUNDS: {TrapKind.UNDEFINED_ELEMENT},  # "table index is out of bounds" is both
        TrapKind.INTEGER_OVERFLOW: {TrapKind.INVALID_CONVERSION},  # "float unrepresentable in integer range" is both
        TrapKind.INVALID_CONVERSION: {TrapKind.INTEGER_OVERFLOW},
    },
}
"""Kinds that an engine's messages do not tell apart."""


def same_kind(engine: Any, found: TrapKind, kind: TrapKind) -> bool:
    """Whether `found` is what the engine can say of a trap of this kind."""
    return found is kind or found in MERGED.get(engine.name, {}).get(kind, ())


# --- instances ----------------------------------------------------------------------------------------------------------


@case
def exports_are_found_by_name(engine: Any) -> None:
    instance = Place(engine)('(module (func (export "f")) (memory (export "mémoire") 1))')
    assert instance["f"] is not None
    assert instance["mémoire"] is not None
    for name in ("g", "", "F"):
        with raises(KeyError):
            instance[name]


@case
def start_functions_run(engine: Any) -> None:
    place, seen = Place(engine), []
    place('(module (import "" "h" (func $h)) (start $h))', h=place.host((), (), lambda: seen.append(1)))
    assert seen == [1]
    with raises(Trap, TrapKind.UNREACHABLE):
        place("(module (func $f unreachable) (start $f))")


@case
def segments_that_do_not_fit_trap(engine: Any) -> None:
    place = Place(engine)
    with raises(Trap, TrapKind.MEMORY_OUT_OF_BOUNDS):
        place('(module (memory 1) (data (i32.const 65536) "x"))')
    with raises(Trap) as caught:
        place("(module (table 1 funcref) (func $f) (elem (i32.const 1) $f))")
    assert same_kind(engine, caught[0].kind, TrapKind.TABLE_OUT_OF_BOUNDS)


@case
def imports_must_be_there_and_fit(engine: Any) -> None:
    place = Place(engine)
    host = place.host((), (), lambda: None)
    with raises(Unlinkable):
        place('(module (import "" "missing" (func)))', h=host)
    with raises(Unlinkable):
        place('(module (import "" "h" (func (param i32))))', h=host)
    with raises(Unlinkable):
        place('(module (import "" "h" (memory 1)))', h=host)
    with raises(Unlinkable):
        place('(module (import "" "m" (memory 2)))', m=place('(module (memory (export "m") 1))')["m"])


@case
def what_is_no_module_is_refused(engine: Any) -> None:
    for data in (b"", b"\0asm", b"\0wasm\0\0\0", b"\0asm\x0d\0\x01\0"):
        with raises(Malformed):
            engine.compile(data)
    with raises(Invalid) as caught:
        engine.compile(binary("(module (func (result i32)))"), 1000)
    assert caught[0].where.at > 1000


@case
def items_pass_from_exports_to_imports(engine: Any) -> None:
    place = Place(engine)
    one = place(
        """(module (memory (export "m") 1) (table (export "t") 2 funcref) (global (export "g") (mut i32) (i32.const 7))
             (func (export "f") (result i32) (i32.load (i32.const 4))) (elem (i32.const 1) func 0))"""
    )
    f = place.func(
        """(module (import "" "m" (memory 1)) (import "" "t" (table 2 funcref)) (import "" "g" (global $g (mut i32)))
             (import "" "f" (func $f (result i32))) (type $t (func (result i32)))
             (func (export "f") (result i32 i32 i32)
               (i32.store (i32.const 4) (i32.const 41)) (global.set $g (i32.add (global.get $g) (i32.const 1)))
               (call $f) (call_indirect (type $t) (i32.const 1)) (global.get $g)))""",
        (),
        (I32, I32, I32),
        **{name: one[name] for name in "mtgf"},
    )
    assert f() == (41, 41, 8)
    assert f() == (41, 41, 9)


# --- memories, tables ---------------------------------------------------------------------------------------------------


@case
def memories_are_read_and_written(engine: Any) -> None:
    place = Place(engine)
    instance = place(
        """(module (memory (export "m") 3 5) (func (export "f") (param i32) (result i32) (i32.load8_u (local.get 0)))
             (func (export "grow") (result i32) (memory.grow (i32.const 1))))"""
    )
    memory = place.store.memory(instance["m"])
    byte = place.store.bind(instance["f"], FuncType((I32,), (I32,)))
    grow = place.store.bind(instance["grow"], FuncType((), (I32,)))
    assert memory.ptr == 4
    assert memory.size() == 3 * 65536
    assert memory.read(10, 4) == bytes(4)
    for data in (b"", b"a", b"four", bytes(range(256)) * 700):  # also more than one page
        memory.write(5, data)
        assert memory.read(5, len(data)) == data
        assert not data or byte(5) == data[0]
    memory.write(3 * 65536 - 3, memoryview(bytearray(b"end")))
    assert memory.read(3 * 65536 - 3, 3) == b"end"
    assert memory.read(3 * 65536, 0) == b""
    for address, count in ((3 * 65536, 1), (3 * 65536 - 1, 2), (0xFFFF_FFFF, 1), (0, 3 * 65536 + 1), (100_000, 100_000)):
        with raises(Trap, TrapKind.MEMORY_OUT_OF_BOUNDS):
            memory.read(address, count)
        with raises(Trap, TrapKind.MEMORY_OUT_OF_BOUNDS):
            memory.write(address, bytes(count))
    assert memory.read(3 * 65536 - 3, 3) == b"end", "a write that traps changes nothing"
    assert grow() == 3
    assert memory.size() == 4 * 65536
    assert memory.read(3 * 65536 - 3, 4) == b"end\0"
    memory.write(4 * 65536 - 1, b"!")
    assert byte(4 * 65536 - 1) == ord("!")
    assert grow() == 4
    assert modulo(grow(), 32) == 0xFFFF_FFFF
    assert place.store.memory(instance["m"]) == memory
    assert place.store.memory(place('(module (memory (export "m") 1))')["m"]) != memory


@case
def memories_of_64_bits(engine: Any) -> None:
    place = Place(engine)
    instance = place('(module (memory (export "m") i64 1) (func (export "f") (result i64) (memory.size)))')
    memory = place.store.memory(instance["m"])
    assert memory.ptr == 8
    memory.write(65533, b"end")
    assert memory.read(65532, 4) == b"\0end"
    with raises(Trap, TrapKind.MEMORY_OUT_OF_BOUNDS):
        memory.read(65534, 3)
    assert memory.size() == 65536


@case
def movers_allocate_and_copy(engine: Any) -> None:
    place = Place(engine)
    instance = place(
        """(module (memory (export "m") 4) (global $at (mut i32) (i32.const 1024))
             (func (export "realloc") (param i32 i32 i32 i32) (result i32)
               (if (i32.eq (local.get 3) (i32.const 13)) (then (return (i32.const 1027))))
               (if (i32.eq (local.get 3) (i32.const 14)) (then (return (i32.const -16))))
               (if (i32.eq (local.get 3) (i32.const 15)) (then (unreachable)))
               (global.get $at)
               (global.set $at (i32.and (i32.const -16) (i32.add (i32.const 16) (i32.add (local.get 3) (global.get $at)))))))"""
    )
    memory, mover = place.store.memory(instance["m"]), place.store.mover(instance["m"], instance["realloc"])
    if mover is None:
        return
    at = mover.place(8, b"hello")
    assert memory.read(at, 5) == b"hello"
    large = bytes(range(256)) * 300
    assert memory.read(mover.place(1, large), len(large)) == large
    places = mover.place_all(1, [b"one", b"", b"three"])
    assert [memory.read(at, count) for at, count in zip(places, (3, 0, 5), strict=True)] == [b"one", b"", b"three"]
    for count in (13, 14):
        with raises(Refused):
            mover.place(4, bytes(count))
    with raises(Trap, TrapKind.UNREACHABLE):
        mover.place(4, bytes(15))
    memory.write(0, struct.pack("<II", at, 5))
    assert mover.fetch_text(0) in ("hello", None)  # `None` sends one the long way
    memory.write(0, struct.pack("<II", 0xFFFF_FFFF, 5))
    assert mover.fetch_text(0) is None


@case
def host_functions_stand_in_tables(engine: Any) -> None:
    place, seen = Place(engine), []
    f = place.func(
        """(module (import "" "h" (func $h (param i32) (result i32))) (type $t (func (param i32) (result i32))) (table 3 funcref)
             (elem (i32.const 1) $h)
             (func (export "f") (param i32) (result i32) (call_indirect (type $t) (i32.const 5) (local.get 0))))""",
        (I32,),
        (I32,),
        h=place.host((I32,), (I32,), lambda x: seen.append(x) or x + 1),
    )
    assert f(1) == 6
    assert seen == [5]
    for index in (2, 3):  # an empty place, and none
        with raises(Trap):
            f(index)


# --- values -------------------------------------------------------------------------------------------------------------

VALUES: dict[Any, tuple[Any, ...]] = {
    I32: (0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF),
    I64: (0, 1, 1 << 32, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF),
    F32: (0.0, -0.0, 1.5, math.inf, -math.inf, math.nan, 1.401298464324817e-45, 3.4028234663852886e38),
    F64: (0.0, -0.0, 0.1, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308),
}


def as_type(type: Any, value: Any) -> Any:
    return modulo(value, int(type.value[1:])) if type in (I32, I64) else value


@case
def values_of_each_type_cross(engine: Any) -> None:
    """Through a guest and back; through a guest to a host function and back."""
    place = Place(engine)
    for type, values in VALUES.items():
        word, seen = type.value, []
        echo = place.func(f'(module (func (export "f") (param {word}) (result {word}) (local.get 0)))', (type,), (type,))
        through = place.func(
            f"""(module (import "" "h" (func $h (param {word}) (result {word})))
                  (func (export "f") (param {word}) (result {word}) (call $h (local.get 0))))""",
            (type,),
            (type,),
            h=place.host((type,), (type,), lambda x, seen=seen: seen.append(x) or x),
        )
        for value in values:
            assert same(as_type(type, echo(value)), value), f"{word} {value}: {echo(value)}"
            assert same(as_type(type, through(value)), value), f"{word} {value} through the host: {through(value)}"
            assert same(as_type(type, seen.pop()), value)


@case
def integers_may_be_signed_or_not(engine: Any) -> None:
    place = Place(engine)
    for type, bits in ((I32, 32), (I64, 64)):
        word = type.value
        f = place.func(
            f"""(module (import "" "h" (func $h (result {word})))
                  (func (export "f") (param {word}) (result {word} {word}) (local.get 0) (call $h)))""",
            (type,),
            (type, type),
            h=place.host((), (type,), lambda: -2),
        )
        for value in (-1, (1 << bits) - 1, -(1 << (bits - 1)), 1 << (bits - 1)):
            first, second = f(value)
            assert modulo(first, bits) == modulo(value, bits)
            assert modulo(second, bits) == (1 << bits) - 2


@case
def many_values_at_once(engine: Any) -> None:
    place = Place(engine)
    types, words = (I32, I64, F32, F64, I64), "i32 i64 f32 f64 i64"
    seen: list[Any] = []

    def turn(*args: Any) -> Any:
        seen.append(args)
        return args

    f = place.func(
        f"""(module (import "" "h" (func $h (param {words}) (result {words})))
              (func (export "f") (param {words}) (result {words})
                (call $h (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4))))""",
        types,
        types,
        h=place.host(types, types, turn),
    )
    values = (1, 1 << 40, -0.0, math.nan, (1 << 63) - 1)
    assert same(f(*values), values)
    assert same(seen, [values]) or same(seen[0], values)


@case
def no_results_are_none(engine: Any) -> None:
    place = Place(engine)
    seen: list[Any] = []
    f = place.func(
        '(module (import "" "h" (func $h)) (func (export "f") (call $h)))', h=place.host((), (), lambda: seen.append(1))
    )
    assert f() is None
    assert seen == [1]


@case
def references_cross(engine: Any) -> None:
    place = Place(engine)
    echo = place.func(
        """(module (table $t 1 externref) (func (export "f") (param externref) (result externref i32)
             (table.set $t (i32.const 0) (local.get 0)) (table.get $t (i32.const 0)) (ref.is_null (local.get 0))))""",
        (EXTERN,),
        (EXTERN, I32),
    )
    assert echo(5) == (5, 0)
    assert echo(None) == (None, 1)
    one = place(
        """(module (table $t 1 funcref) (type $i (func (result i32))) (elem declare func $seven) (func $seven (result i32) (i32.const 7))
             (func (export "get") (result funcref) (ref.func $seven)) (func (export "null") (result funcref) (ref.null func))
             (func (export "f") (param funcref) (result i32)
               (table.set $t (i32.const 0) (local.get 0)) (call_indirect (type $i) (i32.const 0))))"""
    )
    get, null = (place.store.bind(one[name], FuncType((), (FUNC,))) for name in ("get", "null"))
    f = place.store.bind(one["f"], FuncType((FUNC,), (I32,)))
    assert null() is None
    assert f(get()) == 7
    with raises(Trap):
        f(None)


# --- faults -------------------------------------------------------------------------------------------------------------

TRAPS = {
    "(unreachable)": TrapKind.UNREACHABLE,
    "(drop (i32.load (i32.const -1)))": TrapKind.MEMORY_OUT_OF_BOUNDS,
    "(memory.fill (i32.const 0) (i32.const 0) (i32.const 65537))": TrapKind.MEMORY_OUT_OF_BOUNDS,
    "(drop (i32.div_s (i32.const 1) (i32.const 0)))": TrapKind.DIVIDE_BY_ZERO,
    "(drop (i64.rem_u (i64.const 1) (i64.const 0)))": TrapKind.DIVIDE_BY_ZERO,
    "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))": TrapKind.INTEGER_OVERFLOW,
    "(drop (i32.trunc_f64_s (f64.const 1e10)))": TrapKind.INTEGER_OVERFLOW,
    "(drop (i32.trunc_f32_s (f32.const nan)))": TrapKind.INVALID_CONVERSION,
    "(drop (table.get $t (i32.const 2)))": TrapKind.TABLE_OUT_OF_BOUNDS,
    "(call_indirect (type $i) (i32.const 2))": TrapKind.UNDEFINED_ELEMENT,
    "(call_indirect (type $i) (i32.const 0))": TrapKind.UNINITIALIZED_ELEMENT,
    "(call_indirect (type $i) (i32.const 1) (i32.const 1))": TrapKind.INDIRECT_CALL_MISMATCH,
}


@case
def traps_have_their_kind(engine: Any) -> None:
    place = Place(engine)
    for body, kind in TRAPS.items():
        text = body.replace("(type $i) (i32.const 1) (i32.const 1)", "(type $j) (i32.const 1) (i32.const 1)")
        f = place.func(
            f"""(module (memory 1) (table $t 2 funcref) (type $i (func)) (type $j (func (param i32))) (func $g) (elem (i32.const 1) $g)
                  (func (export "f") {text}))"""
        )
        for _ in range(2):  # a trap leaves the instance usable
            with raises(Trap) as caught:
                f()
            assert same_kind(engine, caught[0].kind, kind), f"{body}: expected {kind}, found {caught[0].kind}"


@case
def endless_recursion_is_exhaustion(engine: Any) -> None:
    place = Place(engine)
    instance = place('(module (func $f (export "f") (call $f)) (func (export "g") (result i32) (i32.const 5)))')
    f, g = place.store.bind(instance["f"], NOTHING), place.store.bind(instance["g"], FuncType((), (I32,)))
    with raises(Exhaustion):
        f()
    assert g() == 5


class Odd(Exception):
    """No error of ours."""


class Stop(BaseException):
    """What stops a run, as `KeyboardInterrupt` does."""


@case
def errors_of_host_functions_come_out(engine: Any) -> None:
    for error in (Odd("a"), Trap("b", kind=TrapKind.HOST), Stop("c")):
        place = Place(engine)

        def fail(error: BaseException = error) -> None:
            raise error

        inner = place('(module (import "" "h" (func $h)) (func (export "f") (call $h)))', h=place.host((), (), fail))
        again = place.host((), (), place.store.bind(inner["f"], NOTHING))
        f = place.func('(module (import "" "h" (func $h)) (func (export "f") (call $h)))', h=again)
        for _ in range(2):
            try:
                f()
            except BaseException as found:
                assert found is error, repr(found)
            else:
                raise AssertionError("nothing was raised")


@case
def direct_calls_fail_in_their_own_way(engine: Any) -> None:
    place = Place(engine)
    instance = place('(module (func (export "f") (param i32) (result i32) (i32.div_u (i32.const 8) (local.get 0))))')
    call, fault = place.store.bind_direct(instance["f"], FuncType((I32,), (I32,)))
    assert call(2) == 4
    try:
        call(0)
    except Exception as error:
        raised = error if fault is None else fault(error)
    assert isinstance(raised, Trap)
    assert raised.kind is TrapKind.DIVIDE_BY_ZERO


# --- waiting ------------------------------------------------------------------------------------------------------------


def later(call: Callable[..., Any], turns: int = 1) -> Callable[..., Any]:
    """A host function that waits before it answers."""

    def steps(args: tuple[Any, ...]) -> Any:
        for _ in range(turns):
            yield asyncio.sleep(0)
        return call(*args)

    return lambda *args: drive_maybe(steps(args))


@case
async def host_functions_wait(engine: Any) -> None:
    """Results of each type, after others that did not wait."""
    if not engine.can_suspend:
        return
    place = Place(engine)
    for type, values in VALUES.items():
        word = type.value
        f = place.steps(
            f"""(module (import "" "now" (func $now (param {word}) (result {word})))
                  (import "" "later" (func $later (param {word}) (result {word})))
                  (func (export "f") (param {word}) (result {word}) (call $later (call $now (call $later (call $now (local.get 0)))))))""",
            (type,),
            (type,),
            now=place.host((type,), (type,), lambda x: x, True),
            later=place.host((type,), (type,), later(lambda x: x), True),
        )
        for value in values:
            found = await drive_waiting(f(value))
            assert same(as_type(type, found), value), f"{word} {value}: {found}"


@case
async def many_values_and_none_are_waited_for(engine: Any) -> None:
    if not engine.can_suspend:
        return
    place, seen = Place(engine), []
    types, words = (I32, I64, F32, F64), "i32 i64 f32 f64"
    f = place.steps(
        f"""(module (import "" "h" (func $h (param {words}) (result {words}))) (import "" "n" (func $n))
              (func (export "f") (param {words}) (result {words}) (call $n)
                (call $h (local.get 0) (local.get 1) (local.get 2) (local.get 3)) (call $n)))""",
        types,
        types,
        h=place.host(types, types, later(lambda *args: args, 3), True),
        n=place.host((), (), later(lambda: seen.append(1)), True),
    )
    values = (7, 1 << 63, -0.0, 0.1)
    found = await drive_waiting(f(*values))
    assert same((found[0], modulo(found[1], 64), *found[2:]), values)
    assert seen == [1, 1]


@case
async def a_call_that_need_not_wait_does_not(engine: Any) -> None:
    if not engine.can_suspend:
        return
    place = Place(engine)
    f = place.steps(
        '(module (import "" "h" (func $h (result i32))) (func (export "f") (result i32) (i32.add (call $h) (call $h))))',
        (),
        (I32,),
        h=place.host((), (I32,), lambda: 4, True),
    )
    assert drive_maybe(f()) == 8


@case
async def failures_after_waiting_come_out(engine: Any) -> None:
    if not engine.can_suspend:
        return
    place = Place(engine)
    error = Odd("late")

    def fail() -> None:
        raise error

    text = """(module (import "" "h" (func $h)) (func (export "f") (param i32) (result i32)
                (call $h) (i32.div_u (i32.const 8) (local.get 0))))"""
    f = place.steps(text, (I32,), (I32,), h=place.host((), (), later(lambda: None), True))
    g = place.steps(text, (I32,), (I32,), h=place.host((), (), later(fail), True))
    for _ in range(2):
        assert await drive_waiting(f(2)) == 4
        with raises(Trap, TrapKind.DIVIDE_BY_ZERO):
            await drive_waiting(f(0))
        with raises(Odd) as caught:
            await drive_waiting(g(1))
        assert caught[0] is error


@case
async def calls_are_under_way_together(engine: Any) -> None:
    """In any order, each with its own results."""
    if not engine.can_suspend:
        return
    place = Place(engine)
    gates: dict[int, asyncio.Future[int]] = {}

    def wait(number: int) -> Any:
        def steps() -> Any:
            gates[number] = asyncio.get_running_loop().create_future()
            return (yield gates[number])

        return drive_maybe(steps())

    text = """(module (import "" "h" (func $h (param i32) (result i32))) (func (export "f") (param i32) (result i32 i32)
                (call $h (local.get 0)) (call $h (i32.add (i32.const 100) (local.get 0)))))"""
    h = place.host((I32,), (I32,), wait, True)
    calls = [asyncio.ensure_future(drive_waiting(place.steps(text, (I32,), (I32, I32), h=h)(i))) for i in range(3)]
    for order in ((2, 0, 1), (101, 100, 102)):
        while not all(number in gates for number in order):
            await asyncio.sleep(0)
        for number in order:
            gates[number].set_result(number * 2)
            await asyncio.sleep(0)
    assert await asyncio.gather(*calls) == [(i * 2, (100 + i) * 2) for i in range(3)]


@case
async def guests_wait_for_guests_that_wait(engine: Any) -> None:
    """A host function that waits for another guest's call, which waits; in the meantime the first one's instance runs too."""
    if not engine.can_suspend:
        return
    place = Place(engine)
    text = """(module (import "" "now" (func $now (param i32) (result i32))) (import "" "h" (func $h (param i32) (result i32)))
                (func (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call $now (call $h (call $now (local.get 0)))))))"""
    now = place.host((I32,), (I32,), lambda x: x, True)
    inner = place.steps(text, (I32,), (I32,), now=now, h=place.host((I32,), (I32,), later(lambda x: x * 2, 2), True))
    middle = place.steps(text, (I32,), (I32,), now=now, h=place.host((I32,), (I32,), lambda x: drive_maybe(inner(x)), True))
    outer = place.steps(text, (I32,), (I32,), now=now, h=place.host((I32,), (I32,), lambda x: drive_maybe(middle(x)), True))
    for _ in range(2):
        assert await asyncio.gather(*[drive_waiting(outer(x)) for x in (5, 6, 7)]) == [x * 2 + 3 for x in (5, 6, 7)]


@case
async def a_suspended_call_goes_on_under_another(engine: Any) -> None:
    """One guest suspends; a host function that another guest calls lets it go on, and waits until it suspends again."""
    if not engine.can_suspend:
        return
    place = Place(engine)
    here = object()

    def pause() -> Any:
        def steps() -> Any:
            return (yield here)

        return drive_maybe(steps())

    sleeper = place.steps(
        '(module (import "" "h" (func $h (result i32))) (func (export "f") (result i32) (i32.add (call $h) (i32.add (call $h) (call $h)))))',
        (),
        (I32,),
        h=place.host((), (I32,), pause, True),
    )()

    def on(value: Any) -> Any:
        """Until the sleeper pauses or ends; whatever else it yields, everything waits for."""
        try:
            request = sleeper.send(value)
            while request is not here:
                request = sleeper.send((yield request))
        except StopIteration as stop:
            return 1000 + stop.value
        return 0

    rouser = place.steps(
        """(module (import "" "h" (func $h (param i32) (result i32)))
             (func (export "f") (result i32 i32 i32) (call $h (i32.const 1)) (call $h (i32.const 2)) (call $h (i32.const 3))))""",
        (),
        (I32, I32, I32),
        h=place.host((I32,), (I32,), lambda x: drive_maybe(on(x)), True),
    )
    assert await drive_waiting(on(None)) == 0
    assert await drive_waiting(rouser()) == (0, 0, 1006)


@case
async def a_call_in_the_middle_of_a_call_cannot_wait(engine: Any) -> None:
    """What is bound without steps traps when it would wait, and nothing else is disturbed."""
    if not engine.can_suspend:
        return
    place = Place(engine)
    text = '(module (import "" "h" (func $h (result i32))) (func (export "f") (result i32) (call $h)))'
    slow = place.host((), (I32,), later(lambda: 3), True)
    inner = place.func(text, (), (I32,), h=slow)
    with raises(Trap, TrapKind.HOST):
        inner()

    def meanwhile() -> int:
        with raises(Trap, TrapKind.HOST):
            inner()
        return 9

    outer = place.steps(
        """(module (import "" "h" (func $h (result i32))) (import "" "slow" (func $slow (result i32)))
             (func (export "f") (result i32) (i32.add (call $slow) (i32.add (call $h) (call $slow)))))""",
        (),
        (I32,),
        h=place.host((), (I32,), meanwhile, True),
        slow=slow,
    )
    assert await drive_waiting(outer()) == 15


async def main(engine: Any) -> str:
    """All of them: `ok`, or what went wrong, a line each."""
    wrong = []
    for name in CASES:
        try:
            await run(name, engine)
        except Exception as error:
            message = error.message if isinstance(error, PyCMError) else str(error)
            wrong.append(f"{name}: {type(error).__name__}: {message}")
    return "\n".join(wrong) or "ok"
