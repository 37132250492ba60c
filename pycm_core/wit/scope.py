"""What names stand for while packages are resolved: the state that resolution changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pycm_core.base.source import Span
from pycm_core.component.types import TypeRef
from pycm_core.wit import model as m


@dataclass(slots=True, eq=False)
class Unit:
    """An interface or a world. `index` is its index in the resolution; `None` until it has one, and for ever when its gate is closed."""

    kind: Literal["interface", "world"]
    name: str | None
    package: m.PackageName
    span: Span | None
    index: int | None = None
    closed: bool = False
    """Whether a feature gate excludes it."""
    types: dict[str, TypeRef | None] = field(default_factory=dict)
    """Types by name. While its own package is resolved they are local references; afterwards indices, `None` behind a closed gate."""
    funcs: set[str] = field(default_factory=set)
    spans: dict[str, Span] = field(default_factory=dict)
    """Where its types are defined, by name."""


@dataclass(slots=True, eq=False)
class PackageScope:
    """The interfaces and worlds of a package, by name."""

    name: m.PackageName
    units: dict[str, Unit] = field(default_factory=dict)


def local(index: int) -> int:
    """The reference to the type `index` of the package that is being resolved: negative, so that it is never taken for a final one."""
    return -1 - index


@dataclass(slots=True)
class LocalType:
    """A type of the package being resolved; references in `kind` may be local."""

    name: str | None
    kind: m.TypeKind
    owner: Unit | None
    members: tuple[m.Member, ...]
    docs: str | None
    stability: m.Stability | None
    external_id: str | None
    span: Span
    where: Span
    """What to blame when it refers to something behind a closed gate."""


@dataclass(slots=True)
class LocalFunc:
    """A function whose references may be local."""

    func: m.Func
    where: Span


@dataclass(slots=True)
class LocalInterface:
    unit: Unit
    docs: str | None
    stability: m.Stability | None
    functions: list[LocalFunc] = field(default_factory=list)


@dataclass(slots=True)
class LocalExtern:
    """An `import` or `export` of a world."""

    direction: Literal["import", "export"]
    label: str | None
    item: LocalFunc | LocalInterface | Unit
    docs: str | None
    stability: m.Stability | None
    external_id: str | None
    span: Span


@dataclass(slots=True)
class LocalInclude:
    unit: Unit
    renames: dict[str, tuple[str, Span]]
    stability: m.Stability | None
    span: Span


@dataclass(slots=True)
class LocalWorld:
    unit: Unit
    docs: str | None
    stability: m.Stability | None
    externs: list[LocalExtern] = field(default_factory=list)
    includes: list[LocalInclude] = field(default_factory=list)
