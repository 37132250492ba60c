"""Decoding of components (Binary.md, "Component Definitions")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pycm_core.base.errors import Exhaustion, Malformed, Offset, PyCMError
from pycm_core.base.features import DEFAULT_FEATURES, Features
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.component import syntax as s
from pycm_core.component.binary import coretypes, definitions, externs, types
from pycm_core.component.binary.reader import ComponentReader

MAGIC = b"\x00asm"
COMPONENT_VERSION = b"\x0d\x00\x01\x00"
"""Version and layer of a component."""
MODULE_VERSION = b"\x01\x00\x00\x00"
"""Version of a core module; its last two bytes are layer 0."""

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""

SECTIONS = (
    "custom",
    "core module",
    "core instance",
    "core type",
    "component",
    "instance",
    "alias",
    "type",
    "canon",
    "start",
    "import",
    "export",
    "value",
)
"""Names of the sections, by id."""

_VECTORS: dict[int, tuple[Callable[[ComponentReader], s.Definition], int]] = {
    2: (definitions.core_instance, 2),
    3: (coretypes.core_type, 2),
    5: (definitions.instance, 2),
    6: (externs.alias, 4),
    7: (types.type_def, 1),
    8: (definitions.canon, 1),
    10: (types.import_, 4),
    11: (definitions.export, 5),
    12: (definitions.value, 2),
}
"""The sections that are a vector: how one item reads, and the fewest bytes it takes."""


def kind(data: bytes) -> Literal["component", "module"]:
    """What a file is, by its first eight bytes. Raises `Malformed` when it is neither."""
    preamble = data[:8]
    if preamble[:4] != MAGIC[: len(preamble)]:
        hint = "a `.wasm` file starts with the bytes 00 61 73 6d"
        if preamble[:1] in (b"(", b";") or data[:64].lstrip()[:1] == b"(":
            hint = "this seems to be text; parse it first"
        raise Malformed("magic header not detected: bad magic number", Offset(0), hint=hint)
    if len(preamble) < 8:
        raise Malformed(
            "unexpected end: expected a preamble of 8 bytes", Offset(len(preamble)), hint="the file seems to be truncated"
        )
    if preamble[4:] == COMPONENT_VERSION:
        return "component"
    if preamble[4:] == MODULE_VERSION:
        return "module"
    version, layer = int.from_bytes(preamble[4:6], "little"), int.from_bytes(preamble[6:8], "little")
    what, expected = ("core module", "0x1") if layer == 0 else ("component", "0xd") if layer == 1 else ("", "")
    if not what:
        raise Malformed(
            f"unknown binary version: layer 0x{layer:x}", Offset(6), hint="layer 0 is a core module, layer 1 a component"
        )
    raise Malformed(
        f"unknown binary version 0x{version:x} of a {what}", Offset(4), hint=f"only version {expected} of a {what} is supported"
    )


def decode(
    data: bytes,
    *,
    limits: Limits = DEFAULT_LIMITS,
    features: Features = DEFAULT_FEATURES,
    progress: Progress | None = None,
) -> s.Component:
    """The component in `data`, as written: nothing is validated, nested core modules are left as bytes.

    Most productions behind gates decode whatever `features` says, since validation checks gates; only attributes of names, and what is
    not in Binary.md, are not in the format at all without theirs.
    `progress` is called after each section of the outermost component. Raises `Malformed` and `Exhaustion`, with the offset.
    """
    _expect_component(data)
    reader = ComponentReader(data, 0, len(data), limits, features)
    try:
        return _component(reader, progress)
    except RecursionError:
        raise Exhaustion("nesting too deep for the stack of this Python", Offset(reader.at)) from None


def _expect_component(data: bytes) -> None:
    if kind(data) == "module":
        raise Malformed(
            "expected a version header for a component, found one of a core module",
            Offset(4),
            hint="this is a core module; `component new` makes a component of one that has component type information",
        )


def _component(r: ComponentReader, progress: Progress | None) -> s.Component:
    """A component from its preamble, which has been checked, to the end of `r`."""
    at = r.at
    r.pos += 8
    found: list[s.Definition] = []
    sections: list[s.Section] = []
    while not r.done:
        start = r.at
        id_ = r.byte()
        if id_ >= len(SECTIONS):
            raise r.malformed(f"malformed section id: {id_}", start)
        first = len(found)
        try:
            body = r.sub(r.u32())
            payload = body.at
            _section(id_, body, found)
            if not body.done:
                raise body.malformed(f"section size mismatch: {body.end - body.pos} bytes follow the last item of the section")
        except PyCMError as e:
            e.add_context("section", SECTIONS[id_])
            raise
        if len(found) > r.limits.definitions:
            raise Exhaustion(f"more than {r.limits.definitions} definitions", Offset(start))
        sections.append(s.Section(id_, start, payload, r.at, first, len(found) - first))
        if progress is not None:
            progress(r.pos, r.end)
    return s.Component(tuple(found), tuple(sections), at=at)


def _section(id_: int, r: ComponentReader, found: list[s.Definition]) -> None:
    at = r.at
    vector = _VECTORS.get(id_)
    if vector is not None:
        _vector(*vector, r, found)
    elif id_ == 0:
        name = r.bounded_name()
        found.append(s.CustomSection(name, r.take(r.end - r.pos), at=at))
    elif id_ == 1:
        found.append(s.CoreModule(_module(r), at=at))
    elif id_ == 4:
        _expect_preamble(r, COMPONENT_VERSION, "component")
        r.nest()
        found.append(s.NestedComponent(_component(r, None), at=at))
    else:
        if any(isinstance(d, s.Start) for d in found):
            raise r.malformed("a component cannot have more than one start function", at)
        found.append(definitions.start(r))


def _vector(item: Callable[[ComponentReader], s.Definition], least: int, r: ComponentReader, found: list[s.Definition]) -> None:
    count = r.count(least)
    if count > r.limits.definitions:
        raise Exhaustion(f"more than {r.limits.definitions} definitions", Offset(r.at))
    for i in range(count):
        try:
            found.append(item(r))
        except PyCMError as e:
            e.add_context("item", i)
            raise


def _module(r: ComponentReader) -> memoryview:
    _expect_preamble(r, MODULE_VERSION, "module")
    start, r.pos = r.pos, r.end
    return memoryview(r.data)[start : r.end]


def _expect_preamble(r: ComponentReader, version: bytes, what: str) -> None:
    preamble = r.data[r.pos : min(r.pos + 8, r.end)]
    if preamble == MAGIC + version:
        return
    try:
        found = kind(bytes(preamble))
    except Malformed as e:
        assert isinstance(e.where, Offset)
        raise Malformed(e.message, Offset(r.at + e.where.at), hint=e.hint) from None
    raise r.malformed(f"expected a version header for a {what}, found one of a {found}", r.at + 4)
