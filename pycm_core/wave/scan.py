"""A cursor over WAVE text: tokens, and errors that know their span (WAVE README and its EBNF appendix)."""

from __future__ import annotations

import re

from pycm_core.base.errors import Malformed, Related
from pycm_core.base.source import Source, Span
from pycm_core.wave.escapes import SIMPLE

KEYWORDS = frozenset(("true", "false", "inf", "nan", "some", "none", "ok", "err"))
"""Cases with these labels are prefixed with `%` (WAVE README, "Keywords")."""

_SPACE = re.compile(r"(?:[ \t\n\r]|//[^\n]*)*")
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z][A-Za-z0-9]*)*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMBERISH = re.compile(r"[+-]?[A-Za-z0-9_.]+(?:[+-][0-9]+)?|[+-]")
_WORD = re.compile(r"%?[A-Za-z][A-Za-z0-9-]*")
_HANDLE = re.compile(r"[A-Za-z][A-Za-z0-9-]*#[0-9]+")
_PLAIN = re.compile(r'[^"\\\n\ud800-\udfff]+')
_PLAIN_LINE = re.compile(r"[^\\\ud800-\udfff]+")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"?|\'(?:[^\'\\\n]|\\[^\n])*\'?')
_UNICODE = re.compile(r"u\{([0-9a-fA-F]+)\}")


class Scanner:
    """Reads `source.text` from `pos`. Every method that takes a token leaves `pos` behind it."""

    __slots__ = ("pos", "source", "text")

    def __init__(self, source: Source, pos: int = 0) -> None:
        self.source = source
        self.text = source.text
        self.pos = pos

    def malformed(
        self, message: str, start: int, end: int | None = None, hint: str | None = None, related: tuple[Related, ...] = ()
    ) -> Malformed:
        """An error over `text[start:end]`, by default the token at `start`."""
        end = self.token_end(start) if end is None else end
        return Malformed(message, Span(self.source, start, end), hint=hint, related=related)

    def expected(self, what: str, hint: str | None = None) -> Malformed:
        """An error at the next token: `expected what, found token`."""
        self.space()
        return self.malformed(f"expected {what}, found {self.found()}", self.pos, hint=hint)

    def token_end(self, start: int) -> int:
        """Where the token at `start` ends, for errors: a word, a number, a quoted text up to its line's end, or one character."""
        for pattern in (_HANDLE, _WORD, _NUMBERISH, _QUOTED):
            match = pattern.match(self.text, start)
            if match:
                return match.end()
        return min(start + 1, len(self.text))

    def found(self) -> str:
        """The next token in words."""
        if self.pos >= len(self.text):
            return "the end"
        token = self.text[self.pos : self.token_end(self.pos)]
        if token[0] == '"':
            return "a string"
        if token[0] == "'":
            return "a char"
        return f"`{token[:40]}…`" if len(token) > 40 else f"`{token}`"

    def space(self) -> None:
        """Skip white space and comments."""
        match = _SPACE.match(self.text, self.pos)
        assert match is not None  # the pattern matches the empty text
        self.pos = match.end()

    def end(self) -> None:
        """Nothing but space is left."""
        self.space()
        if self.pos < len(self.text):
            raise self.expected("the end of the value")

    def peek(self, char: str) -> bool:
        """Whether `char` is next, after space."""
        self.space()
        return self.text.startswith(char, self.pos)

    def accept(self, char: str) -> bool:
        """Take `char` if it is next, after space."""
        if self.peek(char):
            self.pos += len(char)
            return True
        return False

    def expect(self, char: str, what: str | None = None) -> None:
        """Take `char`, or fail with `what` was expected."""
        if not self.accept(char):
            raise self.expected(what or f"`{char}`")

    def label(self) -> tuple[str, bool] | None:
        """Take a label if one is next: the label without `%`, and whether it is a bare keyword (`label` in the EBNF)."""
        self.space()
        escaped = self.text.startswith("%", self.pos)
        match = _LABEL.match(self.text, self.pos + escaped)
        if match is None or self.text.startswith("#", match.end()):
            return None
        self.pos = match.end()
        return match.group(), not escaped and match.group() in KEYWORDS

    def keyword(self, *words: str) -> str | None:
        """Take one of the bare keywords `words` if it is next."""
        start = self.pos
        found = self.label()
        if found is not None and found[1] and found[0] in words:
            return found[0]
        self.pos = start
        return None

    def number(self, what: str) -> str:
        """Take a finite number (`number-finite`)."""
        self.space()
        match = _NUMBER.match(self.text, self.pos)
        if match is None or match.end() != self.token_end(self.pos):
            hint = None
            token = self.text[self.pos : self.token_end(self.pos)]
            if re.fullmatch(r"[+-]?0[0-9]+.*|0[xXbBoO].*", token):
                hint = "numbers are decimal, without leading zeros"
            elif token.startswith("+"):
                hint = "leave the `+` out"
            elif "_" in token:
                hint = "digits are written without `_`"
            elif re.fullmatch(r"-?(\.[0-9]+|[0-9]+\.)", token):
                hint = "digits are needed on both sides of the point"
            raise self.expected(what, hint)
        self.pos = match.end()
        return match.group()

    def handle(self) -> str | None:
        """Take `name#n` if it is next."""
        self.space()
        match = _HANDLE.match(self.text, self.pos)
        if match is None:
            return None
        self.pos = match.end()
        return match.group()

    def char(self) -> str:
        """Take a char: one scalar value in single quotes (`char`)."""
        if not self.peek("'"):
            raise self.expected("a char", hint="a char is one character in single quotes: `'x'`")
        start = self.pos
        text = self.text
        self.pos += 1
        if text.startswith("\\", self.pos):
            value = self._escape()
        else:
            value = text[self.pos : self.pos + 1]
            if value in ("", "\n", "'"):
                raise self.malformed("expected a character", start, min(self.pos + 1, len(text)), "write `'\\n'` or `'\\''`, say")
            if "\ud800" <= value <= "\udfff":
                raise self.malformed("expected a Unicode scalar value, found a surrogate", self.pos, self.pos + 1)
            self.pos += 1
        if not text.startswith("'", self.pos):
            close = text.find("'", self.pos)
            line = text.find("\n", self.pos)
            if close < 0 or 0 <= line < close:
                raise self.malformed("expected `'` after the character", start, self.pos)
            raise self.malformed("expected one character between the quotes", start, close + 1, "strings stand in double quotes")
        self.pos += 1
        return value

    def string(self) -> str:
        """Take a string, on one line or in the multi-line form (`string`, `multiline-string`)."""
        if not self.peek('"'):
            raise self.expected("a string", hint='strings stand in double quotes: `"x"`')
        if self.text.startswith('"""', self.pos):
            return self._multiline()
        start = self.pos
        text = self.text
        self.pos += 1
        parts: list[str] = []
        while True:
            match = _PLAIN.match(text, self.pos)
            if match is not None:
                parts.append(match.group())
                self.pos = match.end()
            if text.startswith('"', self.pos):
                self.pos += 1
                return "".join(parts)
            if text.startswith("\\", self.pos):
                parts.append(self._escape())
            elif self.pos >= len(text) or text[self.pos] == "\n":
                hint = 'a line break inside a string is written `\\n`, or use `"""`'
                raise self.malformed('expected `"` at the end of the string', start, self.pos, hint)
            else:
                raise self.malformed("expected a Unicode scalar value, found a surrogate", self.pos, self.pos + 1)

    def _multiline(self) -> str:
        """`\"\"\"`, lines, and `\"\"\"` whose indentation every line drops (WAVE README, "Multiline Strings")."""
        text = self.text
        start = self.pos
        body = start + 3
        first = 2 if text.startswith("\r\n", body) else 1
        if not text.startswith(("\n", "\r\n"), body):
            raise self.malformed('expected a line break after `"""`', start, body)
        close = text.find('"""', body)
        if close < 0:
            raise self.malformed('expected `"""` at the end of the string', start, body)
        last = text.rfind("\n", body, close)
        indent = text[last + 1 : close]
        if indent.strip(" "):
            raise self.malformed(
                'expected the closing `"""` on a line of its own',
                close,
                close + 3,
                'inside the string, write `""\\"` instead of `"""`',
            )
        parts: list[str] = []
        at = body + first
        while at <= last:
            line_end = text.find("\n", at)
            stop = line_end - 1 if text.startswith("\r", line_end - 1) and line_end > at else line_end
            if not text.startswith(indent, at):
                raise self.malformed('expected each line to be indented like the closing `"""`', at, max(at + 1, stop))
            self.pos = at + len(indent)
            pieces: list[str] = []
            while self.pos < stop:
                match = _PLAIN_LINE.match(text, self.pos, stop)
                if match is not None:
                    pieces.append(match.group())
                    self.pos = match.end()
                elif text[self.pos] == "\\":
                    pieces.append(self._escape())
                else:
                    raise self.malformed("expected a Unicode scalar value, found a surrogate", self.pos, self.pos + 1)
            parts.append("".join(pieces))
            at = line_end + 1
        self.pos = close + 3
        return "\n".join(parts)

    def _escape(self) -> str:
        """Take a backslash and what follows (`escape`)."""
        start = self.pos
        letter = self.text[start + 1 : start + 2]
        if letter in SIMPLE:
            self.pos = start + 2
            return SIMPLE[letter]
        match = _UNICODE.match(self.text, start + 1)
        if match is None:
            hint = "the escapes are `\\n`, `\\t`, `\\r`, `\\\\`, `\\'`, `\\\"` and `\\u{…}`"
            raise self.malformed("unknown escape", start, min(start + 2, len(self.text)), hint)
        digits = match.group(1).lstrip("0") or "0"
        code = int(digits, 16) if len(digits) <= 6 else 0x110000
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise self.malformed(f"expected a Unicode scalar value, found `{match.group(1)[:20]}`", start, match.end())
        self.pos = match.end()
        return chr(code)
