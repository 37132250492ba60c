"""Resolved packages as canonical WIT text: exactly what `wasm-tools component wit` prints."""

from __future__ import annotations

from pycm_core.base.errors import Exhaustion
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.component import types as t
from pycm_core.component.types import Prim, TypeRef
from pycm_core.wit import model as m
from pycm_core.wit.packages import version_key
from pycm_core.wit.tokens import KEYWORDS, PRIMITIVES


def print_wit(resolve: m.Resolve, *, docs: bool = True) -> str:
    """The root package, and every other one as a nested package."""
    printer = Printer(resolve, docs=docs)
    printer.root()
    return printer.text()


def print_package(resolve: m.Resolve, package: int, *, docs: bool = True) -> str:
    """One package alone, as a file of its own."""
    printer = Printer(resolve, docs=docs)
    printer.package(package)
    return printer.text()


def ident(name: str) -> str:
    """An identifier as WIT writes it: keywords are escaped (WIT.md, "WIT Identifiers")."""
    return "%" + name if name in KEYWORDS or name in PRIMITIVES or name == "_" else name


def package_text(name: m.PackageName) -> str:
    """A package name as WIT writes it."""
    namespace = ":".join(ident(n) for n in name.namespace.split(":"))
    names = "/".join(ident(n) for n in name.name.split("/"))
    return f"{namespace}:{names}" + (f"@{name.version}" if name.version else "")


def string_text(value: str) -> str:
    """A string literal (WIT.md, "String Literals")."""
    out = ['"']
    for c in value:
        if c in _ESCAPES:
            out.append(_ESCAPES[c])
        elif not c.isprintable():
            out.append(f"\\u{{{ord(c):x}}}")
        else:
            out.append(c)
    out.append('"')
    return "".join(out)


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class Printer:
    """Prints parts of one resolution. `package` is the one whose interfaces are named without it."""

    __slots__ = ("_chars", "_current", "_docs", "_indent", "_limits", "_out", "_resolve", "_texts")

    def __init__(
        self, resolve: m.Resolve, *, docs: bool = True, package: int | None = None, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self._resolve = resolve
        self._limits = limits
        self._texts: dict[int, str] = {}
        """Anonymous types that have been written before."""
        self._chars = 0
        self._docs = docs
        self._current = resolve.main if package is None else package
        self._indent = 0
        self._out: list[str] = []

    def text(self) -> str:
        """What has been printed."""
        return "".join(self._out)

    def _line(self, text: str) -> None:
        self._chars += len(text)
        self._check(self._chars)
        self._out.append(f"{'  ' * self._indent}{text}\n" if text else "\n")

    def _open(self, text: str) -> None:
        self._line(text + " {")
        self._indent += 1

    def _close(self) -> None:
        self._indent -= 1
        self._line("}")

    # --- packages -----------------------------------------------------------------------------------------------------

    def root(self) -> None:
        """The root package and the others."""
        self.package(self._resolve.main)
        first = True
        for index in range(len(self._resolve.packages)):
            if index == self._resolve.main:
                continue
            if not first:
                self._out.append("\n\n")
            first = False
            self._nested(index)

    def package(self, index: int) -> None:
        """`package a:b;` and its items."""
        package = self._resolve.packages[index]
        self._current = index
        self.docs(package.docs)
        self._line(f"package {package_text(package.name)};")
        self._line("")
        for _, interface in package.interfaces:
            self.interface(interface)
            self._line("")
        for _, world in package.worlds:
            self.world(world)

    def _nested(self, index: int) -> None:
        package = self._resolve.packages[index]
        self._current = index
        self.docs(package.docs)
        self._open(f"package {package_text(package.name)}")
        for _, interface in package.interfaces:
            self.interface(interface)
        for _, world in package.worlds:
            self.world(world)
        self._close()

    # --- what every item has ------------------------------------------------------------------------------------------

    def docs(self, docs: str | None) -> None:
        """Documentation as `///` lines."""
        if docs and self._docs:
            for line in docs.splitlines():
                self._line(f"/// {line}" if line else "///")

    def _stability(self, stability: m.Stability | None) -> None:
        if stability is None:
            return
        if stability.since is not None:
            own = None if self._current is None else self._resolve.packages[self._current].name.version
            if self._current is not None and (own is None or version_key(stability.since) > version_key(own)):
                return  # `include` brought it from another package, whose versions say nothing here
            self._line(f"@since(version = {stability.since})")
        else:
            self._line(f"@unstable(feature = {ident(stability.unstable or '')})")
        if stability.deprecated is not None:
            self._line(f"@deprecated(version = {stability.deprecated})")

    def _head(self, item: m.Item) -> None:
        self.docs(item.docs)
        self._stability(item.stability)
        if item.external_id is not None:
            self._line(f"@external-id({string_text(item.external_id)})")

    def path(self, interface: int) -> str:
        """An interface as `use` and `import` name it, from inside the current package."""
        made = self._resolve.interfaces[interface]
        assert made.name is not None
        return self.unit(made.package, made.name)

    def unit(self, package: int, name: str) -> str:
        """An interface or world as it is named from inside the current package."""
        if package == self._current:
            return ident(name)
        owner = self._resolve.packages[package].name
        text = package_text(m.PackageName(owner.namespace, owner.name))
        return f"{text}/{ident(name)}" + (f"@{owner.version}" if owner.version else "")

    def definition(self, index: int) -> str:
        """A named type as it is defined, without its documentation and its methods."""
        start = len(self._out)
        self._definition(index, [])
        text = "".join(self._out[start:]).rstrip("\n")
        del self._out[start:]
        return text

    # --- interfaces and worlds ----------------------------------------------------------------------------------------

    def interface(self, index: int) -> None:
        """`interface i { … }`."""
        interface = self._resolve.interfaces[index]
        self._head(interface)
        self._open(f"interface {ident(interface.name or '')}")
        self._body(interface)
        self._close()

    def _body(self, interface: m.Interface) -> None:
        printed = self._types([i for _, i in interface.types], interface.functions)
        for func in interface.functions:
            if func.resource is None:
                if printed:
                    self._line("")
                printed = True
                self._head(func)
                self._line(self.func(func))

    def _types(self, types: list[int], functions: tuple[m.Func, ...]) -> bool:
        """Types: first what is used from elsewhere, then definitions, apart from each other. Whether there were any."""
        methods: dict[int, list[m.Func]] = {}
        for func in functions:
            if func.resource is not None:
                methods.setdefault(func.resource, []).append(func)
        printed = self._uses(types)
        for index in types:
            if self._used_from(index) is None:
                if printed:
                    self._line("")
                printed = True
                self._head(self._resolve.types[index])
                self._definition(index, methods.get(index, []))
        return printed

    def _uses(self, types: list[int]) -> bool:
        groups: list[tuple[int, m.Stability | None, list[str]]] = []
        for index in types:
            source = self._used_from(index)
            if source is None:
                continue
            interface, original = source
            made = self._resolve.types[index]
            name = ident(made.name or "")
            text = name if original == made.name else f"{ident(original)} as {name}"
            if groups and groups[-1][:2] == (interface, made.stability):
                groups[-1][2].append(text)
            else:
                groups.append((interface, made.stability, [text]))
        for interface, stability, names in groups:
            self._stability(stability)
            self._line(f"use {self.path(interface)}.{{{', '.join(names)}}};")
        return bool(groups)

    def _used_from(self, index: int) -> tuple[int, str] | None:
        """The interface a type is used from and its name there; `None` for one that is defined here."""
        made = self._resolve.types[index]
        if isinstance(made.kind, m.Alias) and isinstance(made.kind.type, int):
            original = self._resolve.types[made.kind.type]
            if original.owner is not None and original.owner != made.owner and original.owner.kind == "interface":
                return original.owner.index, original.name or ""
        return None

    def world(self, index: int) -> None:
        """`world w { … }`."""
        world = self._resolve.worlds[index]
        self._head(world)
        self._open(f"world {ident(world.name)}")
        types = [x.type for x in world.imports if isinstance(x, m.WorldType)]
        methods = tuple(x.func for x in world.imports if isinstance(x, m.WorldFunc))
        printed = False
        for item in world.imports:
            if isinstance(item, m.WorldInterface):
                self._world_interface("import", item)
                printed = True
        if self._uses(types):
            printed = True
        resources: dict[int, list[m.Func]] = {}
        for func in methods:
            if func.resource is not None:
                resources.setdefault(func.resource, []).append(func)
        for type_ in types:
            if self._used_from(type_) is None:
                if printed:
                    self._line("")
                printed = True
                self._head(self._resolve.types[type_])
                self._definition(type_, resources.get(type_, []))
        for func in methods:
            if func.resource is None:
                self._head(func)
                self._line(f"import {self.func(func)}")
                printed = True
        if printed and world.exports:
            self._line("")
        for item in world.exports:
            match item:
                case m.WorldInterface():
                    self._world_interface("export", item)
                case m.WorldFunc(func):
                    self._head(func)
                    self._line(f"export {self.func(func)}")
                case m.WorldType():
                    pass  # WIT cannot say that a world exports a type
        self._close()

    def _world_interface(self, keyword: str, item: m.WorldInterface) -> None:
        interface = self._resolve.interfaces[item.interface]
        if interface.name is None:
            self.docs(interface.docs)
            self._stability(item.stability)
            if item.external_id is not None:
                self._line(f"@external-id({string_text(item.external_id)})")
            self._open(f"{keyword} {ident(item.label or '')}: interface")
            self._body(interface)
            self._close()
            return
        self._head(item)
        label = "" if item.label is None else f"{ident(item.label)}: "
        self._line(f"{keyword} {label}{self.path(item.interface)};")

    # --- types and functions ------------------------------------------------------------------------------------------

    def _definition(self, index: int, methods: list[m.Func]) -> None:
        made = self._resolve.types[index]
        name = ident(made.name or "")
        match made.kind:
            case m.ResourceKind():
                if not methods:
                    self._line(f"resource {name};")
                    return
                self._open(f"resource {name}")
                for func in methods:
                    self._head(func)
                    self._line(self.func(func))
                self._close()
            case t.Record(fields):
                self._compound(f"record {name}", [f"{ident(f.label)}: {self.type(f.type)}" for f in fields], made.members)
            case t.Variant(cases):
                lines = [ident(c.label) + (f"({self.type(c.type)})" if c.type is not None else "") for c in cases]
                self._compound(f"variant {name}", lines, made.members)
            case t.EnumType(labels):
                self._compound(f"enum {name}", [ident(x) for x in labels], made.members)
            case t.Flags(labels):
                self._compound(f"flags {name}", [ident(x) for x in labels], made.members)
            case _:
                self._line(f"type {name} = {self._kind(made.kind)};")

    def _compound(self, head: str, lines: list[str], members: tuple[m.Member, ...]) -> None:
        self._open(head)
        for index, line in enumerate(lines):
            if index < len(members):
                self.docs(members[index].docs)
            self._line(line + ",")
        self._close()

    def func(self, func: m.Func) -> str:
        """A function as an item: `f: func(a: u32) -> string;`, or of a resource without its name."""
        params = func.params[1:] if func.kind == "method" else func.params
        text = "(" + ", ".join(f"{ident(p.label)}: {self.type(p.type)}" for p in params) + ")"
        if func.kind == "constructor":
            own = isinstance(func.result, int) and self._resolve.types[func.result].kind == t.Own(func.resource)
            return f"constructor{text}" + ("" if own or func.result is None else f" -> {self.type(func.result)}") + ";"
        words = ("static " if func.kind == "static" else "") + ("async " if func.async_ else "")
        result = "" if func.result is None else f" -> {self.type(func.result)}"
        return f"{ident(func.item_name)}: {words}func{text}{result};"

    def type(self, ref: TypeRef) -> str:
        """A type where it is used: its name, where it has one."""
        if isinstance(ref, Prim):
            return ref.value
        made = self._resolve.types[ref]
        if made.name is not None:
            return ident(made.name)
        if isinstance(made.kind, t.Own):
            return self.type(made.kind.resource)
        text = self._texts.get(ref)
        if text is None:
            text = self._texts[ref] = self._kind(made.kind)
            self._check(len(text))
        return text

    def _check(self, chars: int) -> None:
        if chars > self._limits.wit_chars:
            raise Exhaustion(f"the WIT has more than {self._limits.wit_chars} characters (`wit_chars`)")

    def _optional(self, word: str, ref: TypeRef | None) -> str:
        return word if ref is None else f"{word}<{self.type(ref)}>"

    def _kind(self, kind: m.TypeKind) -> str:
        match kind:
            case m.Alias(x):
                return self.type(x)
            case t.List(element, None):
                return f"list<{self.type(element)}>"
            case t.List(element, length):
                return f"list<{self.type(element)}, {length}>"
            case t.Tuple(types):
                return f"tuple<{', '.join(self.type(x) for x in types)}>"
            case t.Option(x):
                return f"option<{self.type(x)}>"
            case t.Result(None, None):
                return "result"
            case t.Result(ok, None):
                return self._optional("result", ok)
            case t.Result(ok, error):
                return f"result<{'_' if ok is None else self.type(ok)}, {self.type(error) if error is not None else '_'}>"
            case t.Map(key, value):
                return f"map<{self.type(key)}, {self.type(value)}>"
            case t.Stream(x):
                return self._optional("stream", x)
            case t.Future(x):
                return self._optional("future", x)
            case t.Own(x):
                return f"own<{self.type(x)}>"
            case t.Borrow(x):
                return f"borrow<{self.type(x)}>"
            case _:  # definitions that always have a name
                raise AssertionError(kind)
