"""What changed between two versions of a package, whom each change breaks, and what the version number should say of it.

Types do not subtype (WIT.md, "A Note on Subtyping"), so a changed type or signature breaks both sides. What is added or removed breaks
one side only: `users` call an interface and must find all they knew; `providers` implement it and must have all that is asked for.
For worlds, `components` are those built for the old one, and `hosts` those that provide it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pycm_core.base.semver import canonical_version
from pycm_core.wit import model as m
from pycm_core.wit.compat import Shapes, item_name
from pycm_core.wit.packages import version_key
from pycm_core.wit.print import Printer

Whom = Literal["users", "providers", "components", "hosts"]
Verdict = Literal["same", "compatible", "breaking"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `path` is `interface#item` or `world w import x`; `old` and `new` are WIT, `None` where there is none."""

    path: str
    kind: Literal["added", "removed", "changed", "documented"]
    old: str | None
    new: str | None
    breaks: tuple[Whom, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Diff:
    """Changes in the order of the packages. `verdict` is breaking when something that existed before breaks.

    `needed` is the least step of the version (`major`, `minor`, `patch`, or `none`), with the rule for 0.x; `honest` says whether the new
    version makes it, and is `None` where a package has no version.
    """

    changes: tuple[Change, ...]
    verdict: Verdict
    needed: Literal["none", "patch", "minor", "major"]
    honest: bool | None


def diff(old: m.Resolve, new: m.Resolve) -> Diff:
    """Compare the root packages of two resolutions."""
    found = tuple(_Differ(old, new).run())
    breaking = any(set(c.breaks) & {"users", "components"} or c.kind == "changed" for c in found)
    additions = any(c.kind in ("added", "removed") for c in found)
    verdict: Verdict = "breaking" if breaking else "compatible" if found else "same"
    old_version, new_version = old.packages[old.main].name.version, new.packages[new.main].name.version
    needed: Literal["none", "patch", "minor", "major"]
    needed = "major" if breaking else "minor" if additions else "patch" if found else "none"
    honest = None
    if old_version is not None and new_version is not None:
        honest = not found or version_key(new_version) > version_key(old_version)
        if breaking:
            honest = honest and canonical_version(old_version) != canonical_version(new_version)
    return Diff(found, verdict, needed, honest)


class _Differ:
    __slots__ = ("new", "old", "shapes")

    def __init__(self, old: m.Resolve, new: m.Resolve) -> None:
        self.old = old
        self.new = new
        self.shapes = Shapes(same_root=True)

    def run(self) -> Iterator[Change]:
        before, after = self.old.packages[self.old.main], self.new.packages[self.new.main]
        interfaces, others = dict(before.interfaces), dict(after.interfaces)
        for name in _union(interfaces, others):
            if name not in others:
                yield Change(name, "removed", f"interface {name}", None, ("users",), "what used it finds it no more")
            elif name not in interfaces:
                yield Change(name, "added", None, f"interface {name}", (), "nothing knew it")
            else:
                yield from self.interface(name, self.old.interfaces[interfaces[name]], self.new.interfaces[others[name]])
        worlds, other_worlds = dict(before.worlds), dict(after.worlds)
        for name in _union(worlds, other_worlds):
            if name not in other_worlds:
                yield Change(
                    f"world {name}", "removed", f"world {name}", None, ("components", "hosts"), "nothing can target it any more"
                )
            elif name not in worlds:
                yield Change(f"world {name}", "added", None, f"world {name}", (), "nothing targets it yet")
            else:
                yield from self.world(name, self.old.worlds[worlds[name]], self.new.worlds[other_worlds[name]])

    def interface(self, name: str, before: m.Interface, after: m.Interface) -> Iterator[Change]:
        """The changes between two states of one interface."""
        yield from _documented(name, before, after)
        types, others = dict(before.types), dict(after.types)
        for type_ in _union(types, others):
            path = f"{name}#{type_}"
            old_text = Printer(self.old).definition(types[type_]) if type_ in types else None
            new_text = Printer(self.new).definition(others[type_]) if type_ in others else None
            if type_ not in others:
                yield Change(path, "removed", old_text, None, ("users", "providers"), "what used the type finds it no more")
            elif type_ not in types:
                yield Change(path, "added", None, new_text, (), "nothing knew the type")
            elif self.shapes.of(self.old, types[type_]) != self.shapes.of(self.new, others[type_]):
                yield Change(path, "changed", old_text, new_text, ("users", "providers"), "types must be the same on both sides")
            else:
                yield from _documented(path, self.old.types[types[type_]], self.new.types[others[type_]])
        funcs, other_funcs = {f.name: f for f in before.functions}, {f.name: f for f in after.functions}
        for func in _union(funcs, other_funcs):
            yield from self.func(f"{name}#{func}", funcs.get(func), other_funcs.get(func), "users", "providers")

    def func(self, path: str, before: m.Func | None, after: m.Func | None, users: Whom, providers: Whom) -> Iterator[Change]:
        """The change of one function, if any: removing it breaks `users`, adding it `providers`."""
        old_text = None if before is None else Printer(self.old).func(before)
        new_text = None if after is None else Printer(self.new).func(after)
        if after is None:
            yield Change(path, "removed", old_text, None, (users,), "what called it finds it no more")
        elif before is None:
            yield Change(path, "added", None, new_text, (providers,), "what implements the old state does not have it")
        elif self.shapes.func(self.old, before) != self.shapes.func(self.new, after):
            yield Change(path, "changed", old_text, new_text, (users, providers), "its type is another one")
        else:
            yield from _documented(path, before, after)

    def world(self, name: str, before: m.World, after: m.World) -> Iterator[Change]:
        """The changes between two states of one world."""
        yield from _documented(f"world {name}", before, after)
        for word, old_items, new_items in (
            ("import", before.imports, after.imports),
            ("export", before.exports, after.exports),
        ):
            items, others = {_item_name(self.old, x): x for x in old_items}, {_item_name(self.new, x): x for x in new_items}
            imported = word == "import"
            for item in _union(items, others):
                path = f"world {name} {word} {item}"
                old_item, new_item = items.get(item), others.get(item)
                if new_item is None:
                    whom: Whom = "components" if imported else "hosts"
                    why = "components that use it find it no more" if imported else "hosts that call it find it no more"
                    yield Change(path, "removed", f"{word} {item}", None, (whom,), why)
                elif old_item is None:
                    whom = "hosts" if imported else "components"
                    why = "hosts must provide it" if imported else "components for the old world do not have it"
                    yield Change(path, "added", None, f"{word} {item}", (whom,), why)
                elif isinstance(old_item, m.WorldFunc) and isinstance(new_item, m.WorldFunc):
                    yield from self.func(path, old_item.func, new_item.func, "components", "hosts")
                elif isinstance(old_item, m.WorldType) and isinstance(new_item, m.WorldType):
                    if self.shapes.of(self.old, old_item.type) != self.shapes.of(self.new, new_item.type):
                        texts = Printer(self.old).definition(old_item.type), Printer(self.new).definition(new_item.type)
                        yield Change(path, "changed", *texts, ("components", "hosts"), "types must be the same on both sides")
                elif isinstance(old_item, m.WorldInterface) and isinstance(new_item, m.WorldInterface):
                    inline = self.old.interfaces[old_item.interface], self.new.interfaces[new_item.interface]
                    names = [
                        item_name(r, i, same_root=True)
                        for r, i in ((self.old, old_item.interface), (self.new, new_item.interface))
                    ]
                    if inline[0].name is None and inline[1].name is None:
                        yield from self.interface(path, *inline)
                    elif names[0] != names[1]:
                        said = [n or "interface { … }" for n in names]
                        yield Change(
                            path, "changed", said[0], said[1], ("components", "hosts"), "another interface stands behind the name"
                        )
                else:
                    yield Change(path, "changed", None, None, ("components", "hosts"), "it is another kind of item")


def _union(before: Iterable[str], after: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*before, *after]))


def _documented(path: str, before: m.Item, after: m.Item) -> Iterator[Change]:
    if before.docs != after.docs or before.stability != after.stability:
        yield Change(path, "documented", before.docs, after.docs, (), "documentation or feature gate")


def _item_name(resolve: m.Resolve, item: m.WorldItem) -> str:
    if isinstance(item, m.WorldInterface):
        return item.label or item_name(resolve, item.interface, same_root=True) or ""
    return item.name if isinstance(item, m.WorldType) else item.func.name
