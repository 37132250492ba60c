"""Memories (core specification, "Execution", "Memory Instructions").

A memory is a `bytearray` that keeps its identity, with a `memoryview` for each size of number: reading through a view takes half the time
of `struct`, so that is what aligned addresses do. All check bounds at the end; an address is never negative, since it is canonical
before the offset is added. What they raise becomes a trap in `faults`.
"""

from __future__ import annotations

from pycm_core.wasm.exec.emit import EMIT, emits
from pycm_core.wasm.exec.function import FunctionCompiler, places_of
from pycm_core.wasm.exec.items import VIEWED
from pycm_core.wasm.exec.operands import CALLS, F32, F64, INT32, INT64, READS, TRAPS, Int, Val, signed_text
from pycm_core.wasm.exec.scales import index
from pycm_core.wasm.exec.tree import Places
from pycm_core.wasm.syntax.instructions import BY_NAME, Instr
from pycm_core.wasm.syntax.types import NumType


def address_ints(c: FunctionCompiler, memory: int) -> Int:
    """The integers that address a memory."""
    return INT64 if c.space.memories[memory].limits.addr64 else INT32


def pop_address(c: FunctionCompiler) -> Val:
    """The operand that is an address. A call in it comes first: it might replace the view that Python would take before."""
    v = c.pop()
    return c.spill_in_order(v) if v.effect & CALLS else v


def address(c: FunctionCompiler, v: Val, offset: int, memory: int) -> Val:
    """The effective address as an expression; it may lie beyond the address type's range."""
    ints = address_ints(c, memory)
    bits, rest = v.bits, v.rest + offset
    if v.base is not None and not ints.is_canonical(v):
        return Val(ints.type, ints.wrapped(v.base, v.plus, offset), of=(v,)).digits(bits, rest)
    v = ints.canonical(v)
    if v.const is not None:
        return Val(ints.type, str(v.const + offset))
    stem, plus = (v.base, v.plus) if v.base is not None else v.stem or (v.text, 0)
    if offset == 0:
        v.stem = stem, plus
        return v
    text = f"{stem} {signed_text(plus + offset)}" if plus + offset else stem
    found = Val(ints.type, text, v.low + offset, v.high + offset, of=(v,)).digits(bits, rest)
    found.stem = stem, plus + offset
    return found


def loaded(c: FunctionCompiler, v: Val, text: str) -> Val:
    """Give a load its text, which may trap at the current instruction, its place and its effect. `v` has the operands."""
    v.text = f"(\n{text})"
    v.places = (c.here, *v.places)
    v.effect |= TRAPS | READS
    v.depth = max(v.depth, 1)
    return v


_SHIFTS = {"h": 1, "H": 1, "i": 2, "I": 2, "f": 2, "q": 3, "Q": 3, "d": 3}
"""By format, the exponent of the size."""


def viewed(c: FunctionCompiler, memory: int) -> bool:
    """Whether a memory has views: its size must be a multiple of every number's."""
    return VIEWED and c.space.memories[memory].page_size_log2 == 16


def element(c: FunctionCompiler, memory: int, format: str, at: Val) -> str:
    """An item of a view: the whole of it, or one that starts so far in that nothing must be added."""
    stem, start = at.stem or (at.text, 0)
    view = c.view(memory, format, start) if at.low >= start else None
    if view is not None:
        return f"{view}[{stem}]"
    name = c.near(f"m{memory}") if format == "B" else c.near(f"m{memory}_{format}", False)
    return f"{name}[{at.text}]"


def load_text(c: FunctionCompiler, format: str, memory: int, a: Val) -> tuple[str, Places]:
    """The text of a load, and the places of the line feeds in it."""
    m = c.near(f"m{memory}")
    text = f"load_{format}({m}, {a.text})[0]"
    if not viewed(c, memory):
        return text, a.places
    shift = _SHIFTS[format]
    view = c.near(f"m{memory}_{format}", False)
    low = (1 << shift) - 1
    if a.text.isdigit():
        at = int(a.text)
        return (text if at & low else f"{view}[{at >> shift}]"), ()
    if a.bits >= shift:  # nothing to ask
        return (text if a.rest & low else element(c, memory, format, halved(a, shift))), a.places
    if a.atom:
        return f"{view}[{a.text} >> {shift}] if not {a.text} & {low} else {text}", ()
    slow = f"load_{format}({m}, w)[0]"
    if not a.places:
        return f"{view}[w >> {shift}] if not (w := {a.text}) & {low} else {slow}", ()
    return f"{view}[w >> {shift}] if not (w := {a.text}) & {low} else \n{slow}", (*a.places, c.here)


def byte(c: FunctionCompiler, memory: int, a: Val) -> str:
    """A byte of a memory."""
    return element(c, memory, "B", a) if viewed(c, memory) else f"{c.near(f'm{memory}')}[{a.text}]"


def halved(a: Val, shift: int) -> Val:
    """An address that is a multiple of a unit, in units."""
    found = Val(a.type, f"{a.text} >> {shift}", a.low >> shift, a.high >> shift, of=(a,))
    if a.stem is not None and not a.stem[1] & ((1 << shift) - 1):
        found.stem = f"{a.stem[0]} >> {shift}", a.stem[1] >> shift
    return found


def load(c: FunctionCompiler, type: NumType, format: str, memory: int, a: Val, at: Val | None) -> Val:
    """A load as an operand, with the bounds of its format; `at` is where it is in the view, if that is known."""
    bits = 8 << _SHIFTS[format]
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if format.islower() else (0, (1 << bits) - 1)
    v = Val(type, "", low, high, of=(a,))
    text, places = (element(c, memory, format, at), at.places) if at else load_text(c, format, memory, a)
    v.text = f"(\n{text})"
    v.places = (c.here, *places)
    v.effect |= TRAPS | READS
    v.depth = max(v.depth, 1)
    return v


def place(c: FunctionCompiler, format: str, memory: int, v: Val, offset: int) -> Val | None:
    """Where an access to an address is in the view of the format, if it is known."""
    if c.uses is not None:
        c.uses.access(v, offset, _SHIFTS[format], c.weight)
    return index(v, offset, _SHIFTS[format]) if v.parts is not None and viewed(c, memory) else None


def store(c: FunctionCompiler, format: str, memory: int, to: Val, offset: int, v: Val) -> None:
    """A store of a value that the format holds."""
    at = place(c, format, memory, to, offset)
    if at is not None and not (at.effect and v.effect):
        c.flush()
        c.release(to, v)
        c.add(f"{element(c, memory, format, at)} = {v.text}", places_of((v, at)))
        return
    a = address(c, to, offset, memory)
    if not viewed(c, memory):
        c.effect(f"store_{format}(m{memory}, {a.text}, {v.text})", a, v)
        return
    shift = _SHIFTS[format]
    m = c.near(f"m{memory}")
    low = (1 << shift) - 1
    c.flush()
    c.release(a, v)
    if a.bits >= shift and not a.rest & low and not (a.effect and v.effect) and not a.text.isdigit():
        c.add(f"{element(c, memory, format, halved(a, shift))} = {v.text}", places_of((v, a)))
        return
    view = c.near(f"m{memory}_{format}", False)
    if a.text.isdigit():
        constant = int(a.text)
        text = f"store_{format}({m}, {constant}, {v.text})" if constant & low else f"{view}[{constant >> shift}] = {v.text}"
        c.add(text, v.places)
        return
    x = a.text
    if not a.atom:
        x = "u"
        c.add(f"u = {a.text}", a.places)
    value = v.text
    if not v.atom:
        value = "v"
        c.add(f"v = {v.text}", v.places)
    c.add(f"if {x} & {low}: store_{format}({m}, {x}, {value})", ())
    c.add(f"else: {view}[{x} >> {shift}] = {value}", ())


_LOADS = {
    "i32.load": (INT32, "I", "i"),
    "i64.load": (INT64, "Q", "q"),
    "i32.load16_s": (INT32, "h", None),
    "i32.load16_u": (INT32, "H", None),
    "i64.load16_s": (INT64, "h", None),
    "i64.load16_u": (INT64, "H", None),
    "i64.load32_s": (INT64, "i", None),
    "i64.load32_u": (INT64, "I", None),
}


def _load(name: str, ints: Int, format: str, other: str | None) -> None:
    def emit(c: FunctionCompiler, instr: Instr) -> None:
        _, _, offset, memory = instr
        to = pop_address(c)
        at = place(c, format, memory, to, offset)
        a = at or address(c, to, offset, memory)
        v = load(c, ints.type, format, memory, a, at)
        if other is not None:
            v.other = lambda: f"(\n{element(c, memory, other, at) if at else load_text(c, other, memory, a)[0]})"
        c.push(v)

    EMIT[BY_NAME[name]] = emit


for _name, (_ints, _format, _other) in _LOADS.items():
    _load(_name, _ints, _format, _other)


@emits("i32.load8_u", "i64.load8_u", "i32.load8_s", "i64.load8_s")
def _load8(c: FunctionCompiler, instr: Instr) -> None:
    op, _, offset, memory = instr
    a = address(c, pop_address(c), offset, memory)
    v = loaded(c, Val(op.results[0], "", 0, 255, of=(a,)), byte(c, memory, a))
    if op.name.endswith("_s"):
        v = Val(op.results[0], f"(({v.text} ^ 128) - 128)", -128, 127, of=(v,))
    c.push(v)


@emits("f64.load")
def _load_f64(c: FunctionCompiler, instr: Instr) -> None:
    _, _, offset, memory = instr
    to = pop_address(c)
    at = place(c, "d", memory, to, offset)
    c.push(load(c, F64, "d", memory, at or address(c, to, offset, memory), at))


@emits("f32.load")
def _load_f32(c: FunctionCompiler, instr: Instr) -> None:
    """Conversion from a C float makes NaNs quiet, so these are read as bits."""
    _, _, offset, memory = instr
    (a,) = c.atoms(address(c, pop_address(c), offset, memory))
    c.flush()
    name = c.temp()
    c.add(f"{name} = {load_text(c, 'f', memory, a)[0]}", ())
    c.add(f"if {name} != {name}: {name} = load_f32_nan(m{memory}, {a.text})", ())
    c.release(a)
    c.push(c.variable(F32, name))


_STORES = {
    "i32.store": (INT32, "I", "i", 32),
    "i64.store": (INT64, "Q", "q", 64),
    "i32.store16": (INT32, "H", "h", 16),
    "i64.store16": (INT64, "H", "h", 16),
    "i64.store32": (INT64, "I", "i", 32),
}


def fit(ints: Int, v: Val, bits: int) -> Val:
    """The low bits of a number, as an unsigned number."""
    v = ints.number(v)
    mask = (1 << bits) - 1
    if v.low >= 0 and v.high <= mask:
        return v
    if v.const is not None:
        return ints.const(v.const & mask)
    return Val(ints.type, f"({v.text} & {mask})", 0, mask, of=(v,))


def _store(name: str, ints: Int, unsigned: str, signed: str, bits: int) -> None:
    sign = 1 << (bits - 1)

    def emit(c: FunctionCompiler, instr: Instr) -> None:
        _, _, offset, memory = instr
        v = ints.number(c.pop())
        a = pop_address(c)
        format = unsigned
        if -sign <= v.low < 0 and v.high < sign:
            format = signed
        else:
            v = fit(ints, v, bits)
        store(c, format, memory, a, offset, v)

    EMIT[BY_NAME[name]] = emit


for _name, (_ints, _unsigned, _signed, _bits) in _STORES.items():
    _store(_name, _ints, _unsigned, _signed, _bits)


@emits("i32.store8", "i64.store8")
def _store8(c: FunctionCompiler, instr: Instr) -> None:
    op, _, offset, memory = instr
    ints = INT32 if op.name == "i32.store8" else INT64
    v = fit(ints, c.pop(), 8)
    a = address(c, pop_address(c), offset, memory)
    if a.effect and v.effect:  # Python evaluates the value first
        a = c.spill_in_order(a)
    c.flush()
    c.release(a, v)
    c.add(f"{byte(c, memory, a)} = {v.text}", places_of((v, a)))


@emits("f64.store")
def _store_f64(c: FunctionCompiler, instr: Instr) -> None:
    _, _, offset, memory = instr
    v = c.pop()
    store(c, "d", memory, pop_address(c), offset, v)


@emits("f32.store")
def _store_f32(c: FunctionCompiler, instr: Instr) -> None:
    _, _, offset, memory = instr
    a, v = c.pop_many(2)
    a, v = c.atoms(address(c, a, offset, memory), v)
    c.flush()
    c.release(a, v)
    c.add(f"store_f(m{memory}, {a.text}, {v.text}) if {v.text} == {v.text} else store_f32_nan(m{memory}, {a.text}, {v.text})", ())


# --- sizes and ranges -------------------------------------------------------------------------------------------------------


@emits("memory.size")
def _size(c: FunctionCompiler, instr: Instr) -> None:
    ints = address_ints(c, instr[1])
    page = c.space.memories[instr[1]].page_size_log2
    c.push(Val(ints.type, f"(len(m{instr[1]}) >> {page})", 0, ints.mask >> page, effect=READS))


@emits("memory.grow")
def _grow(c: FunctionCompiler, instr: Instr) -> None:
    ints = address_ints(c, instr[1])
    v = ints.canonical(c.pop())
    c.result(ints.type, f"M{instr[1]}.grow({v.text})", v)


@emits("memory.fill")
def _fill(c: FunctionCompiler, instr: Instr) -> None:
    ints = address_ints(c, instr[1])
    a, v, n = c.pop_many(3)
    a, v, n = ints.canonical(a), fit(INT32, v, 8), ints.canonical(n)
    c.effect(f"M{instr[1]}.fill({a.text}, {v.text}, {n.text})", a, v, n)


@emits("memory.copy")
def _copy(c: FunctionCompiler, instr: Instr) -> None:
    to, from_ = address_ints(c, instr[1]), address_ints(c, instr[2])
    a, b, n = c.pop_many(3)
    a, b = to.canonical(a), from_.canonical(b)
    n = (INT64 if to is from_ is INT64 else INT32).canonical(n)
    c.flush()
    c.release(a, b, n)
    c.add(f"M{instr[1]}.copy({a.text}, M{instr[2]}, {b.text}, {n.text})", places_of((a, b, n)))


@emits("memory.init")
def _init(c: FunctionCompiler, instr: Instr) -> None:
    _, segment, memory = instr
    a, b, n = c.pop_many(3)
    a, b, n = address_ints(c, memory).canonical(a), INT32.canonical(b), INT32.canonical(n)
    c.effect(f"M{memory}.init({a.text}, d{segment}, {b.text}, {n.text})", a, b, n)


@emits("data.drop")
def _drop(c: FunctionCompiler, instr: Instr) -> None:
    c.globals.add(f"d{instr[1]}")
    c.effect(f"d{instr[1]} = b''")
