"""Warnings about what a package uses of another one that has deprecated it (WIT.md, "Feature Gates")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pycm_core.base.errors import Related, WitError
from pycm_core.base.source import Span
from pycm_core.wit import ast
from pycm_core.wit import model as m

Link = tuple[Span, Span]


def deprecated(resolve: m.Resolve, links: Sequence[Link], files: Sequence[ast.File]) -> list[WitError]:
    """One warning for each name in `files` that stands for something deprecated in another package. Inside a package that is its own affair."""
    known = {(id(span.source), span.start): (name, package, gate) for name, package, span, gate in _deprecated(resolve)}
    if not known:
        return []
    own = {id(file.source) for file in files}
    found: list[WitError] = []
    seen: set[tuple[int, int]] = set()
    for use, target in links:
        place = (id(use.source), use.start)
        item = known.get((id(target.source), target.start))
        if item is None or place[0] not in own or place in seen or id(target.source) in own:
            continue
        seen.add(place)
        name, package, version = item
        found.append(
            WitError(
                f"`{name}` is deprecated since version {version} of `{package}`",
                use,
                hint="its documentation may say what to use instead",
                related=(Related("defined here", target),),
            )
        )
    return found


def _deprecated(resolve: m.Resolve) -> Iterator[tuple[str, str, Span, str]]:
    """Interfaces, worlds and types that are deprecated: name, package, place and version."""
    units: list[tuple[m.Interface | m.World, str | None]] = [(x, x.name) for x in resolve.interfaces]
    units += [(x, x.name) for x in resolve.worlds]
    for unit, name in units:
        if name is not None and unit.span is not None and unit.stability is not None and unit.stability.deprecated is not None:
            yield name, _package(resolve, unit.package), unit.span, unit.stability.deprecated
    for made in resolve.types:
        if made.name is None or made.owner is None or made.span is None or made.stability is None:
            continue
        if made.stability.deprecated is not None:
            owners = resolve.interfaces if made.owner.kind == "interface" else resolve.worlds
            yield made.name, _package(resolve, owners[made.owner.index].package), made.span, made.stability.deprecated


def _package(resolve: m.Resolve, index: int) -> str:
    name = resolve.packages[index].name
    return f"{name.namespace}:{name.name}"
