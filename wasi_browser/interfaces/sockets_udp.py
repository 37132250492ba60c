"""wasi:sockets/udp"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pycm_core.abi.values import Err, Ok, RecordValue, VariantValue
from pycm_core.base.errors import Trap, TrapKind
from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser.interfaces.answers import close, provide
from wasi_browser.interfaces.io_poll import POLLABLE
from wasi_browser.interfaces.sockets_network import NETWORK, answering, endpoint, ip_socket_address
from wasi_browser.machine import Machine
from wasi_browser.net.addresses import NetError
from wasi_browser.net.tcp import BUFFER_MAX, BUFFER_MIN, clamp
from wasi_browser.net.udp import Datagram, Incoming, Outgoing, UdpSocket
from wasi_browser.waiting import Condition, always

UDP_SOCKET = HostResource("udp-socket", close)
INCOMING_DATAGRAM_STREAM = HostResource("incoming-datagram-stream")
OUTGOING_DATAGRAM_STREAM = HostResource("outgoing-datagram-stream")


def start_bind(socket: UdpSocket, network: object, address: VariantValue) -> None:
    """`udp-socket.start-bind`"""
    socket.start_bind(endpoint(address))


def stream(socket: UdpSocket, remote: VariantValue | None) -> tuple[Incoming, Outgoing]:
    """`udp-socket.stream`"""
    return socket.connect(None if remote is None else endpoint(remote))


def receive(incoming: Incoming, count: int) -> list[RecordValue]:
    """`incoming-datagram-stream.receive`"""
    return [
        RecordValue(data=datagram.data, remote_address=ip_socket_address(datagram.address))
        for datagram in incoming.receive(count)
        if datagram.address is not None
    ]


def send(outgoing: Outgoing, datagrams: Sequence[Any]) -> Ok | Err:
    """`outgoing-datagram-stream.send`: what `check-send` permitted; more traps."""
    if len(datagrams) > outgoing.permit:
        raise Trap(f"send: {len(datagrams)} datagrams, but `check-send` permitted {outgoing.permit}", kind=TrapKind.HOST)
    try:
        return Ok(
            outgoing.send([Datagram(d.data, None if d.remote_address is None else endpoint(d.remote_address)) for d in datagrams])
        )
    except NetError as error:
        return Err(error.fault.value)


def attribute(name: str) -> Callable[[UdpSocket], Any]:
    """Reads an option."""
    return lambda socket: socket.option(name)


def set_attribute(name: str, least: int, most: int) -> Callable[[UdpSocket, int], None]:
    """Sets an option, clamped."""
    return lambda socket, value: socket.set_option(name, clamp(value, least, most))


OPTIONS = {
    "unicast-hop-limit": ("hop_limit", 1, 255),
    "receive-buffer-size": ("receive_buffer", BUFFER_MIN, BUFFER_MAX),
    "send-buffer-size": ("send_buffer", BUFFER_MIN, BUFFER_MAX),
}
"""By WIT name: the attribute, the least and the greatest value."""


def sockets_udp(machine: Machine) -> HostInterface:
    """wasi:sockets/udp"""
    functions: dict[str, Callable[..., Any]] = {
        "[method]udp-socket.start-bind": answering(start_bind),
        "[method]udp-socket.finish-bind": answering(lambda socket: socket.finish_bind()),
        "[method]udp-socket.stream": answering(stream),
        "[method]udp-socket.local-address": answering(lambda socket: ip_socket_address(socket.local_address())),
        "[method]udp-socket.remote-address": answering(lambda socket: ip_socket_address(socket.remote_address())),
        "[method]udp-socket.address-family": lambda socket: socket.family.value,
        "[method]udp-socket.subscribe": lambda socket: Condition(always),
        "[method]incoming-datagram-stream.receive": answering(receive),
        "[method]incoming-datagram-stream.subscribe": lambda incoming: Condition(incoming.ready, watch=incoming.socket.watch),
        "[method]outgoing-datagram-stream.check-send": answering(Outgoing.check_send),
        "[method]outgoing-datagram-stream.send": send,
        "[method]outgoing-datagram-stream.subscribe": lambda outgoing: Condition(outgoing.ready),
    }
    for name, (field, least, most) in OPTIONS.items():
        functions[f"[method]udp-socket.{name}"] = answering(attribute(field))
        functions[f"[method]udp-socket.set-{name}"] = answering(set_attribute(field, least, most))
    return provide(
        "wasi:sockets/udp", functions, UDP_SOCKET, INCOMING_DATAGRAM_STREAM, OUTGOING_DATAGRAM_STREAM, NETWORK, POLLABLE
    )
