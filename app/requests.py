"""Requests checked against their schema before anything is done with them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NotRequired, get_args, get_origin, get_type_hints

from app.failures import BadRequest
from app.messages import METHODS


def check(method: str, params: Any) -> Any:
    """`params` of `method`, if they have the keys and the kinds of values the schema wants. Raises `BadRequest`."""
    if method not in METHODS:
        raise BadRequest(f"unknown method `{method}`", f"there are {', '.join(f'`{name}`' for name in METHODS)}")
    if not isinstance(params, Mapping):
        raise BadRequest(f"`{method}` takes an object of parameters")
    for key, (optional, hint) in _fields(METHODS[method][0]).items():
        if key not in params:
            if not optional:
                raise BadRequest(f"`{method}` needs the parameter `{key}`")
            continue
        if not _fits(params[key], hint):
            raise BadRequest(f"the parameter `{key}` of `{method}` has the wrong type")
    return params


@cache
def _fields(shape: type) -> dict[str, tuple[bool, Any]]:
    """The keys of a `TypedDict`: whether each may be missing, and what it holds."""
    return {
        key: (True, get_args(hint)[0]) if get_origin(hint) is NotRequired else (False, hint)
        for key, hint in get_type_hints(shape, include_extras=True).items()
    }


def _fits(value: Any, hint: Any) -> bool:
    """Whether `value` is of the type `hint`, as far as the schema uses types in parameters. What a shape does not know is let pass."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is list:
        return isinstance(value, list) and all(_fits(item, args[0]) for item in value)
    if origin is dict:
        return isinstance(value, Mapping) and all(isinstance(k, str) and _fits(v, args[1]) for k, v in value.items())
    if origin is Literal:
        return isinstance(value, str) and value in args
    if args:  # a union
        return any(_fits(value, arg) for arg in args)
    if hint is Any:
        return True
    if hint is bytes:
        return isinstance(value, bytes | bytearray | memoryview)
    if hint is type(None):
        return value is None
    if isinstance(hint, type) and issubclass(hint, dict):  # a TypedDict
        return isinstance(value, Mapping) and all(
            _fits(value[key], inner) if key in value else optional for key, (optional, inner) in _fields(hint).items()
        )
    if hint in (int, float):
        return isinstance(value, int | hint) and not isinstance(value, bool)
    return isinstance(value, hint)
