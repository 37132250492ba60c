"""A core module that becomes part of a component: what it imports and exports, without its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pycm_core.base.errors import Malformed, Offset
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.reader import Reader
from pycm_core.component.binary.decode import kind
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.binary.module import decode, module_type, sections
from pycm_core.wasm.syntax.module import Section
from pycm_core.wasm.syntax.types import ExternType
from pycm_core.wit.metadata import SECTION, embedded


@dataclass(frozen=True, slots=True)
class CoreModule:
    """`name` is what the main module imports an adapter by; `None` for the main module. `worlds` are what is embedded in it."""

    name: str | None
    binary: bytes = field(repr=False)
    imports: tuple[tuple[str, str, ExternType], ...]
    exports: Mapping[str, ExternType]
    worlds: tuple[bytes, ...] = field(repr=False)
    again: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Imports that `imports` had twice: by module and new name, the name they had."""

    def asked(self, module: str, name: str) -> str:
        """The name that the module was made with for an import."""
        return self.again.get((module, name), name)

    @property
    def title(self) -> str:
        """For messages."""
        return "the module" if self.name is None else f"the adapter `{self.name}`"


def read(data: bytes, name: str | None = None, limits: Limits = DEFAULT_LIMITS) -> CoreModule:
    """Take a binary apart. Raises `Malformed` (also for a component), `Invalid` or `Exhaustion`."""
    if kind(data) != "module":
        raise Malformed("expected a core module, found a component", Offset(4), hint="it needs no `component new` any more")
    found = module_type(data, 0, limits)
    worlds, exports = tuple(embedded(data)), dict(found.exports)
    imports, again = _unique(found.imports)
    if again:
        module = decode(data, limits=limits)
        renamed = [replace(x, name=name) for x, (_, name, _) in zip(module.imports, imports, strict=True)]
        data = encode(replace(module, imports=tuple(renamed)))
    return CoreModule(name, data, imports, exports, worlds, again)


_Imports = tuple[tuple[str, str, ExternType], ...]


def _unique(imports: _Imports) -> tuple[_Imports, dict[tuple[str, str], str]]:
    """Imports with names that differ, as those of a module in a component must (Explainer.md, "Instance Definitions"); linkers leave some twice."""
    made: list[tuple[str, str, ExternType]] = []
    taken = {(module, name) for module, name, _ in imports}
    again: dict[tuple[str, str], str] = {}
    seen: set[tuple[str, str]] = set()
    for module, name, type_ in imports:
        new, count = name, 1
        if (module, name) in seen:
            while (module, new) in taken:
                count += 1
                new = f"{name} [v{count}]"
            taken.add((module, new))
            again[module, new] = name
        seen.add((module, name))
        made.append((module, new, type_))
    return tuple(made), again


def without_worlds(data: bytes) -> bytes:
    """A module without the worlds embedded in it: the component says it better."""
    out = [data[:8]]
    for section in sections(data):
        if section.id is Section.CUSTOM and _custom_name(data, section.start, section.end).startswith(SECTION):
            continue
        out.append(data[section.header : section.end])
    return b"".join(out)


def _custom_name(data: bytes, start: int, end: int) -> str:
    return Reader(data[start:end], base=start).name()
