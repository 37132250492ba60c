"""wasi:sockets/udp-create-socket"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.sockets_network import NETWORK, answering
from wasi_browser.interfaces.sockets_udp import UDP_SOCKET
from wasi_browser.machine import Machine
from wasi_browser.net.addresses import Family, Fault, NetError
from wasi_browser.net.udp import UdpSocket


def sockets_udp_create_socket(machine: Machine) -> HostInterface:
    """wasi:sockets/udp-create-socket"""
    grant = machine.settings.network

    def create(family: str) -> UdpSocket:
        if grant is None or not grant.udp:
            raise NetError(Fault.ACCESS_DENIED)
        socket = grant.network.udp_socket(Family(family), grant.allow)
        socket.owner = machine.bell
        return socket

    return provide("wasi:sockets/udp-create-socket", {"create-udp-socket": answering(create)}, UDP_SOCKET, NETWORK)
