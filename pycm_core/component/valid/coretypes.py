"""Validation of core types inside components (Binary.md, "Type Definitions")."""

from __future__ import annotations

from collections.abc import Sequence

from pycm_core.base.errors import Invalid, Offset, PyCMError
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.valid.scope import CoreTypeEntry, Scope
from pycm_core.wasm.syntax import types as w
from pycm_core.wasm.syntax.typespace import TypeSpace, closed_func
from pycm_core.wasm.valid import types as core_rules
from pycm_core.wasm.valid.fault import Fault


def define_core_type(scope: Scope, definition: s.CoreType) -> None:
    """A core type definition of a component, component type or instance type."""
    if isinstance(definition.type, s.CoreModuleTypeDecls):
        module = _ModuleTypeScope(scope).check(definition.type.decls)
        scope.context.facts.of(module)
        scope.core_types.add_module(module)
        return
    _rectype(scope.core_types, definition.type, scope)


def _rectype(space: TypeSpace, rec: w.RecType, scope: Scope) -> None:
    """Check a recursion group and add its types to `space`."""
    try:
        core_rules.rectype(space, rec, scope.context.limits)
    except Fault as e:
        raise Invalid(e.message) from None
    except IndexError as e:
        raise Invalid(f"unknown type {e}: type index out of bounds") from None


class _ModuleTypeScope:
    """A module type while it is validated: a type index space of its own, imports, exports."""

    __slots__ = ("_exports", "_imports", "_outer", "_space")

    def __init__(self, outer: Scope) -> None:
        self._outer = outer
        self._space = TypeSpace()
        self._imports: dict[tuple[str, str], w.ExternType] = {}
        self._exports: dict[str, w.ExternType] = {}

    def check(self, decls: Sequence[s.CoreModuleDecl]) -> t.CoreModuleType:
        """The module type that the declarators describe."""
        for i, decl in enumerate(decls):
            try:
                self._declare(decl)
            except PyCMError as e:
                if e.where is None:
                    e.where = Offset(decl.at)
                e.add_context("declarator", i)
                raise
        return t.CoreModuleType(
            tuple([(module, name, type_) for (module, name), type_ in self._imports.items()]), tuple(self._exports.items())
        )

    def _declare(self, decl: s.CoreModuleDecl) -> None:
        match decl:
            case s.CoreType():
                if isinstance(decl.type, s.CoreModuleTypeDecls):
                    raise Invalid("a module type cannot contain another module type")
                _rectype(self._space, decl.type, self._outer)
            case s.CoreOuterAlias():
                self._space.add_closed(self._outer_type(decl))
            case s.CoreImportDecl():
                key = (decl.module, decl.name)
                if key in self._imports:
                    raise Invalid(f"duplicate import name `{decl.module}:{decl.name}`")
                self._imports[key] = self._extern(decl.type)
            case s.CoreExportDecl():
                if decl.name in self._exports:
                    raise Invalid(f"duplicate export name `{decl.name}` already defined")
                self._exports[decl.name] = self._extern(decl.type)

    def _outer_type(self, decl: s.CoreOuterAlias) -> w.DefType:
        if decl.count == 0:
            return self._deftype(decl.index)
        found: CoreTypeEntry = self._outer.outward(decl.count - 1).core_type(decl.index)
        if isinstance(found, t.CoreModuleType):
            raise Invalid("a module type cannot alias another module type")
        return found

    def _deftype(self, index: int) -> w.DefType:
        try:
            return self._space.deftype(index)
        except IndexError:
            raise Invalid(f"unknown type {index}: type index out of bounds") from None

    def _func(self, index: int) -> w.FuncType:
        try:
            return closed_func(self._deftype(index))
        except TypeError:
            raise Invalid(f"type index {index} is not a function type") from None

    def _extern(self, desc: s.CoreExternDesc) -> w.ExternType:
        try:
            match desc:
                case s.CoreFuncDesc():
                    return self._func(desc.type)
                case w.TagType():
                    func = self._func(desc.type) if isinstance(desc.type, int) else desc.type
                    if func.results:
                        raise Invalid("invalid exception type: non-empty tag result type")
                    return w.TagType(func)
                case w.TableType():
                    core_rules.tabletype(desc)
                    return w.TableType(desc.limits, self._space.close_ref(desc.element))
                case w.MemoryType():
                    core_rules.memorytype(desc, True)
                    return desc
                case w.GlobalType():
                    return w.GlobalType(self._space.close(desc.type), desc.mutable)
        except Fault as e:
            raise Invalid(e.message) from None
        except IndexError as e:
            raise Invalid(f"unknown type {e}: type index out of bounds") from None
