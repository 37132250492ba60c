"""Core scripts of the WebAssembly test suite, executed on the Python engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pycm_core.base.errors import Exhaustion, PyCMError, Trap, TrapKind, Unlinkable
from pycm_core.base.source import Source
from pycm_core.runtime.engine import results_of
from pycm_core.runtime.engines.python import PythonEngine
from pycm_core.script.core import CoreFormat
from pycm_core.script.wast import PASSED, Action, Definition, Directive, FormatExecutor, Instance, Outcome, failed
from pycm_core.wasm.exec.instance import CoreModule
from pycm_core.wasm.exec.items import Func, Global
from pycm_core.wasm.exec.numeric import bits_of_f32, bits_of_f64, f32_of_bits, f64_of_bits
from pycm_core.wasm.exec.space import Form
from pycm_core.wasm.exec.stepping import Execution
from pycm_core.wasm.syntax.types import NumType
from pycm_core.wasm.text import numbers
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Kind
from pycm_core.wasm.text.module import parse as parse_module

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2].parent / "shared"))
FOLDER = SHARED / "suites" / "core"

SPECTEST = """
(module
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (table (export "table64") i64 10 20 funcref)
  (memory (export "memory") 1 2)
  (memory (export "shared_memory") 1 2 shared)
  (func (export "print"))
  (func (export "print_i32") (param i32))
  (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32))
  (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32))
  (func (export "print_f64_f64") (param f64 f64)))
"""

LANES = {"i8x16": ("i", 8), "i16x8": ("i", 16), "i32x4": ("i", 32), "i64x2": ("i", 64), "f32x4": ("f", 32), "f64x2": ("f", 64)}


class Host:
    """A host reference; equal by number."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Host) and other.number == self.number

    def __hash__(self) -> int:
        return self.number


class CoreExecutor:
    """Runs the directives of one script on the Python engine."""

    def __init__(self, form: Form = Form.PLAIN) -> None:
        self.formats = FormatExecutor({"module": CoreFormat()})
        self.engine = PythonEngine()
        self.store = self.engine.new_store()
        spectest = CoreModule(parse_module(Source(SPECTEST, "spectest")))
        self.registered: dict[str, Any] = {"spectest": self.store.instantiate(spectest, {})}
        self.instances: dict[str, Any] = {}
        self.definitions: dict[str | None, CoreModule] = {}
        self.last: Any = None
        self.form = form

    def steps(self, directive: Directive) -> Any:
        return self.execute(directive)
        yield  # makes this a generator

    def execute(self, directive: Directive) -> Outcome:
        match directive.keyword, directive.subject:
            case "module", Definition() as definition:
                module = self.module(definition)
                self.definitions[None] = module
                if definition.name is not None:
                    self.definitions[definition.name] = module
                if not definition.only:
                    self.instantiate(module, definition.name)
                return PASSED
            case "module", Instance() as instance:
                self.instantiate(self.definitions[instance.definition], instance.name)
                return PASSED
            case "register", Instance() as instance:
                self.registered[directive.expected or ""] = self.instance(instance.name)
                return PASSED
            case (("invoke" | "get"), Action() as action):
                self.perform(action)
                return PASSED
            case "assert_return", Action() as action:
                return self.returned(self.perform(action), directive)
            case (("assert_trap" | "assert_exhaustion" | "assert_unlinkable" | "assert_exception"), subject):
                return self.faults(directive, subject)
        return self.formats.execute(directive)

    def module(self, definition: Definition) -> CoreModule:
        return CoreModule(self.formats.load(definition))

    def instantiate(self, module: CoreModule, name: str | None) -> None:
        self.last = self.store.instantiate(module, self.registered)
        if name is not None:
            self.instances[name] = self.last

    def instance(self, name: str | None) -> Any:
        return self.last if name is None else self.instances[name]

    def perform(self, action: Action) -> tuple[Any, ...]:
        item = self.instance(action.instance)[action.item]
        if action.kind == "get":
            assert isinstance(item, Global)
            return (item.value,)
        args = []
        c = action.args
        while not c.done:
            args.append(argument(c))
        assert isinstance(item, Func)
        found = self.call(item, args)
        if len(item.functype.results) == 1:
            return (found,)
        return tuple(results_of(found))

    def call(self, func: Func, args: list[Any]) -> Any:
        if self.form is Form.STEPS:
            steps = self.store.bind_steps(func, func.functype)(*args)
            try:
                steps.send(None)
            except StopIteration as stop:
                return stop.value
            raise AssertionError("nothing waits here")
        if self.form is Form.STOPS:
            masks = {NumType.I32: 0xFFFF_FFFF, NumType.I64: 0xFFFF_FFFF_FFFF_FFFF}
            given = [v & masks[t] if t in masks else v for v, t in zip(args, func.functype.params, strict=True)]
            return Execution(func, given).run()
        return self.store.bind(func, func.functype)(*args)

    def returned(self, found: tuple[Any, ...], directive: Directive) -> Outcome:
        c = directive.rest
        assert c is not None
        expected = []
        while not c.done:
            expected.append(pattern(c))
        if len(found) == len(expected) and all(matches(p, v) for p, v in zip(expected, found, strict=True)):
            return PASSED
        return failed(f"found {found}, expected {expected}")

    def faults(self, directive: Directive, subject: Any) -> Outcome:
        expected = directive.expected or ""
        try:
            if isinstance(subject, Action):
                self.perform(subject)
            else:
                self.store.instantiate(self.module(subject), self.registered)
        except PyCMError as error:
            kinds = {
                "assert_trap": Trap,
                "assert_exhaustion": Exhaustion,
                "assert_unlinkable": Unlinkable,
                "assert_exception": Trap,
            }
            if not isinstance(error, kinds[directive.keyword]):
                return failed(f"found {type(error).__name__}: {error.message}, expected {expected}")
            if directive.keyword == "assert_exception":
                return PASSED if error.kind is TrapKind.UNCAUGHT_EXCEPTION else failed(f"found {error.message}")
            if not expected.startswith(error.message[: len(expected)]) and not error.message.startswith(expected):
                return failed(f"found {error.message}, expected {expected}")
            return PASSED
        return failed(f"did not fail, expected {expected}")


def argument(c: Cursor) -> Any:
    """A constant."""
    word, inner = c.headed()
    if word in ("i32.const", "i64.const"):
        return inner.number(lambda text: numbers.integer(text, int(word[1:3])), word)
    if word == "f32.const":
        return f32_of_bits(inner.number(lambda text: numbers.floating(text, 32), word, Kind.KEYWORD))
    if word == "f64.const":
        return f64_of_bits(inner.number(lambda text: numbers.floating(text, 64), word, Kind.KEYWORD))
    if word == "v128.const":
        return sum(bits << at for bits, at, _ in vector(inner))
    if word == "ref.null":
        return None
    if word in ("ref.extern", "ref.host"):
        return Host(inner.u32())
    raise c.unexpected("a constant")


def vector(c: Cursor) -> list[tuple[Any, int, int]]:
    """Lanes: the bits, or the name of a NaN pattern; at which bit; how many bits."""
    kind, bits = LANES[c.expect_keyword(*LANES)]
    lanes = []
    while not c.done:
        word = c.keyword("nan:canonical", "nan:arithmetic")
        if word is None:
            if kind == "i":
                word = c.number(lambda text: numbers.integer(text, bits), "lane") & ((1 << bits) - 1)
            else:
                word = c.number(lambda text: numbers.floating(text, bits), "lane", Kind.KEYWORD)
        lanes.append((word, len(lanes) * bits, bits))
    return lanes


def pattern(c: Cursor) -> tuple[Any, ...]:
    """What a result must be: a kind, and details."""
    word = c.head()
    if word == "either":
        _, inner = c.headed()
        options = []
        while not inner.done:
            options.append(pattern(inner))
        return ("either", options)
    if word in ("f32.const", "f64.const"):
        _, inner = c.headed()
        bits = int(word[1:3])
        nan = inner.keyword("nan:canonical", "nan:arithmetic")
        if nan is not None:
            return ("float", bits, nan)
        return ("float", bits, inner.number(lambda text: numbers.floating(text, bits), word, Kind.KEYWORD))
    if word == "v128.const":
        _, inner = c.headed()
        return ("vector", vector(inner))
    if word in ("i32.const", "i64.const"):
        return ("int", argument(c) & ((1 << int(word[1:3])) - 1))
    if word == "ref.null":
        c.headed()
        return ("null",)
    assert word is not None and word.startswith("ref.")
    _, inner = c.headed()
    return ("ref", word[4:], None if inner.done else inner.u32())


def float_matches(bits: int, wanted: Any, found: int) -> bool:
    fraction = 23 if bits == 32 else 52
    if isinstance(wanted, int):
        return wanted == found
    exponent = ((1 << (bits - 1 - fraction)) - 1) << fraction
    quiet = exponent | 1 << (fraction - 1)
    if wanted == "nan:canonical":
        return found & ~(1 << (bits - 1)) == quiet
    return found & quiet == quiet


def matches(expected: tuple[Any, ...], found: Any) -> bool:
    match expected:
        case ("either", options):
            return any(matches(option, found) for option in options)
        case ("int", value):
            return type(found) is int and found == value
        case ("float", bits, wanted):
            return isinstance(found, float) and float_matches(
                bits, wanted, bits_of_f32(found) if bits == 32 else bits_of_f64(found)
            )
        case ("vector", lanes):
            for wanted, at, bits in lanes:
                lane = found >> at & ((1 << bits) - 1)
                if not float_matches(bits, wanted, lane):
                    return False
            return True
        case ("null",):
            return found is None
        case ("ref", ("extern" | "host"), number) if number is not None:
            return getattr(found, "value", found) == Host(number)
        case ("ref", "func", _):
            return isinstance(found, Func)
        case ("ref", kind, _):
            return found is not None and kind_matches(kind, found)
    return False


def kind_matches(kind: str, found: Any) -> bool:
    name = type(found).__name__
    kinds = {"i31": ("int",), "struct": ("Struct",), "array": ("Array",), "eq": ("int", "Struct", "Array"), "extern": None}
    wanted = kinds.get(kind)
    return wanted is None or name in wanted
