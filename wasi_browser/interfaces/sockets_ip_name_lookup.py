"""wasi:sockets/ip-name-lookup"""

from __future__ import annotations

from pycm_core.abi.values import VariantValue
from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.io_poll import POLLABLE
from wasi_browser.interfaces.sockets_network import NETWORK, answering, ip_address
from wasi_browser.machine import Machine, NetworkGrant
from wasi_browser.net.addresses import Fault
from wasi_browser.net.network import Lookup
from wasi_browser.waiting import Condition

RESOLVE_ADDRESS_STREAM = HostResource("resolve-address-stream")


def resolve_next_address(lookup: Lookup) -> VariantValue | None:
    """`resolve-address-stream.resolve-next-address`"""
    ip = lookup.next_address()
    return None if ip is None else ip_address(ip)


def sockets_ip_name_lookup(machine: Machine) -> HostInterface:
    """wasi:sockets/ip-name-lookup"""

    def resolve_addresses(grant: NetworkGrant | None, name: str) -> Lookup:
        """A bad name fails here, an unknown one when the first address is asked for."""
        if grant is None or not grant.lookup:
            return Lookup((), Fault.PERMANENT_RESOLVER_FAILURE)
        return grant.network.look_up(name, machine.waiter)

    return provide(
        "wasi:sockets/ip-name-lookup",
        {
            "resolve-addresses": answering(resolve_addresses),
            "[method]resolve-address-stream.resolve-next-address": answering(resolve_next_address),
            "[method]resolve-address-stream.subscribe": lambda lookup: Condition(lookup.ready),
        },
        RESOLVE_ADDRESS_STREAM,
        NETWORK,
        POLLABLE,
    )
