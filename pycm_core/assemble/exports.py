"""Exported interfaces: lifted functions, gathered in an instance that a small component makes so that its types get their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pycm_core.assemble.builder import Builder
from pycm_core.component import syntax as s
from pycm_core.wit import model as m
from pycm_core.wit.encode import Scope, in_order


def export_interface(builder: Builder, item: m.WorldInterface, lifted: Mapping[str, int]) -> None:
    """Export an interface; `lifted` are the indices of its functions."""
    made = _Wrapper(builder, item.interface)
    component, args = made.wrap(lifted)
    instance = builder.instantiate(builder.component(component), args)
    full = builder.resolve.interface_name(item.interface)
    if item.label is None:
        name = s.ExternName(full or "", external_id=item.external_id)
    else:
        name = s.ExternName(item.label, implements=full, external_id=item.external_id)
    index = builder.export_instance(name, instance)
    if item.label is None:
        builder.exported[item.interface] = index


class _Wrapper(Scope):
    """The small component: imports types and functions, exports them again under the names of the interface.

    Types that functions mention need names (Binary.md, "Import and Export Definitions"), so those of other interfaces are imported too.
    """

    __slots__ = ("args", "builder", "count", "index")

    def __init__(self, builder: Builder, interface: int) -> None:
        super().__init__(builder.resolve, None)
        self.builder = builder
        self.index = interface
        self.count = 0
        self.args: list[tuple[str, s.SortIdx]] = []

    def foreign(self, type_: int) -> int:
        """A type by a name of its own: imported when it is first needed."""
        made = self.resolve.types[type_]
        builder = self.builder
        own = made.owner == m.Owner("interface", self.index)
        outer = builder.views[self.index].own(type_) if own else builder.argument(type_)
        bound = self.bound(type_)
        name = f"type{self.count}"
        self.count += 1
        self.args.append((name, s.SortIdx(s.Sort.TYPE, outer)))
        return self.add_type(s.Import(s.ExternName(name), bound))

    def wrap(self, lifted: Mapping[str, int]) -> tuple[s.Component, list[tuple[str, s.SortIdx]]]:
        interface = self.resolve.interfaces[self.index]
        funcs = in_order(interface)
        for number, func in enumerate(funcs):
            name = f"func{number}"
            self.decls.append(s.Import(s.ExternName(name), self.func(func)))
            self.args.append((name, s.SortIdx(s.Sort.FUNC, lifted[func.name])))
        inside = _Inside(self)
        for name, index in interface.types:
            extern = s.ExternName(name, external_id=self.resolve.types[index].external_id)
            exported = s.SortIdx(s.Sort.TYPE, inside.defined(index))
            inside.types[index] = self.add_type(s.Export(extern, exported, None))
        for number, func in enumerate(funcs):
            extern = s.ExternName(func.name, external_id=func.external_id)
            self.decls.append(s.Export(extern, s.SortIdx(s.Sort.FUNC, number), inside.func(func)))
        return s.Component(tuple(self.decls)), self.args


class _Inside(Scope):
    """The small component's types once the interface's own are exported."""

    __slots__ = ("wrapper",)

    def __init__(self, wrapper: _Wrapper) -> None:
        super().__init__(wrapper.resolve, None)
        self.wrapper = wrapper

    def add_type(self, decl: Any) -> int:
        return self.wrapper.add_type(decl)

    def defined(self, type_: int) -> int:
        """What is exported as one of the interface's types: made of others that are exported already."""
        kind = self.resolve.types[type_].kind
        if isinstance(kind, m.ResourceKind):
            return self.foreign(type_)
        if isinstance(kind, m.Alias) and isinstance(kind.type, int):
            # What is `use`d from elsewhere is the import of that, whose argument leads there.
            return self.types[kind.type] if kind.type in self.types else self.foreign(kind.type)
        return self.add_type(s.TypeDef(self._kind(kind)))

    def foreign(self, type_: int) -> int:
        found = self.wrapper.ref(type_)
        assert isinstance(found, int)
        return found
