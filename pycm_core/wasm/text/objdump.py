"""A binary module as a list of what each range of its bytes is: for `objdump`, and for whoever shows bytes beside their meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pycm_core.base.errors import Malformed
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.reader import Reader
from pycm_core.wasm.binary.module import ModuleStream, SectionRange, sections
from pycm_core.wasm.binary.names import NameKind
from pycm_core.wasm.syntax.instructions import OPENERS, Instr
from pycm_core.wasm.syntax.module import At, ExternKind, Func, Module, Section, import_kind
from pycm_core.wasm.text.print import Ids, Labels, Printer, memory


@dataclass(frozen=True, slots=True)
class Entry:
    """The bytes `start` to `end` of the outermost file. `depth`: 0 for sections, more for what is inside the entry before."""

    start: int
    end: int
    depth: int
    what: str
    """A section, or the kind of an item with its index."""
    text: str
    """The item in the text format, where it is short."""


def objdump(data: bytes, at: int = 0, limits: Limits = DEFAULT_LIMITS) -> Iterator[Entry]:
    """Entries in the order of the bytes of the module `data`, which lies at `at` in the outermost file.

    Raises `Malformed` or `Exhaustion`; code is decoded, and so found at fault, when its function's turn comes.
    """
    stream = ModuleStream(data, at, limits)
    return _Dump(data, at, stream).entries()


class _Dump:
    """One module being listed."""

    __slots__ = ("at", "counts", "data", "module", "printer", "stream")

    def __init__(self, data: bytes, at: int, stream: ModuleStream) -> None:
        self.data = data
        self.at = at
        self.stream = stream
        self.module: Module = stream.module
        self.printer = Printer(self.module, skeleton=True)
        self.counts = dict.fromkeys(ExternKind, 0)
        """How many items of each kind come from imports."""
        for entry in self.module.imports:
            self.counts[import_kind(entry.type)] += 1

    def entries(self) -> Iterator[Entry]:
        yield Entry(self.at, self.at + 4, 0, "magic", '"\\00asm"')
        yield Entry(self.at + 4, self.at + 8, 0, "version", "1")
        customs = iter(self.module.customs)
        for section in sections(self.data, self.at):
            name = f' "{next(customs).name}"' if section.id is Section.CUSTOM else ""
            start, end = self.at + section.start, self.at + section.end
            what = f"{section.id.name.lower().replace('_', ' ')} section{name}"
            yield Entry(self.at + section.header, end, 0, what, f"{section.end - section.start} bytes")
            if section.id is Section.CUSTOM:
                yield from self.custom(section)
                continue
            reader = Reader(self.data, section.start, section.end, self.at)
            number = reader.u32()
            if section.id in (Section.START, Section.DATA_COUNT):
                yield Entry(start, end, 1, section.id.name.lower().replace("_", " "), str(number))
                continue
            yield Entry(start, reader.at, 1, "count", str(number))
            yield from self.items(section, reader, end)

    def items(self, section: SectionRange, reader: Reader, end: int) -> Iterator[Entry]:
        """What the vector of a section holds."""
        module, printer = self.module, self.printer
        match section.id:
            case Section.TYPE:
                yield from self.types(end)
            case Section.FUNC:
                for i in range(len(self.stream.declared)):
                    start = reader.at
                    type = reader.u32()
                    yield Entry(start, reader.at, 1, self.label("func", ExternKind.FUNC, i), f"type {type}")
            case Section.IMPORT:
                counts = dict.fromkeys(ExternKind, 0)
                texts = []
                for entry in module.imports:
                    kind = import_kind(entry.type)
                    texts.append(printer.import_(entry, counts[kind]))
                    counts[kind] += 1
                yield from self.listed("import", module.imports, texts, end)
            case Section.TABLE:
                yield from self.defined(
                    "table", ExternKind.TABLE, module.tables, [printer.types.table(t.type) for t in module.tables], end
                )
            case Section.MEMORY:
                yield from self.defined(
                    "memory", ExternKind.MEMORY, module.memories, [memory(m.type) for m in module.memories], end
                )
            case Section.TAG:
                texts = [printer.type_use(t.type.type).strip() for t in module.tags]
                yield from self.defined("tag", ExternKind.TAG, module.tags, texts, end)
            case Section.GLOBAL:
                texts = [f"{printer.types.global_(g.type)} {printer.flat(g.init)}" for g in module.globals]
                yield from self.defined("global", ExternKind.GLOBAL, module.globals, texts, end)
            case Section.EXPORT:
                yield from self.listed("export", module.exports, [printer.export(e) for e in module.exports], end)
            case Section.ELEM:
                yield from self.listed("elem", module.elems, [printer.elem(e, i) for i, e in enumerate(module.elems)], end)
            case Section.DATA:
                yield from self.listed("data", module.datas, [printer.data(d, i) for i, d in enumerate(module.datas)], end)
            case Section.CODE:
                yield from self.code(end)

    def label(self, word: str, kind: ExternKind, index: int) -> str:
        """A definition that is not imported, by its index."""
        return f"{word} {self.counts[kind] + index}"

    def listed(self, word: str, items: Sequence[At], texts: Sequence[str], end: int) -> Iterator[Entry]:
        """Items that know where they start and reach to the next."""
        starts = [*(item.at for item in items), end]
        for i, text in enumerate(texts):
            yield Entry(starts[i], starts[i + 1], 1, f"{word} {i}", text)

    def defined(self, word: str, kind: ExternKind, items: Sequence[At], texts: Sequence[str], end: int) -> Iterator[Entry]:
        """The same for items whose indices start after the imports of their kind."""
        for i, entry in enumerate(self.listed(word, items, texts, end)):
            yield Entry(entry.start, entry.end, 1, self.label(word, kind, i), entry.text)

    def types(self, end: int) -> Iterator[Entry]:
        starts = [*self.module.type_places, end]
        index = 0
        for i, rec in enumerate(self.module.types):
            texts = [self.printer.types.sub(sub, self.printer.field_ids(index + j)) for j, sub in enumerate(rec.types)]
            what = f"type {index}" if len(rec.types) == 1 else f"types {index} to {index + len(rec.types) - 1}"
            yield Entry(starts[i], starts[i + 1], 1, what if rec.types else "empty group", " ".join(texts))
            index += len(rec.types)

    def code(self, end: int) -> Iterator[Entry]:
        """Functions, each with its locals and instructions."""
        names = self.printer.ids[NameKind.FUNC]
        first = self.counts[ExternKind.FUNC]
        for i, func in enumerate(self.stream.bodies(), first):
            places = func.body.places
            yield Entry(func.at, places[-1] + 1, 1, f"func {i}", names.ids.get(i, ""))
            yield from self.body(func, i)

    def body(self, func: Func, index: int) -> Iterator[Entry]:
        printer, places = self.printer, func.body.places
        reader = Reader(self.data, func.at - self.at, None, self.at)
        size = reader.u32()
        yield Entry(func.at, reader.at, 2, "size", str(size))
        runs = " ".join(f"{count} × {printer.types.value(type)}" for count, type in func.locals)
        yield Entry(reader.at, places[0], 2, "locals", runs)
        locals = Ids(printer.names.within(NameKind.LOCAL, index))
        labels = Labels(printer.names.within(NameKind.LABEL, index))
        depth = 2
        for i, instr in enumerate(func.body.instrs):
            depth -= closes(instr)
            yield Entry(places[i], places[i + 1], max(depth, 2), "instr", printer.instr(instr, locals, labels))
            depth += instr[0] in OPENERS or instr[0].name == "else"
            labels.leave(instr)
        yield Entry(places[-1], places[-1] + 1, 2, "end", "end")

    def custom(self, section: SectionRange) -> Iterator[Entry]:
        """The name of a custom section; of the name section, its parts."""
        reader = Reader(self.data, section.start, section.end, self.at)
        start = reader.at
        name = reader.name()
        yield Entry(start, reader.at, 1, "name", name)
        start = reader.at
        if name == "name":
            kinds = {kind.value: kind.name.lower() for kind in NameKind}
            try:
                while not reader.done:
                    start = reader.at
                    id = reader.byte()
                    reader.take(reader.u32())
                    yield Entry(start, reader.at, 1, "names", "module" if id == 0 else kinds.get(id, f"kind {id}"))
                return
            except Malformed:  # names may be anything: the rest is only bytes
                pass
        if start < self.at + section.end:
            yield Entry(start, self.at + section.end, 1, "content", "")


def closes(instr: Instr) -> bool:
    """Whether an instruction ends a block."""
    return instr[0].name in ("end", "else")
