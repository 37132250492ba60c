"""Second half of resolving a package: feature gates are applied, and what is left gets its final index (WIT.md, "Feature Gates")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycm_core.base.errors import WitError
from pycm_core.base.source import Span
from pycm_core.component import types as t
from pycm_core.component.types import TypeRef
from pycm_core.wit import model as m
from pycm_core.wit.kinds import Closed, map_refs, references
from pycm_core.wit.local import LocalPackage
from pycm_core.wit.packages import version_key
from pycm_core.wit.scope import LocalExtern, LocalFunc, LocalInterface, LocalWorld, Unit


class Arena:
    """Everything resolved so far, growing."""

    __slots__ = ("features", "interfaces", "own", "packages", "types", "worlds")

    def __init__(self, features: Callable[[str], bool]) -> None:
        self.features = features
        self.packages: list[m.Package] = []
        self.interfaces: list[m.Interface] = []
        self.worlds: list[m.World] = []
        self.types: list[m.TypeDef] = []
        self.own: dict[int, int] = {}
        """The anonymous owning handle of a resource, or of an alias of one."""

    def copy(self) -> Arena:
        """The same, to grow on its own."""
        made = Arena(self.features)
        made.packages, made.interfaces = list(self.packages), list(self.interfaces)
        made.worlds, made.types, made.own = list(self.worlds), list(self.types), dict(self.own)
        return made

    def definition(self, ref: TypeRef) -> TypeRef:
        """What `ref` is once every alias is looked through."""
        while isinstance(ref, int):
            kind = self.types[ref].kind
            if not isinstance(kind, m.Alias):
                return ref
            ref = kind.type
        return ref

    def is_resource(self, ref: TypeRef) -> bool:
        """Whether `ref` names a resource."""
        found = self.definition(ref)
        return isinstance(found, int) and isinstance(self.types[found].kind, m.ResourceKind)

    def handle(self, ref: TypeRef) -> TypeRef:
        """`ref` as a value type: a resource by its name stands for an owning handle (WIT.md, "Handles")."""
        if not isinstance(ref, int) or not self.is_resource(ref):
            return ref
        own = self.own.get(ref)
        if own is None:
            own = self.own[ref] = len(self.types)
            self.types.append(m.TypeDef(None, t.Own(ref)))
        return own


class Merger:
    """Moves one package into the arena."""

    __slots__ = ("_arena", "_errors", "_final", "_package", "_version")

    def __init__(self, arena: Arena, package: LocalPackage, errors: list[WitError]) -> None:
        self._arena = arena
        self._package = package
        self._errors = errors
        self._version = package.scope.name.version
        self._final: list[int | None] = [None] * len(package.types)
        """The final index of each local type; `None` while it has none, and for ever behind a closed gate."""

    # --- gates --------------------------------------------------------------------------------------------------------

    def _open(self, stability: m.Stability | None, span: Span | None, *, is_type: bool = False) -> bool:
        """Whether the gate lets an item through. A target version never closes it to a type: published packages use newer names of
        types in older functions (`field-name` in `wasi:http/types`), and a type alone asks nothing of anybody."""
        if stability is None:
            return True
        if stability.unstable is not None:
            return self._arena.features(stability.unstable)
        assert stability.since is not None
        if self._version is None:
            self._error("a gate with a version needs a package with a version", span, "add one: `package a:b@1.0.0;`")
        elif version_key(stability.since) > version_key(self._version):
            if self._package.syntax.target:
                return is_type
            self._error(
                f"the gate names version {stability.since}, which package `{self._package.scope.name}` has not reached", span
            )
        return True

    def _error(self, message: str, span: Span | None, hint: str | None = None) -> None:
        self._errors.append(WitError(message, span, hint=hint))

    def _closed(self, e: Closed, span: Span | None) -> None:
        self._error(f"this refers to {e.what} behind a feature gate that is closed", span, "gate this item in the same way")

    # --- references ---------------------------------------------------------------------------------------------------

    def _ref(self, ref: TypeRef) -> TypeRef:
        if not isinstance(ref, int) or ref >= 0:
            return ref
        index = -1 - ref
        final = self._final[index] if index < len(self._final) else None
        if final is None:
            raise Closed("a type")
        return final

    def _value(self, ref: TypeRef) -> TypeRef:
        return self._arena.handle(self._ref(ref))

    def _resource(self, ref: int) -> int:
        final = self._ref(ref)
        assert isinstance(final, int)
        return final

    # --- the package --------------------------------------------------------------------------------------------------

    def run(self) -> int:
        """Merge; the index of the package. Worlds are still without their includes and without what they need."""
        package, arena = self._package, self._arena
        number = len(arena.packages)
        inline: list[LocalInterface] = []
        first_interface = len(arena.interfaces)
        named: list[LocalInterface] = []
        for interface in package.interfaces:
            if interface.unit.name is None:
                inline.append(interface)
            elif self._gate(interface.unit, interface.stability):
                interface.unit.index = first_interface + len(named)
                named.append(interface)
        worlds = [w for w in package.worlds if self._gate(w.unit, w.stability)]
        opened = {
            id(x.item)
            for w in worlds
            for x in w.externs
            if isinstance(x.item, LocalInterface) and self._open(x.stability, x.span)
        }
        kept = named + [i for i in inline if id(i) in opened]
        for number_, interface in enumerate(kept):
            interface.unit.index = first_interface + number_
        for interface in inline:
            interface.unit.closed = interface.unit.index is None
        for place, world in enumerate(worlds):
            world.unit.index = len(arena.worlds) + place
        self._types()
        for interface in kept:
            types = self._unit_types(interface.unit)
            functions = tuple(f for f in (self._func(x) for x in interface.functions) if f is not None)
            arena.interfaces.append(
                m.Interface(
                    interface.unit.name,
                    number,
                    types,
                    functions,
                    docs=interface.docs,
                    stability=interface.stability,
                    span=interface.unit.span,
                )
            )
        for world in worlds:
            arena.worlds.append(self._world(world, number))
        arena.packages.append(
            m.Package(
                package.scope.name,
                package.syntax.docs,
                tuple((i.unit.name, i.unit.index) for i in named if i.unit.name is not None and i.unit.index is not None),
                tuple((w.unit.name, w.unit.index) for w in worlds if w.unit.name is not None and w.unit.index is not None),
                span=package.syntax.span,
            )
        )
        return number

    def _gate(self, unit: Unit, stability: m.Stability | None) -> bool:
        unit.closed = not self._open(stability, unit.span)
        return not unit.closed

    def _types(self) -> None:
        arena = self._arena
        for index, local in enumerate(self._package.types):
            if not self._open(local.stability, local.span, is_type=True):
                continue
            if local.owner is not None and local.owner.closed:
                if self._package.syntax.target:
                    continue
                self._error(
                    "this type is open, but what it is in is behind a feature gate that is closed",
                    local.span,
                    "gate the type in the same way",
                )
                continue
            try:
                kind = self._kind(local.kind)
            except Closed as e:
                span = (local.span or local.where) if e.member is None else local.members[e.member].span
                if local.name is not None or local.owner is not None:
                    self._closed(e, span)
                continue
            if isinstance(kind, t.Own | t.Borrow) and not arena.is_resource(kind.resource):
                self._error("a handle is of a resource", local.where)
                continue
            owner = None
            if local.owner is not None:
                assert local.owner.index is not None
                owner = m.Owner(local.owner.kind, local.owner.index)
            self._final[index] = len(arena.types)
            arena.types.append(
                m.TypeDef(
                    local.name,
                    kind,
                    owner,
                    local.members,
                    docs=local.docs,
                    stability=local.stability,
                    external_id=local.external_id,
                    span=local.span,
                )
            )

    def _kind(self, kind: m.TypeKind) -> m.TypeKind:
        if isinstance(kind, m.Alias):
            return m.Alias(self._ref(kind.type))
        return map_refs(kind, self._value, self._resource)

    def _unit_types(self, unit: Unit) -> tuple[tuple[str, int], ...]:
        """The types of an interface that are open; from now on its names stand for final indices."""
        result: list[tuple[str, int]] = []
        for name, ref in unit.types.items():
            final: TypeRef | None = ref
            if isinstance(ref, int) and ref < 0:
                final = self._final[-1 - ref]
            unit.types[name] = final
            if isinstance(final, int):
                result.append((name, final))
        return tuple(result)

    def _func(self, local: LocalFunc) -> m.Func | None:
        func = local.func
        if not self._open(func.stability, local.where):
            return None
        try:
            resource = None if func.resource is None else self._resource(func.resource)
            params = tuple(t.Field(p.label, self._value(p.type)) for p in func.params)
            result = None if func.result is None else self._value(func.result)
        except Closed as e:
            self._closed(e, local.where)
            return None
        made = m.Func(
            func.name,
            func.kind,
            params,
            result,
            func.async_,
            resource,
            docs=func.docs,
            stability=func.stability,
            external_id=func.external_id,
            span=func.span,
        )
        if result is not None and contains_borrow(self._arena, result):
            self._error(
                f"function `{func.item_name}` returns a type that contains a `borrow`", local.where, "return the resource itself"
            )
        return made

    def _world(self, world: LocalWorld, package: int) -> m.World:
        imports: list[m.WorldItem] = [
            m.WorldType(name, index, span=self._arena.types[index].span) for name, index in self._unit_types(world.unit)
        ]
        exports: list[m.WorldItem] = []
        for extern in world.externs:
            item = self._extern(extern)
            if item is not None:
                (imports if extern.direction == "import" else exports).append(item)
        assert world.unit.name is not None
        return m.World(
            world.unit.name,
            package,
            tuple(imports),
            tuple(exports),
            docs=world.docs,
            stability=world.stability,
            span=world.unit.span,
        )

    def _extern(self, extern: LocalExtern) -> m.WorldItem | None:
        if isinstance(extern.item, LocalFunc):
            func = self._func(extern.item)
            return None if func is None else m.WorldFunc(func, span=func.span)
        unit = extern.item.unit if isinstance(extern.item, LocalInterface) else extern.item
        if not self._open(extern.stability, None):
            return None
        if unit.index is None:
            self._closed(Closed("an interface"), extern.span)
            return None
        return m.WorldInterface(
            unit.index,
            extern.label,
            docs=extern.docs if isinstance(extern.item, Unit) else None,
            stability=extern.stability,
            external_id=extern.external_id,
            span=extern.span,
        )


def contains_borrow(arena: Any, root: TypeRef) -> bool:
    """Whether a value of this type may hold a borrowed handle; each type is looked at once."""
    stack, seen = [root], set()
    while stack:
        ref = stack.pop()
        if not isinstance(ref, int) or ref in seen:
            continue
        seen.add(ref)
        kind = arena.types[ref].kind
        if isinstance(kind, t.Borrow):
            return True
        if isinstance(kind, t.Own | m.ResourceKind):
            continue
        stack.extend(references(kind))
    return False
