"""How one function's values are lifted and lowered on one side, chosen once when the function is bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pycm_core.abi import literal
from pycm_core.abi.compiled import Codec, Codecs
from pycm_core.abi.context import CanonicalOptions, LiftLowerContext
from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.layout import MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, flatten_functype, flatten_types
from pycm_core.component.types import FuncType, Tuple
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


class CompiledBinding:
    """The compiled form, made when the function is first called."""

    __slots__ = ("_codecs", "_params", "_result", "_type", "lifted", "lowered")

    def __init__(self, type: FuncType[Any], opts: CanonicalOptions) -> None:
        self._type = type
        self._codecs = Codecs(opts.ptr)
        self._params: list[Codec] | None = None
        self._result: Codec | None = None
        self.lifted = flatten_functype(type, "lift", opts.ptr)
        self.lowered = flatten_functype(type, "lower", opts.ptr)

    def _compile(self) -> list[Codec]:
        self._params = params = [self._codecs.codec(p.type) for p in self._type.params]
        if self._type.result is not None:
            self._result = self._codecs.codec(self._type.result)
        return params

    def lower_params(self, cx: LiftLowerContext, values: Sequence[Any]) -> Sequence[Any]:
        """Core arguments for the guest."""
        params = self._params if self._params is not None else self._compile()
        if sum(p.flat for p in params) > MAX_FLAT_PARAMS:
            codec = self._codecs.codec(self._spilled())
            address = cx.reallocate(0, 0, codec.align, codec.size)
            buffer = bytearray(codec.size)
            codec.store(cx, tuple(values), buffer, 0)
            cx.memory.write(address, buffer)
            return (address,)
        flat: list[Any] = []
        for codec, value in zip(params, values, strict=True):
            codec.lower(cx, value, flat)
        return flat

    def _spilled(self) -> Tuple[Any]:
        return Tuple(tuple(p.type for p in self._type.params))

    def lift_results(self, cx: LiftLowerContext, flat: Any) -> Any:
        """The result the guest gave; `None` when the function has none."""
        if self._params is None:
            self._compile()
        codec = self._result
        if codec is None:
            return None
        if codec.flat > MAX_FLAT_RESULTS:
            return self._load(cx, codec, flat)
        return codec.lift(cx, (flat,), 0)

    def lift_params(self, cx: LiftLowerContext, flat: Sequence[Any]) -> Sequence[Any]:
        """The arguments the guest gave to an import."""
        params = self._params if self._params is not None else self._compile()
        if sum(p.flat for p in params) > MAX_FLAT_PARAMS:
            return self._load(cx, self._codecs.codec(self._spilled()), flat[0])  # type: ignore[no-any-return]  # a tuple
        values = []
        at = 0
        for codec in params:
            values.append(codec.lift(cx, flat, at))
            at += codec.flat
        return values

    def lower_results(self, cx: LiftLowerContext, value: Any, flat: Sequence[Any]) -> Any:
        """The result of an import, as core results or in the memory the guest points to with its last argument."""
        codec = self._result
        if codec is None:
            return None
        if codec.flat > MAX_FLAT_RESULTS:
            address = self._check(cx, codec, flat[-1])
            buffer = bytearray(codec.size)
            codec.store(cx, value, buffer, 0)
            cx.memory.write(address, buffer)
            return None
        out: list[Any] = []
        codec.lower(cx, value, out)
        return out[0]

    def _load(self, cx: LiftLowerContext, codec: Codec, address: int) -> Any:
        return codec.load(cx, cx.memory.read(self._check(cx, codec, address), codec.size), 0)

    def _check(self, cx: LiftLowerContext, codec: Codec, address: int) -> int:
        address &= 0xFFFF_FFFF if cx.ptr == 4 else 0xFFFF_FFFF_FFFF_FFFF
        if address & (codec.align - 1):
            raise canonical_trap(f"pointer {address:#x} is not aligned to {codec.align}", "Lifting and Lowering Values")
        if address + codec.size > cx.memory.size():
            raise canonical_trap(f"pointer {address:#x} is out of bounds of memory", "Lifting and Lowering Values")
        return address


def bind(type: FuncType[Any], opts: CanonicalOptions, traced: bool) -> Binding:
    """The binding of a function: the literal form where it is traced, else the compiled one."""
    return LiteralBinding(type, opts) if traced else CompiledBinding(type, opts)
