"""Packages that texts may use without bringing them along, WASI's for instance. Whoever has some passes them in.

A package at hand answers for the earlier versions of its track too, as the target version of the package format has it: what a
`@since` gate adds later is left out (WIT.md, "Package Format").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.semver import canonical_version
from pycm_core.base.source import Source
from pycm_core.wit import ast
from pycm_core.wit.model import PackageName
from pycm_core.wit.packages import PackageSyntax, gather, package_references, version_key
from pycm_core.wit.parser import parse


class KnownPackages:
    """`names` are at hand; `read` gives the texts of one. Each is read and parsed once, when it is first needed."""

    __slots__ = ("_limits", "_parsed", "_read", "names")

    def __init__(
        self,
        names: Sequence[PackageName],
        read: Callable[[PackageName], Sequence[Source]],
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.names = tuple(names)
        self._read = read
        self._limits = limits
        self._parsed: dict[PackageName, list[ast.File]] = {}

    @classmethod
    def union(cls, parts: Sequence[KnownPackages]) -> KnownPackages:
        """All the packages of several; of equal names the first counts."""
        owner = {name: part for part in reversed(parts) for name in part.names}
        return cls(list(owner), lambda name: owner[name].sources(name))

    def sources(self, wanted: PackageName) -> Sequence[Source]:
        """The texts of a package; empty when it is neither at hand nor an earlier version of one that is."""
        at_hand = self._provider(wanted)
        if at_hand is None:
            return ()
        texts = self._read(at_hand)
        if at_hand == wanted:
            return texts
        version = re.compile(rf"@{re.escape(at_hand.version or '')}(?![\w+-]|\.\w)")
        return [Source(version.sub(f"@{wanted.version}", s.text), version.sub(f"@{wanted.version}", s.name)) for s in texts]

    def package(self, wanted: PackageName) -> list[PackageSyntax]:
        """A package as syntax; empty when there is none."""
        if wanted not in self._parsed:
            self._parsed[wanted] = [parse(source, self._limits).file for source in self.sources(wanted)]
        files = self._parsed[wanted]
        found = gather(files, [], root=False) if files else []
        for package in found:
            package.target = True
        return found

    def missing(self, packages: Iterable[PackageSyntax], given: Collection[PackageName] = ()) -> list[PackageSyntax]:
        """What is at hand of all that `packages` need and that neither they nor `given` bring."""
        todo = list(packages)
        seen = {*given, *(package.name for package in todo)}
        found: list[PackageSyntax] = []
        while todo:
            for name, _ in package_references(todo.pop()):
                if name not in seen:
                    seen.add(name)
                    more = self.package(name)
                    found += more
                    todo += more
        return found

    def _provider(self, wanted: PackageName) -> PackageName | None:
        if wanted in self.names:
            return wanted
        for name in self.names:
            if (name.namespace, name.name) == (wanted.namespace, wanted.name) and name.version and wanted.version:
                same = canonical_version(name.version) == canonical_version(wanted.version)
                if same and version_key(wanted.version) < version_key(name.version):
                    return name
        return None
