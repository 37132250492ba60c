"""The WIT language service: what the editor asks while somebody types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

from app.context import Context
from app.failures import BadRequest
from app.messages import (
    CheckWitParams,
    CheckWitResult,
    Diagnostic,
    OutlineItem,
    WitAtParams,
    WitCheckResult,
    WitCompleteResult,
    WitDefinitionResult,
    WitFormatParams,
    WitFormatResult,
    WitHoverResult,
    WitLocation,
    WitParams,
    WitReferencesResult,
    WitRenameParams,
    WitRenameResult,
    WitSourceParams,
    WitSourceResult,
)
from app.witlayout import core_signature, layout_of
from pycm_core.base.source import Source
from pycm_core.wit import format_wit
from pycm_core.wit.check import Diagnostic as Mistake
from pycm_core.wit.check import OutlineItem as OutlineEntry
from pycm_core.wit.language import Document, Location
from pycm_core.wit.pieces import placed
from pycm_core.wit.resolve import Library
from pycm_core.wit.workspace import Workspace
from wasi_browser.wit import packages

MOST_REFERENCES = 500


@cache
def built_in() -> Library:
    """WASI's packages, resolved once: the memory snapshot has them."""
    known = packages()
    return Library([known.sources(name) for name in known.names], features=("*",), known=known)


class Wit:
    """Keeps what the last request's texts were, so that the next one, whose texts differ by a keystroke, costs little."""

    __slots__ = ("_single", "_workspace")

    def __init__(self) -> None:
        self._workspace: Workspace | None = None
        self._single: Workspace | None = None

    def methods(self) -> dict[str, Callable[[Any, Context], Awaitable[Any]]]:
        """The requests answered here."""
        return {
            "check-wit": self._check_text,
            "wit-check": self._check,
            "wit-complete": self._complete,
            "wit-hover": self._hover,
            "wit-definition": self._definition,
            "wit-references": self._references,
            "wit-rename": self._rename,
            "wit-format": self._format,
            "wit-source": self._source,
        }

    async def _check_text(self, params: CheckWitParams, context: Context) -> CheckWitResult:
        name = params.get("name", "input.wit")
        if self._single is None:
            self._single = Workspace(built_in())
        self._single.update({name: params["text"]})
        return {
            "diagnostics": [diagnostic(d) for d in self._single.diagnostics(name)],
            "outline": [outline_item(item) for item in self._single.outline(name)],
            "package": self._single.package(),
        }

    async def _check(self, params: WitParams, context: Context) -> WitCheckResult:
        workspace = self._updated(params["files"])
        return {
            "diagnostics": {name: [diagnostic(d) for d in workspace.diagnostics(name)] for name in params["files"]},
            "outline": [outline_item(item) for item in self._document(params).outline()],
            "package": workspace.package(),
        }

    async def _complete(self, params: WitAtParams, context: Context) -> WitCompleteResult:
        found = self._document(params).complete(params["at"])
        return {
            "start": found[0].start if found else params["at"],
            "end": found[0].end if found else params["at"],
            "items": [{"text": c.text, "kind": c.kind, "detail": c.detail, "docs": c.docs} for c in found],
        }

    async def _hover(self, params: WitAtParams, context: Context) -> WitHoverResult:
        document = self._document(params)
        found = document.hover(params["at"])
        resolve = document.workspace.resolve
        if found is None:
            return {"hover": None}
        return {
            "hover": {
                "start": found.start,
                "end": found.end,
                "text": found.text,
                "docs": found.docs,
                "layout": None if found.type is None or resolve is None else layout_of(resolve, found.type),
                "core": None if found.func is None or resolve is None else core_signature(resolve, found.func),
            }
        }

    async def _definition(self, params: WitAtParams, context: Context) -> WitDefinitionResult:
        found = self._document(params).definition(params["at"])
        return {"location": None if found is None else self._location(found)}

    async def _references(self, params: WitAtParams, context: Context) -> WitReferencesResult:
        found = self._document(params).references(params["at"])
        return {"locations": [self._location(place) for place in found[:MOST_REFERENCES]], "total": len(found)}

    async def _rename(self, params: WitRenameParams, context: Context) -> WitRenameResult:
        document = self._document(params)
        name = document.renames(params["at"])
        if name is None:
            return {"start": 0, "end": 0, "edits": [], "problem": "there is no name here that these texts define"}
        start, end = placed(name)
        if "name" not in params:
            return {"start": start, "end": end, "edits": [], "problem": None}
        edits = document.rename(params["at"], params["name"])
        problem = None if edits else f"`{params['name']}` is not an identifier: words of letters and digits joined by `-`"
        conflict = document.conflict(edits)
        if conflict is not None:
            edits, problem = (), f"with that name, {conflict}"
        return {
            "start": start,
            "end": end,
            "edits": [{"file": e.file, "start": e.start, "end": e.end, "text": e.text} for e in edits],
            "problem": problem,
        }

    async def _format(self, params: WitFormatParams, context: Context) -> WitFormatResult:
        return {"text": format_wit(params["text"])}

    async def _source(self, params: WitSourceParams, context: Context) -> WitSourceResult:
        package, _, _ = params["name"].partition("/")
        known = built_in().known
        for name in self._names() if known is not None else ():
            if str(name) == package and known is not None:
                for source in known.sources(name):
                    if source.name == params["name"]:
                        return {"text": source.text}
        raise BadRequest(f"there is no built-in text `{params['name']}`")

    def _names(self) -> list[Any]:
        """The packages of the last check: the built-in ones, and earlier versions of them that a text used."""
        resolve = self._workspace.resolve if self._workspace is not None else None
        return [package.name for package in resolve.packages] if resolve is not None else list(built_in().names)

    def _updated(self, files: Mapping[str, str]) -> Workspace:
        if self._workspace is None:
            self._workspace = Workspace(built_in())
        self._workspace.update(files)
        return self._workspace

    def _document(self, params: WitParams) -> Document:
        workspace = self._updated(params["files"])
        if params["file"] not in workspace.texts:
            raise BadRequest(f"there is no text `{params['file']}` among the files")
        return Document(workspace, params["file"])

    def _location(self, found: Location) -> WitLocation:
        assert self._workspace is not None
        source = found.source if found.source is not None else Source(self._workspace.texts[found.file].text)
        line, _ = source.line_column(found.start)
        return {
            "file": found.file,
            "start": found.start,
            "end": found.end,
            "line": line,
            "preview": source.line(line).strip()[:200],
            "built_in": found.source is not None,
        }


def diagnostic(mistake: Mistake) -> Diagnostic:
    """A mistake as the page gets it."""
    return {
        "start": mistake.start,
        "end": mistake.end,
        "severity": "warning" if mistake.severity == "warning" else "error",
        "message": mistake.message,
        "hint": mistake.hint,
        "related": [{"message": r.message, "file": r.file, "start": r.start, "end": r.end} for r in mistake.related],
    }


def outline_item(item: OutlineEntry) -> OutlineItem:
    """An item of an outline, with those inside it."""
    return {
        "kind": item.kind,
        "name": item.name,
        "start": item.start,
        "end": item.end,
        "children": [outline_item(child) for child in item.children],
    }
