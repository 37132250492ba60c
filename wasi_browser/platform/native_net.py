"""The system's network: real sockets under the state machine of `wasi_browser.net`, confined by what was granted."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

from wasi_browser.net.addresses import Endpoint, Family, Fault, NetError
from wasi_browser.net.network import Lookup, Network, host_name, literal_address, unmapped
from wasi_browser.net.tcp import Allow, TcpSocket
from wasi_browser.net.udp import UdpSocket
from wasi_browser.platform.native import in_thread
from wasi_browser.waiting import Waiter

FAMILIES = {Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6}

FAULTS = {
    errno.EACCES: Fault.ACCESS_DENIED,
    errno.EPERM: Fault.ACCESS_DENIED,
    errno.EADDRINUSE: Fault.ADDRESS_IN_USE,
    errno.EADDRNOTAVAIL: Fault.ADDRESS_NOT_BINDABLE,
    errno.EAFNOSUPPORT: Fault.NOT_SUPPORTED,
    errno.EAGAIN: Fault.WOULD_BLOCK,
    errno.ECONNABORTED: Fault.CONNECTION_ABORTED,
    errno.ECONNREFUSED: Fault.CONNECTION_REFUSED,
    errno.ECONNRESET: Fault.CONNECTION_RESET,
    errno.EPIPE: Fault.CONNECTION_RESET,
    errno.EHOSTUNREACH: Fault.REMOTE_UNREACHABLE,
    errno.ENETUNREACH: Fault.REMOTE_UNREACHABLE,
    errno.ENETDOWN: Fault.REMOTE_UNREACHABLE,
    errno.EINVAL: Fault.INVALID_ARGUMENT,
    errno.EMFILE: Fault.NEW_SOCKET_LIMIT,
    errno.ENFILE: Fault.NEW_SOCKET_LIMIT,
    errno.EMSGSIZE: Fault.DATAGRAM_TOO_LARGE,
    errno.ENOBUFS: Fault.OUT_OF_MEMORY,
    errno.ENOMEM: Fault.OUT_OF_MEMORY,
    errno.ETIMEDOUT: Fault.TIMEOUT,
}


def fault(number: int | None) -> Fault:
    """What an `errno` is called here."""
    return FAULTS.get(number or 0, Fault.UNKNOWN)


@contextmanager
def failing() -> Iterator[None]:
    """The system's errors as ours."""
    try:
        yield
    except OSError as error:
        raise NetError(fault(error.errno)) from None


def endpoint_of(address: tuple[object, ...]) -> Endpoint:
    """What the system calls a socket address."""
    return Endpoint(ip_address(str(address[0]).partition("%")[0]), int(str(address[1])))


def address_of(endpoint: Endpoint) -> tuple[str, int]:
    """The same, the other way round."""
    return str(endpoint.ip), endpoint.port


class NativeNetwork(Network):
    """The network of the system. Who may be reached on it is the grant's business: its rules are asked before anything is done."""

    __slots__ = ()

    def tcp_socket(self, family: Family, allow: Allow) -> TcpSocket:
        """A new socket (NEW_SOCKET_LIMIT, NOT_SUPPORTED)."""
        from wasi_browser.platform.native_tcp import NativeTcpSocket

        return NativeTcpSocket(self, family, allow)

    def udp_socket(self, family: Family, allow: Allow) -> UdpSocket:
        """A new socket (NEW_SOCKET_LIMIT, NOT_SUPPORTED)."""
        from wasi_browser.platform.native_udp import NativeUdpSocket

        return NativeUdpSocket(self, family, allow)

    def look_up(self, name: str, waiter: Waiter) -> Lookup:
        """Ask the system's resolver, while the guest goes on."""
        literal = literal_address(name)
        if literal is not None:
            return Lookup((literal,))
        host = host_name(name)
        lookup = Lookup(None)

        async def resolve() -> None:
            try:
                found = await in_thread(socket.getaddrinfo, host, None, socket.AF_UNSPEC, socket.SOCK_STREAM)
            except socket.gaierror as error:
                passing = error.errno == socket.EAI_AGAIN
                lookup.answer((), Fault.TEMPORARY_RESOLVER_FAILURE if passing else Fault.NAME_UNRESOLVABLE)
            except (OSError, UnicodeError):
                lookup.answer((), Fault.PERMANENT_RESOLVER_FAILURE)
            else:
                lookup.answer(dict.fromkeys(unmapped(endpoint_of(entry[4]).ip) for entry in found))

        waiter.start(resolve())
        return lookup
