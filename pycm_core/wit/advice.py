"""What is no mistake for tools, but against WIT.md: warnings of an editor.

WIT.md makes errors of these. Packages in use break some of the rules, WASI's own among them, so nothing is refused for them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pycm_core.base.errors import Related, WitError
from pycm_core.base.source import Span
from pycm_core.wit import ast
from pycm_core.wit.packages import package_name, version_key

Link = tuple[Span, Span]
_GATES = ast.Since | ast.Unstable


@dataclass(frozen=True, slots=True)
class _Item:
    """An item that has a name: the package it is of, its own gate or the one around it, and where it is."""

    name: ast.Id
    package: object
    gate: ast.Since | ast.Unstable | None
    start: int
    end: int
    file: ast.File


def advice(files: Sequence[ast.File], links: Sequence[Link]) -> list[WitError]:
    """Warnings for the files of one package. `links` are where names are used and where what they stand for is defined."""
    looked = _Advice()
    header = next((i for f in files for i in f.items if isinstance(i, ast.PackageHeader)), None)
    for file in files:
        looked.package(file, file.items, header.name if header is not None else None)
        for item in file.items:
            if isinstance(item, ast.NestedPackage):
                looked.package(file, item.items, item.name)
    looked.references(links)
    return looked.found


class _Advice:
    __slots__ = ("_defined", "_items", "found")

    def __init__(self) -> None:
        self.found: list[WitError] = []
        self._items: list[_Item] = []
        self._defined: dict[tuple[int, int], _Item] = {}

    def _warn(self, file: ast.File, message: str, node: Any, hint: str, *related: Related) -> None:
        self.found.append(WitError(message, Span(file.source, node.start, node.end), hint=hint, related=related))

    def package(self, file: ast.File, items: Sequence[ast.TopItem], name: ast.PackageName | None) -> None:
        package = None if name is None else package_name(name)
        ungated = True
        for item in items:
            if isinstance(item, ast.Interface | ast.World):
                gate = self._gate(item.attributes)
                self._no_external_id(file, item.attributes, item.id)
                self._define(file, item.id, package, gate, item)
                self._members(file, item.members, item.id, gate, package)
            if name is not None and name.version is None and ungated:
                first = next((a for a in _attributes(item) if isinstance(a, ast.Unstable)), None)
                if first is not None:
                    ungated = False
                    hint = f"give it one: `package {package}@1.0.0`"
                    self._warn(file, "a package with feature gates has a version", first, hint)

    def _members(self, file: ast.File, members: Sequence[Any], around: ast.Id, outer: Any, package: object) -> None:
        """The items in an interface, world or resource: gated as what they are in (WIT.md, "Rules for feature gate usage")."""
        for member in members:
            gate = self._gate(member.attributes)
            name = _name(member)
            if isinstance(member, ast.Use | ast.Include):
                self._no_external_id(file, member.attributes, name)
            if outer is not None:
                self._contained(file, name, gate, around, outer)
            self._define(file, name, package, gate or outer, member)
            if isinstance(member, ast.Resource):
                self._members(file, member.methods, member.id, gate or outer, package)
            elif isinstance(member, ast.Extern) and isinstance(member.item, tuple) and not isinstance(member.item, _LEAVES):
                self._members(file, member.item, name, gate or outer, package)

    def _contained(self, file: ast.File, name: ast.Id, gate: Any, around: ast.Id, outer: Any) -> None:
        there = Related("its gate", Span(file.source, outer.start, outer.end))
        if gate is None:
            self._warn(
                file,
                f"`{name.text}` has no gate, and `{around.text}`, which it is in, has",
                name,
                f"gate it: `{_text(outer)}`",
                there,
            )
        elif _weaker(gate, outer):
            message = f"`{name.text}` is gated by less than `{around.text}`, which it is in"
            self._warn(file, message, gate, f"gate it as `{around.text}`: `{_text(outer)}`", there)

    def references(self, links: Sequence[Link]) -> None:
        """An item that refers to a gated one is gated in the same way."""
        by_source: dict[int, list[tuple[int, Link]]] = {}
        for link in links:
            by_source.setdefault(id(link[0].source), []).append((link[0].start, link))
        for there in by_source.values():
            there.sort(key=lambda x: x[0])
        seen: set[tuple[int, int]] = set()
        for item in reversed(self._items):  # methods before the resource they are in
            inside = by_source.get(id(item.file.source), [])
            at = bisect_left(inside, item.start, key=lambda x: x[0])
            while at < len(inside) and inside[at][0] < item.end:
                use, target = inside[at][1]
                at += 1
                place = (id(use.source), use.start)
                found = self._defined.get((id(target.source), target.start))
                if place in seen:
                    continue
                seen.add(place)
                if found is None or found.gate is None or found.package != item.package or found.gate is item.gate:
                    continue
                if item.gate is None or _weaker(item.gate, found.gate):
                    gate = found.gate
                    what = (
                        f"only since {gate.version.text}"
                        if isinstance(gate, ast.Since)
                        else f"only with the feature `{gate.feature.text}`"
                    )
                    who = "this" if item.name.start == use.start else f"`{item.name.text}`"
                    self.found.append(
                        WitError(
                            f"{who} refers to `{found.name.text}`, which is there {what}",
                            use,
                            hint=f"gate {who} in the same way: `{_text(gate)}`",
                            related=(Related("the gate", Span(found.file.source, gate.start, gate.end)),),
                        )
                    )

    def _define(self, file: ast.File, name: ast.Id, package: object, gate: Any, node: Any) -> None:
        item = _Item(name, package, gate, node.start, node.end, file)
        if not isinstance(node, ast.Interface | ast.World):
            self._items.append(item)
        self._defined[id(file.source), name.start] = item

    def _no_external_id(self, file: ast.File, attributes: Sequence[ast.Attribute], name: ast.Id) -> None:
        for a in attributes:
            if isinstance(a, ast.ExternalId):
                hint = "it belongs to imports, exports, types and functions"
                self._warn(file, f"`@external-id` says nothing about `{name.text}`", a, hint)

    def _gate(self, attributes: Sequence[ast.Attribute]) -> ast.Since | ast.Unstable | None:
        return next((a for a in attributes if isinstance(a, _GATES)), None)


_LEAVES = (ast.Func, ast.ExternPath)


def _name(member: Any) -> ast.Id:
    """What a member is called; a `use` or `include` by its path."""
    if isinstance(member, ast.Use | ast.Include):
        return member.path.id
    if isinstance(member, ast.Extern) and member.id is None:
        assert isinstance(member.item, ast.ExternPath)
        return [t for t in member.item.tokens if t.type == "ID"][-1]
    found: ast.Id = member.id
    return found


def _attributes(item: Any) -> list[ast.Attribute]:
    """The attributes of an item and of all inside it, in order."""
    found: list[ast.Attribute] = list(getattr(item, "attributes", ()))
    inside = getattr(item, "members", None) or getattr(item, "methods", None) or ()
    if isinstance(item, ast.Extern) and isinstance(item.item, tuple) and not isinstance(item.item, _LEAVES):
        inside = item.item
    for member in inside:
        if not isinstance(member, ast.Member):
            found += _attributes(member)
    return found


def _weaker(gate: ast.Since | ast.Unstable, than: ast.Since | ast.Unstable) -> bool:
    """Whether `gate` lets through what `than` does not."""
    if isinstance(than, ast.Unstable):
        return not (isinstance(gate, ast.Unstable) and gate.feature.text == than.feature.text)
    return isinstance(gate, ast.Since) and version_key(gate.version.text) < version_key(than.version.text)


def _text(gate: ast.Since | ast.Unstable) -> str:
    if isinstance(gate, ast.Since):
        return f"@since(version = {gate.version.text})"
    return f"@unstable(feature = {gate.feature.text})"
