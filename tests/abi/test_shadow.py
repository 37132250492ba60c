"""What guest code wrote is found, however it wrote: random writes and growth, against a copy kept by hand."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pycm_core.abi.shadow import CHUNK, Shadow, joined
from tests.abi.guest import ByteMemory

addresses = st.integers(0, 3 * CHUNK - 1) | st.sampled_from((0, CHUNK - 3, CHUNK, 2 * CHUNK - 1, 4095, 4096))
writes = st.lists(st.tuples(addresses, st.binary(min_size=1, max_size=40)), max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(writes, st.integers(0, 2)), max_size=4))
def test_looks(steps):
    memory = ByteMemory(2 * CHUNK + 100)  # not whole chunks, as memories with small pages
    shadow, copy = Shadow(memory, 0, 0), bytearray()
    for number, (written, pages) in enumerate([([], 0), *steps]):
        grown = pages * 3000
        memory.data += bytes(grown)
        for address, data in written:
            if address + len(data) <= memory.size():
                memory.write(address, data)
        kind, runs = shadow.look(memory.size())
        assert kind == ("memory" if number == 0 else "memory-grow" if grown else "guest-write")
        copy += bytes(memory.size() - len(copy))
        ends = [-1]
        for address, data in runs:
            assert address > ends[-1]  # ascending, and not side by side
            ends.append(address + len(data))
            copy[address : address + len(data)] = data
        assert copy == memory.data
        assert shadow.look(memory.size()) == ("guest-write", [])


@given(writes)
def test_own_writes_are_known(written):
    memory = ByteMemory(3 * CHUNK + 40)
    shadow = Shadow(memory, 0, 0)
    shadow.look(memory.size())
    for address, data in written:
        memory.write(address, data)
        shadow.write(address, data)
    assert shadow.look(memory.size()) == ("guest-write", [])


def test_a_large_change_is_one_run():
    memory = ByteMemory(40 * CHUNK)
    shadow = Shadow(memory, 0, 0)
    shadow.look(memory.size())
    memory.data[:] = b"\x55" * memory.size()
    assert shadow.look(memory.size()) == ("guest-write", [(0, bytes(memory.data))])


def test_joined():
    assert joined([]) == []
    assert joined([(0, b"a"), (1, b"bc"), (4, b"d")]) == [(0, b"abc"), (4, b"d")]
