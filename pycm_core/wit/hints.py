"""What to write instead, where it is known what was meant: hints for texts that do not parse.

Most of them are for what other languages write. Each function looks at one kind of place and answers `None` when it knows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Set

from pycm_core.wit.tokens import KEYWORDS, Token

TYPES = frozenset(["PRIM", "LIST", "OPTION", "TUPLE", "RESULT", "MAP", "OWN", "BORROW", "STREAM", "FUTURE"])
"""The terminals that types start with, names aside."""

_FUNCTIONS = frozenset(("fn", "function", "def", "fun", "proc", "sub", "void", "method"))
_RECORDS = frozenset(("struct", "message", "object", "data", "dict"))
_VALUES = frozenset(("const", "let", "var", "val", "global"))
_PUBLIC = frozenset(("pub", "public", "private", "protected", "extern", "external"))
_GENERIC = {
    "vec": "list", "array": "list", "vector": "list", "sequence": "list", "slice": "list", "set": "list", "arraylist": "list",
    "list": "list", "optional": "option", "maybe": "option", "nullable": "option", "option": "option", "dict": "map", "hashmap": "map",
    "dictionary": "map", "record": "map", "map": "map", "promise": "future", "task": "future", "result": "result", "either": "result",
    "pair": "tuple", "iterator": "stream", "channel": "stream",
}  # fmt: skip
_ARGUMENTS = {
    "LIST": "`list<u8>`", "OPTION": "`option<u8>`", "TUPLE": "`tuple<u8, string>`", "MAP": "`map<string, u8>`",
    "OWN": "`own<name>`", "BORROW": "`borrow<name>`",
}  # fmt: skip
_GATES = {
    "AT_SINCE": "`@since(version = 1.0.0)`",
    "AT_DEPRECATED": "`@deprecated(version = 1.0.0)`",
    "AT_UNSTABLE": "`@unstable(feature = name)`",
    "AT_EXTERNAL_ID": '`@external-id("…")`',
}


class _Place:
    """Where the parser stopped: the token, those around it, and what could have come."""

    __slots__ = ("at", "expected", "tokens")

    def __init__(self, tokens: list[Token], at: int, expected: Set[str]) -> None:
        self.tokens = tokens
        self.at = at
        self.expected = expected

    def type(self, offset: int = 0) -> str:
        index = self.at + offset
        return self.tokens[index].type if 0 <= index < len(self.tokens) else ""

    def text(self, offset: int = 0) -> str:
        index = self.at + offset
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    @property
    def in_world(self) -> bool:
        return "IMPORT" in self.expected

    @property
    def in_interface(self) -> bool:
        return "TYPE" in self.expected and "IMPORT" not in self.expected

    def opener(self) -> int:
        """The offset of the brace or parenthesis that is open."""
        depth = 0
        for offset in range(-1, -self.at - 1, -1):
            kind = self.type(offset)
            if kind in ("RBRACE", "RPAR"):
                depth += 1
            elif kind in ("LBRACE", "_LPAR"):
                if not depth:
                    return offset
                depth -= 1
        return -self.at


def hint(tokens: list[Token], at: int, expected: Set[str]) -> str | None:
    """What to write instead of `tokens[at]`, which is none of `expected`."""
    place = _Place(tokens, at, expected)
    return next((found for rule in _RULES if (found := rule(place)) is not None), None)


def _package(p: _Place) -> str | None:
    if p.expected == {"COLON"} and p.type(-2) == "PACKAGE":
        return f"a package has a namespace: `package {p.text(-1)}:name;`"
    if p.type() == "VERSION" and "AT" in p.expected:
        return f"a version comes after an `@`: `@{p.text()}`"
    if p.type() == "STRING" and "ID" in p.expected:
        return f"names stand without quotes: `{p.text()}`"
    if p.type() == "RBRACE" and "PACKAGE" in p.expected:
        return "there is one `}` too many before this, or here"
    return None


def _gate(p: _Place) -> str | None:
    if p.expected == {"_LPAR"} and p.type(-1) in _GATES:
        return f"write {_GATES[p.type(-1)]}"
    if p.type(-1) == "_LPAR" and p.type(-2) in _GATES:
        return f"write {_GATES[p.type(-2)]}"
    return None


def _item(p: _Place) -> str | None:
    """What stands where an item starts."""
    kind = p.type()
    if kind in ("IMPORT", "EXPORT", "INCLUDE") and p.in_interface:
        return "only worlds import, export and include"
    if kind == "FUNC" and "TYPE" in p.expected:
        return f"the name comes first: `{'import ' if p.in_world else ''}name: func()`"
    if kind == "INTERFACE" and p.in_world:
        return "define it beside the world and write `import name;`, or write `import name: interface { … }` here"
    if kind == "ID" and p.in_world:
        return f"a world imports or exports what it has: `import {p.text()}: func();`"
    if kind == "ASYNC" and p.type(1) == "ID" and "ID" in p.expected:
        return f"the name comes first: `{p.text(1)}: async func()`"
    if kind == "STATIC" and p.type(1) == "ID" and "ID" in p.expected:
        return f"the name comes first: `{p.text(1)}: static func()`"
    if kind == "FUNC" and p.type(-1) in ("IMPORT", "EXPORT"):
        return f"functions have names: `{p.text(-1)} name: func()`"
    if kind == "SEMI" and p.type(-1) in ("SEMI", "RBRACE") and "SEMI" not in p.expected:
        return "what ends with `}` has no `;`" if p.type(-1) == "RBRACE" else "remove it"
    return None


def _word(p: _Place) -> str | None:
    """`struct r`, `fn f`: after a word that starts an item elsewhere."""
    if p.expected != {"COLON"}:
        return None
    kind, word, name = p.type(), p.text(-1), p.text()
    if kind in ("FUNC", "_LPAR", "_EQUAL"):
        return f"write `{word}: func(…)`" if kind != "_EQUAL" or p.type(1) == "FUNC" else None
    if kind in ("RPAR", "_COMMA", "RBRACE"):
        if word == "self" and kind != "RBRACE":
            return "a method has its `self` already: leave it out"
        in_record = p.type(p.opener()) == "LBRACE"
        return f"{'fields' if in_record else 'parameters'} have types: `{word}: u8`"
    if kind != "ID":
        return None
    if word in _FUNCTIONS:
        return f"write `{name}: func(…);`"
    if word in _RECORDS:
        return f"write `record {name} {{ … }}`"
    if word == "class":
        return f"what has methods is a resource: `resource {name} {{ … }}`; what has fields is a record"
    if word == "union":
        return f"write `variant {name} {{ … }}`, where each case has a name"
    if word in ("typedef", "alias", "using", "newtype"):
        return f"write `type {name} = …;`"
    if word in _VALUES:
        return f"WIT has no values: a function can return one, `{name}: func() -> …;`"
    if word in _PUBLIC:
        return f"what is in an interface can be used by all: leave `{word}` out"
    return "an item is a function, `name: func()`, or starts with a keyword such as `type` or `record`"


def _function(p: _Place) -> str | None:
    kind, last = p.type(), p.type(-1)
    if "FUNC" in p.expected and "TYPE" not in p.expected:
        if kind == "ID" and p.text() in _FUNCTIONS:
            return "write `func`"
        if kind == "_LPAR":
            return f"write `{p.text(-2)}: func(…)`"
        if kind in TYPES or kind == "ID":
            where = (
                "resources have methods, no fields"
                if "STATIC" in p.expected
                else "only functions and types stand here, no values"
            )
            return f"{where}: `{p.text(-2)}: func() -> {p.text()};`"
    if kind == "STATIC" and last == "ASYNC":
        return "`static` comes first: `static async func`"
    if kind in ("CONSTRUCTOR", "ID") and last == "ASYNC":
        return "write `name: async func()`; constructors cannot be `async`"
    if kind == "ID" and last == "CONSTRUCTOR":
        return f"a constructor has no name; others are static functions: `{p.text()}: static func(…)`"
    if kind == "_LPAR" and "PRIM" in p.expected and last == "_ARROW":
        if p.type(1) == "RPAR":
            return "a function that returns nothing has no `->`"
        return "a function returns one type; for several values return a `tuple` or a `record`"
    if "_ARROW" in p.expected:
        if kind == "COLON":
            return "the result comes after `->`"
        if kind == "_EQUAL":
            return "the arrow is written `->`"
        if kind == "LBRACE":
            return "functions have no bodies here: a component has them. End it with `;`"
    if p.expected == {"RPAR", "_COMMA"}:
        if kind == "SEMI":
            return "parameters are separated by `,`"
        if kind == "_EQUAL":
            return "parameters have no defaults; what may be missing is an `option<…>`"
    if kind in TYPES and last in ("_LPAR", "_COMMA") and "RPAR" in p.expected:
        return f"parameters have names: `name: {p.text()}`"
    return None


def _name(p: _Place) -> str | None:
    """A keyword where a name must stand."""
    kind, last, word = p.type(), p.type(-1), p.text()
    if "ID" not in p.expected or kind == "ID" or (word not in KEYWORDS and kind != "PRIM") or "PRIM" in p.expected:
        return None
    if last == "LESS" and p.type(-2) in ("OWN", "BORROW"):
        return "handles are of resources"
    if last == "_DOT":
        return f"names stand in braces: `.{{%{word}}}`"
    if kind in TYPES and p.type(1) in ("_COMMA", "RBRACE", "LESS"):
        item = p.type(p.opener() - 2)
        if item in ("VARIANT", "RECORD"):
            return f"each case has a name: `name({word})`" if item == "VARIANT" else f"fields have names: `name: {word}`"
    if last == "INTERFACE" or "FUNC" not in p.expected:
        return f"keywords are escaped as `%{word}`"
    return None


def _type(p: _Place) -> str | None:
    kind, last = p.type(), p.type(-1)
    if kind == "LESS" and last == "ID":
        wit = _GENERIC.get(p.text(-1).lower())
        return f"write `{wit}<…>`" if wit else "only built-in types take types in `<…>`; each other type is defined by itself"
    if p.expected == {"LESS"} and last in _ARGUMENTS:
        return f"say of what: {_ARGUMENTS[last]}"
    if kind == "LBRACE" and "PRIM" in p.expected:
        return "a record is defined by itself, `record name { … }`; a map is `map<string, u8>`"
    if kind == "UNDERSCORE":
        return "`_` stands only for the missing first type of `result<_, e>`"
    if kind == "_DOT" and last == "ID" and "SEMI" not in p.expected and p.type(1) == "ID":
        return f"types of other interfaces are taken in first: `use {p.text(-1)}.{{{p.text(1)}}};`"
    if p.expected == {"_EQUAL"} and p.type(-2) == "TYPE":
        return f"write `type {p.text(-1)} = …;`"
    return None


def _list(p: _Place) -> str | None:
    """Fields, cases, flags."""
    kind = p.type()
    if {"_LPAR", "_COMMA"} <= p.expected and kind == "COLON":
        return "the type of a case stands in parentheses: `name(type)`"
    if p.expected <= {"_COMMA", "RBRACE", "RPAR", "_LPAR", "_AS"} and "_COMMA" in p.expected:
        if kind == "_EQUAL":
            return "fields, cases and flags have no values"
        if kind == "SEMI":
            return "what stands in these braces is separated by `,`"
        if kind in ("ID", "PRIM") or p.text() in KEYWORDS:
            return "is a `,` missing before this?"
    if p.expected == {"LBRACE"}:
        if kind == "_EQUAL":
            return f"no `=` here: `{p.text(-2)} {p.text(-1)} {{ … }}`"
        if kind == "SEMI":
            return f"one that is empty is written `{p.text(-2)} {p.text(-1)} {{}}`"
        if kind == "ID" and p.type(-2) == "WORLD":
            return "worlds are put together with `include other;` inside the braces"
    return None


def _path(p: _Place) -> str | None:
    kind, last = p.type(), p.type(-1)
    if kind == "COLON" and last == "COLON":
        return f"write `use {p.text(-2)}.{{…}};`"
    if kind == "ID" and last == "_DOT" and "LBRACE" in p.expected:
        return f"names stand in braces: `.{{{p.text()}}}`"
    if kind == "_DOT" and "SEMI" in p.expected and last in ("ID", "VERSION"):
        return "an interface is imported or exported whole; types alone come with `use name.{…};`"
    if kind == "SEMI" and "_DOT" in p.expected and last in ("ID", "VERSION"):
        return f"say which types: `use {p.text(-1)}.{{…}};`" if last == "ID" else "say which types: `.{…}`"
    if kind == "STAR":
        return "each type is named: `{a, b}`"
    if (
        kind == "LBRACE"
        and "SEMI" in p.expected
        and last == "ID"
        and "_ARROW" not in p.expected
        and p.type(-2) in ("IMPORT", "EXPORT")
    ):
        return f"an inline interface is written `{p.text(-1)}: interface {{ … }}`"
    return None


def _end(p: _Place) -> str | None:
    if p.type() == "_COMMA" and "SEMI" in p.expected:
        return "items end with `;`"
    if "SEMI" in p.expected and len(p.expected) <= 8:
        return "is a `;` missing before this?"
    return None


_RULES: tuple[Callable[[_Place], str | None], ...] = (_package, _gate, _item, _word, _function, _path, _name, _type, _list, _end)
"""In this order: the first that knows something speaks."""
