"""What is worth knowing of a function before it is compiled."""

from __future__ import annotations

from pycm_core.wasm.syntax.instructions import BY_NAME, ELSE, END, LOOP, OPENERS
from pycm_core.wasm.syntax.module import Expr

_GET, _SET, _TEE = (BY_NAME[name] for name in ("local.get", "local.set", "local.tee"))
_MIXING = frozenset(BY_NAME[f"{type}.{name}"] for type in ("i32", "i64") for name in ("xor", "rotl", "rotr"))


TURNS = OPENERS | {ELSE, END} | {op for name, op in BY_NAME.items() if name.startswith(("br", "return", "throw", "unreachable"))}
"""Where control may go somewhere else."""


def unset_locals(body: Expr, params: int) -> set[int]:
    """Locals, parameters aside, whose default value may be read.

    It cannot be when the first instruction with the local sets it, and all others are in the same block or deeper: in structured
    code, control gets behind an instruction within its block only through the instruction.
    """
    blocks = [0]
    """Numbers of the open blocks."""
    count = 0
    first: dict[int, int] = {}
    unset: set[int] = set()
    for instr in body.instrs:
        op = instr[0]
        if op in OPENERS:
            count += 1
            blocks.append(count)
        elif op is END:
            blocks.pop()
        elif op is ELSE:
            count += 1
            blocks[-1] = count
        elif op is _SET or op is _TEE or op is _GET:
            index = instr[1]
            if index in first:
                if first[index] not in blocks:
                    unset.add(index)
            elif op is _GET:
                unset.add(index)
                first[index] = 0
            else:
                first[index] = blocks[-1]
    return {index for index in unset if index >= params}


def mixes(body: Expr) -> bool:
    """Whether the function mixes bits, as hashes and ciphers do."""
    return sum(instr[0] in _MIXING for instr in body.instrs) * 16 > len(body.instrs)


SHORT = 200
"""How many instructions are looked at in no time."""


def lasting(body: Expr) -> bool:
    """Whether it takes long to find out about a function what makes it fast, and one call of it is not likely to take long itself.

    A loop in a loop may well run until the program ends, so a function with one is compiled well at once.
    """
    if len(body.instrs) <= SHORT:
        return False
    open: list[bool] = []
    loops = deepest = 0
    for instr in body.instrs:
        op = instr[0]
        if op in OPENERS:
            open.append(op is LOOP)
            loops += op is LOOP
            deepest = max(deepest, loops)
        elif op is END:
            loops -= open.pop()
    return deepest == 1
