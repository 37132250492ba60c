"""WIT text to tokens (WIT.md, "Lexical structure").

Comments are not tokens: they are kept beside the token they stand before, because documentation is made of them and the source
formatter gives them back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from pycm_core.base.errors import Exhaustion, WitError
from pycm_core.base.limits import Limits
from pycm_core.base.source import Source, Span


class Token(NamedTuple):
    """`type` is a terminal of `wit.lark`; `text` is the identifier without `%`, the contents of a string, else the text itself."""

    type: str
    text: str
    start: int
    end: int


class Comment(NamedTuple):
    """A comment with its delimiters: `text[start:end]` of the source."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """A whole text: its tokens, `$END` last; `comments[start]` are those that stand before the token that starts there."""

    tokens: list[Token]
    comments: dict[int, tuple[Comment, ...]]
    errors: list[WitError]


PRIMITIVES = frozenset(
    ("bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string", "error-context")
)
"""WIT.md, "Types"; 📝 `error-context`."""

KEYWORDS = frozenset(
    (
        "as",
        "async",
        "borrow",
        "constructor",
        "enum",
        "export",
        "flags",
        "from",
        "func",
        "future",
        "import",
        "include",
        "interface",
        "list",
        "map",
        "option",
        "own",
        "package",
        "record",
        "resource",
        "result",
        "static",
        "stream",
        "tuple",
        "type",
        "use",
        "variant",
        "with",
        "world",
    )
)
"""WIT.md, "Keywords", without the primitives."""

_SILENT = frozenset(("as", "with"))

ATTRIBUTES = frozenset(("since", "unstable", "deprecated", "external-id"))

LABEL = re.compile(r"(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)(?:-(?:[a-z0-9]+|[A-Z0-9]+))*")
"""A kebab-case label (Explainer.md, "Import and Export Definitions")."""

SEMVER = re.compile(
    r"(?P<major>0|[1-9]\d{0,19})\.(?P<minor>0|[1-9]\d{0,19})\.(?P<patch>0|[1-9]\d{0,19})"
    r"(?:-(?P<pre>(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(?:\+(?P<build>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?",
    re.ASCII,
)
"""Semantic Versioning 2.0, with numbers of at most 20 digits."""


def is_version(text: str) -> bool:
    """Whether this is a semantic version whose numbers fit into 64 bits, as all tools hold them."""
    m = SEMVER.fullmatch(text)
    return m is not None and all(int(m[part]) < 1 << 64 for part in ("major", "minor", "patch"))


_TOKEN = re.compile(
    r"""
    (?P<WS>[ \t\r\n]+)
  | (?P<LINE>//[^\n]*)
  | (?P<BLOCK>/\*)
  | (?P<ID>%?[^\W\d][\w-]*|%[\w-]*)
  | (?P<VERSION>\d+\.\d+\.\d+(?:[-+](?:[0-9A-Za-z+-]|\.(?=[0-9A-Za-z.+-]))*)?)
  | (?P<INTEGER>\d+)
  | (?P<_ARROW>->)
  | (?P<OP>[=,:;(){}<>*/.@])
  | (?P<STRING>")
  | (?P<BAD>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_OPERATORS = {
    "=": "_EQUAL",
    ",": "_COMMA",
    ":": "COLON",
    ";": "SEMI",
    "(": "_LPAR",
    ")": "RPAR",
    "{": "LBRACE",
    "}": "RBRACE",
    "<": "LESS",
    ">": "MORE",
    "*": "STAR",
    "/": "SLASH",
    ".": "_DOT",
}

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u0149\u0673\u0f77\u0f79\u17a3\u17a4\u17b4\u17b5]"
)
"""Bidirectional overrides, control codes, and what Unicode deprecates or discourages (WIT.md, "Lexical structure")."""

_STRING = re.compile(
    r'(?P<plain>[^"\\\x00-\x1f\x7f]+)|\\(?P<hex>[0-9a-fA-F]{2})|\\u\{(?P<u>[0-9a-fA-F_]+)\}|\\(?P<c>[tnr"\'\\])|(?P<end>")'
)
_BAD_ESCAPE = re.compile(r"\\(?:u\{[0-9a-fA-F_]*[^\n]?|[0-9a-fA-F][^\n]?|[^\n]?)")
_ESCAPES = {"t": 9, "n": 10, "r": 13, '"': 34, "'": 39, "\\": 92}
_DELIMITER = re.compile(r"/\*|\*/")
_ARGUMENTS = re.compile(r"\s*\([^(){};]*\)")
_ATTRIBUTE = re.compile(r"\s*([A-Za-z][\w-]*)")


def tokenize(source: Source, limits: Limits, start: int = 0) -> Tokens:
    """The tokens of `source` from `start` on. What is no token is reported and skipped; `Exhaustion` past `text_chars` and `nesting`."""
    size = len(source.text) - start
    if size > limits.text_chars:
        raise Exhaustion(f"the text has {size} characters, more than the limit of {limits.text_chars} (`text_chars`)")
    return _Lexer(source, limits).run(start)


class _Lexer:
    __slots__ = ("comments", "errors", "limits", "pending", "source", "tokens")

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.tokens: list[Token] = []
        self.comments: dict[int, tuple[Comment, ...]] = {}
        self.errors: list[WitError] = []
        self.pending: list[Comment] = []

    def error(self, message: str, start: int, end: int, hint: str | None = None) -> None:
        self.errors.append(WitError(message, Span(self.source, start, end), hint=hint))

    def push(self, type_: str, text: str, start: int, end: int) -> None:
        if self.pending:
            self.comments[start] = tuple(self.pending)
            self.pending = []
        self.tokens.append(Token(type_, text, start, end))

    def run(self, start: int) -> Tokens:
        text = self.source.text
        for bad in _FORBIDDEN.finditer(text, start):
            self.error(f"the character U+{ord(bad[0]):04X} is not allowed in WIT", bad.start(), bad.end(), "remove it")
            if len(self.errors) >= 20:
                break
        at, size = start + text.startswith("\ufeff", start), len(text)
        match = _TOKEN.match
        angles: list[int] = []
        braces: list[int] = []
        while at < size:
            m = match(text, at)
            assert m is not None and m.lastgroup is not None  # `BAD` matches what nothing else does
            kind, start, at = m.lastgroup, at, m.end()
            if kind == "WS":
                continue
            if kind == "ID":
                self.identifier(m[0], start, at)
            elif kind == "OP":
                op = m[0]
                if op == "@":
                    at = self.attribute(start)
                    continue
                if op == "<":
                    angles.append(start)
                    if len(angles) > self.limits.nesting:
                        raise Exhaustion(
                            f"types nest deeper than the limit of {self.limits.nesting} (`nesting`)", Span(self.source, start, at)
                        )
                elif op == ">":
                    if angles:
                        angles.pop()
                elif op == "{":
                    angles.clear()
                    braces.append(start)
                    if len(braces) > self.limits.nesting:
                        first = self.tokens[-4].start if len(self.tokens) > 3 else start
                        raise Exhaustion(
                            f"braces nest deeper than the limit of {self.limits.nesting} (`nesting`)",
                            Span(self.source, first, at),
                        )
                elif op == "}":
                    angles.clear()
                    if braces:
                        braces.pop()
                elif op == ";":
                    angles.clear()
                self.push(_OPERATORS[op], op, start, at)
            elif kind == "LINE":
                self.pending.append(Comment(m[0], start, at))
            elif kind == "BLOCK":
                at = self.block(start)
            elif kind == "STRING":
                at = self.string(start)
            elif kind == "VERSION":
                version = m[0]
                if not is_version(version):
                    self.error(
                        f"`{version[:80]}` is not a semantic version",
                        start,
                        at,
                        "write `major.minor.patch`, numbers of at most 64 bits without leading zeros",
                    )
                    version = "0.0.0"
                self.push(kind, version, start, at)
            elif kind == "BAD":
                if m[0] == "#":
                    self.error("unexpected character `#`", start, at, "comments start with `//`")
                    line = text.find("\n", at)
                    at = size if line < 0 else line
                elif not _FORBIDDEN.match(m[0]):  # that one has been reported
                    at = self.unexpected(m[0], start)
            else:  # INTEGER, ARROW
                self.push(kind, m[0], start, at)
        self.push("$END", "", size, size)
        return Tokens(self.tokens, self.comments, self.errors)

    def unexpected(self, character: str, start: int) -> int:
        """A character that nothing in WIT has. What other languages mean by it is read on as far as it is known."""
        end = start + 1
        if character == "[":
            close = re.compile(r"[^\[\]\n;{}]*\]").match(self.source.text, end)
            if close is not None:
                end = close.end()
            hint = "a list is written `list<type>`, a type with others in it `name<type>`"
            self.error("unexpected character `[`", start, end, hint)
            if self.tokens and self.tokens[-1].type in ("LIST", "OPTION", "TUPLE", "MAP", "RESULT", "STREAM", "FUTURE"):
                self.tokens[-1] = self.tokens[-1]._replace(type="PRIM", text="u8")  # so that this is the only error
            return end
        self.error(f"unexpected character `{character}`", start, end, _CHARACTERS.get(character))
        if character == "|":
            self.push("_COMMA", "|", start, end)
        return end

    def identifier(self, word: str, start: int, end: int) -> None:
        """An identifier or a keyword (WIT.md, "WIT Identifiers", "Keywords")."""
        if word[0] == "%":
            name = word[1:]
        elif word in PRIMITIVES:
            self.push("PRIM", word, start, end)
            return
        elif word in KEYWORDS:
            self.push("_" + word.upper() if word in _SILENT else word.upper(), word, start, end)
            return
        elif word == "_":
            self.push("UNDERSCORE", word, start, end)
            return
        else:
            name = word
        if LABEL.fullmatch(name) is None and not _FORBIDDEN.search(name):
            self.error(f"`{word}` is not an identifier", start, end, _label_hint(name))
        self.push("ID", name, start, end)

    def attribute(self, start: int) -> int:
        """`@`: of a version, or the start of an attribute (WIT.md, "Feature gate syntax")."""
        text = self.source.text
        m = _ATTRIBUTE.match(text, start + 1)
        if m is None:
            self.push("AT", "@", start, start + 1)
            return start + 1
        if m[1] in ATTRIBUTES:
            self.push("AT_" + m[1].upper().replace("-", "_"), m[1], start, m.end())
        else:
            self.error(
                f"unknown attribute `@{m[1]}`",
                start,
                m.end(1),
                "attributes are `@since`, `@unstable`, `@deprecated`, `@external-id`",
            )
            arguments = _ARGUMENTS.match(text, m.end())
            return arguments.end() if arguments else m.end()
        return m.end()

    def block(self, start: int) -> int:
        """A block comment; they nest (WIT.md, "Comments")."""
        depth, at = 1, start + 2
        text = self.source.text
        while depth:
            m = _DELIMITER.search(text, at)
            if m is None:
                self.error("unterminated block comment", start, start + 2, "close it with `*/`; block comments nest")
                return len(text)
            depth += 1 if m[0] == "/*" else -1
            at = m.end()
        self.pending.append(Comment(text[start:at], start, at))
        return at

    def string(self, start: int) -> int:
        """A string literal: a name as core WebAssembly's text format has it (WIT.md, "String Literals")."""
        out = bytearray()
        text = self.source.text
        at = start + 1
        while True:
            m = _STRING.match(text, at)
            if m is None:
                unterminated = at >= len(text) or text[at] == "\n"
                if unterminated:
                    self.error("unterminated string", start, min(at + 1, len(text)), 'close it with `"` on the same line')
                elif text[at] == "\\" and (bad := _BAD_ESCAPE.match(text, at)) is not None:
                    hint = "escapes are `\\t`, `\\n`, `\\r`, `\\\"`, `\\'`, `\\\\`, two hexadecimal digits, or `\\u{…}`"
                    self.error("invalid escape in a string", at, bad.end(), hint)
                else:
                    self.error(f"the character U+{ord(text[at]):04X} is not allowed in a string", at, at + 1)
                if not unterminated:
                    end = text.find('"', at)
                    at = len(text) if end < 0 else end + 1
                self.push("STRING", "", start, at)
                return at
            at = m.end()
            kind = m.lastgroup
            if kind == "end":
                break
            if kind == "plain":
                out += m[0].encode("utf-8", "surrogatepass")
            elif kind == "hex":
                out.append(int(m["hex"], 16))
            elif kind == "c":
                out.append(_ESCAPES[m["c"]])
            else:
                digits = m["u"].replace("_", "")
                value = int(digits[-9:] or "110000", 16) if len(digits.lstrip("0")) <= 6 else 0x110000
                if value > 0x10FFFF or 0xD800 <= value < 0xE000:
                    self.error("not a Unicode scalar value", m.start(), at)
                else:
                    out += chr(value).encode()
        try:
            value_text = out.decode("utf-8")
        except UnicodeDecodeError:
            self.error("the string is not UTF-8", start, at)
            value_text = ""
        self.push("STRING", value_text, start, at)
        return at


_CHARACTERS = {
    "?": "what may be missing is an `option<…>`",
    "|": "cases are separated by `,`",
    "&": "there are no references: `borrow<…>` lends a resource, everything else is a value",
    "!": "what may fail returns a `result<…>`",
    "[": "a list is written `list<type>`",
    "`": "a name that is a keyword is written `%name`",
    "'": "names and texts stand without such quotes",
    "-": "words of a name are joined by one `-`, without white space",
    "\\": "only strings have escapes",
}
"""What is meant by characters that WIT does not have, by hint."""


def _label_hint(name: str) -> str:
    if "_" in name:
        return f"words are joined by `-`: `{name.replace('_', '-').strip('-')}`"
    if re.search(r"[a-z][A-Z]|[A-Z][a-z]", name):
        kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
        return f"each word is lower case or upper case throughout: `{kebab}`"
    return "identifiers are words of ASCII letters and digits, each starting with a letter, joined by single `-`"


def documentation(comments: tuple[Comment, ...]) -> str | None:
    """The documentation that comments before an item give: every one of them counts, as in `wasm-tools` (WIT.md is silent)."""
    if not comments:
        return None
    parts: list[str] = []
    for comment in comments:
        text = comment.text
        if text.startswith("/**") and text.endswith("*/") and len(text) >= 5:
            parts.append(text[3:-2].rstrip())
        else:
            parts.append(text.lstrip("/").rstrip())
    indent = min((len(p) - len(p.lstrip(" \t")) for p in parts if p), default=0)
    return "\n".join(p[indent:] for p in parts).rstrip()
