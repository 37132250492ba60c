"""Memory and flat values that no guest in its right mind would give: both forms lift the same value, or both trap."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from pycm_core.abi import literal
from pycm_core.abi.compiled import Codecs
from pycm_core.abi.layout import F32, F64, I64, flatten_type
from pycm_core.base.errors import Trap
from pycm_core.component import types as t
from pycm_core.component.syntax import StringEncoding
from tests.abi.guest import Guest
from tests.typed_values import same, typed_values, types, values

TOP = 1 << 16
pointers = st.sampled_from((4, 8))


def outcome(lift):
    try:
        return "value", lift()
    except Trap:
        return "trap", None


def agree(one, other):
    assert one[0] == other[0]
    assert same(one[1], other[1])


def word(rng):
    match rng.randrange(9):
        case 0 | 1 | 2 as small:
            return small
        case 3:
            return 5
        case 4:
            return rng.getrandbits(6)
        case 5:
            return rng.getrandbits(11) & -8
        case 6:
            return rng.getrandbits(11)  # as a length, too: more would only take longer
        case 7:
            return TOP - rng.randrange(9)
        case _:
            return rng.getrandbits(32)


PATTERN = 1 << 12


def fill(guest, rng):
    """Words all over, the same in each 4 KiB; the second half of each 256 bytes letters, so that some strings are good."""
    words = [word(rng).to_bytes(4, "little") if at % 256 < 128 else b"abcd" for at in range(0, PATTERN, 4)]
    guest.memory.data[:TOP] = b"".join(words) * (TOP // PATTERN)


@settings(max_examples=300, deadline=None)
@given(types, st.sampled_from(StringEncoding), st.integers(0, 2**32), pointers)
def test_flat_values(type, encoding, seed, ptr):
    rng, guest, codec = random.Random(seed), Guest(encoding, ptr=ptr), Codecs(ptr).codec(type)
    fill(guest, rng)
    for _ in range(8):
        flat = [
            rng.choice((0.0, -1.5, 1e300, float("nan")))
            if kind in (F32, F64)
            else word(rng) << (32 if kind is I64 and rng.random() < 0.2 else 0)
            for kind in flatten_type(type, ptr)
        ]
        flat = [literal.round_f32(v) if kind is F32 else v for v, kind in zip(flat, flatten_type(type, ptr), strict=True)]
        agree(
            outcome(lambda flat=flat: literal.lift_flat(guest.cx, literal.CoreValueIter(flat), type)),
            outcome(lambda flat=flat: codec.lift(guest.cx, flat, 0)),
        )


@settings(max_examples=300, deadline=None)
@given(types, st.sampled_from(StringEncoding), st.integers(0, 2**32), pointers)
def test_memory(type, encoding, seed, ptr):
    rng, guest, codec = random.Random(seed), Guest(encoding, ptr=ptr), Codecs(ptr).codec(type)
    fill(guest, rng)
    for _ in range(8):
        address = rng.randrange(TOP - codec.size) & -8
        raw = guest.memory.read(address, codec.size)
        agree(outcome(lambda at=address: literal.load(guest.cx, at, type)), outcome(lambda raw=raw: codec.load(guest.cx, raw, 0)))


@settings(max_examples=300, deadline=None)
@given(
    typed_values.flatmap(lambda typed: st.tuples(st.just(typed[0]), st.just(typed[1]), st.integers(0, 12))),
    st.integers(0, 2**32),
    pointers,
)
def test_lists_with_a_flaw(typed, seed, ptr):
    """Lists are what the compiled form reads in one piece: one byte of a good one is changed."""
    type, value, count = typed
    rng, guest = random.Random(seed), Guest(ptr=ptr)
    codec = Codecs(ptr).codec(t.List(type))
    items = bytes([value] * count) if is_u8(type) else [value] * count
    flat = literal.lower_flat(guest.cx, items, t.List(type))
    agree(("value", items), outcome(lambda: codec.lift(guest.cx, flat, 0)))
    for _ in range(5):
        guest.memory.data[rng.randrange(1024, max(guest.top, 1025))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        agree(
            outcome(lambda: literal.lift_flat(guest.cx, literal.CoreValueIter(flat), t.List(type))),
            outcome(lambda: codec.lift(guest.cx, flat, 0)),
        )


@settings(max_examples=300, deadline=None)
@given(types.flatmap(lambda type: typed_lists(type)), st.sampled_from(StringEncoding), pointers)
def test_lists(typed, encoding, ptr):
    type, value = typed
    one, other = Guest(encoding, ptr=ptr), Guest(encoding, ptr=ptr)
    codec, out = Codecs(ptr).codec(type), []
    flat = literal.lower_flat(one.cx, value, type)
    codec.lower(other.cx, value, out)
    assert flat == out and one.asked == other.asked
    assert same(value, codec.lift(one.cx, flat, 0))
    assert same(value, literal.lift_flat(other.cx, literal.CoreValueIter(out), type))


def typed_lists(type):
    return st.lists(values(type), max_size=20).map(lambda items: (t.List(type), bytes(items) if is_u8(type) else items))


def is_u8(type):
    return type in (t.Prim.U8, t.Named(t.Prim.U8))
