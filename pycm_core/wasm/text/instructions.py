"""Instructions in the text format (core specification, "Text Format", "Instructions"): flat and folded, without recursion."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from pycm_core.base.errors import Malformed
from pycm_core.wasm.binary.names import NameKind
from pycm_core.wasm.syntax.instructions import (
    BY_NAME,
    CATCH_KINDS,
    ELSE,
    END,
    IF,
    OPENERS,
    OPS,
    TRY_TABLE,
    Catch,
    Imm,
    Instr,
    Op,
)
from pycm_core.wasm.syntax.module import Expr
from pycm_core.wasm.syntax.types import ValType
from pycm_core.wasm.text import numbers
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import Kind, SList, Token, identifier
from pycm_core.wasm.text.spaces import IndexSpace, Labels, Spaces
from pycm_core.wasm.text.types import heaptype, reftype, signature, valtype

KEYWORDS = {op.name: op for op in OPS if "~" not in op.name}
"""Instructions by keyword; of two opcodes with the same keyword, the first."""

_SELECT_T = BY_NAME["select~t"]
_END_INSTR: Instr = (END,)
_ELSE_INSTR: Instr = (ELSE,)

# What a list of instructions is, and so what its end means.
_ROOT, _OPERANDS, _BLOCK, _IF, _THEN, _OTHERWISE = range(6)


class _Frame:
    """A list being read: its cursor, and what to do when it ends."""

    __slots__ = ("at", "cursor", "instr", "label", "opened", "role")

    def __init__(self, role: int, cursor: Cursor, instr: Instr | None = None, at: int = 0, label: str | None = None) -> None:
        self.role = role
        self.cursor = cursor
        self.instr = instr
        self.at = at
        self.label = label
        """Of the `if` of a folded one, in scope only once its condition is over."""
        self.opened: list[tuple[Op, str | None]] = []
        """Flat blocks of this list that are still open, with their labels."""


class Body:
    """Parses one expression."""

    __slots__ = ("block_count", "frames", "func", "instrs", "labels", "locals", "places", "spaces")

    def __init__(self, spaces: Spaces, locals: IndexSpace | None = None, func: int | None = None) -> None:
        self.spaces = spaces
        self.locals = IndexSpace("local") if locals is None else locals
        self.func = func
        """The index of the function, when this is its body: its labels get names."""
        self.labels = Labels()
        self.instrs: list[Instr] = []
        self.places = array("Q")
        self.frames: list[_Frame] = []
        self.block_count = 0

    def parse(self, c: Cursor) -> Expr:
        """Instructions up to the end of the list."""
        return self._run(_Frame(_ROOT, c))

    def parse_folded(self, c: Cursor) -> Expr:
        """One folded instruction."""
        node = c.peek()
        if not isinstance(node, SList):
            raise c.unexpected("an instruction in parentheses")
        c.pos += 1
        root = _Frame(_OPERANDS, Cursor(c.source, SList(node.start)), None, node.end - 1)
        self.frames.append(root)
        self._folded(node, c)
        self._loop()
        return self._expr(node.end - 1)

    def _expr(self, end: int) -> Expr:
        self.places.append(end)
        return Expr(tuple(self.instrs), self.places)

    def _run(self, root: _Frame) -> Expr:
        self.frames.append(root)
        self._loop()
        return self._expr(root.cursor.at)

    def _emit(self, instr: Instr, at: int) -> None:
        self.instrs.append(instr)
        self.places.append(at)

    def _loop(self) -> None:
        frames = self.frames
        while frames:
            frame = frames[-1]
            c = frame.cursor
            node = c.peek()
            if node is None:
                self._finish(frame)
            elif isinstance(node, SList):
                if frame.role == _IF:
                    self._if_part(frame)
                    continue
                c.pos += 1
                self._folded(node, c)
            elif frame.role in (_OPERANDS, _IF):
                raise self._not_an_instruction(c)
            else:
                self._flat(frame, node)

    # --- flat

    def _flat(self, frame: _Frame, token: Token) -> None:
        c = frame.cursor
        op = KEYWORDS.get(token.text)
        if op is None or token.kind is not Kind.KEYWORD:
            raise self._not_an_instruction(c)
        c.pos += 1
        if op is END or op is ELSE:
            if not frame.opened:
                raise c.malformed(f"unexpected token: `{op.name}` without a block", token)
            opener, label = frame.opened[-1]
            self._closing_label(c, label)
            if op is ELSE:
                if opener is not IF:
                    raise c.malformed("unexpected token: `else` without `if`", token)
                frame.opened[-1] = (ELSE, label)
                self._emit(_ELSE_INSTR, token.start)
            else:
                frame.opened.pop()
                self.labels.pop()
                self._emit(_END_INSTR, token.start)
        elif op in OPENERS:
            label, instr = self._block(op, c)
            frame.opened.append((op, label))
            self._emit(instr, token.start)
            self._enter(label)
        else:
            self._emit(self.plain(op, c), token.start)

    def _closing_label(self, c: Cursor, label: str | None) -> None:
        """The identifier that may be repeated behind `else` and `end`."""
        token = c.id()
        if token is not None and identifier(token, c.source) != label:
            raise c.malformed(f"mismatching label `{token.text}`", token)

    def _block(self, op: Op, c: Cursor) -> tuple[str | None, Instr]:
        """A block's label and its instruction."""
        label = c.id_name()
        type = self.blocktype(c)
        if op is TRY_TABLE:
            return label, (op, type, self._catches(c))
        return label, (op, type)

    def _enter(self, label: str | None) -> None:
        self.labels.push(label)
        if label is not None and self.func is not None:
            self.spaces.names.add_within(NameKind.LABEL, self.func, self.block_count, label)
        self.block_count += 1

    # --- folded

    def _folded(self, node: SList, outer: Cursor) -> None:
        """A list that is an instruction."""
        c = Cursor(outer.source, node)
        token = c.token(Kind.KEYWORD)
        op = None if token is None else KEYWORDS.get(token.text)
        if token is None or op is None or op is END or op is ELSE:
            outer.pos -= 1
            raise self._not_an_instruction(outer)
        c.pos += 1
        if op not in OPENERS:
            self.frames.append(_Frame(_OPERANDS, c, self.plain(op, c), token.start))
            return
        label, instr = self._block(op, c)
        if op is IF:
            self.frames.append(_Frame(_IF, c, instr, token.start, label))
            return
        self._emit(instr, token.start)
        self._enter(label)
        self.frames.append(_Frame(_BLOCK, c))

    def _if_part(self, frame: _Frame) -> None:
        """The next list in a folded `if`: a part of its condition, `(then ...)`, or `(else ...)`."""
        c = frame.cursor
        then = c.list("then")
        if then is not None:
            if frame.instr is None:
                c.pos -= 1
                raise c.unexpected("`(else`")
            self._emit(frame.instr, frame.at)
            frame.instr = None
            self._enter(frame.label)
            self.frames.append(_Frame(_THEN, then))
            return
        if frame.instr is None:
            otherwise = c.expect_list("else")
            self._emit(_ELSE_INSTR, c.at)
            self.frames.append(_Frame(_OTHERWISE, otherwise))
            return
        node = c.next()
        assert isinstance(node, SList)
        self._folded(node, c)

    def _finish(self, frame: _Frame) -> None:
        """A list is over."""
        c = frame.cursor
        if frame.opened:
            raise c.unexpected("`end`")
        self.frames.pop()
        if frame.role == _OPERANDS:
            if frame.instr is not None:
                self._emit(frame.instr, frame.at)
        elif frame.role == _BLOCK:
            self.labels.pop()
            self._emit(_END_INSTR, c.end - 1)
        elif frame.role == _IF:
            raise c.unexpected("`(then`")
        elif frame.role in (_THEN, _OTHERWISE):
            outer = self.frames[-1]
            if frame.role == _OTHERWISE or outer.cursor.done:
                outer.cursor.finish()
                self.frames.pop()
                self.labels.pop()
                self._emit(_END_INSTR, outer.cursor.end - 1)

    def _not_an_instruction(self, c: Cursor) -> Malformed:
        """What is next at the cursor is no instruction."""
        node = c.peek()
        word = c.head() if isinstance(node, SList) else node.text if isinstance(node, Token) else None
        if isinstance(node, Token) and node.kind in (Kind.KEYWORD, Kind.RESERVED) and word not in KEYWORDS:
            return c.malformed(f"unknown operator `{node.text[:80]}`", node)
        if word is not None and word not in KEYWORDS and word not in _STRUCTURE:
            return c.malformed(f"unknown operator `{word[:80]}`", node)
        return c.unexpected("an instruction")

    # --- immediates

    def blocktype(self, c: Cursor) -> ValType | int | None:
        """Nothing, one result, or a type use ("Block Instructions")."""
        if c.head() == "type":
            return self.spaces.type_use(c, bind=False)[0]
        start = c.pos
        params, results = signature(c, self.spaces.types.index, bind=False)
        if not params and len(results) <= 1:
            return results[0] if results else None
        c.pos = start
        return self.spaces.type_use(c, bind=False)[0]

    def _catches(self, c: Cursor) -> tuple[Catch, ...]:
        catches = []
        while c.head() in CATCH_KINDS:
            kind = c.head()
            assert kind is not None
            inner = c.expect_list(kind)
            tag = self.spaces.tags.index(inner) if kind in CATCH_KINDS[:2] else None
            catches.append(Catch(kind, tag, self.labels.index(inner)))
            inner.finish()
        return tuple(catches)

    def plain(self, op: Op, c: Cursor) -> Instr:
        """An instruction that is no block, from behind its keyword."""
        immediates = op.immediates
        if not immediates:
            if op.name == "select" and c.head() == "result":
                types: list[ValType] = []
                while (inner := c.list("result")) is not None:
                    while not inner.done:
                        types.append(valtype(inner, self.spaces.types.index))
                return (_SELECT_T, tuple(types))
            return (op,)
        special = _SPECIAL.get(op.name)
        if special is not None:
            return special(self, op, c)
        if immediates[0] is Imm.MEMARG:
            return _memory_access(self, op, c)
        if len(immediates) == 1:
            return (op, _PARSE[immediates[0]](self, c))
        return (op, *[_PARSE[imm](self, c) for imm in immediates])


_STRUCTURE = frozenset(
    {"param", "result", "local", "type", "then", "else", "end", "func", "export", "import", "item", "mut", "ref"}
)
"""Keywords of other constructs: unexpected among instructions, but not unknown."""


def _index(space: str) -> Callable[[Body, Cursor], int]:
    return lambda body, c: getattr(body.spaces, space).index(c)


def _float(bits: int) -> Callable[[Body, Cursor], int]:
    return lambda body, c: c.number(lambda text: numbers.floating(text, bits), f"f{bits}", Kind.KEYWORD)


def _int(bits: int) -> Callable[[Body, Cursor], int]:
    return lambda body, c: c.number(lambda text: numbers.integer(text, bits), f"i{bits}")


def _u8(c: Cursor) -> int:
    return c.number(lambda text: numbers.unsigned(text, 8), "i8")


_SHAPES: dict[str, tuple[str, int, int]] = {
    "i8x16": ("i", 8, 16),
    "i16x8": ("i", 16, 8),
    "i32x4": ("i", 32, 4),
    "i64x2": ("i", 64, 2),
    "f32x4": ("f", 32, 4),
    "f64x2": ("f", 64, 2),
}


def v128(c: Cursor) -> bytes:
    """A shape and its lanes, as 16 bytes ("Vector Instructions")."""
    kind, bits, count = _SHAPES[c.expect_keyword(*_SHAPES)]
    out = b""
    for _ in range(count):
        node = c.peek()
        if not isinstance(node, Token):
            raise c.malformed(f"wrong number of lane literals: expected {count}", node)
        if kind == "f":
            value = c.number(lambda text: numbers.floating(text, bits), f"f{bits}", Kind.KEYWORD)
        else:
            value = c.number(lambda text: numbers.integer(text, bits), f"i{bits}")
        out += (value & ((1 << bits) - 1)).to_bytes(bits // 8, "little")
    if isinstance(c.peek(), Token) and c.token(Kind.NUMBER) is not None:
        raise c.malformed(f"wrong number of lane literals: expected {count}")
    return out


def _lanes(body: Body, c: Cursor) -> bytes:
    lanes = []
    while c.token(Kind.NUMBER) is not None:
        lanes.append(_u8(c))
    if len(lanes) != 16:
        raise c.malformed(f"invalid lane length: expected 16 lane indices, found {len(lanes)}")
    return bytes(lanes)


_PARSE: dict[Imm, Callable[[Body, Cursor], Any]] = {
    Imm.LABEL: lambda body, c: body.labels.index(c),
    Imm.LOCAL: lambda body, c: body.locals.index(c),
    Imm.GLOBAL: _index("globals"),
    Imm.FUNC: _index("funcs"),
    Imm.TYPE: _index("types"),
    Imm.TABLE: _index("tables"),
    Imm.MEM: _index("memories"),
    Imm.ELEM: _index("elems"),
    Imm.DATA: _index("datas"),
    Imm.TAG: _index("tags"),
    Imm.COUNT: lambda body, c: c.u32(),
    Imm.HEAP: lambda body, c: heaptype(c, body.spaces.types.index),
    Imm.LANE: lambda body, c: _u8(c),
    Imm.LANES: _lanes,
    Imm.I32: _int(32),
    Imm.I64: _int(64),
    Imm.F32: _float(32),
    Imm.F64: _float(64),
    Imm.V128: lambda body, c: v128(c),
}


def _power(text: str) -> int | None:
    return numbers.unsigned(text, 32)


def _memarg_part(c: Cursor, word: str, bits: int) -> int | None:
    """`offset=n` or `align=n`, if it is next."""
    token = c.token(Kind.KEYWORD)
    if token is None or not token.text.startswith(word):
        return None
    try:
        value = numbers.unsigned(token.text[len(word) :], bits)
    except numbers.OutOfRange:
        raise c.malformed(f"constant out of range: `{token.text[:80]}`", token) from None
    if value is None:
        raise c.malformed(f"unknown operator `{token.text[:80]}`", token)
    c.pos += 1
    return value


def _memory_access(body: Body, op: Op, c: Cursor) -> Instr:
    """A memory index, an offset, an alignment, and a lane where there is one ("Memory Instructions")."""
    memories = body.spaces.memories
    memory = 0
    if memories.at_index(c) and (op.lanes is None or c.token(Kind.ID) is not None or _another_number(c)):
        memory = memories.index(c)
    offset = _memarg_part(c, "offset=", 64) or 0
    token = c.peek()
    align = _memarg_part(c, "align=", 64)
    assert op.align is not None
    exponent = op.align
    if align is not None:
        if align == 0 or align & (align - 1):
            raise c.malformed("alignment must be a power of two", token)
        exponent = align.bit_length() - 1
    if op.lanes is None:
        return (op, exponent, offset, memory)
    return (op, exponent, offset, memory, _u8(c))


def _another_number(c: Cursor) -> bool:
    """Whether a number follows the next token, perhaps behind a memory argument: then the first is a memory index."""
    start = c.pos
    c.next()
    word = c.token(Kind.KEYWORD)
    found = c.token(Kind.NUMBER) is not None or (word is not None and word.text.startswith(("offset=", "align=")))
    c.pos = start
    return found


def _optional(body: Body, op: Op, c: Cursor) -> Instr:
    """One index that is 0 when left away."""
    space = body.spaces.memories if op.immediates[0] is Imm.MEM else body.spaces.tables
    return (op, space.index(c) if space.at_index(c) else 0)


def _copy(body: Body, op: Op, c: Cursor) -> Instr:
    """Two indices that are 0 when left away."""
    space = body.spaces.memories if op.immediates[0] is Imm.MEM else body.spaces.tables
    if not space.at_index(c):
        return (op, 0, 0)
    return (op, space.index(c), space.index(c))


def _init(body: Body, op: Op, c: Cursor) -> Instr:
    """A memory or table index that is 0 when left away, then a segment."""
    in_memory = op.immediates[0] is Imm.DATA
    space = body.spaces.memories if in_memory else body.spaces.tables
    segments = body.spaces.datas if in_memory else body.spaces.elems
    start = c.pos
    c.next("an index")
    two = segments.at_index(c)
    c.pos = start
    target = space.index(c) if two else 0
    return (op, segments.index(c), target)


def _call_indirect(body: Body, op: Op, c: Cursor) -> Instr:
    """A table index that is 0 when left away, then a type use."""
    tables = body.spaces.tables
    table = tables.index(c) if tables.at_index(c) else 0
    return (op, body.spaces.type_use(c, bind=False)[0], table)


def _br_table(body: Body, op: Op, c: Cursor) -> Instr:
    labels = [body.labels.index(c)]
    while isinstance(node := c.peek(), Token) and node.kind in (Kind.ID, Kind.NUMBER):
        labels.append(body.labels.index(c))
    return (op, tuple(labels[:-1]), labels[-1])


def _br_on_cast(body: Body, op: Op, c: Cursor) -> Instr:
    types = body.spaces.types.index
    return (op, body.labels.index(c), reftype(c, types), reftype(c, types))


def _cast(body: Body, op: Op, c: Cursor) -> Instr:
    """The nullability is in the opcode."""
    type = reftype(c, body.spaces.types.index)
    return (BY_NAME[op.name + "~null"] if type.nullable else op, type.heap)


def _field(body: Body, op: Op, c: Cursor) -> Instr:
    """A structure type and a field, which may be named."""
    type = body.spaces.types.index(c)
    return (op, type, body.spaces.fields.get(type, IndexSpace("field")).index(c))


_SPECIAL: dict[str, Callable[[Body, Op, Cursor], Instr]] = {
    **dict.fromkeys(("memory.size", "memory.grow", "memory.fill"), _optional),
    **dict.fromkeys(("table.get", "table.set", "table.size", "table.grow", "table.fill"), _optional),
    **dict.fromkeys(("memory.copy", "table.copy"), _copy),
    **dict.fromkeys(("memory.init", "table.init"), _init),
    **dict.fromkeys(("call_indirect", "return_call_indirect"), _call_indirect),
    **dict.fromkeys(("br_on_cast", "br_on_cast_fail"), _br_on_cast),
    **dict.fromkeys(("ref.test", "ref.cast"), _cast),
    **dict.fromkeys(("struct.get", "struct.get_s", "struct.get_u", "struct.set"), _field),
    "br_table": _br_table,
}
