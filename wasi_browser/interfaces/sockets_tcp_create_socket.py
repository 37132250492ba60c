"""wasi:sockets/tcp-create-socket"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.sockets_network import NETWORK, answering
from wasi_browser.interfaces.sockets_tcp import TCP_SOCKET
from wasi_browser.machine import Machine
from wasi_browser.net.addresses import Family, Fault, NetError
from wasi_browser.net.tcp import TcpSocket


def sockets_tcp_create_socket(machine: Machine) -> HostInterface:
    """wasi:sockets/tcp-create-socket"""
    grant = machine.settings.network

    def create(family: str) -> TcpSocket:
        if grant is None or not grant.tcp:
            raise NetError(Fault.ACCESS_DENIED)
        socket = grant.network.tcp_socket(Family(family), grant.allow)
        socket.owner = machine.bell
        return socket

    return provide("wasi:sockets/tcp-create-socket", {"create-tcp-socket": answering(create)}, TCP_SOCKET, NETWORK)
