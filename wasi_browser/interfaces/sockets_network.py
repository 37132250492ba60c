"""wasi:sockets/network: the addresses and errors that the other interfaces of the package speak."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from pycm_core.abi.values import Err, Ok, RecordValue, VariantValue
from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser.interfaces.answers import OK, provide
from wasi_browser.interfaces.io_error import ERROR
from wasi_browser.machine import Machine
from wasi_browser.net.addresses import IP, Endpoint, NetError

NETWORK = HostResource("network")


def ip_address(ip: IP) -> VariantValue:
    """`ip-address`"""
    if isinstance(ip, IPv4Address):
        return VariantValue("ipv4", tuple(ip.packed))
    packed = ip.packed
    return VariantValue("ipv6", tuple(packed[i] << 8 | packed[i + 1] for i in range(0, 16, 2)))


def ip_socket_address(endpoint: Endpoint) -> VariantValue:
    """`ip-socket-address`"""
    address = ip_address(endpoint.ip)
    if address.tag == "ipv4":
        return VariantValue("ipv4", RecordValue(port=endpoint.port, address=address.value))
    return VariantValue("ipv6", RecordValue(port=endpoint.port, flow_info=0, address=address.value, scope_id=0))


def endpoint(address: VariantValue) -> Endpoint:
    """The endpoint an `ip-socket-address` names; flow and scope mean nothing on a loopback."""
    value = address.value
    if address.tag == "ipv4":
        return Endpoint(IPv4Address(bytes(value.address)), value.port)
    return Endpoint(IPv6Address(b"".join(part.to_bytes(2, "big") for part in value.address)), value.port)


def answering(operation: Callable[..., Any]) -> Callable[..., Ok | Err]:
    """`operation`, its value as `Ok`, its failure as `Err` of an `error-code`."""

    def answer(*arguments: Any) -> Ok | Err:
        try:
            value = operation(*arguments)
        except NetError as error:
            return Err(error.fault.value)
        return OK if value is None else Ok(value)

    return answer


def network_error_code(error: Exception) -> str | None:
    """`network-error-code`: the code of an error that came from the network."""
    return error.fault.value if isinstance(error, NetError) else None


def sockets_network(machine: Machine) -> HostInterface:
    """wasi:sockets/network"""
    return provide("wasi:sockets/network", {"network-error-code": network_error_code}, NETWORK, ERROR)
