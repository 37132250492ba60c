"""Random WIT packages that are right: what refers to something refers to what is there, and names are unique."""

from __future__ import annotations

from random import Random

PRIMS = ["bool", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "char", "string"]
KEYS = [p for p in PRIMS if not p.startswith("f")]
WORDS = [
    "a",
    "b1",
    "red",
    "XML",
    "get-it",
    "list",
    "type",
    "from",
    "x-y-z",
    "self",
    "stream-of",
    "%record",
    "%list",
    "%use",
    "%world",
    "value",
    "K9",
    "n-1",
]


class Generator:
    """One text with a root package and packages beside it. `features` are those its gates may name."""

    def __init__(self, seed: int) -> None:
        self.r = Random(seed)
        self.count = 0
        self.gates = False
        self.exported: list[tuple[str, str, dict[str, str]]] = []
        """Of each interface so far: package, name, and its types with their kind (`value`, `resource`, `borrowing`)."""
        self.worlds: list[tuple[str, str]] = []
        """The worlds so far that others may include: package and name."""

    def name(self, stem: str = "") -> str:
        """A fresh name; now and then with words in upper case, or escaped."""
        self.count += 1
        word = self.r.choice(WORDS)
        if self.r.random() < 0.2:
            return f"%{word.lstrip('%')}-{stem}{self.count}x"
        return f"{word.lstrip('%')}-{stem}{self.count}x"

    def maybe(self, text: str, chance: float = 0.3) -> str:
        return text if self.r.random() < chance else ""

    def docs(self) -> str:
        return self.r.choice(
            ["", "", "", "/// Some words.\n", "/// One.\n///\n/// Two.\n", "/** A block. */\n", "// No documentation.\n"]
        )

    def gate(self) -> str:
        """A gate that is open: the version has been reached, or the feature is chosen."""
        if not self.gates:
            return ""
        return self.r.choice(
            [""] * 6
            + [
                "@since(version = 1.0.0) ",
                "@unstable(feature = on) ",
                "@since(version = 0.9.0-rc.1) @deprecated(version = 1.2.0) ",
            ]
        )

    # --- types

    def value(self, types: dict[str, str], depth: int = 2, *, borrow: bool = False, stream: bool = True) -> str:
        """A type expression over named types."""
        r = self.r
        named = [n for n, kind in types.items() if kind == "value" or kind == "resource" or (kind == "borrowing" and borrow)]
        kind = r.randrange(14) if depth else r.randrange(4)
        if kind < 2 or (kind < 4 and not named):
            return r.choice(PRIMS)
        if kind < 4:
            return r.choice(named)

        def inner() -> str:
            return self.value(types, depth - 1, borrow=borrow, stream=stream)

        if kind == 4:
            return f"list<{inner()}>"
        if kind == 5:
            return f"option<{inner()}>"
        if kind == 6:
            return f"tuple<{', '.join(inner() for _ in range(r.randint(1, 3)))}>"
        if kind == 7:
            return r.choice(["result", f"result<{inner()}>", f"result<_, {inner()}>", f"result<{inner()}, {inner()}>"])
        if kind == 8:
            return f"list<{inner()}, {r.randint(1, 9)}>"
        if kind == 9:
            return f"map<{r.choice(KEYS)}, {inner()}>"
        if kind == 10 and stream:
            plain = self.value(types, depth - 1).replace("char", "u8")  # a stream of `char` is not valid yet
            return r.choice(["stream", f"stream<{plain}>", "future", f"future<{plain}>"])
        if kind == 11:
            resources = [n for n, k in types.items() if k == "resource"]
            if resources and borrow:
                return f"borrow<{r.choice(resources)}>"
        if kind == 12:
            return "error-context"
        return inner()

    def func(self, types: dict[str, str]) -> str:
        names = [self.name("p") for _ in range(self.r.randint(0, 3))]
        params = ", ".join(f"{n}: {self.value(types, borrow=True)}" for n in names)
        return f"{self.maybe('async ', 0.2)}func({params}{self.maybe(',', 0.2) if names else ''}){self.maybe(' -> ' + self.value(types), 0.7)}"

    def type(self, types: dict[str, str]) -> str:
        """A type item; its name joins `types`."""
        r, name = self.r, self.name("t")
        before = dict(types)
        labels = [self.name("l") for _ in range(r.randint(1, 4))]
        comma = self.maybe(",", 0.5)
        kind = r.choice(["record", "variant", "enum", "flags", "type", "resource"])
        if kind == "type":
            named = [n for n in before if r.random() < 0.5]
            if named and r.random() < 0.5:
                target = r.choice(named)
                types[name] = before[target]
                return f"type {name} = {target};"
            types[name] = "value"
            return f"type {name} = {self.value(before, 2)};"
        if kind == "resource":
            types[name] = "resource"
            methods = [f"{self.docs()}{self.gate()}constructor({self.name('p')}: u8);"] if r.random() < 0.5 else []
            for _ in range(r.randint(0, 3)):
                method = f"{self.name('m')}: {self.maybe('static ', 0.4)}{self.func(types)};"
                methods.append(self.docs() + method)
            return f"resource {name};" if not methods else f"resource {name} {{ {' '.join(methods)} }}"
        types[name] = "value"
        if kind == "record":
            return f"record {name} {{ {', '.join(f'{self.docs()}{n}: {self.value(before)}' for n in labels)}{comma} }}"
        if kind == "variant":
            cases = [f"{n}({self.value(before)})" if r.random() < 0.5 else n for n in labels]
            return f"variant {name} {{ {', '.join(cases)}{comma} }}"
        return f"{kind} {name} {{ {', '.join(labels)}{comma} }}"

    # --- interfaces and worlds

    def path(self, package: str, of: str, name: str) -> str:
        """The name of an interface or world of the package `of`, said in `package`."""
        if package == of:
            return name
        bare, at, version = of.partition("@")
        return f"{bare}/{name}{at}{version}"

    def use(self, package: str, types: dict[str, str]) -> str:
        choices = [e for e in self.exported if e[2]]
        if not choices:
            return ""
        of, interface, offered = self.r.choice(choices)
        names = self.r.sample(sorted(offered), min(len(offered), self.r.randint(1, 2)))
        said = []
        for n in names:
            local = self.name("u")
            types[local] = offered[n]
            said.append(f"{n} as {local}")
        return f"use {self.path(package, of, interface)}.{{{', '.join(said)}{self.maybe(',')}}};"

    def members(self, package: str) -> tuple[str, dict[str, str]]:
        types: dict[str, str] = {}
        items = [self.use(package, types) for _ in range(self.r.randint(0, 2))]
        items += [self.docs() + self.gate_of_type() + self.type(types) for _ in range(self.r.randint(0, 4))]
        items += [f"{self.docs()}{self.gate()}{self.name('f')}: {self.func(types)};" for _ in range(self.r.randint(0, 3))]
        self.r.shuffle(items)  # names need not be defined before they are used
        return "\n  ".join(i for i in items if i), types

    def gate_of_type(self) -> str:
        return self.r.choice(["", "", "", "@since(version = 1.0.0) "]) if self.gates else ""

    def interface(self, package: str) -> str:
        name = self.name("i")
        body, types = self.members(package)
        self.exported.append((package, name, types))
        return f"{self.docs()}{self.gate()}interface {name} {{\n  {body}\n}}\n"

    def world(self, package: str) -> str:
        r, name = self.r, self.name("w")
        types: dict[str, str] = {}
        items: list[str] = []
        imported: set[tuple[str, str]] = set()
        labelled_export = False
        for _ in range(r.randint(0, 5)):
            word = r.choice(["import", "export"])
            choice = r.randrange(6)
            if choice < 2 and self.exported:
                of, interface, _types = r.choice(self.exported)
                if word == "import" and (of, interface) not in imported:
                    imported.add((of, interface))
                    items.append(f"{word} {self.path(package, of, interface)};")
                else:
                    items.append(f"{word} {self.name('x')}: {self.path(package, of, interface)};")
                    labelled_export = labelled_export or word == "export"
            elif choice == 2:
                items.append(f"{word} {self.name('x')}: interface {{ {self.members(package)[0]} }}")
            elif choice == 3:
                items.append(f"{self.docs()}{word} {self.name('f')}: {self.func(types)};")
            elif choice == 4:
                items.append(self.use(package, types))
            else:
                items.append(self.type(types))
        worlds = [w for w in self.worlds if w[0] == package or "@1.2.3" not in w[0]]  # gates are of the package they stand in
        if worlds and r.random() < 0.4:
            items.append(f"include {self.path(package, *r.choice(worlds))};")
        if r.random() < 0.3 and self.exported:  # one export by its own name: what it needs is imported
            of, interface, _types = r.choice(self.exported)
            items.append(f"export {self.path(package, of, interface)};")
        if (
            not labelled_export
        ):  # the oracle takes those for exports by their own name when they are included (`rules/worlds.txt`)
            self.worlds.append((package, name))
        body = "\n  ".join(i for i in items if i)
        return f"{self.docs()}{self.gate()}world {name} {{\n  {body}\n}}\n"

    def text(self) -> str:
        """A text of one to three packages, the root first."""
        r = self.r
        root = r.choice(["root:main", "root:main@1.2.3", "root:main@1.2.3-rc.1"])
        self.gates = root != "root:main"  # a gate needs a version
        beside = []
        for number in range(r.randint(0, 2)):
            version = r.choice(["", "@1.0.0", "@1.2.3", "@2.0.0-a.1"])
            gates, self.gates = self.gates, version == "@1.2.3"
            items = [self.item(f"dep:d{number}{version}") for _ in range(r.randint(1, 3))]
            self.gates = gates
            beside.append(f"{self.docs()}package dep:d{number}{version} {{\n{''.join(items)}}}\n")
        items = [self.item(root) for _ in range(r.randint(1, 5))]
        r.shuffle(items)
        return f"{self.docs()}package {root};\n{''.join([*beside, *items] if r.random() < 0.5 else [*items, *beside])}"

    def item(self, package: str) -> str:
        return self.interface(package) if self.r.random() < 0.65 else self.world(package)
