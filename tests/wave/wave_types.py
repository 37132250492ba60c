"""The types that `cases.txt` names."""

from pycm_core.component import types as t
from pycm_core.component.types import Prim


def record(**fields):
    return t.Record(tuple(t.Field(label.replace("_", "-").rstrip("-"), type) for label, type in fields.items()))


def variant(*cases):
    return t.Variant(tuple(t.Case(label, type) for label, type in cases))


TYPES = {
    **{prim.value: prim for prim in Prim},
    "floats32": t.List(Prim.F32),
    "floats64": t.List(Prim.F64),
    "bytes": t.List(Prim.U8),
    "shorts": t.List(Prim.S16),
    "strings": t.List(Prim.STRING),
    "chars": t.List(Prim.CHAR),
    "option": t.Option(Prim.U8),
    "option-option": t.Option(t.Option(Prim.U8)),
    "option-result": t.Option(t.Result(Prim.U8, None)),
    "result": t.Result(None, None),
    "result-u8-string": t.Result(Prim.U8, Prim.STRING),
    "result-_-string": t.Result(None, Prim.STRING),
    "result-option-u8": t.Result(t.Option(Prim.U8), Prim.U8),
    "options": record(a=t.Option(Prim.U8), b=t.Option(t.Option(Prim.U8))),
    "record": record(ok=Prim.U8, two_words=t.Option(Prim.U8)),
    "variant": variant(
        ("ok", None), ("some", Prim.U8), ("x-HTTP", Prim.STRING), ("nan", None), ("true", None), ("inf", Prim.F32)
    ),
    "enum": t.EnumType(("ok", "none", "foo", "false")),
    "flags": t.Flags(("ok", "a", "b-c")),
    "tuple-1": t.Tuple((Prim.U8,)),
    "tuple-2": t.Tuple((Prim.CHAR, Prim.S64)),
    "option-record": t.Option(record(a=t.Option(Prim.U8))),
    "deep": t.List(t.List(t.Tuple((Prim.U8, Prim.CHAR)))),
    "variant-option": variant(("a", t.Option(Prim.U8)), ("b", t.Result(None, None))),
    "option-list": t.List(t.Option(Prim.U8)),
    "result-list": t.List(t.Result(Prim.U8, None)),
    "pair": t.List(Prim.U8, 2),
    "map": t.Map(Prim.STRING, Prim.U8),
    "named": t.Named(Prim.U32),
    "index-list": t.List(t.Named(Prim.U8)),
    "handle": t.Own(t.Resource(t.ResourceId("counter"))),
}
