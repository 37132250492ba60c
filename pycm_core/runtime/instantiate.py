"""Instantiation: a component's definitions, run in order, each adding to its index space (Explainer.md, "Index Spaces").

The component has been validated; what is checked here is what only running can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pycm_core.abi.context import CanonicalOptions
from pycm_core.abi.instance import ComponentInstance, RuntimeResource, Task, leave
from pycm_core.abi.memory import Memory, Mover
from pycm_core.base.errors import Invalid, Offset, Trap, Unlinkable
from pycm_core.component import elaborate
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.syntax import CoreSort, Sort
from pycm_core.runtime import builtins, traced
from pycm_core.runtime.builtins import BuiltinContext
from pycm_core.runtime.engine import CompiledModule, CoreCallable, CoreInstance, CoreItem
from pycm_core.runtime.func import ComponentFunc, LiftedFunc, lower
from pycm_core.runtime.store import Steps, Store, drive
from pycm_core.wasm.syntax.types import FuncType as CoreFuncType
from pycm_core.wasm.syntax.types import NumType, RecType

REALLOC = {
    4: CoreFuncType((NumType.I32,) * 4, (NumType.I32,)),
    8: CoreFuncType((NumType.I64,) * 4, (NumType.I64,)),
}


@dataclass(frozen=True, slots=True)
class RuntimeInstance:
    """A component instance seen from outside: its exports by name."""

    exports: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InlineType:
    """An instance or component type with the scope it was written in."""

    decls: tuple[s.Decl, ...]
    scope: Scope


@dataclass(frozen=True, slots=True)
class ComponentClosure:
    """A component with the scope it was written in."""

    component: s.Component
    scope: Scope | None


@dataclass(frozen=True, slots=True)
class ModuleDefinition:
    """A core module, compiled when it is first instantiated."""

    syntax: s.CoreModule
    compile: Callable[[s.CoreModule], CompiledModule]


class GuestResource(RuntimeResource):
    """A resource type defined by a component instance. `lifted` is its destructor where calls may wait."""

    __slots__ = ("dtor", "lifted", "store")

    def __init__(self, name: str, impl: ComponentInstance, store: Store, dtor: Callable[[int], Any] | None) -> None:
        super().__init__(name, impl)
        self.store = store
        self.dtor = dtor
        self.lifted: LiftedFunc | None = None

    def destroy(self, rep: Any, caller: ComponentInstance | None = None) -> None:
        """(CanonicalABI.md, "canon resource.drop")"""
        if self.lifted is not None and self.store.concurrent:
            drive(self.steps(rep, caller))
            return
        assert self.impl is not None
        entered = self.impl.enter_from(caller)  # even where there is no destructor to call
        if self.dtor is not None:
            previous, self.store.current = self.store.current, Task(self.impl)
            try:
                self.dtor(rep)
            finally:
                self.store.current = previous
                self.store.flush()
        leave(entered)

    def steps(self, rep: Any, caller: ComponentInstance | None) -> Steps:
        """The same, as a call that host functions under it may keep waiting."""
        assert self.lifted is not None
        yield from self.lifted.steps(lambda: (rep,), _nothing, caller)


def _nothing(result: Any) -> None:
    """A destructor has no result."""


@dataclass(slots=True)
class Scope:
    """The index spaces of one component instance, or of a type being elaborated, while they grow."""

    parent: Scope | None
    instance: ComponentInstance | None
    spaces: dict[s.AnySort, list[Any]] = field(default_factory=lambda: {sort: [] for sort in (*Sort, *CoreSort)})

    def get(self, sort: s.AnySort, index: int) -> Any:
        """The item at `index`; validation has checked that it is there."""
        try:
            return self.spaces[sort][index]
        except IndexError:
            raise Invalid(f"unknown {sort.name.lower()} {index}") from None

    def add(self, sort: s.AnySort, item: Any) -> None:
        """The next index of `sort` is `item`."""
        self.spaces[sort].append(item)

    def type(self, index: int) -> Any:
        """What a type index stands for."""
        return self.get(Sort.TYPE, index)

    def outer(self, count: int) -> Scope:
        """The scope `count` levels out."""
        scope: Scope | None = self
        for _ in range(count):
            scope = scope.parent if scope is not None else None
        if scope is None:
            raise Invalid(f"there are no {count} enclosing scopes")
        return scope


Provide = Callable[[s.ExternName, s.ExternDesc], Any]
"""What answers an import: the item, given its name and declared type."""


class Instantiation:
    """Runs the definitions of one component."""

    def __init__(
        self, store: Store, compile: Callable[[s.CoreModule], CompiledModule], closure: ComponentClosure, parent: Any
    ) -> None:
        self.store = store
        self.compile = compile
        self.component = closure.component
        self.instance = store.new_instance(parent)
        self.scope = Scope(closure.scope, self.instance)
        self.exports: dict[str, Any] = {}
        self._memories: dict[int, Memory] = {}
        self._movers: dict[tuple[int, int], Mover | None] = {}
        self._fenced: dict[tuple[int, CoreFuncType], CoreItem] = {}
        if parent is None and has_async(self.component):
            store.allow_concurrency()
        self._own_tasks = store.concurrent or any(
            isinstance(d, s.CanonBuiltin) and d.name.startswith("context.") for d in self.component.definitions
        )
        """Whether it can be told that `realloc` is a call of its own."""

    def run(self, provide: Callable[[Scope, s.ExternName, s.ExternDesc], Any]) -> RuntimeInstance:
        """Every definition in order; `provide` answers imports."""
        self.provide = provide
        for definition in self.component.definitions:
            step = _STEPS[type(definition)]
            try:
                step(self, definition)
            except (Invalid, Unlinkable, Trap) as error:
                if error.where is None:
                    error.where = Offset(definition.at)
                raise
        return RuntimeInstance(self.exports)

    # --- core definitions

    def core_module(self, d: s.CoreModule) -> None:
        self.scope.add(CoreSort.MODULE, ModuleDefinition(d, self.compile))

    def core_instantiate(self, d: s.CoreInstantiate) -> None:
        module = self.scope.get(CoreSort.MODULE, d.module)
        imports: dict[str, CoreInstance] = {name: self.scope.get(CoreSort.INSTANCE, index) for name, index in d.args}
        previous, self.store.current = self.store.current, Task(self.instance)
        entered = [i for i in self.instance.self_and_ancestors() if i.may_enter]
        for i in entered:
            i.may_enter = False
        try:
            instance = self.store.core.instantiate(module.compile(module.syntax), imports)
        finally:
            self.store.current = previous
            self.store.flush()
        leave(entered)
        self.scope.add(CoreSort.INSTANCE, instance)

    def core_inline_instance(self, d: s.CoreInlineInstance) -> None:
        self.scope.add(CoreSort.INSTANCE, {name: self.scope.get(sort, index) for name, sort, index in d.exports})

    def core_type(self, d: s.CoreType) -> None:
        for type in d.type.types if isinstance(d.type, RecType) else (d.type,):
            self.scope.add(CoreSort.TYPE, type)

    # --- components, instances, aliases

    def nested_component(self, d: s.NestedComponent) -> None:
        self.scope.add(Sort.COMPONENT, ComponentClosure(d.component, self.scope))

    def instantiate(self, d: s.Instantiate) -> None:
        closure = self.scope.get(Sort.COMPONENT, d.component)
        args = {name: self.scope.get(item.sort, item.index) for name, item in d.args}

        def provide(scope: Scope, name: s.ExternName, desc: s.ExternDesc) -> Any:
            if name.name not in args:
                raise Unlinkable(f"missing import `{name.name}`")
            return args[name.name]

        child = Instantiation(self.store, self.compile, closure, self.instance)
        self.scope.add(Sort.INSTANCE, child.run(provide))

    def inline_instance(self, d: s.InlineInstance) -> None:
        exports = {name.name: self.scope.get(item.sort, item.index) for name, item in d.exports}
        self.scope.add(Sort.INSTANCE, RuntimeInstance(exports))

    def alias_export(self, d: s.AliasExport) -> None:
        self.scope.add(d.sort, export_of(self.scope, d))

    def alias_core_export(self, d: s.AliasCoreExport) -> None:
        instance = self.scope.get(CoreSort.INSTANCE, d.instance)
        try:
            self.scope.add(d.sort, instance[d.name])
        except KeyError:
            raise Invalid(f"core instance {d.instance} has no export `{d.name}`") from None

    def alias_outer(self, d: s.AliasOuter) -> None:
        self.scope.add(d.sort, self.scope.outer(d.count).get(d.sort, d.index))

    # --- types

    def type_def(self, d: s.TypeDef) -> None:
        syntax = d.type
        if isinstance(syntax, s.ResourceType):
            resource = GuestResource("resource", self.instance, self.store, None)
            resource.rep64 = syntax.rep is NumType.I64
            if syntax.dtor is not None:
                self.destructor(resource, self.scope.get(CoreSort.FUNC, syntax.dtor))
            self.scope.add(Sort.TYPE, t.Resource(resource))
        else:
            self.scope.add(Sort.TYPE, define_type(self.scope, syntax))

    # --- canonical definitions

    def destructor(self, resource: GuestResource, core: CoreItem) -> None:
        """Let `core` be called with the representations of resources that are dropped."""
        store = self.store
        if store.suspends or store.concurrent:
            rep = t.Field("rep", t.Prim.U64 if resource.rep64 else t.Prim.U32)
            lifted = resource.lifted = LiftedFunc(
                store, "destructor", t.FuncType((rep,), None), CanonicalOptions(), self.instance, core
            )
            if store.trace is not None:
                lifted.core = traced.destructor(store.trace, resource, lifted.core)
        call = store.core.bind(core, CoreFuncType((NumType.I64 if resource.rep64 else NumType.I32,), ()))
        resource.dtor = call if store.trace is None else traced.destructor(store.trace, resource, call)

    def canon_lift(self, d: s.CanonLift) -> None:
        type = self.scope.type(d.type)
        core = self.scope.get(CoreSort.FUNC, d.core_func)
        opts = self.options(d.opts)
        func = LiftedFunc(self.store, "func", type, opts, self.instance, core)
        if d.opts.post_return is not None:
            func.call_after(self.fenced(d.opts.post_return, CoreFuncType(func.binding.lifted.results, ())))
        self.scope.add(Sort.FUNC, func)

    def canon_lower(self, d: s.CanonLower) -> None:
        callee: ComponentFunc = self.scope.get(Sort.FUNC, d.func)
        memory = None if d.opts.memory is None else self.scope.get(CoreSort.MEMORY, d.opts.memory)
        self.scope.add(CoreSort.FUNC, lower(self.store, callee, self.options(d.opts), self.instance, memory))

    def canon_builtin(self, d: s.CanonBuiltin) -> None:
        core_type = d.name.startswith("thread.")
        type = None if d.type is None else self.scope.get(CoreSort.TYPE if core_type else Sort.TYPE, d.type)
        opts = self.options(d.opts if d.memory is None else s.CanonOpts(memory=d.memory))
        result = None if d.result is None else elaborate.valtype(d.result, self.scope.type)
        table = None if d.table is None else self.scope.get(CoreSort.TABLE, d.table)
        context = BuiltinContext(self.store, self.instance, type, opts, result, table)
        self.scope.add(CoreSort.FUNC, builtins.make(context, d))

    def options(self, opts: s.CanonOpts) -> CanonicalOptions:
        """Indices resolved to what they stand for."""
        core_store = self.store.core
        memory = None if opts.memory is None else self.memory(opts.memory)
        ptr = 4 if memory is None else memory.ptr
        if memory is not None and self.store.trace is not None:
            self.store.trace.memory(memory, self.instance.id)
        realloc = None if opts.realloc is None else core_store.bind(self.fenced(opts.realloc, REALLOC[ptr]), REALLOC[ptr])
        if realloc is not None and self._own_tasks:
            realloc = self.in_own_task(realloc)
        callback = None if opts.callback is None else self.scope.get(CoreSort.FUNC, opts.callback)
        encoding = opts.string_encoding or s.StringEncoding.UTF8
        return CanonicalOptions(
            memory, realloc, encoding, ptr=ptr, async_=opts.async_, callback=callback, mover=self.mover(opts, ptr)
        )

    def memory(self, index: int) -> Memory:
        """Access to a memory; one for all that name it."""
        if index not in self._memories:
            self._memories[index] = self.store.core.memory(self.scope.get(CoreSort.MEMORY, index))
        return self._memories[index]

    def mover(self, opts: s.CanonOpts, ptr: int) -> Mover | None:
        """The mover of a memory and a `realloc`; one for all options that name the same two. It knows nothing of tasks."""
        if opts.memory is None or opts.realloc is None or ptr != 4 or self._own_tasks:
            return None
        key = opts.memory, opts.realloc
        if key not in self._movers:
            memory, realloc = self.scope.get(CoreSort.MEMORY, opts.memory), self.fenced(opts.realloc, REALLOC[4])
            self._movers[key] = self.store.core.mover(memory, realloc)
        return self._movers[key]

    def fenced(self, index: int, type: CoreFuncType) -> CoreItem:
        """A `realloc` or `post-return`: while it runs, the instance must not be left, not even by writing."""
        func = self.scope.get(CoreSort.FUNC, index)
        outbox = self.store.outbox
        if outbox is None:
            self.instance.fenced = False
            return func
        key = index, type
        if key not in self._fenced:
            self._fenced[key] = outbox.fence(self.instance, func, type)
        return self._fenced[key]

    def in_own_task(self, realloc: CoreCallable) -> CoreCallable:
        """`realloc` as a call of its own, with storage of its own (CanonicalABI.md, "Lifting and Lowering Context")."""
        store, instance = self.store, self.instance

        def call(*args: Any) -> Any:
            previous, store.current = store.current, Task(instance)
            try:
                return realloc(*args)
            finally:
                store.current = previous

        return call

    # --- imports, exports

    def import_(self, d: s.Import) -> None:
        item = self.provide(self.scope, d.name, d.type)
        self.scope.add(SORT_OF[type(d.type)], item)

    def export(self, d: s.Export) -> None:
        item = self.scope.get(d.item.sort, d.item.index)
        item = name_item(item, d.name.name)
        self.scope.add(d.item.sort, item)
        self.exports[d.name.name] = item

    def unsupported(self, d: Any) -> None:
        raise Unlinkable(f"{type(d).__name__.lower()} definitions cannot be instantiated yet", Offset(d.at))

    def skip(self, d: Any) -> None:
        """Custom sections mean nothing at run time."""


SORT_OF: dict[type, s.AnySort] = {
    s.FuncDesc: Sort.FUNC,
    s.CoreModuleDesc: CoreSort.MODULE,
    s.ComponentDesc: Sort.COMPONENT,
    s.InstanceDesc: Sort.INSTANCE,
    s.TypeEq: Sort.TYPE,
    s.TypeSubResource: Sort.TYPE,
    s.ValueEq: Sort.VALUE,
    s.ValueType: Sort.VALUE,
}
"""The index space an import or export declaration adds to."""

_STEPS: dict[type, Callable[[Instantiation, Any], None]] = {
    s.CoreModule: Instantiation.core_module,
    s.CoreInstantiate: Instantiation.core_instantiate,
    s.CoreInlineInstance: Instantiation.core_inline_instance,
    s.CoreType: Instantiation.core_type,
    s.NestedComponent: Instantiation.nested_component,
    s.Instantiate: Instantiation.instantiate,
    s.InlineInstance: Instantiation.inline_instance,
    s.AliasExport: Instantiation.alias_export,
    s.AliasCoreExport: Instantiation.alias_core_export,
    s.AliasOuter: Instantiation.alias_outer,
    s.TypeDef: Instantiation.type_def,
    s.CanonLift: Instantiation.canon_lift,
    s.CanonLower: Instantiation.canon_lower,
    s.CanonBuiltin: Instantiation.canon_builtin,
    s.Start: Instantiation.unsupported,
    s.ValueDef: Instantiation.unsupported,
    s.Import: Instantiation.import_,
    s.Export: Instantiation.export,
    s.CustomSection: Instantiation.skip,
}


def has_async(component: s.Component) -> bool:
    """Whether a component, or one in it, lifts or lowers with `async`, has functions of an `async` type, or built-ins of threads."""
    for d in component.definitions:
        match d:
            case s.NestedComponent(component=inner):
                if has_async(inner):
                    return True
            case s.CanonLift(opts=opts) | s.CanonLower(opts=opts):
                if opts.async_:
                    return True
            case s.CanonBuiltin(name=name) if (
                name.startswith("thread.") and name != "thread.yield"
            ):  # where nobody waits, it is nothing
                return True
            case s.TypeDef(type=type):
                if _has_async_type(type):
                    return True
    return False


def _has_async_type(type: Any) -> bool:
    match type:
        case t.FuncType(async_=async_):
            return async_
        case s.InstanceTypeDecls(decls) | s.ComponentTypeDecls(decls):
            return any(isinstance(d, s.TypeDef) and _has_async_type(d.type) for d in decls)
    return False


def export_of(scope: Scope, d: s.AliasExport) -> Any:
    """What an export alias leads to."""
    instance = scope.get(Sort.INSTANCE, d.instance)
    try:
        return instance.exports[d.name]
    except KeyError:
        raise Invalid(f"instance {d.instance} has no export `{d.name}`") from None


def define_type(scope: Scope, syntax: Any) -> Any:
    """A type definition other than a resource."""
    if isinstance(syntax, s.InstanceTypeDecls | s.ComponentTypeDecls):
        return InlineType(syntax.decls, scope)
    return elaborate.deftype(syntax, scope.type)


def name_item(item: Any, name: str) -> Any:
    """An exported item under its export's name, where it had none better: for messages and traces."""
    if isinstance(item, LiftedFunc) and item.name == "func":
        item.name = name
    elif isinstance(item, t.Resource) and item.id.name == "resource":
        item.id.name = name
    elif isinstance(item, RuntimeInstance):
        for export, inner in item.exports.items():
            if isinstance(inner, LiftedFunc) and "#" not in inner.name:
                inner.name = f"{name}#{export}"
    return item
