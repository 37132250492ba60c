"""Callees that often have nothing to do: `if (n < 2) return n;` at the start of a function is asked by the caller, before it calls."""

from __future__ import annotations

from dataclasses import dataclass

from pycm_core.wasm.exec.emit import EMIT
from pycm_core.wasm.exec.function import FunctionCompiler
from pycm_core.wasm.exec.operands import Val, int_of
from pycm_core.wasm.exec.scales import counted
from pycm_core.wasm.exec.space import Space
from pycm_core.wasm.syntax.instructions import BLOCK, BY_NAME, IF, Instr

MAX_INSTRS = 8
"""Of a condition, and of a result."""

_GET, _BR_IF, _RETURN = BY_NAME["local.get"], BY_NAME["br_if"], BY_NAME["return"]
_CONSTS = frozenset((BY_NAME["i32.const"], BY_NAME["i64.const"]))
_PURE = frozenset(
    BY_NAME[f"{type}.{name}"]
    for type in ("i32", "i64")
    for name in ["add", "sub", "and", "or", "xor", "shl", "shr_u", "eqz", "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"]
) | _CONSTS  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guard:
    """A function that returns the value of `value` (nothing, when it is empty) where `cond` is true or, when `unless`, where it is not."""

    cond: tuple[Instr, ...]
    value: tuple[Instr, ...]
    unless: bool
    at: int
    """Where the condition is used."""

    def of(self, c: FunctionCompiler, args: list[Val]) -> tuple[str, str]:
        """The texts of both, for arguments that are atoms."""
        cond = test(_evaluated(c, self.cond, args)).text
        value = c.rest(_evaluated(c, self.value, args)).text if self.value else ""
        return f"(not {cond})" if self.unless else cond, value


def _evaluated(c: FunctionCompiler, instrs: tuple[Instr, ...], args: list[Val]) -> Val:
    for instr in instrs:
        if instr[0] is _GET:
            v = args[instr[1]]
            c.push(Val(v.type, v.text, v.low, v.high, const=v.const).digits(v.bits, v.rest))
        else:
            EMIT[instr[0]](c, instr)
    return c.pop()


def test(v: Val) -> Val:
    """A number as a truth value."""
    ints = int_of(v.type)
    assert ints is not None
    if v.test or (-ints.mask <= v.low and v.high <= ints.mask):
        return counted(v)
    return ints.canonical(v)


def guard(space: Space, index: int) -> Guard | None:
    """The guard of a function, if it starts with one."""
    if index not in space.guards:
        space.guards[index] = None if index < space.imported else _guard(space, index)
    found: Guard | None = space.guards[index]
    return found


def _guard(space: Space, index: int) -> Guard | None:
    instrs = space.bodies[index - space.imported].body.instrs
    type = space.funcs[index]
    if len(type.results) > 1 or len(instrs) < 4:
        return None
    block = instrs[0][0] is BLOCK and instrs[0][1] is None
    start = int(block)
    params = len(type.params)
    at = _simple(instrs, start, params)
    if at is None:
        return None
    cond = instrs[start:at]
    op, *rest = instrs[at]
    if op is _BR_IF and rest[0] == start and not type.results:
        return Guard(cond, (), False, at) if _pushed(cond) == 1 else None
    if not (op is IF and rest[0] is None) and not (op is _BR_IF and block and rest[0] == 0):
        return None
    end = _simple(instrs, at + 1, params)
    if end is None or instrs[end][0] is not _RETURN:
        return None
    value = instrs[at + 1 : end]
    if _pushed(cond) != 1 or _pushed(value) != len(type.results):
        return None
    return Guard(cond, value, op is _BR_IF, at)


def _pushed(instrs: tuple[Instr, ...]) -> int:
    """How many operands are left."""
    return sum(1 if op is _GET else len(op.results) - len(op.params or ()) for op, *_ in instrs)


def _simple(instrs: tuple[Instr, ...], at: int, params: int) -> int | None:
    """Where instructions end that neither trap nor change anything, and read nothing but parameters."""
    for i in range(at, min(len(instrs), at + MAX_INSTRS)):
        op = instrs[i][0]
        if op is _GET:
            if instrs[i][1] >= params:
                return None
        elif op not in _PURE:
            return i
    return None
