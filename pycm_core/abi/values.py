"""Values of component types in Python: the one table.

| WIT | Python (lifted) | also accepted when lowering |
|---|---|---|
| `bool` | `bool` | |
| `s8 … u64` | `int` in range | |
| `f32`, `f64` | `float` (every NaN is the canonical one) | `int` |
| `char` | `str` of one Unicode scalar value | |
| `string` | `str` | |
| `list<u8>` | `bytes` | `bytearray`, `memoryview`, a sequence of `int` |
| `list<T>`, `list<T, n>` | `list` | any sequence |
| `tuple<…>` | `tuple` | any sequence of that length |
| `record` | `RecordValue`: attributes in snake case, `value.tag_count` | a mapping by label or attribute name, any object with the attributes |
| `variant` | `VariantValue(tag, value)`, `value` is `None` without payload | |
| `enum` | `str`, the label | |
| `flags` | `frozenset` of labels | any iterable of labels |
| `option<T>` | `None`, or the payload; `Some(payload)` where `T` is itself an option | `Some(payload)` always |
| `result<T, E>` | `Ok(value)` or `Err(value)` | |
| `map<K, V>` | `dict`; a `list` of pairs where a key occurs twice | any mapping, any sequence of pairs |
| `own<R>`, `borrow<R>` of a host resource | the host's own object | |
| `own<R>`, `borrow<R>` of a guest resource | `ResourceHandle` (`drop()`, context manager) | |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ok:
    """The `ok` case of a `result`."""

    value: Any = None


@dataclass(frozen=True, slots=True)
class Err:
    """The `error` case of a `result`."""

    value: Any = None


@dataclass(frozen=True, slots=True)
class Some:
    """A present `option`, where `None` could not tell."""

    value: Any


@dataclass(frozen=True, slots=True)
class VariantValue:
    """A case of a `variant`: `case VariantValue("circle", radius)`."""

    tag: str
    value: Any = None


class RecordValue:
    """A record: its fields are attributes (labels in snake case), in the order of the type."""

    def __init__(self, fields: Mapping[str, Any] = {}, /, **more: Any) -> None:
        attributes = self.__dict__
        for label, value in fields.items():
            attributes[attribute(label)] = value
        attributes.update(more)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordValue) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # a record may hold lists, which have no hash

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """`(attribute, value)` pairs: `dict(record)` works."""
        return iter(self.__dict__.items())

    def __repr__(self) -> str:
        return f"RecordValue({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"


def map_value(pairs: list[Any]) -> dict[Any, Any] | list[Any]:
    """A lifted map: a `dict` where that loses nothing (the ABI lets a key occur twice)."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else pairs


def map_pairs(value: Any) -> Sequence[Any]:
    """The pairs of a map value, in order."""
    return list(value.items()) if isinstance(value, Mapping) else value


def attribute(label: str) -> str:
    """The Python attribute of a WIT label: kebab case to snake case."""
    return label.replace("-", "_")
