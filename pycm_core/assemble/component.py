"""`component new`: a core module and the world embedded in it become a component (BuildTargets.md; Binary.md).

Imports that need nothing of the main module are lowered before it exists. The others, and the destructors of its resources, go through
a shim, whose table is filled when memory and `realloc` are there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pycm_core.assemble import names, shims
from pycm_core.assemble.answers import AdapterExport, Answer, Answers, Builtin, Lowered, MainExport, Places, ResourceOperation
from pycm_core.assemble.builder import Builder, ExportView, ImportView
from pycm_core.assemble.exports import export_interface
from pycm_core.assemble.lifting import SCHEMES, Export, Lifting, Unit, export_key
from pycm_core.assemble.module import CoreModule, read, without_worlds
from pycm_core.assemble.names import ROOT_PLACE, Place, Scheme
from pycm_core.assemble.shrink import shrink
from pycm_core.assemble.signatures import Needs, Signatures
from pycm_core.assemble.worlds import Live, imports_of, merge_versions
from pycm_core.base.errors import Exhaustion, Unlinkable
from pycm_core.base.features import ALL_FEATURES, Features
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.component import syntax as s
from pycm_core.component.builtins import CATALOGUE, Immediate
from pycm_core.component.valid.modules import checked_types
from pycm_core.component.valid.subtype import func_text
from pycm_core.component.valid.validate import validate
from pycm_core.wasm.syntax.types import FuncType, MemoryType, NumType, TableType
from pycm_core.wit import model as m
from pycm_core.wit.metadata import Embedded, embedded_worlds
from pycm_core.wit.suffixes import with_canonical_names

Core = s.CoreSort
THREAD_START = FuncType((NumType.I32,), ())
REALLOC_TYPE = FuncType((NumType.I32,) * 4, (NumType.I32,))


@dataclass(frozen=True, slots=True)
class Adapter:
    """A core module with a world of its own that answers what the main module imports from `name`."""

    name: str
    binary: bytes = field(repr=False)


def new_component(
    module: bytes,
    adapters: Sequence[Adapter] = (),
    *,
    check: bool = True,
    realloc_via_memory_grow: bool = False,
    merge: bool = True,
    rename: Mapping[str, str] | None = None,
    legacy_names: bool = True,
    canonical: bool = False,
    features: Features = ALL_FEATURES,
    limits: Limits = DEFAULT_LIMITS,
) -> s.Component:
    """A component of a core module in which a world is embedded (`embed`, or the tools of its language).

    `check` validates the result, the code of the modules included. `realloc_via_memory_grow`: adapters get their memory with
    `memory.grow` even when the main module exports `cabi_realloc`. `merge`: of compatible versions of an imported interface only the newest is
    imported. `rename`: instance imports to be called otherwise, new names by old. `legacy_names`: what is named in the older scheme is taken, too
    (`pycm_core.assemble.names`). `canonical`: interfaces get canonical names, with the rest of the version beside them (🔗).

    Raises `Unlinkable` when module and world do not fit, `Malformed` or `Invalid` for what is wrong with either by itself, `Exhaustion`.
    """
    try:
        schemes: Sequence[Scheme] = SCHEMES if legacy_names else ("standard",)
        main = read(module, None, limits)
        if not legacy_names:
            _no_legacy_imports(main, {a.name for a in adapters})
        component = _Assembly(main, adapters, realloc_via_memory_grow, merge, dict(rename or {}), schemes, limits).run()
        if canonical:
            component = with_canonical_names(component)
        if check:
            validate(component, features=features, limits=limits, module_types=checked_types(features))
        return component
    except RecursionError:
        raise Exhaustion("nesting too deep for the stack of this Python") from None


def _no_legacy_imports(main: CoreModule, adapters: Collection[str]) -> None:
    for module, name, _ in main.imports:
        if not module.startswith(names.PREFIX) and module not in adapters:
            raise Unlinkable(
                f"the module imports `{name}` from `{module}`, which is a name of the older scheme",
                hint=f"names of the standard scheme start with `{names.PREFIX}` (BuildTargets.md)",
            )


class _Assembly:
    def __init__(
        self,
        main: CoreModule,
        adapters: Sequence[Adapter],
        memory_grow: bool,
        merge: bool,
        rename: dict[str, str],
        schemes: Sequence[Scheme],
        limits: Limits,
    ) -> None:
        given = [read(a.binary, a.name, limits) for a in adapters]
        for adapter in given:
            if not adapter.worlds:
                raise Unlinkable(
                    f"no world is embedded in {adapter.title}",
                    hint="an adapter is a core module with a world of its own, as `component embed` makes it",
                )
        embedded: Embedded = embedded_worlds([x.worlds for x in (main, *given)], limits)
        original = embedded.resolve
        merged = merge_versions(original)
        if not merge:
            merged = replace(merged, resolve=original, newer={})
        self.resolve = merged.resolve
        self.signatures = Signatures(self.resolve, limits)
        self.lifting = Lifting(self.resolve, self.signatures, schemes)
        self.rename = rename
        places = [Places.of(original, self.resolve, i, merged.newer) for i in range(len(given) + 1)]
        self.worlds = [self.resolve.worlds[i] for i in range(len(given) + 1)]
        self.main = Unit(main, places[0], embedded.encodings[0])
        self.adapters: list[Unit] = []
        self.exports: list[Export] = []
        self._export_items(0, self.main)
        known = {x.name or "": x for x in given}
        needed: dict[str, set[str]] = {name: set() for name in known}
        for imported, name, _ in main.imports:
            if imported in needed:
                needed[imported].add(main.asked(imported, name))
        for index, adapter in enumerate(given, 1):
            unit = Unit(adapter, places[index], embedded.encodings[index])
            self._export_items(index, unit)
            if self._shrunk(unit, needed[adapter.name or ""], memory_grow, limits):
                self.adapters.append(unit)
        self._check_exports()
        self._check_reallocs()
        self._answer(self.main, {x.module.name or "": x.module for x in self.adapters} | known)
        exported = frozenset(x.place.interface for x in self.exports if x.place.interface is not None)
        self.live = Live(self.resolve, exported)
        self._mark()
        self.builder = Builder(self.resolve, self.live)

    # --- what there is ----------------------------------------------------------------------------------------------------

    def _export_items(self, world: int, unit: Unit) -> None:
        for item in self.worlds[world].exports:
            place = names.place_of(self.resolve, item) if isinstance(item, m.WorldInterface) else ROOT_PLACE
            same = [x for x in self.exports if export_key(x.place, x.item) == export_key(place, item)]
            if same:
                raise Unlinkable(f"both {same[0].unit.module.title} and {unit.module.title} export `{export_key(place, item)}`")
            self.exports.append(Export(place, item, unit))

    def _check_exports(self) -> None:
        """Every export of the world is there, and no name of the standard scheme is one that the world does not have.

        (BuildTargets.md, "Imports and Exports")
        """
        known = {names.MEMORY["standard"], names.REALLOC["standard"], names.INITIALIZE["standard"]}
        for export in self.exports:
            known.update(self.lifting.destructors(export).values())
            for func in self.lifting.funcs(export):
                lift = self.lifting.lift(export, func)
                known.update(x for x in (lift.name, lift.post_return) if x is not None)
        for name in self.main.module.exports:
            if name.startswith(names.PREFIX) and name not in known:
                raise Unlinkable(
                    f"the module exports `{name}`, which its world does not have",
                    hint=f"names that start with `{names.PREFIX}` are those of the component model (BuildTargets.md)",
                )

    def _check_reallocs(self) -> None:
        """What is called as an allocator is one, also when nobody calls it."""
        for name in names.REALLOC.values():
            found = self.main.module.exports.get(name)
            if isinstance(found, FuncType) and found != REALLOC_TYPE:
                raise Unlinkable(
                    f"export `{name}` has the wrong core type: expected {func_text(REALLOC_TYPE)}, found {func_text(found)}"
                )

    def _answer(self, unit: Unit, adapters: Mapping[str, CoreModule]) -> None:
        answers = Answers(unit.module, self.resolve, unit.places, self.signatures, self.main.module, adapters)
        for module, name, type_ in unit.module.imports:
            unit.answers[module, name] = answers.answer(module, unit.module.asked(module, name), type_)

    def _shrunk(self, unit: Unit, needed: set[str], memory_grow: bool, limits: Limits) -> bool:
        """Cut an adapter down to what is needed of it; whether anything is."""
        roots = set(needed)
        for export in self.exports:
            if export.unit is unit:
                for func in self.lifting.funcs(export):
                    lift = self.lifting.lift(export, func)
                    roots.update(x for x in (lift.name, lift.callback, lift.post_return) if x is not None)
                    realloc = unit.name(*names.EXPORT_REALLOC) if lift.needs.realloc else None
                    if realloc is not None:
                        roots.add(realloc)
                roots.update(x for x in self.lifting.destructors(export).values())
        if not roots:
            return False
        missing = sorted(x for x in needed if x not in unit.module.exports)
        if missing:
            raise Unlinkable(
                f"{unit.module.title} does not export `{missing[0]}`, which the module imports from it",
                hint="a newer adapter may have it",
            )
        whole = unit.module
        main_realloc = "cabi_realloc" in self.main.module.exports and not memory_grow
        for _ in range(2):
            unit.module = replace(
                read(shrink(whole.binary, roots, main_realloc, limits), whole.name, limits),
                worlds=whole.worlds,
                again=whole.again,
            )
            unit.answers.clear()
            self._answer(unit, {})
            realloc = Unit(whole, unit.places, unit.encoding).name(*names.IMPORT_REALLOC)
            if realloc is None or realloc in roots or not any(x.needs.realloc for x in unit.answers.values()):
                break
            roots.add(realloc)
        return True

    def _mark(self) -> None:
        """Find out what of the world is used."""
        live = self.live
        for world in self.worlds:
            for item in world.imports:
                if isinstance(item, m.WorldType):
                    live.type(item.type)
        for unit in (self.main, *self.adapters):
            for answer in unit.answers.values():
                source = answer.source
                if isinstance(source, Lowered):
                    live.func(source.place.interface, source.func)
                elif isinstance(source, ResourceOperation | Builtin) and source.type is not None and not source.exported:
                    live.type(source.type)
        for export in self.exports:
            if export.place.interface is not None:
                live.interface(export.place.interface)
            else:
                for func in self.lifting.funcs(export):
                    for ref in (*[p.type for p in func.params], func.result):
                        if ref is not None:
                            live.type(ref)

    # --- the component ----------------------------------------------------------------------------------------------------

    def run(self) -> s.Component:
        builder = self.builder
        self._imports()
        main_module = builder.core_module(without_worlds(self.main.module.binary))
        self.memory = self._given_memory()
        adapter_modules = [builder.core_module(without_worlds(x.module.binary)) for x in self.adapters]
        late = self._late()
        shim = -1
        if late:
            module = builder.core_module(shims.shim([type_ for type_, _ in late]))
            shim = builder.core_instantiate(module, {})
        taken = iter(range(len(late)))

        def through_shim() -> int:
            return builder.core_export(Core.FUNC, shim, str(next(taken)))

        for export in self.exports:
            if export.place.interface is not None:
                view = builder.views[export.place.interface] = ExportView(builder, export.place.interface)
                dtors = self.lifting.destructors(export)
                for _, index in self.resolve.interfaces[export.place.interface].types:
                    if isinstance(self.resolve.types[index].kind, m.ResourceKind):
                        view.resource(index, through_shim() if index in dtors else None)
        self._instantiate(self.main, main_module, through_shim)
        for unit, module in zip(self.adapters, adapter_modules, strict=True):
            self._instantiate(unit, module, through_shim)
        self._fix(late, shim)
        for export in self.exports:
            self._export(export)
        return s.Component(tuple(builder.decls))

    def _imports(self) -> None:
        for item in imports_of(self.resolve, self.worlds, self.live):
            place = names.place_of(self.resolve, item) if isinstance(item, m.WorldInterface) else None
            self.builder.import_item(item, place)
        if self.rename:
            self.builder.decls[:] = [
                replace(x, name=replace(x.name, name=self.rename[x.name.name]))
                if isinstance(x, s.Import) and isinstance(x.type, s.InstanceDesc) and x.name.name in self.rename
                else x
                for x in self.builder.decls
            ]

    def _late(self) -> list[tuple[FuncType, Callable[[], int]]]:
        """What goes through the shim, in the order in which it is asked for: core types, and what makes the function in the end."""
        late: list[tuple[FuncType, Callable[[], int]]] = []
        for export in self.exports:
            unit = export.unit
            for dtor in self.lifting.destructors(export).values():
                late.append(
                    (FuncType((NumType.I32,), ()), lambda u=unit, n=dtor: self.builder.core_export(Core.FUNC, u.instance, n))  # type: ignore[misc]  # mypy does not see the types of defaults
                )
        for unit in (self.main, *self.adapters):
            for answer in unit.answers.values():
                if self._is_late(unit, answer):
                    assert isinstance(answer.core, FuncType)
                    late.append((answer.core, lambda u=unit, a=answer: self._make(u, a)))  # type: ignore[misc]  # mypy does not see the types of defaults
        return late

    def _is_late(self, unit: Unit, answer: Answer) -> bool:
        if isinstance(answer.source, AdapterExport):
            return True
        if unit is self.main:
            return answer.needs.memory or answer.needs.realloc
        return answer.needs.realloc

    def _instantiate(self, unit: Unit, module: int, through_shim: Callable[[], int]) -> None:
        groups: dict[str, list[tuple[str, s.CoreSort, int]]] = {}
        for (imported, name), answer in unit.answers.items():
            if isinstance(answer.source, MainExport) and answer.source.memory:
                item = (name, Core.MEMORY, self._memory())
            else:
                item = (name, Core.FUNC, through_shim() if self._is_late(unit, answer) else self._make(unit, answer))
            groups.setdefault(imported, []).append(item)
        args = {name: self.builder.core_instance(items) for name, items in groups.items()}
        unit.instance = self.builder.core_instantiate(module, args)

    def _fix(self, late: Sequence[tuple[FuncType, Callable[[], int]]], shim: int) -> None:
        initialize = self.main.name(*names.INITIALIZE.values())
        if initialize is not None and self.main.module.exports[initialize] != FuncType((), ()):
            raise Unlinkable(f"export `{initialize}` has the wrong core type: expected (func)")
        if not late and initialize is None:
            return
        builder = self.builder
        made = [(str(i), Core.FUNC, make()) for i, (_, make) in enumerate(late)]
        module = builder.core_module(shims.fixup([type_ for type_, _ in late], initialize))
        args: dict[str, int] = {}
        if late:
            args = {"actual": builder.core_instance(made), "shim": shim}
        if initialize is not None:
            args["main"] = self.main.instance
        builder.core_instantiate(module, args)

    # --- canonical definitions --------------------------------------------------------------------------------------------

    def _given_memory(self) -> int | None:
        """The memory of a main module that imports it: one that is made for it."""
        answer = self.main.answers.get(names.MEMORY_IMPORT)
        if answer is None or not isinstance(answer.core, MemoryType):
            return None
        module = self.builder.core_module(shims.memory(answer.core))
        return self.builder.core_export(Core.MEMORY, self.builder.core_instantiate(module, {}), "memory")

    def _memory(self) -> int:
        if self.memory is not None:
            return self.memory
        name = next((x for x in names.MEMORY.values() if isinstance(self.main.module.exports.get(x), MemoryType)), None)
        if name is None:
            raise Unlinkable(
                "the module exports no memory, and strings, lists or long results go through it",
                hint='export it: `(memory (export "memory") 1)`',
            )
        return self.builder.core_export(Core.MEMORY, self.main.instance, name)

    def _table(self, unit: Unit) -> int:
        if not isinstance(unit.module.exports.get(names.TABLE), TableType):
            raise Unlinkable(f"{unit.module.title} exports no table `{names.TABLE}`, where the functions of its threads are")
        return self.builder.core_export(Core.TABLE, unit.instance, names.TABLE)

    def _realloc(self, unit: Unit, candidates: Sequence[str]) -> int:
        name = unit.name(*candidates)
        if name is None:
            raise Unlinkable(
                f"{unit.module.title} exports no `{candidates[0] if unit.module.name else 'cabi_realloc'}`, "
                "which gets memory for strings and lists that it is given",
                hint="the bindings generator of its language writes one; it may have been left out as unused",
            )
        if unit.module.exports[name] != REALLOC_TYPE:
            raise Unlinkable(f"export `{name}` has the wrong core type: expected {func_text(REALLOC_TYPE)}")
        return self.builder.core_export(Core.FUNC, unit.instance, name)

    def _options(self, unit: Unit, needs: Needs, realloc: Sequence[str], **more: object) -> s.CanonOpts:
        return s.CanonOpts(
            string_encoding=unit.encoding if needs.encoding else None,
            memory=self._memory() if needs.memory or needs.realloc else None,
            realloc=self._realloc(unit, realloc) if needs.realloc else None,
            **more,  # type: ignore[arg-type]  # fields of the same class
        )

    def _make(self, unit: Unit, answer: Answer) -> int:
        """The core function that answers an import."""
        builder = self.builder
        match answer.source:
            case Lowered(place, func, async_):
                opts = self._options(unit, answer.needs, names.IMPORT_REALLOC, async_=async_)
                if place.interface is None:
                    index = builder.root_funcs[func.name]
                else:
                    index = builder.alias_func(builder.imported[place], func.name)
                return builder.canon(s.CanonLower(index, opts))
            case ResourceOperation(operation, place, exported, type_, name):
                return builder.canon(s.CanonBuiltin(f"resource.{operation}", type=self._resource(place, exported, type_, name)))
            case Builtin():
                return builder.canon(self._builtin(unit, answer.needs, answer.source))
            case AdapterExport(adapter, name):
                other = next(x for x in self.adapters if x.module.name == adapter)
                return builder.core_export(Core.FUNC, other.instance, name)
            case MainExport(name):
                return builder.core_export(Core.FUNC, self.main.instance, name)

    def _resource(self, place: Place, exported: bool, type_: int, name: str) -> int:
        if place.interface is None:
            return self.builder.types[type_]
        if exported:
            return self.builder.views[place.interface].own(type_)
        return self.builder.alias_type(self.builder.imported[place], name)

    def _builtin(self, unit: Unit, needs: Needs, source: Builtin) -> s.CanonBuiltin:
        builder = self.builder
        canon = source.canon
        view: Builder | ImportView | ExportView = builder
        if source.place.interface is not None:
            view = builder.views[source.place.interface] if source.exported else ImportView(builder, source.place)
        if source.type is not None:
            type_ = view.ref(source.type)
            assert isinstance(type_, int)
            canon = replace(canon, type=type_)
        if source.returns is not None and source.returns.result is not None:
            canon = replace(canon, result=view.ref(source.returns.result))
        immediates = CATALOGUE[canon.name].immediates
        if Immediate.MEMORY in immediates:
            canon = replace(canon, memory=self._memory())
        if Immediate.TABLE in immediates:
            canon = replace(canon, type=builder.core_type(THREAD_START), table=self._table(unit))
        if Immediate.OPTS in immediates:
            opts = self._options(unit, needs, names.IMPORT_REALLOC, async_=canon.async_)
            if source.encoding is not None:
                opts = replace(opts, string_encoding=source.encoding)
            canon = replace(canon, opts=opts, async_=False)
        return canon

    def _export(self, export: Export) -> None:
        builder = self.builder
        view = builder if export.place.interface is None else builder.views[export.place.interface]
        lifted: dict[str, int] = {}
        for func in self.lifting.funcs(export):
            type_ = view.func(func).type
            lift = self.lifting.lift(export, func)
            core = [
                builder.core_export(Core.FUNC, export.unit.instance, x) if x else None
                for x in (lift.name, lift.post_return, lift.callback)
            ]
            opts = self._options(
                export.unit, lift.needs, names.EXPORT_REALLOC, post_return=core[1], async_=lift.async_, callback=core[2]
            )
            assert core[0] is not None
            lifted[func.name] = builder.lift(core[0], opts, type_)
        if isinstance(export.item, m.WorldInterface):
            export_interface(builder, export.item, lifted)
        elif isinstance(export.item, m.WorldFunc):
            func = export.item.func
            builder.export_func(s.ExternName(func.name, external_id=func.external_id), lifted[func.name])
