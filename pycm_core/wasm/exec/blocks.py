"""Control, calls, locals and globals (core specification, "Execution", "Control Instructions" and "Variable Instructions")."""

from __future__ import annotations

from collections.abc import Sequence

from pycm_core.wasm.exec import scales
from pycm_core.wasm.exec.counting import Counting, plan
from pycm_core.wasm.exec.emit import emits
from pycm_core.wasm.exec.function import Frame, FunctionCompiler, places_of
from pycm_core.wasm.exec.inline import guard, test
from pycm_core.wasm.exec.operands import INT32, INT64, READS, Int, Val, int_of
from pycm_core.wasm.exec.space import Form, GlobalForm, global_text
from pycm_core.wasm.exec.tree import Block, For, If, Jump, Label, Line, Loop, Node, Switch, Try, falls
from pycm_core.wasm.syntax.instructions import IF, LOOP, TRY_TABLE, Instr, Op
from pycm_core.wasm.syntax.types import FuncType, HeapKind, RefType, TableType, ValType

Types = tuple[ValType, ...]

LOOP_WEIGHT = 8
"""How often a loop is taken to be walked, where uses are counted."""


def block_type(c: FunctionCompiler, type: ValType | int | None) -> tuple[Types, Types]:
    """What a block takes and leaves ("Block Types")."""
    if type is None:
        return (), ()
    if isinstance(type, int):
        func = c.space.types.func(type)
        return func.params, func.results
    return (), (c.space.types.close(type),)


def enter(c: FunctionCompiler, op: Op, type: ValType | int | None) -> Frame:
    """A block begins. Its operands, and all below, are in variables."""
    params, results = block_type(c, type)
    c.settle()
    label = Label(op is LOOP)
    frame = Frame(op, label, results, len(c.stack) - len(params), c.frames[-1].turns + (op is LOOP or op is TRY_TABLE))
    frame.out = tuple([c.temp() for _ in results])
    if op is LOOP:
        given = c.pop_many(len(params))
        label.vars = tuple([c.temp() for _ in params])
        c.move(label.vars, given)
        c.release(*given)
        c.stack.extend(c.variable(type, name, owned=False) for type, name in zip(params, label.vars, strict=True))
    else:
        label.vars = frame.out
        frame.params = c.stack[frame.height :]
    c.frames.append(frame)
    if op is LOOP:
        c.weight *= LOOP_WEIGHT
        if c.uses is None and not label.vars:
            frame.counting = plan(c, c.here)
    return frame


@emits("block", "loop")
def _block(c: FunctionCompiler, instr: Instr) -> None:
    enter(c, instr[0], instr[1])


def condition(c: FunctionCompiler) -> Val:
    """A truth value from the stack."""
    v = c.pop()
    if c.here == c.asked_at:
        return Val(INT32.type, str(c.answer), c.answer, c.answer, const=int(c.answer), test=True)
    if c.uses is not None:
        c.uses.asked(v)
    return test(v)


@emits("if")
def _if(c: FunctionCompiler, instr: Instr) -> None:
    cond = condition(c)
    frame = enter(c, IF, instr[1])
    frame.cond = cond.text
    frame.places = (c.here, *cond.places)
    c.release(cond)


@emits("else")
def _else(c: FunctionCompiler, instr: Instr) -> None:
    frame = c.frames[-1]
    leave_arm(c, frame)
    frame.then, frame.nodes = frame.nodes, []
    for v in frame.params:  # what the first arm used up is there for the second
        for temp in v.temps:
            if temp in c.free:
                c.free.remove(temp)
    c.stack.extend(frame.params)
    c.dead = False


def leave_arm(c: FunctionCompiler, frame: Frame) -> None:
    """Control gets to the end of a block's statements: the results go to their variables."""
    if not c.dead:
        vals = c.pop_many(len(frame.results))
        c.flush()
        c.move(frame.out, vals)
        c.release(*vals)


@emits("end")
def _end(c: FunctionCompiler, instr: Instr) -> None:
    frame = c.frames[-1]
    label = frame.label
    if frame.op is not IF and frame.op is not LOOP and not label.jumps:
        _end_plain(c, frame)
        return
    leave_arm(c, frame)
    node: Node
    if frame.op is LOOP:
        c.weight //= LOOP_WEIGHT
        node = Loop(label, frame.nodes)
        if frame.counting is not None:
            head = f"l{frame.counting.web} in range({frame.counting.values})"
            node = For(label, head, frame.places, frame.rounds, frame.nodes)
        c.free.extend(label.vars)
        reached = falls(frame.nodes)
    elif frame.op is IF:
        if frame.then is None:
            frame.then, frame.nodes = frame.nodes, []
            if frame.params:  # without `else`, the operands are the results
                c.move(frame.out, frame.params)
        node = If(frame.cond, frame.places, frame.then, frame.nodes)
        reached = node.falls or label.jumps > 0
        if label.jumps:
            node = Block(label, [node])
    else:
        body = _try_body(frame)
        node = Block(label, body)
        reached = True
    c.frames.pop()
    c.frames[-1].nodes.append(node)
    if reached:
        c.dead = False
        c.stack.extend(c.variable(type, name) for type, name in zip(frame.results, frame.out, strict=True))
    else:
        c.dead = False
        c.free.extend(frame.out)
        c.unreachable()


def _try_body(frame: Frame) -> list[Node]:
    return [Try(frame.name, frame.nodes, frame.clauses)] if frame.op is TRY_TABLE else frame.nodes


def _end_plain(c: FunctionCompiler, frame: Frame) -> None:
    """The end of a block that nothing jumps to: its results stay where they are."""
    if frame.op is TRY_TABLE:
        c.flush()
    c.frames.pop()
    c.free.extend(frame.out)
    c.frames[-1].nodes.extend(_try_body(frame))
    if c.dead:
        c.unreachable()


def branch(c: FunctionCompiler, index: int, vals: Sequence[Val]) -> list[Node]:
    """The statements of a branch. The operands remain."""
    if index == len(c.frames) - 1:
        return [c.return_line(vals)]
    label = c.frames[-1 - index].label
    label.jumps += 1
    if c.frames[-1].turns > c.frames[-1 - index].turns:
        label.in_loop = True
    pairs = [(name, v) for name, v in zip(label.vars, map(c.rest, vals), strict=True) if name != v.text]
    nodes: list[Node] = []
    if pairs:
        text = f"{', '.join(name for name, _ in pairs)} = {', '.join(v.text for _, v in pairs)}"
        nodes.append(Line(text, (c.here, *places_of([v for _, v in pairs]))))
    nodes.append(Jump(label))
    return nodes


def arity(c: FunctionCompiler, index: int) -> int:
    """How many values a branch brings."""
    if index == len(c.frames) - 1:
        return len(c.type.results)
    return len(c.frames[-1 - index].label.vars)


def top(c: FunctionCompiler, count: int) -> list[Val]:
    """The values on top of the stack, which stay there."""
    return c.stack[len(c.stack) - count :]


@emits("br")
def _br(c: FunctionCompiler, instr: Instr) -> None:
    vals = c.pop_many(arity(c, instr[1]))
    c.flush()
    c.frames[-1].nodes.extend(branch(c, instr[1], vals))
    c.release(*vals)
    c.unreachable()


def branch_if(c: FunctionCompiler, cond: Val, index: int) -> None:
    """Branch where the condition holds; the values stay."""
    c.flush()
    nodes = branch(c, index, top(c, arity(c, index)))
    c.release(cond)
    c.frames[-1].nodes.append(If(cond.text, (c.here, *cond.places), nodes, []))


def repeat(c: FunctionCompiler, counting: Counting, cond: Val) -> None:
    """A loop that counts is repeated, or left behind its last round."""
    c.release(cond)
    c.flush()
    frame = c.frames[-1]
    frame.rounds, frame.nodes = frame.nodes, []
    step = c.stepped.pop(counting.web)
    if counting.lives:
        c.flush_local(counting.web)
        c.add(f"l{counting.web} = (l{counting.web} {step})", ())


@emits("br_if")
def _br_if(c: FunctionCompiler, instr: Instr) -> None:
    cond = condition(c)
    counting = c.frames[-1].counting
    if counting is not None and counting.branch == c.here:
        repeat(c, counting, cond)
    elif c.here != c.asked_at:
        branch_if(c, cond, instr[1])
    elif cond.const:
        _br(c, instr)


@emits("br_table")
def _br_table(c: FunctionCompiler, instr: Instr) -> None:
    labels, default = instr[1], instr[2]
    index = INT32.canonical(c.pop())
    vals = c.pop_many(arity(c, default))
    c.stack.extend(vals)
    (index,) = c.atoms(index)
    c.flush()
    vals = top(c, len(vals))
    starts: list[int] = []
    arms: list[list[Node]] = []
    before = None
    for i, label in enumerate([*labels, default]):
        if label != before:
            starts.append(i)
            arms.append(branch(c, label, vals))
            before = label
    if len(arms) == 1:
        c.frames[-1].nodes.extend(arms[0])
    else:
        c.frames[-1].nodes.append(Switch(index.text, starts, arms))
    c.release(index)
    c.unreachable()


@emits("return")
def _return(c: FunctionCompiler, instr: Instr) -> None:
    c.return_()


@emits("unreachable")
def _unreachable(c: FunctionCompiler, instr: Instr) -> None:
    c.trap_line("unreachable()")


@emits("nop")
def _nop(c: FunctionCompiler, instr: Instr) -> None:
    pass


@emits("drop")
def _drop(c: FunctionCompiler, instr: Instr) -> None:
    v = c.pop()
    if v.effect:
        c.flush()
        c.line(v.text, v)
    else:
        c.release(v)


@emits("select", "select~t")
def _select(c: FunctionCompiler, instr: Instr) -> None:
    yes, no, cond = c.pop_many(3)
    if yes.effect or no.effect:  # both are evaluated, before the condition
        c.flush()
        if yes.effect or no.effect:
            yes, no = c.spill(yes), c.spill(no)
    cond = test(cond)
    ints = int_of(yes.type)
    if ints:
        yes, no = ints.number(yes), ints.number(no)
    v = Val(
        yes.type, f"({yes.text} if {cond.text} else {no.text})", min(yes.low, no.low), max(yes.high, no.high), of=(yes, cond, no)
    )
    if isinstance(no.type, RefType):
        v.type = no.type
    c.push(v)


# --- calls ------------------------------------------------------------------------------------------------------------------


@emits("call")
def _call(c: FunctionCompiler, instr: Instr) -> None:
    index = instr[1]
    type = c.space.funcs[index]
    args = c.pop_many(len(type.params))
    if c.form is not Form.STOPS:
        found = guard(c.space, index)
        if found is not None:
            args = c.atoms(*map(c.rest, args))
            name = c.callee(index)
            if not c.form.suspends and index not in c.space.tails:
                name = f"{Form.INNER.value}{index}"
                c.inner.add(index)
            c.call(name, args, type.results, found.of(c, args))
            return
    c.call(c.callee(index), args, type.results)


def address_type(table: TableType) -> Int:
    """The integers that index a table."""
    return INT64 if table.limits.addr64 else INT32


def indirect(c: FunctionCompiler, instr: Instr) -> tuple[FuncType, list[Val], str]:
    """The callee of an indirect call, checked, in a variable that the caller frees; and its operands."""
    type = c.space.types.func(instr[1])
    index = address_type(c.space.tables[instr[2]]).canonical(c.pop())
    args = in_order(c, c.pop_many(len(type.params)))
    c.flush()
    c.release(index)
    name = c.temp()
    c.add(f"{name} = t{instr[2]}[{index.text}]", index.places)
    c.add(f"if {name}.type is not y{instr[1]}: check_callee({name}, y{instr[1]})", ())
    return type, args, name


def in_order(c: FunctionCompiler, args: list[Val]) -> list[Val]:
    """Operands, those evaluated that must be before what follows."""
    if any(v.effect for v in args):
        c.flush()
        return [c.spill(v) if v.effect else v for v in args]
    return args


def call_func(c: FunctionCompiler, name: str, type: FuncType, args: list[Val]) -> None:
    """Call a `Func` in a variable, which is free when the call is made."""
    c.add(f"{name} = {name}.{c.form.attribute}", ())
    c.call(name, args, type.results, temps=(name,))


@emits("call_indirect")
def _call_indirect(c: FunctionCompiler, instr: Instr) -> None:
    type, args, name = indirect(c, instr)
    call_func(c, name, type, args)


def callee_ref(c: FunctionCompiler, instr: Instr) -> tuple[FuncType, list[Val], str]:
    """The callee of a call by reference, and its operands."""
    type = c.space.types.func(instr[1])
    ref = c.pop()
    args = in_order(c, c.pop_many(len(type.params)))
    c.flush()
    c.release(ref)
    name = c.temp()
    c.add(f"{name} = {ref.text}", ref.places)
    c.add(f"if {name} is None: null_reference('function')", ())
    return type, args, name


@emits("call_ref")
def _call_ref(c: FunctionCompiler, instr: Instr) -> None:
    type, args, name = callee_ref(c, instr)
    call_func(c, name, type, args)


def tail_attribute(c: FunctionCompiler) -> str:
    """Where a `Func` has what a tail call calls."""
    return c.form.attribute if c.form.suspends else "tail"


def tail_call(c: FunctionCompiler, callee: str, args: list[Val]) -> None:
    """Return what the driver or the trampoline has to call."""
    args = [c.rest(v) for v in args]
    c.flush()
    texts = "".join(f"{v.text}, " for v in args)
    c.add(f"return TailCall({callee}, ({texts}))", places_of(args), False)
    c.release(*args)
    c.unreachable()


@emits("return_call")
def _return_call(c: FunctionCompiler, instr: Instr) -> None:
    index = instr[1]
    args = c.pop_many(len(c.space.funcs[index].params))
    name = c.callee(index)
    tail_call(c, f"b{index}" if not c.form.suspends and index in c.space.tails else name, args)


@emits("return_call_indirect")
def _return_call_indirect(c: FunctionCompiler, instr: Instr) -> None:
    _, args, name = indirect(c, instr)
    tail_call(c, f"{name}.{tail_attribute(c)}", args)
    c.free.append(name)


@emits("return_call_ref")
def _return_call_ref(c: FunctionCompiler, instr: Instr) -> None:
    _, args, name = callee_ref(c, instr)
    tail_call(c, f"{name}.{tail_attribute(c)}", args)
    c.free.append(name)


# --- exceptions -------------------------------------------------------------------------------------------------------------


@emits("throw")
def _throw(c: FunctionCompiler, instr: Instr) -> None:
    args = [c.rest(v) for v in c.pop_many(len(c.space.tags[instr[1]].params))]
    c.flush()
    texts = "".join(f"{v.text}, " for v in args)
    c.add(f"raise GuestException(x{instr[1]}, ({texts}))", places_of(args), False)
    c.release(*args)
    c.unreachable()


@emits("throw_ref")
def _throw_ref(c: FunctionCompiler, instr: Instr) -> None:
    (ref,) = c.atoms(c.pop())
    c.flush()
    c.add(f"raise {ref.text}.with_traceback(None) if {ref.text} is not None else null_reference('exception')", (), False)
    c.release(ref)
    c.unreachable()


@emits("try_table")
def _try_table(c: FunctionCompiler, instr: Instr) -> None:
    c.settle()
    c.tries += 1
    name = f"e{c.tries}_"
    clauses: list[tuple[str | None, list[Node]]] = []
    for catch in instr[2]:
        types = () if catch.tag is None else c.space.tags[catch.tag].params
        vals = [c.variable(type, f"{name}.values[{i}]", owned=False) for i, type in enumerate(types)]
        if catch.kind.endswith("_ref"):
            vals.append(Val(RefType(False, HeapKind.EXN), name))
        nodes = branch(c, catch.label, vals)
        if catch.label != len(c.frames) - 1:
            c.frames[-1 - catch.label].label.in_loop = True
        clauses.append((None if catch.tag is None else f"{name}.tag is x{catch.tag}", nodes))
    frame = enter(c, TRY_TABLE, instr[1])
    frame.name = name
    frame.clauses = clauses


# --- variables --------------------------------------------------------------------------------------------------------------


@emits("local.get")
def _local_get(c: FunctionCompiler, instr: Instr) -> None:
    index = instr[1]
    type = c.locals[index]
    web = c.web(index)
    name = f"l{web}" if web not in c.stepped else f"(l{web} {c.stepped[web]})"
    fact = c.ranges.facts.get(c.here)
    address = c.delayed.take_address(web)
    if address is not None:
        c.push(address)
        return
    if web in c.scales:
        low, high, bits, rest = fact or (0, INT32.mask, 0, 0)
        c.push(scales.read(name, c.scales[web], c.starts.get(web, 0), frozenset((web,)), low, high).digits(bits, rest))
        return
    v = c.variable(type, name, owned=False)
    v.locals = frozenset((web,))
    if fact is not None:
        v.low, v.high, v.bits, v.rest = fact
        if c.uses is not None:
            c.uses.read(web, c.weight)
            if type is INT32.type:
                v.linear = (web,)
        if web in c.truths:
            v.test = True
        elif web in c.lazy:
            v.low, v.high = c.lazy[web]
        elif web in c.growing:
            v.low, v.high = 0, (INT32 if type is INT32.type else INT64).grown
    found = c.delayed.take(web)
    c.push(v if found is None else found)


def left_out(c: FunctionCompiler, web: int, v: Val) -> bool:
    """Whether an assignment is left to the loop around it."""
    counting = c.frames[-1].counting
    if counting is None or c.here not in counting.left_out:
        return False
    c.release(v)
    c.flush_local(web)
    if web == counting.web:
        c.stepped[web] = counting.step
    return True


def set_local(c: FunctionCompiler, index: int, v: Val) -> None:
    """Assign a local."""
    ints = int_of(v.type)
    web = c.web(index)
    name = f"l{web}"
    if left_out(c, web, v):
        return
    c.doubled.discard(web)
    c.delayed.changes(c, web, v)
    bounds = c.ranges.sets.get(c.here)
    if c.uses is not None:
        c.uses.assign(web, v, c.weight, bounds is not None and bounds[0] <= v.low and v.high <= bounds[1])
    if web in c.once and c.delayed.keep(web, v):
        return
    if web in c.scales:
        address = v
        low, high, _, _ = bounds or (0, INT32.mask, 0, 0)
        v = scales.assigned(c, INT32.number(v), web, low, high)
        ints, bounds = scales.RINGS[c.scales[web]], None
        if (
            web in c.spared
            and low >= 0
            and ints.is_canonical(v)
            and not v.effect
            and not v.temps
            and low <= address.low
            and address.high <= high
        ):
            c.delayed.keep_address(web, address, v.text, c.spared[web])
            return
        if low < 0 or web in c.starts or ints.is_canonical(v):
            ints = None
    elif web in c.truths:
        ints = None
    elif ints and web in c.lazy:
        v = ints.bounded(v)
        c.lazy[web] = v.low, v.high
        ints = None
    elif ints and web in c.growing and v.low >= 0 and v.high <= ints.grown + ints.mask:
        ints = None
    if ints and bounds and bounds[0] <= v.low and v.high <= bounds[1]:
        v = ints.number(v)
    elif ints and bounds and bounds[0] < 0:
        v = c.signed(ints, v)
    elif ints and v.sum and not ints.is_canonical(v):
        if v.effect:
            c.flush()
        c.flush_local(web)
        c.line(f"{name} = {v.text}", v)
        c.delayed.assigned(web, None)
        low, high = v.low < 0, v.high > ints.mask
        small = ints.small
        cond = f"not 0 <= {name} <= {small}" if low and high else f"{name} < 0" if low else f"{name} > {small}"
        c.add(f"if {cond}: {name} &= {ints.mask}", ())
        return
    elif ints:
        v = ints.canonical(v)
    if v.effect:
        c.flush()
    c.flush_local(web)
    last = c.frames[-1].nodes[-1] if c.frames[-1].nodes else None
    if type(last) is Line and v.temps == (v.text,) and last.text.startswith(f"{v.text} = "):
        last.text = name + last.text[len(v.text) :]
        c.release(v)
    elif v.text != name:
        c.line(f"{name} = {v.text}", v)
    c.delayed.assigned(web, v)


@emits("local.set")
def _local_set(c: FunctionCompiler, instr: Instr) -> None:
    set_local(c, instr[1], c.pop())


@emits("local.tee")
def _local_tee(c: FunctionCompiler, instr: Instr) -> None:
    v = c.pop()
    set_local(c, instr[1], v)
    if v.const is not None:
        c.push(Val(v.type, v.text, v.low, v.high, const=v.const))
    else:
        _local_get(c, instr)


@emits("global.get")
def _global_get(c: FunctionCompiler, instr: Instr) -> None:
    index = instr[1]
    v = c.variable(c.space.globals[index].type, global_text(c.space, index), owned=False)
    if c.space.global_forms[index] is not GlobalForm.VALUE:
        v.effect = READS
    fact = c.ranges.facts.get(c.here)
    if fact is not None:
        v.low, v.high, v.bits, v.rest = fact
    c.push(v)


@emits("global.set")
def _global_set(c: FunctionCompiler, instr: Instr) -> None:
    index = instr[1]
    name = global_text(c.space, index)
    if c.space.global_forms[index] is not GlobalForm.CELL:
        c.globals.add(name)
    v = c.rest(c.pop())
    c.effect(f"{name} = {v.text}", v)
