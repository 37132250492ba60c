"""The names of a component's definitions (Binary.md, "Name Section").

Names are for people: a section that is broken is read as far as it goes, and never an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pycm_core.base.errors import PyCMError
from pycm_core.base.features import DEFAULT_FEATURES
from pycm_core.base.limits import DEFAULT_LIMITS
from pycm_core.base.writer import name as write_name
from pycm_core.base.writer import sized, unsigned
from pycm_core.component import syntax as s
from pycm_core.component.binary.externs import any_sort
from pycm_core.component.binary.reader import ComponentReader

SECTION = "component-name"
"""The name of the custom section."""


@dataclass(frozen=True, slots=True)
class Names:
    """The name of a component, and by sort those of the items in its index spaces."""

    component: str | None = None
    items: Mapping[s.AnySort, Mapping[int, str]] = field(default_factory=dict)

    def of(self, sort: s.AnySort, index: int) -> str | None:
        """The name of an item, if it has one."""
        return self.items.get(sort, {}).get(index)


def names(component: s.Component) -> Names:
    """The names in the name sections of `component` (not of the components in it)."""
    found: str | None = None
    items: dict[s.AnySort, dict[int, str]] = {}
    for section in component.definitions:
        if isinstance(section, s.CustomSection) and section.name == SECTION:
            r = ComponentReader(section.data, 0, len(section.data), DEFAULT_LIMITS, DEFAULT_FEATURES)
            try:
                while not r.done:
                    id_ = r.byte()
                    body = r.sub(r.u32())
                    if id_ == 0:
                        found = body.bounded_name()
                    elif id_ == 1:
                        _sort_names(body, items)
            except PyCMError:
                continue
    return Names(found, items)


def _sort_names(r: ComponentReader, items: dict[s.AnySort, dict[int, str]]) -> None:
    of_sort = items.setdefault(any_sort(r), {})
    for _ in range(r.count(2)):
        index = r.u32()
        of_sort[index] = r.bounded_name()


def name_section(names: Names) -> s.CustomSection:
    """The custom section that holds `names`."""
    data = b"" if names.component is None else b"\x00" + sized(write_name(names.component))
    for sort, of_sort in names.items.items():
        opcode = bytes([0x00, sort.value]) if isinstance(sort, s.CoreSort) else bytes([sort.value])
        pairs = b"".join([unsigned(index) + write_name(of_sort[index]) for index in sorted(of_sort)])
        data += b"\x01" + sized(opcode + unsigned(len(of_sort)) + pairs)
    return s.CustomSection(SECTION, data)
