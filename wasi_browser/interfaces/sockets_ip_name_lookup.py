"""wasi:sockets/ip-name-lookup: answers are there at once."""

from __future__ import annotations

from collections.abc import Iterator

from pycm_core.abi.values import Err, Ok
from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.io_poll import POLLABLE
from wasi_browser.interfaces.sockets_network import NETWORK, answering, ip_address
from wasi_browser.machine import Machine, NetworkGrant
from wasi_browser.net.addresses import IP, Fault, NetError
from wasi_browser.waiting import Condition, always

RESOLVE_ADDRESS_STREAM = HostResource("resolve-address-stream")


class Resolution:
    """What a name came to: addresses still to be told, or the error."""

    __slots__ = ("addresses", "failure")

    def __init__(self, addresses: Iterator[IP], failure: Fault | None = None) -> None:
        self.addresses = addresses
        self.failure = failure


def resolve_addresses(grant: NetworkGrant | None, name: str) -> Resolution:
    """A bad name fails here, an unknown one when the first address is asked for."""
    if grant is None or not grant.lookup:
        return Resolution(iter(()), Fault.PERMANENT_RESOLVER_FAILURE)
    try:
        return Resolution(iter(grant.network.resolve(name)))
    except NetError as error:
        if error.fault is Fault.INVALID_ARGUMENT:
            raise
        return Resolution(iter(()), error.fault)


def resolve_next_address(resolution: Resolution) -> Ok | Err:
    """`resolve-address-stream.resolve-next-address`"""
    if resolution.failure is not None:
        return Err(resolution.failure.value)
    ip = next(resolution.addresses, None)
    return Ok(None if ip is None else ip_address(ip))


def sockets_ip_name_lookup(machine: Machine) -> HostInterface:
    """wasi:sockets/ip-name-lookup"""
    return provide(
        "wasi:sockets/ip-name-lookup",
        {
            "resolve-addresses": answering(resolve_addresses),
            "[method]resolve-address-stream.resolve-next-address": resolve_next_address,
            "[method]resolve-address-stream.subscribe": lambda resolution: Condition(always),
        },
        RESOLVE_ADDRESS_STREAM,
        NETWORK,
        POLLABLE,
    )
