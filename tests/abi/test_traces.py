"""Traces of the literal form: the memory is rebuilt from its events, byte for byte, and strings tell how they were stored."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycm_core.abi import literal
from pycm_core.abi.replay import Replay, rebuild
from pycm_core.abi.trace import Tracer
from pycm_core.base.errors import Malformed
from pycm_core.component.syntax import StringEncoding
from pycm_core.component.types import Prim
from tests.abi.guest import Guest
from tests.typed_values import typed_values


@settings(max_examples=200, deadline=None)
@given(typed_values, st.sampled_from(StringEncoding), st.sampled_from((4, 8)))
def test_memory_is_rebuilt_at_every_event(typed, encoding, ptr):
    type, value = typed
    replay, kinds = Replay(), []

    def check(event):
        replay.apply(event)
        kinds.append(event.kind)
        assert event.seq == 0 or replay.memories[0] == guest.memory.data

    guest = Guest(encoding, trace=Tracer(sink=check), ptr=ptr)
    guest.cx.number()
    flat = literal.lower_flat(guest.cx, value, type)
    literal.lift_flat(guest.cx, literal.CoreValueIter(flat), type)
    assert kinds[:2] == ["lower", "memory"] and kinds.count("lower") == kinds.count("lift")


def test_a_trace_that_was_written_rebuilds_the_same():
    trace = Tracer()
    guest = Guest(trace=trace)
    guest.cx.number()
    literal.lower_flat(guest.cx, ["one", "", "drei"], literal.t.List(Prim.STRING))
    lines = [json.dumps(event.to_data()) for event in trace.events]
    *_, last = rebuild(map(json.loads, lines))
    assert last[0] == guest.memory.data


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "store", "memory": 0, "address": 65535, "bytes": "0000"},
        {"kind": "guest-write", "memory": 0, "runs": [[-1, "00"]]},
        {"kind": "memory-grow", "memory": 0, "size": 5, "runs": []},
    ],
)
def test_events_that_do_not_fit(event):
    replay = Replay()
    replay.apply({"kind": "memory", "memory": 0, "size": 65536, "runs": [[3, "ff"]]})
    with pytest.raises(Malformed, match=r"expected (bytes within|a memory that grows)"):
        replay.apply(event)


def kinds_of(trace, *without):
    return [e.kind for e in trace.events if e.kind not in without]


def test_a_traced_string():
    trace = Tracer()
    literal.lower_flat(Guest(trace=trace).cx, "hé", Prim.STRING, "s")
    assert kinds_of(trace) == ["lower", "encode", "memory", "realloc", "store"]
    assert trace.events[-1].to_data()["bytes"] == "68c3a9"
    assert all(e.rule.startswith("CanonicalABI.md") for e in trace.events)


@pytest.mark.parametrize(
    ("source", "target", "text", "function", "steps"),
    [
        ("UTF8", "UTF8", "hé", "store_string_copy", []),
        ("UTF16", "UTF8", "hi", "store_string_to_utf8", []),
        ("UTF16", "UTF8", "hé", "store_string_to_utf8", [("inflate", 6), ("shrink", 3)]),
        ("LATIN1_UTF16", "UTF8", "éé", "store_string_to_utf8", [("inflate", 4)]),
        ("UTF8", "UTF16", "hé", "store_utf8_to_utf16", [("shrink", 4)]),
        ("UTF8", "LATIN1_UTF16", "hé", "store_string_to_latin1_or_utf16", [("shrink", 2)]),
        ("UTF8", "LATIN1_UTF16", "h日", "store_string_to_latin1_or_utf16", [("inflate", 8), ("shrink", 4)]),
        ("LATIN1_UTF16", "LATIN1_UTF16", "h日", "store_probably_utf16_to_latin1_or_utf16", []),
        ("LATIN1_UTF16", "LATIN1_UTF16", "hé", "store_string_copy", []),
    ],
)
def test_strings_tell_how_they_are_transcoded(source, target, text, function, steps):
    trace = Tracer()
    giver, taker = Guest(StringEncoding[source]), Guest(StringEncoding[target], trace=trace)
    flat = literal.lower_flat(giver.cx, text, Prim.STRING)
    lifted = literal.lift_flat(giver.cx, literal.CoreValueIter(flat), Prim.STRING)
    back = literal.lower_flat(taker.cx, lifted, Prim.STRING)
    (encode,) = [e for e in trace.events if e.kind == "encode"]
    assert encode.fields["pass"] == function
    assert [(e.fields["value"], e.fields["size"]) for e in trace.events if e.kind == "encode-step"] == steps
    trace.clear()
    assert literal.lift_flat(taker.cx, literal.CoreValueIter(back), Prim.STRING) == text
    (decode,) = [e for e in trace.events if e.kind == "decode"]
    assert decode.fields["tagged"] == (target == "LATIN1_UTF16" and not text.isascii() and any(c > "\xff" for c in text))


def test_the_limit():
    trace = Tracer(limit=2)
    literal.lower_flat(Guest(trace=trace).cx, "hé", Prim.STRING)
    assert len(trace.events) == 2 and trace.truncated


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"largest": 100}, "it is too large"),
        ({"effort": 70_000}, "watching it takes too long"),
        ({"effort": 16 << 16}, "watching it takes too long"),  # all of it changes, at first
    ],
)
def test_memories_too_large_to_watch(given, why):
    trace = Tracer(**given)
    guest = Guest(trace=trace)
    for _ in range(3):
        literal.lower_flat(guest.cx, "hé", Prim.STRING)
    (lost,) = [e for e in trace.events if e.kind == "memory-unwatched"]
    assert lost.fields["value"] == why
    assert kinds_of(trace)[-2:] == ["realloc", "store"]
