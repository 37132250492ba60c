"""Resolution: from texts to packages that mean something (WIT.md, "Name resolution")."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from pycm_core.base.errors import WitError
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source, Span
from pycm_core.wit import ast
from pycm_core.wit import model as m
from pycm_core.wit.known import KnownPackages
from pycm_core.wit.local import LocalPackage
from pycm_core.wit.merge import Arena, Merger
from pycm_core.wit.packages import PackageSyntax, gather, order
from pycm_core.wit.parser import parse
from pycm_core.wit.scope import PackageScope
from pycm_core.wit.taken import take
from pycm_core.wit.worlds import complete

Dependency = Sequence[Source] | m.Resolve
"""The texts of a package's files, or packages that are resolved (`wit_of_bytes`)."""

ALL = "*"
"""Among the features: every feature is active."""


def resolve(
    sources: Sequence[Source],
    deps: Sequence[Dependency] = (),
    *,
    features: Collection[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    known: KnownPackages | None = None,
) -> m.Resolve:
    """Resolve the root package, given as the texts of its files, and its dependencies, given in the same way or resolved already.

    `features` are the `@unstable` features that are active (`"*"` for all); `known` packages are taken when they are needed and not
    given. Raises the first `WitError`, or `Exhaustion`.
    """
    resolved, errors = resolve_all(sources, deps, features=features, limits=limits, known=known)
    if errors:
        raise errors[0]
    return resolved


def resolve_all(
    sources: Sequence[Source],
    deps: Sequence[Dependency] = (),
    *,
    features: Collection[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    known: KnownPackages | None = None,
) -> tuple[m.Resolve, list[WitError]]:
    """Like `resolve`, with every error there is, and what could be resolved in spite of them. Raises only `Exhaustion`."""
    library = Library([d for d in deps if isinstance(d, m.Resolve)], features=features, limits=limits, known=known)
    errors: list[WitError] = []
    root = library.parse(sources or [Source("")], errors)
    texts = [library.parse(group, errors) for group in deps if not isinstance(group, m.Resolve)]
    return library.resolve(root, texts, errors), errors


Link = tuple[Span, Span]
"""A place where a name is used, and where what it stands for is defined."""


class Library:
    """Packages that are resolved once and used by many texts; the empty library resolves a text with all it needs.

    What is wrong with its packages is in `errors`, and every text that uses them is checked as far as they could be resolved.
    """

    __slots__ = ("_active", "_arena", "_limits", "_scopes", "errors", "known", "links")

    def __init__(
        self,
        deps: Sequence[Dependency] = (),
        *,
        features: Collection[str] = (),
        limits: Limits = DEFAULT_LIMITS,
        known: KnownPackages | None = None,
    ) -> None:
        """`known` packages are taken when they are needed and not given. Raises only `Exhaustion`."""
        self.known = known
        self._active: Callable[[str], bool] = (lambda _: True) if ALL in features else features.__contains__
        self._limits = limits
        self._arena = Arena(self._active)
        self._scopes: dict[m.PackageName, PackageScope] = {}
        self.errors: list[WitError] = []
        self.links: list[Link] = []
        packages: list[PackageSyntax] = []
        for group in deps:
            if isinstance(group, m.Resolve):
                take(self._arena, self._scopes, group)
            else:
                packages += gather(self.parse(group, self.errors), self.errors, root=False)
        packages = self._ordered(packages, self.errors)
        for package in packages:
            _add(package, self._arena, self._scopes, self.errors, self._active, self.links)

    def parse(self, sources: Sequence[Source], errors: list[WitError]) -> list[ast.File]:
        """The texts of one package as syntax; what is wrong is added to `errors`."""
        files: list[ast.File] = []
        for source in sources:
            parsed = parse(source, self._limits)
            errors.extend(parsed.errors)
            files.append(parsed.file)
        return files

    @property
    def names(self) -> Collection[m.PackageName]:
        """The packages in it."""
        return self._scopes.keys()

    def _ordered(self, packages: list[PackageSyntax], errors: list[WitError]) -> list[PackageSyntax]:
        """In an order in which they can be resolved, with what they need of the known packages."""
        there = set(self._scopes)
        if self.known is None:
            return order(packages, errors, there)
        return order([*packages, *self.known.missing(packages, there)], errors, there, self.known.names)

    def resolve(
        self,
        root: Sequence[ast.File],
        deps: Sequence[Sequence[ast.File]],
        errors: list[WitError],
        links: list[Link] | None = None,
    ) -> m.Resolve:
        """Resolve a package against the library; what is wrong is added to `errors`, what stands for what to `links`."""
        packages = gather(root, errors, root=True)
        name = packages[0].name
        for group in deps:
            packages += gather(group, errors, root=False)
        arena = self._arena.copy()
        scopes = dict(self._scopes)
        main = 0
        for syntax in self._ordered(packages, errors):
            number = _add(syntax, arena, scopes, errors, self._active, links)
            if syntax.name == name:
                main = number
        return m.Resolve(tuple(arena.packages), tuple(arena.interfaces), tuple(arena.worlds), tuple(arena.types), main)


def _add(
    syntax: PackageSyntax,
    arena: Arena,
    scopes: dict[m.PackageName, PackageScope],
    errors: list[WitError],
    active: Callable[[str], bool],
    links: list[Link] | None,
) -> int:
    """Resolve one more package; its index."""
    package = LocalPackage(syntax, scopes, errors, active, links)
    number = Merger(arena, package, errors).run()
    for world in package.worlds:
        if world.unit.index is not None:
            complete(arena, world, errors)
    scopes[package.scope.name] = package.scope
    return number
