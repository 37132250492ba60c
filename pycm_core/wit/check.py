"""What an editor needs while somebody types: diagnostics and an outline. Never raises for a text, however broken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pycm_core.base.errors import PyCMError
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source, Span
from pycm_core.wit import ast
from pycm_core.wit.known import KnownPackages
from pycm_core.wit.packages import extern_path, package_name
from pycm_core.wit.resolve import Dependency, Library


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A mistake in the text: `text[start:end]` in code points. `severity` is always `error` today."""

    start: int
    end: int
    severity: str
    message: str
    hint: str | None


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
        (file,) = library.parse([source], errors)
        library.resolve([file], [], errors)
    except PyCMError as e:
        return CheckResult((diagnostic(e, source),), (), None)
    return CheckResult(
        tuple(diagnostics(errors, source)),
        tuple(outline(file.items)),
        next((str(package_name(i.name)) for i in file.items if isinstance(i, ast.PackageHeader)), None),
    )


def diagnostics(errors: Sequence[PyCMError], source: Source) -> Iterator[Diagnostic]:
    """Errors as an editor shows them: in the order of the text, one for each place."""
    seen: set[tuple[int, int]] = set()
    for found in sorted([diagnostic(e, source) for e in errors], key=lambda d: (d.start, d.end)):
        if (found.start, found.end) not in seen:
            seen.add((found.start, found.end))
            yield found


def diagnostic(error: PyCMError, source: Source) -> Diagnostic:
    """An error as an editor shows it; one in another text stands at the start, with that text's name."""
    start = end = 0
    message = error.message
    if isinstance(error.where, Span):
        if error.where.source is source:
            start, end = error.where.start, error.where.end
        else:
            line, _ = error.where.source.line_column(error.where.start)
            message = f"{error.where.source.name}:{line}: {message}"
    return Diagnostic(start, end, "error", message, error.hint)


def outline(items: Sequence[ast.TopItem | ast.WorldMember | ast.FuncItem]) -> Iterator[OutlineItem]:
    """The items that have a name, with those inside them."""
    for item in items:
        match item:
            case ast.Interface():
                yield OutlineItem("interface", item.id.text, item.start, item.end, tuple(outline(item.members)))
            case ast.World():
                yield OutlineItem("world", item.id.text, item.start, item.end, tuple(outline(item.members)))
            case ast.NestedPackage():
                yield OutlineItem("package", str(package_name(item.name)), item.start, item.end, tuple(outline(item.items)))
            case ast.Compound():
                members = tuple(
                    OutlineItem(_MEMBERS[item.keyword], x.id.text, x.id.start, x.type.end if x.type else x.id.end, ())
                    for x in item.members
                )
                yield OutlineItem(item.keyword, item.id.text, item.start, item.end, members)
            case ast.Alias():
                yield OutlineItem("type", item.id.text, item.start, item.end, ())
            case ast.Resource():
                yield OutlineItem("resource", item.id.text, item.start, item.end, tuple(outline(item.methods)))
            case ast.FuncItem():
                yield OutlineItem(item.kind, item.id.text, item.start, item.end, ())
            case ast.Extern():
                yield from _extern(item)
            case _:
                pass


_MEMBERS = {"record": "field", "variant": "case", "enum": "case", "flags": "flag"}


def _extern(item: ast.Extern) -> Iterator[OutlineItem]:
    if isinstance(item.item, ast.ExternPath):
        label_path = extern_path(item.item)
        if label_path is not None:
            label, path = label_path
            yield OutlineItem(item.keyword, (label or path.id).text, item.start, item.end, ())
    elif item.id is not None:
        children = () if isinstance(item.item, ast.Func) else tuple(outline(item.item))
        yield OutlineItem(item.keyword, item.id.text, item.start, item.end, children)
