"""Resource handles by name: `counter#1` is the first `counter` that appeared in one instance."""

from __future__ import annotations

import re
from typing import Any

from app.names import TypeNames
from pycm_core.abi.handles import ResourceHandle
from pycm_core.component import types as t


class PageResource:
    """A resource of the page's own: all the guest and we know of it is its name."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class HandleNames:
    """The handles of one instance, numbered by resource name in the order in which they appear. Implements `wave.Handles`."""

    __slots__ = ("_counts", "_names", "_page", "_values")

    def __init__(self, names: TypeNames, page: frozenset[str] = frozenset()) -> None:
        """`page` has the names of the resources that the page answers for."""
        self._names = names
        self._page = page
        self._counts: dict[str, int] = {}
        self._values: dict[str, Any] = {}

    def resolve(self, text: str, type: Any) -> Any:
        """(`wave.Handles`) A resource the page answers for comes into being when the page first names it."""
        value = self._values.get(text)
        if value is None:
            label, _, number = text.partition("#")
            if label not in self._page or label != self._label(type):
                raise KeyError(text)
            self._counts[label] = max(self._counts.get(label, 0), int(number))
            value = self._values[text] = PageResource(text)
        if text.partition("#")[0] != self._label(type):
            raise KeyError(text)
        return value

    def name(self, value: Any, type: Any) -> str:
        """(`wave.Handles`)"""
        if isinstance(value, PageResource):
            return value.text
        for text, known in self._values.items():
            if known is value or _same_resource(known, value):
                return text
        label = self._label(type)
        self._counts[label] = number = self._counts.get(label, 0) + 1
        self._values[f"{label}#{number}"] = value
        return f"{label}#{number}"

    def show(self, value: Any, type: Any) -> str:
        """Like `name`, for looking on only: what has no name yet gets none."""
        if isinstance(value, PageResource):
            return value.text
        for text, known in self._values.items():
            if known is value or _same_resource(known, value):
                return text
        return f"{self._label(type)}#?"

    def _label(self, type: Any) -> str:
        name = (
            self._names.resource(type.resource)
            if isinstance(type, t.Own | t.Borrow)
            else self._names.text(type).partition("<")[0]
        )
        return re.sub(r"[^A-Za-z0-9-]", "-", name)


def _same_resource(known: Any, value: Any) -> bool:
    """A borrow of a guest's resource is a new object each time, for the same representation."""
    return (
        isinstance(known, ResourceHandle)
        and isinstance(value, ResourceHandle)
        and known.rep is not None
        and known.rep == value.rep
        and known.resource is value.resource
        and not value.owned
    )
