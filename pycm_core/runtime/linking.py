"""Answering a component's imports: by the host's interfaces, or by nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pycm_core.base.errors import Trap, TrapKind, Unlinkable
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.syntax import Sort
from pycm_core.runtime.func import ComponentFunc, HostFunc
from pycm_core.runtime.host import HostInterface, HostResource
from pycm_core.runtime.instantiate import SORT_OF, InlineType, RuntimeInstance, Scope, define_type, export_of
from pycm_core.runtime.store import Store
from pycm_core.runtime.versions import provider

Unanswered = Callable[[str], Callable[..., Any]]
"""Given the path of a function nobody provides, what to call instead; may raise `Unlinkable`."""


def trap_unanswered(path: str) -> Callable[..., Any]:
    """What is not answered traps and names itself."""

    def call(*args: Any) -> Any:
        raise Trap(
            f"the import `{path}` is not answered",
            kind=TrapKind.UNANSWERED_IMPORT,
            hint="provide it, or deny the call knowingly",
        )

    return call


def refuse_unanswered(path: str) -> Callable[..., Any]:
    """What is not answered cannot be linked."""
    raise Unlinkable(f"missing import `{path}`", hint="define it in the linker, or let unknown imports trap")


class HostLinks:
    """Turns host interfaces into the runtime items a component's imports declare. One of it serves one instantiation."""

    __slots__ = ("interfaces", "items", "store", "unanswered")

    def __init__(
        self, store: Store, interfaces: Mapping[str, HostInterface], items: Mapping[str, Any], unanswered: Unanswered
    ) -> None:
        self.store = store
        self.interfaces = interfaces
        self.items = items
        self.unanswered = unanswered

    def provide(self, scope: Scope, name: s.ExternName, desc: s.ExternDesc) -> Any:
        """The item that answers one import of the component."""
        given = provider(name.name, self.items)
        if given is not None:
            return self.items[given]
        match desc:
            case s.InstanceDesc(type):
                found = provider(name.implements or name.name, self.interfaces)
                return self.instance(name.name, None if found is None else self.interfaces[found], scope.type(type))
            case s.FuncDesc(type):
                return self.func(name.name, name.name, self.interfaces.get(""), scope.type(type))
            case s.TypeEq(type):
                return scope.type(type)
            case s.TypeSubResource():
                root = self.interfaces.get("")
                return t.Resource(self.resource(name.name, root))
        raise Unlinkable(f"missing import `{name.name}`: a host cannot provide a {SORT_OF[type_of(desc)].name.lower()}")

    def func(self, path: str, name: str, interface: HostInterface | None, type: t.FuncType[Any]) -> ComponentFunc:
        """A host function with the type its import declares."""
        call = None if interface is None else interface.functions.get(name)
        deferred = None if interface is None else interface.deferred.get(name)
        if deferred is not None:
            self.store.defer()
        return HostFunc(path, type, call or self.unanswered(path), self.store, deferred)

    def resource(self, name: str, interface: HostInterface | None) -> HostResource:
        """A host resource; a fresh one where the host has none of that name."""
        found = None if interface is None else interface.resources.get(name)
        return found if found is not None else HostResource(name)

    def instance(self, name: str, interface: HostInterface | None, type: InlineType) -> RuntimeInstance:
        """An instance of the declared type: its declarators in order (Explainer.md, "Declarators")."""
        scope = Scope(type.scope, None)
        exports: dict[str, Any] = {}
        for decl in type.decls:
            match decl:
                case s.TypeDef(type=syntax):
                    scope.add(Sort.TYPE, define_type(scope, syntax))
                case s.CoreType(type=core):
                    scope.add(s.CoreSort.TYPE, core)
                case s.AliasOuter(sort, count, index):
                    scope.add(sort, scope.outer(count).get(sort, index))
                case s.AliasExport():
                    scope.add(decl.sort, export_of(scope, decl))
                case s.ExportDecl(label, desc):
                    item = self.export(name, label.name, interface, desc, scope)
                    scope.add(SORT_OF[type_of(desc)], item)
                    exports[label.name] = item
        return RuntimeInstance(exports)

    def export(self, instance: str, name: str, interface: HostInterface | None, desc: s.ExternDesc, scope: Scope) -> Any:
        """One export of a provided instance."""
        match desc:
            case s.FuncDesc(type):
                return self.func(f"{instance}#{name}", name, interface, scope.type(type))
            case s.TypeEq(type):
                return scope.type(type)
            case s.TypeSubResource():
                return t.Resource(self.resource(name, interface))
            case s.InstanceDesc(type):
                return self.instance(f"{instance}#{name}", None, scope.type(type))
        raise Unlinkable(f"missing import `{instance}#{name}`: a host cannot provide a {SORT_OF[type_of(desc)].name.lower()}")


def type_of(desc: s.ExternDesc) -> type:
    """The class of a declaration, a key of `SORT_OF`."""
    return desc.__class__
