"""A binary component as a list of what each range of its bytes is, with everything nested in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from pycm_core.base.errors import Exhaustion, PyCMError
from pycm_core.base.features import DEFAULT_FEATURES, Features
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.reader import Reader
from pycm_core.component import syntax as s
from pycm_core.component.binary.decode import SECTIONS, decode, kind
from pycm_core.component.binary.externs import any_sort
from pycm_core.component.binary.names import SECTION as NAME_SECTION
from pycm_core.component.binary.reader import ComponentReader
from pycm_core.component.text.print import ComponentPrinter, ScopePrinter
from pycm_core.component.text.scope import sort_words
from pycm_core.wasm.text.objdump import Entry
from pycm_core.wasm.text.objdump import objdump as dump_module

__all__ = ["Entry", "objdump"]

_SINGLE = ("custom", "core module", "component", "start")
"""The sections whose payload is one definition, not a vector (Binary.md, "Component Definitions")."""


def objdump(data: bytes, limits: Limits = DEFAULT_LIMITS, features: Features = DEFAULT_FEATURES) -> Iterator[Entry]:
    """Entries in the order of the bytes of the component or core module `data`. Those of depth 0 cover every byte once.

    Raises `Malformed` or `Exhaustion`; nested core modules are decoded, and so found at fault, when their turn comes.
    """
    if kind(data) == "module":
        yield from dump_module(data, limits=limits)
        return
    component = decode(data, limits=limits, features=features)
    try:
        yield from _Dump(data, component, limits, 0).entries()
    except RecursionError:
        raise Exhaustion("nesting too deep for the stack of this Python") from None


class _Dump:
    """One component being listed, at `depth`."""

    __slots__ = ("component", "data", "depth", "limits", "numbers", "printer")

    def __init__(self, data: bytes, component: s.Component, limits: Limits, depth: int) -> None:
        self.data = data
        self.component = component
        self.limits = limits
        self.depth = depth
        self.printer = ComponentPrinter(component, True, limits)
        self.numbers = {s.Import: 0, s.Export: 0}
        """How many imports and exports there were."""

    def entries(self) -> Iterator[Entry]:
        """The preamble and the sections (Binary.md, "Component Definitions")."""
        at, depth = self.component.at, self.depth
        yield Entry(at, at + 4, depth, "magic", '"\\00asm"')
        yield Entry(at + 4, at + 6, depth, "version", str(int.from_bytes(self.data[at + 4 : at + 6], "little")))
        yield Entry(at + 6, at + 8, depth, "layer", str(int.from_bytes(self.data[at + 6 : at + 8], "little")))
        for section in self.component.sections:
            found = self.component.definitions[section.first : section.first + section.count]
            what = f"{SECTIONS[section.id]} section"
            if section.id == 0:
                what += "".join([f' "{d.name}"' for d in found if isinstance(d, s.CustomSection)])
            yield Entry(section.start, section.end, depth, what, f"{section.end - section.body} bytes")
            if SECTIONS[section.id] not in _SINGLE:
                reader = Reader(self.data, section.body, section.end)
                count = reader.u32()
                yield Entry(section.body, reader.at, depth + 1, "count", str(count))
            starts = [*(d.at for d in found), section.end]
            for i, definition in enumerate(found):
                yield from self.definition(definition, starts[i], starts[i + 1])

    def definition(self, d: s.Definition, start: int, end: int) -> Iterator[Entry]:
        """A definition with what is nested in it."""
        depth = self.depth + 1
        match d:
            case s.CustomSection():
                yield from self.custom(d, end)
            case s.CoreModule():
                yield Entry(
                    start, end, depth, self.label(s.CoreSort.MODULE), f"(core module {self.printer.bind(s.CoreSort.MODULE)} ...)"
                )
                for entry in dump_module(bytes(d.binary), d.at, self.limits):
                    yield replace(entry, depth=entry.depth + depth + 1)
            case s.NestedComponent():
                yield Entry(
                    start, end, depth, self.label(s.Sort.COMPONENT), f"(component {self.printer.bind(s.Sort.COMPONENT)} ...)"
                )
                yield from _Dump(self.data, d.component, self.limits, depth + 1).entries()
            case s.Import() | s.Export():
                number = self.numbers[type(d)]
                self.numbers[type(d)] += 1
                word = "import" if isinstance(d, s.Import) else "export"
                yield Entry(start, end, depth, f"{word} {number}", joined(self.printer.definition(d)))
            case _:
                yield from item(self.printer, self.printer.definition, d, start, end, depth)

    def label(self, sort: s.AnySort) -> str:
        """The next item of a sort, by its index."""
        return f"{sort_words(sort)} {self.printer.counts.get(sort, 0)}"

    def custom(self, section: s.CustomSection, end: int) -> Iterator[Entry]:
        """The name of a custom section; of the name section, its parts (Binary.md, "Name Section")."""
        depth = self.depth + 1
        content = end - len(section.data)
        yield Entry(section.at, content, depth, "name", section.name)
        reader = ComponentReader(self.data, content, end, self.limits, DEFAULT_FEATURES)
        start = content
        if section.name == NAME_SECTION:
            try:
                while not reader.done:
                    id_ = reader.byte()
                    body = reader.sub(reader.u32())
                    what = "component" if id_ == 0 else sort_words(any_sort(body)) if id_ == 1 else f"kind {id_}"
                    yield Entry(start, reader.at, depth, "names", what)
                    start = reader.at
            except PyCMError:  # names may be anything: the rest is only bytes
                pass
        if start < end:
            yield Entry(start, end, depth, "content", "")


def item(printer: ScopePrinter, write: Callable[[Any], list[str]], d: Any, start: int, end: int, depth: int) -> Iterator[Entry]:
    """A definition or declarator that `write`, a method of `printer`, prints; of a type that has declarators, those too."""
    before = dict(printer.counts)
    match d:
        case s.TypeDef(type=s.ComponentTypeDecls(decls) | s.InstanceTypeDecls(decls)):
            word = "component" if isinstance(d.type, s.ComponentTypeDecls) else "instance"
            text = f"(type {printer.bind(s.Sort.TYPE)} ({word} ...))"
            yield Entry(start, end, depth, added(before, printer), text)
            inner = ScopePrinter({})
            yield from declarators(inner, inner.decl, decls, end, depth + 1)
        case s.CoreType(type=s.CoreModuleTypeDecls(decls)):
            text = f"(core type {printer.bind(s.CoreSort.TYPE)} (module ...))"
            yield Entry(start, end, depth, added(before, printer), text)
            inner = ScopePrinter({})
            yield from declarators(inner, inner.module_decl, decls, end, depth + 1)
        case _:
            text = joined(write(d))
            yield Entry(start, end, depth, added(before, printer) or words(d), text)


def declarators(
    printer: ScopePrinter, write: Callable[[Any], list[str]], decls: Sequence[s.At], end: int, depth: int
) -> Iterator[Entry]:
    """The declarators of a type: each starts with a byte that says which it is, and reaches to the next."""
    starts = [*(decl.at - 1 for decl in decls), end]
    for i, decl in enumerate(decls):
        yield from item(printer, write, decl, starts[i], starts[i + 1], depth)


def added(before: dict[s.AnySort, int], printer: ScopePrinter) -> str:
    """What was added to the index spaces of `printer`: a sort with an index or two; nothing, for some definitions."""
    for sort, count in printer.counts.items():
        first = before.get(sort, 0)
        if count > first:
            return f"{sort_words(sort)} {first}" + (f" to {count - 1}" if count > first + 1 else "")
    return ""


def words(d: Any) -> str:
    """What adds nothing, by its kind."""
    match d:
        case s.Start():
            return "start"
        case s.CoreImportDecl():
            return "import"
        case s.CoreExportDecl():
            return "export"
    return "empty group"


def joined(lines: Sequence[str]) -> str:
    """Lines of text on one line."""
    return " ".join([line.strip() for line in lines])
