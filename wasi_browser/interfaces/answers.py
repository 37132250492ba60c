"""What every interface of functions needs: the version, ready-made answers, and one way to turn failures into errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pycm_core.abi.values import Ok
from pycm_core.runtime.host import HostInterface, HostResource

VERSION = "0.2.12"
"""The version our interfaces bear; the linker lets it answer every older 0.2.x by semver."""

OK = Ok()
"""`Ok(None)`, made once."""

Functions = Mapping[str, Callable[..., Any]]


def provide(name: str, functions: Functions, *resources: HostResource, **renamed: HostResource) -> HostInterface:
    """The interface `wasi:…/…` in our version, with its functions and the resource types it defines or uses.

    A type used under another name (`use wasi:io/error.{error as io-error}`) is passed by that name, in snake case.
    """
    named = {resource.name: resource for resource in resources}
    named.update((name.replace("_", "-"), resource) for name, resource in renamed.items())
    return HostInterface(f"{name}@{VERSION}", functions, named)


def close(thing: Any) -> None:
    """The usual way a resource is dropped."""
    thing.close()
