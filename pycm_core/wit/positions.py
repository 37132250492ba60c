"""Where in a text that is being written the cursor stands, by the tokens before it."""

from __future__ import annotations

from typing import Any

from pycm_core.wit.parser import accepts, initial_state
from pycm_core.wit.tokens import Token

_PATH = ("ID", "COLON", "SLASH", "AT", "VERSION")


def state_after(before: list[Token]) -> Any:
    """The parser's state after some tokens; what does not fit is passed over."""
    state = initial_state()
    for token in before:
        if accepts(state, token.type):
            state.feed_token(token)
    return state


def include_before(before: list[Token]) -> str | None:
    """The path of `include path with { a as b, ` when the tokens end where a name of that world must come."""
    at = len(before) - 1
    if at < 0 or before[at].type not in ("LBRACE", "_COMMA"):
        return None
    while at >= 0 and before[at].type in ("ID", "_COMMA", "_AS"):
        at -= 1
    if at < 2 or before[at].type != "LBRACE" or before[at - 1].type != "_WITH":
        return None
    return path_ending(before, at - 1)


def path_ending(before: list[Token], end: int) -> str:
    start = end
    while start and before[start - 1].type in _PATH:
        start -= 1
    return "".join({"AT": "@"}.get(x.type, x.text) for x in before[start:end])


def path_length(before: list[Token], end: int) -> int:
    """How many tokens at the end are the beginning of a path that touches `end`, behind what a path may follow."""
    at = len(before)
    while at and before[at - 1].type in _PATH and before[at - 1].end == end:
        at -= 1
        end = before[at].start
    opens = before[at - 1].type if at else ""
    return len(before) - at if opens in ("USE", "IMPORT", "EXPORT", "INCLUDE", "COLON") and at < len(before) else 0


def path_before(before: list[Token]) -> str | None:
    """The path of `use path.{a, ` when the tokens end inside its braces."""
    at = len(before) - 1
    while at >= 0 and before[at].type in ("ID", "_COMMA", "_AS"):
        at -= 1
    if at < 1 or before[at].type != "LBRACE" or before[at - 1].type != "_DOT":
        return None
    return path_ending(before, at - 1)
