"""The name section (core specification, "Custom Sections", "Name Section"), with the subsections that toolchains add to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from pycm_core.base.errors import Malformed
from pycm_core.base.reader import Reader
from pycm_core.base.writer import name, sized, unsigned, vector
from pycm_core.wasm.syntax.module import Custom, Module


class NameKind(Enum):
    """What has names; the value is the id of the subsection. Labels, and what stands between types and fields, are
    of the extended-name-section proposal."""

    FUNC = 1
    LOCAL = 2
    LABEL = 3
    TYPE = 4
    TABLE = 5
    MEMORY = 6
    GLOBAL = 7
    ELEM = 8
    DATA = 9
    FIELD = 10
    TAG = 11

    __hash__ = object.__hash__


_KINDS = {kind.value: kind for kind in NameKind}
_INDIRECT = (NameKind.LOCAL, NameKind.LABEL, NameKind.FIELD)


@dataclass(slots=True)
class Names:
    """Names by kind and index; those of locals, labels and fields by the index of their function or type, then by their own.

    Labels count from the first block of the function, in the order of their instructions.
    """

    module: str | None = None
    direct: dict[NameKind, dict[int, str]] = field(default_factory=dict)
    indirect: dict[NameKind, dict[int, dict[int, str]]] = field(default_factory=dict)

    def of(self, kind: NameKind) -> dict[int, str]:
        """Names by index."""
        return self.direct.get(kind, {})

    def within(self, kind: NameKind, owner: int) -> dict[int, str]:
        """Names by index inside `owner`."""
        return self.indirect.get(kind, {}).get(owner, {})

    def add(self, kind: NameKind, index: int, text: str) -> None:
        """Name an item."""
        self.direct.setdefault(kind, {})[index] = text

    def add_within(self, kind: NameKind, owner: int, index: int, text: str) -> None:
        """Name an item inside `owner`."""
        self.indirect.setdefault(kind, {}).setdefault(owner, {})[index] = text

    def __bool__(self) -> bool:
        return self.module is not None or bool(self.direct) or bool(self.indirect)


def _map(reader: Reader) -> dict[int, str]:
    names = {}
    for _ in range(reader.count(2)):
        index = reader.u32()
        names[index] = reader.name()
    return names


def decode_into(names: Names, content: bytes, at: int = 0) -> None:
    """Read the content of a name section, which lies at `at`. `Malformed` leaves `names` with what came before the fault."""
    reader = Reader(content, base=at)
    while not reader.done:
        id = reader.byte()
        part = reader.sub(reader.u32())
        kind = _KINDS.get(id)
        if id == 0:
            names.module = part.name()
        elif kind is None:
            continue
        elif kind in _INDIRECT:
            maps = {}
            for _ in range(part.count(2)):
                owner = part.u32()
                maps[owner] = _map(part)
            maps = {owner: found for owner, found in maps.items() if found}
            if maps:
                names.indirect[kind] = maps
        else:
            direct = _map(part)
            if direct:
                names.direct[kind] = direct


def names_of(module: Module) -> Names:
    """The names of a module; a fault in the section ends them without a fuss, as it must not make the module malformed."""
    names = Names()
    for section in module.customs:
        if section.name == "name":
            try:
                decode_into(names, section.content, section.at)
            except Malformed:
                break
    return names


def _encode_map(names: dict[int, str]) -> bytes:
    return vector([unsigned(index) + name(text) for index, text in sorted(names.items())])


def encode(names: Names) -> Custom:
    """The name section."""
    parts = [] if names.module is None else [b"\0" + sized(name(names.module))]
    for kind in NameKind:
        if kind in _INDIRECT:
            maps = [unsigned(i) + _encode_map(m) for i, m in sorted(names.indirect.get(kind, {}).items()) if m]
            content = vector(maps) if maps else b""
        else:
            direct = names.direct.get(kind, {})
            content = _encode_map(direct) if direct else b""
        if content:
            parts.append(bytes([kind.value]) + sized(content))
    return Custom("name", b"".join(parts))
