"""An engine whose memories stay below a bound: any engine, and modules that say so themselves.

`memory.grow` runs in the engine, where nobody hears of it. What every engine obeys is the maximum that a memory's type declares
(WebAssembly specification, "Memory Types"), so modules are compiled with one that is low enough. Memories that are imported are somebody's own.
"""

from __future__ import annotations

from typing import Any

from pycm_core.abi.memory import Memory
from pycm_core.base.errors import Exhaustion, PyCMError
from pycm_core.base.reader import Reader
from pycm_core.base.writer import unsigned
from pycm_core.runtime.engine import CompiledModule, CoreItem, CoreStore, Engine

MEMORIES = 5
"""The section that defines memories (WebAssembly specification, "Modules")."""
HAS_MAX, IS_64, HAS_PAGE_SIZE = 0x01, 0x04, 0x08
"""Bits before the limits of a memory."""
PAGE = 16
"""The usual size of a page, as a power of two."""


class BoundedEngine:
    """`engine` with memories of at most `memory` bytes each. In everything else it is that engine."""

    def __init__(self, engine: Engine, memory: int) -> None:
        self._engine = engine
        self.memory = memory

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def compile(self, binary: bytes, at: int = 0) -> CompiledModule:
        """Validate and prepare a module. Raises `Malformed`, `Invalid`, `Exhaustion`."""
        return self._engine.compile(lowered(binary, self.memory), at)

    def new_store(self) -> CoreStore:
        """A place for core instances."""
        return BoundedStore(self._engine.new_store())


class BoundedStore:
    """A store that knows how large memories have become."""

    def __init__(self, store: CoreStore) -> None:
        self._store = store
        self._seen: list[Memory] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def memory(self, memory: CoreItem) -> Memory:
        """Access to a linear memory."""
        found = self._store.memory(memory)
        self._seen.append(found)
        return found

    def largest(self) -> int:
        """The size of the largest memory that the canonical ABI reaches, in bytes."""
        return max((memory.size() for memory in self._seen), default=0)


def lowered(binary: bytes, bound: int) -> bytes:
    """The module with every memory it defines bounded to so many bytes. Raises `Exhaustion` where one begins larger.

    What cannot be read is left as it is: whoever compiles it says what is wrong.
    """
    try:
        return _lowered(binary, bound)
    except Exhaustion:
        raise
    except PyCMError:
        return binary


def _lowered(binary: bytes, bound: int) -> bytes:
    reader = Reader(binary)
    reader.take(8)
    while not reader.done:
        start = reader.pos
        id, size = reader.byte(), reader.u32()
        end = reader.pos + size
        if id == MEMORIES:
            memories = [_memory(reader, bound) for _ in range(reader.u32())]
            content = b"".join((unsigned(len(memories)), *memories))
            return b"".join((binary[:start], bytes([MEMORIES]), unsigned(len(content)), content, binary[end:]))
        reader.take(size)
    return binary


def _memory(reader: Reader, bound: int) -> bytes:
    flags, least = reader.byte(), reader.unsigned(64)
    most = reader.unsigned(64) if flags & HAS_MAX else None
    power = reader.u32() if flags & HAS_PAGE_SIZE else PAGE
    allowed = bound >> power
    if least > allowed:
        raise Exhaustion(
            f"a memory starts with {least << power:,} bytes, more than the {bound:,} that are allowed",
            hint="allow it more memory",
        )
    most = allowed if most is None else min(most, allowed)
    if not flags & IS_64:
        most = min(most, (1 << 32) >> power)
    end = unsigned(power) if flags & HAS_PAGE_SIZE else b""
    return b"".join((bytes([flags | HAS_MAX]), unsigned(least), unsigned(most), end))


def explain(error: PyCMError, engine: Engine, store: Any) -> None:
    """Where a guest failed with a memory near its bound, say so: guests seldom say themselves that theirs could not grow."""
    store = getattr(store, "untold", store)  # of a store that is traced
    if not isinstance(engine, BoundedEngine) or not isinstance(store, BoundedStore) or error.hint is not None:
        return
    largest, bound = store.largest(), engine.memory
    if 2 * largest > bound:
        error.hint = f"its memory had come to {largest:,} of at most {bound:,} bytes; it may have needed more"
