"""Options that the installed hosts declare, for the verbs that let a component run."""

from __future__ import annotations

import argparse
from typing import Any

from pycm_core.api.hosts import factories


def add_grants(parser: argparse.ArgumentParser) -> None:
    """Let every host add its options when `parser` is first used: other verbs need not load hosts for that."""
    parse = parser.parse_known_args

    def declare_then_parse(*arguments: Any, **named: Any) -> Any:
        parser.parse_known_args = parse  # type: ignore[method-assign]  # the method as it was
        granting = parser.add_argument_group("what the component is granted")
        for factory in factories():
            factory.declare(granting)
        return parse(*arguments, **named)

    parser.parse_known_args = declare_then_parse  # type: ignore[method-assign]  # argparse has no hook for what is declared late
