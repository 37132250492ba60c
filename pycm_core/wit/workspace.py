"""A project while somebody writes it: several texts, checked again after each change, with as little work as the change asks for.

Texts are called by paths: those without a folder are the files of the root package, `deps/a.wit` and the files of `deps/a/` are a package
each (WIT.md, "Filesystem structure"). Packages of every other folder are dependencies too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pycm_core.base.errors import PyCMError, WitError
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source
from pycm_core.wit import ast
from pycm_core.wit import model as m
from pycm_core.wit.advice import advice
from pycm_core.wit.check import Diagnostic, OutlineItem, diagnostics, outline
from pycm_core.wit.deprecated import deprecated
from pycm_core.wit.edited import EditedText
from pycm_core.wit.packages import package_name
from pycm_core.wit.resolve import Library, Link


class Workspace:
    """`resolve` is what the texts mean, as far as they could be resolved. Never raises for a text, however broken."""

    __slots__ = ("_empty", "_errors", "_features", "_library", "_limits", "_links", "_warnings", "library", "resolve", "texts")

    def __init__(
        self, library: Library | None = None, *, features: Collection[str] = ("*",), limits: Limits = DEFAULT_LIMITS
    ) -> None:
        """`library` are packages that the texts may use without bringing them. A text's own package comes before one of the library."""
        self._features = features
        self._limits = limits
        self._library = library if library is not None else Library(features=features, limits=limits)
        self._empty = Library(features=features, limits=limits, known=self._library.known)
        self.library = self._library
        """The library that the last check used."""
        self.texts: dict[str, EditedText] = {}
        self._errors: dict[int, list[PyCMError]] = {}
        self._warnings: dict[int, list[WitError]] = {}
        self._links: list[Link] = []
        self.resolve: m.Resolve | None = None

    def update(self, files: Mapping[str, str]) -> None:
        """Take the next state of all texts, by path."""
        if {name: text.text for name, text in self.texts.items()} == dict(files) and self.resolve is not None:
            return
        for name in [name for name in self.texts if name not in files]:
            del self.texts[name]
        for name, text in files.items():
            there = self.texts.get(name)
            if there is None:
                self.texts[name] = EditedText(text, name, self._limits)
            elif there.text != text:
                there.update(text)
        self._resolve()

    def edited(self, files: Mapping[str, str]) -> Workspace:
        """Another workspace with other texts, to see what would become of these."""
        other = Workspace(self._library, features=self._features, limits=self._limits)
        other.update(files)
        return other

    def errors(self) -> int:
        """How many errors there are in all texts."""
        return sum(len(found) for found in self._errors.values())

    def _resolve(self) -> None:
        errors: list[WitError] = []
        self._links = []
        self.resolve = None
        root, deps = self._packages()
        self.library = self._empty if self._overrides() else self._library
        found: list[PyCMError] = [e for text in self.texts.values() for e in text.errors]
        try:
            self.resolve = self.library.resolve(root, deps, errors, self._links)
        except PyCMError as e:
            found.append(e)
        self._errors = {}
        for error in [*found, *errors]:
            source = getattr(error.where, "source", None)
            self._errors.setdefault(id(source), []).append(error)
        self._warnings = {}
        for group in (root, *deps):
            outdated = deprecated(self.resolve, self._links, group) if self.resolve is not None else []
            for warning in (*advice(group, self._links), *outdated):
                self._warnings.setdefault(id(getattr(warning.where, "source", None)), []).append(warning)

    def _packages(self) -> tuple[list[ast.File], list[list[ast.File]]]:
        """The files of the root package, and of each dependency."""
        groups: dict[str, list[ast.File]] = {"": []}
        for name in sorted(self.texts):
            folder, _, _ = name.rpartition("/")
            groups.setdefault(name if folder == "deps" else folder, []).append(self.texts[name].file)
        # A root package without files is one whose header is missing.
        return groups.pop("") or [EditedText("", "main.wit", self._limits).file], list(groups.values())

    def _overrides(self) -> bool:
        """Whether a text defines a package that the library has too."""
        names = self._library.names
        for text in self.texts.values():
            for item in text.file.items:
                if isinstance(item, ast.PackageHeader | ast.NestedPackage) and package_name(item.name) in names:
                    return True
        return False

    # --- what an editor shows -----------------------------------------------------------------------------------------

    def diagnostics(self, name: str) -> tuple[Diagnostic, ...]:
        """What is wrong in one text. What is wrong nowhere in particular stands in the first."""
        scroll = self.texts[name].scroll
        errors = list(self._errors.get(id(scroll), ()))
        warnings = self._warnings.get(id(scroll), ())
        if name == min(self.texts):
            mine = {id(text.scroll) for text in self.texts.values()}
            errors += [e for source, there in self._errors.items() if source not in mine for e in there]
        return tuple(diagnostics(errors, scroll, warnings))

    def outline(self, name: str) -> tuple[OutlineItem, ...]:
        """The items of one text, with those inside them."""
        text = self.texts[name]
        return tuple(outline(text.file.items, text.scroll.place))

    def package(self) -> str | None:
        """The name of the root package, if a text gives it."""
        for file in self._packages()[0]:
            for item in file.items:
                if isinstance(item, ast.PackageHeader):
                    return str(package_name(item.name))
        return None

    # --- what the language service looks at -----------------------------------------------------------------------------

    @property
    def links(self) -> list[Link]:
        """Where names are used and where what they stand for is defined, in the texts and in the library."""
        return [*self.library.links, *self._links]

    def owns(self, source: Source) -> bool:
        """Whether a source is one of the texts."""
        text = self.texts.get(source.name)
        return text is not None and text.scroll is source
