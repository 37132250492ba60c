"""Components to text that parses back to an equal component (Explainer.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pycm_core.base.errors import Exhaustion
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.binary.names import SECTION, names
from pycm_core.component.builtins import CATALOGUE, FIELD, Immediate
from pycm_core.component.text.scope import sort_words
from pycm_core.component.types import Prim, TypeRef
from pycm_core.wasm.binary.module import decode as decode_module
from pycm_core.wasm.binary.names import names_of
from pycm_core.wasm.syntax import types as w
from pycm_core.wasm.text.print import Ids, TypePrinter, print_module
from pycm_core.wasm.text.print import limits as core_limits
from pycm_core.wasm.text.print import memory as core_memory
from pycm_core.wasm.text.strings import quote, quote_bytes

_INDENT = "  "


def print_component(component: s.Component, skeleton: bool = False, limits: Limits = DEFAULT_LIMITS) -> str:
    """The text of a component, with identifiers from its name section. A skeleton leaves out what is in core modules and custom sections.

    Core modules are printed as text, so they must be well-formed: raises `Malformed` for one that is not, or `Exhaustion`.
    """
    try:
        lines = ComponentPrinter(component, skeleton, limits).component("component", component)
    except RecursionError:
        raise Exhaustion("nesting too deep for the stack of this Python") from None
    return "\n".join(lines) + "\n"


def _attributes(name: s.ExternName) -> str:
    """A name with its attributes, as imports and exports write it."""
    out = quote(name.name)
    for word, value in (
        ("implements", name.implements),
        ("versionsuffix", name.version_suffix),
        ("external-id", name.external_id),
    ):
        if value is not None:
            out += f" ({word} {quote(value)})"
    return out


class ScopePrinter:
    """A scope while it is printed: identifiers, and how many items of each sort there are."""

    __slots__ = ("counts", "ids", "names")

    def __init__(self, names: dict[s.AnySort, dict[int, str]]) -> None:
        self.names = names
        self.ids: dict[s.AnySort, Ids] = {}
        self.counts: dict[s.AnySort, int] = {}

    def of(self, sort: s.AnySort) -> Ids:
        """The identifiers of a sort."""
        ids = self.ids.get(sort)
        if ids is None:
            ids = self.ids[sort] = Ids(dict(sorted(self.names.get(sort, {}).items())))
        return ids

    def bind(self, sort: s.AnySort) -> str:
        """What stands where the next item of a sort is defined."""
        index = self.counts.get(sort, 0)
        self.counts[sort] = index + 1
        return self.of(sort).bind(index)

    def index(self, sort: s.AnySort, index: int) -> str:
        """A reference to an item: its identifier, or its index. What is not defined yet has no identifier that could be resolved."""
        return self.of(sort)[index] if index < self.counts.get(sort, 0) else str(index)

    def ref(self, sort: s.AnySort, index: int) -> str:
        """`(sort index)`."""
        return f"({sort_words(sort)} {self.index(sort, index)})"

    def type(self, index: int) -> str:
        """A type index."""
        return self.index(s.Sort.TYPE, index)

    @property
    def core(self) -> TypePrinter:
        """Core types, with the identifiers of this scope."""
        return TypePrinter(self.of(s.CoreSort.TYPE))

    # --- types

    def value(self, ref: TypeRef) -> str:
        """A value type."""
        return ref.value if isinstance(ref, Prim) else self.type(ref)

    def _some(self, ref: TypeRef | None) -> str:
        return "" if ref is None else f" {self.value(ref)}"

    def defined(self, syntax: Any) -> str:
        """A value type definition."""
        match syntax:
            case t.Named():
                return str(syntax.prim.value)
            case t.Record():
                return "(record" + "".join([f" (field {quote(f.label)} {self.value(f.type)})" for f in syntax.fields]) + ")"
            case t.Variant():
                return "(variant" + "".join([f" (case {quote(c.label)}{self._some(c.type)})" for c in syntax.cases]) + ")"
            case t.List():
                return f"(list {self.value(syntax.element)}{'' if syntax.length is None else f' {syntax.length}'})"
            case t.Tuple():
                return "(tuple" + "".join([self._some(x) for x in syntax.types]) + ")"
            case t.Flags():
                return "(flags" + "".join([f" {quote(label)}" for label in syntax.labels]) + ")"
            case t.EnumType():
                return "(enum" + "".join([f" {quote(label)}" for label in syntax.labels]) + ")"
            case t.Option():
                return f"(option {self.value(syntax.type)})"
            case t.Result():
                error = "" if syntax.error is None else f" (error {self.value(syntax.error)})"
                return f"(result{self._some(syntax.ok)}{error})"
            case t.Own():
                return f"(own {self.type(syntax.resource)})"
            case t.Borrow():
                return f"(borrow {self.type(syntax.resource)})"
            case t.Stream():
                return f"(stream{self._some(syntax.element)})"
            case t.Future():
                return f"(future{self._some(syntax.type)})"
            case t.Map():
                return f"(map {self.value(syntax.key)} {self.value(syntax.value)})"
            case t.FuncType():
                return self._func(syntax)
            case s.ResourceType():
                dtor = "" if syntax.dtor is None else f" (dtor {self.ref(s.CoreSort.FUNC, syntax.dtor)})"
                return f"(resource (rep {self.core.value(syntax.rep)}){dtor})"
        raise TypeError(type(syntax))

    def _func(self, func: t.FuncType[TypeRef]) -> str:
        params = "".join([f" (param {quote(p.label)} {self.value(p.type)})" for p in func.params])
        result = "" if func.result is None else f" (result {self.value(func.result)})"
        return f"(func{' async' * func.async_}{params}{result})"

    def type_def(self, definition: s.TypeDef) -> list[str]:
        """A type definition or declarator."""
        syntax = definition.type
        if isinstance(syntax, s.ComponentTypeDecls | s.InstanceTypeDecls):
            word = "component" if isinstance(syntax, s.ComponentTypeDecls) else "instance"
            inner = ScopePrinter({})
            return _block(f"(type {self.bind(s.Sort.TYPE)} ({word}", [line for d in syntax.decls for line in inner.decl(d)], "))")
        text = self.defined(syntax)
        return [f"(type {self.bind(s.Sort.TYPE)} {text})"]

    def decl(self, decl: s.Decl) -> list[str]:
        """A declarator of a component or instance type."""
        match decl:
            case s.CoreType():
                return self.core_type(decl)
            case s.TypeDef():
                return self.type_def(decl)
            case s.Import():
                return [f"(import {_attributes(decl.name)} {self.extern(decl.type)})"]
            case s.ExportDecl():
                return [f"(export {_attributes(decl.name)} {self.extern(decl.type)})"]
            case _:
                return [self.alias(decl)]

    def extern(self, desc: s.ExternDesc, bind: bool = True) -> str:
        """The type of an import or export; with `bind`, what it adds to this scope."""
        sort, text = self._extern(desc)
        return f"({sort_words(sort)} {self.bind(sort) + ' ' if bind else ''}{text})"

    def _extern(self, desc: s.ExternDesc) -> tuple[s.AnySort, str]:
        match desc:
            case s.FuncDesc():
                return s.Sort.FUNC, f"(type {self.type(desc.type)})"
            case s.CoreModuleDesc():
                return s.CoreSort.MODULE, f"(type {self.index(s.CoreSort.TYPE, desc.type)})"
            case s.ComponentDesc():
                return s.Sort.COMPONENT, f"(type {self.type(desc.type)})"
            case s.InstanceDesc():
                return s.Sort.INSTANCE, f"(type {self.type(desc.type)})"
            case s.TypeEq():
                return s.Sort.TYPE, f"(eq {self.type(desc.type)})"
            case s.TypeSubResource():
                return s.Sort.TYPE, "(sub resource)"
            case s.ValueEq():
                return s.Sort.VALUE, f"(eq {self.index(s.Sort.VALUE, desc.value)})"
            case s.ValueType():
                return s.Sort.VALUE, self.value(desc.type)

    def alias(self, alias: s.AliasExport | s.AliasCoreExport | s.AliasOuter) -> str:
        """An alias."""
        match alias:
            case s.AliasExport():
                target = f"export {self.index(s.Sort.INSTANCE, alias.instance)} {quote(alias.name)}"
            case s.AliasCoreExport():
                target = f"core export {self.index(s.CoreSort.INSTANCE, alias.instance)} {quote(alias.name)}"
            case s.AliasOuter():
                target = f"outer {alias.count} {alias.index}"
        return f"(alias {target} ({sort_words(alias.sort)} {self.bind(alias.sort)}))"

    # --- core types

    def core_type(self, definition: s.CoreType, core: str = "core ") -> list[str]:
        """A core type definition; inside a module type, without `core`."""
        type_ = definition.type
        if isinstance(type_, s.CoreModuleTypeDecls):
            inner = ScopePrinter({})
            lines = [line for d in type_.decls for line in inner.module_decl(d)]
            return _block(f"({core}type {self.bind(s.CoreSort.TYPE)} (module", lines, "))")
        no_fields = Ids({})
        if len(type_.types) == 1:
            return [f"({core}type {self.bind(s.CoreSort.TYPE)} {self.core.sub(type_.types[0], no_fields)})"]
        members = [f"(type {self.bind(s.CoreSort.TYPE)} {self.core.sub(sub, no_fields)})" for sub in type_.types]
        return _block(f"({core}rec", members, ")")

    def module_decl(self, decl: s.CoreModuleDecl) -> list[str]:
        """A declarator of a module type."""
        match decl:
            case s.CoreType():
                return self.core_type(decl, "")
            case s.CoreOuterAlias():
                return [f"(alias outer {decl.count} {decl.index} (type {self.bind(s.CoreSort.TYPE)}))"]
            case s.CoreImportDecl():
                return [f"(import {quote(decl.module)} {quote(decl.name)} {self._core_extern(decl.type)})"]
            case s.CoreExportDecl():
                return [f"(export {quote(decl.name)} {self._core_extern(decl.type)})"]

    def _core_extern(self, desc: s.CoreExternDesc) -> str:
        types = self.of(s.CoreSort.TYPE)
        match desc:
            case s.CoreFuncDesc():
                return f"(func (type {types[desc.type]}))"
            case w.TagType():
                assert isinstance(desc.type, int)
                return f"(tag (type {types[desc.type]}))"
            case w.TableType():
                return f"(table {core_limits(desc.limits)} {self.core.ref(desc.element)})"
            case w.MemoryType():
                return f"(memory {core_memory(desc)})"
            case w.GlobalType():
                return f"(global {self.core.global_(desc)})"


def _block(head: str, lines: Iterable[str], close: str) -> list[str]:
    """`head`, indented lines, `close`; on one line where there is nothing inside."""
    inner = [_INDENT + line for line in lines]
    return [head, *inner, close] if inner else [head + close]


class ComponentPrinter(ScopePrinter):
    """A component while it is printed."""

    __slots__ = ("limits", "name", "skeleton")

    def __init__(self, component: s.Component, skeleton: bool, limits: Limits) -> None:
        found = names(component)
        super().__init__({sort: dict(of_sort) for sort, of_sort in found.items.items()})
        self.name = found.component
        self.skeleton = skeleton
        self.limits = limits

    def component(self, head: str, component: s.Component) -> list[str]:
        """`(component ...)`, of which `head` is the beginning. The name it gives itself stands in an annotation."""
        if self.name is not None:
            head += f" (@name {quote(self.name)})"
        return _block(f"({head}", [line for d in component.definitions for line in self.definition(d)], ")")

    def definition(self, d: s.Definition) -> list[str]:
        """One definition."""
        match d:
            case s.CustomSection():
                return self._custom(d)
            case s.CoreModule():
                return self._module(d)
            case s.NestedComponent():
                inner = ComponentPrinter(d.component, self.skeleton, self.limits)
                return inner.component(f"component {self.bind(s.Sort.COMPONENT)}", d.component)
            case s.CoreType():
                return self.core_type(d)
            case s.TypeDef():
                return self.type_def(d)
            case s.AliasExport() | s.AliasCoreExport() | s.AliasOuter():
                return [self.alias(d)]
            case s.CoreInstantiate() | s.CoreInlineInstance() | s.Instantiate() | s.InlineInstance():
                return self._instance(d)
            case s.CanonLift() | s.CanonLower() | s.CanonBuiltin():
                return [self._canon(d)]
            case s.Import():
                return [f"(import {_attributes(d.name)} {self.extern(d.type)})"]
            case s.Export():
                item = self.ref(d.item.sort, d.item.index)
                ascribed = "" if d.type is None else " " + self.extern(d.type, bind=False)
                return [f"(export {self.bind(d.item.sort)} {_attributes(d.name)} {item}{ascribed})"]
            case s.Start():
                args = "".join([f" {self.ref(s.Sort.VALUE, arg)}" for arg in d.args])
                results = "".join([f" (result (value {self.bind(s.Sort.VALUE)}))" for _ in range(d.results)])
                return [f"(start {self.index(s.Sort.FUNC, d.func)}{args}{results})"]
            case s.ValueDef():
                return [f"(value {self.bind(s.Sort.VALUE)} {self.value(d.type)} (binary {quote_bytes(d.literal)}))"]

    def _custom(self, section: s.CustomSection) -> list[str]:
        if section.name == SECTION:
            return []
        data = "..." if self.skeleton else quote_bytes(section.data)
        return [f"(@custom {quote(section.name)} {data})"]

    def _module(self, d: s.CoreModule) -> list[str]:
        head = f"(core module {self.bind(s.CoreSort.MODULE)}"
        if self.skeleton:
            return [head + " ...)"]
        module = decode_module(bytes(d.binary), d.at, self.limits)
        name = names_of(module).module
        own = "" if name is None else f" (@name {quote(name)})"
        return [head + own, *print_module(module, False, self.limits).rstrip("\n").split("\n")[1:]]

    def _instance(self, d: s.CoreInstantiate | s.CoreInlineInstance | s.Instantiate | s.InlineInstance) -> list[str]:
        match d:
            case s.CoreInstantiate():
                lines = [f"(with {quote(name)} {self._plain(s.CoreSort.INSTANCE, i)})" for name, i in d.args]
                of = f" (instantiate {self.index(s.CoreSort.MODULE, d.module)}"
            case s.CoreInlineInstance():
                lines = [f"(export {quote(name)} {self._plain(sort, i)})" for name, sort, i in d.exports]
                of = ""
            case s.Instantiate():
                lines = [f"(with {quote(name)} {self.ref(item.sort, item.index)})" for name, item in d.args]
                of = f" (instantiate {self.index(s.Sort.COMPONENT, d.component)}"
            case s.InlineInstance():
                lines = [f"(export {_attributes(name)} {self.ref(item.sort, item.index)})" for name, item in d.exports]
                of = ""
        sort = s.CoreSort.INSTANCE if isinstance(d, s.CoreInstantiate | s.CoreInlineInstance) else s.Sort.INSTANCE
        return _block(f"({sort_words(sort)} {self.bind(sort)}{of}", lines, "))" if of else ")")

    def _plain(self, sort: s.CoreSort, index: int) -> str:
        """A reference inside a core definition, where sorts go without `core`."""
        return f"({sort.name.lower()} {self.index(sort, index)})"

    # --- canonical definitions

    def _canon(self, d: s.CanonLift | s.CanonLower | s.CanonBuiltin) -> str:
        match d:
            case s.CanonLift():
                text = f"lift {self.ref(s.CoreSort.FUNC, d.core_func)}{self._options(d.opts)}"
                type_ = f"(type {self.type(d.type)})"
                return f"(func {self.bind(s.Sort.FUNC)} {type_} (canon {text}))"
            case s.CanonLower():
                text = f"lower {self.ref(s.Sort.FUNC, d.func)}{self._options(d.opts)}"
            case s.CanonBuiltin():
                text = d.name + "".join([self._immediate(i, getattr(d, FIELD[i])) for i in CATALOGUE[d.name].immediates])
        return f"(core func {self.bind(s.CoreSort.FUNC)} (canon {text}))"

    def _options(self, opts: s.CanonOpts) -> str:
        texts: dict[int, str] = {}
        if opts.string_encoding is not None:
            word = opts.string_encoding.name.lower().replace("_", "+")
            texts[opts.string_encoding.value] = f" string-encoding={word}"
        for opcode, word, sort, index in (
            (0x03, "memory", s.CoreSort.MEMORY, opts.memory),
            (0x04, "realloc", s.CoreSort.FUNC, opts.realloc),
            (0x05, "post-return", s.CoreSort.FUNC, opts.post_return),
            (0x07, "callback", s.CoreSort.FUNC, opts.callback),
            (0x08, "core-type", s.CoreSort.TYPE, opts.core_type),
        ):
            if index is not None:
                texts[opcode] = f" ({word} {self.ref(sort, index)})"
        if opts.async_:
            texts[0x06] = " async"
        if opts.gc:
            texts[0x09] = " gc"
        order = [opcode for opcode in dict.fromkeys(opts.order) if opcode in texts]
        order += [opcode for opcode in sorted(texts) if opcode not in order]
        return "".join([texts[opcode] for opcode in order])

    def _immediate(self, immediate: Immediate, value: Any) -> str:
        match immediate:
            case Immediate.TYPE:
                return f" {self.type(value)}"
            case Immediate.CORE_TYPE:
                return f" {self.index(s.CoreSort.TYPE, value)}"
            case Immediate.RESULT:
                return "" if value is None else f" (result {self.value(value)})"
            case Immediate.OPTS:
                return self._options(value)
            case Immediate.ASYNC:
                return " async" if value else ""
            case Immediate.CANCELLABLE:
                return " cancellable" if value else ""
            case Immediate.SHARED:
                return " shared" if value else ""
            case Immediate.MEMORY:
                return f" (memory {self.ref(s.CoreSort.MEMORY, value)})"
            case Immediate.TABLE:
                return f" {self.ref(s.CoreSort.TABLE, value)}"
            case Immediate.CORE_VALTYPE:
                return f" {self.core.value(value)}"
            case Immediate.SLOT:
                return f" {value}"
