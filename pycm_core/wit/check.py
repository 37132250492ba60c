"""What an editor needs while somebody types: diagnostics and an outline. Never raises for a text, however broken."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pycm_core.base.errors import PyCMError
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source, Span
from pycm_core.wit import ast
from pycm_core.wit.advice import advice
from pycm_core.wit.deprecated import deprecated
from pycm_core.wit.known import KnownPackages
from pycm_core.wit.packages import extern_path, package_name
from pycm_core.wit.pieces import placed
from pycm_core.wit.resolve import Dependency, Library, Link


@dataclass(frozen=True, slots=True)
class Place:
    """A second place that helps to understand the first: `file` is the name of its text, `start` and `end` are code points."""

    message: str
    file: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong with the text: `text[start:end]` in code points. `severity` is `error`, or `warning` for what tools let pass (`advice`)."""

    start: int
    end: int
    severity: str
    message: str
    hint: str | None
    related: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class OutlineItem:
    """An item: `kind` is its keyword (`interface`, `record`, `func`, …), `start` and `end` are code points."""

    kind: str
    name: str
    start: int
    end: int
    children: tuple[OutlineItem, ...]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Diagnostics and outline in the order of the text; `package` is the name in the header, if there is one."""

    diagnostics: tuple[Diagnostic, ...]
    outline: tuple[OutlineItem, ...]
    package: str | None


def check(
    text: str,
    name: str = "input.wit",
    deps: Library | Sequence[Dependency] = (),
    *,
    features: Collection[str] = ("*",),
    limits: Limits = DEFAULT_LIMITS,
    known: KnownPackages | None = None,
) -> CheckResult:
    """Check one text as a whole package.

    `deps` are the packages it may use: each as its texts, or, when many texts are checked against the same ones, a `Library` (which has
    its own `features`, `limits` and `known`). `known` packages are taken when they are needed and not given.
    """
    source = Source(text, name)
    try:
        library = deps if isinstance(deps, Library) else Library(deps, features=features, limits=limits, known=known)
        errors = list(library.errors)
        links: list[Link] = []
        (file,) = library.parse([source], errors)
        resolved = library.resolve([file], [], errors, links)
    except PyCMError as e:
        return CheckResult((diagnostic(e, source),), (), None)
    return CheckResult(
        tuple(diagnostics(errors, source, [*advice([file], links), *deprecated(resolved, links, [file])])),
        tuple(outline(file.items)),
        next((str(package_name(i.name)) for i in file.items if isinstance(i, ast.PackageHeader)), None),
    )


def diagnostics(errors: Sequence[PyCMError], source: Source, warnings: Sequence[PyCMError] = ()) -> Iterator[Diagnostic]:
    """Errors and warnings as an editor shows them: in the order of the text, one for each place, errors first."""
    seen: set[tuple[int, int]] = set()
    both = [diagnostic(e, source) for e in errors] + [diagnostic(e, source, "warning") for e in warnings]
    for found in sorted(both, key=lambda d: (d.start, d.end)):
        if (found.start, found.end) not in seen:
            seen.add((found.start, found.end))
            yield found


def diagnostic(error: PyCMError, source: Source, severity: str = "error") -> Diagnostic:
    """An error as an editor shows it; one in another text stands at the start, with that text's name."""
    start = end = 0
    message = error.message
    if isinstance(error.where, Span):
        if error.where.source is source:
            start, end = placed(error.where)
        else:
            line, _ = error.where.source.line_column(error.where.start)
            message = f"{error.where.source.name}:{line}: {message}"
    related = tuple(Place(r.message, r.where.source.name, *placed(r.where)) for r in error.related if isinstance(r.where, Span))
    return Diagnostic(start, end, severity, message, error.hint, related)


def outline(
    items: Sequence[ast.TopItem | ast.WorldMember | ast.FuncItem], place: Callable[[int], int] = lambda index: index
) -> Iterator[OutlineItem]:
    """The items that have a name, with those inside them. `place` says where in the text an offset in the syntax is."""

    def made(kind: str, name: str, start: int, end: int, inside: Sequence[Any] = ()) -> OutlineItem:
        return OutlineItem(kind, name, place(start), place(end), tuple(outline(inside, place)))

    for item in items:
        match item:
            case ast.Interface():
                yield made("interface", item.id.text, item.start, item.end, item.members)
            case ast.World():
                yield made("world", item.id.text, item.start, item.end, item.members)
            case ast.NestedPackage():
                yield made("package", str(package_name(item.name)), item.start, item.end, item.items)
            case ast.Compound():
                members = tuple(
                    made(_MEMBERS[item.keyword], x.id.text, x.id.start, x.type.end if x.type else x.id.end) for x in item.members
                )
                yield OutlineItem(item.keyword, item.id.text, place(item.start), place(item.end), members)
            case ast.Alias():
                yield made("type", item.id.text, item.start, item.end)
            case ast.Resource():
                yield made("resource", item.id.text, item.start, item.end, item.methods)
            case ast.FuncItem():
                yield made(item.kind, item.id.text, item.start, item.end)
            case ast.Extern(item=ast.ExternPath() as path):
                label_path = extern_path(path)
                if label_path is not None:
                    yield made(item.keyword, (label_path[0] or label_path[1].id).text, item.start, item.end)
            case ast.Extern():
                if item.id is not None:
                    inside = item.item if isinstance(item.item, tuple) and not isinstance(item.item, ast.Func) else ()
                    yield made(item.keyword, item.id.text, item.start, item.end, inside)
            case _:
                pass


_MEMBERS = {"record": "field", "variant": "case", "enum": "case", "flags": "flag"}
