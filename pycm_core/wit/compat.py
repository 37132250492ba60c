"""Whether a component fits a world, and why not (Explainer.md, "Import and Export Definitions", on canonical interface names).

WIT types are compared by structure, resources by the interface that defines them; versions of interfaces match by their canonical
version (`0.2` for 0.2.x, `1` for 1.x.y).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pycm_core.base.semver import canonical_version
from pycm_core.component import types as t
from pycm_core.component.types import Prim, TypeRef
from pycm_core.wit import model as m
from pycm_core.wit.print import Printer


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One reason why a component does not fit: where (`import wasi:io/streams#read`), what is wrong, and both sides as WIT."""

    path: str
    problem: Literal["missing", "different"]
    message: str
    wanted: str | None = None
    found: str | None = None


_VERSION = re.compile(r"\d+\.\d+\.\d+([-+].*)?")


def canonical_text(name: str) -> str:
    """The full name of an interface with its canonical version, or any other text as it is."""
    base, at, version = name.partition("@")
    return f"{base}@{canonical_version(version)}" if at and _VERSION.fullmatch(version) else name


def canonical_name(resolve: m.Resolve, interface: int) -> str | None:
    """The name of an interface with its canonical version; `None` for an inline one."""
    made = resolve.interfaces[interface]
    if made.name is None:
        return None
    package = resolve.packages[made.package].name
    version = "" if package.version is None else f"@{canonical_version(package.version)}"
    return f"{package.namespace}:{package.name}/{made.name}{version}"


def item_name(resolve: m.Resolve, interface: int, *, same_root: bool) -> str | None:
    """The canonical name; with `same_root`, an interface of the root package has only its own."""
    made = resolve.interfaces[interface]
    if same_root and made.package == resolve.main:
        return made.name
    return canonical_name(resolve, interface)


Shape = int
_Node = tuple[object, ...]


class Shapes:
    """Types of several resolutions by structure: equal structures have equal shapes. Aliases do not count."""

    __slots__ = ("_done", "_nodes", "_same_root")

    def __init__(self, *, same_root: bool = False) -> None:
        """With `same_root` the root packages count as one package, whatever their versions."""
        self._same_root = same_root
        self._nodes: dict[_Node, Shape] = {}
        self._done: dict[tuple[int, int], Shape] = {}

    def of(self, resolve: m.Resolve, ref: TypeRef | None) -> Shape:
        """The shape of a type; `None` is a shape of its own."""
        if ref is None or isinstance(ref, Prim):
            return self._intern(("prim", ref))
        ref = resolve.definition(ref)
        if isinstance(ref, Prim):
            return self._intern(("prim", ref))
        done = self._done.get((id(resolve), ref))
        if done is None:
            done = self._done[(id(resolve), ref)] = self._intern(self._node(resolve, ref))
        return done

    def func(self, resolve: m.Resolve, func: m.Func) -> Shape:
        """The shape of a function: parameters with their names, result, `async`."""
        params = tuple([(p.label, self.of(resolve, p.type)) for p in func.params])
        return self._intern(("func", func.async_, params, self.of(resolve, func.result)))

    def _intern(self, node: _Node) -> Shape:
        return self._nodes.setdefault(node, len(self._nodes))

    def _node(self, resolve: m.Resolve, index: int) -> _Node:
        made = resolve.types[index]
        of = self.of
        match made.kind:
            case m.ResourceKind():
                owner = made.owner
                if owner is None or owner.kind == "world":
                    return ("resource", None, made.name)
                return ("resource", item_name(resolve, owner.index, same_root=self._same_root), made.name)
            case t.Record(fields):
                return ("record", *[(f.label, of(resolve, f.type)) for f in fields])
            case t.Variant(cases):
                return ("variant", *[(c.label, of(resolve, c.type)) for c in cases])
            case t.EnumType(labels):
                return ("enum", *labels)
            case t.Flags(labels):
                return ("flags", *labels)
            case t.Tuple(types):
                return ("tuple", *[of(resolve, x) for x in types])
            case t.List(element, length):
                return ("list", of(resolve, element), length)
            case t.Option(x):
                return ("option", of(resolve, x))
            case t.Result(ok, error):
                return ("result", of(resolve, ok), of(resolve, error))
            case t.Map(key, value):
                return ("map", of(resolve, key), of(resolve, value))
            case t.Stream(x):
                return ("stream", of(resolve, x))
            case t.Future(x):
                return ("future", of(resolve, x))
            case t.Own(x):
                return ("own", of(resolve, x))
            case t.Borrow(x):
                return ("borrow", of(resolve, x))
            case m.Alias(x):
                return ("alias", of(resolve, x))


def fits(component: m.Resolve, target: m.Resolve, world: int) -> list[Mismatch]:
    """Why a component (its WIT, from `wit_of_component`) cannot run where `world` of `target` is provided; empty when it can.

    It may import no more than the world does, and must export all the world does (WIT.md, "WIT Worlds").
    """
    shapes = Shapes()
    own = component.worlds[component.packages[component.main].worlds[0][1]]
    wanted = target.worlds[world]
    return [
        *_check("import", component, own.imports, target, wanted.imports, shapes),
        *_check("export", target, wanted.exports, component, own.exports, shapes),
    ]


def _check(
    word: str,
    user: m.Resolve,
    needs: tuple[m.WorldItem, ...],
    provider: m.Resolve,
    provides: tuple[m.WorldItem, ...],
    shapes: Shapes,
) -> Iterator[Mismatch]:
    """What `needs` asks for and `provides` does not have."""
    there = {_name(provider, item): item for item in provides}
    side = "the world" if word == "import" else "the component"
    for item in needs:
        name = _name(user, item)
        found = there.get(name)
        if isinstance(item, m.WorldType):
            continue  # types matter where functions use them
        if found is None:
            message = f"{side} does not {'provide' if word == 'import' else 'export'} `{name}`"
            bare = name.partition("@")[0]
            others = [x for x in there if x.partition("@")[0] == bare] if "/" in bare else []
            if others:
                message += f", but {' and '.join(f'`{x}`' for x in others)}, which is another track of versions"
            yield Mismatch(f"{word} {name}", "missing", message)
        elif isinstance(item, m.WorldFunc) and isinstance(found, m.WorldFunc):
            yield from _funcs(f"{word} {name}", user, item.func, provider, found.func, shapes)
        elif isinstance(item, m.WorldInterface) and isinstance(found, m.WorldInterface):
            yield from _interfaces(word, name, user, item.interface, provider, found.interface, shapes)
        else:
            yield Mismatch(f"{word} {name}", "different", f"`{name}` is a function on one side and an interface on the other")


def _interfaces(
    word: str, name: str, user: m.Resolve, wanted: int, provider: m.Resolve, found: int, shapes: Shapes
) -> Iterator[Mismatch]:
    there = {f.name: f for f in provider.interfaces[found].functions}
    types = dict(provider.interfaces[found].types)
    for func in user.interfaces[wanted].functions:
        path = f"{word} {name}#{func.name}"
        other = there.get(func.name)
        if other is None:
            text = Printer(user).func(func)
            yield Mismatch(path, "missing", f"`{name}` has no function `{func.name}` here", wanted=text)
        else:
            yield from _funcs(path, user, func, provider, other, shapes)
    for type_name, type_ in user.interfaces[wanted].types:
        path = f"{word} {name}#{type_name}"
        if type_name not in types:
            yield Mismatch(path, "missing", f"`{name}` has no type `{type_name}` here", wanted=Printer(user).definition(type_))
        elif shapes.of(user, type_) != shapes.of(provider, types[type_name]):
            yield Mismatch(
                path,
                "different",
                f"type `{type_name}` of `{name}` is another one here",
                Printer(user).definition(type_),
                Printer(provider).definition(types[type_name]),
            )


def _funcs(path: str, user: m.Resolve, wanted: m.Func, provider: m.Resolve, found: m.Func, shapes: Shapes) -> Iterator[Mismatch]:
    if shapes.func(user, wanted) != shapes.func(provider, found):
        yield Mismatch(
            path,
            "different",
            f"function `{wanted.item_name}` has another type here",
            Printer(user).func(wanted),
            Printer(provider).func(found),
        )


def _name(resolve: m.Resolve, item: m.WorldItem) -> str:
    if isinstance(item, m.WorldInterface):
        return item.label or canonical_name(resolve, item.interface) or ""
    return item.name if isinstance(item, m.WorldType) else item.func.name
