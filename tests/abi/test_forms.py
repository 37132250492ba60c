"""The compiled form against the literal one, its oracle: every value either lowers, the other lifts, in memories of either size."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycm_core.abi import literal
from pycm_core.abi.compiled import Codecs
from pycm_core.abi.layout import elem_size, flatten_type
from pycm_core.component.syntax import StringEncoding
from tests.abi.guest import Guest
from tests.typed_values import same, typed_values

encodings, pointers = st.sampled_from(StringEncoding), st.sampled_from((4, 8))


@settings(max_examples=400, deadline=None)
@given(typed_values, encodings, pointers)
def test_memory(typed, encoding, ptr):
    type, value = typed
    codec = Codecs(ptr).codec(type)
    guest = Guest(encoding, ptr=ptr)
    address = guest.realloc(0, 0, codec.align, codec.size)
    literal.store(guest.cx, value, type, address)
    assert same(value, literal.load(guest.cx, address, type))
    raw = guest.memory.read(address, elem_size(type, ptr))
    assert same(value, codec.load(guest.cx, raw, 0))

    buffer = bytearray(codec.size)
    codec.store(guest.cx, value, buffer, 0)
    guest.memory.write(address, buffer)
    assert same(value, literal.load(guest.cx, address, type))


@settings(max_examples=400, deadline=None)
@given(typed_values, encodings, pointers)
def test_flat(typed, encoding, ptr):
    type, value = typed
    codec = Codecs(ptr).codec(type)
    guest = Guest(encoding, ptr=ptr)
    flat = literal.lower_flat(guest.cx, value, type)
    assert len(flat) == len(flatten_type(type, ptr)) == codec.flat
    assert same(value, literal.lift_flat(guest.cx, literal.CoreValueIter(flat), type))
    assert same(value, codec.lift(guest.cx, flat, 0))

    out = []
    codec.lower(guest.cx, value, out)
    assert len(out) == codec.flat
    assert same(value, literal.lift_flat(guest.cx, literal.CoreValueIter(out), type))


@settings(max_examples=200, deadline=None)
@given(typed_values, encodings, pointers)
def test_both_ask_realloc_for_the_same(typed, encoding, ptr):
    type, value = typed
    one, other = Guest(encoding, ptr=ptr), Guest(encoding, ptr=ptr)
    literal.lower_flat(one.cx, value, type)
    Codecs(ptr).codec(type).lower(other.cx, value, [])
    assert one.asked == other.asked


@pytest.mark.parametrize("ptr", [4, 8])
@pytest.mark.parametrize("source", StringEncoding)
@pytest.mark.parametrize("target", StringEncoding)
@pytest.mark.parametrize("text", ["", "abc", "é", "aé", "日本", "a😀", "é日", "\x00\x7f\x80\xff\u0100"])
def test_strings_between_all_encodings(source, target, text, ptr):
    from pycm_core.component.types import Prim

    giver, taker = Guest(source, ptr=ptr), Guest(target, ptr=ptr)
    flat = literal.lower_flat(giver.cx, text, Prim.STRING)
    lifted = literal.lift_flat(giver.cx, literal.CoreValueIter(flat), Prim.STRING)
    passed = literal.lower_flat(taker.cx, lifted, Prim.STRING)
    assert literal.lift_flat(taker.cx, literal.CoreValueIter(passed), Prim.STRING) == text
