"""UDP sockets. Datagrams arrive at once, in order, and get lost only where the receiver's queue is full."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from wasi_browser.net.addresses import LOOPBACK, Endpoint, Family, Fault, NetError, check_remote, embeds_ipv4
from wasi_browser.net.tcp import Allow
from wasi_browser.platform.base import Watch

if TYPE_CHECKING:
    from wasi_browser.net.network import Network  # which makes sockets

DATAGRAM_MAX = 65507
"""The largest payload, in bytes (IPv4)."""
QUEUE_MAX = 1 << 22
"""Bytes a socket holds for its reader, headers counted as 64."""
PERMIT = 16
"""How many datagrams one call may send."""


class UdpState(Enum):
    """Where a socket is in its life."""

    UNBOUND = auto()
    BINDING = auto()
    BOUND = auto()


@dataclass(frozen=True, slots=True)
class Datagram:
    """A payload, and whom it came from or goes to (`None`: the connected peer)."""

    data: bytes
    address: Endpoint | None


class UdpSocket:
    """A socket of one family on one network."""

    watch: Watch | None = None
    """What the system tells of what arrives, where it does."""

    __slots__ = (
        "_allow",
        "_held",
        "_queue",
        "_refused",
        "_wanted",
        "bound",
        "family",
        "generation",
        "hop_limit",
        "network",
        "owner",
        "receive_buffer",
        "remote",
        "send_buffer",
        "state",
    )

    def __init__(self, network: Network, family: Family, allow: Allow) -> None:
        network.admit(self)
        self.network = network
        self.family = family
        self.state = UdpState.UNBOUND
        self.bound: Endpoint | None = None
        self.remote: Endpoint | None = None
        self.hop_limit = 64
        self.receive_buffer = 65536
        self.send_buffer = 65536
        self.generation = 0
        self._allow = allow
        self._wanted: Endpoint | None = None
        self._queue: deque[Datagram] = deque()
        self._held = 0
        self._refused = False
        self.owner: object = None
        """Whose it is, on a network of several machines: the bell of one of them."""

    def start_bind(self, endpoint: Endpoint) -> None:
        """Ask for a local address."""
        if self.state is UdpState.BINDING:
            raise NetError(Fault.CONCURRENCY_CONFLICT)
        if self.state is not UdpState.UNBOUND:
            raise NetError(Fault.INVALID_STATE)
        if endpoint.family is not self.family or embeds_ipv4(endpoint.ip):
            raise NetError(Fault.INVALID_ARGUMENT)
        if not self._allow("bind", endpoint):
            raise NetError(Fault.ACCESS_DENIED)
        self._wanted = endpoint
        self.state = UdpState.BINDING

    def finish_bind(self) -> None:
        """Get it, or learn why not; one may try again then."""
        if self.state is not UdpState.BINDING:
            raise NetError(Fault.NOT_IN_PROGRESS)
        assert self._wanted is not None
        self.state = UdpState.UNBOUND
        self.bound = self.take_address(self._wanted)
        self.state = UdpState.BOUND

    def take_address(self, endpoint: Endpoint) -> Endpoint:
        """Be found at `endpoint` from now on, at a port of its own where it names none."""
        return self.network.udp.bind(endpoint, self)

    def connect(self, remote: Endpoint | None) -> tuple[Incoming, Outgoing]:
        """Talk to one peer, or to anybody. Streams made before are of no use any more."""
        if self.state is not UdpState.BOUND:
            raise NetError(Fault.INVALID_STATE)
        if remote is not None:
            check_remote(remote, self.family)
            if not self._allow("connect", remote):
                raise NetError(Fault.ACCESS_DENIED)
        self.set_peer(remote)
        self.remote = remote
        self._refused = False
        self.generation += 1
        return Incoming(self, self.generation), Outgoing(self, self.generation)

    def set_peer(self, remote: Endpoint | None) -> None:
        """Talk to `remote` only, or to anybody."""
        if remote is not None and not self.network.reaches(remote.ip):
            raise NetError(Fault.REMOTE_UNREACHABLE)

    def local_address(self) -> Endpoint:
        """Where it is bound; a concrete address once it is connected (INVALID_STATE)."""
        if self.bound is None or self.state is not UdpState.BOUND:
            raise NetError(Fault.INVALID_STATE)
        return self.source() if self.remote is not None else self.bound

    def remote_address(self) -> Endpoint:
        """The peer (INVALID_STATE)."""
        if self.remote is None:
            raise NetError(Fault.INVALID_STATE)
        return self.remote

    def source(self) -> Endpoint:
        """What receivers see as the sender."""
        assert self.bound is not None
        return Endpoint(LOOPBACK[self.family], self.bound.port) if self.bound.ip.is_unspecified else self.bound

    def deliver(self, datagram: Datagram) -> None:
        """A datagram has arrived."""
        if self.remote is not None and datagram.address != self.remote:
            return
        size = len(datagram.data) + 64
        if self._held + size <= QUEUE_MAX:
            self._queue.append(datagram)
            self._held += size
            self.network.changed()

    def receive(self, count: int) -> list[Datagram]:
        """Up to `count` datagrams, from the peer only where there is one. CONNECTION_REFUSED once, after sending to nobody."""
        if not count:
            return []
        if self._refused:
            self._refused = False
            raise NetError(Fault.CONNECTION_REFUSED)
        out: list[Datagram] = []
        while self._queue and len(out) < count:
            datagram = self._queue.popleft()
            self._held -= len(datagram.data) + 64
            if self.remote is None or datagram.address == self.remote:
                out.append(datagram)
        return out

    def receivable(self) -> bool:
        """Whether `receive` has something to say."""
        while self._queue and self.remote is not None and self._queue[0].address != self.remote:
            self._held -= len(self._queue.popleft().data) + 64
        return bool(self._queue) or self._refused

    def send(self, datagram: Datagram) -> None:
        """Send one datagram."""
        to = datagram.address
        if self.remote is not None:
            if to is not None and to != self.remote:
                raise NetError(Fault.INVALID_ARGUMENT)
            to = self.remote
        elif to is None:
            raise NetError(Fault.INVALID_ARGUMENT)
        check_remote(to, self.family)
        if len(datagram.data) > DATAGRAM_MAX:
            raise NetError(Fault.DATAGRAM_TOO_LARGE)
        if not self._allow("send", to):
            raise NetError(Fault.ACCESS_DENIED)
        self.transmit(bytes(datagram.data), to)

    def transmit(self, data: bytes, to: Endpoint) -> None:
        """Put a datagram on its way."""
        if not self.network.reaches(to.ip):
            raise NetError(Fault.REMOTE_UNREACHABLE)
        receiver = self.network.udp.at(to)
        if isinstance(receiver, UdpSocket):
            receiver.deliver(Datagram(data, self.source()))
        elif self.remote is not None:
            self._refused = True
            self.network.changed()

    def option(self, name: str) -> int:
        """The value of `hop_limit`, `receive_buffer` or `send_buffer`."""
        value: int = getattr(self, name)
        return value

    def set_option(self, name: str, value: int) -> None:
        """Set one of them, to a value within its bounds."""
        setattr(self, name, value)

    def abandon(self) -> None:
        """Whose it is has ended."""
        self.close()

    def close(self) -> None:
        """Give the address back."""
        self.network.dismiss(self)
        if self.bound is not None:
            self.network.udp.release(self.bound, self)
        self.generation += 1


class DatagramStream:
    """One direction of a socket, as long as it has not been connected anew."""

    __slots__ = ("_generation", "socket")

    def __init__(self, socket: UdpSocket, generation: int) -> None:
        self.socket = socket
        self._generation = generation

    def check(self) -> None:
        """INVALID_STATE for the stream of an earlier connection."""
        if self.socket.generation != self._generation:
            raise NetError(Fault.INVALID_STATE)


class Incoming(DatagramStream):
    """What arrives."""

    __slots__ = ()

    def receive(self, count: int) -> list[Datagram]:
        """Up to `count` datagrams, at once."""
        self.check()
        return self.socket.receive(count)

    def ready(self) -> bool:
        """Whether `receive` has something to say."""
        return self.socket.generation != self._generation or self.socket.receivable()


class Outgoing(DatagramStream):
    """What is sent. `permit` is what the last `check_send` allowed and no send has used up."""

    __slots__ = ("permit",)

    def __init__(self, socket: UdpSocket, generation: int) -> None:
        super().__init__(socket, generation)
        self.permit = 0

    def check_send(self) -> int:
        """How many datagrams the next `send` may take."""
        self.check()
        self.permit = PERMIT
        return PERMIT

    def send(self, datagrams: list[Datagram]) -> int:
        """Send them in order; how many went. Fails only where not even the first one did."""
        self.check()
        self.permit = 0
        for sent, datagram in enumerate(datagrams):
            try:
                self.socket.send(datagram)
            except NetError:
                if sent:
                    return sent
                raise
        return len(datagrams)

    def ready(self) -> bool:
        """Sending is always possible."""
        return True
