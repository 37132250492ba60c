"""What answers each import of a core module: a function of the world, an operation on a resource, a built-in, or another module."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pycm_core.assemble import names
from pycm_core.assemble.module import CoreModule
from pycm_core.assemble.names import ROOT_PLACE, ImportName, Place
from pycm_core.assemble.signatures import NO_NEEDS, Needs, Signatures, streams
from pycm_core.base.errors import Unlinkable
from pycm_core.component import syntax as s
from pycm_core.component.builtins import CATALOGUE, Immediate
from pycm_core.component.valid.subtype import func_text
from pycm_core.wasm.syntax.types import ExternType, FuncType, MemoryType, NumType
from pycm_core.wit import model as m
from pycm_core.wit.compat import canonical_text


@dataclass(frozen=True, slots=True)
class Lowered:
    """A function of the world."""

    place: Place
    func: m.Func
    async_: bool


@dataclass(frozen=True, slots=True)
class ResourceOperation:
    """`drop`, `new` or `rep`; `type` is the resource in the resolution."""

    operation: str
    place: Place
    exported: bool
    type: int
    name: str


@dataclass(frozen=True, slots=True)
class Builtin:
    """A canonical built-in: `canon` without its indices; `type` is the stream or future in the resolution, `result` that of a task."""

    canon: s.CanonBuiltin
    place: Place = ROOT_PLACE
    exported: bool = False
    type: int | None = None
    returns: m.Func | None = None
    encoding: s.StringEncoding | None = None


@dataclass(frozen=True, slots=True)
class AdapterExport:
    adapter: str
    name: str


@dataclass(frozen=True, slots=True)
class MainExport:
    """What an adapter takes from the main module: a function, or its memory. The main module itself may be given its memory, too."""

    name: str
    memory: bool = False


Source = Lowered | ResourceOperation | Builtin | AdapterExport | MainExport


@dataclass(frozen=True, slots=True)
class Answer:
    """What answers an import, with its core type."""

    source: Source
    core: ExternType
    needs: Needs = NO_NEEDS


@dataclass(frozen=True, slots=True)
class Places:
    """The imports and exports of one module's world that have functions, by their names in each scheme."""

    imports: Mapping[tuple[names.Scheme, str], Place]
    exports: Mapping[tuple[names.Scheme, str], Place]
    root_funcs: Mapping[str, m.Func]
    root_types: Mapping[str, int]
    exported_funcs: Mapping[str, m.Func]

    @staticmethod
    def of(original: m.Resolve, resolve: m.Resolve, world: int, newer: Mapping[int, int]) -> Places:
        """`original` is the resolution before versions were merged: modules know the names it has."""
        tables: list[dict[tuple[names.Scheme, str], Place]] = []
        for items, moved in ((original.worlds[world].imports, newer), (original.worlds[world].exports, {})):
            table: dict[tuple[names.Scheme, str], Place] = {}
            for item in items:
                if isinstance(item, m.WorldInterface):
                    place = names.place_of(original, item)
                    if item.label is None and item.interface in moved:
                        place = names.place_of(resolve, m.WorldInterface(moved[item.interface]))
                        table["plain", names.place_of(original, item).name] = place
                    table["plain", place.name] = place
                    table["standard", place.canonical] = place
            tables.append(table)
        made = resolve.worlds[world]
        return Places(
            tables[0],
            tables[1],
            {x.func.name: x.func for x in made.imports if isinstance(x, m.WorldFunc)},
            {x.name: x.type for x in made.imports if isinstance(x, m.WorldType)},
            {x.func.name: x.func for x in made.exports if isinstance(x, m.WorldFunc)},
        )


_STREAM = re.compile(r"\[(stream|future)-(new|read|write|cancel-read|cancel-write|drop-readable|drop-writable)-(\d+)\](.+)")
_CONTEXT = re.compile(r"\[context-(get|set)-(?:(i32|i64)-)?(\d{1,9})\]")
_ERROR = re.compile(r"\[(error-context-new|error-context-debug-message)-(utf8|utf16|latin1\+utf16)\]")
_ENCODINGS = {
    "utf8": s.StringEncoding.UTF8,
    "utf16": s.StringEncoding.UTF16,
    "latin1+utf16": s.StringEncoding.LATIN1_UTF16,
}
_TYPED = {
    Immediate.TYPE,
    Immediate.CORE_TYPE,
    Immediate.RESULT,
    Immediate.SLOT,
    Immediate.TABLE,
    Immediate.SHARED,
    Immediate.OPTS,
}
_PLAIN_BUILTINS = {
    f"[{name.replace('.', '-')}]": name for name, entry in CATALOGUE.items() if not _TYPED.intersection(entry.immediates)
}
"""The built-ins that need no types, as the plain scheme writes them."""


class Answers:
    """Answers the imports of one core module."""

    __slots__ = ("_adapters", "_main", "_module", "_places", "_resolve", "_signatures")

    def __init__(
        self,
        module: CoreModule,
        resolve: m.Resolve,
        places: Places,
        signatures: Signatures,
        main: CoreModule,
        adapters: Mapping[str, CoreModule],
    ) -> None:
        self._module = module
        self._resolve = resolve
        self._places = places
        self._signatures = signatures
        self._main = main
        self._adapters = adapters

    def answer(self, module: str, name: str, type: ExternType) -> Answer:
        """What answers an import. Raises `Unlinkable` when nothing does, or with another core type."""
        if self._module.name is None and module in self._adapters:
            return self._of_module(AdapterExport(module, name), self._adapters[module], name, type)
        if self._module.name is not None:
            if module == names.MAIN_MODULE:
                return self._of_module(MainExport(name), self._main, name, type)
            if isinstance(type, MemoryType):
                return Answer(MainExport(name, memory=True), type)
        if isinstance(type, MemoryType) and (module, name) == names.MEMORY_IMPORT:
            return Answer(MainExport(name, memory=True), type)
        if not isinstance(type, FuncType):
            what = "memory" if isinstance(type, MemoryType) else "something that is no function"
            raise Unlinkable(
                f"{self._module.title} imports {what}, `{module}` `{name}`: a component gives its modules functions only",
                hint="define the memory in the module and export it" if isinstance(type, MemoryType) else None,
            )
        wanted = names.import_name(module)
        place = ROOT_PLACE
        if wanted.place is not None:
            table = self._places.exports if wanted.exported else self._places.imports
            found = table.get((wanted.scheme, wanted.place))
            canonical = canonical_text(wanted.place)
            if found is None and wanted.scheme == "plain" and canonical != wanted.place:
                # A compatible version may answer in both schemes; only the standard one spells that in the name.
                found = table.get(("standard", canonical))
            if found is None:
                raise self._unknown_place(module, name, wanted)
            place = found
        if wanted.scheme == "plain":
            builtin = self._builtin(place, wanted.exported, name)
            if builtin is not None:
                return self._checked(module, name, type, builtin)
        operation = names.resource_operation(wanted.scheme, name)
        if operation is not None:
            return self._checked(module, name, type, self._resource(module, name, place, wanted, *operation))
        async_ = wanted.scheme == "plain" and name.startswith(names.ASYNC_LOWER)
        func = (
            None if wanted.exported else self._funcs(place, False).get(name.removeprefix(names.ASYNC_LOWER) if async_ else name)
        )
        if func is None:
            raise self._unknown_func(module, name, place, wanted)
        if async_ and not func.async_:
            raise Unlinkable(f"`{module}` `{name}`: the function is not `async`, so it cannot be lowered as one")
        signature = self._signatures.lowered(func, async_)
        return self._checked(module, name, type, Answer(Lowered(place, func, async_), signature.core, signature.needs))

    def _of_module(self, source: AdapterExport | MainExport, other: CoreModule, name: str, type: ExternType) -> Answer:
        found = other.exports.get(name)
        if found is None:
            hint = None
            if name == "_start":
                hint = "a module that is a library has none: use an adapter that is made for libraries (a `reactor`)"
            raise Unlinkable(f"{self._module.title} needs `{name}`, which {other.title} does not export", hint=hint)
        if found != type:
            raise Unlinkable(
                f"{self._module.title} imports `{name}` of {other.title} with another type: "
                f"expected {_text(type)}, found {_text(found)}"
            )
        return Answer(source, type)

    def _checked(self, module: str, name: str, type: FuncType, answer: Answer) -> Answer:
        if answer.core != type:
            raise Unlinkable(
                f"import `{module}` `{name}` has the wrong core type: expected {_text(answer.core)}, found {_text(type)}",
                hint="the module may have been built against another version of the WIT package",
            )
        return answer

    # --- functions and resources ------------------------------------------------------------------------------------------

    def _funcs(self, place: Place, exported: bool) -> Mapping[str, m.Func]:
        if place.interface is None:
            return self._places.exported_funcs if exported else self._places.root_funcs
        return {f.name: f for f in self._resolve.interfaces[place.interface].functions}

    def _resource(self, module: str, name: str, place: Place, wanted: ImportName, operation: str, resource: str) -> Answer:
        types = self._places.root_types if place.interface is None else dict(self._resolve.interfaces[place.interface].types)
        type_ = types.get(resource)
        definition = None if type_ is None else self._resolve.definition(type_)
        if (
            type_ is None
            or not isinstance(definition, int)
            or not isinstance(self._resolve.types[definition].kind, m.ResourceKind)
        ):
            raise Unlinkable(f"import `{module}` `{name}`: there is no resource `{resource}` in `{wanted.place or 'the world'}`")
        if operation != "drop" and not wanted.exported:
            raise Unlinkable(
                f"import `{module}` `{name}`: only who defines a resource can do that",
                hint=f"for a resource that the module exports it is `{names.import_module(wanted.scheme, place, True)}`",
            )
        results = () if operation == "drop" else (NumType.I32,)
        core = FuncType((NumType.I32,), results)
        return Answer(ResourceOperation(operation, place, wanted.exported, type_, resource), core)

    # --- built-ins --------------------------------------------------------------------------------------------------------

    def _builtin(self, place: Place, exported: bool, name: str) -> Answer | None:
        """A canonical built-in by its name in the plain scheme."""
        async_ = name.startswith(names.ASYNC_LOWER)
        cancellable = name.startswith(names.CANCELLABLE)
        word = name.removeprefix(names.ASYNC_LOWER).removeprefix(names.CANCELLABLE)
        if place.interface is None and exported is (word == "[task-cancel]"):
            plain = _PLAIN_BUILTINS.get(word)
            if plain is not None:
                immediates = CATALOGUE[plain].immediates
                if (async_ and Immediate.ASYNC not in immediates) or (cancellable and Immediate.CANCELLABLE not in immediates):
                    return None
                memory = Immediate.MEMORY in immediates
                canon = s.CanonBuiltin(plain, async_=async_, cancellable=cancellable)
                return Answer(Builtin(canon), _FIXED[plain], Needs(memory))
            if name == "[thread-new-indirect-v0]":
                # Whoever needs the module's table needs the module first, as with memory.
                return Answer(Builtin(s.CanonBuiltin("thread.new-indirect")), _core(2, 1), Needs(True))
            context = _CONTEXT.fullmatch(name)
            if context is not None:
                type_ = NumType.I64 if context[2] == "i64" else NumType.I32
                canon = s.CanonBuiltin(f"context.{context[1]}", core_type=type_, slot=int(context[3]))
                return Answer(Builtin(canon), FuncType((), (type_,)) if context[1] == "get" else FuncType((type_,), ()))
            error = _ERROR.fullmatch(name)
            if error is not None:
                builtin = error[1].replace("context-", "context.")
                core = _core(2, 1) if builtin == "error-context.new" else _core(2, 0)
                needs = Needs(True, builtin != "error-context.new", True)
                return Answer(Builtin(s.CanonBuiltin(builtin), encoding=_ENCODINGS[error[2]]), core, needs)
        if name.startswith("[task-return]"):
            func = self._funcs(place, True).get(name.removeprefix("[task-return]"))
            if func is None or not exported:
                return None
            signature = self._signatures.task_return(func)
            builtin_ = Builtin(s.CanonBuiltin("task.return"), place, True, returns=func)
            return Answer(builtin_, signature.core, signature.needs)
        stream = _STREAM.fullmatch(word)
        if stream is None:
            return None
        what, operation, number, func_name = stream.groups()
        if cancellable or (async_ and operation not in ("read", "write", "cancel-read", "cancel-write")):
            return None
        func = self._funcs(place, exported).get(func_name)
        if func is None:
            return None
        mentioned = streams(self._resolve, func)
        type_index = mentioned[int(number)] if int(number) < len(mentioned) else None
        if type_index is None or type(self._resolve.types[type_index].kind).__name__.lower() != what:
            raise Unlinkable(f"`{name}`: the type of `{func_name}` does not mention a {what} with the number {number}")
        return self._stream(f"{what}.{operation}", async_, place, exported, type_index)

    def _stream(self, name: str, async_: bool, place: Place, exported: bool, index: int) -> Answer:
        kind = self._resolve.types[index].kind
        payload = getattr(kind, "element", getattr(kind, "type", None))
        copies = name.endswith((".read", ".write"))
        needs = Needs()
        if copies:
            pointer = self._signatures.pointer(payload)
            needs = Needs(payload is not None, pointer and name.endswith(".read"), self._signatures.has_string(payload))
        core = _STREAMS[name.partition(".")[2]]
        if copies:
            core = _core(3 if name.startswith("stream") else 2, 1)
        return Answer(Builtin(s.CanonBuiltin(name, async_=async_), place, exported, type=index), core, needs)

    # --- what is missing --------------------------------------------------------------------------------------------------

    def _unknown_place(self, module: str, name: str, wanted: ImportName) -> Unlinkable:
        hint = None
        if module.startswith("wasi_snapshot_preview1") or module == "wasi_unstable":
            hint = f"an adapter turns it into interfaces of WASI 0.2: `--adapt {module}=FILE.wasm`"
        elif not self._module.worlds:
            hint = "no world is embedded in it: `pycm component embed WIT MODULE` adds one"
        else:
            table = self._places.exports if wanted.exported else self._places.imports
            known = sorted({names.import_module(wanted.scheme, place, wanted.exported) for place in table.values()})
            if known:
                hint = f"its world has: {', '.join(f'`{x}`' for x in known[:12])}"
        return Unlinkable(f"{self._module.title} imports `{name}` from `{module}`, which its world does not have", hint=hint)

    def _unknown_func(self, module: str, name: str, place: Place, wanted: ImportName) -> Unlinkable:
        where = f"`{wanted.place}`" if place.interface is not None else "the world itself"
        hint = None
        if not self._module.worlds:
            hint = "no world is embedded in it: `pycm component embed WIT MODULE` adds one"
        elif "-forward-" in name:
            hint = "the component model has no such built-in at this revision"
        elif not wanted.exported and self._funcs(place, False):
            hint = f"there are: {', '.join(f'`{x}`' for x in list(self._funcs(place, False))[:12])}"
        return Unlinkable(f"{self._module.title} imports `{name}` from `{module}`, but {where} has no such function", hint=hint)


def _core(params: int, results: int) -> FuncType:
    return FuncType((NumType.I32,) * params, (NumType.I32,) * results)


_STREAMS = {
    "new": FuncType((), (NumType.I64,)),
    "read": _core(3, 1),
    "write": _core(3, 1),
    "cancel-read": _core(1, 1),
    "cancel-write": _core(1, 1),
    "drop-readable": _core(1, 0),
    "drop-writable": _core(1, 0),
}
_FIXED = {
    "task.cancel": _core(0, 0),
    "subtask.cancel": _core(1, 1),
    "subtask.drop": _core(1, 0),
    "thread.yield": _core(0, 1),
    "error-context.drop": _core(1, 0),
    "waitable-set.new": _core(0, 1),
    "waitable-set.wait": _core(2, 1),
    "waitable-set.poll": _core(2, 1),
    "waitable-set.drop": _core(1, 0),
    "waitable.join": _core(2, 0),
    "backpressure.inc": _core(0, 0),
    "backpressure.dec": _core(0, 0),
    "thread.index": _core(0, 1),
    "thread.resume-later": _core(1, 0),
    "thread.suspend": _core(0, 1),
    "thread.suspend-then-resume": _core(1, 1),
    "thread.yield-then-resume": _core(1, 1),
    "thread.suspend-then-promote": _core(1, 1),
    "thread.yield-then-promote": _core(1, 1),
}


def _text(type: ExternType) -> str:
    return func_text(type) if isinstance(type, FuncType) else type.__class__.__name__.removesuffix("Type").lower()
