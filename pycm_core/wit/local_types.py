"""Types on the way to their meaning: names replaced by local references, in topological order (WIT.md, "Types")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycm_core.base.errors import Related
from pycm_core.base.source import Span
from pycm_core.component import types as t
from pycm_core.component.types import Prim, TypeRef
from pycm_core.wit import ast
from pycm_core.wit import model as m
from pycm_core.wit.kinds import references
from pycm_core.wit.lookup import Lookup
from pycm_core.wit.names import in_order, type_hint
from pycm_core.wit.scope import LocalType, Unit, local
from pycm_core.wit.shape import list_length

_PRIMS = {p.value: p for p in Prim}
BROKEN: TypeRef = Prim.U32
"""Stands in for a type that could not be resolved, so that one mistake gives one error."""


class LocalTypes(Lookup):
    """The types of a package that is being resolved."""

    __slots__ = ()

    def _define(
        self,
        unit: Unit,
        name: ast.Id,
        kind: m.TypeKind,
        members: tuple[m.Member, ...],
        docs: str | None,
        stability: m.Stability | None,
        external_id: str | None,
        where: Any,
    ) -> None:
        unit.types[name.text] = local(len(self.types))
        unit.spans[name.text] = self._span(name)
        self.types.append(
            LocalType(name.text, kind, unit, members, docs, stability, external_id, self._span(name), self._span(where))
        )

    def _types(self, unit: Unit, members: Sequence[Any], names: dict[str, Span]) -> None:
        """The types of an interface or world, in topological order."""
        items: list[ast.TypeItem | None] = []
        index: dict[str, int] = {}
        for member in members:
            if isinstance(member, ast.Use):  # what is used is there already, but keeps its place in the order
                for used in member.names:
                    index.setdefault((used.as_ or used.id).text, len(items))
                    items.append(None)
            elif isinstance(member, ast.Compound | ast.Alias | ast.Resource) and self._name(member.id, names):
                index[member.id.text] = len(items)
                items.append(member)
        functions = {i.id.text for i in members if isinstance(i, ast.FuncItem)}
        references = [[] if item is None else _references(item) for item in items]
        for refs in references:
            for ref in refs:
                if ref.text not in index and ref.text not in unit.types:
                    self._unknown_type(ref, [*unit.types, *index], functions)
                    unit.types[ref.text] = BROKEN
        order, stuck = in_order([[index[r.text] for r in refs if r.text in index] for refs in references])
        if stuck is not None:
            placed = set(order)
            culprit = next(r for r in references[stuck] if r.text in index and index[r.text] not in placed)
            self._error(
                f"type `{culprit.text}` depends on itself",
                culprit,
                "WIT types cannot be recursive; refer to a `resource` or an index instead",
            )
            for i, item in enumerate(items):
                if i not in placed and item is not None:
                    unit.types[item.id.text] = BROKEN
        for i in order:
            item = items[i]
            if item is not None:
                self._type_item(unit, item)

    def _unknown_type(self, ref: ast.Id, known: Sequence[str], functions: set[str]) -> None:
        if ref.text in functions:
            self._error(f"`{ref.text}` is a function, not a type", ref)
        else:
            self._error(f"type `{ref.text}` does not exist", ref, self._elsewhere(ref.text) or type_hint(ref.text, known))

    def _elsewhere(self, name: str) -> str | None:
        """A hint when an interface of the package has the type."""
        for part in self.syntax.parts:
            for item in part.items:
                if isinstance(item, ast.Interface):
                    for x in item.members:
                        if isinstance(x, ast.Compound | ast.Alias | ast.Resource) and x.id.text == name:
                            return f"interface `{item.id.text}` has one: `use {item.id.text}.{{{name}}};`"
        return None

    def _type_item(self, unit: Unit, item: ast.TypeItem) -> None:
        stability = self._stability(item.attributes)
        members: tuple[m.Member, ...] = ()
        kind: m.TypeKind
        where: Any = item.id
        if isinstance(item, ast.Resource):
            kind = m.ResourceKind()
        elif isinstance(item, ast.Alias):
            kind = self._kind(unit, item.type, stability)
            where = item.type
        else:
            self._compound_names(item)
            members = tuple(m.Member(self._docs(x.id.start), span=self._span(x.id)) for x in item.members)
            kind = self._compound(unit, item, stability)
        self._define(unit, item.id, kind, members, self._docs(item.start), stability, self._external_id(item.attributes), where)

    def _compound_names(self, item: ast.Compound) -> None:
        names: dict[str, Span] = {}
        for member in item.members:
            self._name(member.id, names)

    def _compound(self, unit: Unit, item: ast.Compound, stability: m.Stability | None) -> m.TypeKind:
        if item.keyword == "record":
            return t.Record(tuple(t.Field(x.id.text, self._ref(unit, x.type, stability)) for x in item.members if x.type))
        if item.keyword == "variant":
            return t.Variant(tuple(t.Case(x.id.text, x.type and self._ref(unit, x.type, stability)) for x in item.members))
        labels = tuple(x.id.text for x in item.members)
        return t.EnumType(labels) if item.keyword == "enum" else t.Flags(labels)

    def _lookup(self, unit: Unit, name: ast.Id) -> TypeRef:
        ref = unit.types.get(name.text)
        if ref is None:
            self._unknown_type(name, list(unit.types), unit.funcs)
            return BROKEN
        self._link(name, unit.spans.get(name.text))
        return ref

    def _ref(self, unit: Unit, expr: ast.Type, stability: m.Stability | None) -> TypeRef:
        """The type an expression stands for; anonymous ones are made once per package."""
        kind = self._kind(unit, expr, stability)
        if isinstance(kind, m.Alias):
            return kind.type
        if isinstance(kind, t.Own):
            return kind.resource  # a resource by its name is an owning handle (WIT.md, "Handles")
        return self._anonymous_type(kind, stability, expr)

    def _anonymous_type(self, kind: m.TypeKind, stability: m.Stability | None, where: Any) -> int:
        if stability is None:
            stability = self._gate_of(kind)
        key = (kind, self._is_closed(stability))
        index = self._anonymous.get(key)
        if index is None:
            index = self._anonymous[key] = len(self.types)
            span = self._span(where)
            self.types.append(LocalType(None, kind, None, (), None, stability, None, span, span))
        return local(index)

    def _gate_of(self, kind: m.TypeKind) -> m.Stability | None:
        """The gate of the first type that an anonymous one is made of and that has one."""
        for ref in references(kind):
            if isinstance(ref, int) and 0 <= -1 - ref < len(self.types):
                stability = self.types[-1 - ref].stability
                if stability is not None:
                    return stability
        return None

    def _kind(self, unit: Unit, expr: ast.Type, stability: m.Stability | None) -> m.TypeKind:
        if expr.kind in _PRIMS:
            return m.Alias(_PRIMS[expr.kind])
        if expr.kind == "id":
            assert expr.id is not None
            return m.Alias(self._lookup(unit, expr.id))
        if expr.kind in ("own", "borrow"):
            assert expr.id is not None
            ref = self._lookup(unit, expr.id)
            if not self._is_resource(ref):
                if ref is not BROKEN or expr.id.text in unit.types:
                    self._not_a_resource(unit, expr.id, ref)
                return m.Alias(BROKEN)
            assert isinstance(ref, int)
            return t.Own(ref) if expr.kind == "own" else t.Borrow(ref)
        args = [a if a is None else self._ref(unit, a, stability) for a in expr.args]
        if expr.kind == "list":
            element = args[0]
            assert element is not None  # the grammar has no `list` without one
            return t.List(element, None if expr.length is None else list_length(expr.length) or 1)
        return _CONSTRUCTORS[expr.kind](args)  # type: ignore[no-any-return] # a table of constructors with different parameters

    def _is_resource(self, ref: TypeRef | None) -> bool:
        """Whether a local reference is a resource, perhaps through aliases. Foreign ones are looked at when packages are merged."""
        while isinstance(ref, int) and ref < 0:
            if -1 - ref >= len(self.types):
                return True
            kind = self.types[-1 - ref].kind
            if not isinstance(kind, m.Alias):
                return isinstance(kind, m.ResourceKind)
            ref = kind.type
        return isinstance(ref, int)

    def _not_a_resource(self, unit: Unit, name: ast.Id, ref: TypeRef) -> None:
        related: tuple[Related, ...] = ()
        if isinstance(ref, int) and ref < 0:
            related = (Related("defined here", self.types[-1 - ref].span),)
        self._error(f"`{name.text}` is not a resource", name, "handles are of resources", *related)


_CONSTRUCTORS: dict[str, Any] = {
    "tuple": lambda a: t.Tuple(tuple(a)),
    "option": lambda a: t.Option(a[0]),
    "result": lambda a: t.Result(a[0], a[1]),
    "map": lambda a: t.Map(a[0], a[1]),
    "stream": lambda a: t.Stream(a[0]),
    "future": lambda a: t.Future(a[0]),
}


def _references(item: ast.TypeItem) -> list[ast.Id]:
    """The names a type is made of."""
    if isinstance(item, ast.Resource):
        return []
    found: list[ast.Id] = []
    stack = [item.type] if isinstance(item, ast.Alias) else [x.type for x in reversed(item.members) if x.type is not None]
    while stack:
        expr = stack.pop()
        if expr.id is not None:
            found.append(expr.id)
        stack.extend(a for a in reversed(expr.args) if a is not None)
    return found
