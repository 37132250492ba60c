"""Modules ready to run, and their instances (core specification, "Execution", "Modules")."""

from __future__ import annotations

from collections.abc import Sequence
from types import FunctionType
from typing import Any

from pycm_core.base.collection import paused_collection
from pycm_core.base.errors import Unlinkable
from pycm_core.base.features import DEFAULT_FEATURES, Features
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.wasm.binary.module import decode
from pycm_core.wasm.binary.names import NameKind, names_of
from pycm_core.wasm.exec.faults import INSTANCE
from pycm_core.wasm.exec.helpers import namespace
from pycm_core.wasm.exec.items import Code, Func, Global, Item, Memory, Table, Tag, trampoline
from pycm_core.wasm.exec.numeric import f32_of_bits, f64_of_bits
from pycm_core.wasm.exec.space import Form, GlobalForm, space_of
from pycm_core.wasm.exec.survey import lasting
from pycm_core.wasm.exec.translate import Translated, translate, translate_constant
from pycm_core.wasm.syntax.instructions import BY_NAME
from pycm_core.wasm.syntax.module import ElemMode, Expr, ExternKind, Module
from pycm_core.wasm.syntax.types import (
    DefType,
    ExternType,
    FuncType,
    GlobalType,
    MemoryType,
    TableType,
    TagType,
    ValType,
)
from pycm_core.wasm.syntax.types import Limits as Range
from pycm_core.wasm.valid import matching
from pycm_core.wasm.valid.module import validate

I32_CONST, I64_CONST, F32_CONST, F64_CONST, REF_FUNC, REF_NULL, GLOBAL_GET = (
    BY_NAME[name] for name in ("i32.const", "i64.const", "f32.const", "f64.const", "ref.func", "ref.null", "global.get")
)


OFTEN = 8
"""How often a function is called until it is worth compiling well."""
MANY = 64
"""How often a function is called with large numbers until they are no exception."""


class CoreModule:
    """A valid module; functions are translated when they are first called, once for all instances."""

    __slots__ = ("_names", "_translated", "space", "syntax", "type")

    def __init__(self, syntax: Module, features: Features = DEFAULT_FEATURES, limits: Limits = DEFAULT_LIMITS) -> None:
        """Raises `Invalid`, `Exhaustion`."""
        self.syntax = syntax
        with paused_collection():
            self.type = validate(syntax, features, limits)
            self.space = space_of(syntax)
        self._translated: dict[tuple[int, Form], Translated] = {}
        self._names: Any = None

    @classmethod
    def decode(cls, binary: bytes, at: int = 0) -> CoreModule:
        """From a binary that lies at `at` in its file. Raises `Malformed`, `Invalid`, `Exhaustion`."""
        return cls(decode(binary, at))

    def translated(self, index: int, form: Form) -> Translated:
        """The code of a function, translated now or before. Raises `Exhaustion`."""
        key = index, form
        found = self._translated.get(key)
        if found is None:
            func = self.syntax.funcs[index - self.space.imported]
            with paused_collection():
                found = self._translated[key] = translate(self.space, func, index, form)
        return found

    def offset(self, index: int, instr: int) -> int:
        """The place of an instruction in the file."""
        func = self.syntax.funcs[index - self.space.imported]
        places = func.body.places
        return places[min(instr, len(places) - 1)] if places else func.at

    def op(self, index: int, instr: int) -> str:
        """The name of an instruction."""
        instrs = self.syntax.funcs[index - self.space.imported].body.instrs
        return instrs[instr][0].keyword if instr < len(instrs) else "end"

    def name(self, index: int) -> str:
        """A function's name for people."""
        if self._names is None:
            self._names = names_of(self.syntax)
        return self._names.of(NameKind.FUNC).get(index) or f"function {index}"


class Types:
    """Interned types: equal types become identical, for one engine."""

    __slots__ = ("_types",)

    def __init__(self) -> None:
        self._types: dict[DefType, DefType] = {}

    def intern(self, type: DefType) -> DefType:
        """The one object for a type."""
        return self._types.setdefault(type, type)

    def of_func(self, type: FuncType) -> DefType:
        """The one object for a function's type."""
        return self.intern(matching.defined(type))


def type_of(item: Item) -> ExternType:
    """The type of an item as it is now ("External Typing")."""
    match item:
        case Func():
            return item.functype
        case Memory():
            limits = item.type.limits
            now = Range(len(item.data) >> item.page, limits.max, limits.addr64, limits.shared)
            return MemoryType(now, item.type.page_size_log2)
        case Table():
            limits = item.type.limits
            return TableType(Range(len(item.elems), limits.max, limits.addr64, limits.shared), item.type.element)
        case Global() | Tag():
            return item.type


class Instance:
    """A module instance: its exports, and the namespace that its compiled functions live in."""

    __slots__ = ("_types", "exports", "limits", "module", "names")

    def __init__(self, module: CoreModule, imports: Sequence[Item], types: Types, limits: Limits) -> None:
        """Allocate and initialise; the start function is left to whoever made this. Raises `Unlinkable`, `Trap`, `Exhaustion`."""
        self.module = module
        self.limits = limits
        self._types = types
        self.names = namespace()
        self.names[INSTANCE] = self
        self.link(imports)
        self.allocate()
        self.exports: dict[str, Item] = {e.name: self.item(e.kind, e.index) for e in module.syntax.exports}
        self.initialise()

    def __getitem__(self, name: str) -> Item:
        return self.exports[name]

    def item(self, kind: ExternKind, index: int) -> Item:
        """An item of an index space."""
        found: Item = self.names[f"{_LETTERS[kind]}{index}"]
        return found

    # --- imports and definitions

    def link(self, imports: Sequence[Item]) -> None:
        """Give imports their names ("Instantiation")."""
        counts = dict.fromkeys(ExternKind, 0)
        for (module, name, wanted), item in zip(self.module.type.imports, imports, strict=True):
            if not matching.externtype(type_of(item), wanted):
                raise Unlinkable(f"incompatible import type: `{module}` `{name}`")
            kind = _KINDS[type(item)]
            self.put(kind, counts[kind], item)
            counts[kind] += 1

    def put(self, kind: ExternKind, index: int, item: Item) -> None:
        """Give an item its names."""
        names = self.names
        names[f"{_LETTERS[kind]}{index}"] = item
        match item:
            case Func():
                names[f"f{index}"] = item.code
                names[f"p{index}"] = item.steps
                names[f"q{index}"] = item.stops
            case Memory():
                names[f"m{index}"] = item.data
                item.use(names, f"m{index}_")
            case Table():
                names[f"t{index}"] = item.elems
            case Global():
                form = self.module.space.global_forms[index]
                names[f"g{index}"] = item if form is GlobalForm.CELL else item.value
            case Tag():
                pass

    def allocate(self) -> None:
        """Make what the module defines ("Allocation")."""
        module, space, names, limits = self.module.syntax, self.module.space, self.names, self.limits
        for i, type in enumerate(space.types.types):
            names[f"y{i}"] = self._types.intern(type)
        for i in range(space.imported, len(space.funcs)):
            self.put(ExternKind.FUNC, i, self.function(i))
        for i, memory in enumerate(module.memories, len(space.memories) - len(module.memories)):
            self.put(ExternKind.MEMORY, i, Memory(memory.type, limits.memory_pages))
        for i, _ in enumerate(module.tags, len(space.tags) - len(module.tags)):
            self.put(ExternKind.TAG, i, Tag(TagType(space.tags[i])))
        first_table = len(space.tables) - len(module.tables)
        for i, table in enumerate(module.tables, first_table):
            type_ = space.tables[i]
            init = None if table.init is None else self.constant(table.init, type_.element)
            self.put(ExternKind.TABLE, i, Table(type_, init, limits.table_elements))
        for i, global_ in enumerate(module.globals, len(space.globals) - len(module.globals)):
            declared: GlobalType = space.globals[i]
            self.put(ExternKind.GLOBAL, i, Global(declared, self.constant(global_.init, declared.type)))

    def initialise(self) -> None:
        """Run the segments ("Instantiation"). Raises `Trap`."""
        names, space = self.names, self.module.space
        for i, elem in enumerate(self.module.syntax.elems):
            values = tuple(names[f"F{e}"] if isinstance(e, int) else self.constant(e, space.elems[i]) for e in elem.items)
            names[f"e{i}"] = values if elem.mode is ElemMode.PASSIVE else ()
            if elem.mode is ElemMode.ACTIVE:
                assert elem.offset is not None
                names[f"T{elem.table}"].init(self.number(elem.offset), values, 0, len(values))
        for i, data in enumerate(self.module.syntax.datas):
            names[f"d{i}"] = data.content if data.offset is None else b""
            if data.offset is not None:
                names[f"M{data.memory}"].init(self.number(data.offset), data.content, 0, len(data.content))

    def number(self, expr: Expr) -> int:
        """A constant expression for an address or an index."""
        value: int = self.constant(expr, BY_NAME["i64.const"].results[0])
        return value

    def constant(self, expr: Expr, type: ValType) -> Any:
        """The value of a constant expression ("Constant Expressions")."""
        if len(expr.instrs) == 1:
            op, *rest = expr.instrs[0]
            if op is I32_CONST:
                return rest[0] & 0xFFFF_FFFF
            if op is I64_CONST:
                return rest[0] & 0xFFFF_FFFF_FFFF_FFFF
            if op is F32_CONST:
                return f32_of_bits(rest[0])
            if op is F64_CONST:
                return f64_of_bits(rest[0])
            if op is REF_NULL:
                return None
            if op is REF_FUNC:
                return self.names[f"F{rest[0]}"]
            if op is GLOBAL_GET:
                return self.names[f"G{rest[0]}"].value
        translated = translate_constant(self.module.space, expr, type)
        self.names.update(translated.names)
        return FunctionType(translated.code, self.names)()

    # --- functions

    def function(self, index: int) -> Func:
        """A function that is compiled when it is first called."""
        functype = self.module.space.funcs[index]

        def code(*args: Any) -> Any:
            if func.code is code:
                self.first(index)
            return func.code(*args)

        def steps(*args: Any) -> Any:
            return self.suspendable(index, Form.STEPS)(*args)

        def stops(*args: Any) -> Any:
            return self.suspendable(index, Form.STOPS)(*args)

        func = Func(self._types.of_func(functype), functype, f"function {index}", code, steps, stops)
        if index in self.module.space.tails:

            def tail(*args: Any) -> Any:
                self.compiled(index)
                return self.names[f"b{index}"](*args)

            func.tail = self.names[f"b{index}"] = tail
        return func

    def first(self, index: int) -> None:
        """Compile a function that is called for the first time: as fast as possible, when it is long and may never be called again."""
        space = self.module.space
        if index in space.tails or not lasting(space.bodies[index - space.imported].body):
            self.compiled(index)
            return
        quick = self.python(index, Form.QUICK)
        calls = 0

        def code(*args: Any) -> Any:
            nonlocal calls
            calls += 1
            return quick(*args) if calls < OFTEN else self.compiled(index)(*args)

        func: Func = self.names[f"F{index}"]
        func.code = func.tail = self.names[f"f{index}"] = code

    def compiled(self, index: int) -> Code:
        """Compile the plain form and put it where its callers look."""
        code = self.python(index, Form.PLAIN)
        func: Func = self.names[f"F{index}"]
        if index in self.module.space.tails:
            func.tail = self.names[f"b{index}"] = code
            code = trampoline(code)
        else:
            func.tail = code
        func.code = self.names[f"f{index}"] = code
        return code

    def suspendable(self, index: int, form: Form) -> Code:
        """The same for a suspendable form."""
        code = self.names[f"{form.value}{index}"] = self.python(index, form)
        setattr(self.names[f"F{index}"], form.attribute, code)
        return code

    def inner(self, index: int) -> Code:
        """A function in the form for those who asked first; it is compiled when it is first called."""

        def code(*args: Any) -> Any:
            found = self.names[f"{Form.INNER.value}{index}"] = self.python(index, Form.INNER)
            return found(*args)

        return code

    def wide(self, index: int) -> Code:
        """A function in the form that assumes nothing; when it is called often, it replaces the one that does."""
        names, name = self.names, f"{Form.WIDE.value}{index}"
        calls = 0

        def code(*args: Any) -> Any:
            nonlocal calls
            calls += 1
            found = self.python(index, Form.WIDE)
            if calls == MANY:
                func: Func = names[f"F{index}"]
                func.code = func.tail = names[name] = names[f"f{index}"] = found
            return found(*args)

        return code

    def python(self, index: int, form: Form) -> Code:
        """The Python function of a function."""
        translated = self.module.translated(index, form)
        self.names.update(translated.names)
        if translated.assumes:
            self.names[f"{Form.WIDE.value}{index}"] = self.wide(index)
        for memory, key in translated.views:
            held: Memory = self.names[f"M{memory}"]
            if key not in held.views:
                held.add(key)
        for callee in translated.inner:
            self.names.setdefault(f"{Form.INNER.value}{callee}", self.inner(callee))
        return FunctionType(translated.code, self.names)


_LETTERS = {
    ExternKind.FUNC: "F",
    ExternKind.TABLE: "T",
    ExternKind.MEMORY: "M",
    ExternKind.GLOBAL: "G",
    ExternKind.TAG: "x",
}
_KINDS: dict[type, ExternKind] = {
    Func: ExternKind.FUNC,
    Table: ExternKind.TABLE,
    Memory: ExternKind.MEMORY,
    Global: ExternKind.GLOBAL,
    Tag: ExternKind.TAG,
}
