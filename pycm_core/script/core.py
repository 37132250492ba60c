"""Core modules as a format of scripts."""

from __future__ import annotations

from dataclasses import replace

from pycm_core.base.features import DEFAULT_FEATURES, Features
from pycm_core.base.source import Source
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.binary.module import decode
from pycm_core.wasm.binary.names import Names, names_of
from pycm_core.wasm.syntax.module import Module
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.module import fields, parse
from pycm_core.wasm.text.print import print_module
from pycm_core.wasm.valid.module import validate


class CoreFormat:
    """`(module ...)` in scripts."""

    __slots__ = ("features",)

    def __init__(self, features: Features = DEFAULT_FEATURES) -> None:
        self.features = features

    def parse(self, c: Cursor) -> Module:
        return fields(c)

    def parse_source(self, source: Source) -> Module:
        return parse(source)

    def decode(self, binary: bytes) -> Module:
        return decode(binary)

    def validate(self, model: Module) -> None:
        validate(model, self.features)

    def round_trip(self, model: Module) -> str | None:
        if decode(encode(model)) != model:
            return "decoding what was encoded gives something else"
        printed = parse(Source(print_module(model), "printed"))
        if plain(printed) != plain(model):
            return "parsing what was printed gives something else"
        return None


def plain(module: Module) -> tuple[Module, Names, list[tuple[str, bytes]]]:
    """A module to compare: names taken from their section, which a text need not spell in the same bytes or at the same place."""
    customs = [(section.name, section.content) for section in module.customs if section.name != "name"]
    return replace(module, customs=()), names_of(module), customs
