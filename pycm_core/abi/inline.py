"""Lifting and lowering as Python source, for what is called most: no call per value, no list of flat values between.

A type is *inline* when it is made of primitives, enums, strings, records and tuples only; everything else goes through its codec
(`pycm_core.abi.compiled`), which is also what unusual values of inline types fall back to.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pycm_core.abi import convert, layout, literal
from pycm_core.abi.convert import check_prim
from pycm_core.abi.values import RecordValue, attribute
from pycm_core.component import types as t
from pycm_core.component.types import Prim

StoreString = Callable[[str], tuple[str, str]]
"""Emits the storing of the string in a variable; expressions of its pointer and length."""
LoadString = Callable[[str, str], str]
"""An expression of the string with this pointer and length."""


class Source:
    """Python source in the making: lines, and the objects that its names stand for. Names come from here, never from a component."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self._depth = 0
        self._count = 0

    def fresh(self) -> str:
        """A new variable."""
        self._count += 1
        return f"v{self._count}"

    def name(self, value: Any) -> str:
        """A name for an object."""
        for name, known in self.names.items():
            if known is value:
                return name
        name = f"o{len(self.names)}"
        self.names[name] = value
        return name

    def line(self, text: str) -> None:
        """One more line."""
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Lines under `head`."""
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def function(self, name: str) -> Callable[..., Any]:
        """The function `name` that the source defines."""
        code = compile("\n".join(self.lines), f"<pycm: {name}>", "exec")
        exec(code, self.names)
        found: Callable[..., Any] = self.names[name]
        return found


def is_inline(type: Any) -> bool:
    """Whether values of this type can be moved by the source made here."""
    kind = layout.plain(type)
    match kind:
        case Prim():
            return kind is not Prim.ERROR_CONTEXT
        case t.Record(fields):
            return all(is_inline(f.type) and not keyword.iskeyword(attribute(f.label)) for f in fields)
        case t.Tuple(types):
            return all(map(is_inline, types))
        case t.EnumType():
            return True
    return False


def has_string(type: Any) -> bool:
    """Whether values of an inline type hold strings."""
    match layout.plain(type):
        case t.Record(fields):
            return any(has_string(f.type) for f in fields)
        case t.Tuple(types):
            return any(map(has_string, types))
        case kind:
            return kind is Prim.STRING


def is_number(type: Any) -> bool:
    """Whether `struct` gives the very value: integers and floats."""
    return type in convert.INT_RANGE or type in (Prim.F32, Prim.F64)


# --- lowering -------------------------------------------------------------------------------------------------------------


def lower(source: Source, type: Any, value: str, string: StoreString) -> list[str]:
    """Emit the lowering of the variable `value`; expressions of its flat values."""
    kind = layout.plain(type)
    match kind:
        case Prim.STRING:
            return list(string(value))
        case Prim():
            _check(source, kind, value)
            return [value]
        case t.EnumType(labels):
            index = source.name({label: i for i, label in enumerate(labels)})
            match_case = source.name(lambda found, type=kind: convert.match_case(found, type)[0])
            source.line(
                f"{value} = {index}[{value}] if {value}.__class__ is str and {value} in {index} else {match_case}({value})"
            )
            return [value]
        case t.Tuple(types):
            parts = [source.fresh() for _ in types]
            items = source.name(convert.tuple_items)
            source.line(
                f"if {value}.__class__ is not tuple or len({value}) != {len(parts)}: {value} = {items}({value}, {len(parts)})"
            )
            source.line(f"{''.join(f'{part}, ' for part in parts)}= {value}")
            return [flat for part, inner in zip(parts, types, strict=True) for flat in lower(source, inner, part, string)]
        case t.Record(fields):
            parts = [source.fresh() for _ in fields]
            _take_fields(source, value, [f.label for f in fields], parts)
            return [flat for part, f in zip(parts, fields, strict=True) for flat in lower(source, f.type, part, string)]
    raise AssertionError(kind)


def _check(source: Source, prim: Prim, value: str) -> None:
    check, name = source.name(check_prim), source.name(prim)
    if prim in convert.INT_RANGE:
        least, most = convert.INT_RANGE[prim]
        source.line(f"if {value}.__class__ is not int or not {least} <= {value} <= {most}: {value} = {check}({value}, {name})")
    elif prim is Prim.F64:
        source.line(f"if {value}.__class__ is not float: {value} = {check}({value}, {name})")
    elif prim is Prim.F32:
        source.line(f"{value} = {source.name(to_f32)}({value})")
    else:
        source.line(f"{value} = {check}({value}, {name})")


def _take_fields(source: Source, value: str, labels: Sequence[str], parts: Sequence[str]) -> None:
    targets = ", ".join(parts) + ("," if len(parts) == 1 else "")
    attributes = ", ".join(f"{value}.{attribute(label)}" for label in labels)
    others = f"{source.name(convert.record_fields)}({value}, {source.name(tuple(labels))})"
    with source.block(f"if {value}.__class__ is {source.name(RecordValue)}:"):
        source.line(f"try: {targets} = {attributes}" + ("," if len(parts) == 1 else ""))
        source.line(f"except AttributeError: {targets} = {others}")
    source.line(f"else: {targets} = {others}")


def to_f32(value: Any) -> float:
    """A host's value as an f32 carries it."""
    return literal.round_f32(check_prim(value, Prim.F32))


# --- lifting --------------------------------------------------------------------------------------------------------------


def lift(source: Source, type: Any, flat: Iterator[str], string: LoadString, in_range: bool) -> str:
    """Emit the lifting of the next flat values, expressions each; an expression of the value.

    `in_range`: integers are in the range of their type already, as `struct` gives them.
    """
    kind = layout.plain(type)
    match kind:
        case Prim.STRING:
            pointer, length = next(flat), next(flat)
            return string(pointer, length)
        case Prim():
            return _prim(source, kind, next(flat), in_range)
        case t.EnumType(labels):
            index = next(flat) if in_range else f"({next(flat)} & 0xFFFF_FFFF)"
            cases, case_at = source.name(labels), source.name(literal.case_at)
            specialized = source.name(layout.despecialize(kind).cases)
            found = source.fresh()
            return f"{cases}[{found}] if ({found} := {index}) < {len(labels)} else {case_at}({specialized}, {found}).label"
        case t.Tuple(types):
            return "(" + "".join(f"{lift(source, inner, flat, string, in_range)}, " for inner in types) + ")"
        case t.Record(fields):
            record = source.fresh()
            values = [lift(source, f.type, flat, string, in_range) for f in fields]
            source.line(f"{record} = {source.name(RecordValue.__new__)}({source.name(RecordValue)})")
            for f, value in zip(fields, values, strict=True):
                source.line(f"{record}.{attribute(f.label)} = {value}")
            return record
    raise AssertionError(kind)


def _prim(source: Source, prim: Prim, value: str, in_range: bool) -> str:
    if prim is Prim.BOOL:
        return f"({value} != 0)"
    if prim is Prim.CHAR:
        return (
            f"{source.name(literal.char_from)}({value})"
            if in_range
            else f"{source.name(literal.char_from)}({value} & 0xFFFF_FFFF)"
        )
    if in_range or prim not in convert.INT_RANGE:
        return value
    least, most = convert.INT_RANGE[prim]
    masked = f"({value} & {most - least:#x})"
    return f"(({masked} ^ {most + 1:#x}) - {most + 1:#x})" if least else masked
