"""The world of a component that is assembled: what the modules' worlds import together, merged by version, and cut down to what is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from pycm_core.base.semver import canonical_version
from pycm_core.component import types as t
from pycm_core.component.types import TypeRef
from pycm_core.wit import model as m
from pycm_core.wit.kinds import map_refs, references
from pycm_core.wit.packages import version_key


@dataclass(frozen=True, slots=True)
class Merged:
    """A resolution, and for each interface whose imports another version answers, that one."""

    resolve: m.Resolve
    newer: Mapping[int, int]


def merge_world(resolve: m.Resolve, world: int) -> m.Resolve:
    """The resolution with the imports of one world merged (`merge_versions`)."""
    merged = merge_versions(resolve, (world,))
    made = merged.resolve.worlds[world]
    imports: dict[object, m.WorldItem] = {}
    for item in made.imports:
        imports.setdefault(item.interface if isinstance(item, m.WorldInterface) and item.label is None else item, item)
    worlds = list(resolve.worlds)
    worlds[world] = replace(made, imports=tuple(imports.values()))
    return replace(merged.resolve, worlds=tuple(worlds))


def merge_versions(resolve: m.Resolve, worlds: Collection[int] | None = None) -> Merged:
    """Let the newest of the compatible versions of an imported interface answer for all of them (Explainer.md, canonical versions).

    One that lacks something an older one has does not answer for it, nor does any for an interface that is exported. Only imports of `worlds`
    are looked at, when they are given.
    """
    chosen = [w for i, w in enumerate(resolve.worlds) if worlds is None or i in worlds]
    exported = {x.interface for w in chosen for x in w.exports if isinstance(x, m.WorldInterface)}
    imported = {x.interface for w in chosen for x in w.imports if isinstance(x, m.WorldInterface) and x.label is None}
    groups: dict[tuple[str, str, str, str], list[int]] = {}
    for index in sorted(imported - exported):
        interface = resolve.interfaces[index]
        package = resolve.packages[interface.package].name
        if interface.name is not None and package.version is not None:
            version = canonical_version(package.version)
            groups.setdefault((package.namespace, package.name, interface.name, version), []).append(index)
    newer: dict[int, int] = {}
    for group in groups.values():
        group.sort(key=lambda i: version_key(resolve.packages[resolve.interfaces[i].package].name.version or "0.0.0"))
        for index in group[:-1]:
            if _covers(resolve.interfaces[group[-1]], resolve.interfaces[index]):
                newer[index] = group[-1]
    return Merged(_redirected(resolve, newer) if newer else resolve, newer)


def _covers(newer: m.Interface, older: m.Interface) -> bool:
    names = {name for name, _ in newer.types} | {f.name for f in newer.functions}
    return names.issuperset(name for name, _ in older.types) and names.issuperset(f.name for f in older.functions)


def _redirected(resolve: m.Resolve, newer: Mapping[int, int]) -> m.Resolve:
    """The same with every reference to a type of an older version led to that of the newer one."""
    moved: dict[int, int] = {}
    for old, new in newer.items():
        types = dict(resolve.interfaces[new].types)
        moved.update({index: types[name] for name, index in resolve.interfaces[old].types})

    def ref(x: TypeRef) -> TypeRef:
        return moved.get(x, x) if isinstance(x, int) else x

    def index(x: int) -> int:
        return moved.get(x, x)

    def func(f: m.Func) -> m.Func:
        params = tuple([t.Field(p.label, ref(p.type)) for p in f.params])
        return replace(f, params=params, result=None if f.result is None else ref(f.result))

    def item(x: m.WorldItem) -> m.WorldItem:
        if isinstance(x, m.WorldInterface):
            return replace(x, interface=newer.get(x.interface, x.interface)) if x.label is None else x
        return replace(x, func=func(x.func)) if isinstance(x, m.WorldFunc) else x

    redirected: list[m.TypeDef] = []
    for made in resolve.types:
        kind = made.kind
        redirected.append(
            replace(made, kind=m.Alias(ref(kind.type)) if isinstance(kind, m.Alias) else map_refs(kind, ref, index))
        )
    interfaces = [replace(x, functions=tuple([func(f) for f in x.functions])) for x in resolve.interfaces]
    worlds = [replace(w, imports=tuple([item(x) for x in w.imports]), exports=w.exports) for w in resolve.worlds]
    return replace(resolve, types=tuple(redirected), interfaces=tuple(interfaces), worlds=tuple(worlds))


@dataclass(slots=True)
class Live:
    """What of a resolution is used: functions by interface, functions of the world itself, and types."""

    resolve: m.Resolve
    exported: frozenset[int] = frozenset()
    """The interfaces that are exported: what is exported takes their types from there, not from imports."""
    funcs: dict[int, set[str]] = field(default_factory=dict)
    root_funcs: set[str] = field(default_factory=set)
    types: set[int] = field(default_factory=set)
    _seen: set[int] = field(default_factory=set)
    _seen_exported: set[int] = field(default_factory=set)

    def func(self, interface: int | None, func: m.Func) -> None:
        """A function is imported; `interface` is `None` for one of the world itself."""
        if interface is None:
            self.root_funcs.add(func.name)
        else:
            self.funcs.setdefault(interface, set()).add(func.name)
        for ref in _mentioned(func):
            self.type(ref)

    def type(self, ref: TypeRef) -> None:
        """A type is imported, and whatever it is made of."""
        self._walk(ref, self._seen, frozenset())

    def interface(self, index: int) -> None:
        """An interface is exported: with all its types and functions."""
        made = self.resolve.interfaces[index]
        for ref in (*[i for _, i in made.types], *[r for f in made.functions for r in _mentioned(f)]):
            self._walk(ref, self._seen_exported, self.exported)

    def _walk(self, ref: TypeRef, seen: set[int], exported: frozenset[int]) -> None:
        stack = [ref]
        while stack:
            current = stack.pop()
            if isinstance(current, int) and current not in seen:
                seen.add(current)
                made = self.resolve.types[current]
                if made.owner is not None and not (made.owner.kind == "interface" and made.owner.index in exported):
                    self.types.add(current)
                stack.extend(references(made.kind))

    def cut(self, index: int) -> m.Interface:
        """An interface with what is used of it."""
        made = self.resolve.interfaces[index]
        used = self.funcs.get(index, set())
        return replace(
            made,
            types=tuple([x for x in made.types if x[1] in self.types]),
            functions=tuple([f for f in made.functions if f.name in used]),
        )


def _mentioned(func: m.Func) -> list[TypeRef]:
    refs = [p.type for p in func.params]
    if func.result is not None:
        refs.append(func.result)
    if func.resource is not None:
        refs.append(func.resource)
    return refs


def imports_of(resolve: m.Resolve, worlds: Iterable[m.World], live: Live) -> list[m.WorldItem]:
    """What the worlds import together and use, each interface after those it takes types from."""
    items: dict[str | int, m.WorldItem] = {}
    for world in worlds:
        for item in world.imports:
            if isinstance(item, m.WorldInterface):
                items.setdefault(item.label or item.interface, item)
            else:
                items.setdefault(item.name if isinstance(item, m.WorldType) else item.func.name, item)
    order: list[m.WorldItem] = []
    done: set[str | int] = set()

    def visit(key: str | int) -> None:
        if key in done:
            return
        done.add(key)
        item = items[key]
        if isinstance(item, m.WorldInterface):
            interface = live.cut(item.interface)
            for _, type_ in interface.types:
                owner = resolve.used_from(type_)
                if owner is not None and owner in items:
                    visit(owner)
            if interface.types or interface.functions:
                order.append(item)
        elif isinstance(item, m.WorldType):
            owner = resolve.used_from(item.type)
            if owner is not None and owner in items:
                visit(owner)
            order.append(item)
        elif item.func.name in live.root_funcs:
            order.append(item)

    # Functions of the world may use any of its types, so they come last.
    for key, item in items.items():
        if not isinstance(item, m.WorldFunc):
            visit(key)
    for key in items:
        visit(key)
    return order
