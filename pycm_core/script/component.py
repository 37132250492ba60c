"""Components as a format of scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pycm_core.base.errors import Exhaustion, Invalid, Malformed, Offset, Where
from pycm_core.base.features import DEFAULT_FEATURES, Features
from pycm_core.base.source import Source
from pycm_core.component import syntax as s
from pycm_core.component.binary.decode import decode
from pycm_core.component.binary.encode import encode
from pycm_core.component.binary.names import SECTION, Names, names
from pycm_core.component.text.parse import component, parse
from pycm_core.component.text.print import print_component
from pycm_core.component.valid.modules import checked_types
from pycm_core.component.valid.validate import validate
from pycm_core.script import core
from pycm_core.wasm.binary.module import decode as decode_module
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import place


class ComponentModel:
    """A component of a script, with what makes places of its offsets."""

    __slots__ = ("component", "place")

    def __init__(self, component: s.Component, place: Callable[[int], Where]) -> None:
        self.component = component
        self.place = place


class ComponentFormat:
    """`(component ...)` in scripts. A named limit that is passed rejects in the phase in which it is met."""

    __slots__ = ("features",)

    def __init__(self, features: Features = DEFAULT_FEATURES) -> None:
        self.features = features

    def parse(self, c: Cursor) -> ComponentModel:
        return self._load(lambda: component(c, max(0, c.at - 1), features=self.features), lambda at: place(c.source, at))

    def parse_source(self, source: Source) -> ComponentModel:
        return self._load(lambda: parse(source, features=self.features), lambda at: place(source, at))

    def decode(self, binary: bytes) -> ComponentModel:
        return self._load(lambda: decode(binary, features=self.features), Offset)

    def _load(self, load: Callable[[], s.Component], place: Callable[[int], Where]) -> ComponentModel:
        try:
            return ComponentModel(load(), place)
        except Exhaustion as e:
            raise Malformed(e.message, e.where) from None

    def validate(self, model: Any) -> None:
        try:
            validate(model.component, features=self.features, module_types=checked_types(self.features), place=model.place)
        except Exhaustion as e:
            raise Invalid(e.message, e.where) from None

    def round_trip(self, model: Any) -> str | None:
        written = model.component
        if decode(encode(written), features=self.features) != written:
            return "decoding what was encoded gives something else"
        printed = parse(Source(print_component(written), "printed"), features=self.features)
        if plain(printed) != plain(written):
            return "parsing what was printed gives something else"
        return None


def plain(component: s.Component) -> tuple[s.Component, Names, tuple[Any, ...]]:
    """A component to compare: names taken from their section, core modules and inner components as models, which a text need not
    spell in the same bytes."""
    inner: list[Any] = []
    definitions: list[s.Definition] = []
    for definition in component.definitions:
        match definition:
            case s.CustomSection(name=name) if name == SECTION:
                continue
            case s.CoreModule():
                inner.append(core.plain(decode_module(bytes(definition.binary))))
                definitions.append(s.CoreModule(b""))
            case s.NestedComponent():
                inner.append(plain(definition.component))
                definitions.append(s.NestedComponent(s.Component(())))
            case _:
                definitions.append(definition)
    return replace(component, definitions=tuple(definitions)), names(component), tuple(inner)
