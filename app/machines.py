"""Virtual machines from what a request gives and grants, and the files they leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.context import Context
from app.exchanges import Exchanges
from app.failures import BadRequest
from app.messages import FileData, Grants, MachineParams
from app.messages import NetworkGrant as GivenNetwork
from wasi_browser import Entry, Folder, Machine, Network, NetworkGrant, Preopen, Settings, SymbolicLink
from wasi_browser.clock import DEFAULT_START
from wasi_browser.net.addresses import NetError
from wasi_browser.platform.base import Platform
from wasi_browser.vfs.errors import FileError

GRANTS = frozenset(Grants.__annotations__)
MILLISECOND = 1_000_000
LATEST = 1 << 63
"""The wall clock stays below, in nanoseconds since 1970."""


class Box:
    """A machine, and what belongs to it: its HTTP, and whether a run in it may have to wait for the world."""

    __slots__ = ("exchanges", "machine", "waits")

    def __init__(self, machine: Machine, exchanges: Exchanges, waits: bool) -> None:
        self.machine = machine
        self.exchanges = exchanges
        self.waits = waits


class Boxes:
    """Makes machines for one session; what they share is kept here."""

    __slots__ = ("_platform", "_shared")

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._shared: Network | None = None

    def make(
        self,
        given: MachineParams,
        hear: Callable[[str, bytes], None],
        tell: Callable[..., None],
        context: Context,
        streaming: bool,
    ) -> Box:
        """A machine with what `given` says and grants. `tell` is told of its HTTP, as `Context.tell` would be.

        Raises `BadRequest` when the grants or the files make no sense.
        """
        grants = given.get("grants", {})
        unknown = [name for name in grants if name not in GRANTS]
        if unknown:
            raise BadRequest(f"there is no grant `{unknown[0]}`", f"there are {', '.join(f'`{one}`' for one in sorted(GRANTS))}")
        exchanges = Exchanges(grants.get("http"), context.transport, tell)
        live = grants.get("stdin") == "live"
        first = bytes(given.get("stdin", b""))
        files = given.get("files")
        real_clock = grants.get("clock") == "real"
        network = self._network(grants["network"]) if "network" in grants else None
        settings = Settings(
            argv=tuple(given.get("argv", ())),
            env=dict(given.get("env", {})),
            stdin=None if live else first,
            files=None if files is None else {path: _entry(path, data) for path, data in files.items()},
            preopens=_preopens(given),
            on_output=hear,
            terminals=frozenset(given.get("terminals", ())),
            seed=given.get("seed", 0),
            start=_start(given),
            real_clock=real_clock,
            real_random=grants.get("random") == "real",
            network=network,
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
            or (network is not None and network.network is self._shared)
        )
        return Box(machine, exchanges, waits)

    def _network(self, given: GivenNetwork) -> NetworkGrant:
        try:
            if given.get("shared"):
                network = self._shared = self._shared or Network()
                network.names.update(Network(given.get("names")).names)
            else:
                network = Network(given.get("names"))
        except (NetError, ValueError):
            raise BadRequest(
                "`grants.network.names` must give literal addresses to names", 'such as {"db": ["127.0.0.1"]}'
            ) from None
        return NetworkGrant(network, given.get("tcp", True), given.get("udp", True), given.get("lookup", True))


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
