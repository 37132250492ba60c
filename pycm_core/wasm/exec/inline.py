"""Callees that often have nothing to do: `if (n < 2) return n;` at the start of a function is asked by the caller, before it calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pycm_core.wasm.exec.emit import EMIT
from pycm_core.wasm.exec.function import FunctionCompiler
from pycm_core.wasm.exec.operands import Val, int_of
from pycm_core.wasm.exec.scales import counted
from pycm_core.wasm.exec.space import Space
from pycm_core.wasm.syntax.instructions import BLOCK, BY_NAME, ELSE, END, IF, LOOP, OPENERS, Instr, Op
from pycm_core.wasm.syntax.module import Func
from pycm_core.wasm.syntax.types import ValType

MAX_INSTRS = 12
"""Of a condition, and of a result."""

_GET, _SET, _TEE, _BR, _BR_IF, _RETURN = (
    BY_NAME[name] for name in ("local.get", "local.set", "local.tee", "br", "br_if", "return")
)
_PURE = frozenset(
    BY_NAME[f"{type}.{name}"]
    for type in ("i32", "i64")
    for name in ["const", "add", "sub", "and", "or", "xor", "shl", "shr_u", "eqz", "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"]
) | {BY_NAME[name] for name in ("i64.extend_i32_s", "i64.extend_i32_u", "i32.wrap_i64")}  # fmt: skip

Instrs = tuple[Instr, ...]
Blocks = tuple[int, ...]
"""Where the open blocks start."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A function that returns the value of `value` (nothing, when it is empty) where `cond` is true or, when `unless`, where it is not."""

    cond: Instrs
    value: Instrs
    """Goes on with the locals as `cond` left them."""
    unless: bool
    at: int
    """Where the condition is used, if it is used once."""
    locals: Mapping[int, ValType]
    """Those that are no parameters; they start as zero."""

    def of(self, c: FunctionCompiler, args: list[Val]) -> tuple[str, str]:
        """The texts of both, for arguments that are atoms."""
        locals = dict(enumerate(args))
        for i, type in self.locals.items():
            ints = int_of(type)
            assert ints is not None
            locals[i] = ints.const(0)
        cond = test(_evaluated(c, self.cond, locals)).text
        value = c.rest(_evaluated(c, self.value, locals)).text if self.value else ""
        return f"(not {cond})" if self.unless else cond, value


def _evaluated(c: FunctionCompiler, instrs: Instrs, locals: dict[int, Val]) -> Val:
    for instr in instrs:
        op = instr[0]
        if op is _GET:
            v = locals[instr[1]]
            c.push(Val(v.type, v.text, v.low, v.high, const=v.const).digits(v.bits, v.rest) if v.atom else v)
        elif op is _SET:
            locals[instr[1]] = c.pop()
        elif op is _TEE:
            locals[instr[1]] = c.stack[-1]
        else:
            EMIT[op](c, instr)
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
    func = space.bodies[index - space.imported]
    instrs = func.body.instrs
    type = space.funcs[index]
    if len(type.results) > 1:
        return None
    at, cond, blocks = _path(instrs, 0, ())
    if at >= len(instrs) or _pushed(cond) != 1:
        return None
    op, *rest = instrs[at]
    if op is _BR_IF:
        ways = ((True, _behind(instrs, blocks, rest[0])), (False, (at + 1, blocks)))
    elif op is IF and rest[0] is None:
        ways = ((True, (at + 1, (*blocks, at))), (False, (_closing(instrs, at, ELSE) + 1, (*blocks, at))))
    else:
        return None
    again = any(instrs[block][0] is LOOP for block in blocks)
    for truth, (to, inside) in ways:
        end, value, _ = _path(instrs, to, inside)
        if _pushed(value) == len(type.results) and (end >= len(instrs) or instrs[end][0] is _RETURN):
            locals = _locals(space, func, len(type.params), cond + value)
            at = -1 if again else at
            return None if locals is None else Guard(cond, value if type.results else (), not truth, at, locals)
    return None


def _path(instrs: Instrs, at: int, blocks: Blocks) -> tuple[int, Instrs, Blocks]:
    """What is executed from a place on, as long as it neither traps nor changes anything but locals: where it ends, instructions, blocks."""
    found: list[Instr] = []
    while at < len(instrs) and len(found) < MAX_INSTRS:
        op, *rest = instrs[at]
        if (op is BLOCK or op is LOOP) and rest[0] is None and _pushed(tuple(found)) == 0:
            blocks = (*blocks, at)
        elif op is END:
            blocks = blocks[:-1]
        elif (op is _BR and not (rest[0] < len(blocks) and instrs[blocks[-1 - rest[0]]][0] is LOOP)) or op is ELSE:
            at, blocks = _behind(instrs, blocks, 0 if op is ELSE else rest[0])
            continue
        elif op in (_GET, _SET, _TEE) or op in _PURE:
            found.append(instrs[at])
        else:
            break
        at += 1
    return at, tuple(found), blocks


def _closing(instrs: Instrs, at: int, other: Op = END) -> int:
    """Where a block that starts at a place ends, or has its `other` operation."""
    depth = 0
    for pc in range(at, len(instrs)):
        op = instrs[pc][0]
        depth += (op in OPENERS) - (op is END)
        if depth == 0 or (depth == 1 and op is ELSE is other):
            return pc
    return len(instrs)


def _behind(instrs: Instrs, blocks: Blocks, label: int) -> tuple[int, Blocks]:
    """Where a branch out of blocks goes, and which of them are open there."""
    if label >= len(blocks):
        return len(instrs), ()
    return _closing(instrs, blocks[-1 - label]) + 1, blocks[: -1 - label]


def _pushed(instrs: Instrs) -> int:
    """How many operands are left."""
    return sum(
        op is _GET if op in (_GET, _TEE) else -1 if op is _SET else len(op.results) - len(op.params or ()) for op, *_ in instrs
    )


def _locals(space: Space, func: Func, params: int, instrs: Instrs) -> dict[int, ValType] | None:
    """The types of the locals that are no parameters; `None` if there is one that is no integer."""
    types: dict[int, ValType] = {}
    wanted = {rest[0] for op, *rest in instrs if op in (_GET, _SET, _TEE)}
    start = params
    for count, run in func.locals:
        types.update((i, space.types.close(run)) for i in wanted if start <= i < start + count)
        start += count
    return types if all(int_of(type) is not None for type in types.values()) else None
