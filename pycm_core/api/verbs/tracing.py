"""`pycm run --trace`: the events of a run as lines of a file (`pycm_core.abi.trace` has the kinds)."""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

from pycm_core import wave
from pycm_core.abi.handles import ResourceHandle
from pycm_core.abi.trace import VERSION, Event, Tracer
from pycm_core.api.component import Component
from pycm_core.base.errors import PyCMError
from pycm_core.wit.type_names import TypeNames


class Shown:
    """Handles as a trace shows them: a guest's by its representation, a host's object by its class. Implements `wave.Handles`."""

    __slots__ = ("_names",)

    def __init__(self, names: TypeNames) -> None:
        self._names = names

    def resolve(self, text: str, type: Any) -> Any:
        """(`wave.Handles`) Nothing is read here."""
        raise KeyError(text)

    def name(self, value: Any, type: Any) -> str:
        """(`wave.Handles`)"""
        if isinstance(value, ResourceHandle):
            return f"{self._names.text(type)}#{'moved' if value.rep is None else value.rep}"
        return f"{self._names.text(type)}#{value.__class__.__name__}"


def written(out: TextIO, component: Component) -> Tracer:
    """A tracer that writes each event to `out` as it happens, one a line.

    Values are WAVE, types are WIT.
    """
    names = TypeNames()
    names.add(component.valid.type.exports)
    names.add(component.valid.type.imports)
    handles = Shown(names)

    def show(value: Any, type: Any) -> str:
        try:
            return wave.print(value, type, handles)
        except PyCMError:
            return "…"

    def write(event: Event) -> None:
        out.write(json.dumps(event.to_data(), ensure_ascii=False) + "\n")

    tracer = Tracer(show, names.text, sys.maxsize, write)
    tracer.emit("trace", 'CanonicalABI.md, "Introduction"', -1, version=VERSION)
    return tracer
