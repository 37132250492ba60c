"""What a run of the command is granted: the options of `pycm run` and `pycm serve`, and the settings they come to.

Nothing is granted unless an option says so, but the process's standard streams, its clocks and its random numbers.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from pycm_core.base.errors import PyCMError
from wasi_browser.machine import HttpGrant, NetworkGrant, Settings, anywhere
from wasi_browser.net.network import Network
from wasi_browser.net.rules import Rules, parse_rule
from wasi_browser.net.tcp import Allow
from wasi_browser.platform.directory import RealMount
from wasi_browser.platform.native_http import transport
from wasi_browser.platform.native_net import NativeNetwork
from wasi_browser.platform.stdio import terminals, variable, write
from wasi_browser.platform.zipped import ZipMount, is_file
from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.mount import MemoryMount
from wasi_browser.vfs.open import Mount

HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
"""What can be the authority of a URL: a name or an address, those of IPv6 in brackets, and perhaps a port."""
STREAMS = frozenset({"stdin", "stdout", "stderr"})

UNITS = {"K": 10, "M": 20, "G": 30}

ALLOW_HELP = (
    "what may be done on the network: `bind`, `connect`, `send`, at an address (`*`, 10.0.0.0/8, [::1]) and a port (`*`, 80-90)"
)


def declare(options: argparse._ArgumentGroup) -> None:
    """Add the options."""
    add = options.add_argument
    add(
        "--dir",
        action="append",
        default=[],
        metavar="HOST[::GUEST][::ro|::save]",
        help="a directory, perhaps under another name, read-only; or a zip file, as a copy in memory, which `save` writes back",
    )
    add("--scratch", action="append", default=[], metavar="GUEST", help="an empty directory in memory")
    add("--quota", default="512M", metavar="SIZE", help="what a copy or a directory in memory may hold: bytes, or with K, M or G")
    add(
        "--env",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="an environment variable; without a value, the one it has here",
    )
    add("--http", action="append", default=[], metavar="HOST[:PORT]", help="HTTP requests to this host")
    add("--allow-http", action="store_true", help="HTTP requests to every host")
    add(
        "--network",
        choices=("loopback", "real"),
        help="sockets: on a network inside the run, or, where `--allow` says so, on the real one",
    )
    add("--allow", action="append", default=[], metavar="[ACTION@]ADDRESS:PORT", help=ALLOW_HELP)
    add("--tcp", action="store_true", help="of sockets, TCP (and no UDP without `--udp`)")
    add("--udp", action="store_true", help="of sockets, UDP (and no TCP without `--tcp`)")
    add("--lookup", action="store_true", help="look up the addresses of names")
    add("--clock", choices=("real", "virtual"), default="real", help="a virtual clock starts in 2026, and never sleeps")
    add("--seed", type=int, metavar="NUMBER", help="random numbers that are the same each time")
    add("--stdin", choices=("inherit", "empty"), default="inherit", help="what the program reads")
    add("--tty", choices=("auto", "always", "never"), default="auto", help="whether it is told that its streams are a terminal")


def settings(argv: Sequence[str], options: argparse.Namespace) -> Settings:
    """What the options come to. Raises `PyCMError` for one that says nothing."""
    granted = {"auto": terminals(), "always": STREAMS, "never": frozenset[str]()}[options.tty]
    return Settings(
        argv=tuple(argv),
        env=environment(options.env),
        mounts={**mounts(options.dir, size(options.quota)), **scratch(options.scratch, size(options.quota))},
        on_output=write,
        terminals=granted if options.stdin == "inherit" else granted - {"stdin"},
        real_clock=options.clock == "real",
        real_random=options.seed is None,
        seed=options.seed or 0,
        network=network(options),
        http=http(options),
    )


def environment(given: Sequence[str]) -> dict[str, str]:
    """`--env`"""
    env = {}
    for text in given:
        name, equals, value = text.partition("=")
        inherited = value if equals else variable(name)
        if not name or inherited is None:
            raise PyCMError(f"`--env {text}` sets nothing", hint="write `--env NAME=VALUE`, or the name of a variable there is")
        env[name] = inherited
    return env


def mounts(given: Sequence[str], capacity: int) -> dict[str, Mount]:
    """`--dir`. What is a file, or is to be saved, is a zip file."""
    found: dict[str, Mount] = {}
    for text in given:
        outside, *rest = text.split("::")
        how = rest.pop() if rest and rest[-1] in ("ro", "save") else ""
        if not outside or len(rest) > 1:
            raise PyCMError(
                f"`--dir {text}` grants nothing", hint="write `--dir HOST::GUEST`, or `--dir HOST::GUEST::ro` for reading only"
            )
        if how == "save" or is_file(outside):
            try:
                mount: Mount = ZipMount(outside, writable=how != "ro", saved=how == "save", capacity=capacity)
            except FileError as error:
                raise PyCMError(f"`--dir {text}`: {error}", hint="grant a directory, or a zip file") from None
        else:
            mount = RealMount(outside, how != "ro")
            if not mount.there():
                raise PyCMError(f"`--dir {text}`: there is no `{outside}`", hint="name a directory, or a zip file")
        found[rest[0] if rest and rest[0] else outside] = mount
    return found


def scratch(given: Sequence[str], capacity: int) -> dict[str, Mount]:
    """`--scratch`"""
    return {name: MemoryMount(writable=True, capacity=capacity) for name in given}


def size(text: str) -> int:
    """`--quota`, in bytes."""
    digits, unit = (text[:-1], text[-1].upper()) if text[-1:].upper() in UNITS else (text, "")
    if not (digits.isascii() and digits.isdecimal()):
        raise PyCMError(f"`--quota {text}` is no size", hint="write `--quota 64M`, or a number of bytes")
    return int(digits) << UNITS.get(unit, 0)


def http(options: argparse.Namespace) -> HttpGrant | None:
    """`--http`, `--allow-http`"""
    for text in options.http:
        if not HOST.fullmatch(text):
            raise PyCMError(f"`--http {text}` names no host", hint="write `--http example.org`, or `--http localhost:8000`")
    if options.allow_http:
        return HttpGrant(transport)
    return HttpGrant(transport, frozenset(host.lower() for host in options.http)) if options.http else None


def network(options: argparse.Namespace) -> NetworkGrant | None:
    """`--network` and what belongs to it."""
    if options.network is None:
        given = [f"`--{name}`" for name in ("allow", "tcp", "udp", "lookup") if getattr(options, name)]
        if given:
            raise PyCMError(f"{given[0]} needs a network", hint="add `--network real`, or `--network loopback`")
        return None
    try:
        rules = [parse_rule(text) for text in options.allow]
    except ValueError as error:
        raise PyCMError(f"`--allow`: {error}", hint="write `--allow 127.0.0.1:8000`, or `--allow connect@*:443`") from None
    real = options.network == "real"
    allow: Allow = Rules(rules) if real or rules else anywhere
    neither = not (options.tcp or options.udp)
    return NetworkGrant(
        NativeNetwork() if real else Network(),
        tcp=options.tcp or neither,
        udp=options.udp or neither,
        lookup=options.lookup or not real,
        allow=allow,
    )
