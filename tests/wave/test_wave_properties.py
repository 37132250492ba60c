"""Round trips over random types and values, and text from anywhere: nothing but our own errors comes out."""

import contextlib
import math

from hypothesis import given
from hypothesis import strategies as st

from pycm_core import wave
from pycm_core.abi.values import Err, Ok, RecordValue, Some, VariantValue, attribute
from pycm_core.base.errors import PyCMError
from pycm_core.component import types as t
from pycm_core.component.types import Prim
from pycm_core.wave.floats import round_f32
from pycm_core.wave.parser import INTEGER_RANGE

LABELS = st.sampled_from(["a", "b", "two-words", "HTTP", "ok", "err", "some", "none", "true", "false", "inf", "nan", "x1-Y2"])
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PRIMS = [prim for prim in Prim if prim is not Prim.ERROR_CONTEXT]


def distinct(least):
    return st.lists(LABELS, min_size=least, max_size=4, unique=True).map(tuple)


def compound(inner):
    optional = st.none() | inner
    return st.one_of(
        st.builds(t.List, inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda types: t.Tuple(tuple(types))),
        st.builds(
            lambda labels, types: t.Record(tuple(map(t.Field, labels, types))),
            distinct(1),
            st.lists(inner, min_size=4, max_size=4),
        ),
        st.builds(
            lambda labels, types: t.Variant(tuple(map(t.Case, labels, types))),
            distinct(1),
            st.lists(optional, min_size=4, max_size=4),
        ),
        st.builds(t.EnumType, distinct(1)),
        st.builds(t.Flags, distinct(1)),
        st.builds(t.Option, inner),
        st.builds(t.Result, optional, optional),
        st.builds(lambda key, value: t.Map(key, value), st.sampled_from([Prim.STRING, Prim.U8, Prim.CHAR]), inner),
    )


TYPES = st.recursive(st.sampled_from(PRIMS) | st.builds(t.Named, st.sampled_from(PRIMS)), compound, max_leaves=8)


def values(type):
    """Values of `type`, as lifting gives them."""
    match type:
        case t.Named(prim):
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
            return TEXT
        case Prim():
            return st.integers(*INTEGER_RANGE[type])
        case t.List(element):
            lists = st.lists(values(element), max_size=3)
            return lists.map(bytes) if element in (Prim.U8, t.Named(Prim.U8)) else lists
        case t.Tuple(types):
            return st.tuples(*map(values, types))
        case t.Record(fields):
            return st.fixed_dictionaries({attribute(f.label): values(f.type) for f in fields}).map(RecordValue)
        case t.Variant(cases):
            return st.one_of([payload(c.type).map(lambda v, c=c: VariantValue(c.label, v)) for c in cases])
        case t.EnumType(labels):
            return st.sampled_from(labels)
        case t.Flags(labels):
            return st.frozensets(st.sampled_from(labels))
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


@given(st.data())
def test_a_printed_value_reads_back(data):
    type = data.draw(TYPES)
    value = data.draw(values(type))
    text = wave.print(value, type)
    # NaN equals nothing, so the texts are compared: they are equal exactly when the values are the same
    assert wave.print(wave.parse(text, type), type) == text
    if "nan" not in text:
        assert wave.parse(text, type) == value


@given(TYPES, st.data())
def test_a_call_splits_at_its_arguments(type, data):
    texts = [wave.print(data.draw(values(type)), type) for _ in range(3)]
    name, args = wave.parse_call(f"ns:pkg/iface@1.0.0#[method]r.f ( {texts[0]} ,{texts[1]},// comment, )\n{texts[2]},)")
    assert name == "ns:pkg/iface@1.0.0#[method]r.f"
    assert [span.text() for span in args] == texts


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            '"',
            "'",
            "\\",
            "\\u{",
            "}",
            "{",
            "[",
            "]",
            "(",
            ")",
            ",",
            ":",
            "%",
            "#",
            "-",
            "//",
            "\n",
            '"""',
            "ok",
            "some",
            "a",
            "1",
            "é",
        ]
    )
    | TEXT
).map("".join)


@given(TYPES, FRAGMENTS | st.text())
def test_any_text_parses_or_is_refused(type, text):
    for attempt in (lambda: wave.parse(text, type), lambda: wave.parse_call(text), lambda: wave.parse_call("f(" + text + ")")):
        try:
            attempt()
        except PyCMError as e:
            assert e.where is None or 0 <= e.where.start <= e.where.end <= len(text) + 3


@given(TYPES, st.data())
def test_truncated_text_is_refused_or_shorter(type, data):
    text = wave.print(data.draw(values(type)), type)
    with contextlib.suppress(PyCMError):
        wave.parse(text[: data.draw(st.integers(0, len(text)))], type)


@given(TYPES, TYPES, st.data())
def test_a_value_of_another_type_prints_or_is_refused(type, other, data):
    with contextlib.suppress(PyCMError):
        wave.print(data.draw(values(other)), type)


@given(st.floats(width=32))
def test_f32_takes_the_fewest_digits(value):
    text = wave.print(value, Prim.F32)
    assert math.isnan(value) or round_f32(float(text)) == value
    digits = text.lstrip("-").replace(".", "").strip("0")
    assert math.isinf(value) or math.isnan(value) or len(digits) <= 9


def test_a_type_of_any_depth_raises_nothing_but_ours():
    type = Prim.U8
    for _ in range(5000):
        type = t.List(type)
    for attempt in (lambda: wave.parse("[" * 5000 + "]" * 5000, type), lambda: wave.print(nested(4000), type)):
        with contextlib.suppress(PyCMError):
            attempt()


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value
