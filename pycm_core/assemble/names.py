"""What core modules call the imports and exports of a world: two schemes of names.

The *standard* scheme is that of BuildTargets.md (`cm32p2|ns:pkg/iface@0.2`, `cm32p2||run`); it never speaks of other string encodings
or of async. The *plain* scheme is the older one, a convention of tools: the interface's name, `$root`, `[export]…`, `iface#func`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pycm_core.wit import model as m
from pycm_core.wit.compat import canonical_name

Scheme = Literal["plain", "standard"]

PREFIX = "cm32p2"
ROOT = "$root"
MAIN_MODULE = "__main_module__"
"""What an adapter imports the main module's exports from."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where functions are: an import or export of a world, `interface` is `None` for the world itself; `name` is its full name or label."""

    interface: int | None
    name: str
    canonical: str


@dataclass(frozen=True, slots=True)
class ImportName:
    """An import's module name, taken apart: `place` as it is written, `None` for the world itself.

    With `exported`, it is what the module needs for its own exports.
    """

    scheme: Scheme
    place: str | None
    exported: bool


def place_of(resolve: m.Resolve, item: m.WorldInterface) -> Place:
    """The place an import or export of a world is."""
    full = resolve.interface_name(item.interface)
    if item.label is not None or full is None:
        label = item.label or ""
        return Place(item.interface, label, label)
    return Place(item.interface, full, canonical_name(resolve, item.interface) or full)


ROOT_PLACE = Place(None, "", "")


def import_name(module: str) -> ImportName:
    """(BuildTargets.md, "WIT-derived Function Imports")"""
    if module == PREFIX:
        return ImportName("standard", None, False)
    if module.startswith(PREFIX + "|"):
        rest = module[len(PREFIX) + 1 :]
        return ImportName("standard", rest.removeprefix("_ex_"), rest.startswith("_ex_"))
    exported = module.startswith("[export]")
    place = module.removeprefix("[export]")
    return ImportName("plain", None if place == ROOT else place, exported)


def import_module(scheme: Scheme, place: Place, exported: bool = False) -> str:
    """The module name for the functions of a place."""
    if scheme == "standard":
        return f"{PREFIX}|{'_ex_' * exported}{place.canonical}" if place.interface is not None else PREFIX
    return "[export]" * exported + (place.name if place.interface is not None else ROOT)


def export_name(scheme: Scheme, place: Place, func: str) -> str:
    """(BuildTargets.md, "WIT-derived Function Exports")"""
    if scheme == "standard":
        return f"{PREFIX}|{place.canonical}|{func}"
    return f"{place.name}#{func}" if place.interface is not None else func


def post_return_name(scheme: Scheme, place: Place, func: str) -> str:
    """The export that is called when the results have been read."""
    name = export_name(scheme, place, func)
    return f"{name}_post" if scheme == "standard" else f"cabi_post_{name}"


def destructor_name(scheme: Scheme, place: Place, resource: str) -> str:
    """The export that destroys a resource of an exported interface."""
    return export_name(scheme, place, f"{resource}_dtor" if scheme == "standard" else f"[dtor]{resource}")


def resource_name(scheme: Scheme, operation: str, resource: str) -> str:
    """The import for an operation (`drop`, `new`, `rep`) on a resource."""
    return f"{resource}_{operation}" if scheme == "standard" else f"[resource-{operation}]{resource}"


_STANDARD_RESOURCE = re.compile(r"(?P<resource>[^_\[\]]+)_(?P<operation>drop|new|rep)")
_PLAIN_RESOURCE = re.compile(r"\[resource-(?P<operation>drop|new|rep)\](?P<resource>.+)")


def resource_operation(scheme: Scheme, item: str) -> tuple[str, str] | None:
    """The operation and the resource that an import is for; `None` when it is for something else."""
    found = (_STANDARD_RESOURCE if scheme == "standard" else _PLAIN_RESOURCE).fullmatch(item)
    return None if found is None else (found["operation"], found["resource"])


MEMORY = {"plain": "memory", "standard": f"{PREFIX}_memory"}
MEMORY_IMPORT = ("env", "memory")
"""What a module imports whose memory is made for it."""
TABLE = "__indirect_function_table"
INITIALIZE = {"plain": "_initialize", "standard": f"{PREFIX}_initialize"}
REALLOC = {"plain": "cabi_realloc", "standard": f"{PREFIX}_realloc"}
IMPORT_REALLOC = ("cabi_import_realloc", "cabi_realloc", f"{PREFIX}_realloc")
"""What may allocate what imports return, the first that is there."""
EXPORT_REALLOC = ("cabi_export_realloc", "cabi_realloc", f"{PREFIX}_realloc")
"""What may allocate what exports are given."""

ASYNC_LIFT = "[async-lift]"
STACKFUL_LIFT = "[async-lift-stackful]"
CALLBACK = "[callback]"
ASYNC_LOWER = "[async-lower]"
CANCELLABLE = "[cancellable]"
