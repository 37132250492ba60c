"""TCP of the system."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from typing import Any

from wasi_browser.clock import SECOND
from wasi_browser.net.addresses import Endpoint, Family, Fault, NetError
from wasi_browser.net.network import Network
from wasi_browser.net.tcp import Allow, State, TcpSink, TcpSocket, TcpSource
from wasi_browser.platform.base import Watch
from wasi_browser.platform.native_net import FAMILIES, address_of, endpoint_of, failing, fault
from wasi_browser.streams import CHUNK, ROOM, Broken, Closed

LINGER = 30.0
"""Seconds in which a peer must take what was written before the socket was closed."""


def ready_for(fd: int, events: int) -> bool:
    """Whether one of `events` is there, or an end or an error."""
    poll = select.poll()
    poll.register(fd, events)
    return bool(poll.poll(0))


class Connection:
    """A connected socket, shared by its two streams and the socket of the guest; closed by the last of them."""

    __slots__ = ("_handles", "fd", "no_input", "no_output", "pending", "socket")

    def __init__(self, system: socket.socket) -> None:
        self.socket = system
        self.fd = system.fileno()
        self.pending = bytearray()
        """What was written, and the system has not taken yet."""
        self.no_input = False
        self.no_output = False
        self._handles = 3

    def push(self) -> None:
        """Give the system what it takes. Raises `OSError`."""
        with suppress(BlockingIOError):
            while self.pending:
                del self.pending[: self.socket.send(self.pending)]

    def end_output(self) -> None:
        """No more is written; what was still goes."""
        if not self.no_output:
            self.no_output = True
            self._after_the_rest(lambda system: system.shutdown(socket.SHUT_WR))

    def end_input(self) -> None:
        """No more is read."""
        if not self.no_input:
            self.no_input = True
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RD)

    def let_go(self) -> None:
        """The socket or one of the streams was dropped."""
        self._handles -= 1
        if not self._handles:
            self._after_the_rest(lambda system: None)
            self.socket.close()

    def _after_the_rest(self, then: Any) -> None:
        """Do something when everything has been sent, beside the guest if that takes long."""
        with suppress(OSError):
            self.push()
        if not self.pending:
            with suppress(OSError):
                then(self.socket)
            return
        rest, self.pending = bytes(self.pending), bytearray()

        def send(system: socket.socket) -> None:
            with suppress(OSError), system:
                system.settimeout(LINGER)
                system.sendall(rest)
                then(system)
                system.setblocking(False)

        with suppress(OSError):
            threading.Thread(target=send, args=(self.socket.dup(),)).start()


class NativeSource(TcpSource):
    """What the peer sends."""

    __slots__ = ("_connection", "watch")

    def __init__(self, connection: Connection) -> None:
        super(TcpSource, self).__init__()
        self._connection = connection
        self.watch = Watch(connection.fd)

    def read(self, count: int) -> bytes:
        connection = self._connection
        if connection.no_input:
            raise Closed
        if not count:
            if self.ready() and not self._peek():
                raise Closed
            return b""
        try:
            data = connection.socket.recv(min(count, CHUNK))
        except BlockingIOError:
            return b""
        except OSError as error:
            connection.no_input = True
            raise Broken(NetError(fault(error.errno))) from None
        if not data:
            connection.no_input = True
            raise Closed
        return data

    def _peek(self) -> bool:
        """Whether there is something other than the end."""
        try:
            return bool(self._connection.socket.recv(1, socket.MSG_PEEK))
        except OSError:
            return True

    def ready(self) -> bool:
        return self._connection.no_input or ready_for(self._connection.fd, select.POLLIN)

    def close(self) -> None:
        self._connection.let_go()


class NativeSink(TcpSink):
    """What goes to the peer."""

    __slots__ = ("_connection", "watch")

    def __init__(self, connection: Connection) -> None:
        super(TcpSink, self).__init__()
        self._connection = connection
        self.watch = Watch(connection.fd, writes=True)

    def _push(self, look: bool = False) -> None:
        """Give the system what it takes. `look` whether an earlier write met an error: it is not the one of a write that succeeds."""
        connection = self._connection
        if connection.no_output:
            raise Closed
        try:
            connection.push()
            if look and ready_for(connection.fd, 0):  # an error, or a connection that has ended
                number = connection.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if number:
                    raise OSError(number, "told by the socket")
        except OSError as error:
            connection.no_output = True
            connection.pending.clear()
            raise Broken(NetError(fault(error.errno))) from None

    def room(self) -> int:
        self._push(look=True)
        return ROOM if not self._connection.pending and ready_for(self._connection.fd, select.POLLOUT) else 0

    def write(self, data: bytes) -> None:
        if self._connection.no_output:
            raise Closed
        self._connection.pending += data
        self._push()

    def flush(self) -> None:
        self._push()

    def ready(self) -> bool:
        """Whether there is room, everything written is with the system, or there is something to report."""
        connection = self._connection
        if connection.no_output:
            return True
        if not ready_for(self._connection.fd, select.POLLOUT):
            return False
        with suppress(OSError):
            connection.push()
        return not connection.pending or ready_for(self._connection.fd, 0)

    def close(self) -> None:
        self._connection.end_output()
        self._connection.let_go()


class NativeTcpSocket(TcpSocket):
    """A socket of the system."""

    __slots__ = ("_connection", "_system", "watch")

    def __init__(self, network: Network, family: Family, allow: Allow, system: socket.socket | None = None) -> None:
        super().__init__(network, family, allow)
        try:
            with failing():
                self._system = system or socket.socket(FAMILIES[family], socket.SOCK_STREAM)
        except NetError:
            network.dismiss(self)
            raise
        self._system.setblocking(False)
        self._connection: Connection | None = None
        self.watch: Watch | None = None
        if system is None and family is Family.IPV6:
            self._system.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)

    def take_address(self, endpoint: Endpoint) -> Endpoint:
        """Bind. A port that connections of the past still use is free."""
        with failing():
            self._system.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._system.bind(address_of(endpoint))
            return endpoint_of(self._system.getsockname())

    def begin_connecting(self, endpoint: Endpoint) -> None:
        """Begin to connect."""
        self.watch = Watch(self._system.fileno(), writes=True)
        with failing(), suppress(BlockingIOError):
            self._system.connect(address_of(endpoint))

    def finish_connect(self) -> tuple[TcpSource, TcpSink]:
        """The connection's streams, or why there is none; the socket is closed then. WOULD_BLOCK while nobody has answered."""
        self._finish(State.CONNECTING)
        if not self.ready():
            raise NetError(Fault.WOULD_BLOCK)
        error = self._system.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error and self._failure is None:
            self._failure = NetError(fault(error))
        if self._failure is not None:
            self.state = State.CLOSED
            raise self._failure
        with failing():
            self.local = endpoint_of(self._system.getsockname())
        self.remote = self._wanted
        return self._connected()

    def _connected(self) -> tuple[TcpSource, TcpSink]:
        self.state = State.CONNECTED
        self.watch = None
        with suppress(OSError):
            self._system.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection = Connection(self._system)
        return NativeSource(connection), NativeSink(connection)

    def finish_listen(self) -> None:
        """From now on others may connect."""
        self._finish(State.STARTING_TO_LISTEN)
        self.state = State.BOUND
        with failing():
            self._system.listen(self.options.backlog)
        self.state = State.LISTENING
        self.watch = Watch(self._system.fileno())

    def accept(self) -> tuple[TcpSocket, TcpSource, TcpSink]:
        """The next connection (WOULD_BLOCK)."""
        if self.state is not State.LISTENING:
            raise NetError(Fault.INVALID_STATE)
        with failing():
            system, peer = self._system.accept()
        try:
            accepted = NativeTcpSocket(self.network, self.family, self._allow, system)
            accepted.owner = self.owner
        except NetError:
            system.close()
            raise
        accepted.options = self.options.copy()
        accepted.remote = endpoint_of(peer)
        accepted.local = endpoint_of(system.getsockname())
        return accepted, *accepted._connected()

    def shutdown(self, receive: bool, send: bool) -> None:
        """End one or both directions; what was written still goes."""
        if self.state is not State.CONNECTED or self._connection is None:
            raise NetError(Fault.INVALID_STATE)
        if receive:
            self._connection.end_input()
        if send:
            self._connection.end_output()

    def set_option(self, name: str, value: Any) -> None:
        """Set an option, here and in the system."""
        level, option, unit = {
            "keep_alive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            "keep_alive_idle": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, SECOND),
            "keep_alive_interval": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, SECOND),
            "keep_alive_count": (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 1),
            "hop_limit": hop_limit(self.family),
            "receive": (socket.SOL_SOCKET, socket.SO_RCVBUF, 1),
            "send": (socket.SOL_SOCKET, socket.SO_SNDBUF, 1),
        }[name]
        with failing():
            self._system.setsockopt(level, option, int(value) // unit)
        super().set_option(name, value)

    def set_backlog(self, size: int) -> None:
        """How many connections may wait for `accept`."""
        super().set_backlog(size)
        if self.state is State.LISTENING:
            with failing():
                self._system.listen(self.options.backlog)

    def ready(self) -> bool:
        """Whether what is in progress can be finished, or there is a connection to accept."""
        if self.state is State.LISTENING:
            return ready_for(self._system.fileno(), select.POLLIN)
        if self.state is State.CONNECTING and self._failure is None:
            return ready_for(self._system.fileno(), select.POLLOUT)
        return True

    def close(self) -> None:
        """The socket is dropped; its streams, if any, go on."""
        self.network.dismiss(self)
        self.state = State.CLOSED
        if self._connection is not None:
            self._connection.let_go()
        else:
            self._system.close()


def hop_limit(family: Family) -> tuple[int, int, int]:
    """How the system calls the hop limit: level, option, unit."""
    if family is Family.IPV4:
        return socket.IPPROTO_IP, socket.IP_TTL, 1
    return socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 1
