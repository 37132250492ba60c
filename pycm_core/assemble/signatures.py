"""The core signatures of a world's functions, and which canonical options they need (CanonicalABI.md, "Flattening")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.component import types as t
from pycm_core.component.elaborate import deftype
from pycm_core.component.types import Prim, TypeRef
from pycm_core.component.valid import flat as f
from pycm_core.component.valid.facts import FactTable
from pycm_core.wasm.syntax.types import FuncType, NumType
from pycm_core.wit import model as m
from pycm_core.wit.kinds import references


@dataclass(frozen=True, slots=True)
class Needs:
    """What a canonical definition needs of the module it serves."""

    memory: bool = False
    realloc: bool = False
    encoding: bool = False
    """Whether the string encoding makes a difference."""


NO_NEEDS = Needs()


@dataclass(frozen=True, slots=True)
class Signature:
    core: FuncType
    needs: Needs


class Signatures:
    """Answers for one resolution, each type elaborated once."""

    __slots__ = ("_facts", "_flat", "_keep", "_resolve", "_strings", "_types")

    def __init__(self, resolve: m.Resolve, limits: Limits = DEFAULT_LIMITS) -> None:
        self._resolve = resolve
        self._types: dict[int, Any] = {}
        self._strings: dict[int, bool] = {}
        self._flat = f.Flattening(NumType.I32)
        self._facts = FactTable(limits)

    def type(self, ref: TypeRef) -> Any:
        """A type, elaborated: its references are types."""
        if isinstance(ref, Prim):
            return ref
        found = self._types.get(ref)
        if found is None:
            kind = self._resolve.types[ref].kind
            if isinstance(kind, m.Alias):
                found = self.type(kind.type)
            elif isinstance(kind, m.ResourceKind):
                found = t.Resource(t.ResourceId(self._resolve.types[ref].name or "resource"))
            else:
                found = deftype(kind, self.type)
            self._types[ref] = found
        return found

    def has_string(self, ref: TypeRef | None) -> bool:
        """Whether a value of this type may hold a string."""
        if ref is None or isinstance(ref, Prim):
            return ref in (Prim.STRING, Prim.ERROR_CONTEXT)
        found = self._strings.get(ref)
        if found is None:
            kind = self._resolve.types[ref].kind
            # What goes through a stream or future, and what a handle stands for, is not part of the value.
            inside = [] if isinstance(kind, t.Stream | t.Future | t.Own | t.Borrow) else references(kind)
            found = self._strings[ref] = any(self.has_string(x) for x in inside)
        return found

    def pointer(self, ref: TypeRef | None) -> bool:
        """Whether a value of this type goes through memory."""
        return ref is not None and self._facts.of(self.type(ref)).pointer

    def _func(self, func: m.Func) -> t.FuncType[Any]:
        result = None if func.result is None else self.type(func.result)
        return t.FuncType(tuple([t.Field(p.label, self.type(p.type)) for p in func.params]), result, func.async_)

    def _strings_in(self, func: m.Func) -> bool:
        return self.has_string(func.result) or any(self.has_string(p.type) for p in func.params)

    def lowered(self, func: m.Func, async_: bool) -> Signature:
        """What `canon lower` makes of a function (CanonicalABI.md, "canon lower")."""
        made = self._func(func)
        core = f.lowered(self._flat, made, async_)
        realloc = self.pointer(func.result)
        most_params, most_results = (f.MAX_FLAT_ASYNC_PARAMS, 0) if async_ else (f.MAX_FLAT_PARAMS, f.MAX_FLAT_RESULTS)
        memory = (
            realloc
            or any(self.pointer(p.type) for p in func.params)
            or len(f.flat_params(self._flat, made)) > most_params
            or len(f.flat_result(self._flat, made)) > most_results
        )
        return Signature(core, Needs(memory, realloc, self._strings_in(func)))

    def lifted(self, func: m.Func, async_: bool, callback: bool) -> Signature:
        """What `canon lift` wraps (CanonicalABI.md, "canon lift")."""
        made = self._func(func)
        core = f.lifted(self._flat, made, async_, callback)
        realloc = any(self.pointer(p.type) for p in func.params) or len(f.flat_params(self._flat, made)) > f.MAX_FLAT_PARAMS
        most = f.MAX_FLAT_PARAMS if async_ else f.MAX_FLAT_RESULTS
        memory = realloc or self.pointer(func.result) or len(f.flat_result(self._flat, made)) > most
        return Signature(core, Needs(memory, realloc, self._strings_in(func)))

    def task_return(self, func: m.Func) -> Signature:
        """What returns the results of an async export (CanonicalABI.md, "canon task.return")."""
        flat = () if func.result is None else self._flat.type(self.type(func.result))
        spilled = len(flat) > f.MAX_FLAT_PARAMS
        core = FuncType((NumType.I32,) if spilled else flat, ())
        return Signature(core, Needs(spilled or self.pointer(func.result), False, self.has_string(func.result)))


def streams(resolve: m.Resolve, func: m.Func) -> list[int]:
    """The streams and futures in a function's type, as built-ins number them: inner ones first, each as often as it is mentioned."""
    found: list[int] = []

    def visit(ref: TypeRef) -> None:
        if isinstance(ref, int):
            kind = resolve.types[ref].kind
            if not isinstance(kind, t.Own | t.Borrow):
                for inner in references(kind):
                    visit(inner)
            if isinstance(kind, t.Stream | t.Future):
                found.append(ref)

    for param in func.params:
        visit(param.type)
    if func.result is not None:
        visit(func.result)
    return found
