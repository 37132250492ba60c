"""The network itself: who is bound where, what names mean, and who must hear of changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address

from wasi_browser.net.addresses import IP, LOOPBACK, Endpoint, Family, Fault, NetError
from wasi_browser.net.tcp import Allow, TcpSocket
from wasi_browser.net.udp import UdpSocket
from wasi_browser.waiting import Bell, Waiter

EPHEMERAL = range(49152, 65536)
"""The ports given to who asks for any."""


class Ports:
    """The bound sockets of one protocol. Ephemeral ports are counted up, so that a run repeats."""

    __slots__ = ("_bound", "_next")

    def __init__(self) -> None:
        self._bound: dict[tuple[Family, int], list[tuple[IP, object]]] = {}
        self._next = 0

    def bind(self, endpoint: Endpoint, socket: object) -> Endpoint:
        """Take `endpoint`, or an ephemeral port of its address. ADDRESS_IN_USE, ADDRESS_NOT_BINDABLE."""
        ip = endpoint.ip
        if not (ip.is_loopback or ip.is_unspecified):
            raise NetError(Fault.ADDRESS_NOT_BINDABLE)
        if not endpoint.port:
            endpoint = self._ephemeral(endpoint)
        elif self._taken(endpoint):
            raise NetError(Fault.ADDRESS_IN_USE)
        self._bound.setdefault((endpoint.family, endpoint.port), []).append((ip, socket))
        return endpoint

    def _ephemeral(self, endpoint: Endpoint) -> Endpoint:
        for _ in EPHEMERAL:
            candidate = Endpoint(endpoint.ip, EPHEMERAL[self._next])
            self._next = (self._next + 1) % len(EPHEMERAL)
            if not self._taken(candidate):
                return candidate
        raise NetError(Fault.ADDRESS_IN_USE)

    def _taken(self, endpoint: Endpoint) -> bool:
        bound = self._bound.get((endpoint.family, endpoint.port), ())
        ip = endpoint.ip
        return any(ip == other or ip.is_unspecified or other.is_unspecified for other, _ in bound)

    def release(self, endpoint: Endpoint, socket: object) -> None:
        """Give `endpoint` back."""
        key = endpoint.family, endpoint.port
        left = [entry for entry in self._bound.get(key, ()) if entry[1] is not socket]
        if left:
            self._bound[key] = left
        else:
            self._bound.pop(key, None)

    def at(self, endpoint: Endpoint) -> object | None:
        """Who answers at `endpoint`."""
        for ip, socket in self._bound.get((endpoint.family, endpoint.port), ()):
            if ip == endpoint.ip or ip.is_unspecified:
                return socket
        return None


class Lookup:
    """What a name comes to: `found` when there is an answer, and then the addresses or the `failure`."""

    __slots__ = ("_addresses", "failure", "found")

    def __init__(self, addresses: Iterable[IP] | None, failure: Fault | None = None) -> None:
        """`None` for addresses that are not known yet."""
        self.found = addresses is not None
        self.failure = failure
        self._addresses = iter(addresses or ())

    def answer(self, addresses: Iterable[IP], failure: Fault | None = None) -> None:
        """Now they are."""
        self.found, self.failure, self._addresses = True, failure, iter(addresses)

    def ready(self) -> bool:
        """Whether `next_address` has an answer."""
        return self.found

    def next_address(self) -> IP | None:
        """The next one, `None` after the last. WOULD_BLOCK, or the failure."""
        if not self.found:
            raise NetError(Fault.WOULD_BLOCK)
        if self.failure is not None:
            raise NetError(self.failure)
        return next(self._addresses, None)


class Network:
    """One loopback network. `names` gives addresses to host names; with `invent`, any other name gets an address of a range
    reserved for tests (RFC 2544, RFC 4193), where nobody answers."""

    __slots__ = ("_bells", "_invented", "_open", "invent", "limit", "names", "tcp", "udp")

    def __init__(self, names: Mapping[str, Iterable[str]] | None = None, invent: bool = False, limit: int = 4096) -> None:
        self.limit = limit
        """How many sockets there may be."""
        self._open: set[TcpSocket | UdpSocket] = set()
        self.tcp = Ports()
        self.udp = Ports()
        self.names: dict[str, tuple[IP, ...]] = {"localhost": (LOOPBACK[Family.IPV4], LOOPBACK[Family.IPV6])}
        for name, addresses in (names or {}).items():
            self.names[name.lower()] = tuple(unmapped(ip_address(address)) for address in addresses)
        self.invent = invent
        self._invented = 0
        self._bells: list[Bell] = []

    def tcp_socket(self, family: Family, allow: Allow) -> TcpSocket:
        """A new socket (NEW_SOCKET_LIMIT, NOT_SUPPORTED)."""
        return TcpSocket(self, family, allow)

    def udp_socket(self, family: Family, allow: Allow) -> UdpSocket:
        """A new socket (NEW_SOCKET_LIMIT, NOT_SUPPORTED)."""
        return UdpSocket(self, family, allow)

    def look_up(self, name: str, waiter: Waiter) -> Lookup:
        """Ask for the addresses of a host name or a literal address. INVALID_ARGUMENT for what is neither."""
        try:
            return Lookup(self.resolve(name))
        except NetError as error:
            if error.fault is Fault.INVALID_ARGUMENT:
                raise
            return Lookup((), error.fault)

    @property
    def sockets(self) -> int:
        """How many there are."""
        return len(self._open)

    def admit(self, socket: TcpSocket | UdpSocket) -> None:
        """One more socket (NEW_SOCKET_LIMIT)."""
        if len(self._open) >= self.limit:
            raise NetError(Fault.NEW_SOCKET_LIMIT)
        self._open.add(socket)

    def dismiss(self, socket: TcpSocket | UdpSocket) -> None:
        """A socket is closed."""
        self._open.discard(socket)

    def join(self, bell: Bell) -> None:
        """A machine joins. From the second on, everybody must reckon with the others."""
        self._bells.append(bell)
        if len(self._bells) == 2:
            self._bells[0].sources += 1
        if len(self._bells) > 1:
            bell.sources += 1

    def leave(self, bell: Bell) -> None:
        """A machine has ended, and with it its sockets: who was connected to one of them is told, who listened is found no more."""
        for socket in [socket for socket in self._open if socket.owner is bell]:
            socket.abandon()
        if bell in self._bells:
            if len(self._bells) > 1:
                bell.sources -= 1
            self._bells.remove(bell)
            if len(self._bells) == 1:
                self._bells[0].sources -= 1
            self.changed()

    def changed(self) -> None:
        """Something happened that somebody may wait for."""
        for bell in self._bells:
            bell.ring()

    def reaches(self, ip: IP) -> bool:
        """Whether packets to `ip` arrive anywhere."""
        return ip.is_loopback

    def resolve(self, name: str) -> tuple[IP, ...]:
        """The addresses of a host name or a literal address. INVALID_ARGUMENT, NAME_UNRESOLVABLE."""
        address = literal_address(name)
        if address is not None:
            return (address,)
        host = host_name(name)
        if host in self.names:
            return self.names[host]
        if not self.invent:
            raise NetError(Fault.NAME_UNRESOLVABLE)
        self._invented += 1
        self.names[host] = (
            IPv4Address(int(IPv4Address("198.18.0.0")) + self._invented),
            IPv6Address(int(IPv6Address("fd00::")) + self._invented),
        )
        return self.names[host]


def literal_address(name: str) -> IP | None:
    """The address that `name` is, IPv6 perhaps in brackets, IPv4 where that is mapped into it; `None` where it is none.

    INVALID_ARGUMENT for IPv4 in brackets.
    """
    literal = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    try:
        address = ip_address(literal)
    except ValueError:
        return None
    if literal is not name and isinstance(address, IPv4Address):
        raise NetError(Fault.INVALID_ARGUMENT)
    return unmapped(address)


def unmapped(address: IP) -> IP:
    """Nobody is told IPv4-mapped IPv6 addresses (wasi:sockets/ip-name-lookup)."""
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def host_name(name: str) -> str:
    """`name` as a lower-case ASCII host name (INVALID_ARGUMENT)."""
    try:
        host = name.encode("idna").decode("ascii").lower() if not name.isascii() else name.lower()
    except UnicodeError:
        raise NetError(Fault.INVALID_ARGUMENT) from None
    host = host.removesuffix(".")
    labels = host.split(".")
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    if len(host) > 253 or not all(0 < len(label) <= 63 and set(label) <= allowed for label in labels):
        raise NetError(Fault.INVALID_ARGUMENT)
    if labels[-1].isdigit():  # would be a broken IPv4 address
        raise NetError(Fault.INVALID_ARGUMENT)
    return host
