"""UDP of the system."""

from __future__ import annotations

import ctypes
import errno
import os
import select
import socket
from contextlib import suppress

from wasi_browser.net.addresses import Endpoint, Family, Fault, NetError
from wasi_browser.net.network import Network
from wasi_browser.net.tcp import Allow
from wasi_browser.net.udp import Datagram, UdpSocket
from wasi_browser.platform.base import Watch
from wasi_browser.platform.native_net import FAMILIES, address_of, endpoint_of, failing
from wasi_browser.platform.native_tcp import hop_limit, ready_for

TRIES = 16


class NativeUdpSocket(UdpSocket):
    """A socket of the system."""

    __slots__ = ("_system", "watch")

    def __init__(self, network: Network, family: Family, allow: Allow) -> None:
        super().__init__(network, family, allow)
        try:
            with failing():
                self._system = self._new()
        except NetError:
            network.dismiss(self)
            raise
        self.watch = Watch(self._system.fileno())

    def _new(self) -> socket.socket:
        system = socket.socket(FAMILIES[self.family], socket.SOCK_DGRAM)
        system.setblocking(False)
        if self.family is Family.IPV6:
            system.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        return system

    def take_address(self, endpoint: Endpoint) -> Endpoint:
        """Bind. A port the system chose is bound by its number: only then is it kept when the peer is given up."""
        with failing():
            if endpoint.port:
                self._system.bind(address_of(endpoint))
                return endpoint_of(self._system.getsockname())
            for left in reversed(range(TRIES)):
                with self._new() as probe:
                    probe.bind(address_of(endpoint))
                    found = endpoint_of(probe.getsockname())
                try:
                    self._system.bind(address_of(found))
                except OSError as error:  # somebody was quicker
                    if error.errno != errno.EADDRINUSE or not left:
                        raise
                else:
                    return found
        raise NetError(Fault.ADDRESS_IN_USE)

    def set_peer(self, remote: Endpoint | None) -> None:
        """Let the system filter what arrives, and tell of a peer that is not there."""
        if self.remote is not None:
            disconnect(self._system)
        if remote is not None:
            with failing():
                self._system.connect(address_of(remote))

    def source(self) -> Endpoint:
        """What receivers see as the sender."""
        with failing():
            return endpoint_of(self._system.getsockname())

    def receive(self, count: int) -> list[Datagram]:
        """Up to `count` datagrams, from the peer only where there is one."""
        if not count:
            return []
        if self._refused:
            self._refused = False
            raise NetError(Fault.CONNECTION_REFUSED)
        out: list[Datagram] = []
        while len(out) < count:
            try:
                data, address = self._system.recvfrom(1 << 16)
            except BlockingIOError:
                break
            except OSError:
                if out:
                    break
                with failing():
                    raise
            sender = endpoint_of(address)
            if self.remote is None or sender == self.remote:  # what came before there was a peer is filtered here
                out.append(Datagram(data, sender))
        return out

    def receivable(self) -> bool:
        """Whether `receive` has something to say."""
        if self._refused:
            return True
        while ready_for(self._system.fileno(), select.POLLIN):
            if self.remote is None:
                return True
            try:
                _, address = self._system.recvfrom(1, socket.MSG_PEEK)
            except BlockingIOError:
                return False
            except OSError:  # taken by looking: the next `receive` tells of it
                self._refused = True
                return True
            if endpoint_of(address) == self.remote:
                return True
            with suppress(OSError):
                self._system.recvfrom(1)
        return False

    def transmit(self, data: bytes, to: Endpoint) -> None:
        """Put a datagram on its way. What the last one met is told when something is received."""
        for attempt in (1, 2):
            try:
                if self.remote is not None:
                    self._system.send(data)
                else:
                    self._system.sendto(data, address_of(to))
            except ConnectionRefusedError:
                self._refused = True
                if attempt == 1:
                    continue
            except OSError:
                with failing():
                    raise
            return

    def set_option(self, name: str, value: int) -> None:
        """Set an option, here and in the system."""
        level, option, _ = {
            "hop_limit": hop_limit(self.family),
            "receive_buffer": (socket.SOL_SOCKET, socket.SO_RCVBUF, 1),
            "send_buffer": (socket.SOL_SOCKET, socket.SO_SNDBUF, 1),
        }[name]
        with failing():
            self._system.setsockopt(level, option, value)
        super().set_option(name, value)

    def close(self) -> None:
        """Give the address back."""
        self.network.dismiss(self)
        self._system.close()
        self.generation += 1


def disconnect(system: socket.socket) -> None:
    """Forget the peer: `connect` to an address of no family, which Python's does not offer."""
    libc = ctypes.CDLL(None, use_errno=True)
    nowhere = ctypes.create_string_buffer(bytes(16))
    if libc.connect(system.fileno(), nowhere, 16) < 0:
        number = ctypes.get_errno()
        with failing():
            raise OSError(number, os.strerror(number))
