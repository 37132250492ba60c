"""The outermost layer of a module binary: magic, version, and the sections in their order (core binary format, "Modules")."""

from __future__ import annotations

from dataclasses import dataclass

from pycm_core.base.errors import Malformed, Offset
from pycm_core.base.reader import Bytes, Reader
from pycm_core.wasm.syntax.module import SECTION_ORDER, Section

MAGIC = b"\0asm"
VERSION = b"\1\0\0\0"

_SECTIONS = {section.value: section for section in Section}
_RANK = {section: rank for rank, section in enumerate(SECTION_ORDER)}


@dataclass(frozen=True, slots=True)
class SectionRange:
    """One section of a binary: `data[start:end]` is its content; `header` is where its id stands. Indices into the module's bytes."""

    id: Section
    header: int
    start: int
    end: int


def sections(data: Bytes, at: int = 0) -> tuple[SectionRange, ...]:
    """The sections of the module `data`, which lies at `at` in the outermost file. Contents are not looked at.

    Raises `Malformed` for a bad header, for sections that are unknown, too long, repeated or out of order.
    """
    if data[:4] != MAGIC:
        raise Malformed("unexpected end" if len(data) < 4 else "magic header not detected", Offset(at))
    if data[4:8] != VERSION:
        raise Malformed("unexpected end" if len(data) < 8 else "unknown binary version", Offset(at + 4))
    reader = Reader(data, 8, base=at)
    found = []
    rank = -1
    while not reader.done:
        header = reader.pos
        id = _SECTIONS.get(reader.byte())
        if id is None:
            raise reader.malformed("malformed section id", at + header)
        size = reader.u32()
        if size > len(data) - reader.pos:
            raise reader.malformed(
                f"length out of bounds: a section of {size} bytes, {len(data) - reader.pos} are left",
                at + header,
                hint="the file seems to be truncated",
            )
        start = reader.pos
        reader.pos = start + size
        found.append(SectionRange(id, header, start, start + size))
        if id is not Section.CUSTOM:
            if _RANK[id] <= rank:
                raise reader.malformed(f"unexpected content after last section: {id.name.lower()} section", at + header)
            rank = _RANK[id]
    return tuple(found)
