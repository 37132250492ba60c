"""The source formatter: the same tokens and comments, laid out in one way. Formatting what is formatted changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source
from pycm_core.wit import ast
from pycm_core.wit.packages import paths
from pycm_core.wit.parser import parse
from pycm_core.wit.tokens import Comment, Token, tokenize

WIDTH = 100
"""A function longer than this gets one line for each parameter."""


def format_wit(text: str, name: str = "input.wit", limits: Limits = DEFAULT_LIMITS) -> str:
    """`text` formatted. Raises the first `WitError` of a text that does not parse, or `Exhaustion`; names need not resolve."""
    source = Source(text, name)
    parsed = parse(source, limits)
    if parsed.errors:
        raise parsed.errors[0]
    return _Formatter(source, limits, _tight_colons(parsed.file)).run()


def _tight_colons(file: ast.File) -> set[int]:
    """Where the colons inside package names are; all others are followed by a space."""
    found: set[int] = set()

    def note(name: ast.PackageName) -> None:
        text = file.source.text
        at = text.find(":", name.start, name.end)
        while at >= 0:
            found.add(at)
            at = text.find(":", at + 1, name.end)

    def items(nodes: tuple[ast.TopItem, ...]) -> None:
        for node in nodes:
            if isinstance(node, ast.PackageHeader):
                note(node.name)
            elif isinstance(node, ast.NestedPackage):
                note(node.name)
                items(node.items)
            else:
                for path, _ in paths(node):
                    if path.package is not None:
                        note(path.package)

    items(file.items)
    return found


@dataclass(slots=True)
class _Line:
    """What one line holds so far."""

    indent: int
    text: str


_NO_SPACE_BEFORE = frozenset(("SEMI", "_COMMA", "COLON", "RPAR", "LESS", "MORE", "SLASH", "AT", "_DOT", "_LPAR"))
_NO_SPACE_AFTER = frozenset(("_LPAR", "LESS", "SLASH", "AT", "_DOT"))
_ATTRIBUTES = frozenset(("AT_SINCE", "AT_UNSTABLE", "AT_DEPRECATED", "AT_EXTERNAL_ID"))


class _Formatter:
    __slots__ = ("comments", "indent", "line", "lists", "out", "previous", "source", "tight", "tokens", "top_item", "wide")

    def __init__(self, source: Source, limits: Limits, tight: set[int]) -> None:
        lexed = tokenize(source, limits)
        self.source = source
        self.tokens = lexed.tokens
        self.comments = lexed.comments
        self.tight = tight
        self.out: list[str] = []
        self.line: _Line | None = None
        self.indent = 0
        self.previous: Token | None = None
        self.lists: list[str] = []
        """For each open brace: `items`, `members` (one to a line), or `inline` (`use a.{b}`, `with { … }`)."""
        self.top_item = False
        self.wide = False
        """Whether each parameter has its own line."""

    def run(self) -> str:
        tokens = self.tokens
        for index, token in enumerate(tokens[:-1]):
            self.before(token)
            self.token(index, token)
            self.previous = token
        self.before(tokens[-1])
        self.end_line()
        text = "\n".join(self.out).strip("\n")
        return text + "\n" if text else ""

    # --- lines --------------------------------------------------------------------------------------------------------

    def end_line(self) -> None:
        if self.line is not None:
            self.out.append(("  " * self.line.indent + self.line.text).rstrip())
            self.line = None

    def blank_line(self) -> None:
        self.end_line()
        if self.out and self.out[-1] != "" and not self.out[-1].endswith("{"):
            self.out.append("")

    def put(self, text: str, *, space: bool) -> None:
        if self.line is None:
            self.line = _Line(self.indent, text)
        else:
            self.line.text += (" " if space else "") + text

    # --- comments and blank lines -------------------------------------------------------------------------------------

    def before(self, token: Token) -> None:
        """Comments and blank lines that stand before a token."""
        text = self.source.text
        at = 0 if self.previous is None else self.previous.end
        closing = token.type in ("RBRACE", "$END")
        comments = self.comments.get(token.start, ())
        for comment in comments:
            gap = text[at : comment.start]
            if "\n" in gap or self.previous is None:
                self.end_line()
                self.gap(gap)
                self.comment(comment)
            else:
                self.put(_trimmed(comment.text), space=True)
            if comment.text.startswith("//") or "\n" in comment.text:
                self.end_line()
            at = comment.end
        if self.line is None:
            if not closing:
                self.gap(text[at : token.start])
        elif comments and "\n" in text[at : token.start]:
            self.end_line()
        if self.top_item and not closing and not comments:
            self.blank_line()
        self.top_item = False

    def gap(self, gap: str) -> None:
        """A blank line of the source is kept, once; between items of the top level there always is one."""
        if gap.count("\n") > 1 or self.top_item:
            self.blank_line()
            self.top_item = False

    def comment(self, comment: Comment) -> None:
        lines = _trimmed(comment.text).split("\n")
        column = self.source.line_column(comment.start)[1] - 1
        self.out.append("  " * self.indent + lines[0])
        for line in lines[1:]:  # the inside of a block comment moves with its first line
            strip = min(column, len(line) - len(line.lstrip(" ")))
            self.out.append(("  " * self.indent + line[strip:]).rstrip())

    # --- tokens -------------------------------------------------------------------------------------------------------

    def token(self, index: int, token: Token) -> None:
        text = self.source.text[token.start : token.end]
        if token.type in _ATTRIBUTES:
            text = "@" + token.text
        match token.type:
            case "LBRACE":
                self.open_brace(index)
            case "RBRACE":
                self.close_brace(index)
            case "SEMI":
                self.put(text, space=False)
                self.after_item(index)
            case "_COMMA":
                self.comma(index, token)
            case "_LPAR":
                self.put(text, space=False)
                if self.is_wide(index):
                    self.wide = True
                    self.indent += 1
                    self.break_line(index)
            case "RPAR":
                if self.wide and not self.inside_type(index, "_LPAR"):
                    self.close_wide()
                self.put(text, space=False)
                if self.closes_attribute(index):
                    self.break_line(index)
            case _:
                self.put(text, space=self.space(token))

    def is_wide(self, index: int) -> bool:
        """Whether the parameters that start here get a line each: they have comments, or are too long for one line."""
        tokens = self.tokens
        if tokens[index - 1].type not in ("FUNC", "CONSTRUCTOR") or tokens[index + 1].type == "RPAR":
            return False
        length = 2 * self.indent + len(self.line.text if self.line is not None else "")
        at, depth, saved = index + 1, 1, self.previous
        while tokens[at].type not in ("SEMI", "$END"):
            if depth and tokens[at].start in self.comments:
                self.previous = saved
                return True
            depth += {"_LPAR": 1, "RPAR": -1}.get(tokens[at].type, 0)
            self.previous = tokens[at - 1]
            length += tokens[at].end - tokens[at].start + self.space(tokens[at])
            at += 1
        self.previous = saved
        return length >= WIDTH

    def close_wide(self) -> None:
        if self.previous is not None and self.previous.type != "_COMMA":
            self.add_comma()
        self.end_line()
        self.wide = False
        self.indent -= 1

    def space(self, token: Token) -> bool:
        previous = self.previous
        if previous is None or token.type in _NO_SPACE_BEFORE:
            return False
        if previous.type == "COLON":
            return previous.start not in self.tight
        if previous.type == "LBRACE":
            return not self.lists or self.lists[-1] != "use"
        return previous.type not in _NO_SPACE_AFTER

    def open_brace(self, index: int) -> None:
        previous = self.previous
        if previous is not None and previous.type == "_DOT":
            self.lists.append("use")
            self.put("{", space=False)
            return
        if previous is not None and previous.type == "_WITH":
            self.lists.append("with")
            self.put("{", space=True)
            return
        keyword = self.tokens[index - 2].type if index > 1 else ""
        self.lists.append("members" if keyword in ("RECORD", "VARIANT", "ENUM", "FLAGS") else "items")
        self.put("{", space=True)
        if self.tokens[index + 1].type == "RBRACE" and self.tokens[index + 1].start not in self.comments:
            return
        self.indent += 1
        self.break_line(index)

    def close_brace(self, index: int) -> None:
        kind = self.lists.pop() if self.lists else "items"
        previous = self.previous
        if kind in ("use", "with"):
            if previous is not None and previous.type == "_COMMA" and self.line is not None:
                self.line.text = self.line.text.rstrip(", ")
            self.put("}", space=kind == "with")
            if kind == "with":
                self.after_item(index)
            return
        if previous is not None and previous.type == "LBRACE" and self.line is not None and self.line.text.endswith("{"):
            self.line.text += "}"
        else:
            if kind == "members" and previous is not None and previous.type not in ("_COMMA", "LBRACE"):
                self.add_comma()
            self.end_line()
            self.indent = max(0, self.indent - 1)
            while self.out and self.out[-1] == "":
                self.out.pop()
            self.put("}", space=False)
        self.after_item(index)

    def add_comma(self) -> None:
        """The comma after the last member, which may have a comment behind it."""
        if self.line is not None:
            self.line.text += ","
            return
        for i in range(len(self.out) - 1, -1, -1):
            code = self.out[i].strip()
            if code and not code.startswith(("//", "/*", "*")):
                head, slash, tail = self.out[i].partition(" //")
                self.out[i] = head + "," + slash + tail
                return

    def comma(self, index: int, token: Token) -> None:
        closing = self.tokens[index + 1].type
        wide = self.wide and not self.inside_type(index, "LESS")
        if closing in ("RPAR", "MORE") and not wide:
            return  # a list on one line has no comma at its end
        self.put(",", space=False)
        if wide or (self.lists and self.lists[-1] == "members" and not self.inside_type(index)):
            self.break_line(index)

    def inside_type(self, index: int, *opening: str) -> bool:
        """Whether a token lies between `<` and `>`, or in parentheses (or inside one of these only). Parameters do not count while
        each has its own line."""
        open_ = {"MORE": 0, "RPAR": 0}
        for i in range(index - 1, 0, -1):
            kind = self.tokens[i].type
            closing = {"LESS": "MORE", "_LPAR": "RPAR"}.get(kind)
            if closing is not None:
                if open_[closing] == 0:
                    if self.wide and self.tokens[i - 1].type in ("FUNC", "CONSTRUCTOR"):
                        return False
                    return not opening or kind in opening
                open_[closing] -= 1
            elif kind in open_:
                open_[kind] += 1
            elif kind in ("LBRACE", "RBRACE", "SEMI"):
                return False
        return False

    def closes_attribute(self, index: int) -> bool:
        at = index
        while at and self.tokens[at].type != "_LPAR":
            at -= 1
        return at > 0 and self.tokens[at - 1].type in _ATTRIBUTES

    def break_line(self, index: int) -> None:
        """End the line, unless a comment follows on it in the source."""
        following = self.tokens[index + 1]
        comments = self.comments.get(following.start, ())
        if not comments or "\n" in self.source.text[self.tokens[index].end : comments[0].start]:
            self.end_line()

    def after_item(self, index: int) -> None:
        if self.tokens[index + 1].type == "SEMI":
            return
        self.break_line(index)
        self.top_item = not self.lists


def _trimmed(comment: str) -> str:
    return "\n".join(line.rstrip() for line in comment.split("\n"))
