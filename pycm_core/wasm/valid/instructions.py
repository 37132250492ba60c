"""Validation of instruction sequences (core specification, "Validation", "Instructions").

Instructions whose type stands in the catalogue are checked in the loop of `check`; each of the others has a rule here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pycm_core.wasm.syntax.instructions import BY_NAME, END, IF, OPS, TRY_TABLE, Imm, Instr, Op
from pycm_core.wasm.syntax.types import FieldType, FuncType, HeapKind, NumType, PackType, RefType, TableType, ValType
from pycm_core.wasm.valid import matching
from pycm_core.wasm.valid.code import BOT, BOT_REF, I32, I64, Code, Types, defaultable, item, show, unpack
from pycm_core.wasm.valid.context import Context
from pycm_core.wasm.valid.fault import Fault
from pycm_core.wasm.valid.matching import Bottom, Operand

V128 = NumType.V128
NULL_FUNC = RefType(True, HeapKind.FUNC)
NULL_EXN = RefType(True, HeapKind.EXN)
EXN = RefType(False, HeapKind.EXN)

# --- rules: one per instruction whose type depends on more than its row of the catalogue ------------------------------------

Rule = Callable[[Code, Instr], None]
_RULES: dict[Op, Rule | tuple[tuple[NumType, ...], tuple[NumType, ...]]] = {}


def _rule(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule for instructions of these names."""

    def register(rule: Rule) -> Rule:
        for name in names:
            _RULES[BY_NAME[name]] = rule
        return rule

    return register


# control instructions


@_rule("unreachable")
def _unreachable(c: Code, instr: Instr) -> None:
    c.unreachable()


@_rule("block", "loop")
def _block(c: Code, instr: Instr) -> None:
    start, end = c.block(instr[1])
    c.pop_all(start)
    c.enter(instr[0], start, end)


@_rule("if")
def _if(c: Code, instr: Instr) -> None:
    start, end = c.block(instr[1])
    c.pop(I32)
    c.pop_all(start)
    c.enter(IF, start, end)


@_rule("else")
def _else(c: Code, instr: Instr) -> None:
    frame = c.leave()
    c.enter(instr[0], frame.start, frame.end)


@_rule("end")
def _end(c: Code, instr: Instr) -> None:
    frame = c.leave()
    if frame.op is IF:  # an `else` that is left away does nothing
        c.enter(END, frame.start, frame.end)
        c.leave()
    c.push_all(frame.end)


@_rule("try_table")
def _try_table(c: Code, instr: Instr) -> None:
    start, end = c.block(instr[1])
    for catch in instr[2]:
        brought: Types = () if catch.tag is None else item(c.context.tags, catch.tag, "tag").params
        if catch.kind in ("catch_ref", "catch_all_ref"):
            brought = (*brought, EXN)
        if not matching.values(brought, c.label(catch.label)):
            raise Fault(f"type mismatch: `{catch.kind}` does not bring what label {catch.label} expects")
    c.pop_all(start)
    c.enter(TRY_TABLE, start, end)


@_rule("br")
def _br(c: Code, instr: Instr) -> None:
    c.pop_all(c.label(instr[1]))
    c.unreachable()


@_rule("br_if")
def _br_if(c: Code, instr: Instr) -> None:
    types = c.label(instr[1])
    c.pop(I32)
    c.apply(types, types)


@_rule("br_table")
def _br_table(c: Code, instr: Instr) -> None:
    default = c.label(instr[2])
    c.pop(I32)
    for index in dict.fromkeys(instr[1]):
        types = c.label(index)
        if len(types) != len(default):
            raise Fault(f"type mismatch: labels {index} and {instr[2]} expect different numbers of values")
        found = [c.pop(type) for type in reversed(types)]
        c.values.extend(reversed(found))
    c.pop_all(default)
    c.unreachable()


def _non_null(type: RefType | Bottom) -> Operand:
    return RefType(False, type.heap) if isinstance(type, RefType) else BOT_REF


@_rule("br_on_null")
def _br_on_null(c: Code, instr: Instr) -> None:
    types = c.label(instr[1])
    ref = c.pop_ref()
    c.apply(types, types)
    c.push(_non_null(ref))


@_rule("br_on_non_null")
def _br_on_non_null(c: Code, instr: Instr) -> None:
    types = c.label(instr[1])
    last = types[-1] if types else None
    if not isinstance(last, RefType):
        raise Fault(f"type mismatch: label {instr[1]} does not expect a reference")
    c.pop(RefType(True, last.heap))
    c.apply(types[:-1], types[:-1])


def _cast_types(c: Code, instr: Instr) -> tuple[Types, RefType, RefType, RefType]:
    """What the label expects, the types cast from and to, and the type of what is left when the cast fails."""
    types = c.label(instr[1])
    source, target = c.close_ref(instr[2]), c.close_ref(instr[3])
    if not matching.reftype(target, source):
        raise Fault(f"type mismatch: {show(target)} does not match {show(source)}")
    rest = RefType(source.nullable and not target.nullable, source.heap)
    return types, source, target, rest


@_rule("br_on_cast", "br_on_cast_fail")
def _br_on_cast(c: Code, instr: Instr) -> None:
    types, source, target, rest = _cast_types(c, instr)
    brought, left = (target, rest) if instr[0].name == "br_on_cast" else (rest, target)
    if not types or not matching.valtype(brought, types[-1]):
        raise Fault(f"type mismatch: label {instr[1]} does not expect {show(brought)}")
    c.pop(source)
    c.apply(types[:-1], types[:-1])
    c.push(left)


@_rule("return")
def _return(c: Code, instr: Instr) -> None:
    c.pop_all(c.results)
    c.unreachable()


def _tail(c: Code, func: FuncType) -> None:
    """The callee of a tail call returns what the caller does."""
    if not matching.values(func.results, c.results):
        raise Fault("type mismatch: the tail-called function returns something else")
    c.pop_all(func.params)
    c.unreachable()


@_rule("call")
def _call(c: Code, instr: Instr) -> None:
    func = c.func(instr[1])
    c.apply(func.params, func.results)


@_rule("return_call")
def _return_call(c: Code, instr: Instr) -> None:
    _tail(c, c.func(instr[1]))


def _callee(c: Code, instr: Instr) -> FuncType:
    """The function type of an indirect call; its table index is popped."""
    table = c.table(instr[2])
    if not matching.reftype(table.element, NULL_FUNC):
        raise Fault(f"type mismatch: table {instr[2]} does not hold functions")
    func = c.func_type(instr[1])
    c.pop(I64 if table.limits.addr64 else I32)
    return func


@_rule("call_indirect")
def _call_indirect(c: Code, instr: Instr) -> None:
    func = _callee(c, instr)
    c.apply(func.params, func.results)


@_rule("return_call_indirect")
def _return_call_indirect(c: Code, instr: Instr) -> None:
    _tail(c, _callee(c, instr))


@_rule("call_ref")
def _call_ref(c: Code, instr: Instr) -> None:
    func = c.func_type(instr[1])
    c.pop(c.ref(instr[1], True))
    c.apply(func.params, func.results)


@_rule("return_call_ref")
def _return_call_ref(c: Code, instr: Instr) -> None:
    func = c.func_type(instr[1])
    c.pop(c.ref(instr[1], True))
    _tail(c, func)


@_rule("throw")
def _throw(c: Code, instr: Instr) -> None:
    c.pop_all(item(c.context.tags, instr[1], "tag").params)
    c.unreachable()


@_rule("throw_ref")
def _throw_ref(c: Code, instr: Instr) -> None:
    c.pop(NULL_EXN)
    c.unreachable()


# parametric instructions


@_rule("drop")
def _drop(c: Code, instr: Instr) -> None:
    c.pop_any()


@_rule("select")
def _select(c: Code, instr: Instr) -> None:
    c.pop(I32)
    first, second = c.pop_any(), c.pop_any()
    for type in (first, second):
        if isinstance(type, RefType) or type is BOT_REF:
            raise Fault("type mismatch: `select` without a type takes numbers and vectors only")
    if first is not second and BOT not in (first, second):
        raise Fault(f"type mismatch: `select` between {show(second)} and {show(first)}")
    c.push(second if first is BOT else first)


@_rule("select~t")
def _select_t(c: Code, instr: Instr) -> None:
    types = instr[1]
    if len(types) != 1:
        raise Fault("invalid result arity")
    type = c.close(types[0])
    c.apply((type, type, I32), (type,))


# variable instructions


@_rule("local.get")
def _local_get(c: Code, instr: Instr) -> None:
    index = instr[1]
    type = c.ready[index] if index < len(c.ready) else None
    if type is None:
        type = c.local(index)
        if needs_value(c, index, type):
            raise Fault(f"uninitialized local {index}")
    c.values.append(type)


def needs_value(c: Code, index: int, type: ValType) -> bool:
    """Whether a local has no default value and was not set yet."""
    return isinstance(type, RefType) and not type.nullable and index >= len(c.params) and index not in c.assigned


def _set(c: Code, index: int, type: ValType) -> None:
    if needs_value(c, index, type):
        c.assigned.add(index)
        c.inits.append(index)


@_rule("local.set")
def _local_set(c: Code, instr: Instr) -> None:
    ready = c.ready[instr[1]] if instr[1] < len(c.ready) else None
    if ready is not None and c.has(ready):
        c.values.pop()
        return
    type = c.local(instr[1])
    c.pop(type)
    _set(c, instr[1], type)


@_rule("local.tee")
def _local_tee(c: Code, instr: Instr) -> None:
    ready = c.ready[instr[1]] if instr[1] < len(c.ready) else None
    if ready is not None and c.has(ready):
        return
    type = c.local(instr[1])
    c.pop(type)
    _set(c, instr[1], type)
    c.push(type)


@_rule("global.get")
def _global_get(c: Code, instr: Instr) -> None:
    c.push(item(c.context.globals, instr[1], "global").type)


@_rule("global.set")
def _global_set(c: Code, instr: Instr) -> None:
    found = item(c.context.globals, instr[1], "global")
    if not found.mutable:
        raise Fault("immutable global")
    c.pop(found.type)


# table instructions


def _table_address(table: TableType) -> NumType:
    return I64 if table.limits.addr64 else I32


@_rule("table.get")
def _table_get(c: Code, instr: Instr) -> None:
    table = c.table(instr[1])
    c.apply((_table_address(table),), (table.element,))


@_rule("table.set")
def _table_set(c: Code, instr: Instr) -> None:
    table = c.table(instr[1])
    c.pop_all((_table_address(table), table.element))


@_rule("table.size")
def _table_size(c: Code, instr: Instr) -> None:
    c.push(_table_address(c.table(instr[1])))


@_rule("table.grow")
def _table_grow(c: Code, instr: Instr) -> None:
    table = c.table(instr[1])
    address = _table_address(table)
    c.apply((table.element, address), (address,))


@_rule("table.fill")
def _table_fill(c: Code, instr: Instr) -> None:
    table = c.table(instr[1])
    address = _table_address(table)
    c.pop_all((address, table.element, address))


@_rule("table.copy")
def _table_copy(c: Code, instr: Instr) -> None:
    to, from_ = c.table(instr[1]), c.table(instr[2])
    if not matching.reftype(from_.element, to.element):
        raise Fault(f"type mismatch: elements of table {instr[2]} do not fit into table {instr[1]}")
    a, b = _table_address(to), _table_address(from_)
    c.pop_all((a, b, I64 if a is b is I64 else I32))


@_rule("table.init")
def _table_init(c: Code, instr: Instr) -> None:
    table = c.table(instr[2])
    elem = c.elem(instr[1])
    if not matching.reftype(elem, table.element):
        raise Fault(f"type mismatch: elements of segment {instr[1]} do not fit into table {instr[2]}")
    c.pop_all((_table_address(table), I32, I32))


@_rule("elem.drop")
def _elem_drop(c: Code, instr: Instr) -> None:
    c.elem(instr[1])


# memory instructions


def _memory_access(c: Code, instr: Instr) -> None:
    """Loads and stores ("Memory Instructions"), with a lane where there is one."""
    op: Op = instr[0]
    address = c.memory_address(instr[3])
    assert op.align is not None and op.params is not None
    if instr[1] > op.align:
        raise Fault("alignment must not be larger than natural")
    if address is I32 and instr[2] >> 32:
        raise Fault("offset out of range")
    if op.lanes is not None and instr[4] >= op.lanes:
        raise Fault("invalid lane index")
    if not op.params and c.has(address):
        c.values[-1] = op.results[0]
        return
    for type in reversed(op.params):
        c.pop(type)
    c.pop(address)
    c.values.extend(op.results)


@_rule("memory.size")
def _memory_size(c: Code, instr: Instr) -> None:
    c.push(c.memory_address(instr[1]))


@_rule("memory.grow")
def _memory_grow(c: Code, instr: Instr) -> None:
    address = c.memory_address(instr[1])
    c.apply((address,), (address,))


@_rule("memory.fill")
def _memory_fill(c: Code, instr: Instr) -> None:
    address = c.memory_address(instr[1])
    c.pop_all((address, I32, address))


@_rule("memory.copy")
def _memory_copy(c: Code, instr: Instr) -> None:
    a, b = c.memory_address(instr[1]), c.memory_address(instr[2])
    c.pop_all((a, b, I64 if a is b is I64 else I32))


@_rule("memory.init")
def _memory_init(c: Code, instr: Instr) -> None:
    address = c.memory_address(instr[2])
    c.data(instr[1])
    c.pop_all((address, I32, I32))


@_rule("data.drop")
def _data_drop(c: Code, instr: Instr) -> None:
    c.data(instr[1])


# reference instructions


@_rule("ref.null")
def _ref_null(c: Code, instr: Instr) -> None:
    c.push(c.close_ref(RefType(True, instr[1])))


@_rule("ref.is_null")
def _ref_is_null(c: Code, instr: Instr) -> None:
    c.pop_ref()
    c.push(I32)


@_rule("ref.func")
def _ref_func(c: Code, instr: Instr) -> None:
    type = item(c.context.funcs, instr[1], "function")
    if instr[1] not in c.context.refs:
        raise Fault("undeclared function reference")
    c.push(RefType(False, type))


@_rule("ref.as_non_null")
def _ref_as_non_null(c: Code, instr: Instr) -> None:
    c.push(_non_null(c.pop_ref()))


@_rule("ref.eq")
def _ref_eq(c: Code, instr: Instr) -> None:
    eq = RefType(True, HeapKind.EQ)
    c.apply((eq, eq), (I32,))


def _cast_target(c: Code, instr: Instr) -> RefType:
    """The type that a reference is tested for; any reference of its hierarchy is popped."""
    target = c.close_ref(RefType(instr[0].name.endswith("~null"), instr[1]))
    c.pop(RefType(True, matching.top(target.heap)))
    return target


@_rule("ref.test", "ref.test~null")
def _ref_test(c: Code, instr: Instr) -> None:
    _cast_target(c, instr)
    c.push(I32)


@_rule("ref.cast", "ref.cast~null")
def _ref_cast(c: Code, instr: Instr) -> None:
    c.push(_cast_target(c, instr))


@_rule("ref.i31")
def _ref_i31(c: Code, instr: Instr) -> None:
    c.apply((I32,), (RefType(False, HeapKind.I31),))


@_rule("i31.get_s", "i31.get_u")
def _i31_get(c: Code, instr: Instr) -> None:
    c.apply((RefType(True, HeapKind.I31),), (I32,))


def _convert(c: Code, source: HeapKind, target: HeapKind) -> None:
    found = c.pop(RefType(True, source))
    c.push(RefType(isinstance(found, RefType) and found.nullable, target))


@_rule("any.convert_extern")
def _any_convert_extern(c: Code, instr: Instr) -> None:
    _convert(c, HeapKind.EXTERN, HeapKind.ANY)


@_rule("extern.convert_any")
def _extern_convert_any(c: Code, instr: Instr) -> None:
    _convert(c, HeapKind.ANY, HeapKind.EXTERN)


# structure instructions


@_rule("struct.new")
def _struct_new(c: Code, instr: Instr) -> None:
    struct = c.struct_type(instr[1])
    c.pop_all(tuple([unpack(field) for field in struct.fields]))
    c.push(c.ref(instr[1], False))


@_rule("struct.new_default")
def _struct_new_default(c: Code, instr: Instr) -> None:
    for field in c.struct_type(instr[1]).fields:
        if not defaultable(unpack(field)):
            raise Fault("type mismatch: a field has no default value")
    c.push(c.ref(instr[1], False))


def _packing(op: Op, field: FieldType) -> None:
    """Packed fields are read with a signedness, others without."""
    if isinstance(field.type, PackType) != op.name.endswith(("_s", "_u")):
        raise Fault("type mismatch: the field is " + ("packed" if isinstance(field.type, PackType) else "not packed"))


@_rule("struct.get", "struct.get_s", "struct.get_u")
def _struct_get(c: Code, instr: Instr) -> None:
    field = item(c.struct_type(instr[1]).fields, instr[2], "field")
    _packing(instr[0], field)
    c.pop(c.ref(instr[1], True))
    c.push(unpack(field))


@_rule("struct.set")
def _struct_set(c: Code, instr: Instr) -> None:
    field = item(c.struct_type(instr[1]).fields, instr[2], "field")
    if not field.mutable:
        raise Fault("immutable field")
    c.pop_all((c.ref(instr[1], True), unpack(field)))


# array instructions


@_rule("array.new")
def _array_new(c: Code, instr: Instr) -> None:
    c.apply((unpack(c.array_type(instr[1])), I32), (c.ref(instr[1], False),))


@_rule("array.new_default")
def _array_new_default(c: Code, instr: Instr) -> None:
    if not defaultable(unpack(c.array_type(instr[1]))):
        raise Fault("type mismatch: the element has no default value")
    c.apply((I32,), (c.ref(instr[1], False),))


@_rule("array.new_fixed")
def _array_new_fixed(c: Code, instr: Instr) -> None:
    type = unpack(c.array_type(instr[1]))
    for _ in range(instr[2]):
        if len(c.values) == c.frames[-1].height and c.frames[-1].unreachable:
            break  # what is missing is invented
        c.pop(type)
    c.push(c.ref(instr[1], False))


def _numeric(field: FieldType) -> None:
    """Data segments hold numbers and vectors only."""
    if isinstance(field.type, RefType):
        raise Fault("type mismatch: array type is not numeric or vector")


@_rule("array.new_data")
def _array_new_data(c: Code, instr: Instr) -> None:
    _numeric(c.array_type(instr[1]))
    c.data(instr[2])
    c.apply((I32, I32), (c.ref(instr[1], False),))


def _elem_matches(c: Code, segment: int, field: FieldType) -> None:
    if not matching.storage(c.elem(segment), field.type):
        raise Fault(f"type mismatch: elements of segment {segment} do not fit into the array")


@_rule("array.new_elem")
def _array_new_elem(c: Code, instr: Instr) -> None:
    _elem_matches(c, instr[2], c.array_type(instr[1]))
    c.apply((I32, I32), (c.ref(instr[1], False),))


@_rule("array.get", "array.get_s", "array.get_u")
def _array_get(c: Code, instr: Instr) -> None:
    field = c.array_type(instr[1])
    _packing(instr[0], field)
    c.apply((c.ref(instr[1], True), I32), (unpack(field),))


@_rule("array.set")
def _array_set(c: Code, instr: Instr) -> None:
    field = c.array_type(instr[1], mutable=True)
    c.pop_all((c.ref(instr[1], True), I32, unpack(field)))


@_rule("array.len")
def _array_len(c: Code, instr: Instr) -> None:
    c.apply((RefType(True, HeapKind.ARRAY),), (I32,))


@_rule("array.fill")
def _array_fill(c: Code, instr: Instr) -> None:
    field = c.array_type(instr[1], mutable=True)
    c.pop_all((c.ref(instr[1], True), I32, unpack(field), I32))


@_rule("array.copy")
def _array_copy(c: Code, instr: Instr) -> None:
    to, from_ = c.array_type(instr[1], mutable=True), c.array_type(instr[2])
    if not matching.storage(from_.type, to.type):
        raise Fault("type mismatch: array types do not match")
    c.pop_all((c.ref(instr[1], True), I32, c.ref(instr[2], True), I32, I32))


@_rule("array.init_data")
def _array_init_data(c: Code, instr: Instr) -> None:
    _numeric(c.array_type(instr[1], mutable=True))
    c.data(instr[2])
    c.pop_all((c.ref(instr[1], True), I32, I32, I32))


@_rule("array.init_elem")
def _array_init_elem(c: Code, instr: Instr) -> None:
    _elem_matches(c, instr[2], c.array_type(instr[1], mutable=True))
    c.pop_all((c.ref(instr[1], True), I32, I32, I32))


# vector instructions


@_rule("i8x16.shuffle")
def _shuffle(c: Code, instr: Instr) -> None:
    if max(instr[1]) >= 32:
        raise Fault("invalid lane index")
    c.apply((V128, V128), (V128,))


def _lane(c: Code, instr: Instr) -> None:
    """Lanes extracted and replaced."""
    op: Op = instr[0]
    assert op.lanes is not None and op.params is not None
    if instr[1] >= op.lanes:
        raise Fault("invalid lane index")
    c.apply(op.params, op.results)


def _complete() -> None:
    """The rest of the catalogue: loads and stores, lanes, and plain signatures."""
    for op in OPS:
        if op in _RULES:
            continue
        assert op.params is not None, op
        if op.address:
            _RULES[op] = _memory_access
        elif Imm.LANE in op.immediates:
            _RULES[op] = _lane
        else:
            _RULES[op] = (op.params[::-1], op.results)


_complete()


def rules() -> frozenset[Op]:
    """The instructions that validation knows: all of the catalogue."""
    return frozenset(_RULES)


# --- sequences ----------------------------------------------------------------------------------------------------------------


def check(code: Code, instrs: Sequence[Instr]) -> None:
    """Check instructions and the `end` behind them. Raises `Fault` with the index of its instruction, `Exhaustion`."""
    values = code.values
    frame = code.frames[-1]
    rules = _RULES
    i = 0
    try:
        for instr in instrs:
            rule = rules[instr[0]]
            if type(rule) is tuple:
                for expected in rule[0]:
                    if len(values) > frame.height:
                        found = values.pop()
                        if found is not expected and found is not BOT:
                            raise Fault(f"type mismatch: expected {show(expected)}, found {show(found)}")
                    elif not frame.unreachable:
                        raise Fault(f"type mismatch: expected {show(expected)}, found nothing")
                values += rule[1]
            else:
                rule(code, instr)  # type: ignore[operator]  # what is not a tuple is a rule
                frame = code.frames[-1]
            i += 1
        code.leave()
    except Fault as fault:
        fault.index = i
        raise


# --- constant expressions ---------------------------------------------------------------------------------------------------

_CONSTANT = frozenset(
    BY_NAME[name]
    for name in (
        "i32.const",
        "i64.const",
        "f32.const",
        "f64.const",
        "v128.const",
        "ref.null",
        "ref.func",
        "ref.i31",
        "global.get",
        "struct.new",
        "struct.new_default",
        "array.new",
        "array.new_default",
        "array.new_fixed",
        "any.convert_extern",
        "extern.convert_any",
        "i32.add",
        "i32.sub",
        "i32.mul",
        "i64.add",
        "i64.sub",
        "i64.mul",
    )
)
_GLOBAL_GET = BY_NAME["global.get"]


def constant(context: Context, instrs: Sequence[Instr], type: ValType) -> None:
    """Check a constant expression of the closed type `type` ("Constant Expressions"). Raises `Fault`, `Exhaustion`."""
    for i, instr in enumerate(instrs):
        op = instr[0]
        mutable = op is _GLOBAL_GET and instr[1] < len(context.globals) and context.globals[instr[1]].mutable
        if op not in _CONSTANT or mutable:
            fault = Fault(f"constant expression required: `{op.keyword}` is not constant")
            fault.index = i
            raise fault
    check(Code(context, (), (), (type,)), instrs)
