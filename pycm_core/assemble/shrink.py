"""An adapter cut down to what is needed of it, and given a stack (a convention of tools, not of the specification).

What no needed export reaches is left out, imports first of all: the component then imports no interface that nobody calls. An adapter has
no memory of its own, so its stack is allocated: by `cabi_realloc` of the main module, on the first call, or by `memory.grow`, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from pycm_core.assemble.names import MAIN_MODULE
from pycm_core.base.errors import Invalid, Unlinkable
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.binary.module import decode
from pycm_core.wasm.binary.names import NameKind, Names, names_of
from pycm_core.wasm.binary.names import encode as encode_names
from pycm_core.wasm.syntax.instructions import BY_NAME, Catch, Imm, Instr, Op
from pycm_core.wasm.syntax.module import (
    Custom,
    Data,
    Elem,
    ElemMode,
    Export,
    Expr,
    ExternKind,
    Func,
    Global,
    Import,
    Module,
    Section,
    Start,
    import_kind,
)
from pycm_core.wasm.syntax.types import (
    FuncType,
    GlobalType,
    MemoryType,
    NumType,
    RecType,
    RefType,
    SubType,
    TableType,
    TagType,
    map_heap_types,
)

STACK_POINTER = "__stack_pointer"
ALLOCATION_STATE = "allocation_state"
"""A global by which an adapter knows how far the allocation of its stack has come: 0 not begun, 1 under way, 2 done."""
STACK_SIZE = 65536
REALLOC = "cabi_realloc"

_REALLOC_TYPE = FuncType((NumType.I32,) * 4, (NumType.I32,))
Kind = ExternKind | str
Item = tuple[Kind, int]
"""Something that can be needed: a kind of index space (`type`, `elem` and `data` among them) and an index."""
Map = Callable[[Kind, int], int]

_INDEX: Mapping[Imm, Kind] = {
    Imm.GLOBAL: ExternKind.GLOBAL,
    Imm.FUNC: ExternKind.FUNC,
    Imm.TABLE: ExternKind.TABLE,
    Imm.MEM: ExternKind.MEMORY,
    Imm.TAG: ExternKind.TAG,
    Imm.TYPE: "type",
    Imm.ELEM: "elem",
    Imm.DATA: "data",
}


def shrink(data: bytes, exports: Collection[str], main_realloc: bool, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The adapter with only these exports. `main_realloc`: the main module exports `cabi_realloc`, and it may be called.

    Raises `Malformed`, `Invalid` or `Exhaustion` for a module that is broken.
    """
    module = decode(data, limits=limits)
    try:
        return encode(_Shrinker(module, exports, main_realloc).run())
    except IndexError:
        raise Invalid("an index of the adapter is out of bounds", hint="`pycm validate` says which") from None


# --- the indices in what a module is made of -------------------------------------------------------------------------------


def _reftype(type: Any, to: Map) -> Any:
    if isinstance(type, RefType) and isinstance(type.heap, int):
        return RefType(type.nullable, to("type", type.heap))
    return type


def _instr(instr: Instr, to: Map) -> Instr:
    """An instruction with its indices replaced."""
    op: Op = instr[0]
    if not op.immediates:
        return instr
    out: list[Any] = [op]
    at = 1
    for imm in op.immediates:
        value = instr[at]
        kind = _INDEX.get(imm)
        if kind is not None:
            out.append(to(kind, value))
        elif imm is Imm.MEMARG:
            out += [value, instr[at + 1], to(ExternKind.MEMORY, instr[at + 2])]
            at += 2
        elif imm is Imm.BLOCK:
            out.append(to("type", value) if type(value) is int else _reftype(value, to))
        elif imm is Imm.HEAP:
            out.append(to("type", value) if type(value) is int else value)
        elif imm is Imm.TYPES:
            out.append(tuple([_reftype(x, to) for x in value]))
        elif imm is Imm.CATCHES:
            out.append(tuple([Catch(c.kind, None if c.tag is None else to(ExternKind.TAG, c.tag), c.label) for c in value]))
        elif imm is Imm.LABELS:
            out += [value, instr[at + 1]]
            at += 1
        elif imm is Imm.CAST:
            out += [_reftype(x, to) for x in instr[at:]]
            return tuple(out)
        else:
            out.append(value)
        at += 1
    return tuple(out)


def _expr(expr: Expr, to: Map) -> Expr:
    return Expr(tuple([_instr(i, to) for i in expr.instrs]))


def _type(type: Any, to: Map) -> Any:
    """The type of an import, or of a table, global or tag."""
    if isinstance(type, int):
        return to("type", type)
    if isinstance(type, TableType):
        return TableType(type.limits, _reftype(type.element, to))
    if isinstance(type, GlobalType):
        return GlobalType(_reftype(type.type, to), type.mutable)
    if isinstance(type, TagType) and isinstance(type.type, int):
        return TagType(to("type", type.type))
    return type


def _func(func: Func, to: Map) -> Func:
    runs = tuple([(count, _reftype(x, to)) for count, x in func.locals])
    return Func(to("type", func.type), runs, _expr(func.body, to))


def _elem(elem: Elem, to: Map) -> Elem:
    items: Any = tuple([to(ExternKind.FUNC, x) if isinstance(x, int) else _expr(x, to) for x in elem.items])
    active = elem.mode is ElemMode.ACTIVE
    return replace(
        elem,
        type=_reftype(elem.type, to),
        items=items,
        table=to(ExternKind.TABLE, elem.table) if active else 0,
        offset=None if elem.offset is None else _expr(elem.offset, to),
    )


def _data(data: Data, to: Map) -> Data:
    if data.offset is None:
        return data
    return replace(data, memory=to(ExternKind.MEMORY, data.memory), offset=_expr(data.offset, to))


class _Shrinker:
    def __init__(self, module: Module, exports: Collection[str], main_realloc: bool) -> None:
        self.module = module
        self.names = names_of(module)
        self.exports = [x for x in module.exports if x.name in exports]
        self.imports: dict[ExternKind, list[Import]] = {kind: [] for kind in ExternKind}
        for entry in module.imports:
            self.imports[import_kind(entry.type)].append(entry)
        self.groups = [(i, sub) for i, rec in enumerate(module.types) for sub in rec.types]
        self.own_realloc = next(
            (
                i
                for i, x in enumerate(self.imports[ExternKind.FUNC])
                if (x.module, x.name) == (MAIN_MODULE, REALLOC) and not main_realloc
            ),
            None,
        )
        """The import of `cabi_realloc` that a function made here stands for."""
        self.main_realloc = main_realloc
        self.live: set[Item] = set()
        self.active: dict[Kind, list[tuple[str, int]]] = {}

    # --- what is needed -----------------------------------------------------------------------------------------------------

    def _mark(self, roots: Iterable[Item]) -> None:
        stack = list(roots)

        def need(kind: Kind, index: int) -> int:
            item = (kind, index)
            if item not in self.live:
                self.live.add(item)
                stack.append(item)
            return index

        for kind, index in [*stack]:
            self.live.add((kind, index))
        while stack:
            self._visit(*stack.pop(), need)

    def _visit(self, kind: Kind, index: int, need: Map) -> None:
        module = self.module
        if kind == "type":
            group, _ = self.groups[index]
            first = sum(len(rec.types) for rec in module.types[:group])
            for member, sub in enumerate(module.types[group].types):
                need("type", first + member)
                map_heap_types(sub, lambda i: need("type", i))
        elif kind == "elem":
            _elem(module.elems[index], need)
        elif kind == "data":
            _data(module.datas[index], need)
        else:
            assert isinstance(kind, ExternKind)
            imports = self.imports[kind]
            if index < len(imports):
                _type(imports[index].type, need)
                return
            own = index - len(imports)
            if kind is ExternKind.FUNC:
                _func(module.funcs[own], need)
            elif kind is ExternKind.GLOBAL:
                _type(module.globals[own].type, need)
                _expr(module.globals[own].init, need)
            elif kind is ExternKind.TABLE:
                _type(module.tables[own].type, need)
                if (init := module.tables[own].init) is not None:
                    _expr(init, need)
            elif kind is ExternKind.TAG:
                _type(module.tags[own].type, need)
        if kind is ExternKind.TABLE:
            for number, elem in enumerate(module.elems):
                if elem.mode is ElemMode.ACTIVE and elem.table == index:
                    need("elem", number)

    def _reach(self) -> None:
        roots: list[Item] = [(x.kind, x.index) for x in self.exports]
        if self.module.start is not None:
            roots.append((ExternKind.FUNC, self.module.start.func))
        roots += [("data", i) for i, data in enumerate(self.module.datas) if data.offset is not None]
        self._mark(roots)

    # --- the stack ------------------------------------------------------------------------------------------------------------

    def _global(self, name: str) -> int | None:
        """A live mutable global of this name that counts from zero."""
        own = len(self.imports[ExternKind.GLOBAL])
        for index, text in self.names.of(NameKind.GLOBAL).items():
            if text == name and (ExternKind.GLOBAL, index) in self.live and own <= index < own + len(self.module.globals):
                found = self.module.globals[index - own]
                if found.type == GlobalType(NumType.I32, True) and found.init.instrs == ((BY_NAME["i32.const"], 0),):
                    return index
        return None

    # --- the smaller module ---------------------------------------------------------------------------------------------------

    def run(self) -> Module:
        module = self.module
        self._reach()
        stack_pointer = self._global(STACK_POINTER)
        if stack_pointer is not None and not self._has_memory():
            raise Unlinkable("the adapter has a stack but imports no memory", hint="it imports the main module's: `env` `memory`")
        state = self._global(ALLOCATION_STATE)
        imported_realloc = next(
            (
                i
                for i, x in enumerate(self.imports[ExternKind.FUNC])
                if (x.module, x.name) == (MAIN_MODULE, REALLOC) and self.main_realloc
            ),
            None,
        )
        if stack_pointer is not None and imported_realloc is not None:
            self._mark([(ExternKind.FUNC, imported_realloc)])
        made_realloc = (self.own_realloc is not None and (ExternKind.FUNC, self.own_realloc) in self.live) or (
            stack_pointer is not None and imported_realloc is None
        )
        if made_realloc:
            self._mark([(ExternKind.MEMORY, 0)])  # it grows
        numbers = self._numbers()

        def to(kind: Kind, index: int) -> int:
            return numbers[kind, index]

        types = self._types(to)
        funcs = [_func(f, to) for f in self._own(ExternKind.FUNC, module.funcs)]
        count = len(self._live_imports(ExternKind.FUNC)) + len(funcs)
        start = None if module.start is None else Start(to(ExternKind.FUNC, module.start.func))
        exports = tuple([Export(x.name, x.kind, to(x.kind, x.index)) for x in self.exports])
        realloc = None if imported_realloc is None or stack_pointer is None else to(ExternKind.FUNC, imported_realloc)
        extra: dict[int, str] = {}
        if made_realloc:
            realloc = count
            funcs.append(Func(_type_index(types, _REALLOC_TYPE), ((1, NumType.I32),), _grow()))
            extra[count] = "realloc_via_memory_grow"
            count += 1
        if stack_pointer is not None:
            assert realloc is not None
            flag = None if state is None else to(ExternKind.GLOBAL, state)
            body = _allocate(realloc, to(ExternKind.GLOBAL, stack_pointer), flag)
            lazy = imported_realloc is not None and state is not None
            if lazy:
                funcs = self._lazily(funcs, exports, count)
            elif start is not None:
                body = Expr((*body.instrs, (BY_NAME["call"], start.func)))
            funcs.append(Func(_type_index(types, FuncType((), ())), (), body))
            extra[count] = "allocate_stack"
            start = start if lazy else Start(count)
        return Module(
            types=tuple(types),
            imports=tuple(
                [
                    Import(x.module, x.name, _type(x.type, to))
                    for x, kind, index in self._placed_imports()
                    if (kind, index) in self.live and not (kind is ExternKind.FUNC and index == self.own_realloc)
                ]
            ),
            funcs=tuple(funcs),
            tables=tuple(
                [
                    replace(x, type=_type(x.type, to), init=None if x.init is None else _expr(x.init, to))
                    for x in self._own(ExternKind.TABLE, module.tables)
                ]
            ),
            memories=tuple(self._own(ExternKind.MEMORY, module.memories)),
            tags=tuple([replace(x, type=_type(x.type, to)) for x in self._own(ExternKind.TAG, module.tags)]),
            globals=tuple([Global(_type(x.type, to), _expr(x.init, to)) for x in self._own(ExternKind.GLOBAL, module.globals)]),
            exports=exports,
            start=start,
            elems=tuple([_elem(x, to) for i, x in enumerate(module.elems) if ("elem", i) in self.live] + self._declared(to)),
            datas=tuple([_data(x, to) for i, x in enumerate(module.datas) if ("data", i) in self.live]),
            customs=self._customs(to, extra),
        )

    def _has_memory(self) -> bool:
        return any(isinstance(x.type, MemoryType) for x in self.module.imports) or bool(self.module.memories)

    def _placed_imports(self) -> list[tuple[Import, ExternKind, int]]:
        """The imports with their kinds and indices."""
        counts = dict.fromkeys(ExternKind, 0)
        placed = []
        for entry in self.module.imports:
            kind = import_kind(entry.type)
            placed.append((entry, kind, counts[kind]))
            counts[kind] += 1
        return placed

    def _live_imports(self, kind: ExternKind) -> list[int]:
        dropped = self.own_realloc if kind is ExternKind.FUNC else None
        return [i for i in range(len(self.imports[kind])) if (kind, i) in self.live and i != dropped]

    def _own(self, kind: ExternKind, items: tuple[Any, ...]) -> list[Any]:
        """The live definitions of a kind."""
        first = len(self.imports[kind])
        return [x for i, x in enumerate(items) if (kind, first + i) in self.live]

    def _numbers(self) -> dict[Item, int]:
        """The new index of everything that is live."""
        module = self.module
        numbers: dict[Item, int] = {}
        owned = {
            ExternKind.FUNC: len(module.funcs),
            ExternKind.TABLE: len(module.tables),
            ExternKind.MEMORY: len(module.memories),
            ExternKind.GLOBAL: len(module.globals),
            ExternKind.TAG: len(module.tags),
        }
        for kind, own in owned.items():
            first = len(self.imports[kind])
            live = [*self._live_imports(kind), *[first + i for i in range(own) if (kind, first + i) in self.live]]
            numbers.update({(kind, index): i for i, index in enumerate(live)})
            if kind is ExternKind.FUNC and self.own_realloc is not None:
                numbers[kind, self.own_realloc] = len(live)
        counts: tuple[tuple[str, int], ...] = (
            ("type", len(self.groups)),
            ("elem", len(module.elems)),
            ("data", len(module.datas)),
        )
        for word, count in counts:
            live = [i for i in range(count) if (word, i) in self.live]
            numbers.update({(word, index): i for i, index in enumerate(live)})
        return numbers

    def _types(self, to: Map) -> list[RecType]:
        types: list[RecType] = []
        index = 0
        for rec in self.module.types:
            if ("type", index) in self.live:
                types.append(RecType(tuple([map_heap_types(sub, lambda i: to("type", i)) for sub in rec.types])))
            index += len(rec.types)
        return types

    def _declared(self, to: Map) -> list[Elem]:
        """Functions that code refers to must be declared somewhere (core specification, "Element Segments"); dead ones need not."""
        found: list[Elem] = []
        for index, elem in enumerate(self.module.elems):
            if elem.mode is ElemMode.DECLARE and ("elem", index) not in self.live:
                items = tuple(
                    [to(ExternKind.FUNC, x) for x in elem.items if isinstance(x, int) and (ExternKind.FUNC, x) in self.live]
                )
                if items:
                    found.append(replace(elem, items=items))
        return found

    def _lazily(self, funcs: list[Func], exports: tuple[Export, ...], allocate: int) -> list[Func]:
        """Every exported function first sees to the stack."""
        imported = len(self._live_imports(ExternKind.FUNC))
        entries = {x.index - imported for x in exports if x.kind is ExternKind.FUNC}
        call = (BY_NAME["call"], allocate)
        return [replace(f, body=Expr((call, *f.body.instrs))) if i in entries else f for i, f in enumerate(funcs)]

    def _customs(self, to: Map, extra: Mapping[int, str]) -> tuple[Custom, ...]:
        """The custom sections that stay true; the names with their new indices."""
        made = Names(self.names.module)
        for kind, space in ((NameKind.FUNC, ExternKind.FUNC), (NameKind.GLOBAL, ExternKind.GLOBAL)):
            for index, text in self.names.of(kind).items():
                if (space, index) in self.live:
                    made.add(kind, to(space, index), text)
        for index, text in extra.items():
            made.add(NameKind.FUNC, index, text)
        kept = [
            x for x in self.module.customs if x.name in ("producers", "target_features") or x.name.startswith("component-type")
        ]
        return (
            *([encode_names(made)] if made else []),
            *[replace(x, after=Section.DATA) for x in kept],
        )


def _type_index(types: list[RecType], func: FuncType) -> int:
    """The index of a function type, added when it is not there."""
    index = 0
    for rec in types:
        if rec.types == (SubType(func),):
            return index
        index += len(rec.types)
    types.append(RecType((SubType(func),)))
    return index


def _code(*instrs: tuple[Any, ...]) -> Expr:
    return Expr(tuple([(BY_NAME[word], *rest) for word, *rest in instrs]))


def _grow() -> Expr:
    """Fresh pages for a new allocation, the only kind there is: old pointer and old size must be 0. Local 4 is the page."""
    return _code(
        ("local.get", 0),
        ("local.get", 1),
        ("i32.or",),
        ("if", None),
        ("unreachable",),
        ("end",),
        # (size >> 16) + ((size & 0xffff) != 0): no size overflows
        ("local.get", 3),
        ("i32.const", 16),
        ("i32.shr_u",),
        ("local.get", 3),
        ("i32.const", 65535),
        ("i32.and",),
        ("i32.const", 0),
        ("i32.ne",),
        ("i32.add",),
        ("memory.grow", 0),
        ("local.tee", 4),
        ("i32.const", -1),
        ("i32.eq",),
        ("if", None),
        ("unreachable",),
        ("end",),
        ("local.get", 4),
        ("i32.const", 16),
        ("i32.shl",),
    )


def _allocate(realloc: int, stack_pointer: int, state: int | None) -> Expr:
    """Let the stack pointer stand at the end of fresh memory; with a state, only once."""
    allocate = (
        ("i32.const", 0),
        ("i32.const", 0),
        ("i32.const", 8),
        ("i32.const", STACK_SIZE),
        ("call", realloc),
        ("i32.const", STACK_SIZE),
        ("i32.add",),
        ("global.set", stack_pointer),
    )
    if state is None:
        return _code(*allocate)
    return _code(
        ("global.get", state),
        ("i32.eqz",),
        ("if", None),
        ("i32.const", 1),
        ("global.set", state),
        *allocate,
        ("i32.const", 2),
        ("global.set", state),
        ("end",),
    )
