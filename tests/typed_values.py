"""Random types and values of them, for property tests of all that moves or writes values."""

import math

from hypothesis import strategies as st

from pycm_core.abi.convert import INT_RANGE
from pycm_core.abi.values import Err, Ok, RecordValue, Some, VariantValue
from pycm_core.component import types as t
from pycm_core.component.types import Prim

PLAIN = ["a", "b-c", "d", "e-f-g", "h", "i", "j", "k", "l", "m"]
AWKWARD = ["a", "b", "two-words", "HTTP", "ok", "err", "some", "none", "true", "false", "inf", "nan", "x1-Y2"]
"""Labels that are words of WAVE, or in capitals."""
PRIMS = [p for p in Prim if p is not Prim.ERROR_CONTEXT]
KEYS = [Prim.STRING, Prim.U8, Prim.S64, Prim.BOOL, Prim.CHAR]


def types_of(labels, *, fixed):
    """Types whose parts are called by `labels`; `fixed` says whether with lists of fixed length."""
    some = st.lists(st.sampled_from(labels), min_size=1, max_size=6, unique=True)

    def parts(make, inner):
        return some.flatmap(lambda names: st.tuples(*(inner for _ in names)).map(lambda parts: make(names, parts)))

    def composite(inner):
        maybe = st.none() | inner
        return st.one_of(
            inner.map(t.List),
            st.tuples(inner, st.integers(1, 4)).map(lambda x: t.List(*x)) if fixed else inner.map(t.List),
            st.lists(inner, min_size=1, max_size=5).map(lambda x: t.Tuple(tuple(x))),
            parts(lambda names, types: t.Record(tuple(map(t.Field, names, types))), inner),
            parts(lambda names, types: t.Variant(tuple(map(t.Case, names, types))), maybe),
            inner.map(t.Option),
            st.tuples(maybe, maybe).map(lambda x: t.Result(*x)),
            st.tuples(st.sampled_from(KEYS), inner).map(lambda x: t.Map(*x)),
        )

    leaves = st.one_of(
        st.sampled_from(PRIMS),
        st.sampled_from(PRIMS).map(t.Named),
        some.map(lambda names: t.EnumType(tuple(names))),
        some.map(lambda names: t.Flags(tuple(names))),
        st.integers(1, 32).map(lambda n: t.Flags(tuple(f"f{i}" for i in range(n)))),
    )
    return st.recursive(leaves, composite, max_leaves=8)


types = types_of(PLAIN, fixed=True)


def values(type):
    """A strategy for values of `type`, as lifting would make them."""
    match type:
        case t.Named(prim=prim):
            return values(prim)
        case Prim.BOOL:
            return st.booleans()
        case Prim.F32:
            return st.floats(width=32)
        case Prim.F64:
            return st.floats()
        case Prim.CHAR:
            return st.characters(exclude_categories=["Cs"])
        case Prim.STRING:
            return st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
        case Prim():
            return st.integers(*INT_RANGE[type])
        case t.List(element, length):
            sizes = {"max_size": 5} if length is None else {"min_size": length, "max_size": length}
            if element == Prim.U8 or element == t.Named(Prim.U8):
                return st.binary(**sizes)
            return st.lists(values(element), **sizes)
        case t.Tuple(members):
            return st.tuples(*map(values, members))
        case t.Record(fields):
            return st.tuples(*(values(f.type) for f in fields)).map(
                lambda x: RecordValue({f.label: v for f, v in zip(fields, x, strict=True)})
            )
        case t.Variant(cases):
            return st.one_of(*(payload(c.type).map(lambda v, label=c.label: VariantValue(label, v)) for c in cases))
        case t.EnumType(names):
            return st.sampled_from(names)
        case t.Flags(names):
            return st.frozensets(st.sampled_from(names))
        case t.Option(inner):
            present = values(inner)
            return st.none() | (present.map(Some) if isinstance(inner, t.Option) else present)
        case t.Result(ok, error):
            return payload(ok).map(Ok) | payload(error).map(Err)
        case t.Map(key, value):
            return st.dictionaries(values(key), values(value), max_size=3)
    raise AssertionError(type)


def payload(type):
    return st.none() if type is None else values(type)


typed_values = types.flatmap(lambda type: st.tuples(st.just(type), values(type)))


def same(a, b):
    """Equality in which NaN equals NaN and 0.0 differs from -0.0."""
    if isinstance(a, float):
        return isinstance(b, float) and (
            (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
        )
    if type(a) is not type(b) and not (isinstance(a, str) and isinstance(b, str)):
        return False
    if isinstance(a, RecordValue):
        return list(a.__dict__) == list(b.__dict__) and all(same(x, y) for (_, x), (_, y) in zip(a, b, strict=True))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(same, a.values(), b.values()))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, VariantValue):
        return a.tag == b.tag and same(a.value, b.value)
    if isinstance(a, Ok | Err | Some):
        return same(a.value, b.value)
    return a == b
