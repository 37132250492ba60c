"""What validation needs to know of a type, computed once per type object."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from pycm_core.base.errors import Exhaustion, Invalid
from pycm_core.base.limits import Limits
from pycm_core.component import types as t
from pycm_core.component.types import Prim, ResourceId

MAX_ELEM_SIZE = 1 << 28
"""The element size that no value type may reach (Binary.md, "Type Definitions")."""

_WORK = 3
"""How many times the largest type substitution may go through."""

NO_RESOURCES: frozenset[ResourceId] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """`key` is equal for equal types and `None` where equality is not structural; `size` and `depth` count the nodes of the expanded type."""

    key: int | None
    size: int
    depth: int
    resources: frozenset[ResourceId] = NO_RESOURCES
    """The free resources: those used and not introduced by the type itself."""
    borrow: bool = False
    """Whether a value of the type may hold a borrow."""
    pointer: bool = False
    """Whether lifting or lowering a value needs memory (CanonicalABI.md, "`canonopt` Validation")."""
    elem_size: int = 0
    """Bytes in a 64-bit memory (CanonicalABI.md, "Element Size")."""
    alignment: int = 1


_PRIM_SIZES = {
    Prim.BOOL: 1,
    Prim.S8: 1,
    Prim.U8: 1,
    Prim.S16: 2,
    Prim.U16: 2,
    Prim.S32: 4,
    Prim.U32: 4,
    Prim.S64: 8,
    Prim.U64: 8,
    Prim.F32: 4,
    Prim.F64: 8,
    Prim.CHAR: 4,
    Prim.ERROR_CONTEXT: 4,
    Prim.STRING: 16,
}


class FactTable:
    """Facts by type object. Sizes past the limits raise `Invalid` (size) and `Exhaustion` (depth), without a place."""

    __slots__ = ("_budget", "_facts", "_keep", "_keys", "_limits")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._budget = _WORK * limits.type_size
        self._keys: dict[Hashable, int] = {}
        self._facts: dict[int, Facts] = {}
        self._keep: list[Any] = []
        for prim, size in _PRIM_SIZES.items():
            string = prim is Prim.STRING
            facts = Facts(self._key(prim), 1, 1, pointer=string, elem_size=size, alignment=8 if string else size)
            self._facts[id(prim)] = facts

    def of(self, type_: Any) -> Facts:
        """The facts of an elaborated type (a value, function, resource, instance or component type, or an extern type)."""
        facts = self._facts.get(id(type_))
        if facts is None:
            facts = _FACTS[type(type_)](self, type_)
            if facts.size > self._limits.type_size:
                raise Invalid(f"effective type size exceeds the limit of {self._limits.type_size}")
            if facts.depth > self._limits.nesting:
                raise Exhaustion(f"type nesting is too deep: more than {self._limits.nesting} levels")
            self._facts[id(type_)] = facts
            self._keep.append(type_)
        return facts

    def spend(self) -> None:
        """One type object more is made or looked at by substitution, of which one validation may do only so much."""
        self._budget -= 1
        if self._budget < 0:
            raise Exhaustion(
                f"instantiating the types of this component takes more than {_WORK} times the limit of {self._limits.type_size}"
            )

    def equal(self, a: Any, b: Any) -> bool:
        """Whether two value, function or resource types are equal (Explainer.md, "Type Checking")."""
        return a is b or self.of(a).key == self.of(b).key

    def _key(self, structure: Hashable) -> int:
        return self._keys.setdefault(structure, len(self._keys))

    def _join(
        self, structure: Hashable, parts: Iterable[Facts], elem_size: int, alignment: int, pointer: bool | None = None
    ) -> Facts:
        size = depth = 0
        resources = NO_RESOURCES
        borrow = points = False
        for part in parts:
            size += part.size
            depth = max(depth, part.depth)
            borrow |= part.borrow
            points |= part.pointer
            if part.resources:
                resources = part.resources if not resources else resources | part.resources
        return Facts(
            self._key(structure),
            size + 1,
            depth + 1,
            resources,
            borrow,
            points if pointer is None else pointer,
            elem_size,
            alignment,
        )

    def _optional(self, type_: Any) -> tuple[int | None, list[Facts]]:
        """The key and the facts of a type that may be absent."""
        if type_ is None:
            return None, []
        facts = self.of(type_)
        return facts.key, [facts]

    def _product(self, tag: str, labels: tuple[str, ...] | None, types: Iterable[Any]) -> Facts:
        parts = [self.of(x) for x in types]
        size, alignment = 0, 1
        for part in parts:
            size = _align(size, part.alignment) + part.elem_size
            alignment = max(alignment, part.alignment)
        return self._join((tag, labels, tuple([p.key for p in parts])), parts, _align(size, alignment), alignment)

    def _sum(self, tag: str, labels: tuple[str, ...] | None, types: Iterable[Any]) -> Facts:
        keys: list[int | None] = []
        parts: list[Facts] = []
        count = 0
        for type_ in types:
            key, facts = self._optional(type_)
            keys.append(key)
            parts += facts
            count += 1
        discriminant = 1 if count <= 1 << 8 else 2 if count <= 1 << 16 else 4
        payload_alignment = max([p.alignment for p in parts], default=1)
        payload = max([p.elem_size for p in parts], default=0)
        alignment = max(discriminant, payload_alignment)
        size = _align(_align(discriminant, payload_alignment) + payload, alignment)
        return self._join((tag, labels, tuple(keys)), parts, size, alignment)

    def _handle(self, tag: str, resource: t.Resource, borrow: bool) -> Facts:
        return Facts(self._key((tag, resource.id)), 2, 2, frozenset({resource.id}), borrow, False, 4, 4)

    def _list(self, list_: t.List[Any]) -> Facts:
        element = self.of(list_.element)
        structure = ("list", element.key, list_.length)
        if list_.length is None:
            return self._join(structure, [element], 16, 8, pointer=True)
        return self._join(structure, [element], element.elem_size * list_.length, element.alignment)

    def _map(self, map_: t.Map[Any]) -> Facts:
        parts = [self.of(map_.key), self.of(map_.value)]
        return self._join(("map", parts[0].key, parts[1].key), parts, 16, 8, pointer=True)

    def _end(self, tag: str, element: Any) -> Facts:
        key, parts = self._optional(element)
        return self._join((tag, key), parts, 4, 4, pointer=False)

    def _func(self, func: t.FuncType[Any]) -> Facts:
        result, parts = self._optional(func.result)
        params = [self.of(p.type) for p in func.params]
        labels = tuple([p.label for p in func.params])
        return self._join(("func", func.async_, labels, tuple([p.key for p in params]), result), [*params, *parts], 0, 1)

    def _items(self, parts: list[Facts], bound: set[ResourceId]) -> Facts:
        joined = self._join(("items", len(self._keys)), parts, 0, 1)
        return Facts(None, joined.size, joined.depth, joined.resources - bound)

    def _instance(self, instance: t.InstanceType) -> Facts:
        return self._items([self.of(e) for _, e in instance.exports], bound_resources(instance.exports))

    def _component(self, component: t.ComponentType) -> Facts:
        items = (*component.imports, *component.exports)
        return self._items([self.of(e) for _, e in items], bound_resources(items))

    def _module(self, module: t.CoreModuleType) -> Facts:
        return Facts(None, 1 + len(module.imports) + len(module.exports), 1)


def bound_resources(items: Iterable[tuple[str, t.ExternType]]) -> set[ResourceId]:
    """The resources that imports or exports introduce, those of instances among them included."""
    found: set[ResourceId] = set()
    seen: set[int] = set()
    rest = [item for _, item in items]
    while rest:
        item = rest.pop()
        if isinstance(item, t.TypeBound):
            if item.fresh:
                assert isinstance(item.type, t.Resource)
                found.add(item.type.id)
        elif isinstance(item, t.InstanceType) and id(item) not in seen:
            seen.add(id(item))
            rest += [inner for _, inner in item.exports]
    return found


def _align(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment


def _flags(table: FactTable, flags: t.Flags) -> Facts:
    size = 1 if len(flags.labels) <= 8 else 2 if len(flags.labels) <= 16 else 4
    return table._join(("flags", flags.labels), [], size, size)


_FACTS: dict[type, Any] = {
    t.Named: lambda table, x: table.of(x.prim),
    t.Record: lambda table, x: table._product("record", tuple([f.label for f in x.fields]), [f.type for f in x.fields]),
    t.Tuple: lambda table, x: table._product("tuple", None, x.types),
    t.Variant: lambda table, x: table._sum("variant", tuple([c.label for c in x.cases]), [c.type for c in x.cases]),
    t.EnumType: lambda table, x: table._sum("enum", x.labels, [None] * len(x.labels)),
    t.Option: lambda table, x: table._sum("option", None, [None, x.type]),
    t.Result: lambda table, x: table._sum("result", None, [x.ok, x.error]),
    t.Flags: _flags,
    t.List: FactTable._list,
    t.Map: FactTable._map,
    t.Own: lambda table, x: table._handle("own", x.resource, False),
    t.Borrow: lambda table, x: table._handle("borrow", x.resource, True),
    t.Stream: lambda table, x: table._end("stream", x.element),
    t.Future: lambda table, x: table._end("future", x.type),
    t.FuncType: FactTable._func,
    t.Resource: lambda table, x: Facts(table._key(("resource", x.id)), 1, 1, frozenset({x.id})),
    t.InstanceType: FactTable._instance,
    t.ComponentType: FactTable._component,
    t.CoreModuleType: FactTable._module,
    t.TypeBound: lambda table, x: table.of(x.type),
    t.ValueBound: lambda table, x: table.of(x.type),
}
