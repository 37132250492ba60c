"""Calls from the host into a guest as Python source, made when a function is first called: nothing between the arguments and the core
function but what its type asks for (CanonicalABI.md, "canon lift", the synchronous case).

The same rules as `LiftedFunc.steps`, in the same order. Only for functions that are neither traced nor may wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pycm_core.abi import inline, layout
from pycm_core.abi.binding import CompiledBinding
from pycm_core.abi.context import CanonicalOptions, LiftLowerContext
from pycm_core.abi.convert import check_prim
from pycm_core.abi.instance import ComponentInstance, Task
from pycm_core.abi.strings import store_string_into_range
from pycm_core.base.errors import Invalid
from pycm_core.component.types import FuncType, Prim
from pycm_core.runtime.engine import CoreCallable, results_of
from pycm_core.runtime.store import Store

Direct = tuple[CoreCallable, Callable[[Exception], BaseException] | None]
"""A core function and what makes a fault of an exception of it (`CoreStore.bind_direct`)."""


class _Missing:
    """Stands for an argument that was not given."""


def make(
    store: Store,
    name: str,
    type: FuncType[Any],
    opts: CanonicalOptions,
    binding: CompiledBinding,
    instance: ComponentInstance,
    core: Direct,
) -> Callable[..., Any]:
    """A function of the arguments of `type`."""
    source = inline.Source()
    chain = instance.entering_set(None)
    entered = [source.name(each) for each in chain]
    own = source.name(instance)
    cx = source.name(LiftLowerContext(opts, instance, None))
    state, binding_ = source.name(store), binding.made()
    with_handles = any(map(layout.contains_handle, [*(p.type for p in type.params), type.result]))

    params = [source.fresh() for _ in type.params]
    missing = source.name(_Missing)
    with source.block(f"def call({''.join(f'{p}={missing}, ' for p in params)}{'/, ' if params else ''}*rest):"):
        wrong = source.name(_wrong_count(name, len(params)))
        given = ", ".join(params)
        source.line(f"if rest{f' or {params[-1]} is {missing}' if params else ''}: {wrong}({given}{', ' if params else ''}*rest)")

        spilled = len(layout.flatten_types([p.type for p in type.params], opts.ptr)) > layout.MAX_FLAT_PARAMS
        inlined = not spilled and all(inline.is_inline(p.type) for p in type.params)
        early = inlined and not any(inline.has_string(p.type) for p in type.params)
        flat = _lower_inline(source, type, params, cx) if early else []
        for each in entered:
            source.line(f"if not {each}.may_enter: {own}.enter_from(None)")
        for each in entered:
            source.line(f"{each}.may_enter = False")
        source.line(f"previous = {state}.current")
        if with_handles:
            source.line(f"{state}.current = {cx}.scope = task = {source.name(Task)}({own})")
        else:  # nothing is lent, so one task can serve call after call
            task = source.name(Task(instance))
            source.line(f"{state}.current = {task}")
            source.line(f"{task}.storage = {source.name((0, 0))}")
        with source.block("try:"):
            if not early:
                with source.block("try:"):
                    if inlined:
                        flat = _lower_inline(source, type, params, cx)
                    else:
                        source.line(f"flat = {source.name(binding_.lower_params)}({cx}, ({given}{',' if params else ''}))")
                        flat = ["*flat"]
                with source.block(
                    f"except {source.name(Invalid)}:"
                ):  # the host's values were not of the type; the guest has not run
                    for each in entered:
                        source.line(f"{each}.may_enter = True")
                    source.line("raise")
            _call(source, core, f"{source.name(core[0])}({', '.join(flat)})")
            value = _lift(source, type, binding_, cx)
            if with_handles:
                source.line("task.return_()")
            if opts.post_return is not None:
                source.line(f"{own}.may_leave = False")
                many = len(binding.lifted.results) != 1
                results = f"*{source.name(results_of)}(result)" if many else "result"
                source.line(f"{source.name(opts.post_return)}({results})")
                source.line(f"{own}.may_leave = True")
        with source.block("finally:"):
            source.line(f"{state}.current = previous")
        for each in entered:
            source.line(f"{each}.may_enter = True")
        source.line(f"return {value}")
    return source.function("call")


def _lower_inline(source: inline.Source, type: FuncType[Any], params: list[str], cx: str) -> list[str]:
    def string(value: str) -> tuple[str, str]:
        pointer, units = source.fresh(), source.fresh()
        check, prim = source.name(check_prim), source.name(Prim.STRING)
        source.line(f"if {value}.__class__ is not str: {value} = {check}({value}, {prim})")
        source.line(f"{pointer}, {units} = {source.name(store_string_into_range)}({cx}, {value})")
        return pointer, units

    return [flat for p, value in zip(type.params, params, strict=True) for flat in inline.lower(source, p.type, value, string)]


def _call(source: inline.Source, core: Direct, call: str) -> None:
    if core[1] is None:
        source.line(f"result = {call}")
        return
    source.line(f"try: result = {call}")
    source.line(f"except Exception as error: raise {source.name(core[1])}(error) from None")


def _lift(source: inline.Source, type: FuncType[Any], binding: CompiledBinding, cx: str) -> str:
    """An expression of the result."""
    if type.result is None:
        return "None"
    if inline.is_inline(type.result) and not inline.has_string(type.result) and len(layout.flatten_type(type.result)) == 1:
        flat: Iterator[str] = iter(["result"])
        source.line(f"value = {inline.lift(source, type.result, flat, lambda pointer, length: '', False)}")
    else:
        source.line(f"value = {source.name(binding.lift_results)}({cx}, result)")
    return "value"


def _wrong_count(name: str, count: int) -> Callable[..., None]:
    def wrong(*args: Any) -> None:
        raise Invalid(f"`{name}` takes {count} arguments, found {sum(arg is not _Missing for arg in args)}")

    return wrong
