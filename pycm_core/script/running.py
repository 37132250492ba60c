"""Scripts, run on an engine: instances of components, calls, traps. What is about core modules, `pycm_core.script.modules` runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pycm_core.base.errors import Exhaustion, PyCMError, Trap, Unlinkable
from pycm_core.component import syntax as s
from pycm_core.runtime.engine import CompiledModule, Engine, Steps
from pycm_core.runtime.func import Func
from pycm_core.runtime.instantiate import ComponentClosure, Instantiation, RuntimeInstance, Scope
from pycm_core.runtime.store import Store
from pycm_core.script.modules import ModuleExecutor
from pycm_core.script.values import matches, value
from pycm_core.script.wast import (
    PASSED,
    Action,
    Definition,
    Directive,
    FormatExecutor,
    Instance,
    Outcome,
    Verdict,
    failed,
    skipped,
)


class ComponentExecutor:
    """Runs the directives of one script on `engine`; what formats and validation can say comes from `formats` first.

    `store` makes the store of each component's instance.
    """

    __slots__ = ("_definitions", "_instances", "_last", "_store", "engine", "formats", "modules")

    def __init__(self, engine: Engine, formats: FormatExecutor, store: Callable[[Engine], Store] = Store) -> None:
        self.engine = engine
        self.formats = formats
        self._store = store
        self.modules = ModuleExecutor(engine, formats)
        self._last = "module"
        self._definitions: dict[str | None, s.Component] = {}
        self._instances: dict[str | None, tuple[Store, RuntimeInstance]] = {}

    def close(self) -> None:
        """The script has ended: nothing of its instances is needed any more."""
        self.modules.close()
        for store, _ in self._instances.values():
            store.close()
        self._instances.clear()

    def steps(self, directive: Directive) -> Steps:
        """The outcome of one directive."""
        subject = directive.subject
        if isinstance(subject, (Definition, Instance)):
            if directive.keyword in ("component", "module"):
                self._last = subject.sort
            if subject.sort == "module":
                return self.modules.execute(directive)
            return self._defined(directive, subject) if isinstance(subject, Definition) else self._instantiated(subject)
        if isinstance(subject, Action) and self._is_of_component(subject):
            return (yield from self._invoked(directive, subject))
        return self.modules.execute(directive)

    def _is_of_component(self, action: Action) -> bool:
        """Whether the instance it names, or else the last one made, is a component's."""
        return self._last == "component" if action.instance is None else action.instance in self._instances

    def _defined(self, directive: Directive, definition: Definition) -> Outcome:
        outcome = self.formats.execute(directive)
        if directive.keyword not in ("component", "assert_trap", "assert_unlinkable") or outcome.verdict is Verdict.FAILED:
            return outcome
        if directive.keyword == "component" and outcome.verdict is Verdict.SKIPPED:  # it needs what this version does not have
            return outcome
        component: s.Component = self.formats.load(definition).component
        if directive.keyword != "component":
            kind = Trap if directive.keyword == "assert_trap" else Unlinkable
            try:
                self._instantiate(component)[0].close()
            except kind as error:
                return as_expected(directive, error)
            return failed(f"expected a {kind.__name__.lower()}, found none")
        self._definitions[definition.name] = self._definitions[None] = component
        if not definition.only and not any(isinstance(d, s.Import) for d in component.definitions):
            # What imports something cannot be instantiated by a script; such definitions are there to be validated.
            self._keep(definition.name, component)
        return outcome

    def _instantiated(self, instance: Instance) -> Outcome:
        component = self._definitions.get(instance.definition)
        if component is None:
            return failed(f"there is no definition `{instance.definition}`")
        self._keep(instance.name, component)
        return PASSED

    def _keep(self, name: str | None, component: s.Component) -> None:
        """Instantiate under a name. What no name leads to any more is closed: a browser has room for some hundred memories."""
        before = {id(store): store for store, _ in self._instances.values()}
        self._instances[name] = self._instances[None] = self._instantiate(component)
        for store, _ in self._instances.values():
            before.pop(id(store), None)
        for store in before.values():
            store.close()

    def _instantiate(self, component: s.Component) -> tuple[Store, RuntimeInstance]:
        store = self._store(self.engine)
        compiled: dict[int, CompiledModule] = {}

        def compile(module: s.CoreModule) -> CompiledModule:
            if id(module) not in compiled:
                compiled[id(module)] = self.engine.compile(bytes(module.binary))
            return compiled[id(module)]

        try:
            return store, Instantiation(store, compile, ComponentClosure(component, None), None).run(nobody)
        except PyCMError:
            store.close()
            raise

    def _invoked(self, directive: Directive, action: Action) -> Steps:
        if action.instance not in self._instances:
            return failed("there is no instance to call")
        store, instance = self._instances[action.instance]
        func = instance.exports.get(action.item)
        if func is None:
            return failed(f"no export `{action.item}`")
        args = []
        while not action.args.done:
            args.append(value(action.args))
        call = Func(store, func).steps(*args)
        kind = _FAULTS.get(directive.keyword)
        if kind is not None:
            try:
                yield from call
            except kind as error:
                return as_expected(directive, error)
            return failed(f"expected a {kind.__name__.lower()}, found none")
        found = yield from call
        if directive.keyword == "assert_return":
            expected = results(directive)
            if expected and not matches(found, expected[0]):
                return failed(f"expected {expected[0]!r}, found {found!r}")
            return PASSED if expected or found is None else failed(f"expected nothing, found {found!r}")
        return PASSED if directive.keyword == "invoke" else skipped(f"unknown directive `{directive.keyword}`")


_FAULTS: Mapping[str, type[PyCMError]] = MappingProxyType({"assert_trap": Trap, "assert_exhaustion": Exhaustion})
"""What a call must raise."""


def results(directive: Directive) -> list[Any]:
    """The results that `assert_return` expects: none or one."""
    expected = []
    while directive.rest is not None and not directive.rest.done:
        expected.append(value(directive.rest))
    return expected


def nobody(scope: Scope, name: s.ExternName, desc: s.ExternDesc) -> Any:
    """Scripts give components no imports."""
    raise Unlinkable(f"missing import `{name.name}`")


def as_expected(directive: Directive, error: PyCMError) -> Outcome:
    """It failed in the way that the directive says."""
    wanted = directive.expected
    return Outcome(Verdict.PASSED, error.message, None if wanted is None else wanted in error.message)
