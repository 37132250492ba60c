"""From one function of a module to a Python code object, with the way back from its lines to instructions."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType

from pycm_core.base.errors import Exhaustion, InternalError
from pycm_core.wasm.exec import aggregates, blocks, floats, integers, references, storage, vectors
from pycm_core.wasm.exec.control import Suite, TooDeep, write
from pycm_core.wasm.exec.emit import EMIT
from pycm_core.wasm.exec.function import FunctionCompiler
from pycm_core.wasm.exec.inline import Guard, guard
from pycm_core.wasm.exec.operands import F32, F64, Val
from pycm_core.wasm.exec.ranges import SMALL_ARGUMENT, SMALL_MEMORY, STACK_ALIGNMENT
from pycm_core.wasm.exec.space import Form, Space, global_text
from pycm_core.wasm.exec.tree import Node
from pycm_core.wasm.syntax.instructions import BY_NAME
from pycm_core.wasm.syntax.module import Expr, Func
from pycm_core.wasm.syntax.types import FuncType, RefType, ValType

TABLES = (aggregates, blocks, floats, integers, references, storage, vectors)
"""The modules that fill `EMIT`."""

_CALL = BY_NAME["call"]

FRAMES = 16_000
"""How many Python calls may be in each other: a guest nests its blocks as deep as it likes."""
FILE = "<wasm>"
"""The file name of generated code."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A function as Python code. `lines[n]` is the instruction that line `n` belongs to; `names` are constants it reads.

    `stacks` has, for functions that stop, the operands before each instruction; `inner` the functions whose `Form.INNER` it calls;
    `assumes`: it may call its own `Form.WIDE`; `views`: of which memories it reads which views that start further in.
    """

    code: CodeType
    lines: Sequence[int]
    names: dict[str, float]
    source: str
    stacks: dict[int, tuple[Val, ...]]
    inner: frozenset[int]
    assumes: bool
    views: frozenset[tuple[int, str]]


def default(type: ValType) -> str:
    """The default value of a type ("Default Values")."""
    if isinstance(type, RefType):
        return "None"
    return "0.0" if type is F32 or type is F64 else "0"


def translate(space: Space, func: Func, index: int, form: Form) -> Translated:
    """Compile function `index`. Raises `Exhaustion` when it is nested deeper than Python can hold."""
    type = space.funcs[index]
    locals: list[ValType] = list(type.params)
    for count, run in func.locals:
        locals.extend([space.types.close(run)] * count)
    asked = guard(space, index)
    recursive = asked is not None and any(instr[0] is _CALL and instr[1] == index for instr in func.body.instrs)
    return _translate(
        space, type, locals, func.body, f"{form.value}{index}", form, asked if form is Form.INNER else None, recursive
    )


def translate_constant(space: Space, expr: Expr, type: ValType) -> Translated:
    """Compile a constant expression to a function without parameters."""
    return _translate(space, FuncType((), (type,)), [], expr, "constant", Form.PLAIN)


def _translate(
    space: Space,
    type: FuncType,
    locals: list[ValType],
    body: Expr,
    name: str,
    form: Form,
    asked: Guard | None = None,
    recursive: bool = False,
) -> Translated:
    """`asked`: what callers asked, whose answer is known inside. `recursive`: it calls itself, and asks first."""
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(max(limit, FRAMES))
        c = FunctionCompiler(space, type, locals, body, form)
        c.recursive = recursive
        nodes = _compiled(c, asked)
        if any(c.better()) or c.ranges.rounds:
            first = c
            c = FunctionCompiler(space, type, locals, body, form, first)
            nodes = _compiled(c, asked)
        for flat in (False, True):
            try:
                text, lines = _source(c, nodes, name, len(type.params), flat)
            except TooDeep:
                if not c.ranges.rounds:
                    raise
                c.ranges.rounds = {}
                c = FunctionCompiler(space, type, locals, body, form, first)
                text, lines = _source(c, _compiled(c, asked), name, len(type.params), True)
            try:
                module = compile(text, FILE, "exec", dont_inherit=True)
            except (SyntaxError, MemoryError):  # nested too deep for Python
                continue
            code = next(constant for constant in module.co_consts if isinstance(constant, CodeType))
            assumes = bool(_exceptions(c))
            return Translated(code, lines, c.names, text, c.stacks, frozenset(c.inner), assumes, frozenset(c.views))
    except (TooDeep, RecursionError):
        pass
    finally:
        sys.setrecursionlimit(limit)
    raise Exhaustion(f"function `{name}` is nested too deeply to be compiled")


def _compiled(c: FunctionCompiler, asked: Guard | None) -> list[Node]:
    if asked is not None:
        c.asked_at, c.answer = asked.at, asked.unless
    return c.compile(EMIT)


def _source(c: FunctionCompiler, nodes: list[Node], name: str, params: int, flat: bool) -> tuple[str, array[int]]:
    """The text of the function, and the instruction of each line (line 0 is not used)."""
    lines = [f"def {name}({', '.join(f'l{i}' for i in range(params))}):"]
    places = array("L", (0, 0))

    def put(text: str) -> None:
        lines.append(text)
        places.append(0)

    if c.globals:
        put(f" global {', '.join(sorted(c.globals))}")
    inits: dict[str, list[str]] = {}
    for i in sorted(c.inits):
        inits.setdefault(default(c.locals[i]), []).append(f"l{i}")
    for value, names in inits.items():
        for start in range(0, len(names), 64):
            put(f" {' = '.join(names[start : start + 64])} = {value}")
    for bound in sorted(c.bound):
        put(f" _{bound} = {bound}")
    large = _exceptions(c)
    if large:
        put(f" if {' or '.join(large)}: return {Form.WIDE.value}{name[1:]}({', '.join(f'l{i}' for i in range(params))})")
    if c.form.suspends:
        put(" if False: yield")
    _indent(write(nodes, flat), " ", lines, places)
    return "\n".join(lines) + "\n", places


def _exceptions(c: FunctionCompiler) -> list[str]:
    """Conditions under which what is assumed of arguments, memories and the stack does not hold."""
    large = 0xFFFF_FFFF ^ SMALL_ARGUMENT
    found = [f"l{i} & {large | (1 << bits) - 1}" if bits else f"l{i} > {SMALL_ARGUMENT}" for i, bits in c.ranges.small.items()]
    for i, room in c.ranges.frames.items():
        found.append(f"{global_text(c.space, i)} - {room} & {large | STACK_ALIGNMENT - 1}")
    return found + [f"len(m{i}) > {SMALL_MEMORY}" for i in c.ranges.near]


def _indent(suite: Suite, margin: str, lines: list[str], places: array[int]) -> None:
    for item in suite:
        if isinstance(item, tuple):
            text, where = item
            lines.append(margin + text)
            feeds = text.count("\n")
            if len(where) == feeds + 1:
                places.extend(where)
            elif feeds == 0:
                places.append(where[0] if where else places[-1])
            else:
                raise InternalError("a generated line has lost its places")
        else:
            _indent(item, margin + " ", lines, places)
