"""The virtual machine a component lives in: what it is given, what it may reach, and what it left behind.

Deny by default: no arguments, no environment, an empty input, no files, no network. Deterministic by default: time and randomness
come from the settings, so the same settings give the same run.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from wasi_browser.clock import DEFAULT_START, Clock, RealClock, VirtualClock
from wasi_browser.http.messages import Transport
from wasi_browser.http.web import host_and_port
from wasi_browser.net.addresses import Endpoint
from wasi_browser.net.network import Network
from wasi_browser.net.tcp import Allow
from wasi_browser.platform.base import Platform
from wasi_browser.platform.native import NativePlatform
from wasi_browser.random import Random, RealRandom, SeededRandom
from wasi_browser.streams import CHANNELS, ROOM, UNBOUNDED, Output, Pipe, PipeSource, Prepared, Source
from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.files import Handle
from wasi_browser.vfs.filesystem import FileSystem
from wasi_browser.vfs.nodes import Directory
from wasi_browser.vfs.open import Mount, Open
from wasi_browser.vfs.paths import resolve
from wasi_browser.vfs.tree import Entry, Tree, harvest, plant
from wasi_browser.waiting import Bell, Waiter


class Exit(Exception):
    """The guest asked to end, with `code` (0 is success). Whoever runs the command catches it."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exit with code {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Preopen:
    """A directory the guest finds open: `path` in the tree, and whether anything below it may change."""

    path: str = "/"
    writable: bool = True


def anywhere(action: str, endpoint: Endpoint) -> bool:
    """The rule that allows everything."""
    return True


@dataclass(frozen=True, slots=True)
class NetworkGrant:
    """A network, and what may be done on it. `allow` is asked with `bind`, `connect` or `send`, and the address."""

    network: Network
    tcp: bool = True
    udp: bool = True
    lookup: bool = True
    allow: Allow = anywhere


@dataclass(frozen=True, slots=True)
class HttpGrant:
    """A way to send requests, and whom to: `hosts` are `host` or `host:port`; `None` is everybody. `on_denied` hears who was not allowed."""

    transport: Transport
    hosts: frozenset[str] | None = None
    on_denied: Callable[[str], None] | None = None

    def allows(self, authority: str, scheme: str) -> bool:
        """Whether requests may go to `authority`."""
        if self.hosts is None:
            return True
        host, port = host_and_port(authority, scheme)
        allowed = host in self.hosts or f"{host}:{port}" in self.hosts
        if not allowed and self.on_denied is not None:
            self.on_denied(authority)
        return allowed


@dataclass(frozen=True, slots=True)
class Settings:
    """What a machine is made of. Times are in nanoseconds, sizes in bytes."""

    argv: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    stdin: bytes | None = b""
    """What is read before the end of file; `None` for a live input, fed through `Machine.feed` and `Machine.end_input`."""
    files: Tree | None = None
    """The tree the machine starts with; `None` for no file system: nothing is preopened then."""
    preopens: Mapping[str, Preopen] = field(default_factory=lambda: {"/": Preopen()})
    """By the name the guest sees (`/`, `/data`, `.`)."""
    mounts: Mapping[str, Mount] = field(default_factory=dict)
    """Directories from elsewhere, by the name the guest sees; after the preopens of the tree."""
    on_output: Callable[[str, bytes], None] | None = None
    """Called with `stdout` or `stderr` and the bytes, as they are written."""
    place: int = 0
    """Which of several machines that share a listener for their outputs."""
    terminals: frozenset[str] = frozenset()
    """Which of `stdin`, `stdout`, `stderr` are terminals."""
    seed: int = 0
    start: int = DEFAULT_START
    """What the virtual wall clock starts at, since 1970."""
    step: int = 1000
    """What the virtual clock moves at each reading."""
    utc_offset: int = 0
    """Of the local time, in seconds east of UTC."""
    zone: str = "UTC"
    """The name of the local time zone."""
    real_clock: bool = False
    real_random: bool = False
    file_capacity: int = 1 << 29
    output_limit: int = 1 << 28
    random_limit: int = 1 << 26
    """The most random bytes one call gives."""
    network: NetworkGrant | None = None
    """`None` for no network: sockets are denied, and no name is known."""
    http: HttpGrant | None = None
    """`None`: every request is denied."""
    streaming: bool = False
    """Whether response bodies wait for their reader; the guest must be able to."""


class Machine:
    """One virtual machine. Its parts are plain state; `wasi_browser.link` gives a component the interfaces over them."""

    __slots__ = (
        "_input",
        "bell",
        "clock",
        "exit_code",
        "fs",
        "insecure",
        "insecure_seed",
        "outputs",
        "platform",
        "preopens",
        "secure",
        "settings",
        "stdin",
        "waiter",
    )

    def __init__(self, settings: Settings | None = None, platform: Platform | None = None) -> None:
        settings = settings or Settings()
        platform = platform or NativePlatform()
        self.settings = settings
        self.platform = platform
        self.bell = Bell()
        self.clock: Clock = RealClock(platform) if settings.real_clock else VirtualClock(settings.start, settings.step)
        self.waiter = Waiter(self.clock, self.bell, platform)
        self.secure = self._random("secure")
        self.insecure = self._random("insecure")
        seed = self._random("seed")
        self.insecure_seed = (seed.number(), seed.number())
        self.exit_code: int | None = None
        """What the guest asked to exit with, if it did."""

        self._input = Pipe(changed=self.bell.ring)
        self.stdin: Source = PipeSource(self._input) if settings.stdin is None else Prepared(settings.stdin)
        if settings.stdin is None:
            self.bell.sources += 1
        if settings.network is not None:
            settings.network.network.join(self.bell)
        self.outputs = {name: self._output(name) for name in ("stdout", "stderr")}

        start = self.clock.wall() if settings.real_clock else settings.start
        times = iter([start])
        self.fs = FileSystem(lambda: next(times, start), settings.file_capacity)
        if settings.files is not None:
            plant(self.fs, settings.files)
        self.fs.now = self.clock.wall
        self.preopens: list[tuple[str, Open]] = []
        """What the guest finds open, and its name for it."""
        if settings.files is not None:
            for name, preopen in settings.preopens.items():
                self.preopens.append((name, Handle(self.fs, self._directory(preopen.path), mutable=preopen.writable)))
        for name, mount in settings.mounts.items():
            self.preopens.append((name, mount.open(self.clock.wall)))

    def _random(self, stream: str) -> Random:
        return RealRandom(self.platform) if self.settings.real_random else SeededRandom(self.settings.seed, stream)

    def _output(self, name: str) -> Output:
        hear = self.settings.on_output
        if hear is None:
            return Output(self.settings.output_limit)
        return Output(self.settings.output_limit, partial(hear, name), CHANNELS[name] + 2 * self.settings.place)

    def _directory(self, path: str) -> Directory:
        node = resolve(self.fs.root, path.strip("/") or ".", follow=True).node
        if type(node) is not Directory:
            raise FileError(errno.ENOTDIR, f"`{path}` is to be preopened, but is no directory of the tree")
        return node

    def body_pipe(self) -> Pipe:
        """What a response body is written to."""
        return Pipe(ROOM, self.bell.ring) if self.settings.streaming else Pipe(UNBOUNDED)

    def feed(self, data: bytes) -> None:
        """Type `data` into a live input."""
        self._input.put(data)

    def end_input(self) -> None:
        """End a live input."""
        if not self._input.ended:
            self._input.end()
            self.bell.sources -= 1

    def interrupt(self) -> None:
        """End whoever waits here, now and from now on, with `Interrupted`."""
        self.waiter.interrupted = True
        self.bell.ring()

    def close(self) -> None:
        """The run has ended: its preopens are closed, and others on the network need not reckon with this machine any more."""
        for _, handle in self.preopens:
            handle.close()
        if self.settings.network is not None:
            self.settings.network.network.leave(self.bell)

    @property
    def stdout(self) -> bytes:
        """Everything written to standard output so far."""
        return self.outputs["stdout"].value()

    @property
    def stderr(self) -> bytes:
        """Everything written to standard error so far."""
        return self.outputs["stderr"].value()

    def tree(self, path: str = "/") -> dict[str, Entry]:
        """Everything below `path`, as it is now, by path from there."""
        return harvest(self._directory(path))
