"""Scripts of core modules, run on an engine: instances, actions, traps.

Engines differ in which core values they can hand to Python. Vectors and globals are read through small generated modules, so that an
engine needs numbers and references only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pycm_core.base.errors import Exhaustion, PyCMError, Trap, TrapKind, Unlinkable
from pycm_core.base.source import Source
from pycm_core.runtime.engine import CoreInstance, CoreItem, CoreStore, Engine, results_of
from pycm_core.script.constants import Pattern, argument, is_nan_of_bits, matches, pattern
from pycm_core.script.wast import PASSED, Action, Definition, Directive, FormatExecutor, Instance, Outcome, Verdict, failed
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.binary.module import module_type
from pycm_core.wasm.exec.numeric import bits_of_f32, bits_of_f64, f32_of_bits, f64_of_bits
from pycm_core.wasm.syntax.types import FuncType, GlobalType, HeapKind, NumType, RefType, ValType
from pycm_core.wasm.text.module import parse

SPECTEST = (
    """(module
      (global (export "global_i32") i32 (i32.const 666))
      (global (export "global_i64") i64 (i64.const 666))
      (global (export "global_f32") f32 (f32.const 666.6))
      (global (export "global_f64") f64 (f64.const 666.6))
      (table (export "table") 10 20 funcref)
      (memory (export "memory") 1 2)
      (func (export "print"))
      (func (export "print_i32") (param i32))
      (func (export "print_i64") (param i64))
      (func (export "print_f32") (param f32))
      (func (export "print_f64") (param f64))
      (func (export "print_i32_f32") (param i32 f32))
      (func (export "print_f64_f64") (param f64 f64)))""",
    '(module (table (export "table64") i64 10 20 funcref))',
    '(module (memory (export "shared_memory") 1 2 shared))',
)
"""What scripts import as `spectest`, in pieces: an engine may lack the later ones."""


class Instantiated:
    """An instance, and the types of its exports."""

    __slots__ = ("instance", "types")

    def __init__(self, instance: CoreInstance, types: Mapping[str, Any]) -> None:
        self.instance = instance
        self.types = types


class ModuleExecutor:
    """Runs the directives of one script about core modules on `engine`; what formats and validation can say comes from `formats`.

    A module that imports from a name that nobody has registered is validated, not instantiated.
    """

    def __init__(self, engine: Engine, formats: FormatExecutor) -> None:
        self.engine = engine
        self.formats = formats
        self._store: CoreStore | None = None
        self._registered: dict[str, Any] = {}
        self._instances: dict[str | None, Instantiated] = {}
        self._definitions: dict[str | None, bytes] = {}

    @property
    def store(self) -> CoreStore:
        """The store of all instances of the script, made when it is first asked for."""
        if self._store is None:
            self._store = self.engine.new_store()
            spectest: dict[str, CoreItem] = {}
            self._registered["spectest"] = spectest
            for text in SPECTEST:
                try:
                    piece = self._instantiate(encode(parse(Source(text, "spectest"))))
                except PyCMError:
                    continue
                spectest |= {name: piece.instance[name] for name in piece.types}
        return self._store

    def close(self) -> None:
        """The script has ended."""
        if self._store is not None:
            self._store.close()

    def execute(self, directive: Directive) -> Outcome:
        """The outcome of a directive. A `PyCMError` that comes out is a failure."""
        match directive.keyword, directive.subject:
            case "module", Definition() as definition:
                return self._defined(directive, definition)
            case "module", Instance() as instance:
                if instance.definition not in self._definitions:
                    return failed(f"there is no definition `{instance.definition}`")
                self._keep(instance.name, self._definitions[instance.definition])
                return PASSED
            case "register", Instance() as instance:
                if instance.name not in self._instances:
                    return failed("there is no instance to register")
                self._registered[directive.expected or ""] = self._instances[instance.name].instance
                return PASSED
            case (("invoke" | "get"), Action() as action):
                self._perform(action)
                return PASSED
            case "assert_return", Action() as action:
                return self._returned(action, directive)
            case (("assert_trap" | "assert_exhaustion" | "assert_unlinkable" | "assert_exception"), subject):
                return self._faults(directive, subject)
        return self.formats.execute(directive)

    def _defined(self, directive: Directive, definition: Definition) -> Outcome:
        outcome = self.formats.execute(directive)
        if outcome.verdict is not Verdict.PASSED:
            return outcome
        binary = self._binary(definition)
        self._definitions[definition.name] = self._definitions[None] = binary
        store_needed = not definition.only
        if store_needed and self._can_link(binary):
            self._keep(definition.name, binary)
        return outcome

    def _binary(self, definition: Definition) -> bytes:
        return encode(self.formats.load(definition))

    def _can_link(self, binary: bytes) -> bool:
        assert self.store is not None
        return all(module in self._registered for module, _, _ in module_type(binary).imports)

    def _keep(self, name: str | None, binary: bytes) -> None:
        self._instances[None] = instantiated = self._instantiate(binary)
        if name is not None:
            self._instances[name] = instantiated

    def _instantiate(self, binary: bytes) -> Instantiated:
        instance = self.store.instantiate(self.engine.compile(binary), self._registered)
        return Instantiated(instance, dict(module_type(binary).exports))

    def _perform(self, action: Action, exact: bool = False) -> tuple[Any, ...]:
        """The results, integers unsigned. Raises `KeyError` where there is no such instance or export."""
        of = self._instances.get(action.instance)
        if of is None or action.item not in of.types:
            raise Unlinkable(f"there is no `{action.item}` to {action.kind}")
        item, type = of.instance[action.item], of.types[action.item]
        if action.kind == "get":
            return self.call(*self._getter(item, type), [], True)
        args = []
        while not action.args.done:
            args.append(argument(action.args))
        return self.call(item, type, args, exact or any(value != value for value in args))

    def call(self, func: CoreItem, type: FuncType, args: list[Any], exact: bool) -> tuple[Any, ...]:
        """Call a function with values as `pycm_core.script.constants` has them; results likewise, references as the engine has them.

        `exact` keeps the payload of a NaN, which processors change when they turn an f32 into Python's f64.
        """
        crossing = _CROSSING if exact else _CROSSING_WIDE
        if not any(t in crossing for t in type.params + type.results):
            return _unsigned(type.results, self.invoke(func, type, args))
        inner = FuncType(_crossed(crossing, type.params), _crossed(crossing, type.results))
        module = self._build(_crossing(crossing, type, inner))
        given: list[Any] = []
        for value, t in zip(args, type.params, strict=True):
            given += _to_parts(t, value) if t in crossing else [value]
        instance = self.store.instantiate(module, {"": {"f": func}})
        found = iter(_unsigned(inner.results, self.invoke(instance["f"], inner, given)))
        return tuple([_from_parts(t, found) if t in crossing else next(found) for t in type.results])

    def invoke(self, func: CoreItem, type: FuncType, args: list[Any]) -> Any:
        """One call through the engine."""
        return self.store.bind(func, type)(*args)

    def _build(self, text: str) -> Any:
        return self.engine.compile(encode(parse(Source(text, "generated"))))

    def _getter(self, item: CoreItem, type: GlobalType) -> tuple[CoreItem, FuncType]:
        word = _word(type.type)
        declared = f"(mut {word})" if type.mutable else word
        module = self._build(
            f'(module (import "" "g" (global $g {declared})) (func (export "f") (result {word}) (global.get $g)))'
        )
        return self.store.instantiate(module, {"": {"g": item}})["f"], FuncType((), (type.type,))

    def _returned(self, action: Action, directive: Directive) -> Outcome:
        c = directive.rest
        assert c is not None
        expected: list[Pattern] = []
        while not c.done:
            expected.append(pattern(c))
        found = self._perform(action, any(is_nan_of_bits(one) for one in expected))
        if len(found) == len(expected) and all(map(self._matches, expected, found)):
            return PASSED
        return failed(f"expected {expected}, found {found}")

    def _matches(self, expected: Pattern, found: Any) -> bool:
        return matches(expected, found, self._kind)

    def _kind(self, found: Any) -> str:
        """Which heap type a reference of the guest's hierarchy has, as the engine itself says."""
        asked = ("i31", "struct", "array")
        tests = "".join(
            f"(if (ref.test (ref {kind}) (local.get 0)) (then (return (i32.const {i}))))" for i, kind in enumerate(asked)
        )
        module = self._build(f'(module (func (export "f") (param anyref) (result i32) {tests} (i32.const {len(asked)})))')
        func = self.store.instantiate(module, {})["f"]
        type = FuncType((RefType(True, HeapKind.ANY),), (NumType.I32,))
        return (*asked, "any")[self.invoke(func, type, [found])]

    def _faults(self, directive: Directive, subject: Any) -> Outcome:
        kind, wanted = _FAULTS[directive.keyword], directive.expected
        try:
            if isinstance(subject, Action):
                self._perform(subject)
            else:
                self._instantiate(self._binary(subject))
        except kind as error:
            if directive.keyword == "assert_exception":
                return PASSED if getattr(error, "kind", None) is TrapKind.UNCAUGHT_EXCEPTION else failed(f"found {error.message}")
            return Outcome(Verdict.PASSED, error.message, None if wanted is None else _worded(wanted, error))
        return failed(f"expected a {kind.__name__.lower()}, found none")


_FAULTS: Mapping[str, type[PyCMError]] = MappingProxyType(
    {"assert_trap": Trap, "assert_exhaustion": Exhaustion, "assert_unlinkable": Unlinkable, "assert_exception": Trap}
)
_MASK64 = (1 << 64) - 1
_MASKS: Mapping[ValType, int] = MappingProxyType({NumType.I32: (1 << 32) - 1, NumType.I64: _MASK64})


def _worded(wanted: str, error: PyCMError) -> bool:
    """Scripts say a little more or less than an error, as in `uninitialized element 2`."""
    return wanted.startswith(error.message) or error.message.startswith(wanted)


def _unsigned(types: tuple[ValType, ...], found: Any) -> tuple[Any, ...]:
    values = (found,) if len(types) == 1 else results_of(found)
    return tuple([v & _MASKS[t] if t in _MASKS else v for t, v in zip(types, values, strict=True)])


# --- values that cross as integers --------------------------------------------------------------------------------------

_HALVES = ("(i64x2.extract_lane 0 {})", "(i64x2.extract_lane 1 {})")
_CROSSING_WIDE: Mapping[ValType, tuple[NumType, ...]] = MappingProxyType({NumType.V128: (NumType.I64, NumType.I64)})
_CROSSING: Mapping[ValType, tuple[NumType, ...]] = MappingProxyType(
    {**_CROSSING_WIDE, NumType.F32: (NumType.I32,), NumType.F64: (NumType.I64,)}
)
"""The parts in which a value crosses; of a vector, the lower half comes first."""
_APART: Mapping[ValType, tuple[str, ...]] = MappingProxyType(
    {NumType.V128: _HALVES, NumType.F32: ("(i32.reinterpret_f32 {})",), NumType.F64: ("(i64.reinterpret_f64 {})",)}
)
_TOGETHER: Mapping[ValType, str] = MappingProxyType(
    {
        NumType.V128: "(i64x2.replace_lane 1 (i64x2.splat {}) {})",
        NumType.F32: "(f32.reinterpret_i32 {})",
        NumType.F64: "(f64.reinterpret_i64 {})",
    }
)


def _to_parts(type: ValType, value: Any) -> list[int]:
    if type is NumType.V128:
        return [value & _MASK64, value >> 64]
    return [bits_of_f32(value) if type is NumType.F32 else bits_of_f64(value)]


def _from_parts(type: ValType, parts: Iterator[Any]) -> Any:
    if type is NumType.V128:
        return next(parts) | next(parts) << 64
    return (f32_of_bits if type is NumType.F32 else f64_of_bits)(next(parts))


def _crossed(crossing: Mapping[ValType, tuple[NumType, ...]], types: tuple[ValType, ...]) -> tuple[ValType, ...]:
    return tuple([part for t in types for part in crossing.get(t, (t,))])


def _word(type: ValType) -> str:
    """A type whose text needs no index."""
    if isinstance(type, RefType):
        return f"(ref {'null ' if type.nullable else ''}{getattr(type.heap, 'value', type.heap)})"
    return type.value


def _crossing(crossing: Mapping[ValType, tuple[NumType, ...]], outer: FuncType, inner: FuncType) -> str:
    """A module that imports `"" "f"` of the type `outer` and exports `f` of the type `inner`, which calls it."""

    def words(types: tuple[ValType, ...]) -> str:
        return " ".join(map(_word, types))

    given, at = [], 0
    for t in outer.params:
        parts = [f"(local.get {at + i})" for i in range(len(crossing.get(t, (t,))))]
        given.append(_TOGETHER[t].format(*parts) if t in crossing else parts[0])
        at += len(parts)
    kept = range(at, at + len(outer.results))
    taken = " ".join(f"(local.set {i})" for i in reversed(kept))
    shown = " ".join(
        part.format(f"(local.get {i})")
        for i, t in zip(kept, outer.results, strict=True)
        for part in (_APART[t] if t in crossing else ("{}",))
    )
    return f"""(module
      (import "" "f" (func $f (param {words(outer.params)}) (result {words(outer.results)})))
      (func (export "f") (param {words(inner.params)}) (result {words(inner.results)}) (local {words(outer.results)})
        (call $f {" ".join(given)}) {taken} {shown}))"""
