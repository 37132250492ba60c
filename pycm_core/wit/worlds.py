"""Worlds completed: `include`s taken in, and whatever the items need imported.

(WIT.md, "Union of Worlds with `include`", "Transitive imports and worlds")
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pycm_core.base.errors import Related, WitError
from pycm_core.base.source import Span
from pycm_core.component import types as t
from pycm_core.component.types import TypeRef
from pycm_core.wit import model as m
from pycm_core.wit.kinds import map_refs
from pycm_core.wit.merge import Arena
from pycm_core.wit.scope import LocalInclude, LocalWorld

Key = tuple[Literal["interface"], int] | tuple[Literal["name"], str]


def key(item: m.WorldItem) -> Key:
    """What makes an import or export of a world unique."""
    if isinstance(item, m.WorldInterface):
        return ("interface", item.interface) if item.label is None else ("name", item.label)
    return ("name", item.name if isinstance(item, m.WorldType) else item.func.name)


def complete(arena: Arena, world: LocalWorld, errors: list[WitError]) -> None:
    """Finish a world that has just been merged, in place."""
    index = world.unit.index
    assert index is not None
    made = arena.worlds[index]
    imports = {key(x): x for x in made.imports}
    exports = {key(x): x for x in made.exports}
    for include in world.includes:
        _include(arena, index, include, imports, exports, errors)
    arena.worlds[index] = elaborate(arena, made, list(imports.values()), list(exports.values()), errors)


# --- include ------------------------------------------------------------------------------------------------------------


def _include(
    arena: Arena,
    world: int,
    include: LocalInclude,
    imports: dict[Key, m.WorldItem],
    exports: dict[Key, m.WorldItem],
    errors: list[WitError],
) -> None:
    if (
        include.stability is not None
        and include.stability.unstable is not None
        and not arena.features(include.stability.unstable)
    ):
        return
    if include.unit.index is None:
        errors.append(
            WitError(
                "this refers to a world behind a feature gate that is closed", include.span, hint="gate this item in the same way"
            )
        )
        return
    other = arena.worlds[include.unit.index]
    copy = _Copy(arena, include.unit.index, world)
    used: set[str] = set()
    for direction, source, target in (("import", other.imports, imports), ("export", other.exports, exports)):
        taken: dict[str, Key] = {at[1].lower(): at for at in target if isinstance(at[1], str)}  # unique whatever their case
        for item in source:
            name = key(item)[1]
            if isinstance(name, str):
                renamed = include.renames.get(name)
                if renamed is not None:
                    used.add(name)
                    name = renamed[0]
                elif isinstance(item, m.WorldFunc) and item.func.resource is not None:
                    resource = item.func.name.partition("]")[2].partition(".")[0]
                    if resource in include.renames:
                        used.add(resource)
            made = copy.item(item, include.renames)
            at = key(made)
            if isinstance(made, m.WorldInterface) and made.label is None:
                if (
                    other.package != arena.worlds[world].package
                    and made.stability is not None
                    and made.stability.since is not None
                ):
                    made = replace(made, stability=None)  # the version is that of another package
                target[at] = _joined(target[at], made, include.span, errors) if at in target else made
            elif (first := taken.get(str(at[1]).lower())) is not None:
                other_case = "" if first == at else f", for `{first[1]}` differs only in case"
                errors.append(
                    WitError(
                        f"{direction} of `{at[1]}` shadows one that is already there{other_case}",
                        include.span,
                        hint=f"rename it: `include … with {{ {at[1]} as … }}`",
                        related=_related("the other one", target[first].span),
                    )
                )
            else:
                target[at] = made
                taken[str(at[1]).lower()] = at
    for name, (_, span) in include.renames.items():
        if name not in used:
            errors.append(
                WitError(
                    f"the world has no import or export with the plain name `{name}`",
                    span,
                    hint="interfaces that are imported by their own name cannot be renamed",
                )
            )


def _related(message: str, span: Span | None) -> tuple[Related, ...]:
    return () if span is None else (Related(message, span),)


def _joined(first: m.WorldItem, second: m.WorldInterface, span: Span, errors: list[WitError]) -> m.WorldItem:
    """Two imports of one interface: gates must agree; no gate gives way to one."""
    assert isinstance(first, m.WorldInterface)
    if first.stability is None:
        return replace(first, stability=second.stability)
    if second.stability is not None and first.stability != second.stability:
        errors.append(
            WitError(
                "an interface comes in with two feature gates that differ", span, related=_related("the other one", first.span)
            )
        )
    return first


class _Copy:
    """The items of an included world as the including world's own: types and inline interfaces are copied."""

    __slots__ = ("_arena", "_from", "_interfaces", "_to", "_types")

    def __init__(self, arena: Arena, source: int, target: int) -> None:
        self._arena = arena
        self._from = source
        self._to = target
        self._types: dict[int, int] = {}
        self._interfaces: dict[int, int] = {}

    def item(self, item: m.WorldItem, renames: dict[str, tuple[str, Span]]) -> m.WorldItem:
        match item:
            case m.WorldType():
                name = renames[item.name][0] if item.name in renames else item.name
                return m.WorldType(name, self._type(item.type, m.Owner("world", self._to), name), span=item.span)
            case m.WorldFunc():
                return m.WorldFunc(self._func(item.func, renames), span=item.span)
            case m.WorldInterface():
                interface = item.interface
                if self._arena.interfaces[interface].name is None:
                    interface = self._interface(interface)
                label = item.label
                if label is not None and label in renames:
                    label = renames[label][0]
                return replace(item, interface=interface, label=label)

    def _func(self, func: m.Func, renames: dict[str, tuple[str, Span]]) -> m.Func:
        name = func.name
        resource: int | None = None
        if func.resource is not None:
            resource = self._resource(func.resource)
            kind, _, rest = name.partition("]")
            owner, dot, method = rest.partition(".")
            if owner in renames:
                name = f"{kind}]{renames[owner][0]}{dot}{method}"
        elif name in renames:
            name = renames[name][0]
        return replace(
            func,
            name=name,
            resource=resource,
            params=tuple(t.Field(p.label, self._ref(p.type)) for p in func.params),
            result=None if func.result is None else self._ref(func.result),
        )

    def _interface(self, index: int) -> int:
        made = self._interfaces.get(index)
        if made is not None:
            return made
        old = self._arena.interfaces[index]
        made = self._interfaces[index] = len(self._arena.interfaces)
        self._arena.interfaces.append(old)  # its place is taken; filled below
        owner = m.Owner("interface", made)
        types = tuple((name, self._type(i, owner, name)) for name, i in old.types)
        functions = tuple(self._func(f, {}) for f in old.functions)
        package = self._arena.worlds[self._to].package
        self._arena.interfaces[made] = replace(old, package=package, types=types, functions=functions, clone_of=index)
        return made

    def _type(self, index: int, owner: m.Owner | None, name: str | None) -> int:
        old = self._arena.types[index]
        kind = (
            m.Alias(self._ref(old.kind.type)) if isinstance(old.kind, m.Alias) else map_refs(old.kind, self._ref, self._resource)
        )
        made = self._types[index] = len(self._arena.types)
        self._arena.types.append(replace(old, kind=kind, owner=owner, name=name))
        if isinstance(kind, t.Own) and owner is None:
            assert isinstance(kind.resource, int)
            self._arena.own.setdefault(kind.resource, made)
        return made

    def _resource(self, ref: int) -> int:
        found = self._ref(ref)
        assert isinstance(found, int)
        return found

    def _ref(self, ref: TypeRef) -> TypeRef:
        """The copy of a type, when it has one or is anonymous and made of copies; else the type itself."""
        if not isinstance(ref, int):
            return ref
        made = self._types.get(ref)
        if made is not None:
            return made
        if self._arena.types[ref].owner is not None:
            return ref
        return self._type(ref, None, None)


# --- what items need ----------------------------------------------------------------------------------------------------


def dependencies(arena: Arena, interface: int) -> list[int]:
    """The interfaces whose types an interface uses, in order."""
    found: dict[int, None] = {}
    for _, index in arena.interfaces[interface].types:
        owner = _foreign_owner(arena, index)
        if owner is not None:
            found[owner] = None
    return list(found)


def _foreign_owner(arena: Arena, index: int) -> int | None:
    """The interface that `use` took a type from."""
    made = arena.types[index]
    if isinstance(made.kind, m.Alias) and isinstance(made.kind.type, int):
        owner = arena.types[made.kind.type].owner
        if owner is not None and owner != made.owner and owner.kind == "interface":
            return owner.index
    return None


def _class(arena: Arena, item: m.WorldItem) -> int:
    """The order in which a world's imports stand: interfaces, types it uses, types it defines, functions, methods."""
    if isinstance(item, m.WorldInterface):
        return 0
    if isinstance(item, m.WorldType):
        return 2 if _foreign_owner(arena, item.type) is None else 1
    return 3 if item.func.resource is None else 4


def elaborate(
    arena: Arena, world: m.World, imports: list[m.WorldItem], exports: list[m.WorldItem], errors: list[WitError]
) -> m.World:
    new_imports: dict[Key, m.WorldItem] = {}
    stated = {key(x): x for x in imports}

    def need(interface: int, stability: m.Stability | None, itself: int | None = None) -> None:
        """Import an interface and, before it, what it needs; `itself` is the one that is imported by its own statement."""
        stack = [(interface, False)]
        while stack:
            current, ready = stack.pop()
            at: Key = ("interface", current)
            if at in new_imports:
                continue
            if not ready:
                stack.append((current, True))
                stack.extend((d, False) for d in reversed(dependencies(arena, current)))
                continue
            given = stated.get(at)
            if not isinstance(given, m.WorldInterface):
                given = m.WorldInterface(current, stability=stability)
            elif current != itself:
                given = replace(given, stability=stability)  # it is as open as what needs it
            new_imports[at] = given

    def place(item: m.WorldItem) -> int:
        return _class(arena, item)

    for item in sorted(imports, key=place):
        if isinstance(item, m.WorldInterface):
            if item.label is None:
                need(item.interface, item.stability, item.interface)
            else:
                for dependency in dependencies(arena, item.interface):
                    need(dependency, item.stability)
                new_imports[key(item)] = item
        else:
            if isinstance(item, m.WorldType):
                owner = _foreign_owner(arena, item.type)
                if owner is not None:
                    need(owner, arena.types[item.type].stability)
            new_imports[key(item)] = item

    new_exports: dict[Key, m.WorldItem] = {}
    exported = {x.interface: x for x in exports if isinstance(x, m.WorldInterface) and x.label is None}
    bad: set[int] = set()

    def tainted(interface: int) -> bool:
        """Whether an interface needs, directly or not, one that this world exports."""
        stack, seen = [interface], {interface}
        while stack:
            for d in dependencies(arena, stack.pop()):
                if d in exported:
                    return True
                if d not in seen:
                    seen.add(d)
                    stack.append(d)
        return False

    def export(item: m.WorldInterface) -> None:
        stack: list[tuple[m.WorldInterface, bool]] = [(item, False)]
        while stack:
            current, ready = stack.pop()
            if key(current) in new_exports:
                continue
            needed = dependencies(arena, current.interface)
            if not ready:
                stack.append((current, True))
                others = [exported[d] for d in reversed(needed) if d in exported and exported[d] is not current]
                stack.extend((replace(x, stability=current.stability), False) for x in others)
                continue
            for d in needed:
                if d in exported:
                    continue
                if tainted(d) and current.interface not in bad:
                    bad.add(current.interface)
                    name = arena.interfaces[current.interface].name or current.label
                    errors.append(
                        WitError(
                            f"exported interface `{name}` needs an interface both as an import and as an export",
                            world.span,
                            hint=f"export `{arena.interfaces[d].name}` too, or leave out what it uses",
                            related=_related("exported here", current.span),
                        )
                    )
                need(d, current.stability)
            new_exports[key(current)] = current

    for item in exports:
        if isinstance(item, m.WorldInterface):
            continue
        new_exports[key(item)] = item
    for item in exports:
        if isinstance(item, m.WorldInterface):
            export(item)
    return replace(world, imports=tuple(sorted(new_imports.values(), key=place)), exports=tuple(new_exports.values()))
