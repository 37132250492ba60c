"""What names lead to, where items stand, and what their attributes say: what every part of resolving a package needs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from pycm_core.base.errors import Related, WitError
from pycm_core.base.source import Span
from pycm_core.wit import ast
from pycm_core.wit import model as m
from pycm_core.wit.names import did_you_mean
from pycm_core.wit.packages import PackageSyntax, package_name
from pycm_core.wit.scope import LocalInterface, LocalType, LocalWorld, PackageScope, Unit
from pycm_core.wit.tokens import documentation


class Lookup:
    """A package while its names are resolved. `interfaces` and `worlds` are in topological order."""

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

    def _span(self, node: Any) -> Span:
        return Span(self._file.source, node.start, node.end)

    def _error(self, message: str, node: Any, hint: str | None = None, *related: Related) -> None:
        self.errors.append(WitError(message, self._span(node), hint=hint, related=related))

    def _link(self, name: Any, target: Span | None) -> None:
        if self._links is not None and target is not None:
            self._links.append((self._span(name), target))

    def _docs(self, start: int) -> str | None:
        return documentation(self._file.comments.get(start, ()))

    def _target(
        self,
        path: ast.UsePath,
        want: str | None,
        *,
        report: bool = True,
        stability: m.Stability | None = None,
        toplevel: bool = False,
    ) -> Unit | None:
        """What a path leads to; an error and `None` when it leads nowhere, or not to a `want`.

        Behind a gate that is closed (`stability`), what another package has under that name is not looked at. The path of a `toplevel` use
        is not looked for among the names that such uses define (WIT.md, "Item: `toplevel-use`": the bare form is of the current package).
        """
        use = path
        if path.package is None and not toplevel:
            alias = self._scopes[id(self._file)].get(path.id.text)
            if alias is not None:
                use = alias.path
        if use.package is None:
            name = use.id.text
            unit = self.scope.units.get(name)
            if unit is None and report:
                hint = did_you_mean(name, [*self.scope.units, *([] if toplevel else self._names())])
                other = self._scopes[id(self._file)].get(name) if toplevel else None
                if other is not None and other.path is not path:
                    hint = "a top-level `use` names what a package defines, not another `use`"
                self._error(f"interface or world `{name}` does not exist", use.id, hint)
            if report and unit is not None:
                self._link(path.id, unit.span)
            return self._checked(unit, path, want, True) if report else unit
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
                did_you_mean(use.id.text, package.units) or _there_is(package.units),
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
                *also("defined here", unit.span),
            )
            return None
        return unit

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


def _there_is(names: Collection[str]) -> str | None:
    """A hint with the names there are, when they are few."""
    return f"it has {', '.join(f'`{n}`' for n in names)}" if 0 < len(names) <= 8 else None


def also(message: str, span: Span | None) -> tuple[Related, ...]:
    """A second place for an error, if there is one."""
    return () if span is None else (Related(message, span),)
