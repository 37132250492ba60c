"""An open file: what the page was told about it, and the instances made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.describe import Describer, functions
from app.failures import BadRequest
from app.imports import unversioned
from app.live import Live
from app.machines import Box
from app.messages import InterfaceItem, OpenResult
from pycm_core.api import Component
from pycm_core.component import syntax as s
from pycm_core.component.types import ComponentType, FuncType
from pycm_core.runtime.versions import provider
from pycm_core.wit.type_names import TypeNames

RUN = "wasi:cli/run"
"""The interface of commands."""
HANDLER = "wasi:http/incoming-handler"
"""The interface of what answers HTTP requests."""


NOTHING = ComponentType((), ())
"""The type of what is no component."""


class Opened:
    """One open component, or a core module (`component` is `None` then: it is shown, not run)."""

    __slots__ = ("component", "exports", "id", "imports", "instances", "made", "name", "names", "type")

    def __init__(self, id: str, name: str, component: Component | None = None, type: ComponentType = NOTHING) -> None:
        self.id = id
        self.name = name
        self.component = component
        self.type = type
        self.names = TypeNames()
        for externs in (type.exports, type.imports):
            self.names.add(externs)
        self.imports: Mapping[str, FuncType[Any]] = functions(type.imports)
        self.exports: Mapping[str, FuncType[Any]] = functions(type.exports)
        self.instances: dict[str, tuple[Live, Box]] = {}
        self.made = 0

    def runnable(self) -> Component:
        """The component. Raises `BadRequest` for a core module."""
        if self.component is None:
            raise BadRequest(
                f"`{self.name}` is a core module, which has no component functions to call",
                "`wasm-tools component new` makes a component of a module that was built for one",
            )
        return self.component

    def export(self, wanted: str) -> str:
        """The path of an exported function; its version, or its whole interface, may be left out where only one function fits.

        `ns:pkg/iface.func` is understood too, as `wasmtime run --invoke` writes it.
        """
        self.runnable()
        if wanted in self.exports:
            return wanted
        name = wanted.rpartition("#")[2]
        found = [
            path
            for path in self.exports
            if wanted in (unversioned(path), path.replace("#", "."), unversioned(path).replace("#", "."))
        ]
        if not found and "#" not in wanted:
            found = [path for path in self.exports if path.rpartition("#")[2] == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise BadRequest(f"`{wanted}` is ambiguous", f"say which: {_listed(found)}")
        known = _listed(self.exports)
        raise BadRequest(f"there is no exported function `{wanted}`", f"there are {known}" if known else "it exports no function")

    def command(self) -> str | None:
        """The path of the function that runs it as a command, if it is one."""
        return self._exported(RUN, "run")

    def handler(self) -> str | None:
        """The path of the function that answers HTTP requests, if there is one."""
        return self._exported(HANDLER, "handle")

    def _exported(self, wanted: str, function: str) -> str | None:
        for path in self.exports:
            interface, _, name = path.rpartition("#")
            if name == function and unversioned(interface) == wanted:
                return path
        return None

    def live(self, instance: str) -> tuple[Live, Box]:
        """The instance under that id, and the machine it is in."""
        if instance not in self.instances:
            raise BadRequest(f"there is no instance `{instance}`", "it is gone; instantiate again")
        return self.instances[instance]

    def keep(self, live: Live, box: Box) -> str:
        """Keep an instance, under a new id."""
        self.made += 1
        id = f"i{self.made}"
        self.instances[id] = live, box
        return id

    def close(self) -> None:
        """Its instances end."""
        for live, _ in self.instances.values():
            live.close()

    def described(self, size: int, wit: str, hosts: Iterable[str]) -> OpenResult:
        """What `open` answers; `hosts` are the names of the interfaces our own hosts provide."""
        provided = list(hosts)
        describer = Describer(self.names)
        imports = describer.interfaces(self.type.imports)
        exports = describer.interfaces(self.type.exports)
        for item in imports:
            item["answered"] = "nobody" if provider(item["name"], provided) is None else "wasi"
        return {
            "id": self.id,
            "kind": "component",
            "name": self.name,
            "size": size,
            "wit": wit,
            "imports": imports,
            "exports": exports,
            "command": self.command() is not None,
            "missing": _missing(imports, self.runnable().syntax),
        }


def _listed(paths: Iterable[str]) -> str:
    names = list(paths)
    return ", ".join(f"`{name}`" for name in names[:12]) + (", …" if len(names) > 12 else "")


def _missing(imports: Iterable[InterfaceItem], component: s.Component) -> list[str]:
    """What is not there yet, in words."""
    words = []
    if not any(isinstance(definition, s.CoreModule | s.Instantiate | s.Import) for definition in _definitions(component)):
        words.append("there is nothing to run in it: it holds types only, as WIT packages in binary form do")
    nobody = [item for item in imports if item.get("answered") == "nobody" and item["funcs"]]
    ours = [item["name"] for item in nobody if item["name"].startswith("wasi:")]
    if ours:
        words.append(f"not there yet: {_listed(ours)}; calling into {'it' if len(ours) == 1 else 'them'} traps")
    theirs = [path for item in nobody for path in ([item["name"]] if item["name"] else [f["path"] for f in item["funcs"]])]
    theirs = [path for path in theirs if path not in ours]
    if theirs:
        words.append(f"nobody answers {_listed(theirs)} until you do; calling into {'it' if len(theirs) == 1 else 'them'} traps")
    return words


def core_modules(component: s.Component) -> list[s.CoreModule]:
    """The core modules in a component, those in nested components too."""
    return [definition for definition in _definitions(component) if isinstance(definition, s.CoreModule)]


def _definitions(component: s.Component) -> Iterator[s.Definition]:
    """Every definition, those of nested components behind their own."""
    todo = [component]
    while todo:
        for definition in todo.pop(0).definitions:
            yield definition
            if isinstance(definition, s.NestedComponent):
                todo.append(definition.component)
