"""`pycm serve`: let a component answer requests."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence
from typing import Any

from pycm_core.api.component import Component, Instance, Linker
from pycm_core.api.engines import ENGINES, default, make
from pycm_core.api.hosts import HostRequest, Service, factories
from pycm_core.api.verbs import inputs
from pycm_core.api.verbs.granting import add_grants
from pycm_core.base.errors import PyCMError
from pycm_core.base.features import DEFAULT_FEATURES
from pycm_core.base.render import render
from pycm_core.runtime.host import HostInterface
from pycm_core.runtime.store import Store

ADDRESS = ("127.0.0.1", 8080)


def add(verbs: Any) -> None:
    """Declare the verb."""
    parser = verbs.add_parser("serve", help="answer HTTP requests with a component that exports `wasi:http/incoming-handler`")
    parser.set_defaults(verb=serve, json=False)
    parser.add_argument(
        "--addr",
        default=f"{ADDRESS[0]}:{ADDRESS[1]}",
        metavar="HOST:PORT",
        help="where to listen (%(default)s); port 0 takes a free one",
    )
    parser.add_argument("--engine", choices=ENGINES, help="what runs core code; the fastest one installed when left out")
    add_grants(parser)
    inputs.add_file(parser, "a component")


def serve(options: argparse.Namespace) -> int:
    """Serve until it is interrupted, each request with a fresh instance. What goes wrong with one goes to standard error."""
    component = Component(inputs.binary(options.file, DEFAULT_FEATURES))
    engine = make(options.engine or default())
    one_at_a_time = threading.Lock()

    def start(interfaces: Sequence[HostInterface]) -> Instance:
        linker = Linker()
        linker.unknown_imports_trap()
        linker.add(*interfaces)
        with one_at_a_time:  # core modules are compiled once, by the first
            return linker.instantiate(Store(engine), component)

    def tell(words: str) -> None:
        sys.stderr.write(words + "\n")
        sys.stderr.flush()

    def failed(error: Exception) -> None:
        tell(render(error, str(options.file)) if isinstance(error, PyCMError) else f"error: {error}")

    factory = next(factories(), None)
    if factory is None:
        raise PyCMError(
            "no host is installed that could serve", hint="the distribution registers one; install it, not only its folder"
        )
    try:
        factory.serve(HostRequest((options.file.name,), options), Service(address(options.addr), start, tell, failed))
    except KeyboardInterrupt:
        tell("stopped")
    return 0


def address(text: str) -> tuple[str, int]:
    """`HOST:PORT`, `:PORT` or `HOST`, the host of IPv6 in brackets. Raises `PyCMError`."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(ADDRESS[1])
    if not port.isdecimal() or int(port) > 65535:
        raise PyCMError(f"`--addr {text}` is no address", hint="write `--addr 127.0.0.1:8080`")
    return host.strip("[]") or ADDRESS[0], int(port)
