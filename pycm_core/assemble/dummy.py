"""A core module that has every import and export of a world and does nothing: to start from, and to test with."""

from __future__ import annotations

from typing import Literal

from pycm_core.assemble import names
from pycm_core.assemble.names import ROOT_PLACE, Place, Scheme
from pycm_core.assemble.signatures import Signatures, streams
from pycm_core.component import types as t
from pycm_core.wasm.syntax.instructions import BY_NAME
from pycm_core.wasm.syntax.module import Export, Expr, ExternKind, Func, Import, Memory, Module
from pycm_core.wasm.syntax.types import FuncType, Limits, MemoryType, NumType, RecType, SubType
from pycm_core.wit import model as m

Lift = Literal["sync", "callback", "stackful"]
"""How async functions are lowered and lifted: like others, or async, with a callback or with a stack of their own."""

_I32 = NumType.I32
_STREAM_OPERATIONS = (
    ("new", FuncType((), (NumType.I64,))),
    ("cancel-read", FuncType((_I32,), (_I32,))),
    ("cancel-write", FuncType((_I32,), (_I32,))),
    ("drop-readable", FuncType((_I32,), ())),
    ("drop-writable", FuncType((_I32,), ())),
)
_ROOT_BUILTINS = (
    ("[export]$root", "[task-cancel]", FuncType((), ())),
    ("$root", "[backpressure-inc]", FuncType((), ())),
    ("$root", "[backpressure-dec]", FuncType((), ())),
    ("$root", "[waitable-set-new]", FuncType((), (_I32,))),
    ("$root", "[waitable-set-wait]", FuncType((_I32, _I32), (_I32,))),
    ("$root", "[waitable-set-poll]", FuncType((_I32, _I32), (_I32,))),
    ("$root", "[waitable-set-drop]", FuncType((_I32,), ())),
    ("$root", "[waitable-join]", FuncType((_I32, _I32), ())),
    ("$root", "[thread-yield]", FuncType((), (_I32,))),
    ("$root", "[subtask-drop]", FuncType((_I32,), ())),
    ("$root", "[subtask-cancel]", FuncType((_I32,), (_I32,))),
    ("$root", "[context-get-0]", FuncType((), (_I32,))),
    ("$root", "[context-set-0]", FuncType((_I32,), ())),
)


def dummy(resolve: m.Resolve, world: int, scheme: Scheme = "standard", lift: Lift = "sync") -> Module:
    """The module. `lift` other than `sync` needs the plain scheme: the standard one has no names for it."""
    return _Dummy(resolve, scheme, lift).run(resolve.worlds[world])


class _Dummy:
    def __init__(self, resolve: m.Resolve, scheme: Scheme, lift: Lift) -> None:
        self.resolve = resolve
        self.scheme: Scheme = scheme
        self.lift = lift
        self.signatures = Signatures(resolve)
        self.types: dict[FuncType, int] = {}
        self.imports: list[Import] = []
        self.funcs: list[tuple[str, int, bool]] = []
        """Exports: name, type, and whether calling it traps."""

    def run(self, world: m.World) -> Module:
        for item in world.imports:
            if isinstance(item, m.WorldInterface):
                place = names.place_of(self.resolve, item)
                interface = self.resolve.interfaces[item.interface]
                for func in interface.functions:
                    self._import_func(place, func)
                for name, index in interface.types:
                    self._resource(place, name, index, False)
        for item in world.imports:
            if isinstance(item, m.WorldType):
                self._resource(ROOT_PLACE, item.name, item.type, False)
        for item in world.imports:
            if isinstance(item, m.WorldFunc):
                self._import_func(ROOT_PLACE, item.func)
        if self.lift != "sync":
            for module, name, core in _ROOT_BUILTINS:
                self._import(module, name, core)
        for item in world.exports:
            if isinstance(item, m.WorldFunc):
                self._export_func(ROOT_PLACE, item.func)
            elif isinstance(item, m.WorldInterface):
                place = names.place_of(self.resolve, item)
                interface = self.resolve.interfaces[item.interface]
                for func in interface.functions:
                    self._export_func(place, func)
                for name, index in interface.types:
                    self._resource(place, name, index, True)
        self._export(names.REALLOC[self.scheme], FuncType((_I32,) * 4, (_I32,)), True)
        self._export(names.INITIALIZE[self.scheme], FuncType((), ()), False)
        trap = Expr(((BY_NAME["unreachable"],),))
        exports = [Export(name, ExternKind.FUNC, len(self.imports) + i) for i, (name, _, _) in enumerate(self.funcs)]
        return Module(
            types=tuple([RecType((SubType(x),)) for x in self.types]),
            imports=tuple(self.imports),
            funcs=tuple([Func(type_, (), trap if traps else Expr(())) for _, type_, traps in self.funcs]),
            memories=(Memory(MemoryType(Limits(0))),),
            exports=(*exports, Export(names.MEMORY[self.scheme], ExternKind.MEMORY, 0)),
        )

    def _type(self, core: FuncType) -> int:
        return self.types.setdefault(core, len(self.types))

    def _import(self, module: str, name: str, core: FuncType) -> None:
        self.imports.append(Import(module, name, self._type(core)))

    def _export(self, name: str, core: FuncType, traps: bool) -> None:
        self.funcs.append((name, self._type(core), traps))

    def _import_func(self, place: Place, func: m.Func) -> None:
        module = names.import_module(self.scheme, place)
        async_ = self.lift != "sync" and func.async_
        name = names.ASYNC_LOWER + func.name if async_ else func.name
        self._import(module, name, self.signatures.lowered(func, async_).core)
        if self.lift != "sync":
            self._streams(module, func)

    def _streams(self, module: str, func: m.Func) -> None:
        for number, index in enumerate(streams(self.resolve, func)):
            what = "stream" if isinstance(self.resolve.types[index].kind, t.Stream) else "future"
            for operation, core in _STREAM_OPERATIONS:
                self._import(module, f"[{what}-{operation}-{number}]{func.name}", core)
            core = FuncType((_I32,) * (3 if what == "stream" else 2), (_I32,))
            for operation in ("read", "write"):
                self._import(module, f"{names.ASYNC_LOWER}[{what}-{operation}-{number}]{func.name}", core)

    def _resource(self, place: Place, name: str, index: int, exported: bool) -> None:
        if not isinstance(self.resolve.types[index].kind, m.ResourceKind):
            return
        module = names.import_module(self.scheme, place, exported)
        for operation in ("drop", "new", "rep") if exported else ("drop",):
            core = FuncType((_I32,), () if operation == "drop" else (_I32,))
            self._import(module, names.resource_name(self.scheme, operation, name), core)
        if exported:
            self._export(names.destructor_name(self.scheme, place, name), FuncType((_I32,), ()), False)

    def _export_func(self, place: Place, func: m.Func) -> None:
        name = names.export_name(self.scheme, place, func.name)
        if self.lift == "sync" or not func.async_:
            core = self.signatures.lifted(func, False, False).core
            self._export(name, core, True)
            self._export(names.post_return_name(self.scheme, place, func.name), FuncType(core.results, ()), False)
        else:
            callback = self.lift == "callback"
            prefix = names.ASYNC_LIFT if callback else names.STACKFUL_LIFT
            self._export(prefix + name, self.signatures.lifted(func, True, callback).core, True)
            if callback:
                self._export(names.CALLBACK + prefix + name, FuncType((_I32,) * 3, (_I32,)), True)
            returned = self.signatures.task_return(func).core
            self._import(names.import_module("plain", place, True), f"[task-return]{func.name}", returned)
        if self.lift != "sync":
            self._streams(names.import_module("plain", place, True), func)
