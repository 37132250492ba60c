"""Files that grow: kept in pieces while they are written, and the same as one content all the while."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from wasi_browser.vfs.filesystem import FileSystem
from wasi_browser.vfs.nodes import LARGE, File

SIZES = st.sampled_from((0, 1, 100, LARGE - 1, LARGE, LARGE + 1, 3 * LARGE))
STEPS = st.lists(st.tuples(st.sampled_from(("append", "put", "cut", "look")), SIZES, st.floats(0, 1.2)), max_size=40)


@settings(max_examples=300)
@given(STEPS, st.sampled_from((b"", b"begun", b"x" * LARGE)))
def test_it_is_one_content(steps: list[tuple[str, int, float]], begin: bytes) -> None:
    """Whatever is written, cut and read in turn: as a `bytearray` would have it, and the quota knows."""
    fs = FileSystem(lambda: 0)
    node, model = File(1, 0, begin), bytearray(begin)
    fs.charge(len(begin))
    used = fs.used - len(begin)
    for number, (what, size, where) in enumerate(steps):
        data = bytes([number % 251 + 1]) * size
        at = int(where * len(model))
        match what:
            case "append":
                fs.put(node, data, len(model))
                model += data
            case "put":
                fs.put(node, memoryview(data), at)
                if data:
                    model += bytes(max(0, at - len(model)))
                    model[at : at + size] = data
            case "cut":
                fs.set_size(node, at)
                model = model[:at] + bytes(max(0, at - len(model)))
            case _:
                assert node.data == model
        assert node.size == len(model)
        assert fs.used - used == len(model)
    assert node.data == model
