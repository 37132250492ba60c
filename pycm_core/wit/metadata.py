"""Worlds embedded in core modules, so that components can be made of them: custom sections named `component-type…`.

A convention of tools, not of the specification: the section holds a component that exports the type of the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pycm_core.base.errors import Invalid, Malformed, Offset
from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.reader import Reader
from pycm_core.base.writer import name, sized
from pycm_core.component import syntax as s
from pycm_core.component.binary.decode import decode, kind
from pycm_core.component.binary.encode import encode
from pycm_core.component.valid.validate import Validated, validate
from pycm_core.wit import model as m
from pycm_core.wit.encode import ENCODING_SECTION, component_type
from pycm_core.wit.from_component import union_of_worlds, wit_of_component, wit_of_worlds
from pycm_core.wit.suffixes import with_canonical_names

SECTION = "component-type"


def wit_of_bytes(data: bytes, limits: Limits = DEFAULT_LIMITS) -> m.Resolve:
    """The WIT of a component, the package encoded as one, or the world embedded in a core module.

    Raises `Malformed` (also for a core module without an embedded world), `Invalid` or `Exhaustion`, with an offset.
    """
    if kind(data) == "component":
        return wit_of_component(_validated(data, limits))
    sections = embedded(data)
    if not sections:
        raise Malformed(
            "this is a core module, and no WIT world is embedded in it",
            Offset(4),
            hint="`pycm component embed` gives it a WIT world, then `pycm component new` makes a component of it",
        )
    # Twice, as the root's world and as itself: each gets types of its own.
    return wit_of_worlds([(_validated(x, limits), _validated(x, limits)) for x in sections])


def _validated(data: bytes, limits: Limits) -> Validated:
    return validate(decode(data, features=ALL_FEATURES, limits=limits), features=ALL_FEATURES, limits=limits)


def embedded(module: bytes) -> list[bytes]:
    """What the `component-type…` sections of a core module hold. Raises `Malformed` when its sections cannot be told apart."""
    reader = Reader(module, 8)
    found: list[bytes] = []
    while not reader.done:
        id_ = reader.byte()
        body = reader.sub(reader.u32())
        if id_ == 0 and body.name().startswith(SECTION):
            found.append(body.take(body.end - body.pos))
    return found


@dataclass(frozen=True, slots=True)
class Embedded:
    """What is embedded in several modules, resolved together: the world of the i-th module is the i-th world."""

    resolve: m.Resolve
    encodings: tuple[s.StringEncoding, ...]
    """How the strings of each are encoded."""


def embedded_worlds(modules: Sequence[Sequence[bytes]], limits: Limits = DEFAULT_LIMITS) -> Embedded:
    """The worlds of several modules, each given as the sections embedded in it. A module without any has an empty world.

    Raises `Malformed`, `Exhaustion`, and `Invalid` also where two sections contradict each other.
    """
    groups = [[_validated(x, limits) for x in sections] for sections in modules]
    encodings: list[s.StringEncoding] = []
    for group in groups:
        found = {_encoding(x.component) for x in group} or {s.StringEncoding.UTF8}
        if len(found) > 1:
            raise Invalid("the worlds embedded in one module have different string encodings")
        encodings.append(found.pop())
    return Embedded(union_of_worlds(groups), tuple(encodings))


def _encoding(component: s.Component) -> s.StringEncoding:
    """The string encoding that goes with an embedded world; UTF-8 where nothing says so."""
    for definition in component.definitions:
        if isinstance(definition, s.CustomSection) and definition.name == ENCODING_SECTION:
            if len(definition.data) != 2 or definition.data[1] > s.StringEncoding.LATIN1_UTF16.value:
                raise Malformed(f"the section `{ENCODING_SECTION}` of an embedded world is not understood")
            return s.StringEncoding(definition.data[1])
    return s.StringEncoding.UTF8


def embed(
    module: bytes,
    resolve: m.Resolve,
    world: int,
    encoding: s.StringEncoding = s.StringEncoding.UTF8,
    *,
    canonical: bool = False,
) -> bytes:
    """The core module with a world embedded, behind what is there; with `canonical`, its interfaces have canonical names (🔗).

    Raises `Malformed` when it is no core module.
    """
    if kind(module) != "module":
        raise Malformed("expected a core module, found a component", Offset(4))
    component = component_type(resolve, world, encoding)
    section = name(SECTION) + encode(with_canonical_names(component) if canonical else component)
    return module + b"\0" + sized(section)
