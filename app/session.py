"""What the worker does for the page: one method per request of `app.messages`.

A session knows components, instances and hosts, and nothing of browsers: the engine and the platform are given to it, and everything
that goes to the page while a request runs goes through its `Context`. So it runs, and is tested, on any Python.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from app.context import Context
from app.coremodule import describe_module
from app.engines import surroundings
from app.failures import BadRequest, Failed, diagnostic, failure, trap_info
from app.files import unzip, zipped
from app.handles import AnyHandles
from app.imports import answered_by_page
from app.jsonvalue import to_json
from app.live import Live, page_resources
from app.machines import Box, Boxes, Engines, kept_after
from app.messages import (
    CloseParams,
    CloseResult,
    HelloParams,
    HelloResult,
    InstantiateParams,
    InstantiateResult,
    InvokeParams,
    InvokeResult,
    KeptAfterParams,
    KeptAfterResult,
    OpenParams,
    OpenResult,
    RequestParams,
    RequestResult,
    RunParams,
    RunResult,
    RunTogetherParams,
    RunTogetherResult,
    ServeParams,
    ServeResult,
    UnzipParams,
    UnzipResult,
    WastParams,
    WastResult,
    WaveCheckParams,
    WaveCheckResult,
    ZipParams,
    ZipResult,
)
from app.opened import Opened, core_modules
from app.requests import check
from app.running import request, run, serve
from app.scripts import wast
from app.together import run_together
from app.wit import Wit
from pycm_core import wave, wit
from pycm_core.api import Component
from pycm_core.api.version import version
from pycm_core.base.errors import Exhaustion, Invalid, Malformed, Trap
from pycm_core.base.features import DEFAULT_FEATURES
from pycm_core.component.binary.decode import kind
from pycm_core.runtime.engine import Engine
from pycm_core.wasm.binary.module import decode as decode_module
from pycm_core.wasm.valid.module import validate as validate_module
from pycm_core.wit.from_component import wit_of_component
from wasi_browser import Machine, link
from wasi_browser.platform.base import Platform


class Session:
    """Everything that is open. Requests come one at a time.

    `around` gives the engine and the platform; it is asked when they are first needed, so that a session can be made where there is
    neither (while a memory snapshot is taken).
    """

    __slots__ = ("_around", "_bounded", "_engine", "_machines", "_methods", "_opened", "_platform", "_serial")

    def __init__(self, around: Callable[[], tuple[Engine, Platform]] = surroundings) -> None:
        self._around = around
        self._engine: Engine | None = None
        self._platform: Platform | None = None
        self._machines: Boxes | None = None
        self._bounded: Engines | None = None
        self._opened: dict[str, Opened] = {}
        self._serial = 0
        self._methods: dict[str, Callable[[Any, Context], Awaitable[Any]]] = {
            "hello": self._hello,
            **Wit().methods(),
            "open": self._open,
            "close": self._close,
            "instantiate": self._instantiate,
            "invoke": self._invoke,
            "run": self._run,
            "run-together": self._run_together,
            "kept-after": self._kept_after,
            "zip": self._zip,
            "unzip": self._unzip,
            "request": self._request,
            "serve": self._serve,
            "wast": self._wast,
            "wave-check": self._wave_check,
        }

    async def handle(self, method: str, params: Any, context: Context) -> Any:
        """The result of one request. Raises `Failed`, with what the page is to be told, and nothing else."""
        try:
            checked = check(method, params)
            return await self._methods[method](checked, context)
        except Exception as error:
            raise Failed(failure(error)) from error

    async def _hello(self, params: HelloParams, context: Context) -> HelloResult:
        return {
            "version": version(),
            "python": sys.version.partition(" ")[0],
            "features": sorted(feature.value for feature in DEFAULT_FEATURES),
            "boot": "plain",
        }

    async def _open(self, params: OpenParams, context: Context) -> OpenResult:
        data = bytes(params["bytes"])
        id = params.get("id") or self._new_id()
        if kind(data) == "module":
            return self._open_module(id, params["name"], data)
        component = Component(data, progress=lambda done, total: context.progress("read", done, total, "bytes"))
        text = wit.print_wit(wit_of_component(component.valid))
        refused = self._compile(component, context)
        opened = self._opened[id] = Opened(id, params["name"], component, component.valid.type)
        answer = opened.described(len(data), text, [interface.name for interface in link(Machine())])
        answer["missing"].extend(refused)
        return answer

    def _open_module(self, id: str, name: str, data: bytes) -> OpenResult:
        imports, exports, missing = describe_module(data)
        why = refusal(lambda: self._place()[0].compile(data), data)
        if why is not None:
            missing.append(f"it does not compile here: {why}")
        self._opened[id] = Opened(id, name)
        return {
            "id": id,
            "kind": "module",
            "name": name,
            "size": len(data),
            "wit": "",
            "imports": imports,
            "exports": exports,
            "command": False,
            "missing": missing,
        }

    async def _close(self, params: CloseParams, context: Context) -> CloseResult:
        opened = self._opened.pop(params["id"], None)
        if opened is not None:
            opened.close()
        return {}

    async def _instantiate(self, params: InstantiateParams, context: Context) -> InstantiateResult:
        opened = self._of(params["id"])
        live, box = self._live(opened, params, params.get("trace", True), context)
        answer: InstantiateResult = {"instance": opened.keep(live, box)}
        if kept := box.kept():
            answer["kept"] = kept
        return answer

    async def _invoke(self, params: InvokeParams, context: Context) -> InvokeResult:
        opened = self._of(params["id"])
        path = opened.export(params["func"])
        traced = params.get("trace", True)
        instance = params.get("instance")
        try:
            live, box = self._live(opened, params, traced, context) if instance is None else opened.live(instance)
        except (Trap, Exhaustion) as error:
            return {"trap": trap_info(error), "trace": [], "truncated": False}
        try:
            answer = await live.invoke(path, opened.exports[path], params["args"], context, traced)
        finally:
            if instance is None:
                live.close()
        if kept := box.kept():
            answer["kept"] = kept
        return answer

    async def _run(self, params: RunParams, context: Context) -> RunResult:
        return await run(self._of(params["id"]), params, context, self._engines().within(params), self._boxes())

    async def _run_together(self, params: RunTogetherParams, context: Context) -> RunTogetherResult:
        return await run_together(params, self._of, context, self._engines(), self._boxes())

    async def _kept_after(self, params: KeptAfterParams, context: Context) -> KeptAfterResult:
        return kept_after(params)

    async def _zip(self, params: ZipParams, context: Context) -> ZipResult:
        return zipped(params)

    async def _unzip(self, params: UnzipParams, context: Context) -> UnzipResult:
        return unzip(params)

    async def _request(self, params: RequestParams, context: Context) -> RequestResult:
        return await request(self._of(params["id"]), params, context, self._engines().within(params), self._boxes())

    async def _serve(self, params: ServeParams, context: Context) -> ServeResult:
        return serve(self._of(params["id"]), params, context, self._boxes())

    async def _wast(self, params: WastParams, context: Context) -> WastResult:
        return await wast(params, self._place()[0], context)

    async def _wave_check(self, params: WaveCheckParams, context: Context) -> WaveCheckResult:
        opened = self._of(params["id"])
        path = opened.export(params["func"])
        type = opened.exports[path]
        if not 0 <= params["index"] < len(type.params):
            raise BadRequest(f"`{path}` has no parameter {params['index']}")
        param = type.params[params["index"]].type
        handles = AnyHandles(opened.names)
        try:
            value = wave.parse(params["text"], param, handles)
        except Malformed as error:
            return {"value": None, "error": diagnostic(error)}
        return {"value": to_json(value, param, handles), "error": None}

    def _compile(self, component: Component, context: Context) -> list[str]:
        """Compile every core module, so that a fault in one shows when the file is opened. What does not compile here, in words."""
        modules = core_modules(component.syntax)
        compile = component.compiler(self._place()[0])
        refused = []
        for i, module in enumerate(modules):
            context.progress("compile", i, len(modules), "items")
            why = refusal(partial(compile, module), bytes(module.binary), module.at)
            if why is not None:
                refused.append(f"core module {i} does not compile here, so nothing in it runs: {why}")
        return refused

    def _place(self) -> tuple[Engine, Platform]:
        """Where guests run."""
        if self._engine is None or self._platform is None:
            self._engine, self._platform = self._around()
        return self._engine, self._platform

    def _engines(self) -> Engines:
        """The engine, and what is made of it."""
        if self._bounded is None:
            self._bounded = Engines(self._place()[0])
        return self._bounded

    def _boxes(self) -> Boxes:
        """What makes machines."""
        if self._machines is None:
            self._machines = Boxes(self._place()[1])
        return self._machines

    def _of(self, id: str) -> Opened:
        if id not in self._opened:
            raise BadRequest(f"nothing is open under the id `{id}`", "open the file again")
        return self._opened[id]

    def _new_id(self) -> str:
        while True:
            self._serial += 1
            id = f"c{self._serial}"
            if id not in self._opened:
                return id

    def _live(self, opened: Opened, params: InstantiateParams | InvokeParams, traced: bool, context: Context) -> tuple[Live, Box]:
        """A fresh instance, and the machine of its own that it is in."""
        component = opened.runnable()
        page = answered_by_page(params.get("imports", ()), opened.imports)
        resources = page_resources(opened.type, (path.rpartition("#")[0] for path in page))
        live = Live(context, opened.names, (name for names in resources.values() for name in names), traced)
        engine = self._engines().within(params)
        box = self._boxes().make(params, live, context, False)
        hosts = link(box.machine)
        live.link(
            engine,
            component,
            box.machine,
            *hosts,
            *live.page_interfaces(page, resources, hosts, engine.can_suspend),
            suspends=bool(page) or box.waits,
        )
        return live, box


def refusal(compile: Callable[[], Any], binary: bytes, at: int = 0) -> str | None:
    """Why the engine refuses a core module that the specification allows; raises what is wrong with one that it does not allow."""
    try:
        compile()
    except (Malformed, Invalid) as error:
        validate_module(decode_module(binary, at))
        return error.message
    return None
