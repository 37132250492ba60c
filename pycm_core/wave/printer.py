"""Values → WAVE text, letter for letter what `wasmtime run --invoke` prints (WAVE README, "Encoding").

Options are written in full (`some(1)`), absent options of a record are left out, and `{:}` is a record with nothing left in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pycm_core.abi.values import Err, Ok, Some, VariantValue, attribute, map_pairs
from pycm_core.base.errors import Exhaustion, Invalid
from pycm_core.component import types as t
from pycm_core.component.types import Prim
from pycm_core.wave.escapes import escape
from pycm_core.wave.floats import print_float
from pycm_core.wave.handles import Handles
from pycm_core.wave.scan import KEYWORDS


def print(value: Any, type: Any, handles: Handles | None = None) -> str:
    """`value`, of the elaborated `type`, as text that `parse` reads back.

    `value` is as `pycm_core.abi.values` lists it. Raises `Invalid` when it is not of the type, or is a handle and there are no `handles`.
    """
    out: list[str] = []
    try:
        _print(value, type, handles, out.append)
    except RecursionError:
        raise Exhaustion("this value nests too deep") from None
    return "".join(out)


Write = Callable[[str], None]


def _print(value: Any, type: Any, handles: Handles | None, write: Write) -> None:
    kind = type if type.__class__ is Prim else type.__class__
    try:
        _PRINT[kind](value, type, handles, write)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        name = type.value if isinstance(type, Prim) else type.__class__.__name__.lower()
        raise Invalid(f"expected a value of type `{name}`, found a Python `{value.__class__.__name__}`") from None


INTEGERS = frozenset((Prim.S8, Prim.U8, Prim.S16, Prim.U16, Prim.S32, Prim.U32, Prim.S64, Prim.U64))


def _sequence(values: Any, types: Any, brackets: str, handles: Handles | None, write: Write) -> None:
    write(brackets[0])
    for i, (value, type) in enumerate(zip(values, types, strict=True)):
        if i:
            write(", ")
        _print(value, type, handles, write)
    write(brackets[1])


def _case(label: str, value: Any, type: Any | None, handles: Handles | None, write: Write) -> None:
    write(label)
    if type is not None:
        write("(")
        _print(value, type, handles, write)
        write(")")


def _label(label: str) -> str:
    return f"%{label}" if label in KEYWORDS else label


def _bool(value: Any, type: Any, handles: Handles | None, write: Write) -> None:
    write("true" if value else "false")


def _integer(value: Any, type: Any, handles: Handles | None, write: Write) -> None:
    write(format(value, "d"))


def _float(value: Any, type: Any, handles: Handles | None, write: Write) -> None:
    write(print_float(float(value), type))


def _char(value: str, type: Any, handles: Handles | None, write: Write) -> None:
    write(f"'{escape(value)}'")


def _string(value: str, type: Any, handles: Handles | None, write: Write) -> None:
    write(f'"{escape(value)}"')


def _handle(value: Any, type: Any, handles: Handles | None, write: Write) -> None:
    if handles is None:
        raise Invalid("a handle has no text of its own", hint="pass `handles`, which names them")
    write(handles.name(value, type))


def _record(value: Any, type: t.Record[Any], handles: Handles | None, write: Write) -> None:
    separator = "{"
    for field in type.fields:
        if isinstance(value, Mapping):
            given = value[field.label] if field.label in value else value.get(attribute(field.label))
        else:
            given = getattr(value, attribute(field.label))
        if given is None and field.type.__class__ is t.Option:
            continue
        write(f"{separator}{field.label}: ")
        _print(given, field.type, handles, write)
        separator = ", "
    write("{:}" if separator == "{" else "}")


def _variant(value: VariantValue, type: t.Variant[Any], handles: Handles | None, write: Write) -> None:
    payload = {case.label: case.type for case in type.cases}[value.tag]
    _case(_label(value.tag), value.value, payload, handles, write)


def _enum(value: str, type: t.EnumType, handles: Handles | None, write: Write) -> None:
    write(_label(type.labels[type.labels.index(value)]))


def _flags(value: Any, type: t.Flags, handles: Handles | None, write: Write) -> None:
    labels = set(value)
    if not labels <= set(type.labels):
        raise ValueError
    write("{" + ", ".join(label for label in type.labels if label in labels) + "}")


def _option(value: Any, type: t.Option[Any], handles: Handles | None, write: Write) -> None:
    if value is None:
        write("none")
    else:
        _case("some", value.value if isinstance(value, Some) else value, type.type, handles, write)


def _result(value: Ok | Err, type: t.Result[Any], handles: Handles | None, write: Write) -> None:
    if isinstance(value, Ok):
        _case("ok", value.value, type.ok, handles, write)
    elif isinstance(value, Err):
        _case("err", value.value, type.error, handles, write)
    else:
        raise TypeError


def _list(value: Any, type: t.List[Any], handles: Handles | None, write: Write) -> None:
    if type.element in INTEGERS:  # long lists are of integers
        write(f"[{', '.join([format(item, 'd') for item in value])}]")
        return
    _sequence(value, [type.element] * len(value), "[]", handles, write)


def _tuple(value: Any, type: t.Tuple[Any], handles: Handles | None, write: Write) -> None:
    _sequence(value, type.types, "()", handles, write)


def _map(value: Any, type: t.Map[Any], handles: Handles | None, write: Write) -> None:
    pair = t.Tuple((type.key, type.value))
    _sequence(map_pairs(value), [pair] * len(value), "[]", handles, write)


_PRINT: dict[Any, Callable[[Any, Any, Handles | None, Write], None]] = {
    Prim.BOOL: _bool,
    **dict.fromkeys(INTEGERS, _integer),
    Prim.F32: _float,
    Prim.F64: _float,
    Prim.CHAR: _char,
    Prim.STRING: _string,
    Prim.ERROR_CONTEXT: _handle,
    t.Named: lambda value, type, handles, write: _print(value, type.prim, handles, write),
    t.Record: _record,
    t.Variant: _variant,
    t.List: _list,
    t.Tuple: _tuple,
    t.Flags: _flags,
    t.EnumType: _enum,
    t.Option: _option,
    t.Result: _result,
    t.Own: _handle,
    t.Borrow: _handle,
    t.Stream: _handle,
    t.Future: _handle,
    t.Map: _map,
}
