"""Values as PyPI `wasmtime`'s component API has them, from ours and back, and what it cannot express.

Found by trying: variants, options and results are bare where the Python classes of their cases differ, else `Variant(tag, payload)`.
"""

from __future__ import annotations

from typing import Any

from wasmtime import component as peer

from pycm_core.abi.values import Err, Ok, RecordValue, Some, VariantValue, attribute
from pycm_core.component import types as t
from pycm_core.component.types import Prim

NOTHING = type(None)
_CLASSES = {Prim.BOOL: bool, Prim.F32: float, Prim.F64: float, Prim.CHAR: str, Prim.STRING: str}


def expressible(type: Any) -> bool:
    """Whether its API has values of this type: it knows neither maps nor lists of fixed length."""
    match type:
        case t.Map() | t.List(_, int()):
            return False
        case t.List(element):
            return expressible(element)
        case t.Record(fields):
            return all(expressible(f.type) for f in fields)
        case t.Tuple(types):
            return all(map(expressible, types))
        case t.Variant() | t.Option() | t.Result():
            return all(inner is None or expressible(inner) for _, inner in cases(type))
    return True


def cases(type: Any) -> list[tuple[str, Any]]:
    """Tags and payloads of what has cases."""
    match type:
        case t.Option(inner):
            return [("none", None), ("some", inner)]
        case t.Result(ok, error):
            return [("ok", ok), ("err", error)]
    return [(case.label, case.type) for case in type.cases]


def classes(type: Any) -> set[Any]:
    """The Python classes that values of `type` have there."""
    match type:
        case None:
            return {NOTHING}
        case Prim():
            return {_CLASSES.get(type, int)}
        case t.List(element):
            return {bytes if element is Prim.U8 else list}
        case t.Tuple():
            return {tuple}
        case t.Record():
            return {peer.Record}
        case t.Flags():
            return {set}
        case t.EnumType():
            return {str}
    return {peer.Variant} if tagged(type) else set().union(*(classes(inner) for _, inner in cases(type)))


def tagged(type: Any) -> bool:
    """Whether values say which case they are of."""
    found = [classes(inner) for _, inner in cases(type)]
    return sum(map(len, found)) != len(set().union(*found))


def guesses(type: Any) -> str | None:
    """Why its API may take a value of this type for one of another case, as `disagreements.md` has it; `None` when it cannot."""
    match type:
        case t.List(element):
            return guesses(element)
        case t.Record(fields):
            inner = [f.type for f in fields]
        case t.Tuple(types):
            inner = list(types)
        case t.Variant() | t.Option() | t.Result():
            inner = [payload for _, payload in cases(type) if payload is not None]
            if not tagged(type):
                for i, (_, earlier) in enumerate(cases(type)):
                    later = set().union(*(classes(payload) for _, payload in cases(type)[i + 1 :]))
                    if isinstance(earlier, t.Option) and later:
                        return "an option as a case before others"
                    if int in classes(earlier) and bool in later:
                        return "an integer case before a `bool` case"
        case _:
            return None
    return next((why for why in map(guesses, inner) if why is not None), None)


def to_peer(value: Any, type: Any) -> Any:
    """Our value as theirs."""
    match type:
        case t.List(element):
            return value if isinstance(value, bytes) else [to_peer(item, element) for item in value]
        case t.Tuple(types):
            return tuple(map(to_peer, value, types))
        case t.Record(fields):
            record = peer.Record()
            for f in fields:  # under the label itself: that is where they look
                record.__dict__[f.label] = to_peer(value.__dict__[attribute(f.label)], f.type)
            return record
        case t.Flags():
            return set(value)
        case t.Variant() | t.Option() | t.Result():
            index, payload = split(value, type)
            tag, inner = cases(type)[index]
            payload = None if inner is None else to_peer(payload, inner)
            return peer.Variant(tag, payload) if tagged(type) else payload
    return value


def split(value: Any, type: Any) -> tuple[int, Any]:
    """The case of our value, and its payload."""
    match type, value:
        case t.Option(), _:
            return (0, None) if value is None else (1, value.value if isinstance(value, Some) else value)
        case t.Result(), _:
            return (0 if isinstance(value, Ok) else 1), value.value
    return [case.label for case in type.cases].index(value.tag), value.value


def from_peer(value: Any, type: Any) -> Any:
    """Their value as ours."""
    match type:
        case t.List(element):
            return value if isinstance(value, bytes) else [from_peer(item, element) for item in value]
        case t.Tuple(types):
            return tuple(map(from_peer, value, types))
        case t.Record(fields):
            return RecordValue({f.label: from_peer(value.__dict__[f.label], f.type) for f in fields})
        case t.Flags():
            return frozenset(value)
        case t.Variant() | t.Option() | t.Result():
            if tagged(type):
                index, payload = [tag for tag, _ in cases(type)].index(value.tag), value.payload
            else:
                fitting = [i for i, (_, inner) in enumerate(cases(type)) if value.__class__ in classes(inner)]
                [index], payload = fitting, value
            inner = cases(type)[index][1]
            return joined(index, None if inner is None else from_peer(payload, inner), type)
    return value


def joined(index: int, payload: Any, type: Any) -> Any:
    """Our value of a case."""
    match type:
        case t.Option(inner):
            return None if index == 0 else Some(payload) if isinstance(inner, t.Option) else payload
        case t.Result():
            return Err(payload) if index else Ok(payload)
    return VariantValue(type.cases[index].label, payload)
