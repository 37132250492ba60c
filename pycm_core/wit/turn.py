"""Worlds turned over: what a world exports imported, for who uses a component; what it imports exported, for who provides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pycm_core.base.errors import WitError
from pycm_core.wit import model as m
from pycm_core.wit.merge import Arena
from pycm_core.wit.worlds import elaborate, key


def importize(resolve: m.Resolve, world: int, name: str | None = None) -> m.Resolve:
    """The world with its exports as imports, under the name `name` (`…-importized`). Its types stay, its other imports go.

    Raises `WitError` where an export has the name of a type.
    """
    made = resolve.worlds[world]
    types = [x for x in made.imports if isinstance(x, m.WorldType)]
    return _turned(resolve, world, name or f"{made.name}-importized", [*types, *made.exports], [])


def exportize(resolve: m.Resolve, world: int, name: str | None = None, only: Sequence[str] = ()) -> m.Resolve:
    """The world with its imports (or `only` these) as exports, under the name `name` (`…-exportized`). Its types stay, its exports go.

    `only` are plain names, or names of interfaces (`ns:pkg/iface@version`, or `iface` of the same package). Raises `WitError` for one there is not.
    """
    made = resolve.worlds[world]
    moved: list[m.WorldItem] = []
    kept: list[m.WorldItem] = []
    wanted = set(only)
    for item in made.imports:
        names = _names(resolve, made, item)
        if isinstance(item, m.WorldType) or (only and not wanted & names):
            kept.append(item)
        else:
            moved.append(item)
    known = [n for x in made.imports if not isinstance(x, m.WorldType) for n in _names(resolve, made, x)]
    for given in only:
        if given not in known:
            raise WitError(
                f"world `{made.name}` has no import `{given}`", hint="there are: " + ", ".join(f"`{n}`" for n in known)
            )
    return _turned(resolve, world, name or f"{made.name}-exportized", kept, moved)


def _names(resolve: m.Resolve, world: m.World, item: m.WorldItem) -> set[str]:
    match item:
        case m.WorldInterface():
            if item.label is not None:
                return {item.label}
            interface = resolve.interfaces[item.interface]
            full = resolve.interface_name(item.interface) or ""
            return {full} | ({interface.name} if interface.package == world.package and interface.name else set())
        case m.WorldType():
            return {item.name}
        case m.WorldFunc():
            return {item.func.name}


def _turned(
    resolve: m.Resolve, world: int, name: str, imports: Sequence[m.WorldItem], exports: Sequence[m.WorldItem]
) -> m.Resolve:
    made = resolve.worlds[world]
    for items in (imports, exports):
        seen: set[object] = set()
        for item in items:
            if key(item) in seen:
                raise WitError(f"world `{made.name}` has an export and a type that are both called `{key(item)[1]}`")
            seen.add(key(item))
    arena = Arena(lambda _: True)
    arena.packages, arena.interfaces = list(resolve.packages), list(resolve.interfaces)
    arena.worlds, arena.types = list(resolve.worlds), list(resolve.types)
    errors: list[WitError] = []
    turned = elaborate(arena, replace(made, name=name), list(imports), list(exports), errors)
    if errors:
        raise errors[0]
    package = resolve.packages[made.package]
    if any(n == name and w != world for n, w in package.worlds):
        raise WitError(f"package `{package.name}` has a world `{name}` already", hint="choose another name for the result")
    worlds = tuple([x for x in package.worlds if x[1] != world] + [(name, world)])
    packages = list(resolve.packages)
    packages[made.package] = replace(package, worlds=worlds)
    arena.worlds[world] = turned
    return replace(resolve, packages=tuple(packages), worlds=tuple(arena.worlds))
