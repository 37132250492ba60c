"""🧵 Built-ins of threads (CanonicalABI.md, "canon thread.index" and what follows). Those of shared threads (🧵②) trap in words."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType
from typing import Any

from pycm_core.abi.handles import canonical_trap
from pycm_core.abi.instance import cannot_block
from pycm_core.abi.layout import I32, I64
from pycm_core.base.errors import Trap, TrapKind
from pycm_core.base.writer import name, sized, unsigned, vector
from pycm_core.component import syntax as s
from pycm_core.runtime.builtins.context import Blocking, BuiltinContext, Made, signature, u32
from pycm_core.runtime.store import Steps
from pycm_core.runtime.tasks import ConcurrentTask, Thread
from pycm_core.wasm.syntax.types import FuncType, NumType


def _current(c: BuiltinContext) -> Thread:
    c.instance.check_may_leave()
    thread = c.store.current_thread()
    if not isinstance(thread, Thread):
        raise cannot_block()
    return thread


def _other(c: BuiltinContext, index: int, rule: str, suspended: bool = True) -> Thread:
    try:
        other: Thread = c.instance.threads.get(u32(index))
    except Trap:
        raise canonical_trap(f"unknown thread index {index}", rule) from None
    if suspended and not other.suspended():
        raise canonical_trap("cannot resume thread which is not suspended", rule)
    return other


def _index(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call() -> int:
        index = _current(c).index
        assert index is not None
        return index

    return signature(0, 1), call


def _resume_later(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def call(index: int) -> None:
        c.instance.check_may_leave()
        _other(c, index, "canon thread.resume-later").resume_later()

    return signature(1, 0), call


def _suspend(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def steps() -> Steps:
        return int((yield from _current(c).suspend(d.cancellable)))

    return signature(0, 1), Blocking(steps)


def _yield(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    def steps() -> Steps:
        c.instance.check_may_leave()
        thread = c.store.current_thread()
        if not isinstance(thread, Thread):  # nobody else could run
            return 0
        return int((yield from thread.yield_(d.cancellable)))

    return signature(0, 1), Blocking(steps)


def _switch(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    rule, come_back, promote = f"canon {d.name}", "yield" in d.name, d.name.endswith("promote")

    def steps(index: int) -> Steps:
        thread = _current(c)
        other = _other(c, index, rule, suspended=not promote)
        go = thread.promote if promote else thread.switch
        return int((yield from go(other, d.cancellable, come_back)))

    return signature(1, 1), Blocking(steps)


def table_bridge(address: NumType, argument: NumType, table64: bool) -> bytes:
    """A core module that imports a table `"" "t"` and exports `check`, whether an element has the type of a thread's function, and `call`."""
    code = {I32: 0x7F, I64: 0x7E}
    start = b"\x60" + vector((bytes([code[argument]]),)) + vector(())
    check = b"\x60" + vector((bytes([code[address]]),)) + vector((b"\x7f",))
    call = b"\x60" + vector((bytes([code[address]]), bytes([code[argument]]))) + vector(())
    table = name("") + name("t") + b"\x01\x70" + (b"\x04\0" if table64 else b"\0\0")
    bodies = (
        b"\0\x20\0\x25\0\xfb\x14\0\x0b",  # local.get 0, table.get 0, ref.test (ref 0)
        b"\0\x20\x01\x20\0\x11\0\0\x0b",  # local.get 1, local.get 0, call_indirect
    )
    sections = (
        (1, (start, check, call)),
        (2, (table,)),
        (3, (unsigned(1), unsigned(2))),
        (7, (name("check") + b"\0\0", name("call") + b"\0\x01")),
        (10, tuple(sized(body) for body in bodies)),
    )
    return b"\0asm\x01\0\0\0" + b"".join(bytes([id]) + sized(vector(items)) for id, items in sections)


def _new_indirect(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
    rule = "canon thread.new-indirect"
    argument: NumType = c.type.type.params[0]  # of a subtype, whose function type validation has checked
    store, core = c.store, c.store.core
    made: dict[str, Any] = {}

    def functions() -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Made when the first thread is, since it needs more of the engine than most components do."""
        if not made:
            binary = table_bridge(I32, argument, False)
            instance = core.instantiate(store.engine.compile(binary), {"": {"t": c.table}})
            made["check"] = core.bind(instance["check"], FuncType((I32,), (I32,)))
            make = core.bind_steps if store.suspends else core.bind
            made["call"] = make(instance["call"], FuncType((I32, argument), ()))
        return made["check"], made["call"]

    def call(index: int, context: int) -> int:
        c.instance.check_may_leave()
        task = store.current_thread().task
        if not isinstance(task, ConcurrentTask):
            raise cannot_block()
        check, start = functions()
        try:
            fits = check(index)
        except Trap:
            raise canonical_trap(f"there is no element {u32(index)} in the table", rule) from None
        if not fits:
            raise canonical_trap("start function does not match the expected type", rule)

        def body() -> Generator[Any, Any, None]:
            result = start(index, context)
            if store.suspends:
                yield from result
            task.unregister_thread(thread)

        thread = Thread(store, task, body())
        task.register_thread(thread)
        assert thread.index is not None
        return thread.index

    return FuncType((I32, argument), (I32,)), call


def _shared(params: int) -> Callable[[BuiltinContext, s.CanonBuiltin], Made]:
    def maker(c: BuiltinContext, d: s.CanonBuiltin) -> Made:
        def call(*args: Any) -> Any:
            raise Trap(
                f"the built-in `{d.name}` cannot be run by this version",
                kind=TrapKind.UNSUPPORTED,
                hint="shared threads need shared memories, which no engine here has",
            )

        return signature(params, 1), call

    return maker


MAKERS: Mapping[str, Callable[[BuiltinContext, s.CanonBuiltin], Made]] = MappingProxyType(
    {
        "thread.index": _index,
        "thread.new-indirect": _new_indirect,
        "thread.resume-later": _resume_later,
        "thread.suspend": _suspend,
        "thread.yield": _yield,
        **{f"thread.{a}-then-{b}": _switch for a in ("suspend", "yield") for b in ("resume", "promote")},
        "thread.spawn-ref": _shared(2),
        "thread.spawn-indirect": _shared(2),
        "thread.available-parallelism": _shared(0),
    }
)
"""By name."""
