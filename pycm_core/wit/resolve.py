"""Resolution: from texts to packages that mean something (WIT.md, "Name resolution")."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from pycm_core.base.errors import WitError
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source
from pycm_core.wit import ast
from pycm_core.wit import model as m
from pycm_core.wit.local import LocalPackage
from pycm_core.wit.merge import Arena, Merger
from pycm_core.wit.packages import PackageSyntax, gather, order
from pycm_core.wit.parser import parse
from pycm_core.wit.scope import PackageScope
from pycm_core.wit.worlds import complete

ALL = "*"
"""Among the features: every feature is active."""


def resolve(
    sources: Sequence[Source],
    deps: Sequence[Sequence[Source]] = (),
    *,
    features: Collection[str] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> m.Resolve:
    """Resolve the root package, given as the texts of its files, and its dependencies, each given in the same way.

    `features` are the `@unstable` features that are active (`"*"` for all). Raises the first `WitError`, or `Exhaustion`.
    """
    resolved, errors = resolve_all(sources, deps, features=features, limits=limits)
    if errors:
        raise errors[0]
    return resolved


def resolve_all(
    sources: Sequence[Source],
    deps: Sequence[Sequence[Source]] = (),
    *,
    features: Collection[str] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[m.Resolve, list[WitError]]:
    """Like `resolve`, with every error there is, and what could be resolved in spite of them. Raises only `Exhaustion`."""
    errors: list[WitError] = []

    def files(group: Sequence[Source]) -> list[ast.File]:
        result = []
        for source in group:
            parsed = parse(source, limits)
            errors.extend(parsed.errors)
            result.append(parsed.file)
        return result

    main = files(sources)
    return resolve_files(main, [files(group) for group in deps], errors, features=features), errors


def resolve_files(
    root: Sequence[ast.File], deps: Sequence[Sequence[ast.File]], errors: list[WitError], *, features: Collection[str]
) -> m.Resolve:
    """Resolve files that are parsed; what is wrong is added to `errors`."""
    packages = gather(root, errors, root=True)
    main = packages[0].name
    for group in deps:
        packages += gather(group, errors, root=False)
    return resolve_packages(order(packages, errors), main, errors, _active(features))


def _active(features: Collection[str]) -> Callable[[str], bool]:
    return (lambda _: True) if ALL in features else features.__contains__


def resolve_packages(
    packages: Sequence[PackageSyntax], root: m.PackageName, errors: list[WitError], active: Callable[[str], bool]
) -> m.Resolve:
    """Resolve packages that are parsed and in order."""
    arena = Arena(active)
    scopes: dict[m.PackageName, PackageScope] = {}
    main = 0
    for syntax in packages:
        package = LocalPackage(syntax, scopes, errors, active)
        number = Merger(arena, package, errors).run()
        if package.scope.name == root:
            main = number
        for world in package.worlds:
            if world.unit.index is not None:
                complete(arena, world, errors)
        scopes[package.scope.name] = package.scope
    return m.Resolve(tuple(arena.packages), tuple(arena.interfaces), tuple(arena.worlds), tuple(arena.types), main)
