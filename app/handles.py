"""Resource handles by name: `counter#1` is the first `counter` that appeared in one instance."""

from __future__ import annotations

import re
from typing import Any

from pycm_core.abi.handles import ResourceHandle
from pycm_core.component import types as t
from pycm_core.component.types import ResourceId
from pycm_core.wit.type_names import TypeNames


class PageResource:
    """A resource of the page's own: all the guest and we know of it is its name."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class HandleNames:
    """The handles of one instance, numbered by resource name in the order in which they appear. Implements `wave.Handles`."""

    __slots__ = ("_counts", "_names", "_owners", "_page", "_texts", "_values")

    def __init__(self, names: TypeNames, page: frozenset[str] = frozenset()) -> None:
        """`page` has the names of the resources that the page answers for."""
        self._names = names
        self._page = page
        self._counts: dict[str, int] = {}
        self._values: dict[str, Any] = {}
        self._texts: dict[int, str] = {}
        """By the identity of the value; `_values` keeps it alive."""
        self._owners: dict[tuple[ResourceId, int], str] = {}
        """By resource and representation: a borrow is a new object each time."""

    def resolve(self, text: str, type: Any) -> Any:
        """(`wave.Handles`) A resource the page answers for comes into being when the page first names it."""
        label, _, number = text.partition("#")
        if label != self.label(type):
            raise KeyError(text)
        value = self._values.get(text)
        if value is None:
            if label not in self._page:
                raise KeyError(text)
            self._counts[label] = max(self._counts.get(label, 0), int(number))
            value = self._values[text] = PageResource(text)
        return value

    def name(self, value: Any, type: Any) -> str:
        """(`wave.Handles`)"""
        known = self.known(value)
        if known is not None:
            return known
        label = self.label(type)
        self._counts[label] = number = self._counts.get(label, 0) + 1
        text = f"{label}#{number}"
        self._values[text] = value
        self._texts[id(value)] = text
        if isinstance(value, ResourceHandle) and value.owned and value.rep is not None:
            self._owners[value.resource, value.rep] = text
        return text

    def known(self, value: Any) -> str | None:
        """The text that names `value`, if it has one."""
        if isinstance(value, PageResource):
            return value.text
        text = self._texts.get(id(value))
        if text is None and isinstance(value, ResourceHandle) and value.rep is not None and not value.owned:
            text = self._owners.get((value.resource, value.rep))
            if text is not None and self._values[text].rep != value.rep:  # that one was moved, or dropped
                return None
        return text

    def label(self, type: Any) -> str:
        """What stands before the number of a handle of this type."""
        return label(type, self._names)


class AnyHandles:
    """Takes the text of a handle for what it says: whether it lives is for the call to find out. Implements `wave.Handles`."""

    __slots__ = ("_names",)

    def __init__(self, names: TypeNames) -> None:
        self._names = names

    def resolve(self, text: str, type: Any) -> str:
        """(`wave.Handles`) The text itself."""
        if text.partition("#")[0] != label(type, self._names):
            raise KeyError(text)
        return text

    def name(self, value: str, type: Any) -> str:
        """(`wave.Handles`)"""
        return value


def label(type: Any, names: TypeNames) -> str:
    """What stands before the number of a handle of this type: the name of the resource, `stream`, `future` or `error-context`."""
    name = names.resource(type.resource) if isinstance(type, t.Own | t.Borrow) else names.text(type).partition("<")[0]
    return re.sub(r"[^A-Za-z0-9-]", "-", name)
