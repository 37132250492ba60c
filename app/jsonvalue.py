"""Values as JSON, for the page's form; the shapes stand at `WaveCheckResult` in `app.messages`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pycm_core.abi.values import Ok, Some, attribute, map_pairs
from pycm_core.component import types as t
from pycm_core.component.types import Prim
from pycm_core.wave import Handles


def to_json(value: Any, type: Any, handles: Handles) -> Any:
    """`value`, of the elaborated `type`, as JSON."""
    return _JSON[type if type.__class__ is Prim else type.__class__](value, type, handles)


def _same(value: Any, type: Any, handles: Handles) -> Any:
    return value


def _text(value: Any, type: Any, handles: Handles) -> str:
    return str(value)


def _float(value: float, type: Any, handles: Handles) -> Any:
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _handle(value: Any, type: Any, handles: Handles) -> dict[str, str]:
    return {"handle": handles.name(value, type)}


def _record(value: Any, type: t.Record[Any], handles: Handles) -> dict[str, Any]:
    return {f.label: to_json(getattr(value, attribute(f.label)), f.type, handles) for f in type.fields}


def _case(tag: str, value: Any, type: Any, handles: Handles) -> dict[str, Any]:
    return {"tag": tag} if type is None else {"tag": tag, "value": to_json(value, type, handles)}


def _variant(value: Any, type: t.Variant[Any], handles: Handles) -> dict[str, Any]:
    return _case(value.tag, value.value, next(c.type for c in type.cases if c.label == value.tag), handles)


def _result(value: Any, type: t.Result[Any], handles: Handles) -> dict[str, Any]:
    ok = isinstance(value, Ok)
    return _case("ok" if ok else "err", value.value, type.ok if ok else type.error, handles)


def _option(value: Any, type: t.Option[Any], handles: Handles) -> Any:
    if value is None:
        return None
    return {"some": to_json(value.value if isinstance(value, Some) else value, type.type, handles)}


def _list(value: Any, type: t.List[Any], handles: Handles) -> list[Any]:
    return [to_json(item, type.element, handles) for item in value]


_JSON: dict[Any, Callable[[Any, Any, Handles], Any]] = {
    **dict.fromkeys(Prim, _same),
    Prim.S64: _text,
    Prim.U64: _text,
    Prim.F32: _float,
    Prim.F64: _float,
    Prim.ERROR_CONTEXT: _handle,
    t.Named: lambda value, type, handles: to_json(value, type.prim, handles),
    t.Record: _record,
    t.Variant: _variant,
    t.List: _list,
    t.Tuple: lambda value, type, handles: [to_json(v, part, handles) for v, part in zip(value, type.types, strict=True)],
    t.Flags: lambda value, type, handles: [label for label in type.labels if label in value],
    t.EnumType: _same,
    t.Option: _option,
    t.Result: _result,
    t.Own: _handle,
    t.Borrow: _handle,
    t.Stream: _handle,
    t.Future: _handle,
    t.Map: lambda value, type, handles: [
        [to_json(k, type.key, handles), to_json(v, type.value, handles)] for k, v in map_pairs(value)
    ],
}
