"""What a store holds: functions, memories, tables, globals, tags, exceptions (core specification, "Execution", "Runtime Structure").

Integers are kept unsigned, in `[0, 2**N)`, wherever they rest: in locals, globals, tables, fields, arguments and results. `f32` and
`f64` are Python floats (an f32 NaN keeps its payload, shifted to where an f64 has it), `v128` is an integer of 128 bits, lane 0 lowest.
The null reference is `None`.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from pycm_core.base.errors import Exhaustion, Trap, TrapKind
from pycm_core.wasm.syntax.types import DefType, FuncType, GlobalType, MemoryType, TableType, TagType

Code = Callable[..., Any]
"""A compiled function: operands to `None`, a value, or a tuple."""


class Func:
    """A function instance. `type` is interned, so that types are equal when they are identical.

    `code` returns its results; `tail` may return a `TailCall` instead; `steps` and `stops` are the suspendable forms, generator functions
    (see `pycm_core.wasm.exec.space.Form`).
    """

    __slots__ = ("code", "functype", "name", "steps", "stops", "tail", "type")

    def __init__(self, type: DefType, functype: FuncType, name: str, code: Code, steps: Code, stops: Code) -> None:
        self.type = type
        self.functype = functype
        self.name = name
        self.code = code
        self.tail = code
        self.steps = steps
        self.stops = stops


class TailCall:
    """What a function returns to be replaced by a call ("Tail Calls")."""

    __slots__ = ("args", "tail")

    def __init__(self, tail: Code, args: tuple[Any, ...]) -> None:
        self.tail = tail
        self.args = args


def trampoline(tail: Code) -> Code:
    """A function that follows the tail calls of `tail` without growing the stack."""

    def call(*args: Any) -> Any:
        result = tail(*args)
        while result.__class__ is TailCall:
            result = result.tail(*result.args)
        return result

    return call


VIEWED = sys.byteorder == "little"
"""Whether numbers lie in memory as Python's `memoryview` reads them."""
VIEWS = "hHiIqQfd"
"""Formats of views."""


_CHUNK = 1 << 24
"""How many bytes a memory grows by at a time."""


class Memory:
    """A linear memory. `data` keeps its identity for ever: compiled code holds on to it. Views are made anew when it grows."""

    __slots__ = ("data", "failed", "most", "page", "type", "users", "views")

    def __init__(self, type: MemoryType, limit_pages: int) -> None:
        """`limit_pages` bounds the size, in pages of 64 KiB, whatever the type allows. Raises `Exhaustion`."""
        self.type = type
        self.page = type.page_size_log2
        limit = limit_pages << (16 - self.page)
        declared = type.limits.max
        self.most = limit if declared is None else min(limit, declared)
        self.failed = (1 << (64 if type.limits.addr64 else 32)) - 1
        if type.limits.min > limit:
            raise Exhaustion(f"a memory of {type.limits.min} pages, the limit is {limit}")
        try:
            self.data = bytearray(type.limits.min << self.page)
        except (MemoryError, OverflowError):
            raise Exhaustion(f"no room for a memory of {type.limits.min} pages") from None
        self.users: list[tuple[dict[str, Any], str]] = []
        """Namespaces whose names with this prefix are the views."""
        self.views: dict[str, memoryview] = {}
        self.view()

    def view(self) -> None:
        """Make the views, and put them where compiled code looks."""
        if VIEWED and self.page == 16:
            for key in [*self.views] or VIEWS:
                self.add(key)

    def add(self, key: str) -> None:
        """Make a view: its key is a format, or a format and the number of the item that it starts with, as in `d_12`."""
        format, _, start = key.partition("_")
        self.views[key] = view = _cast(memoryview(self.data), format)[int(start or 0) :]
        for names, prefix in self.users:
            names[prefix + key] = view

    def use(self, names: dict[str, Any], prefix: str) -> None:
        """Keep the views in a namespace, under names with this prefix."""
        self.users.append((names, prefix))
        for key, view in self.views.items():
            names[prefix + key] = view

    @property
    def ptr(self) -> int:
        """Bytes of an address."""
        return 8 if self.type.limits.addr64 else 4

    def size(self) -> int:
        """Bytes now."""
        return len(self.data)

    def read(self, address: int, count: int) -> bytes:
        """A copy of `count` bytes. Raises `Trap`."""
        if address < 0 or address + count > len(self.data):
            raise self.out_of_bounds(address, count)
        return bytes(self.data[address : address + count])

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of `data`. Raises `Trap`."""
        count = len(data)
        if address < 0 or address + count > len(self.data):
            raise self.out_of_bounds(address, count)
        self.data[address : address + count] = data

    def out_of_bounds(self, address: int, count: int) -> Trap:
        """The trap of an access beyond the end."""
        return Trap(
            f"out of bounds memory access: {count} bytes at {address:#x}, the memory has {len(self.data):#x}",
            kind=TrapKind.MEMORY_OUT_OF_BOUNDS,
        )

    def grow(self, pages: int) -> int:
        """`memory.grow`: the size before, in pages, or all ones."""
        before = len(self.data) >> self.page
        if before + pages > self.most:
            return self.failed
        if pages == 0:
            return before
        for view in self.views.values():
            view.release()
        size, end = len(self.data), (before + pages) << self.page
        try:
            while len(self.data) < end:
                self.data.extend(bytes(min(end - len(self.data), _CHUNK)))
        except (MemoryError, OverflowError):
            del self.data[size:]
            return self.failed
        finally:
            self.view()
        return before

    def fill(self, address: int, value: int, count: int) -> None:
        """`memory.fill`"""
        if address + count > len(self.data):
            raise self.out_of_bounds(address, count)
        self.data[address : address + count] = bytes((value & 255,)) * count

    def copy(self, address: int, source: Memory, start: int, count: int) -> None:
        """`memory.copy`"""
        if start + count > len(source.data):
            raise source.out_of_bounds(start, count)
        if address + count > len(self.data):
            raise self.out_of_bounds(address, count)
        self.data[address : address + count] = source.data[start : start + count]

    def init(self, address: int, segment: Sequence[int], start: int, count: int) -> None:
        """`memory.init`"""
        if start + count > len(segment) or address + count > len(self.data):
            raise self.out_of_bounds(address, count)
        self.data[address : address + count] = segment[start : start + count]


def _cast(data: memoryview, format: str) -> memoryview:
    """A view of bytes as numbers; nothing cannot be cast."""
    return data.cast(format) if len(data) else memoryview(array(format))  # type: ignore[call-overload]  # all are formats of `array`


class Table:
    """A table. `elems` keeps its identity for ever."""

    __slots__ = ("elems", "failed", "most", "type")

    def __init__(self, type: TableType, init: Any, limit: int) -> None:
        """`limit` bounds the number of elements. Raises `Exhaustion`."""
        self.type = type
        declared = type.limits.max
        self.most = limit if declared is None else min(limit, declared)
        self.failed = (1 << (64 if type.limits.addr64 else 32)) - 1
        if type.limits.min > limit:
            raise Exhaustion(f"a table of {type.limits.min} elements, the limit is {limit}")
        self.elems: list[Any] = [init] * type.limits.min

    def grow(self, init: Any, count: int) -> int:
        """`table.grow`: the size before, or all ones."""
        before = len(self.elems)
        if before + count > self.most:
            return self.failed
        self.elems.extend([init] * count)
        return before

    def fill(self, start: int, value: Any, count: int) -> None:
        """`table.fill`"""
        if start + count > len(self.elems):
            raise table_out_of_bounds()
        self.elems[start : start + count] = [value] * count

    def copy(self, start: int, source: Table, source_start: int, count: int) -> None:
        """`table.copy`"""
        if source_start + count > len(source.elems) or start + count > len(self.elems):
            raise table_out_of_bounds()
        self.elems[start : start + count] = source.elems[source_start : source_start + count]

    def init(self, start: int, segment: Sequence[Any], segment_start: int, count: int) -> None:
        """`table.init`"""
        if segment_start + count > len(segment) or start + count > len(self.elems):
            raise table_out_of_bounds()
        self.elems[start : start + count] = segment[segment_start : segment_start + count]


def table_out_of_bounds() -> Trap:
    """The trap of a table access beyond the end."""
    return Trap(TrapKind.TABLE_OUT_OF_BOUNDS.value, kind=TrapKind.TABLE_OUT_OF_BOUNDS)


class Global:
    """A global variable."""

    __slots__ = ("type", "value")

    def __init__(self, type: GlobalType, value: Any) -> None:
        self.type = type
        self.value = value


class Tag:
    """An exception tag; identity is what makes it."""

    __slots__ = ("type",)

    def __init__(self, type: TagType) -> None:
        self.type = type


class GuestException(Exception):
    """A thrown exception: its tag and values. It is its own `exnref`."""

    def __init__(self, tag: Tag, values: tuple[Any, ...]) -> None:
        super().__init__()
        self.tag = tag
        self.values = values


Item = Func | Memory | Table | Global | Tag
"""What is imported and exported."""
