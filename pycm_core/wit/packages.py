"""Files to packages: headers, nested packages, and the order in which packages depend on each other (WIT.md, "Package Names", "Packages")."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from pycm_core.base.errors import Related, WitError
from pycm_core.base.source import Span
from pycm_core.wit import ast
from pycm_core.wit.build import use_path
from pycm_core.wit.model import PackageName
from pycm_core.wit.names import did_you_mean
from pycm_core.wit.tokens import documentation


@dataclass(slots=True)
class Part:
    """What one file says about one package."""

    file: ast.File
    items: list[ast.TopItem] = field(default_factory=list)


@dataclass(slots=True)
class PackageSyntax:
    """A package before resolution. `span` is its name where it was first given."""

    name: PackageName
    span: Span | None
    docs: str | None
    parts: list[Part]
    target: bool = False
    """Whether its version is a target: what a gate adds in a later one is left out (WIT.md, "Package Format")."""


def package_name(name: ast.PackageName) -> PackageName:
    """The name as data."""
    return PackageName(
        ":".join(i.text for i in name.namespaces),
        "/".join(i.text for i in name.names),
        name.version.text if name.version else None,
    )


def gather(files: Sequence[ast.File], errors: list[WitError], *, root: bool) -> list[PackageSyntax]:
    """The packages that these files, which belong together, define; the one their headers name is first.

    Without a header: an error for the `root`; for a dependency only when it has items of its own.
    """
    header: ast.PackageHeader | None = None
    header_file: ast.File | None = None
    docs: str | None = None
    parts: list[Part] = []
    nested: list[PackageSyntax] = []
    for file in files:
        part = Part(file)
        parts.append(part)
        for index, item in enumerate(file.items):
            if isinstance(item, ast.PackageHeader):
                if index:
                    continue  # reported with the text
                if header is None:
                    header, header_file = item, file
                elif package_name(item.name) != package_name(header.name) and header_file is not None:
                    errors.append(
                        WitError(
                            f"package `{package_name(item.name)}` does not match the name `{package_name(header.name)}` in another file",
                            Span(file.source, item.name.start, item.name.end),
                            related=(Related("named here", Span(header_file.source, header.name.start, header.name.end)),),
                        )
                    )
                comments = file.comments.get(item.start, ())
                text = documentation(comments)
                if text is not None:
                    if docs is not None:
                        errors.append(
                            WitError(
                                "documentation on more than one `package` header",
                                Span(file.source, comments[0].start, comments[-1].end),
                            )
                        )
                    docs = text
            elif isinstance(item, ast.NestedPackage):
                nested.extend(_nested(file, item))
            else:
                part.items.append(item)
    if header is None or header_file is None:
        if (root or any(p.items for p in parts)) and not (errors and any(_HEADER.search(f.source.text) for f in files)):
            where = Span(files[0].source, 0, min(1, len(files[0].source.text))) if files else None
            errors.append(WitError("no `package` header was found", where, hint="start with `package namespace:name;`"))
        if root or any(p.items for p in parts):
            return [PackageSyntax(PackageName("", ""), None, None, parts), *nested]
        return nested
    span = Span(header_file.source, header.name.start, header.name.end)
    return [PackageSyntax(package_name(header.name), span, docs, parts), *nested]


_HEADER = re.compile(r"^[ \t]*package\b(?![^;{\n]*\{)", re.MULTILINE)
"""Where a header may stand that could not be parsed, which has been reported."""


def _nested(file: ast.File, item: ast.NestedPackage) -> Iterator[PackageSyntax]:
    inner: list[ast.TopItem] = [x for x in item.items if not isinstance(x, ast.NestedPackage | ast.PackageHeader)]
    docs = documentation(file.comments.get(item.start, ()))
    yield PackageSyntax(package_name(item.name), Span(file.source, item.name.start, item.name.end), docs, [Part(file, inner)])


def paths(item: ast.TopItem) -> Iterator[tuple[ast.UsePath, str | None]]:
    """Every path an item mentions, in order, and what it must lead to: `interface`, `world`, or either (`None`)."""
    if isinstance(item, ast.TopUse):
        yield item.path, None
    elif isinstance(item, ast.Interface):
        yield from _use_paths(item.members)
    elif isinstance(item, ast.World):
        for member in item.members:
            if isinstance(member, ast.Use):
                yield member.path, "interface"
            elif isinstance(member, ast.Include):
                yield member.path, "world"
            elif isinstance(member, ast.Extern):
                if isinstance(member.item, ast.ExternPath):
                    label_path = extern_path(member.item)
                    if label_path is not None:
                        yield label_path[1], "interface"
                elif not isinstance(member.item, ast.Func):
                    yield from _use_paths(member.item)


def _use_paths(members: tuple[ast.InterfaceMember, ...]) -> Iterator[tuple[ast.UsePath, str | None]]:
    for member in members:
        if isinstance(member, ast.Use):
            yield member.path, "interface"


def extern_path(path: ast.ExternPath) -> tuple[ast.Id | None, ast.UsePath] | None:
    """The label, if any, and the path of `import …;`; `None` when it is neither.

    `a:b` without white space is one token, the name of a package; with white space, a label and a path (WIT.md, "Item: `world`").
    """
    tokens = list(path.tokens)
    slash = next((i for i, t in enumerate(tokens) if t.type == "SLASH"), len(tokens))
    colons = [i for i in range(slash) if tokens[i].type == "COLON"]
    if slash < len(tokens):
        if not colons:
            return None
        if len(colons) == 1 or tokens[0].end + 1 == tokens[2].start:  # without white space: 🪺 a nested namespace
            return None, use_path(tokens)
        return tokens[0], use_path(tokens[2:])
    if any(t.type == "AT" for t in tokens):
        return None
    if not colons:
        return None, use_path(tokens)
    if len(colons) == 1 and tokens[0].end + 1 < tokens[2].start:
        return tokens[0], use_path(tokens[2:])
    return None


def order(
    packages: Sequence[PackageSyntax],
    errors: list[WitError],
    library: Collection[PackageName] = (),
    known: Collection[PackageName] = (),
) -> list[PackageSyntax]:
    """Packages so that each stands after those it depends on; by name where nothing else decides.

    The `library` is there already; `known` could have been named too, which makes a hint.
    """
    by_name: dict[PackageName, PackageSyntax] = {}
    for package in packages:
        earlier = by_name.setdefault(package.name, package)
        if earlier is not package:
            related = (Related("first defined here", earlier.span),) if earlier.span else ()
            errors.append(WitError(f"package `{package.name}` is defined twice", package.span, related=related))
    done: set[PackageName] = {name for name in library if name not in by_name}
    result: list[PackageSyntax] = []
    for name in sorted(by_name, key=lambda n: (n.namespace, n.name, n.version is not None, version_key(n.version or "0.0.0"))):
        if name in done:
            continue
        open_: dict[PackageName, Iterator[tuple[PackageName, Span]]] = {name: package_references(by_name[name])}
        first: tuple[PackageName, Span] | None = None
        while open_:
            current, references = next(reversed(open_.items()))
            for target, span in references:
                if target in open_:
                    circle = (target, span) if target != name or first is None else first
                    errors.append(
                        WitError(
                            f"package `{circle[0]}` depends on itself",
                            circle[1],
                            hint="items of the same package are named without the package" if target == current else None,
                        )
                    )
                elif target not in done:
                    if target not in by_name:
                        done.add(target)  # reported once
                        errors.append(unknown_package(target, span, {*by_name, *library, *known}))
                        continue
                    if current == name:
                        first = (target, span)
                    open_[target] = package_references(by_name[target])
                    break
            else:
                done.add(current)
                result.append(by_name[current])
                del open_[current]
    return result


def unknown_package(name: PackageName, span: Span, known: Collection[PackageName]) -> WitError:
    """The error for a package nobody gave."""
    same = sorted(str(k) for k in known if (k.namespace, k.name) == (name.namespace, name.name))
    if same:
        hint = "there is " + ", ".join(f"`{s}`" for s in same)
    elif near := did_you_mean(str(name), map(str, known)):
        hint = near
    elif known:
        hint = "known packages are " + ", ".join(sorted(f"`{k}`" for k in known)[:12])
    else:
        hint = None
    return WitError(f"package `{name}` was not found", span, hint=hint)


def package_references(package: PackageSyntax) -> Iterator[tuple[PackageName, Span]]:
    """The packages whose items a package names, and where."""
    for part in package.parts:
        for item in part.items:
            for path, _ in paths(item):
                if path.package is not None:
                    yield package_name(path.package), Span(part.file.source, path.package.start, path.package.end)


def version_key(version: str) -> tuple[object, ...]:
    """Semantic versions as something that compares in their order (Semantic Versioning 2.0, 11)."""
    core, _, pre = version.partition("+")[0].partition("-")
    numbers = tuple(int(n) for n in core.split("."))
    identifiers = tuple((0, len(i), i) if i.isdigit() else (1, 0, i) for i in pre.split(".")) if pre else ()
    return (*numbers, not pre, identifiers)
