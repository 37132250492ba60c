"""The index spaces of one scope: a component, a component type, an instance type (Explainer.md, "Index Spaces")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from pycm_core.base.errors import Exhaustion, Invalid
from pycm_core.base.features import Feature, Features
from pycm_core.base.limits import Limits
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.types import ResourceId
from pycm_core.component.valid.facts import FactTable
from pycm_core.component.valid.flat import Flattening
from pycm_core.component.valid.modules import ModuleTypes
from pycm_core.wasm.syntax import types as w
from pycm_core.wasm.syntax.typespace import TypeSpace

T = TypeVar("T")

CoreTypeEntry = w.DefType | t.CoreModuleType
"""What a core type index stands for."""


class Kind(Enum):
    """What a scope belongs to; the value is for messages."""

    COMPONENT = "component"
    COMPONENT_TYPE = "component type"
    INSTANCE_TYPE = "instance type"


@dataclass(frozen=True, slots=True)
class Context:
    """What all scopes of one validation share."""

    limits: Limits
    features: Features
    facts: FactTable
    module_types: ModuleTypes
    flat32: Flattening
    flat64: Flattening

    def require(self, feature: Feature, what: str) -> None:
        """Reject `what` unless its gate is open."""
        if feature not in self.features:
            raise Invalid(f"{what} requires the feature `{feature.value}`", hint=f"enable it with `--features {feature.value}`")


@dataclass(slots=True)
class Value:
    """🪙 An entry of the value index space: used exactly once (Binary.md, "Start Definitions")."""

    type: t.ValType
    used: bool = False


@dataclass(frozen=True, slots=True)
class LocalResource:
    """A resource type that a component defines."""

    rep: w.ValType


class CoreTypes(TypeSpace):
    """The core type index space of a component: a type space in which some indices stand for module types."""

    __slots__ = ("_placeholder", "modules")

    def __init__(self) -> None:
        super().__init__()
        self.modules: dict[int, t.CoreModuleType] = {}
        self._placeholder = w.roll(w.RecType((w.SubType(w.FuncType((), ())),)), 0, self.deftype)[0]

    def add_module(self, module: t.CoreModuleType) -> None:
        """A module type gets the next index."""
        self.modules[len(self)] = module
        self.add_closed(self._placeholder)

    def deftype(self, index: int) -> w.DefType:
        """The type of an index; no core type may refer to a module type."""
        if index in self.modules:
            raise Invalid(f"core type {index} is a module type")
        return super().deftype(index)

    def entry(self, index: int) -> CoreTypeEntry:
        """What an index stands for; `IndexError` when it is out of bounds."""
        module = self.modules.get(index)
        return super().deftype(index) if module is None else module


class Names:
    """The names that one side of a scope (its imports, or its exports) has introduced."""

    __slots__ = ("_keep", "labels", "resources", "seen", "visible")

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        """Names by their canonical form (Explainer.md, "Name Uniqueness")."""
        self.visible: set[int] = set()
        """Identities of the types that have an external name (Explainer.md, "External Visibility of Types")."""
        self.resources: dict[int, str] = {}
        """The labels of resource types, by the identity of the type."""
        self.labels: set[str] = set()
        self._keep: list[Any] = []

    def show(self, type_: Any) -> None:
        """Give a type an external name."""
        self.visible.add(id(type_))
        self._keep.append(type_)


class Scope:
    """One scope while it is validated."""

    __slots__ = (
        "_instance_exports",
        "components",
        "context",
        "context_type",
        "core_funcs",
        "core_globals",
        "core_instances",
        "core_memories",
        "core_modules",
        "core_tables",
        "core_tags",
        "core_types",
        "export_names",
        "exports",
        "funcs",
        "import_names",
        "imports",
        "instances",
        "kind",
        "locals",
        "parent",
        "reexports",
        "types",
        "values",
    )

    def __init__(self, kind: Kind, context: Context, parent: Scope | None) -> None:
        self.kind = kind
        self.context = context
        self.parent = parent
        self.core_funcs: list[w.FuncType] = []
        self.core_tables: list[w.TableType] = []
        self.core_memories: list[w.MemoryType] = []
        self.core_globals: list[w.GlobalType] = []
        self.core_tags: list[w.TagType] = []
        self.core_types = CoreTypes()
        self.core_modules: list[t.CoreModuleType] = []
        self.core_instances: list[dict[str, w.ExternType]] = []
        self.funcs: list[t.FuncType[Any]] = []
        self.values: list[Value] = []
        self.types: list[t.DefType] = []
        self.components: list[t.ComponentType] = []
        self.instances: list[t.InstanceType] = []
        self._instance_exports: dict[int, dict[str, t.ExternType]] = {}
        self.imports: list[tuple[s.ExternName, t.ExternType]] = []
        self.exports: list[tuple[s.ExternName, t.ExternType]] = []
        self.import_names = Names()
        self.export_names = Names()
        self.locals: dict[ResourceId, LocalResource] = {}
        self.reexports: dict[int, t.DefType] = {}
        """Exported types by the identity of what was exported, so that a second export is an alias of the first."""
        self.context_type: w.ValType | None = None
        """The type of the first `context.get` or `context.set`; all others must agree."""

    def push(self, space: list[T], item: T) -> None:
        """Append to an index space."""
        if len(space) >= self.context.limits.definitions:
            raise Exhaustion(f"an index space of more than {self.context.limits.definitions} items")
        space.append(item)

    def core_type(self, index: int) -> CoreTypeEntry:
        """A core type."""
        try:
            return self.core_types.entry(index)
        except IndexError:
            raise Invalid(f"unknown type {index}: core type index out of bounds") from None

    def core_func(self, index: int) -> w.FuncType:
        """A core function."""
        return self._get(self.core_funcs, index, "core func")

    def memory(self, index: int) -> w.MemoryType:
        """A core memory."""
        return self._get(self.core_memories, index, "core memory")

    def table(self, index: int) -> w.TableType:
        """A core table."""
        return self._get(self.core_tables, index, "core table")

    def module(self, index: int) -> t.CoreModuleType:
        """A core module."""
        return self._get(self.core_modules, index, "core module")

    def core_instance(self, index: int) -> dict[str, w.ExternType]:
        """The exports of a core instance."""
        return self._get(self.core_instances, index, "core instance")

    def func(self, index: int) -> t.FuncType[Any]:
        """A function."""
        return self._get(self.funcs, index, "func")

    def type(self, index: int) -> t.DefType:
        """A type."""
        return self._get(self.types, index, "type")

    def component(self, index: int) -> t.ComponentType:
        """A component."""
        return self._get(self.components, index, "component")

    def instance(self, index: int) -> t.InstanceType:
        """An instance."""
        return self._get(self.instances, index, "instance")

    def instance_exports(self, index: int) -> dict[str, t.ExternType]:
        """The exports of an instance by name."""
        exports = self._instance_exports.get(index)
        if exports is None:
            exports = self._instance_exports[index] = dict(self.instance(index).exports)
        return exports

    def use_value(self, index: int) -> t.ValType:
        """🪙 A value, which is used up by this."""
        value = self._get(self.values, index, "value")
        if value.used:
            raise Invalid(f"value {index} cannot be used more than once")
        value.used = True
        return value.type

    def valtype(self, index: int) -> t.DefType:
        """A type index that must stand for a value type (Binary.md, "Type Definitions")."""
        type_ = self.type(index)
        if isinstance(type_, t.Resource | t.FuncType | t.InstanceType | t.ComponentType):
            raise Invalid(f"type index {index} is not a defined type")
        return type_

    def resource(self, index: int) -> t.Resource:
        """A type index that must stand for a resource type."""
        type_ = self.type(index)
        if not isinstance(type_, t.Resource):
            raise Invalid(f"type index {index} is not a resource type")
        return type_

    def functype(self, index: int) -> t.FuncType[Any]:
        """A type index that must stand for a function type."""
        type_ = self.type(index)
        if not isinstance(type_, t.FuncType):
            raise Invalid(f"type index {index} is not a function type")
        return type_

    def _get(self, space: list[T], index: int, what: str) -> T:
        if index >= len(space):
            raise Invalid(f"unknown {what.removeprefix('core ')} {index}: {what.removeprefix('core ')} index out of bounds")
        return space[index]

    def outward(self, count: int) -> Scope:
        """The scope `count` steps outward."""
        scope: Scope | None = self
        for _ in range(count):
            if scope is None:
                break
            scope = scope.parent
        if scope is None:
            raise Invalid(f"invalid outer alias count of {count}")
        return scope

    def crosses_component(self, count: int) -> bool:
        """Whether going `count` steps outward leaves a component (as opposed to a type)."""
        scope = self
        for _ in range(count):
            if scope.kind is Kind.COMPONENT:
                return True
            assert scope.parent is not None
            scope = scope.parent
        return False
