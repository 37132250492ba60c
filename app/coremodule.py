"""Core modules as the page shows them: what they import and export, and how one becomes a component."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.messages import InterfaceItem
from pycm_core.base.reader import Reader
from pycm_core.wasm.binary.module import module_type
from pycm_core.wasm.binary.sections import sections
from pycm_core.wasm.syntax.module import Section
from pycm_core.wasm.syntax.types import FuncType, GlobalType, MemoryType, RefType, TableType

WASI_01 = ("wasi_snapshot_preview1", "wasi_unstable")
WIT_SECTION = "component-type"
"""How the names of the custom sections begin that hold the WIT a module was built for."""


def describe_module(data: bytes) -> tuple[list[InterfaceItem], list[InterfaceItem], list[str]]:
    """Imports by module name, exports under an empty name, and what stands between it and running, in words.

    Functions have no parameters in the sense of WIT: `wit` holds their core type. Raises `Malformed`, `Invalid`, `Exhaustion`.
    """
    type = module_type(data)
    by_module: dict[str, list[tuple[str, Any]]] = {}
    for module, name, what in type.imports:
        by_module.setdefault(module, []).append((name, what))
    imports = [_item(module, items) for module, items in by_module.items()]
    exports = [_item("", type.exports)] if type.exports else []
    words = ["it is a core module, not a component: it has no types to call it by"]
    if any(module in WASI_01 for module in by_module):
        words.append(
            "it was made for WASI 0.1: `wasm-tools component new` makes a component of it, with `--adapt` and the adapter for 0.1"
        )
    elif any(name.startswith(WIT_SECTION) for name in _custom_sections(data)):
        words.append("it carries the WIT it was built for: `wasm-tools component new` makes a component of it")
    return imports, exports, words


def _item(name: str, items: Iterable[tuple[str, Any]]) -> InterfaceItem:
    item: InterfaceItem = {"name": name, "funcs": [], "types": []}
    for label, type in items:
        if isinstance(type, FuncType):
            path = f"{name}#{label}" if name else label
            wit = f"{label}: {_functype(type)}"
            item["funcs"].append({"path": path, "name": label, "params": [], "result": None, "async_": False, "wit": wit})
        else:
            item["types"].append(f"{label} ({_KIND.get(type.__class__, 'tag')})")
    return item


_KIND = {MemoryType: "memory", TableType: "table", GlobalType: "global"}


def _functype(type: FuncType) -> str:
    params, results = (", ".join(map(_valtype, side)) for side in (type.params, type.results))
    if not results:
        return f"({params})"
    return f"({params}) -> {results if len(type.results) == 1 else f'({results})'}"


def _valtype(type: Any) -> str:
    return "ref" if isinstance(type, RefType) else str(type.value)


def _custom_sections(data: bytes) -> Iterable[str]:
    for section in sections(data):
        if section.id is Section.CUSTOM:
            yield Reader(data, section.start, section.end).name()
