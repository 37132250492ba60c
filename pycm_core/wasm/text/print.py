"""Modules to text that parses back to the same module (core specification, "Text Format")."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pycm_core.base.errors import Exhaustion
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.wasm.binary.names import NameKind, Names, names_of
from pycm_core.wasm.syntax import types as t
from pycm_core.wasm.syntax.instructions import ELSE, END, OPENERS, Catch, Imm, Instr, Op
from pycm_core.wasm.syntax.module import (
    Custom,
    Data,
    Elem,
    ElemMode,
    Export,
    Expr,
    ExternKind,
    Func,
    Import,
    ImportDesc,
    Module,
    Section,
    import_kind,
)
from pycm_core.wasm.text.strings import floating, identifier, quote, quote_bytes
from pycm_core.wasm.text.types import REF_TYPES

_SHORT_REF = {kind: word for word, kind in REF_TYPES.items()}
_KEYWORDS = {kind: kind.name.lower() for kind in ExternKind}
_NAME_KINDS = {
    ExternKind.FUNC: NameKind.FUNC,
    ExternKind.TABLE: NameKind.TABLE,
    ExternKind.MEMORY: NameKind.MEMORY,
    ExternKind.GLOBAL: NameKind.GLOBAL,
    ExternKind.TAG: NameKind.TAG,
}
_SECTION_WORDS = {section: section.name.lower().replace("_", "") for section in Section}
_MAX_INDENT = 20
"""Deeper blocks are not indented further: a text stays linear in its module."""


class Ids:
    """Identifiers of one index space, from names: unique, and with an annotation where they are not the name itself."""

    __slots__ = ("bindings", "ids")

    def __init__(self, names: dict[int, str]) -> None:
        self.ids: dict[int, str] = {}
        self.bindings: dict[int, str] = {}
        taken = set(names.values())
        used: set[str] = set()
        for index, name in names.items():
            text = name
            if not name or name in used:
                count = index
                text = f"{name}#{count}"
                while text in taken or text in used:
                    count += 1
                    text = f"{name}#{count}"
            used.add(text)
            self.ids[index] = identifier(text)
            self.bindings[index] = self.ids[index] + ("" if text == name else f" (@name {quote(name)})")

    def __getitem__(self, index: int) -> str:
        """A reference to an item: its identifier, or its index."""
        return self.ids.get(index) or str(index)

    def bind(self, index: int) -> str:
        """What stands where an item is defined: its identifier, if any, and its index as a comment."""
        binding = self.bindings.get(index)
        return f"(;{index};)" if binding is None else f"{binding} (;{index};)"

    def local(self, index: int) -> str | None:
        """What stands in the definition of a parameter, a local or a field that has a name."""
        return self.bindings.get(index)


class TypePrinter:
    """Types as text, type indices as identifiers where they have one."""

    __slots__ = ("types",)

    def __init__(self, types: Ids) -> None:
        self.types = types

    def heap(self, heap: t.HeapKind | int | t.DefType) -> str:
        if isinstance(heap, t.HeapKind):
            return heap.value
        if isinstance(heap, int):
            return self.types[heap]
        raise TypeError("a closed type cannot be printed")

    def ref(self, type: t.RefType) -> str:
        if type.nullable and isinstance(type.heap, t.HeapKind):
            return _SHORT_REF[type.heap]
        return f"(ref {'null ' * type.nullable}{self.heap(type.heap)})"

    def value(self, type: t.StorageType) -> str:
        return self.ref(type) if isinstance(type, t.RefType) else str(type.value)

    def signature(self, func: t.FuncType, params: Ids | None = None) -> str:
        """`(param ...) (result ...)` with a space before each."""
        return self.named("param", func.params, params, 0) + self.results(func.results)

    def named(self, word: str, types: Sequence[t.ValType], names: Ids | None, first: int) -> str:
        """Parameters or locals: those with a name on their own, the others together."""
        out: list[str] = []
        run: list[str] = []
        for i, type in enumerate(types, first):
            name = None if names is None else names.local(i)
            if name is None:
                run.append(self.value(type))
                continue
            if run:
                out.append(f" ({word} {' '.join(run)})")
                run = []
            out.append(f" ({word} {name} {self.value(type)})")
        if run:
            out.append(f" ({word} {' '.join(run)})")
        return "".join(out)

    def results(self, types: Iterable[t.ValType]) -> str:
        words = " ".join([self.value(type) for type in types])
        return f" (result {words})" if words else ""

    def field(self, field: t.FieldType) -> str:
        return f"(mut {self.value(field.type)})" if field.mutable else self.value(field.type)

    def comp(self, comp: t.CompType, fields: Ids) -> str:
        match comp:
            case t.FuncType():
                return f"(func{self.signature(comp)})"
            case t.ArrayType():
                return f"(array {self.field(comp.field)})"
        parts = []
        for i, field in enumerate(comp.fields):
            name = fields.local(i)
            parts.append(f" (field {'' if name is None else name + ' '}{self.field(field)})")
        return f"(struct{''.join(parts)})"

    def sub(self, sub: t.SubType, fields: Ids) -> str:
        comp = self.comp(sub.type, fields)
        if sub.final and not sub.supers:
            return comp
        supers = "".join(f"{self.heap(index)} " for index in sub.supers)
        return f"(sub {'final ' * sub.final}{supers}{comp})"

    def global_(self, type: t.GlobalType) -> str:
        return f"(mut {self.value(type.type)})" if type.mutable else self.value(type.type)

    def table(self, type: t.TableType) -> str:
        return f"{limits(type.limits)} {self.ref(type.element)}"


def limits(limits: t.Limits) -> str:
    """Limits, with the address type where it is not `i32`."""
    address = "i64 " * limits.addr64
    most = "" if limits.max is None else f" {limits.max}"
    return f"{address}{limits.min}{most}{' shared' * limits.shared}"


def memory(type: t.MemoryType) -> str:
    """A memory type."""
    page_size = "" if type.page_size_log2 == 16 else f" (pagesize {1 << type.page_size_log2})"
    return limits(type.limits) + page_size


class Labels:
    """The labels in scope while a body is printed."""

    __slots__ = ("count", "ids", "names")

    def __init__(self, names: dict[int, str]) -> None:
        self.names = names
        self.count = 0
        self.ids: list[str | None] = []

    def enter(self) -> str | None:
        name = self.names.get(self.count)
        self.count += 1
        id = identifier(name) if name else None
        self.ids.append(id)
        return id

    def leave(self, instr: Instr) -> None:
        """Close the innermost block if `instr` does."""
        if instr[0] is END and self.ids:
            self.ids.pop()

    def __getitem__(self, index: int) -> str:
        """A branch target: its identifier, unless another block inside took it."""
        if index < len(self.ids):
            id = self.ids[-1 - index]
            if id is not None and id not in self.ids[len(self.ids) - index :]:
                return id
        return str(index)


class Printer:
    """Prints one module."""

    __slots__ = ("fields", "ids", "limits", "module", "names", "skeleton", "subs", "types")

    def __init__(self, module: Module, skeleton: bool = False, limits: Limits = DEFAULT_LIMITS) -> None:
        self.module = module
        self.names: Names = names_of(module)
        self.skeleton = skeleton
        self.limits = limits
        self.ids = {kind: Ids(self.names.of(kind)) for kind in NameKind}
        self.subs = [sub for rec in module.types for sub in rec.types]
        self.types = TypePrinter(self.ids[NameKind.TYPE])
        self.fields: dict[int, Ids] = {}

    def field_ids(self, type: int) -> Ids:
        """Identifiers of the fields of a structure type."""
        found = self.fields.get(type)
        if found is None:
            found = self.fields[type] = Ids(self.names.within(NameKind.FIELD, type))
        return found

    def print(self) -> str:
        """The module as text."""
        lines = ["(module" + self.module_name()]
        size = 0
        for line in self.definitions():
            lines.append("  " + line)
            size += len(line)
            if size > self.limits.text_chars:
                raise Exhaustion(f"the text has more than {self.limits.text_chars} characters")
        lines.append(")")
        return "\n".join(lines) + "\n"

    def module_name(self) -> str:
        name = self.names.module
        if name is None:
            return ""
        return f" {identifier(name)}" if name else ' (@name "")'

    def definitions(self) -> Iterator[str]:
        """The fields, each indented by what it is inside of; of a function, line by line."""
        module = self.module
        yield from self.type_definitions()
        counts = dict.fromkeys(ExternKind, 0)
        for entry in module.imports:
            kind = import_kind(entry.type)
            yield self.import_(entry, counts[kind])
            counts[kind] += 1
        for table in module.tables:
            init = "" if table.init is None else " " + self.flat(table.init)
            yield f"(table {self.define(ExternKind.TABLE, counts)} {self.types.table(table.type)}{init})"
        for mem in module.memories:
            yield f"(memory {self.define(ExternKind.MEMORY, counts)} {memory(mem.type)})"
        for tag in module.tags:
            yield f"(tag {self.define(ExternKind.TAG, counts)}{self.type_use(tag.type.type)})"
        for global_ in module.globals:
            init = self.flat(global_.init)
            yield f"(global {self.define(ExternKind.GLOBAL, counts)} {self.types.global_(global_.type)} {init})"
        for export in module.exports:
            yield self.export(export)
        if module.start is not None:
            yield f"(start {self.ids[NameKind.FUNC][module.start.func]})"
        for i, elem in enumerate(module.elems):
            yield self.elem(elem, i)
        for func in module.funcs:
            yield from self.func(func, counts[ExternKind.FUNC])
            counts[ExternKind.FUNC] += 1
        for i, data in enumerate(module.datas):
            yield self.data(data, i)
        yield from self.customs()

    def define(self, kind: ExternKind, counts: dict[ExternKind, int]) -> str:
        """The binding of the next item of a kind."""
        index = counts[kind]
        counts[kind] += 1
        return self.ids[_NAME_KINDS[kind]].bind(index)

    def type_definitions(self) -> Iterator[str]:
        index = 0
        for rec in self.module.types:
            group = len(rec.types) != 1
            if group:
                yield "(rec"
            for sub in rec.types:
                text = f"(type {self.ids[NameKind.TYPE].bind(index)} {self.types.sub(sub, self.field_ids(index))})"
                yield "  " * group + text
                index += 1
            if group:
                yield ")"

    def type_use(self, type: int | t.FuncType, params: Ids | None = None) -> str:
        """`(type x)` and what it says, with a space before each."""
        if not isinstance(type, int):
            raise TypeError("a closed type cannot be printed")
        use = f" (type {self.ids[NameKind.TYPE][type]})"
        func = self.subs[type].type if type < len(self.subs) else None
        return use + (self.types.signature(func, params) if isinstance(func, t.FuncType) else "")

    def import_(self, entry: Import, index: int) -> str:
        kind = import_kind(entry.type)
        binding = self.ids[_NAME_KINDS[kind]].bind(index)
        desc = self.import_type(entry.type, index)
        return f"(import {quote(entry.module)} {quote(entry.name)} ({_KEYWORDS[kind]} {binding}{desc}))"

    def import_type(self, type: ImportDesc, index: int) -> str:
        match type:
            case int():
                return self.type_use(type, Ids(self.names.within(NameKind.LOCAL, index)))
            case t.TableType():
                return " " + self.types.table(type)
            case t.MemoryType():
                return " " + memory(type)
            case t.GlobalType():
                return " " + self.types.global_(type)
            case t.TagType():
                return self.type_use(type.type)

    def export(self, export: Export) -> str:
        index = self.ids[_NAME_KINDS[export.kind]][export.index]
        return f"(export {quote(export.name)} ({_KEYWORDS[export.kind]} {index}))"

    def elem(self, elem: Elem, index: int) -> str:
        parts = [f"(elem {self.ids[NameKind.ELEM].bind(index)}"]
        if elem.mode is ElemMode.DECLARE:
            parts.append("declare")
        elif elem.mode is ElemMode.ACTIVE:
            assert elem.offset is not None
            if elem.table or elem.explicit:
                parts.append(f"(table {self.ids[NameKind.TABLE][elem.table]})")
            parts.append(self.folded(elem.offset, "offset"))
        by_index = elem.type == t.RefType(False, t.HeapKind.FUNC) and not any(isinstance(item, Expr) for item in elem.items)
        parts.append("func" if by_index else self.types.ref(elem.type))
        if self.skeleton and elem.items:
            parts.append("...")
        else:
            funcs = self.ids[NameKind.FUNC]
            parts += [self.folded(item, "item") if isinstance(item, Expr) else funcs[item] for item in elem.items]
        return " ".join(parts) + ")"

    def data(self, data: Data, index: int) -> str:
        parts = [f"(data {self.ids[NameKind.DATA].bind(index)}"]
        if data.offset is not None:
            if data.memory or data.explicit:
                parts.append(f"(memory {self.ids[NameKind.MEMORY][data.memory]})")
            parts.append(self.folded(data.offset, "offset"))
        parts.append("..." if self.skeleton else quote_bytes(data.content))
        return " ".join(parts) + ")"

    def customs(self) -> Iterator[str]:
        """Custom sections; the name section is in the identifiers, and comes back before those `(after last)`."""
        named = not self.names
        for section in self.module.customs:
            if section.name == "name" and not named:
                named = True
                continue
            yield self.custom(section, named)

    def custom(self, section: Custom, named: bool) -> str:
        place = "(before first)" if section.after is Section.CUSTOM else f"(after {_SECTION_WORDS[section.after]})"
        if named and self.names and section.after is self.module.customs[-1].after:
            place = "(after last)"
        content = "..." if self.skeleton else quote_bytes(section.content)
        return f"(@custom {quote(section.name)} {place} {content})"

    # --- instructions

    def func(self, func: Func, index: int) -> Iterator[str]:
        locals = Ids(self.names.within(NameKind.LOCAL, index))
        head = f"(func {self.ids[NameKind.FUNC].bind(index)}{self.type_use(func.type, locals)}"
        if self.skeleton:
            yield head + " ...)"
            return
        yield head
        total = sum(count for count, _ in func.locals)
        if total > self.limits.locals:
            raise Exhaustion(f"function {index} has {total} locals, the limit is {self.limits.locals}")
        if total:
            comp = self.subs[func.type].type if func.type < len(self.subs) else None
            first = len(comp.params) if isinstance(comp, t.FuncType) else 0
            types = [type for count, type in func.locals for _ in range(count)]
            yield " " + self.types.named("local", types, locals, first)
        labels = Labels(self.names.within(NameKind.LABEL, index))
        yield from self.body(func.body.instrs, locals, labels)
        yield ")"

    def body(self, instrs: Sequence[Instr], locals: Ids, labels: Labels) -> Iterator[str]:
        """Instructions, one a line."""
        depth = 1
        for instr in instrs:
            op: Op = instr[0]
            if op is END or op is ELSE:
                depth -= 1
                labels.leave(instr)
            line = "  " * min(depth, _MAX_INDENT) + self.instr(instr, locals, labels)
            if op in OPENERS:
                depth += 1
                if labels.ids[-1] is None:
                    line += f" ;; label = @{len(labels.ids)}"
            elif op is ELSE:
                depth += 1
            yield line

    def flat(self, expr: Expr) -> str:
        """An expression on one line."""
        locals, labels = Ids({}), Labels({})
        return " ".join([self.instr(instr, locals, labels) for instr in expr.instrs])

    def folded(self, expr: Expr, word: str) -> str:
        """An expression in parentheses: a single instruction as itself, others behind `word`."""
        text = self.flat(expr)
        return f"({text})" if len(expr.instrs) == 1 else f"({word}{' ' * bool(text)}{text})"

    def instr(self, instr: Instr, locals: Ids, labels: Labels) -> str:
        """One instruction."""
        op: Op = instr[0]
        immediates = op.immediates
        if not immediates:
            return op.name
        if op in OPENERS:
            return self.block(instr, labels)
        words = [op.keyword]
        first = immediates[0]
        if first is Imm.MEMARG:
            words += self.memarg(instr)
        elif first is Imm.LABELS:
            words += [labels[label] for label in (*instr[1], instr[2])]
        elif op.keyword in ("ref.test", "ref.cast"):
            words.append(self.types.ref(t.RefType(op.name.endswith("~null"), instr[1])))
        elif Imm.CAST in immediates:
            words += [labels[instr[1]], self.types.ref(instr[2]), self.types.ref(instr[3])]
        elif op.keyword in ("call_indirect", "return_call_indirect"):
            words += [self.ids[NameKind.TABLE][instr[2]]] if instr[2] else []
            words.append(self.type_use(instr[1])[1:])
        elif op.keyword in ("memory.init", "table.init"):
            kinds = (NameKind.MEMORY, NameKind.DATA) if first is Imm.DATA else (NameKind.TABLE, NameKind.ELEM)
            words += [self.ids[kinds[0]][instr[2]]] if instr[2] else []
            words.append(self.ids[kinds[1]][instr[1]])
        elif first in _DEFAULTED:
            if any(instr[1:]):
                words += [self.ids[_DEFAULTED[first]][index] for index in instr[1:]]
        elif Imm.FIELD in immediates:
            words += [self.ids[NameKind.TYPE][instr[1]], self.field_ids(instr[1])[instr[2]]]
        elif op.name == "select~t":
            words.append(f"(result {' '.join([self.types.value(type) for type in instr[1]])})")
        else:
            for imm, value in zip(immediates, instr[1:], strict=True):
                if imm is Imm.LOCAL:
                    words.append(locals[value])
                elif imm is Imm.LABEL:
                    words.append(labels[value])
                elif imm in _NAMED:
                    words.append(self.ids[_NAMED[imm]][value])
                elif imm is Imm.HEAP:
                    words.append(self.types.heap(value))
                else:
                    words.append(_LITERALS[imm](value))
        return " ".join(words)

    def block(self, instr: Instr, labels: Labels) -> str:
        op: Op = instr[0]
        type = instr[1]
        text = op.name
        # The catch clauses of a block see the labels outside of it.
        catches = "".join([" " + self.catch(catch, labels) for catch in instr[2]]) if len(instr) > 2 else ""
        label = labels.enter()
        if label is not None:
            text += " " + label
        if isinstance(type, int):
            text += self.type_use(type)
        elif type is not None:
            text += f" (result {self.types.value(type)})"
        return text + catches

    def catch(self, catch: Catch, labels: Labels) -> str:
        tag = "" if catch.tag is None else f" {self.ids[NameKind.TAG][catch.tag]}"
        return f"({catch.kind}{tag} {labels[catch.label]})"

    def memarg(self, instr: Instr) -> list[str]:
        op, align, offset, mem = instr[:4]
        words = [self.ids[NameKind.MEMORY][mem]] if mem else []
        if offset:
            words.append(f"offset={offset}")
        if align != op.align:
            words.append(f"align={1 << align}")
        return words + [str(lane) for lane in instr[4:]]


_DEFAULTED = {Imm.MEM: NameKind.MEMORY, Imm.TABLE: NameKind.TABLE}
"""Indices that are left away when all of them are 0."""

_NAMED = {
    Imm.GLOBAL: NameKind.GLOBAL,
    Imm.FUNC: NameKind.FUNC,
    Imm.TYPE: NameKind.TYPE,
    Imm.ELEM: NameKind.ELEM,
    Imm.DATA: NameKind.DATA,
    Imm.TAG: NameKind.TAG,
}


def _v128(content: bytes) -> str:
    return "i32x4 " + " ".join(f"{int.from_bytes(content[i : i + 4], 'little'):#010x}" for i in range(0, 16, 4))


_LITERALS: dict[Imm, Callable[[Any], str]] = {
    Imm.COUNT: str,
    Imm.LANE: str,
    Imm.I32: str,
    Imm.I64: str,
    Imm.F32: lambda bits: floating(bits, 32),
    Imm.F64: lambda bits: floating(bits, 64),
    Imm.V128: _v128,
    Imm.LANES: lambda lanes: " ".join(map(str, lanes)),
}


def print_module(module: Module, skeleton: bool = False, limits: Limits = DEFAULT_LIMITS) -> str:
    """The text of `module`, names from its name section. A skeleton leaves out bodies, segments and contents.

    Raises `Exhaustion` for a text that gets too long, and a function with more locals than can be written down.
    """
    return Printer(module, skeleton, limits).print()
