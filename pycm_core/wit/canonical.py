"""One numbering for what means the same, so that resolutions that came by different ways compare equal."""

from __future__ import annotations

from dataclasses import replace

from pycm_core.component import types as t
from pycm_core.component.types import TypeRef
from pycm_core.wit import model as m
from pycm_core.wit.kinds import map_refs
from pycm_core.wit.packages import version_key


def canonical(resolve: m.Resolve, packages: tuple[int, ...] | None = None) -> m.Resolve:
    """The same packages (or only these, with what they refer to) in canonical order.

    Packages stand by name; functions of resources before the others, as printing has them; types by their first mention. What does not
    change the meaning is dropped: spans, which interface `include` copied, unused anonymous types, and white space around the lines of
    documentation, which `///` cannot say.
    """
    return _Canonical(resolve, packages).run()


class _Canonical:
    __slots__ = ("anonymous", "interfaces", "kept", "old_interfaces", "packages", "resolve", "type_index", "types")

    def __init__(self, resolve: m.Resolve, kept: tuple[int, ...] | None) -> None:
        self.resolve = resolve
        self.kept = kept
        self.packages: list[int] = []
        self.old_interfaces: list[int] = []
        self.interfaces: dict[int, int] = {}
        self.type_index: dict[int, int] = {}
        self.types: list[int | m.TypeDef] = []
        """Named types by their old index; anonymous ones are ready."""
        self.anonymous: dict[m.TypeKind, int] = {}

    def run(self) -> m.Resolve:
        r = self.resolve
        chosen = range(len(r.packages)) if self.kept is None else self.kept
        self.packages = sorted(chosen, key=lambda i: _order(r.packages[i].name))
        worlds = [w for p in self.packages for _, w in sorted(r.packages[p].worlds)]
        for p in self.packages:
            for _, i in sorted(r.packages[p].interfaces):
                self.interface(i)
        for w in worlds:
            for item in (*r.worlds[w].imports, *r.worlds[w].exports):
                if isinstance(item, m.WorldInterface):
                    self.interface(item.interface)
        at = 0
        while at < len(self.old_interfaces):  # those that others use are found on the way
            for _, type_ in r.interfaces[self.old_interfaces[at]].types:
                self.type(type_)
            at += 1
        for w in worlds:
            for item in r.worlds[w].imports:
                if isinstance(item, m.WorldType):
                    self.type(item.type)
        world_number = {w: n for n, w in enumerate(worlds)}
        package_number = {p: n for n, p in enumerate(self.packages)}
        interfaces = tuple([self.new_interface(i, package_number) for i in self.old_interfaces])
        new_worlds = tuple([self.new_world(w, package_number) for w in worlds])
        types: list[m.TypeDef] = []
        while len(types) < len(self.types):
            waiting = self.types[len(types)]
            types.append(waiting if isinstance(waiting, m.TypeDef) else self.new_type(waiting, world_number))
        packages = tuple(
            [
                replace(
                    r.packages[p],
                    docs=_docs(r.packages[p].docs),
                    interfaces=tuple([(n, self.interfaces[i]) for n, i in sorted(r.packages[p].interfaces)]),
                    worlds=tuple([(n, world_number[w]) for n, w in sorted(r.packages[p].worlds)]),
                )
                for p in self.packages
            ]
        )
        return m.Resolve(packages, interfaces, new_worlds, tuple(types), package_number.get(r.main, 0))

    def is_foreign(self, interface: int) -> bool:
        return self.resolve.interfaces[interface].package not in self.packages

    def interface(self, old: int) -> int:
        found = self.interfaces.get(old)
        if found is None:
            found = self.interfaces[old] = len(self.old_interfaces)
            self.old_interfaces.append(old)
        return found

    def type(self, old: int) -> int:
        found = self.type_index.get(old)
        if found is None:
            made = self.resolve.types[old]
            if made.owner is not None and made.owner.kind == "interface":
                self.interface(made.owner.index)
            if made.name is None:  # each anonymous type once, whoever made it; its parts stand before it
                kind = map_refs(made.kind, self.ref, self.type)
                found = self.anonymous.get(kind)
                if found is None:
                    found = self.anonymous[kind] = len(self.types)
                    self.types.append(m.TypeDef(None, kind))
                self.type_index[old] = found
            else:
                found = self.type_index[old] = len(self.types)
                self.types.append(old)
        return found

    def ref(self, ref: TypeRef) -> TypeRef:
        return self.type(ref) if isinstance(ref, int) else ref

    def func(self, func: m.Func) -> m.Func:
        return replace(
            func,
            docs=_docs(func.docs),
            params=tuple([t.Field(p.label, self.ref(p.type)) for p in func.params]),
            result=None if func.result is None else self.ref(func.result),
            resource=None if func.resource is None else self.type(func.resource),
        )

    def new_interface(self, old: int, packages: dict[int, int]) -> m.Interface:
        made = self.resolve.interfaces[old]
        if self.is_foreign(old):  # of another package only the types are looked at
            types = tuple([(n, self.type(i)) for n, i in made.types])
            return m.Interface(self.resolve.interface_name(old), -1, types, ())
        place = {i: n for n, (_, i) in enumerate(made.types)}
        functions = sorted(made.functions, key=lambda f: len(place) if f.resource is None else place.get(f.resource, -1))
        return replace(
            made,
            docs=_docs(made.docs),
            package=packages[made.package],
            types=tuple([(n, self.type(i)) for n, i in made.types]),
            functions=tuple([self.func(f) for f in functions]),
            clone_of=None,
        )

    def new_world(self, old: int, packages: dict[int, int]) -> m.World:
        made = self.resolve.worlds[old]
        return replace(
            made,
            docs=_docs(made.docs),
            package=packages[made.package],
            imports=tuple([self.world_item(x) for x in made.imports]),
            exports=tuple([self.world_item(x) for x in made.exports]),
        )

    def world_item(self, item: m.WorldItem) -> m.WorldItem:
        match item:
            case m.WorldInterface():
                return replace(item, interface=self.interface(item.interface), docs=_docs(item.docs))
            case m.WorldType():
                return replace(item, type=self.type(item.type))
            case m.WorldFunc(func):
                return replace(item, func=self.func(func))

    def new_type(self, old: int, worlds: dict[int, int]) -> m.TypeDef:
        made = self.resolve.types[old]
        owner = made.owner
        if owner is not None:
            index = self.interfaces[owner.index] if owner.kind == "interface" else worlds[owner.index]
            owner = m.Owner(owner.kind, index)
        kind = m.Alias(self.ref(made.kind.type)) if isinstance(made.kind, m.Alias) else map_refs(made.kind, self.ref, self.type)
        foreign = made.owner is not None and made.owner.kind == "interface" and self.is_foreign(made.owner.index)
        if foreign:
            return m.TypeDef(made.name, kind, owner, external_id=made.external_id)
        members = tuple([replace(x, docs=_docs(x.docs)) for x in made.members]) if any(x.docs for x in made.members) else ()
        return replace(made, docs=_docs(made.docs), kind=kind, owner=owner, members=members)


def _docs(docs: str | None) -> str | None:
    return "\n".join([line.strip() for line in docs.strip().split("\n")]) if docs and docs.strip() else None


def _order(name: m.PackageName) -> tuple[object, ...]:
    return (name.namespace, name.name, name.version is not None, version_key(name.version or "0.0.0"))
