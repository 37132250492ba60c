"""Live instances, and calls into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.context import Context
from app.failures import BadRequest, trap_info
from app.handles import HandleNames
from app.imports import page_function
from app.messages import InvokeResult, TrapInfo
from app.names import TypeNames
from app.trace import events, tracer
from pycm_core import wave
from pycm_core.abi.trace import Tracer
from pycm_core.api import Component, Linker, Store
from pycm_core.base.errors import Trap
from pycm_core.base.source import Source
from pycm_core.component import types as t
from pycm_core.component.types import FuncType
from pycm_core.runtime.engine import Engine
from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser import Exit


class Live:
    """One instance of a component with its handles, its tracer, and the request that is using it now."""

    __slots__ = ("context", "handles", "instance", "names", "tracer")

    def __init__(self, context: Context, names: TypeNames, page: Iterable[str], traced: bool) -> None:
        """`page` lists the resources that the page answers for. `link` makes the instance."""
        self.context = context
        self.names = names
        self.handles = HandleNames(names, frozenset(page))
        self.tracer: Tracer | None = tracer(names, self.handles) if traced else None
        self.instance: Any = None

    def link(
        self, engine: Engine, component: Component, hosts: Iterable[HostInterface], page: Mapping[str, FuncType[Any]]
    ) -> None:
        """Instantiate. `page` has the imports that the page answers, by path; they go before those of `hosts`."""
        linker = Linker()
        linker.add(*hosts)
        linker.add(*self._page_interfaces(component, page))
        linker.unknown_imports_trap()
        # Only the page makes a guest wait: the machine's clock is virtual, its input prepared.
        store = Store(engine, trace=self.tracer, suspends=bool(page) and engine.can_suspend)
        self.instance = linker.instantiate(store, component)

    def _page_interfaces(self, component: Component, page: Mapping[str, FuncType[Any]]) -> Iterable[HostInterface]:
        by_interface: dict[str, dict[str, Any]] = {}
        for path, type in page.items():
            interface, _, name = path.rpartition("#")
            by_interface.setdefault(interface, {})[name] = page_function(path, type, self.handles, lambda: self.context)
        resources = page_resources(component, by_interface)
        for interface, funcs in by_interface.items():
            yield HostInterface(interface, funcs, {name: HostResource(name) for name in resources.get(interface, ())})

    def output(self, stream: Any, data: bytes) -> None:
        """What the guest writes goes to whoever is calling it now."""
        self.context.output(stream, data)

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
        except Trap as error:
            outcome["trap"] = trap_info(error)
        except Exit as exit:
            outcome["trap"] = exited(exit.code)
        else:
            outcome["result"] = "" if type.result is None else wave.print(result, type.result, self.handles)
        if self.tracer is not None and traced:
            outcome["trace"] = events(self.tracer.events)
            outcome["truncated"] = self.tracer.truncated
        return outcome


def page_resources(component: Component, interfaces: Iterable[str]) -> dict[str, list[str]]:
    """The resources that these imported interfaces define."""
    wanted = set(interfaces)
    found: dict[str, list[str]] = {}
    for name, extern in component.type.imports:
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
