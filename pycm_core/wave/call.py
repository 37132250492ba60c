"""Calls as WAVE text: `name(argument, …)` (WAVE README, "Appendix: Function calls")."""

from __future__ import annotations

import re

from pycm_core.base.source import Source, Span
from pycm_core.wave.scan import Scanner

_NAME = re.compile(r"[^\s(),\"'{}]+")
_CLOSE = {"(": ")", "[": "]", "{": "}"}
_INSIDE = re.compile(r"[^\s\"'()\[\]{},/]+")


def parse_call(text: str | Source) -> tuple[str, list[Span]]:
    """The name before the parentheses, and where each argument stands; arguments are not parsed, as that takes their types.

    The name is whatever names a function to the caller (`add`, `lab:b/api#echo`, `[method]counter.bump`). Raises `Malformed`.
    """
    source = text if isinstance(text, Source) else Source(text, "call")
    scanner = Scanner(source)
    scanner.space()
    match = _NAME.match(source.text, scanner.pos)
    if match is None:
        raise scanner.expected("the name of a function", hint="a call is written `name(argument, …)`")
    scanner.pos = match.end()
    scanner.expect("(")
    args: list[Span] = []
    while not scanner.accept(")"):
        args.append(_argument(scanner))
        if not scanner.accept(","):
            scanner.expect(")", "`,` or `)`")
            break
    scanner.end()
    return match.group(), args


def _argument(scanner: Scanner) -> Span:
    """Skip one value: up to the `,` or `)` that ends it, over quoted texts and balanced brackets."""
    scanner.space()
    start = scanner.pos
    end = start
    open_: list[tuple[str, int]] = []
    while scanner.pos < len(scanner.text):
        char = scanner.text[scanner.pos]
        if char in ",)" and not open_:
            break
        if char == '"':
            scanner.string()
        elif char == "'":
            scanner.char()
        elif char in _CLOSE:
            open_.append((_CLOSE[char], scanner.pos))
            scanner.pos += 1
        elif char in ")]}":
            if not open_ or open_[-1][0] != char:
                raise scanner.expected(f"`{open_[-1][0]}`" if open_ else "`,` or `)`")
            open_.pop()
            scanner.pos += 1
        else:
            match = _INSIDE.match(scanner.text, scanner.pos)
            scanner.pos = scanner.pos + 1 if match is None else match.end()
        end = scanner.pos
        scanner.space()
    if open_:
        raise scanner.malformed(f"expected `{open_[-1][0]}` to close this", open_[-1][1], open_[-1][1] + 1)
    if end == start:
        raise scanner.expected("a value")
    return Span(scanner.source, start, end)
