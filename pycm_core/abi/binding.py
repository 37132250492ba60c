"""How one function's values are lifted and lowered on one side, chosen once when the function is bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pycm_core.abi import literal
from pycm_core.abi.context import CanonicalOptions, LiftLowerContext
from pycm_core.abi.layout import MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, flatten_functype, flatten_types
from pycm_core.component.types import FuncType
from pycm_core.wasm.syntax.types import FuncType as CoreFuncType


class Binding(Protocol):
    """Both ways for one function type and one set of options.

    A lifted function lowers its parameters and lifts its results; a lowered one does the converse. `lifted` and `lowered` are the
    core signatures. Flat results are as engines give and take them: `None`, one value, or a tuple.
    """

    lifted: CoreFuncType
    lowered: CoreFuncType

    def lower_params(self, cx: LiftLowerContext, values: Sequence[Any]) -> Sequence[Any]: ...

    def lift_results(self, cx: LiftLowerContext, flat: Any) -> Any: ...

    def lift_params(self, cx: LiftLowerContext, flat: Sequence[Any]) -> Sequence[Any]: ...

    def lower_results(self, cx: LiftLowerContext, value: Any, flat: Sequence[Any]) -> Any: ...


class LiteralBinding:
    """The literal form, for traces and as the oracle."""

    __slots__ = ("lifted", "lowered", "names", "results", "types")

    def __init__(self, type: FuncType[Any], opts: CanonicalOptions) -> None:
        self.types = [p.type for p in type.params]
        self.names = [p.label for p in type.params]
        self.results = [] if type.result is None else [type.result]
        self.lifted = flatten_functype(type, "lift", opts.ptr)
        self.lowered = flatten_functype(type, "lower", opts.ptr)

    def lower_params(self, cx: LiftLowerContext, values: Sequence[Any]) -> Sequence[Any]:
        """Core arguments for the guest."""
        return literal.lower_flat_values(cx, MAX_FLAT_PARAMS, values, self.types, self.names)

    def lift_results(self, cx: LiftLowerContext, flat: Any) -> Any:
        """The result the guest gave; `None` when the function has none."""
        if not self.results:
            return None
        values = literal.CoreValueIter(flat if isinstance(flat, tuple) else (flat,))
        return literal.lift_flat_values(cx, MAX_FLAT_RESULTS, values, self.results, ["result"])[0]

    def lift_params(self, cx: LiftLowerContext, flat: Sequence[Any]) -> Sequence[Any]:
        """The arguments the guest gave to an import."""
        return literal.lift_flat_values(cx, MAX_FLAT_PARAMS, literal.CoreValueIter(flat), self.types, self.names)

    def lower_results(self, cx: LiftLowerContext, value: Any, flat: Sequence[Any]) -> Any:
        """The result of an import, as core results or in the memory the guest points to with its last argument."""
        if not self.results:
            return None
        out_param = None
        if len(flatten_types(self.results, cx.ptr)) > MAX_FLAT_RESULTS:
            out_param = flat[-1] & (0xFFFF_FFFF if cx.ptr == 4 else 0xFFFF_FFFF_FFFF_FFFF)
        results = literal.lower_flat_values(cx, MAX_FLAT_RESULTS, [value], self.results, ["result"], out_param)
        return results[0] if results else None


def bind(type: FuncType[Any], opts: CanonicalOptions, traced: bool) -> Binding:
    """The binding of a function: with `traced`, the literal form."""
    return LiteralBinding(type, opts)
