"""From a core module and a WIT world to a component, bytes in and bytes out: what `pycm component embed` and `new` do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pycm_core.assemble import Adapter, choose_world
from pycm_core.assemble import new_component as assemble
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.component import syntax as s
from pycm_core.component.binary.encode import encode
from pycm_core.wit import Resolve
from pycm_core.wit.metadata import embed

Encoding = Literal["utf8", "utf16", "compact-utf16"]
ENCODINGS: Mapping[Encoding, s.StringEncoding] = {
    "utf8": s.StringEncoding.UTF8,
    "utf16": s.StringEncoding.UTF16,
    "compact-utf16": s.StringEncoding.LATIN1_UTF16,
}


def embed_world(module: bytes, wit: Resolve, world: str | None = None, *, encoding: Encoding = "utf8") -> bytes:
    """The core module with a world of `wit` embedded as a custom section, from which `new_component` makes a component.

    `world` is `name`, or `ns:pkg/name@version`; `None` where the root package has only one. `encoding` is how the module's strings are encoded.
    Raises `WitError` for a world there is not, `Malformed` for bytes that are no core module.
    """
    return embed(module, wit, choose_world(wit, world), ENCODINGS[encoding])


def new_component(
    module: bytes,
    adapters: Mapping[str, bytes] | None = None,
    *,
    validate: bool = True,
    merge_imports: bool = True,
    rename_imports: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """The component of a core module in which a world is embedded (by `embed_world`, or by the tools of its language).

    `adapters` answer what the module imports from their names: `{"wasi_snapshot_preview1": …}`. `merge_imports`: of compatible versions of an
    imported interface only the newest is imported. `rename_imports`: new names of instance imports by old ones. Raises `Unlinkable` when module,
    adapters and worlds do not fit together, `Malformed` or `Invalid` for what is wrong with one by itself, `Exhaustion`.
    """
    given = [Adapter(name, binary) for name, binary in (adapters or {}).items()]
    return encode(assemble(module, given, check=validate, merge=merge_imports, rename=rename_imports, limits=limits))
