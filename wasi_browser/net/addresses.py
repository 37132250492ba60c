"""Addresses, and what may be done with which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address

IP = IPv4Address | IPv6Address


class Family(Enum):
    """The two address families."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"


class Fault(Enum):
    """Why a network operation failed."""

    UNKNOWN = "unknown"
    ACCESS_DENIED = "access-denied"
    NOT_SUPPORTED = "not-supported"
    INVALID_ARGUMENT = "invalid-argument"
    OUT_OF_MEMORY = "out-of-memory"
    TIMEOUT = "timeout"
    CONCURRENCY_CONFLICT = "concurrency-conflict"
    NOT_IN_PROGRESS = "not-in-progress"
    WOULD_BLOCK = "would-block"
    INVALID_STATE = "invalid-state"
    NEW_SOCKET_LIMIT = "new-socket-limit"
    ADDRESS_NOT_BINDABLE = "address-not-bindable"
    ADDRESS_IN_USE = "address-in-use"
    REMOTE_UNREACHABLE = "remote-unreachable"
    CONNECTION_REFUSED = "connection-refused"
    CONNECTION_RESET = "connection-reset"
    CONNECTION_ABORTED = "connection-aborted"
    DATAGRAM_TOO_LARGE = "datagram-too-large"
    NAME_UNRESOLVABLE = "name-unresolvable"
    TEMPORARY_RESOLVER_FAILURE = "temporary-resolver-failure"
    PERMANENT_RESOLVER_FAILURE = "permanent-resolver-failure"


class NetError(Exception):
    """A network operation failed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and a port (0 for any)."""

    ip: IP
    port: int

    @property
    def family(self) -> Family:
        """The family of the address."""
        return Family.IPV4 if isinstance(self.ip, IPv4Address) else Family.IPV6


LOOPBACK: dict[Family, IP] = {Family.IPV4: IPv4Address("127.0.0.1"), Family.IPV6: IPv6Address("::1")}
BROADCAST = IPv4Address("255.255.255.255")


def embeds_ipv4(ip: IP) -> bool:
    """Whether this is an IPv4-mapped (`::ffff:a.b.c.d`) or deprecated IPv4-compatible (`::a.b.c.d`) IPv6 address."""
    if isinstance(ip, IPv4Address):
        return False
    return ip.ipv4_mapped is not None or 1 < int(ip) < 1 << 32


def check_unicast(endpoint: Endpoint, family: Family) -> None:
    """INVALID_ARGUMENT for another family, and for what is no unicast address of that family alone."""
    ip = endpoint.ip
    if endpoint.family is not family or ip.is_multicast or ip == BROADCAST or embeds_ipv4(ip):
        raise NetError(Fault.INVALID_ARGUMENT)


def check_remote(endpoint: Endpoint, family: Family) -> None:
    """INVALID_ARGUMENT for what nobody can be reached at. Datagrams may go to groups, too (wasi:sockets/udp, `send`)."""
    ip = endpoint.ip
    if endpoint.family is not family or embeds_ipv4(ip) or ip.is_unspecified or not endpoint.port:
        raise NetError(Fault.INVALID_ARGUMENT)
