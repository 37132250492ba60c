"""The stores of a trace rebuild the guest's memory, byte for byte."""

from guest import ByteMemory, Guest
from hypothesis import given, settings
from typed_values import typed_values

from pycm_core.abi import literal
from pycm_core.abi.trace import Tracer


@settings(max_examples=200, deadline=None)
@given(typed_values)
def test_stores_rebuild_memory(typed):
    type, value = typed
    trace = Tracer()
    guest = Guest(trace=trace)
    before = bytes(guest.memory.data)
    literal.lower_flat(guest.cx, value, type)
    rebuilt = ByteMemory()
    rebuilt.data[:] = before
    for event in trace.events:
        if event.kind == "store":
            rebuilt.write(event.fields["address"], event.fields["bytes"])
        elif event.kind == "realloc" and event.fields["old"]:
            moved = rebuilt.read(event.fields["old"], event.fields["size"])
            rebuilt.write(event.fields["address"], moved)
    assert rebuilt.data[: guest.top] == guest.memory.data[: guest.top]


def test_a_traced_string():
    from pycm_core.component.types import Prim

    trace = Tracer()
    literal.lower_flat(Guest(trace=trace).cx, "hé", Prim.STRING, "s")
    assert [e.kind for e in trace.events] == ["lower", "realloc", "store"]
    assert trace.events[2].to_data()["bytes"] == "68c3a9"
    assert all(e.rule.startswith("CanonicalABI.md") for e in trace.events)


def test_the_limit():
    from pycm_core.component.types import Prim

    trace = Tracer(limit=2)
    literal.lower_flat(Guest(trace=trace).cx, "hé", Prim.STRING)
    assert len(trace.events) == 2 and trace.truncated
