"""First half of resolving a package: every name finds what it stands for (WIT.md, "Name resolution").

Types get local indices; feature gates are noted, not yet applied, so that names behind a closed gate are checked too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from pycm_core.base.errors import Related, WitError
from pycm_core.base.source import Span
from pycm_core.component import types as t
from pycm_core.component.types import TypeRef
from pycm_core.wit import ast
from pycm_core.wit import model as m
from pycm_core.wit.local_types import BROKEN, LocalTypes
from pycm_core.wit.lookup import also
from pycm_core.wit.names import did_you_mean, in_order
from pycm_core.wit.packages import PackageSyntax, extern_path, paths
from pycm_core.wit.scope import (
    LocalExtern,
    LocalFunc,
    LocalInclude,
    LocalInterface,
    LocalWorld,
    PackageScope,
    Unit,
    local,
)


class LocalPackage(LocalTypes):
    """A package whose names are resolved."""

    __slots__ = ()

    def __init__(
        self,
        syntax: PackageSyntax,
        packages: dict[m.PackageName, PackageScope],
        errors: list[WitError],
        active: Callable[[str], bool],
        links: list[tuple[Span, Span]] | None = None,
    ) -> None:
        super().__init__(syntax, packages, errors, active, links)
        self._resolve()

    def _resolve(self) -> None:
        items: list[tuple[ast.File, ast.Interface | ast.World]] = []
        units = self.scope.units
        defined: dict[str, Span] = {}
        for part in self.syntax.parts:
            self._file = part.file
            names = self._scopes.setdefault(id(part.file), {})
            for item in part.items:
                if isinstance(item, ast.Interface | ast.World):
                    kind: Literal["interface", "world"] = "interface" if isinstance(item, ast.Interface) else "world"
                    if not self._name(item.id, defined) and item.id.text in units:
                        continue  # one that differs only in case is wrong, but there
                    units[item.id.text] = Unit(kind, item.id.text, self.syntax.name, self._span(item.id))
                    items.append((part.file, item))
            for item in part.items:
                if isinstance(item, ast.TopUse):
                    name = item.as_ or item.path.id
                    own = units.get(name.text)
                    here = [i.id for i in part.items if isinstance(i, ast.Interface | ast.World) and i.id.text == name.text]
                    if name.text in names or (own is not None and here):
                        later = max([name, *here], key=lambda i: i.start)
                        self._error(f"the name `{name.text}` is used twice in this file", later, "rename one of them with `as`")
                    else:
                        names[name.text] = item
        for part in self.syntax.parts:
            self._file = part.file
            for item in part.items:
                if isinstance(item, ast.TopUse):
                    foreign = item.path.package is not None
                    self._target(item.path, "interface" if foreign else None, toplevel=True)

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

    def _uses(self, unit: Unit, members: Sequence[Any], names: dict[str, Span]) -> None:
        for use in members:
            if not isinstance(use, ast.Use):
                continue
            stability = self._stability(use.attributes)
            external_id = self._external_id(use.attributes)
            target = self._target(use.path, "interface", stability=stability)
            for used in use.names:
                name = used.as_ or used.id
                ref: TypeRef | None = BROKEN
                if target is not None:
                    if used.id.text in target.types:
                        ref = target.types[used.id.text]
                        self._link(used.id, target.spans.get(used.id.text))
                    elif target.package != self.syntax.name and self._is_closed(stability):
                        pass
                    elif used.id.text in target.funcs:
                        self._error(
                            f"`{used.id.text}` is a function; only types can be used",
                            used.id,
                            "functions come with their interface, which a world imports or exports",
                        )
                    else:
                        self._error(
                            f"type `{used.id.text}` is not defined in interface `{target.name}`",
                            used.id,
                            did_you_mean(used.id.text, target.types),
                            *also("the interface", target.span),
                        )
                if self._name(name, names):
                    kind = (
                        m.Alias(ref) if ref is not None else m.Alias(local(1 << 30))
                    )  # behind a closed gate: refused when merged
                    self._define(unit, name, kind, (), None, stability, external_id, used.id)

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
                self._error("a method has its `self` already", param.id, "leave it out")
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
            return BROKEN
        ok = expr.args[0]
        if ok is None or ok.id is None or unit.types.get(ok.id.text) != resource:
            self._error("the first type of a constructor's `result` is its resource", ok or expr)
        return self._ref(unit, expr, None)

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
            if rename.id.text in renames:
                self._error(f"`{rename.id.text}` is renamed twice", rename.id, "an import or export has one name")
            renames[rename.id.text] = (rename.as_.text, Span(self._file.source, item.path.start, rename.id.end))
        if unit is not None:
            world.includes.append(LocalInclude(unit, renames, stability, self._span(item.path.id)))
