"""How one function's values are lifted and lowered on one side, chosen once when the function is bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pycm_core.abi import literal
from pycm_core.abi.compiled import Codec, Codecs
from pycm_core.abi.context import CanonicalOptions, LiftLowerContext
from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.layout import MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, flatten_functype, flatten_types
from pycm_core.abi.streams import Elements
from pycm_core.component.syntax import StringEncoding
from pycm_core.component.types import FuncType, Tuple
from pycm_core.wasm.syntax.types import FuncType as CoreFuncType


class Binding(Protocol):
    """Both ways for one function type and one set of options.

    A lifted function lowers its parameters and lifts its results; a lowered one does the converse. `lifted` and `lowered` are the
    core signatures. Flat results are as engines give and take them: `None`, one value, or a tuple.
    """

    lifted: CoreFuncType
    lowered: CoreFuncType

    @property
    def lower_params(self) -> Callable[[LiftLowerContext, Sequence[Any]], Sequence[Any]]: ...

    @property
    def lift_results(self) -> Callable[[LiftLowerContext, Any], Any]: ...

    @property
    def lift_params(self) -> Callable[[LiftLowerContext, Sequence[Any]], Sequence[Any]]: ...

    @property
    def lower_results(self) -> Callable[[LiftLowerContext, Any, Sequence[Any]], Any]: ...


class LiteralBinding:
    """The literal form, for traces and as the oracle."""

    __slots__ = ("lifted", "lowered", "max_params", "max_results", "names", "results", "types")

    def __init__(self, type: FuncType[Any], opts: CanonicalOptions) -> None:
        self.types = [p.type for p in type.params]
        self.names = [p.label for p in type.params]
        self.results = [] if type.result is None else [type.result]
        self.lifted = flatten_functype(type, "lift", opts.ptr, opts.async_, opts.callback is not None)
        self.lowered = flatten_functype(type, "lower", opts.ptr, opts.async_)
        self.max_params, self.max_results = lowered_limits(opts)

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
        return literal.lift_flat_values(cx, self.max_params, literal.CoreValueIter(flat), self.types, self.names)

    def lower_results(self, cx: LiftLowerContext, value: Any, flat: Sequence[Any]) -> Any:
        """The result of an import, as core results or in the memory the guest points to with its last argument."""
        if not self.results:
            return None
        out_param = None
        if len(flatten_types(self.results, cx.ptr)) > self.max_results:
            out_param = flat[-1] & (0xFFFF_FFFF if cx.ptr == 4 else 0xFFFF_FFFF_FFFF_FFFF)
        results = literal.lower_flat_values(cx, self.max_results, [value], self.results, ["result"], out_param)
        return results[0] if results else None


class CompiledBinding:
    """The compiled form. Its four functions are made when the first of them is needed, each for just what the type asks for."""

    __slots__ = (
        "_codecs",
        "_limits",
        "_made",
        "_type",
        "lift_params",
        "lift_results",
        "lifted",
        "lower_params",
        "lower_results",
        "lowered",
    )

    def __init__(self, type: FuncType[Any], opts: CanonicalOptions) -> None:
        self._type = type
        self._codecs = Codecs(opts.ptr)
        self._made = False
        self._limits = lowered_limits(opts)
        self.lifted = flatten_functype(type, "lift", opts.ptr, opts.async_, opts.callback is not None)
        self.lowered = flatten_functype(type, "lower", opts.ptr, opts.async_)
        self.lower_params = self._first("lower_params")
        self.lift_results = self._first("lift_results")
        self.lift_params = self._first("lift_params")
        self.lower_results = self._first("lower_results")

    def _first(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.made()
            return getattr(self, name)(*args)

        return call

    def made(self) -> CompiledBinding:
        """This binding, with its functions made."""
        if not self._made:
            self._made = True
            self._compile()
        return self

    def constant(self, cx: LiftLowerContext, value: Any) -> tuple[bytes, int]:
        """The bytes of a result that has neither handles nor strings nor lists, and how they are aligned."""
        codec = self._codecs.codec(self._type.result)
        buffer = bytearray(codec.size)
        codec.store(cx, value, buffer, 0)
        return bytes(buffer), codec.align

    def _compile(self) -> None:
        params = [self._codecs.codec(p.type) for p in self._type.params]
        max_params, max_results = self._limits
        count = sum(codec.flat for codec in params)
        if count > max_params:
            spilled = _spilled_params(self._codecs.codec(Tuple(tuple(p.type for p in self._type.params))))
            self.lift_params = spilled[1]
            self.lower_params = spilled[0] if count > MAX_FLAT_PARAMS else _flat_params(params)[0]
        else:
            self.lower_params, self.lift_params = _flat_params(params)
        result = None if self._type.result is None else self._codecs.codec(self._type.result)
        self.lift_results, self.lower_results = _results(result, max_results)


def lowered_limits(opts: CanonicalOptions) -> tuple[int, int]:
    """How many flat parameters and results a lowered function has at most (CanonicalABI.md, "canon lower")."""
    return (MAX_FLAT_ASYNC_PARAMS, 0) if opts.async_ else (MAX_FLAT_PARAMS, MAX_FLAT_RESULTS)


def _spilled_params(codec: Codec) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def lower_params(cx: LiftLowerContext, values: Sequence[Any]) -> Sequence[Any]:
        address = cx.reallocate(0, 0, codec.align, codec.size)
        buffer = bytearray(codec.size)
        codec.store(cx, tuple(values), buffer, 0)
        cx.memory.write(address, buffer)
        return (address,)

    return lower_params, lambda cx, flat: _load(cx, codec, flat[0])


def _flat_params(codecs: list[Codec]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    if len(codecs) == 1:
        (only,) = codecs
        lower, lift = only.lower, only.lift

        def lower_one(cx: LiftLowerContext, values: Sequence[Any]) -> Sequence[Any]:
            flat: list[Any] = []
            lower(cx, values[0], flat)
            return flat

        return lower_one, lambda cx, flat: (lift(cx, flat, 0),)

    lowers = [codec.lower for codec in codecs]
    starts = [sum(codec.flat for codec in codecs[:i]) for i in range(len(codecs))]
    lifts = [(codec.lift, start) for codec, start in zip(codecs, starts, strict=True)]

    def lower_params(cx: LiftLowerContext, values: Sequence[Any]) -> Sequence[Any]:
        flat: list[Any] = []
        for lower, value in zip(lowers, values, strict=True):
            lower(cx, value, flat)
        return flat

    return lower_params, lambda cx, flat: [lift(cx, flat, start) for lift, start in lifts]


def _results(codec: Codec | None, max_results: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    if codec is None:
        return lambda cx, flat: None, lambda cx, value, flat: None
    lift, lower, load, store, size = codec.lift, codec.lower, codec.load, codec.store, codec.size
    if codec.flat <= max_results:

        def lower_one(cx: LiftLowerContext, value: Any, flat: Sequence[Any]) -> Any:
            out: list[Any] = []
            lower(cx, value, out)
            return out[0]

        return lambda cx, flat: lift(cx, (flat,), 0), lower_one

    def lift_results(cx: LiftLowerContext, flat: Any) -> Any:
        return load(cx, cx.memory.read(_checked(cx, codec, flat), size), 0)

    def lift_string(cx: LiftLowerContext, flat: Any) -> Any:
        mover = cx.opts.mover
        if mover is not None and cx.opts.encoding is StringEncoding.UTF8:
            text = mover.fetch_text(flat & 0xFFFF_FFFF)
            if text is not None:
                return text
        return lift_results(cx, flat)

    def lower_results(cx: LiftLowerContext, value: Any, flat: Sequence[Any]) -> Any:
        address = _checked(cx, codec, flat[-1])
        buffer = bytearray(size)
        store(cx, value, buffer, 0)
        cx.memory.write(address, buffer)

    return lift_string if codec.is_string else lift_results, lower_results


def _load(cx: LiftLowerContext, codec: Codec, address: int) -> Any:
    return codec.load(cx, cx.memory.read(_checked(cx, codec, address), codec.size), 0)


def _checked(cx: LiftLowerContext, codec: Codec, address: int) -> int:
    address &= 0xFFFF_FFFF if cx.ptr == 4 else 0xFFFF_FFFF_FFFF_FFFF
    if address & (codec.align - 1):
        raise canonical_trap(f"pointer {address:#x} is not aligned to {codec.align}", "Lifting and Lowering Values")
    if address + codec.size > cx.memory.size():
        raise canonical_trap(f"pointer {address:#x} is out of bounds of memory", "Lifting and Lowering Values")
    return address


def bind(type: FuncType[Any], opts: CanonicalOptions, traced: bool) -> Binding:
    """The binding of a function: the literal form where it is traced, else the compiled one."""
    return LiteralBinding(type, opts) if traced else CompiledBinding(type, opts)


def elements(type: Any, opts: CanonicalOptions, traced: bool) -> Elements:
    """How the elements of a stream or future are loaded and stored; their range has been checked."""
    if type is None:
        return _no_elements, _no_elements
    if traced:
        return (
            lambda cx, address, count: literal.load_elements(cx, address, count, type),
            lambda cx, values, address: literal.store_elements(cx, values, address, type),
        )
    return Codecs(opts.ptr).elements(type)


def _no_elements(*_: Any) -> Any:
    raise AssertionError("there are no elements to copy")
