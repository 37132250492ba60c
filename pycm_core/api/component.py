"""Components, linkers and instances: the library's face, in the manner of `wasmtime.component`.

engine = WasmtimeEngine()
component = Component(data)
linker = Linker()
linker.add(HostInterface("wasi:cli/stdout@0.2.12", {...}))
instance = linker.instantiate(Store(engine), component)
instance.func("demo:kit/kit#add")(1, 2)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pycm_core.base.errors import Unlinkable
from pycm_core.base.features import DEFAULT_FEATURES, Features
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.component import syntax as s
from pycm_core.component.binary.decode import Progress, decode
from pycm_core.component.valid.validate import Validated, validate
from pycm_core.runtime.engine import CompiledModule, Engine
from pycm_core.runtime.func import ComponentFunc, Func
from pycm_core.runtime.host import HostInterface
from pycm_core.runtime.instantiate import ComponentClosure, Instantiation, RuntimeInstance
from pycm_core.runtime.linking import HostLinks, Unanswered, refuse_unanswered, trap_unanswered
from pycm_core.runtime.store import Store
from pycm_core.runtime.versions import track


class Component:
    """A valid component. Core modules are validated and compiled once per engine, when first instantiated."""

    __slots__ = ("_compiled", "syntax", "valid")

    def __init__(
        self,
        binary: bytes,
        *,
        features: Features = DEFAULT_FEATURES,
        limits: Limits = DEFAULT_LIMITS,
        progress: Progress | None = None,
    ) -> None:
        """Decode and validate; `progress` is told the bytes done and the bytes in all. Raises `Malformed`, `Invalid` or `Exhaustion`."""
        self.syntax = decode(binary, limits=limits, features=features, progress=progress)
        self.valid: Validated = validate(self.syntax, limits=limits, features=features)
        self._compiled: dict[tuple[int, int], tuple[Engine, CompiledModule]] = {}

    def compiler(self, engine: Engine) -> Callable[[s.CoreModule], CompiledModule]:
        """Compiles this component's core modules on `engine`, each once."""

        def compile(module: s.CoreModule) -> CompiledModule:
            key = id(engine), id(module)
            if key not in self._compiled:
                self._compiled[key] = engine, engine.compile(bytes(module.binary), module.at)
            return self._compiled[key][1]

        return compile


class Linker:
    """Gathers what answers imports, and instantiates. `unknown imports` are refused unless `unknown_imports_trap` was called."""

    __slots__ = ("_interfaces", "_items", "_unanswered")

    def __init__(self) -> None:
        self._interfaces: dict[str, HostInterface] = {}
        self._items: dict[str, Any] = {}
        self._unanswered: Unanswered = refuse_unanswered

    def add(self, *interfaces: HostInterface) -> None:
        """Let the host answer with these interfaces. One under the name of an earlier one adds to it, function by function.

        The interface named `""` holds functions and resources the world imports without an interface.
        """
        for new in interfaces:
            old = self._interfaces.get(new.name)
            if old is not None:
                new = old.with_(new)
            self._interfaces[new.name] = new

    def define(self, name: str, instance: Instance) -> None:
        """Let another component's instance answer the import `name`."""
        self._items[name] = instance.item

    def unknown_imports_trap(self, unanswered: Unanswered = trap_unanswered) -> None:
        """Imports nobody answers link; calling one traps and names it."""
        self._unanswered = unanswered

    def instantiate(self, store: Store, component: Component) -> Instance:
        """A fresh instance. Raises `Unlinkable`, `Invalid`, `Trap`, `Exhaustion`."""
        links = HostLinks(store, self._interfaces, self._items, self._unanswered)
        closure = ComponentClosure(component.syntax, None)
        instantiation = Instantiation(store, component.compiler(store.engine), closure, None)
        return Instance(store, instantiation.run(links.provide))


class Instance:
    """A component instance: its exported functions, by path."""

    __slots__ = ("_store", "item")

    def __init__(self, store: Store, item: RuntimeInstance) -> None:
        self._store = store
        self.item = item

    def funcs(self) -> Iterator[tuple[str, Func]]:
        """Every exported function with its path: `add`, or `ns:pkg/iface@1.0.0#add`."""
        for path, func in _funcs(self.item.exports.items(), ""):
            yield path, Func(self._store, func)

    def func(self, path: str) -> Func:
        """The function at `path`. The version may be left out, and the interface too, where only one function fits."""
        exact = dict(_funcs(self.item.exports.items(), ""))
        if path in exact:
            return Func(self._store, exact[path])
        found = [name for name in exact if _fits(path, name)]
        if len(found) == 1:
            return Func(self._store, exact[found[0]])
        if found:
            raise Unlinkable(f"`{path}` is ambiguous", hint=f"say which: {', '.join(found)}")
        raise Unlinkable(f"no exported function `{path}`", hint=f"there are: {', '.join(list(exact)[:12])}")


def _funcs(exports: Iterable[tuple[str, Any]], prefix: str) -> Iterator[tuple[str, ComponentFunc]]:
    for name, item in exports:
        if isinstance(item, RuntimeInstance):
            yield from _funcs(item.exports.items(), f"{prefix}{name}#")
        elif hasattr(item, "steps"):
            yield prefix + name, item


def _fits(wanted: str, path: str) -> bool:
    interface, _, name = path.rpartition("#")
    wanted_interface, _, wanted_name = wanted.rpartition("#")
    if name != wanted_name:
        return False
    return not wanted_interface or track(interface)[0] == wanted_interface
