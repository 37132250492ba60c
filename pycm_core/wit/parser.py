"""Tokens to syntax: the LALR tables of `wit.lark`, and recovery at the borders of items.

The tables are built once per process. The parser itself is lark's; only the loop that feeds it is ours, so that one text can have
several errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from lark import Lark
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer
from lark.parsers.lalr_analysis import Shift
from lark.parsers.lalr_parser_state import ParseConf, ParserState

from pycm_core.base.errors import Related, WitError
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source, Span
from pycm_core.wit import ast
from pycm_core.wit.build import Builder
from pycm_core.wit.hints import TYPES, hint
from pycm_core.wit.shape import check_shape
from pycm_core.wit.tokens import KEYWORDS, PRIMITIVES, Token, tokenize


@dataclass(frozen=True, slots=True)
class Parsed:
    """One text: what could be read of it, and what could not, in the order of the text."""

    file: ast.File
    errors: tuple[WitError, ...]


def parse(source: Source, limits: Limits = DEFAULT_LIMITS) -> Parsed:
    """Parse one text. Raises only `Exhaustion`; everything else that is wrong is in `errors`."""
    tokens = tokenize(source, limits)
    errors = list(tokens.errors)
    items = parse_tokens(source, tokens.tokens, errors)
    file = ast.File(source, items, tokens.comments)
    errors += check_shape(file)
    errors.sort(key=_place)
    return Parsed(file, tuple(errors))


def _place(error: WitError) -> int:
    return error.where.start if isinstance(error.where, Span) else 0


class _NoLexer(Lexer):
    """lark wants a lexer; tokens are fed by hand."""

    def __init__(self, conf: object) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Any:
        raise NotImplementedError("tokens are fed by hand")


@lru_cache(maxsize=1)
def tables() -> ParseConf[int]:
    """The parse tables of WIT, built when they are first needed."""
    grammar = files("pycm_core.wit").joinpath("wit.lark").read_text("utf-8")
    lark = Lark(grammar, parser="lalr", lexer=_NoLexer, transformer=Builder(), maybe_placeholders=True)
    state = lark.parse_interactive().parser_state
    conf: ParseConf[int] = state.parse_conf
    return conf


def initial_state() -> Any:
    """lark's parser before the first token; `feed_token` takes the next."""
    return ParserState(tables(), None)  # type: ignore[arg-type]  # no lexer: tokens are fed by hand


_ITEMS = ("resource_method", "interface_member", "world_member", "top_item")
"""What recovery goes on with: the items of the lists that braces hold."""

_TOP = frozenset(("PACKAGE", "INTERFACE", "WORLD"))
_SYNC = _TOP | frozenset(
    [
        "USE",
        "IMPORT",
        "EXPORT",
        "INCLUDE",
        "TYPE",
        "RECORD",
        "VARIANT",
        "ENUM",
        "FLAGS",
        "RESOURCE",
        "AT_SINCE",
        "AT_UNSTABLE",
        "AT_DEPRECATED",
    ]
)
_MAX_ERRORS = 50
"""A text with more than this many syntax errors is not WIT; stop looking."""


def parse_tokens(
    source: Source, tokens: list[Token], errors: list[WitError], before: Sequence[Token] = ()
) -> tuple[ast.TopItem, ...]:
    """The items of a list of tokens that ends with `$END`; what is wrong is added to `errors`. `before` are fed first, and fit."""
    conf = tables()
    state = initial_state()
    feed = state.feed_token
    for token in before:
        feed(token)
    at, last = 0, len(tokens) - 1
    failed = 0
    while at < last:
        try:
            while at < last:
                feed(tokens[at])
                at += 1
        except UnexpectedToken as e:
            errors.append(_unexpected(source, tokens, at, e.expected, state))
            failed += 1
            at = last if failed == _MAX_ERRORS else _recover(conf, state, source, tokens, at, last)
    try:
        result = feed(tokens[last], True)
    except UnexpectedToken as e:
        if not failed and not any(e.message.startswith("unterminated") for e in errors):
            errors.append(_unexpected(source, tokens, last, e.expected, state))
        _close_braces(conf, state, tokens[last])
        result = feed(tokens[last], True)
    return tuple(result)


def _to_items(conf: ParseConf[int], state: Any) -> None:
    """Drop the item that failed: leave the parser where the next item of the same list may come."""
    states, stack = conf.states, state.state_stack
    while len(stack) > 1 and not any(item in states[stack[-1]] for item in _ITEMS):
        stack.pop()
        state.value_stack.pop()


def _close_braces(conf: ParseConf[int], state: Any, at: Token) -> None:
    """As if every closing brace that is missing stood at `at`."""
    _to_items(conf, state)
    while _open_braces(state) > 0:
        state.feed_token(Token("RBRACE", "}", at.start, at.start))


def _open_braces(state: Any) -> int:
    """How many braces are open; a closing one stays on the stack until its item is reduced."""
    kinds = [v.type for v in state.value_stack if type(v) is Token]
    return kinds.count("LBRACE") - kinds.count("RBRACE")


def _recover(conf: ParseConf[int], state: Any, source: Source, tokens: list[Token], at: int, last: int) -> int:
    """Leave the item that failed; the index of the token to go on with."""
    if _left_open(source, tokens[at], state):
        _close_braces(conf, state, tokens[at])
        return at
    depth = _open_braces(state)
    at = _end_of_params(state, tokens, at)
    _to_items(conf, state)
    floor = _open_braces(state)
    expected = conf.states[state.state_stack[-1]]
    while at < last:
        kind = tokens[at].type
        if depth == floor:
            if kind == "RBRACE" and floor:
                return at
            if kind in _SYNC and kind in expected and _starts_line(source, tokens, at):
                return at
        at += 1
        if kind == "LBRACE":
            depth += 1
        elif kind == "RBRACE":
            depth = max(depth - 1, floor)
            if depth == floor:
                return at + (tokens[at].type == "SEMI")  # `use i.{*};`: the whole of it
        elif kind == "SEMI" and depth == floor:
            return at
    return at


def _end_of_params(state: Any, tokens: list[Token], at: int) -> int:
    """Where the list of parameters closes in which a `;` stands that should be a comma; else `at`."""
    if tokens[at].type != "SEMI":
        return at
    kinds = [v.type for v in state.value_stack if type(v) is Token]
    if kinds.count("_LPAR") <= kinds.count("RPAR"):
        return at
    for index in range(at, len(tokens)):
        if tokens[index].type == "RPAR":
            return index
        if tokens[index].type in _NOT_IN_PARAMS:
            return at
    return at


_NOT_IN_PARAMS = _SYNC | {"FUNC", "ASYNC", "STATIC", "CONSTRUCTOR", "LBRACE", "RBRACE", "_LPAR", "$END"}


def _starts_line(source: Source, tokens: list[Token], at: int) -> bool:
    return at > 0 and "\n" in source.text[tokens[at - 1].end : tokens[at].start]


_WORDS = {
    "ID": "an identifier",
    "PRIM": "a type",
    "VERSION": "a version",
    "INTEGER": "a number",
    "STRING": "a string",
    "UNDERSCORE": "`_`",
    "COLON": "`:`",
    "SLASH": "`/`",
    "SEMI": "`;`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "_LPAR": "`(`",
    "RPAR": "`)`",
    "LESS": "`<`",
    "MORE": "`>`",
    "AT": "`@`",
    "_EQUAL": "`=`",
    "_COMMA": "`,`",
    "_DOT": "`.`",
    "_ARROW": "`->`",
    "AT_SINCE": "`@since`",
    "AT_UNSTABLE": "`@unstable`",
    "AT_DEPRECATED": "`@deprecated`",
    "AT_EXTERNAL_ID": "`@external-id`",
    "$END": "the end of the text",
}
_DEFINITIONS = frozenset(("RECORD", "VARIANT", "ENUM", "FLAGS", "TYPE", "RESOURCE"))
_GATES = frozenset(("AT_SINCE", "AT_UNSTABLE", "AT_DEPRECATED", "AT_EXTERNAL_ID"))


def _unexpected(source: Source, tokens: list[Token], at: int, expected: set[str], state: Any) -> WitError:
    token = tokens[at]
    expected = {terminal for terminal in expected if accepts(state, terminal)}
    if expected in ({"VERSION"}, {"ID"}) and (error := _in_gate(source, tokens, at) or _version(source, tokens, at, expected)):
        return error
    if token.type == "$END":
        found = "the end of the text"
    elif token.text in KEYWORDS or (token.text in PRIMITIVES and token.type == "PRIM"):
        found = f"keyword `{token.text}`"
    else:
        found = f"`{source.text[token.start : token.end]}`"
    related: tuple[Related, ...] = ()
    advice = hint(tokens, at, expected)
    message = f"expected {_expectation(expected)}, found {found}"
    unclosed = _left_open(source, token, state)
    if token.type == "$END" or unclosed:
        opened = [v for v in state.value_stack if type(v) is Token and v.type == "LBRACE"]
        if opened:
            related = (Related("this `{` is not closed", Span(source, opened[-1].start, opened[-1].end)),)
            line, _ = source.line_column(opened[-1].start)
            advice = f"the `{{` of line {line} is not closed"
            if unclosed:
                message = f"expected `}}`, found {found}"
    return WitError(message, Span(source, token.start, token.end), hint=advice, related=related)


_ARGUMENT = {"AT_SINCE": "version", "AT_DEPRECATED": "version", "AT_UNSTABLE": "feature"}


def _in_gate(source: Source, tokens: list[Token], at: int) -> WitError | None:
    """`@since(feature = …)`: the argument has the name of another gate's (WIT.md, "Feature gate syntax")."""
    if at < 4 or tokens[at - 1].type != "_EQUAL":
        return None
    gate, key = tokens[at - 4], tokens[at - 2]
    wanted = _ARGUMENT.get(gate.type)
    if wanted is None or key.text == wanted:
        return None
    value = "1.0.0" if wanted == "version" else "name"
    advice = f"write `@{gate.text}({wanted} = {value})`"
    return WitError(f"expected `{wanted}`, found `{key.text}`", Span(source, key.start, key.end), hint=advice)


def _version(source: Source, tokens: list[Token], at: int, expected: set[str]) -> WitError | None:
    """`@1.0`: a version that breaks off; the place is what is written of it, and what stands where the rest should."""
    if "VERSION" not in expected or tokens[at].type != "INTEGER":
        return None
    end = at + 1
    while tokens[end].type in ("INTEGER", "_DOT", "ID", "VERSION") and tokens[end].start == tokens[end - 1].end:
        end += 1
    written = source.text[tokens[at].start : tokens[end - 1].end]
    place = Span(source, tokens[at].start, tokens[end].end)
    return WitError(f"expected a version, found `{written}`", place, hint="a version has three numbers: `1.0.0`")


def _left_open(source: Source, token: Token, state: Any) -> bool:
    """Whether an item of the top level stands at the very start of a line inside braces: then closing ones are missing."""
    return token.type in _TOP and source.line_column(token.start)[1] == 1 and _open_braces(state) > 0


def accepts(state: Any, terminal: str) -> bool:
    """Whether a terminal could really come next: LALR tables also list some that only a reduction finds out of place."""
    states = state.parse_conf.states
    stack = list(state.state_stack)
    while True:
        entry = states[stack[-1]].get(terminal)
        if entry is None:
            return False
        action, rule = entry
        if action is Shift:
            return True
        if rule.expansion:
            del stack[-len(rule.expansion) :]
        stack.append(states[stack[-1]][rule.origin.name][1])


def _expectation(expected: set[str]) -> str:
    names = set(expected)
    words: list[str] = []
    if "PRIM" in names:
        words.append("a type")
        names -= TYPES | {"ID"}
    if names >= _GATES and len(names) > len(_GATES):
        names -= _GATES
    if "SEMI" in names and names & {"LBRACE", "SLASH", "COLON", "AT"}:
        names = {"SEMI"}  # a path could go on; what people forget is the end
    if names >= _DEFINITIONS:
        words.append("a type")
        names -= _DEFINITIONS
        if "ID" in names:
            words.append("a function")
            names.discard("ID")
    if len(names) > 1:
        names.discard("$END")
    words += sorted(_WORDS.get(n) or f"`{n.lstrip('_').lower()}`" for n in names)
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
