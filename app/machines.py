"""Virtual machines from what a request gives and grants, and the files they leave."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import cycle
from typing import Protocol

from app.context import Context
from app.exchanges import Exchanges
from app.failures import BadRequest
from app.messages import FileChange, FileData, Grants, KeptAfterParams, KeptAfterResult, MachineParams, MountData
from app.messages import NetworkGrant as GivenNetwork
from pycm_core.runtime.engine import Engine
from pycm_core.runtime.engines.bounded import BoundedEngine
from wasi_browser import (
    Entry,
    Folder,
    Machine,
    MemoryMount,
    Network,
    NetworkGrant,
    Preopen,
    Settings,
    SymbolicLink,
    difference,
    tree_of,
    zip_of,
)
from wasi_browser.clock import DEFAULT_START
from wasi_browser.net.addresses import NetError
from wasi_browser.platform.base import Platform
from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.journal import STREAMS

GRANTS = frozenset(Grants.__annotations__)
MILLISECOND = 1_000_000
CAPACITY = 1 << 29
"""The quota of files in memory, in bytes, where none is given."""
LATEST = 1 << 63
"""The wall clock stays below, in nanoseconds since 1970."""


class Ears(Protocol):
    """Who hears what a machine does."""

    def output(self, stream: str, data: bytes) -> None:
        """What the guest writes."""
        ...

    def tell(self, **fields: object) -> None:
        """What becomes of its HTTP requests."""
        ...

    def kept(self, name: str, bytes: bytes, anew: bool) -> None:
        """More of the journal of a directory that is kept as `name`; with `anew`, what came before is not needed."""
        ...


class Box:
    """A machine, and what belongs to it: its mounts, its HTTP, and whether a run in it may have to wait for the world."""

    __slots__ = ("_before", "_kept", "exchanges", "machine", "waits")

    def __init__(self, machine: Machine, kept: Mapping[str, MemoryMount], exchanges: Exchanges, waits: bool) -> None:
        self.machine = machine
        self.exchanges = exchanges
        self.waits = waits
        self._kept = kept
        self._before = self.files()

    def files(self) -> dict[str, Entry]:
        """Everything the guest can see, as it is now: a mount covers what the tree has at its place."""
        found = self.machine.tree()
        for place, mount in self.machine.settings.mounts.items():
            assert isinstance(mount, MemoryMount)
            inside = place.rstrip("/")
            found = {path: entry for path, entry in found.items() if not path.startswith(f"{inside}/")}
            found.update({inside + path: entry for path, entry in mount.tree().items()})
        return found

    def changes(self) -> list[FileChange]:
        """What the run did, by path."""
        now = self.files()
        what = difference(self._before, now)
        found: list[FileChange] = []
        for change, paths in (("added", what.added), ("changed", what.changed), ("removed", what.removed)):
            for path in paths:
                before, after = _size(self._before.get(path)), _size(now.get(path))
                found.append({"path": path, "change": change, "before": before, "after": after})  # type: ignore[typeddict-item] # the loop's own words
        return sorted(found, key=lambda one: one["path"])

    def kept(self) -> dict[str, bytes]:
        """Zip files of what is to be kept and has changed since the last time, by its name in the storage."""
        return {name: zip_of(mount.snapshot()) for name, mount in self._kept.items() if mount.changes()}


class Engines:
    """The engine, and the same with bounds, each of which compiles for itself; the last few are kept."""

    __slots__ = ("_bounded", "engine")

    MOST = 4

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._bounded: dict[int, Engine] = {}

    def within(self, given: MachineParams) -> Engine:
        """The engine for a guest that is given this. Raises `BadRequest`."""
        bounds = given.get("bounds", {})
        if "fuel" in bounds:
            raise BadRequest(
                "this engine does not count instructions, so there is no fuel", "bound the time instead: `bounds: {time: 2000}`"
            )
        if "memory" not in bounds:
            return self.engine
        memory = bounds["memory"]
        if memory not in self._bounded:
            for old in list(self._bounded)[: 1 - self.MOST]:
                del self._bounded[old]
            self._bounded[memory] = BoundedEngine(self.engine, memory)
        return self._bounded[memory]


class Boxes:
    """Makes machines for one session; what they share is kept here."""

    __slots__ = ("_platform", "_shared", "_streams")

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._shared: Network | None = None
        self._streams = cycle(STREAMS)

    def make(
        self,
        given: MachineParams,
        ears: Ears,
        context: Context,
        streaming: bool,
        network: Network | None = None,
        place: int = 0,
    ) -> Box:
        """A machine with what `given` says and grants. A `network` that is given is where its sockets are, if it is granted any. `place` is its
        place among those that run together.

        Raises `BadRequest` when the grants or the files make no sense.
        """
        grants = given.get("grants", {})
        unknown = [name for name in grants if name not in GRANTS]
        if unknown:
            raise BadRequest(f"there is no grant `{unknown[0]}`", f"there are {', '.join(f'`{one}`' for one in sorted(GRANTS))}")
        mounts = {place: _mount(place, data) for place, data in given.get("mounts", {}).items()}
        covered = [place for place in mounts if not given.get("files", {}).get(place, {"dir": True}).get("dir")]
        if covered:
            raise BadRequest(f"the mount `{covered[0]}` is at the place of a file")
        kept = {data["kept"]: mounts[place] for place, data in given.get("mounts", {}).items() if "kept" in data}
        for name, mount in kept.items():
            mount.keep_journal(partial(ears.kept, name), lambda: next(self._streams))
        exchanges = Exchanges(grants.get("http"), context.transport, ears.tell)
        live = grants.get("stdin") == "live"
        first = bytes(given.get("stdin", b""))
        files = given.get("files")
        real_clock = grants.get("clock") == "real"
        sockets = self._network(grants["network"], network) if "network" in grants else None
        settings = Settings(
            argv=tuple(given.get("argv", ())),
            env=dict(given.get("env", {})),
            stdin=None if live else first,
            files=None if files is None else {**entries(files), **{place: Folder() for place in mounts if place.strip("/")}},
            mounts=mounts,
            file_capacity=given.get("capacity", CAPACITY),
            preopens=_preopens(given),
            on_output=ears.output,
            place=place,
            terminals=frozenset(given.get("terminals", ())),
            seed=given.get("seed", 0),
            start=_start(given),
            real_clock=real_clock,
            real_random=grants.get("random") == "real",
            network=sockets,
            http=exchanges.grant,
            streaming=streaming,
        )
        try:
            machine = Machine(settings, self._platform)
        except FileError as error:
            raise BadRequest(f"the files do not fit together: {error}") from None
        context.on_stop(machine.interrupt)
        if live:
            machine.feed(first)
            context.listen(lambda data: machine.end_input() if data is None else machine.feed(data))
        http = grants.get("http", {})
        waits = (
            live
            or real_clock
            or streaming
            or bool(http.get("hosts"))
            or network is not None
            or (sockets is not None and sockets.network is self._shared)
        )
        return Box(machine, kept, exchanges, waits)

    def _network(self, given: GivenNetwork, own: Network | None) -> NetworkGrant:
        if own is not None:
            network = own
            network.names.update(self.network(given).names)
        elif given.get("shared"):
            network = self._shared = self._shared or Network()
            network.names.update(self.network(given).names)
        else:
            network = self.network(given)
        return NetworkGrant(network, given.get("tcp", True), given.get("udp", True), given.get("lookup", True))

    def network(self, given: GivenNetwork) -> Network:
        """A network on which nobody is yet. Raises `BadRequest`."""
        try:
            return Network(given.get("names"))
        except (NetError, ValueError):
            raise BadRequest(
                "`grants.network.names` must give literal addresses to names", 'such as {"db": ["127.0.0.1"]}'
            ) from None


def _preopens(given: MachineParams) -> Mapping[str, Preopen]:
    if "preopens" not in given:
        return {"/": Preopen()}
    return {name: Preopen(one["path"], one.get("writable", True)) for name, one in given["preopens"].items()}


def _start(given: MachineParams) -> int:
    """Nanoseconds since 1970."""
    if "start" not in given:
        return DEFAULT_START
    try:
        start = int(given["start"] * MILLISECOND)
    except (OverflowError, ValueError):
        start = -1
    if not 0 <= start < LATEST:
        raise BadRequest("`start` must be a time after 1970, in milliseconds")
    return start


def _mount(place: str, data: MountData) -> MemoryMount:
    if not place.startswith("/"):
        raise BadRequest(f"the mount `{place}` is not at an absolute path", f"mount it at `/{place}`")
    if "zip" in data and "files" in data:
        raise BadRequest(f"the mount `{place}` has both `zip` and `files`")
    try:
        tree = tree_of(bytes(data["zip"])) if "zip" in data else entries(data.get("files", {}))
        return MemoryMount(tree, writable=data.get("writable", False), capacity=data.get("capacity", CAPACITY))
    except FileError as error:
        raise BadRequest(f"the mount `{place}` cannot be made: {error}") from None


def entries(files: Mapping[str, FileData]) -> dict[str, Entry]:
    """A tree as the page gives it. Raises `BadRequest`."""
    return {path: _entry(path, data) for path, data in files.items()}


def _size(entry: Entry | None) -> int | None:
    return len(entry) if isinstance(entry, bytes) else None


def _entry(path: str, data: FileData) -> Entry:
    if "bytes" in data:
        return bytes(data["bytes"])
    if "link" in data:
        return SymbolicLink(data["link"])
    if data.get("dir"):
        return Folder()
    raise BadRequest(f"the file `{path}` has neither `bytes` nor `dir`")


def tree(files: Mapping[str, Entry]) -> dict[str, FileData]:
    """What a machine's file system holds."""
    return {path: _data(entry) for path, entry in files.items()}


def _data(entry: Entry) -> FileData:
    if isinstance(entry, Folder):
        return {"dir": True}
    if isinstance(entry, SymbolicLink):
        return {"link": entry.target}
    return {"bytes": entry}


def kept_after(params: KeptAfterParams) -> KeptAfterResult:
    """What a kept directory holds after a run that did not come to its end. Raises `BadRequest`."""
    try:
        mount = MemoryMount(tree_of(bytes(params["zip"])) if "zip" in params else {}, capacity=2 * CAPACITY)
        mount.replay(bytes(params["journal"]), [(one["stream"], bytes(one["bytes"])) for one in params["left"]])
    except FileError as error:
        raise BadRequest(f"what was written does not fit together: {error}") from None
    return {"zip": zip_of(mount.tree())}
