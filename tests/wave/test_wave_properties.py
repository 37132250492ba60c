"""Round trips over random types and values, and text from anywhere: nothing but our own errors comes out."""

import contextlib
import math

from hypothesis import given
from hypothesis import strategies as st

from pycm_core import wave
from pycm_core.base.errors import PyCMError
from pycm_core.component import types as t
from pycm_core.component.types import Prim
from pycm_core.wave.floats import round_f32
from tests.typed_values import AWKWARD, types_of, values

TYPES = types_of(AWKWARD, fixed=False)


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
    | st.text(st.characters(exclude_categories=["Cs"]))
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
