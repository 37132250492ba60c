"""TCP sockets: the state machine, and connections as two pipes.

Everything completes at once; starting and finishing are two steps all the same, because whoever uses this must take both. Segments
are never lost; a write to a peer that is gone succeeds once, and then the reset is known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from wasi_browser.clock import SECOND
from wasi_browser.net.addresses import LOOPBACK, Endpoint, Family, Fault, NetError, check_remote, check_unicast
from wasi_browser.platform.base import Watch
from wasi_browser.streams import ROOM, Broken, Closed, Pipe, Sink, Source

BUFFER_MIN, BUFFER_MAX = 256, 1 << 24
"""What buffer sizes are clamped to, in bytes."""
IDLE_MAX = 32767 * SECOND
COUNT_MAX = 127

if TYPE_CHECKING:
    from wasi_browser.net.network import Network  # which makes sockets

Allow = Callable[[str, Endpoint], bool]
"""Whether `bind`, `connect` or `send` may be done at an address."""


class State(Enum):
    """Where a socket is in its life."""

    UNBOUND = auto()
    BINDING = auto()
    BOUND = auto()
    STARTING_TO_LISTEN = auto()
    LISTENING = auto()
    CONNECTING = auto()
    CONNECTED = auto()
    CLOSED = auto()


IN_PROGRESS = frozenset({State.BINDING, State.STARTING_TO_LISTEN, State.CONNECTING})


class Side:
    """One side of a connection. It is gone when the socket and both streams are: then `handles` is 0, or less."""

    __slots__ = ("handles", "incoming", "outgoing", "peer")

    def __init__(self, incoming: Pipe, outgoing: Pipe) -> None:
        self.incoming = incoming
        self.outgoing = outgoing
        self.handles = 3
        self.peer: Side = self

    def let_go(self) -> None:
        """The socket or one of the streams was dropped."""
        self.handles -= 1

    def abort(self) -> None:
        """Nobody will ever use this side."""
        self.handles = 0
        self.outgoing.end()
        self.incoming.abandon()


class TcpSource(Source):
    """What the peer sent."""

    __slots__ = ("side",)

    def __init__(self, side: Side) -> None:
        super().__init__()
        self.side = side

    def read(self, count: int) -> bytes:
        return self.side.incoming.read(count)

    def ready(self) -> bool:
        return self.side.incoming.readable()

    def close(self) -> None:
        self.side.incoming.abandon()
        self.side.let_go()


class TcpSink(Sink):
    """What goes to the peer. What it no longer reads is lost without a word."""

    __slots__ = ("_reset", "side")

    def __init__(self, side: Side) -> None:
        super().__init__()
        self.side = side
        self._reset = False

    def room(self) -> int:
        pipe = self.side.outgoing
        if pipe.ended:
            raise Closed
        if self._reset:
            pipe.end()
            raise Broken(NetError(Fault.CONNECTION_RESET))
        return ROOM if pipe.orphaned else pipe.free

    def write(self, data: bytes) -> None:
        pipe = self.side.outgoing
        if pipe.ended:
            raise Closed
        if data and self.side.peer.handles <= 0:
            self._reset = True
        pipe.put(data)

    def ready(self) -> bool:
        pipe = self.side.outgoing
        return pipe.ended or pipe.orphaned or self._reset or pipe.held < pipe.capacity

    def close(self) -> None:
        self.side.outgoing.end()
        self.side.let_go()


class Options:
    """What can be set on a socket, and is inherited by the sockets it accepts."""

    __slots__ = (
        "backlog",
        "hop_limit",
        "keep_alive",
        "keep_alive_count",
        "keep_alive_idle",
        "keep_alive_interval",
        "receive",
        "send",
    )

    def __init__(self) -> None:
        self.backlog = 128
        self.keep_alive = False
        self.keep_alive_idle = 7200 * SECOND
        self.keep_alive_interval = 75 * SECOND
        self.keep_alive_count = 9
        self.hop_limit = 64
        self.receive = 65536
        self.send = 65536

    def copy(self) -> Options:
        """Options of one's own, with the same values."""
        new = Options()
        for name in Options.__slots__:
            setattr(new, name, getattr(self, name))
        return new


def clamp(value: int, least: int, most: int) -> int:
    """`value` within bounds. 0 is INVALID_ARGUMENT."""
    if not value:
        raise NetError(Fault.INVALID_ARGUMENT)
    return max(least, min(value, most))


def whole_seconds(value: int) -> int:
    """A duration in nanoseconds, rounded up to seconds, at most nine hours. 0 is INVALID_ARGUMENT."""
    return clamp(-(-value // SECOND) * SECOND, SECOND, IDLE_MAX)


class TcpSocket:
    """A socket of one family on one network."""

    watch: Watch | None = None
    """What the system tells of it, where it does."""

    __slots__ = (
        "_allow",
        "_failure",
        "_listener",
        "_pending",
        "_side",
        "_wanted",
        "family",
        "local",
        "network",
        "options",
        "owner",
        "remote",
        "state",
    )

    def __init__(self, network: Network, family: Family, allow: Allow) -> None:
        network.admit(self)
        self.network = network
        self.family = family
        self.state = State.UNBOUND
        self.options = Options()
        self.local: Endpoint | None = None
        self.remote: Endpoint | None = None
        self._allow = allow
        self._wanted: Endpoint | None = None
        self._pending: deque[TcpSocket] = deque()
        self._side: Side | None = None
        self._listener: TcpSocket | None = None
        self._failure: NetError | None = None
        self.owner: object = None
        """Whose it is, on a network of several machines: the bell of one of them."""

    def _expect(self, *states: State) -> None:
        """CONCURRENCY_CONFLICT while something is in progress, INVALID_STATE in any state but these."""
        if self.state in IN_PROGRESS:
            raise NetError(Fault.CONCURRENCY_CONFLICT)
        if self.state not in states:
            raise NetError(Fault.INVALID_STATE)

    def _finish(self, state: State) -> None:
        if self.state is not state:
            raise NetError(Fault.NOT_IN_PROGRESS)

    def start_bind(self, endpoint: Endpoint) -> None:
        """Ask for a local address."""
        self._expect(State.UNBOUND)
        check_unicast(endpoint, self.family)
        if not self._allow("bind", endpoint):
            raise NetError(Fault.ACCESS_DENIED)
        self._wanted = endpoint
        self.state = State.BINDING

    def finish_bind(self) -> None:
        """Get it, or learn why not; one may try again then."""
        self._finish(State.BINDING)
        assert self._wanted is not None
        self.state = State.UNBOUND
        self.local = self.take_address(self._wanted)
        self.state = State.BOUND

    def take_address(self, endpoint: Endpoint) -> Endpoint:
        """Be found at `endpoint` from now on, at a port of its own where it names none."""
        return self.network.tcp.bind(endpoint, self)

    def start_connect(self, endpoint: Endpoint) -> None:
        """Ask for a connection."""
        self._expect(State.UNBOUND, State.BOUND)
        check_remote(endpoint, self.family)
        check_unicast(endpoint, self.family)
        if not self._allow("connect", endpoint):
            raise NetError(Fault.ACCESS_DENIED)
        self.state = State.CONNECTING
        self._wanted = endpoint
        try:
            self.begin_connecting(endpoint)
        except NetError as error:
            self._failure = error

    def begin_connecting(self, endpoint: Endpoint) -> None:
        """Look for who listens there."""
        if not self.network.reaches(endpoint.ip):
            raise NetError(Fault.REMOTE_UNREACHABLE)
        if self.local is None:
            self.local = self.network.tcp.bind(Endpoint(LOOPBACK[self.family], 0), self)
        listener = self.network.tcp.at(endpoint)
        if not isinstance(listener, TcpSocket) or listener.state is not State.LISTENING:
            raise NetError(Fault.CONNECTION_REFUSED)
        self._listener = listener

    def finish_connect(self) -> tuple[TcpSource, TcpSink]:
        """The connection's streams, or why there is none; the socket is closed then. WOULD_BLOCK while the listener's queue is full."""
        self._finish(State.CONNECTING)
        if not self._connectable():
            raise NetError(Fault.WOULD_BLOCK)
        listener = self._listener
        if self._failure is None and listener is not None and listener.state is not State.LISTENING:
            self._failure = NetError(Fault.CONNECTION_REFUSED)
        if self._failure is not None or listener is None:
            self.state = State.CLOSED
            raise self._failure or NetError(Fault.CONNECTION_REFUSED)
        assert self.local is not None
        try:
            accepted = TcpSocket(self.network, self.family, listener._allow)
        except NetError:
            self.state = State.CLOSED
            raise
        if self.local.ip.is_unspecified:
            self.local = Endpoint(LOOPBACK[self.family], self.local.port)
        changed = self.network.changed
        there = Pipe(listener.options.receive + self.options.send, changed)
        back = Pipe(self.options.receive + listener.options.send, changed)
        self._side, peer = Side(back, there), Side(there, back)
        self._side.peer, peer.peer = peer, self._side
        self.remote = self._wanted
        self.state = State.CONNECTED
        accepted.local, accepted.remote = self._wanted, self.local
        accepted.state = State.CONNECTED
        accepted._side = peer
        accepted.owner = listener.owner
        listener._pending.append(accepted)
        changed()
        return TcpSource(self._side), TcpSink(self._side)

    def _connectable(self) -> bool:
        listener = self._listener
        if self._failure is not None or listener is None or listener.state is not State.LISTENING:
            return True
        return len(listener._pending) < listener.options.backlog

    def start_listen(self) -> None:
        """Ask for connections from others."""
        self._expect(State.BOUND)
        self.state = State.STARTING_TO_LISTEN

    def finish_listen(self) -> None:
        """From now on they may come."""
        self._finish(State.STARTING_TO_LISTEN)
        self.state = State.LISTENING
        self.network.changed()

    def accept(self) -> tuple[TcpSocket, TcpSource, TcpSink]:
        """The next connection (WOULD_BLOCK). It has the listener's options as they are now."""
        if self.state is not State.LISTENING:
            raise NetError(Fault.INVALID_STATE)
        if not self._pending:
            raise NetError(Fault.WOULD_BLOCK)
        accepted = self._pending.popleft()
        accepted.options = self.options.copy()
        side = accepted._side
        assert side is not None
        self.network.changed()
        return accepted, TcpSource(side), TcpSink(side)

    def shutdown(self, receive: bool, send: bool) -> None:
        """End one or both directions; what was sent still arrives."""
        if self.state is not State.CONNECTED or self._side is None:
            raise NetError(Fault.INVALID_STATE)
        if receive:
            self._side.incoming.abandon()
        if send:
            self._side.outgoing.end()

    def local_address(self) -> Endpoint:
        """Where it is bound (INVALID_STATE)."""
        if self.local is None or self.state in (State.UNBOUND, State.BINDING):
            raise NetError(Fault.INVALID_STATE)
        return self.local

    def remote_address(self) -> Endpoint:
        """What it is connected to (INVALID_STATE)."""
        if self.remote is None:
            raise NetError(Fault.INVALID_STATE)
        return self.remote

    @property
    def listening(self) -> bool:
        """Whether connections may come."""
        return self.state is State.LISTENING

    def option(self, name: str) -> Any:
        """The value of an option (`Options`)."""
        return getattr(self.options, name)

    def set_option(self, name: str, value: Any) -> None:
        """Set an option, to a value within its bounds."""
        setattr(self.options, name, value)

    def set_backlog(self, size: int) -> None:
        """How many connections may wait for `accept`."""
        if self.state in (State.CONNECTING, State.CONNECTED, State.CLOSED):
            raise NetError(Fault.INVALID_STATE)
        self.options.backlog = clamp(size, 1, 4096)

    def ready(self) -> bool:
        """Whether what is in progress can be finished, or there is a connection to accept."""
        if self.state is State.LISTENING:
            return bool(self._pending)
        return self.state is not State.CONNECTING or self._connectable()

    def abandon(self) -> None:
        """Whose it is has ended: nobody uses it or its streams any more."""
        if self._side is not None:
            self._side.abort()
        self.close()

    def close(self) -> None:
        """The socket is dropped; its streams, if any, go on."""
        self.network.dismiss(self)
        if self.local is not None:
            self.network.tcp.release(self.local, self)
        if self._side is not None:
            self._side.let_go()
        self.state = State.CLOSED
        while self._pending:
            waiting = self._pending.popleft()
            if waiting._side is not None:
                waiting._side.abort()
            waiting.close()
        self.network.changed()
