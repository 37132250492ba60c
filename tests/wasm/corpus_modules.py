"""The core modules inside the components of the shared corpus."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pycm_core.base.reader import Reader

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2].parent / "shared"))
COMPONENTS = sorted((SHARED / "components" / "components").glob("*.wasm"))
CORE_SUITE = sorted((SHARED / "suites" / "core").glob("*.wast"))


def modules_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each core module in a component, at whatever depth (Binary.md, "Component Definitions")."""
    data = path.read_bytes()
    ranges = [(0, len(data))]
    while ranges:
        start, end = ranges.pop()
        if data[start + 4 : start + 8] == b"\1\0\0\0":
            yield start, data[start:end]
            continue
        reader = Reader(data, start + 8, end)
        while not reader.done:
            id = reader.byte()
            size = reader.u32()
            if id in (1, 4):
                ranges.append((reader.pos, reader.pos + size))
            reader.pos += size
