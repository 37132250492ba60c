"""The other side of a component's exports: which core exports are lifted, with what goes with them, and whether they have the right types.

(BuildTargets.md, "Imports and Exports"; CanonicalABI.md, "canon lift")
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pycm_core.assemble import names
from pycm_core.assemble.answers import Answer, Places
from pycm_core.assemble.module import CoreModule
from pycm_core.assemble.names import Place, Scheme
from pycm_core.assemble.signatures import Needs, Signatures
from pycm_core.base.errors import Unlinkable
from pycm_core.component import syntax as s
from pycm_core.component.valid.subtype import func_text
from pycm_core.wasm.syntax.types import FuncType, NumType
from pycm_core.wit import model as m

SCHEMES: tuple[Scheme, ...] = ("standard", "plain")
"""Of names, in the order in which they are tried."""


@dataclass(slots=True)
class Unit:
    """A core module on its way into the component."""

    module: CoreModule
    places: Places
    encoding: s.StringEncoding
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    instance: int = -1

    def name(self, *candidates: str) -> str | None:
        """The first of these names that it exports a function by."""
        return next((x for x in candidates if isinstance(self.module.exports.get(x), FuncType)), None)


@dataclass(frozen=True, slots=True)
class Export:
    """An export of the world: the place, and who provides it."""

    place: Place
    item: m.WorldItem
    unit: Unit


@dataclass(frozen=True, slots=True)
class Lift:
    """A core export that is lifted, with the exports that go with it."""

    name: str
    needs: Needs
    async_: bool = False
    callback: str | None = None
    post_return: str | None = None


class Lifting:
    """Finds and checks what is lifted."""

    __slots__ = ("_resolve", "_schemes", "_signatures")

    def __init__(self, resolve: m.Resolve, signatures: Signatures, schemes: Sequence[Scheme] = SCHEMES) -> None:
        self._resolve = resolve
        self._signatures = signatures
        self._schemes = schemes

    def funcs(self, export: Export) -> Sequence[m.Func]:
        """The functions of an export."""
        if isinstance(export.item, m.WorldFunc):
            return (export.item.func,)
        assert isinstance(export.item, m.WorldInterface)
        return self._resolve.interfaces[export.item.interface].functions

    def lift(self, export: Export, func: m.Func) -> Lift:
        """The core export behind a function of the world. Raises `Unlinkable` when it is missing or of another type."""
        unit, place = export.unit, export.place
        plain = names.export_name("plain", place, func.name)
        for scheme in self._schemes:
            name = names.export_name(scheme, place, func.name)
            if unit.name(name) is not None:
                self._no_other(unit, func, name, plain)
                post_return = unit.name(names.post_return_name(scheme, place, func.name))
                lift = Lift(name, Needs(), post_return=post_return)
                return self._checked(unit, func, lift)
        for prefix in (names.ASYNC_LIFT, names.STACKFUL_LIFT):
            if unit.name(prefix + plain) is not None:
                callback = names.CALLBACK + prefix + plain if prefix == names.ASYNC_LIFT else None
                if not func.async_:
                    raise Unlinkable(f"`{prefix + plain}`: the function is not `async`, so it cannot be lifted as one")
                if callback is not None and unit.name(callback) is None:
                    raise Unlinkable(f"{unit.module.title} exports `{prefix + plain}` without `{callback}`")
                return self._checked(unit, func, Lift(prefix + plain, Needs(), True, callback))
        hint = "no world is embedded in it" if not unit.module.worlds else None
        similar = [x for x in unit.module.exports if x.endswith(func.name) and isinstance(unit.module.exports[x], FuncType)]
        if similar:
            hint = f"it exports {', '.join(f'`{x}`' for x in similar[:4])}"
        raise Unlinkable(
            f"{unit.module.title} does not export `{plain}`, which its world exports as a function"
            + (
                f" (or `{names.export_name('standard', place, func.name)}`)" if place.interface is None or place.canonical else ""
            ),
            hint=hint,
        )

    def _no_other(self, unit: Unit, func: m.Func, name: str, plain: str) -> None:
        """A function is lifted once (CanonicalABI.md, "canon lift"); which of two core functions is meant nobody knows."""
        for other in (names.ASYNC_LIFT + plain, names.STACKFUL_LIFT + plain):
            if unit.name(other) is not None:
                raise Unlinkable(f"{unit.module.title} exports both `{name}` and `{other}` for the function `{func.name}`")

    def _checked(self, unit: Unit, func: m.Func, lift: Lift) -> Lift:
        signature = self._signatures.lifted(func, lift.async_, lift.callback is not None)
        wanted = [(lift.name, signature.core)]
        if lift.post_return is not None:
            wanted.append((lift.post_return, FuncType(signature.core.results, ())))
        if lift.callback is not None:
            wanted.append((lift.callback, FuncType((NumType.I32,) * 3, (NumType.I32,))))
        for name, core in wanted:
            found = unit.module.exports[name]
            if found != core:
                shown = func_text(found) if isinstance(found, FuncType) else "something else"
                raise Unlinkable(
                    f"export `{name}` has the wrong core type: expected {func_text(core)}, found {shown}",
                    hint="the module may have been built against another version of the WIT package",
                )
        return replace(lift, needs=signature.needs)

    def destructors(self, export: Export) -> dict[int, str]:
        """The destructors of the resources an export defines, by resource."""
        if not isinstance(export.item, m.WorldInterface):
            return {}
        found: dict[int, str] = {}
        for name, index in self._resolve.interfaces[export.item.interface].types:
            if isinstance(self._resolve.types[index].kind, m.ResourceKind):
                dtor = export.unit.name(*[names.destructor_name(x, export.place, name) for x in self._schemes])
                if dtor is not None:
                    if export.unit.module.exports[dtor] != FuncType((NumType.I32,), ()):
                        raise Unlinkable(f"export `{dtor}` has the wrong core type: expected (func (param i32))")
                    found[index] = dtor
        return found


def export_key(place: Place, item: m.WorldItem) -> str:
    """What makes an export of a component unique."""
    return item.func.name if isinstance(item, m.WorldFunc) else place.name
