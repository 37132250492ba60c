"""Validation of modules (core specification, "Validation", "Modules")."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from pycm_core.base.errors import Exhaustion, Invalid, Offset, PyCMError, Where
from pycm_core.base.features import DEFAULT_FEATURES, Feature, Features
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.wasm.binary.module import ModuleStream
from pycm_core.wasm.syntax.instructions import BY_NAME
from pycm_core.wasm.syntax.module import (
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
    ModuleType,
    Start,
    Table,
)
from pycm_core.wasm.syntax.types import (
    DefType,
    ExternType,
    FuncType,
    GlobalType,
    MemoryType,
    NumType,
    RefType,
    TableType,
    TagType,
    ValType,
)
from pycm_core.wasm.valid import matching
from pycm_core.wasm.valid import types as check_type
from pycm_core.wasm.valid.code import Code, item
from pycm_core.wasm.valid.context import Context
from pycm_core.wasm.valid.fault import Fault
from pycm_core.wasm.valid.instructions import check, constant

_REF_FUNC = BY_NAME["ref.func"]

Place = Callable[[int], Where]
"""From an `at` of the syntax to a place: an offset for binaries, a span for texts."""


def validate(
    module: Module, features: Features = DEFAULT_FEATURES, limits: Limits = DEFAULT_LIMITS, place: Place = Offset
) -> ModuleType:
    """Check `module` and say what it imports and exports. Raises `Invalid` or `Exhaustion`."""
    validator = _Validator(module, features, limits, place)
    found = validator.definitions([(func.type, func.at) for func in module.funcs])
    validator.bodies(module.funcs)
    return found


def validate_binary(
    data: bytes, at: int = 0, features: Features = DEFAULT_FEATURES, limits: Limits = DEFAULT_LIMITS
) -> ModuleType:
    """Decode and check the module `data`, which lies at `at` in the outermost file, one function at a time.

    The same as `validate(decode(data, at))`, without ever holding all of the code. Raises `Malformed`, `Invalid` or `Exhaustion`.
    """
    stream = ModuleStream(data, at, limits)
    bodies = stream.bodies()
    try:
        validator = _Validator(stream.module, features, limits, Offset)
        found = validator.definitions(stream.declared)
        validator.bodies(bodies)
    except (Invalid, Exhaustion):
        for _ in bodies:  # a module that is malformed further on is malformed, not invalid
            pass
        raise
    return found


class _Validator:
    """One module being checked, definition by definition."""

    __slots__ = ("context", "features", "limits", "place", "source")

    def __init__(self, module: Module, features: Features, limits: Limits, place: Place) -> None:
        self.source = module
        self.features = features
        self.limits = limits
        self.place = place
        self.context = Context(limits=limits)

    @contextmanager
    def within(self, kind: str, index: int, at: int) -> Iterator[None]:
        """Give a fault in a definition its place and context."""
        try:
            yield
        except Fault as fault:
            error = Invalid(fault.message, self.place(at))
            error.add_context(kind, index)
            raise error from None
        except PyCMError as e:
            if e.where is None:
                e.where = self.place(at)
            e.add_context(kind, index)
            raise

    def constant(self, expr: Expr, type: ValType) -> None:
        """A constant expression."""
        try:
            constant(self.context, expr.instrs, type)
        except Fault as fault:
            raise self.in_expr(fault, expr) from None

    def in_expr(self, fault: Fault, expr: Expr) -> PyCMError | Fault:
        """A fault of an instruction at its place."""
        if fault.index is None or fault.index >= len(expr.places):
            return fault
        return Invalid(fault.message, self.place(expr.places[fault.index]))

    # --- types of definitions

    def value(self, type: ValType) -> ValType:
        try:
            return self.context.types.close(type)
        except IndexError:
            assert isinstance(type, RefType)
            raise Fault(f"unknown type {type.heap}") from None

    def reference(self, type: RefType) -> RefType:
        closed = self.value(type)
        assert isinstance(closed, RefType)
        return closed

    def func_type(self, index: int) -> tuple[DefType, FuncType]:
        """The function type of a type index."""
        type = item(self.context.types.types, index, "type")
        try:
            return type, self.context.types.func(index)
        except TypeError:
            raise Fault(f"type mismatch: type {index} is not a function type") from None

    def table_type(self, type: TableType) -> TableType:
        check_type.tabletype(type)
        return TableType(type.limits, self.reference(type.element))

    def memory_type(self, type: MemoryType) -> MemoryType:
        check_type.memorytype(type, Feature.CUSTOM_PAGE_SIZES in self.features)
        return type

    def global_type(self, type: GlobalType) -> GlobalType:
        return GlobalType(self.value(type.type), type.mutable)

    def tag_type(self, type: TagType) -> FuncType:
        func = self.func_type(type.type)[1] if isinstance(type.type, int) else type.type
        if func.results:
            raise Fault("non-empty tag result type")
        return func

    # --- definitions

    def import_(self, entry: Import) -> ExternType:
        """Check an import and give its item the next index."""
        context = self.context
        match entry.type:
            case int(index):
                defined, func = self.func_type(index)
                context.funcs.append(defined)
                context.func_types.append(func)
                return func
            case TableType() as type:
                context.tables.append(self.table_type(type))
                return context.tables[-1]
            case MemoryType() as type:
                context.memories.append(self.memory_type(type))
                return type
            case GlobalType() as type:
                context.globals.append(self.global_type(type))
                return context.globals[-1]
            case TagType() as type:
                context.tags.append(self.tag_type(type))
                return TagType(context.tags[-1])

    def table(self, table: Table) -> TableType:
        type = self.table_type(table.type)
        if table.init is not None:
            self.constant(table.init, type.element)
        elif not type.element.nullable:
            raise Fault("type mismatch: a table of references that cannot be null needs an initial value")
        return type

    def global_(self, global_: Global) -> None:
        type = self.global_type(global_.type)
        self.constant(global_.init, type.type)
        self.context.globals.append(type)

    def elem(self, elem: Elem, type: RefType) -> None:
        for entry in elem.items:
            if isinstance(entry, Expr):
                self.constant(entry, type)
            else:
                item(self.context.funcs, entry, "function")
        if elem.mode is ElemMode.ACTIVE:
            table = item(self.context.tables, elem.table, "table")
            if not matching.reftype(type, table.element):
                raise Fault(f"type mismatch: the elements do not fit into table {elem.table}")
            assert elem.offset is not None
            self.constant(elem.offset, NumType.I64 if table.limits.addr64 else NumType.I32)

    def data(self, data: Data) -> None:
        if data.offset is not None:
            memory = item(self.context.memories, data.memory, "memory")
            self.constant(data.offset, NumType.I64 if memory.limits.addr64 else NumType.I32)

    def func(self, func: Func, type: FuncType) -> None:
        runs = [(count, self.value(run)) for count, run in func.locals]
        try:
            check(Code(self.context, type.params, runs, type.results), func.body.instrs)
        except Fault as fault:
            raise self.in_expr(fault, func.body) from None

    def start(self, start: Start) -> None:
        func = item(self.context.func_types, start.func, "function")
        if func.params or func.results:
            raise Fault("start function must take and return nothing")

    def export(self, export: Export) -> ExternType:
        context = self.context
        match export.kind:
            case ExternKind.FUNC:
                return item(context.func_types, export.index, "function")
            case ExternKind.TABLE:
                return item(context.tables, export.index, "table")
            case ExternKind.MEMORY:
                return item(context.memories, export.index, "memory")
            case ExternKind.GLOBAL:
                return item(context.globals, export.index, "global")
            case ExternKind.TAG:
                return TagType(item(context.tags, export.index, "tag"))

    def refs(self) -> set[int]:
        """Functions named outside of function bodies ("Modules", the context's references)."""
        module = self.source
        refs = {export.index for export in module.exports if export.kind is ExternKind.FUNC}
        exprs = [g.init for g in module.globals]
        exprs += [t.init for t in module.tables if t.init is not None]
        for elem in module.elems:
            if elem.offset is not None:
                exprs.append(elem.offset)
            for entry in elem.items:
                if isinstance(entry, Expr):
                    exprs.append(entry)
                else:
                    refs.add(entry)
        refs.update(i[1] for expr in exprs for i in expr.instrs if i[0] is _REF_FUNC)
        return refs

    def definitions(self, funcs: Sequence[tuple[int, int]]) -> ModuleType:
        """Everything but function bodies; of the functions, `(type index, place)`."""
        module, context = self.source, self.context
        for i, rec in enumerate(module.types):
            with self.within("type", i, module.type_places[i] if module.type_places else module.at):
                check_type.rectype(context.types, rec, self.limits)
        imports = []
        for i, entry in enumerate(module.imports):
            with self.within("import", i, entry.at):
                imports.append((entry.module, entry.name, self.import_(entry)))
        for i, (index, at) in enumerate(funcs, len(context.funcs)):
            with self.within("function", i, at):
                defined, type = self.func_type(index)
                context.funcs.append(defined)
                context.func_types.append(type)
        context.refs = self.refs()
        tables = []
        for i, table in enumerate(module.tables, len(context.tables)):
            with self.within("table", i, table.at):
                tables.append(self.table(table))
        for i, memory in enumerate(module.memories, len(context.memories)):
            with self.within("memory", i, memory.at):
                context.memories.append(self.memory_type(memory.type))
        for i, tag in enumerate(module.tags, len(context.tags)):
            with self.within("tag", i, tag.at):
                context.tags.append(self.tag_type(tag.type))
        for i, global_ in enumerate(module.globals, len(context.globals)):
            with self.within("global", i, global_.at):
                self.global_(global_)
        context.tables.extend(tables)
        context.datas = len(module.datas)
        for i, elem in enumerate(module.elems):
            with self.within("elem", i, elem.at):
                context.elems.append(self.reference(elem.type))
        exports = []
        seen: set[str] = set()
        for i, export in enumerate(module.exports):
            with self.within("export", i, export.at):
                exports.append((export.name, self.export(export)))
                if export.name in seen:
                    raise Fault(f"duplicate export name `{export.name}`")
                seen.add(export.name)
        if module.start is not None:
            with self.within("start", module.start.func, module.start.at):
                self.start(module.start)
        for i, elem in enumerate(module.elems):
            with self.within("elem", i, elem.at):
                self.elem(elem, context.elems[i])
        for i, data in enumerate(module.datas):
            with self.within("data", i, data.at):
                self.data(data)
        return ModuleType(tuple(imports), tuple(exports))

    def bodies(self, funcs: Iterable[Func]) -> None:
        """The bodies of all functions, in order."""
        context = self.context
        first = sum(isinstance(entry.type, int) for entry in self.source.imports)
        for i, func in enumerate(funcs, first):
            with self.within("function", i, func.at):
                self.func(func, context.func_types[i])
