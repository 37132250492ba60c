"""Live instances, and calls into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.context import Context
from app.failures import BadRequest, trap_info
from app.handles import HandleNames
from app.imports import page_function
from app.messages import InvokeResult, TrapInfo
from app.trace import events, tracer
from pycm_core import wave
from pycm_core.abi.trace import Tracer
from pycm_core.api import Component, Linker, Store
from pycm_core.base.errors import Exhaustion, Trap
from pycm_core.base.source import Source
from pycm_core.component import types as t
from pycm_core.component.types import ComponentType, FuncType
from pycm_core.runtime.engine import Engine
from pycm_core.runtime.engines.bounded import explain
from pycm_core.runtime.host import HostInterface, HostResource
from pycm_core.runtime.versions import provider
from pycm_core.wit.type_names import TypeNames
from wasi_browser import Exit, Machine


class Live:
    """One instance of a component with its handles, its tracer, and the request that is using it now."""

    __slots__ = ("_machine", "_store", "context", "handles", "instance", "tracer")

    def __init__(self, context: Context, names: TypeNames, page: Iterable[str], traced: bool) -> None:
        """`page` lists the resources that the page answers for. `link` makes the instance."""
        self.context = context
        self.handles = HandleNames(names, frozenset(page))
        self.tracer: Tracer | None = tracer(names.fork(), self.handles) if traced else None
        self.instance: Any = None
        self._store: Store | None = None
        self._machine: Machine | None = None

    def link(self, engine: Engine, component: Component, machine: Machine, *hosts: HostInterface, suspends: bool = False) -> None:
        """Instantiate, in `machine`. Of two hosts that answer the same import, the later does. With `suspends`, they may let the guest wait."""
        linker = Linker()
        linker.add(*hosts)
        linker.unknown_imports_trap()
        self._machine = machine
        self._store = Store(engine, trace=self.tracer, suspends=suspends and engine.can_suspend)
        self.instance = linker.instantiate(self._store, component)

    def trapped(self, error: Trap | Exhaustion) -> TrapInfo:
        """What ended it, for the page."""
        if self._store is not None:
            explain(error, self._store.engine, self._store.core)
        return trap_info(error)

    def close(self) -> None:
        """It has ended; its memory is given back, and others need not reckon with its machine."""
        if self._machine is not None:
            self._machine.close()
        if self._store is not None:
            self._store.close()
        self.instance = None

    def page_interfaces(
        self,
        page: Mapping[str, FuncType[Any]],
        resources: Mapping[str, Iterable[str]],
        hosts: Iterable[HostInterface],
        can_wait: bool,
    ) -> Iterator[HostInterface]:
        """The interfaces that the page answers: `page` has their functions by path, `resources` the resources they define.

        What the page leaves of an interface that one of `hosts` provides too stays with that host.
        """
        provided = {host.name: host for host in hosts}
        by_interface: dict[str, dict[str, Any]] = {}
        for path, type in page.items():
            interface, _, name = path.rpartition("#")
            by_interface.setdefault(interface, {})[name] = page_function(path, type, self.handles, lambda: self.context, can_wait)
        for interface, funcs in by_interface.items():
            own = {name: HostResource(name) for name in resources.get(interface, ())}
            host = provided.get(provider(interface, provided) or "")
            if host is None:
                yield HostInterface(interface, funcs, own)
            else:
                yield host.with_(HostInterface(interface, funcs, {**own, **host.resources}))

    def output(self, stream: Any, data: bytes) -> None:
        """What the guest writes goes to whoever is calling it now."""
        self.context.output(stream, data)

    def tell(self, **fields: Any) -> None:
        """What becomes of its HTTP requests, too."""
        self.context.tell("http", **fields)

    def kept(self, name: str, bytes: bytes, anew: bool) -> None:
        """And what it does to a directory that is kept."""
        self.context.tell("kept", name=name, bytes=bytes, anew=anew)

    async def invoke(self, path: str, type: FuncType[Any], args: Sequence[str], context: Context, traced: bool) -> InvokeResult:
        """Call the export at `path` with WAVE texts. A trap is a result; what is wrong with the arguments is raised."""
        self.context = context
        values = parse_args(path, type, args, self.handles)
        func = self.instance.func(path)
        if self.tracer is not None:
            self.tracer.clear()
        outcome: InvokeResult = {"trace": [], "truncated": False}
        try:
            result = await func.call_async(*values)
        except (Trap, Exhaustion) as error:
            outcome["trap"] = self.trapped(error)
        except Exit as exit:
            outcome["trap"] = exited(exit.code)
        else:
            outcome["result"] = "" if type.result is None else wave.print(result, type.result, self.handles)
        if self.tracer is not None and traced:
            outcome["trace"] = events(self.tracer.events)
            outcome["truncated"] = self.tracer.truncated
        return outcome


def page_resources(type: ComponentType, interfaces: Iterable[str]) -> dict[str, list[str]]:
    """The resources that these imported interfaces define."""
    wanted = set(interfaces)
    found: dict[str, list[str]] = {}
    for name, extern in type.imports:
        if name in wanted and isinstance(extern, t.InstanceType):
            found[name] = [label for label, what in extern.exports if isinstance(what, t.TypeBound) and what.fresh]
    return found


def parse_args(path: str, type: FuncType[Any], args: Sequence[str], handles: wave.Handles) -> list[Any]:
    """One value per parameter; options at the end may be left out (WAVE README, "Function arguments").

    Raises `Malformed` with a span in the text of the argument (its source is called after the parameter), `BadRequest` for a wrong count.
    """
    least = len(type.params)
    while least and isinstance(type.params[least - 1].type, t.Option):
        least -= 1
    if not least <= len(args) <= len(type.params):
        count = "1 argument" if len(type.params) == 1 else f"{len(type.params)} arguments"
        raise BadRequest(f"`{path}` takes {count}, found {len(args)}")
    values = [
        wave.parse(Source(text, f"argument `{p.label}`"), p.type, handles) for text, p in zip(args, type.params, strict=False)
    ]
    return values + [None] * (len(type.params) - len(args))


def exited(code: int) -> TrapInfo:
    """A call that the guest left by `wasi:cli/exit`."""
    return {"kind": "exit", "message": f"the guest exited with code {code}", "rule": None, "where": None, "hint": None}
