"""First half of resolving a package: every name finds what it stands for (WIT.md, "Name resolution").

Types get local indices; feature gates are noted, not yet applied, so that names behind a closed gate are checked too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from pycm_core.base.errors import Related, WitError
from pycm_core.base.source import Span
from pycm_core.component import types as t
from pycm_core.component.types import Prim, TypeRef
from pycm_core.wit import ast
from pycm_core.wit import model as m
from pycm_core.wit.kinds import references
from pycm_core.wit.names import did_you_mean, in_order, type_hint
from pycm_core.wit.packages import PackageSyntax, extern_path, package_name, paths
from pycm_core.wit.scope import (
    LocalExtern,
    LocalFunc,
    LocalInclude,
    LocalInterface,
    LocalType,
    LocalWorld,
    PackageScope,
    Unit,
    local,
)
from pycm_core.wit.shape import list_length
from pycm_core.wit.tokens import documentation

_PRIMS = {p.value: p for p in Prim}
_BROKEN: TypeRef = Prim.U32
"""Stands in for a type that could not be resolved, so that one mistake gives one error."""


class LocalPackage:
    """A package whose names are resolved. `interfaces` and `worlds` are in topological order."""

    __slots__ = (
        "_active",
        "_anonymous",
        "_file",
        "_links",
        "_packages",
        "_scopes",
        "errors",
        "interfaces",
        "scope",
        "syntax",
        "types",
        "worlds",
    )

    def __init__(
        self,
        syntax: PackageSyntax,
        packages: dict[m.PackageName, PackageScope],
        errors: list[WitError],
        active: Callable[[str], bool],
        links: list[tuple[Span, Span]] | None = None,
    ) -> None:
        """`links` collects where names are used, and where what they stand for is defined."""
        self.syntax = syntax
        self.errors = errors
        self.types: list[LocalType] = []
        self.interfaces: list[LocalInterface] = []
        self.worlds: list[LocalWorld] = []
        self.scope = PackageScope(syntax.name)
        self._active = active
        self._links = links
        self._packages = packages
        self._anonymous: dict[tuple[m.TypeKind, bool], int] = {}
        self._scopes: dict[int, dict[str, ast.TopUse]] = {}
        self._file: ast.File = syntax.parts[0].file
        self._resolve()

    # --- places and errors --------------------------------------------------------------------------------------------

    def _span(self, node: Any) -> Span:
        return Span(self._file.source, node.start, node.end)

    def _error(self, message: str, node: Any, hint: str | None = None, *related: Related) -> None:
        self.errors.append(WitError(message, self._span(node), hint=hint, related=related))

    def _link(self, name: Any, target: Span | None) -> None:
        if self._links is not None and target is not None:
            self._links.append((self._span(name), target))

    def _docs(self, start: int) -> str | None:
        return documentation(self._file.comments.get(start, ()))

    # --- the package --------------------------------------------------------------------------------------------------

    def _resolve(self) -> None:
        items: list[tuple[ast.File, ast.Interface | ast.World]] = []
        units = self.scope.units
        for part in self.syntax.parts:
            self._file = part.file
            names = self._scopes.setdefault(id(part.file), {})
            for item in part.items:
                if isinstance(item, ast.Interface | ast.World):
                    kind: Literal["interface", "world"] = "interface" if isinstance(item, ast.Interface) else "world"
                    first = units.get(item.id.text)
                    if first is not None:
                        self._error(
                            f"`{item.id.text}` is defined more than once",
                            item.id,
                            None,
                            *_first("first defined here", first.span),
                        )
                        continue
                    units[item.id.text] = Unit(kind, item.id.text, self.syntax.name, self._span(item.id))
                    items.append((part.file, item))
            for item in part.items:
                if isinstance(item, ast.TopUse):
                    name = item.as_ or item.path.id
                    own = units.get(name.text)
                    here = any(isinstance(i, ast.Interface | ast.World) and i.id.text == name.text for i in part.items)
                    if name.text in names or (own is not None and here):
                        self._error(f"the name `{name.text}` is used twice in this file", name, "rename one of them with `as`")
                    else:
                        names[name.text] = item
        for part in self.syntax.parts:
            self._file = part.file
            for item in part.items:
                if isinstance(item, ast.TopUse):
                    self._target(item.path, None)

        ordered, stuck = self._order(items)
        if stuck is not None:
            return
        for file, item in ordered:
            if isinstance(item, ast.Interface):
                self._file = file
                unit = units[item.id.text]
                interface = LocalInterface(unit, self._docs(item.start), self._stability(item.attributes))
                self.interfaces.append(interface)
                self._members(unit, item.members, interface.functions)
        for file, item in ordered:
            if isinstance(item, ast.World):
                self._file = file
                self._world(item)

    def _order(self, items: list[tuple[ast.File, ast.Interface | ast.World]]) -> tuple[list[Any], int | None]:
        index = {item.id.text: i for i, (_, item) in enumerate(items)}
        needs: list[list[int]] = []
        for file, item in items:
            self._file = file
            need: list[int] = []
            own = "interface" if isinstance(item, ast.Interface) else "world"
            for path, want in paths(item):
                if want != own:
                    continue  # interfaces never need worlds, so worlds only wait for worlds
                unit = self._target(path, None, report=False)
                if unit is not None and unit.kind == own and unit.package == self.syntax.name and unit.name in index:
                    need.append(index[unit.name])
            needs.append(need)
        order, stuck = in_order(needs)
        if stuck is not None:
            placed = set(order)
            culprit = next(n for n in needs[stuck] if n not in placed)
            file, item = items[culprit]
            self._file = file
            self._error(
                f"`{item.id.text}` depends on itself", item.id, "interfaces and worlds must not need each other in a circle"
            )
        return [items[i] for i in order], stuck

    # --- paths --------------------------------------------------------------------------------------------------------

    def _target(
        self, path: ast.UsePath, want: str | None, *, report: bool = True, stability: m.Stability | None = None
    ) -> Unit | None:
        """What a path leads to; an error and `None` when it leads nowhere, or not to a `want`.

        Behind a gate that is closed (`stability`), what another package has under that name is not looked at.
        """
        seen: set[str] = set()
        use = path
        while use.package is None:
            name = use.id.text
            alias = self._scopes[id(self._file)].get(name)
            if alias is None or name in seen or (alias.path is use and alias.as_ is None):
                unit = self.scope.units.get(name)
                if unit is None and report:
                    self._error(
                        f"interface or world `{name}` does not exist",
                        use.id,
                        did_you_mean(name, [*self.scope.units, *self._names()]),
                    )
                if report and unit is not None:
                    self._link(path.id, unit.span)
                return self._checked(unit, path, want, True) if report else unit
            seen.add(name)
            use = alias.path
        package = self._packages.get(package_name(use.package))
        if package is None:
            return None  # reported when packages were put in order
        closed = self._is_closed(stability)
        unit = package.units.get(use.id.text)
        if unit is None and report and not closed:
            kind = want or "interface or world"
            self._error(
                f"{kind} `{use.id.text}` is not in package `{package.name}`",
                use.id if use is path else path.id,
                did_you_mean(use.id.text, package.units),
            )
        if report and unit is not None:
            self._link(path.id, unit.span)
        return self._checked(unit, path, want, not closed) if report else unit

    def _is_closed(self, stability: m.Stability | None) -> bool:
        return stability is not None and stability.unstable is not None and not self._active(stability.unstable)

    def _names(self) -> list[str]:
        return list(self._scopes[id(self._file)])

    def _checked(self, unit: Unit | None, path: ast.UsePath, want: str | None, report: bool) -> Unit | None:
        if unit is not None and want is not None and unit.kind != want:
            if not report:
                return None
            article = {"interface": "an interface", "world": "a world"}
            hint = (
                "a world is taken in with `include`"
                if unit.kind == "world"
                else "an interface is taken in with `import` or `export`"
            )
            self._error(
                f"`{path.id.text}` is {article[unit.kind]}, not {article[want]}",
                path.id,
                hint,
                *_first("defined here", unit.span),
            )
            return None
        return unit

    # --- attributes ---------------------------------------------------------------------------------------------------

    def _stability(self, attributes: tuple[ast.Attribute, ...]) -> m.Stability | None:
        """The feature gate of an item; what is wrong with it has been reported."""
        since = unstable = deprecated = None
        for a in attributes:
            if isinstance(a, ast.Since):
                since = a.version.text
            elif isinstance(a, ast.Unstable):
                unstable = a.feature.text
            elif isinstance(a, ast.Deprecated):
                deprecated = a.version.text
        if since is None and unstable is None:
            return None
        return m.Stability(since, None if since is not None else unstable, deprecated)

    def _external_id(self, attributes: tuple[ast.Attribute, ...]) -> str | None:
        return next((a.value.text for a in attributes if isinstance(a, ast.ExternalId)), None)

    # --- members ------------------------------------------------------------------------------------------------------

    def _members(self, unit: Unit, members: Sequence[ast.WorldMember | ast.FuncItem], functions: list[LocalFunc]) -> None:
        """The members of an interface: what it uses, then its types, then its functions."""
        names: dict[str, Span] = {}
        self._uses(unit, members, names)
        self._types(unit, members, names)
        for member in members:
            if isinstance(member, ast.FuncItem):
                self._name(member.id, names)
                unit.funcs.add(member.id.text)
                functions.append(self._func_item(unit, member))
            elif isinstance(member, ast.Resource):
                functions.extend(self._methods(unit, member))

    def _name(self, name: ast.Id, names: dict[str, Span]) -> bool:
        """Note a name of a scope; they are unique whatever their case (WIT.md, "WIT Worlds")."""
        first = names.get(name.text.lower())
        if first is None:
            names[name.text.lower()] = self._span(name)
            return True
        if first.text().lstrip("%") == name.text:
            self._error(f"`{name.text}` is defined more than once", name, None, Related("first defined here", first))
        else:
            self._error(
                f"`{name.text}` differs only in case from `{first.text()}`", name, "names are unique whatever their case",
                Related("first defined here", first),
            )  # fmt: skip
        return False

    def _uses(self, unit: Unit, members: Sequence[Any], names: dict[str, Span]) -> None:
        for use in members:
            if not isinstance(use, ast.Use):
                continue
            stability = self._stability(use.attributes)
            external_id = self._external_id(use.attributes)
            target = self._target(use.path, "interface", stability=stability)
            for used in use.names:
                name = used.as_ or used.id
                ref: TypeRef | None = _BROKEN
                if target is not None:
                    if used.id.text in target.types:
                        ref = target.types[used.id.text]
                        self._link(used.id, target.spans.get(used.id.text))
                    elif target.package != self.syntax.name and self._is_closed(stability):
                        pass
                    elif used.id.text in target.funcs:
                        self._error(f"`{used.id.text}` is a function; only types can be used", used.id)
                    else:
                        self._error(
                            f"type `{used.id.text}` is not defined in interface `{target.name}`",
                            used.id,
                            did_you_mean(used.id.text, target.types),
                            *_first("the interface", target.span),
                        )
                if self._name(name, names):
                    kind = (
                        m.Alias(ref) if ref is not None else m.Alias(local(1 << 30))
                    )  # behind a closed gate: refused when merged
                    self._define(unit, name, kind, (), None, stability, external_id, used.id)

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
                    unit.types[ref.text] = _BROKEN
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
                    unit.types[item.id.text] = _BROKEN
        for i in order:
            item = items[i]
            if item is not None:
                self._type_item(unit, item)

    def _unknown_type(self, ref: ast.Id, known: Sequence[str], functions: set[str]) -> None:
        if ref.text in functions:
            self._error(f"`{ref.text}` is a function, not a type", ref)
        else:
            self._error(f"type `{ref.text}` does not exist", ref, type_hint(ref.text, known))

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

    # --- type expressions ---------------------------------------------------------------------------------------------

    def _lookup(self, unit: Unit, name: ast.Id) -> TypeRef:
        ref = unit.types.get(name.text)
        if ref is None:
            self._unknown_type(name, list(unit.types), unit.funcs)
            return _BROKEN
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
                if ref is not _BROKEN or expr.id.text in unit.types:
                    self._not_a_resource(unit, expr.id, ref)
                return m.Alias(_BROKEN)
            assert isinstance(ref, int)
            return t.Own(ref) if expr.kind == "own" else t.Borrow(ref)
        args = [a if a is None else self._ref(unit, a, stability) for a in expr.args]
        if expr.kind == "list":
            element = args[0]
            assert element is not None  # the grammar has no `list` without one
            return t.List(element, None if expr.length is None else list_length(expr.length) or 0)
        return _CONSTRUCTORS[expr.kind](args)  # type: ignore[no-any-return]

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

    # --- functions ----------------------------------------------------------------------------------------------------

    def _func(
        self,
        unit: Unit,
        item: ast.FuncItem | ast.Extern,
        func: ast.Func,
        name: str,
        named: ast.Id,
        kind: Literal["freestanding", "method", "static", "constructor"] = "freestanding",
        resource: int | None = None,
    ) -> LocalFunc:
        params: list[t.Field[TypeRef]] = []
        names: dict[str, Span] = {}
        if kind == "method":
            assert resource is not None
            params.append(t.Field("self", self._anonymous_type(t.Borrow(resource), None, named)))
        for param in func.params:
            if kind == "method" and param.id.text.lower() == "self":
                self._error("a method has its `self` already", param.id)
                continue
            self._name(param.id, names)
            params.append(t.Field(param.id.text, self._ref(unit, param.type, None)))
        result: TypeRef | None = None
        if kind == "constructor":
            assert resource is not None
            result = resource
            if func.result is not None:
                result = self._constructor_result(unit, func.result, resource)
        elif func.result is not None:
            result = self._ref(unit, func.result, None)
        made = m.Func(
            name,
            kind,
            tuple(params),
            result,
            func.async_,
            resource,
            docs=self._docs(item.start),
            stability=self._stability(item.attributes),
            external_id=self._external_id(item.attributes),
            span=self._span(named),
        )
        return LocalFunc(made, self._span(named))

    def _func_item(self, unit: Unit, item: ast.FuncItem) -> LocalFunc:
        return self._func(unit, item, item.func, item.id.text, item.id)

    def _methods(self, unit: Unit, item: ast.Resource) -> list[LocalFunc]:
        resource = unit.types.get(item.id.text)
        if not isinstance(resource, int):
            return []
        result: list[LocalFunc] = []
        names: dict[str, Span] = {}
        constructors: list[ast.FuncItem] = []
        for member in item.methods:
            kind: Literal["method", "static", "constructor"]
            if member.kind == "constructor":
                kind, name = "constructor", f"[constructor]{item.id.text}"
                if constructors:
                    self._error(
                        "a resource has at most one constructor",
                        member.id,
                        "make the others `static` functions",
                        Related("the first one", self._span(constructors[0].id)),
                    )
                    continue
                constructors.append(member)
            else:
                kind = "static" if member.kind == "static" else "method"
                name = f"[{kind}]{item.id.text}.{member.id.text}"
                self._name(member.id, names)
            result.append(self._func(unit, member, member.func, name, member.id, kind, resource))
        for member in item.methods:
            if member.kind != "constructor" and member.id.text.lower() == item.id.text.lower():
                self._error(f"`{member.id.text}` has the name of its resource", member.id, "give the function another name")
        return result

    def _constructor_result(self, unit: Unit, expr: ast.Type, resource: int) -> TypeRef:
        """A fallible constructor returns `result<r, …>` (WIT.md, "Item: `resource`")."""
        if expr.kind != "result":
            self._error("the type a constructor returns, when it is written, is a `result`", expr, "leave `->` and the type out")
            return _BROKEN
        ok = expr.args[0]
        if ok is None or ok.id is None or unit.types.get(ok.id.text) != resource:
            self._error("the first type of a constructor's `result` is its resource", ok or expr)
        return self._ref(unit, expr, None)

    # --- worlds -------------------------------------------------------------------------------------------------------

    def _world(self, item: ast.World) -> None:
        """(WIT.md, "Item: `world`")"""
        unit = self.scope.units[item.id.text]
        world = LocalWorld(unit, self._docs(item.start), self._stability(item.attributes))
        self.worlds.append(world)
        imported: dict[str, Span] = {}
        exported: dict[str, Span] = {}
        self._uses(unit, item.members, imported)
        self._types(unit, item.members, imported)
        by_name: dict[tuple[str, int], Span] = {}
        for member in item.members:
            if isinstance(member, ast.Resource):
                for method in self._methods(unit, member):
                    world.externs.append(LocalExtern("import", None, method, None, method.func.stability, None, method.where))
            elif isinstance(member, ast.Extern):
                self._extern(world, member, imported if member.keyword == "import" else exported, by_name)
            elif isinstance(member, ast.Include):
                self._include(world, member)

    def _extern(
        self, world: LocalWorld, member: ast.Extern, names: dict[str, Span], by_name: dict[tuple[str, int], Span]
    ) -> None:
        direction: Literal["import", "export"] = "import" if member.keyword == "import" else "export"
        docs = self._docs(member.start)
        external_id = self._external_id(member.attributes)
        label, node = member.id, member.item
        made: LocalFunc | LocalInterface | Unit
        if isinstance(node, ast.ExternPath):
            label_path = extern_path(node)
            if label_path is None:
                return  # reported with the text
            label, path = label_path
            stability = self._stability(member.attributes)
            unit = self._target(path, "interface", stability=stability)
            if label is not None:
                self._label(label, names)
            if unit is None:
                return
            if label is None:
                first = by_name.get((direction, id(unit)))
                if first is not None:
                    self._error(
                        f"interface `{path.id.text}` is {direction}ed more than once",
                        path.id,
                        f"give it a label: `{direction} label: {path.id.text};`",
                        Related("first here", first),
                    )
                    return
                by_name[(direction, id(unit))] = self._span(path.id)
            made = unit
            span = self._span(label or path.id)
        else:
            assert label is not None
            self._label(label, names)
            stability = self._stability(member.attributes)
            span = self._span(label)
            if isinstance(node, ast.Func):
                made = self._func(world.unit, member, node, label.text, label)
            else:
                inline = Unit("interface", None, self.syntax.name, span)
                made = LocalInterface(inline, docs, stability)
                self._members(inline, node, made.functions)
                self.interfaces.append(made)
        world.externs.append(LocalExtern(direction, label.text if label else None, made, docs, stability, external_id, span))

    def _label(self, label: ast.Id, names: dict[str, Span]) -> None:
        self._name(label, names)

    def _include(self, world: LocalWorld, item: ast.Include) -> None:
        """(WIT.md, "Item: `include`")"""
        stability = self._stability(item.attributes)
        unit = self._target(item.path, "world", stability=stability)
        renames: dict[str, tuple[str, Span]] = {}
        for rename in item.renames:
            assert rename.as_ is not None
            renames[rename.id.text] = (rename.as_.text, Span(self._file.source, item.path.start, rename.id.end))
        if unit is not None:
            world.includes.append(LocalInclude(unit, renames, stability, self._span(item.path.id)))


_CONSTRUCTORS: dict[str, Any] = {
    "tuple": lambda a: t.Tuple(tuple(a)),
    "option": lambda a: t.Option(a[0]),
    "result": lambda a: t.Result(a[0], a[1]),
    "map": lambda a: t.Map(a[0], a[1]),
    "stream": lambda a: t.Stream(a[0]),
    "future": lambda a: t.Future(a[0]),
}


def _first(message: str, span: Span | None) -> tuple[Related, ...]:
    return () if span is None else (Related(message, span),)


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
