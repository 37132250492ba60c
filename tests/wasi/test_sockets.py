"""wasi:sockets over the loopback network in memory, and, where the rules are the same, over the system's."""

from __future__ import annotations

import asyncio
import socket as real
import threading
from collections.abc import Awaitable
from ipaddress import ip_address

import pytest

from pycm_core.abi.values import Err, Ok, RecordValue, VariantValue
from pycm_core.base.errors import Trap
from wasi_browser import Network, NetworkGrant
from wasi_browser.interfaces.sockets_network import ip_socket_address
from wasi_browser.net.addresses import Endpoint
from wasi_browser.net.rules import Rules, parse_rule
from wasi_browser.platform.native import BlockingPlatform
from wasi_browser.platform.native_net import NativeNetwork

SECOND = 1_000_000_000
CLOSED = Err(VariantValue("closed"))


def address(ip, port=0):
    return ip_socket_address(Endpoint(ip_address(ip), port))


class Net:
    """A guest's sockets."""

    def __init__(self, g):
        self.g = g
        self.network = g("sockets/instance-network", "instance-network")

    def socket(self, kind="tcp", family="ipv4"):
        return self.g(f"sockets/{kind}-create-socket", f"create-{kind}-socket", family).value

    def __call__(self, function, *arguments):
        kind = (
            "udp" if function.split(".")[0] in ("udp-socket", "incoming-datagram-stream", "outgoing-datagram-stream") else "tcp"
        )
        return self.g(f"sockets/{kind}", function, *arguments)

    def io(self, function, *arguments):
        return self.g("io/streams", function, *arguments)

    def bind(self, socket, ip, port=0):
        kind = "udp" if type(socket).__name__ == "UdpSocket" else "tcp"
        started = self(f"{kind}-socket.start-bind", socket, self.network, address(ip, port))
        return started if started != Ok() else self(f"{kind}-socket.finish-bind", socket)

    def listen(self, ip="127.0.0.1", port=0, family="ipv4"):
        socket = self.socket("tcp", family)
        assert self.bind(socket, ip, port) == Ok()
        assert self("tcp-socket.start-listen", socket) == Ok()
        assert self("tcp-socket.finish-listen", socket) == Ok()
        return socket

    def connect(self, to, socket=None):
        socket = socket or self.socket("tcp", to.tag)
        started = self("tcp-socket.start-connect", socket, self.network, to)
        if started != Ok():
            return socket, started
        return socket, self("tcp-socket.finish-connect", socket)

    def pair(self):
        listener = self.listen()
        client, connected = self.connect(self("tcp-socket.local-address", listener).value)
        server, source, sink = self("tcp-socket.accept", listener).value
        return listener, (client, *connected.value), (server, source, sink)

    def send(self, sink, data):
        return self.io("output-stream.blocking-write-and-flush", sink, data)

    def receive(self, source, count=1 << 16):
        return self.io("input-stream.read", source, count)


@pytest.fixture
def net(guest):
    return Net(guest(network=NetworkGrant(Network({"db.example": ["127.0.0.1"]}, invent=True))))


LOOPBACK = Rules([parse_rule(text) for text in ("127.0.0.0/8:*", "0.0.0.0:*", "[::1]:*", "[::]:*")])
NOBODYS = Rules([parse_rule(text) for text in ("bind@192.0.2.0:*", "bind@[2001:db8::]:*")])


@pytest.fixture(params=["virtual", "native"])
def any_net(request, guest):
    """Both networks. Tests reach no further than the loopback on either."""
    if request.param == "virtual":
        yield Net(guest(network=NetworkGrant(Network())))
        return
    platform = BlockingPlatform()
    allow = Rules([*LOOPBACK.rules, *NOBODYS.rules])
    yield Net(guest(platform, network=NetworkGrant(NativeNetwork(), allow=allow)))
    platform.close()


def beyond(net):
    """What a network says to who wants to leave it: nobody is there, or it was not granted."""
    return Err("access-denied" if isinstance(net.network.network, NativeNetwork) else "remote-unreachable")


def test_denied_without_a_grant(guest):
    g = guest()
    for kind in ("tcp", "udp"):
        assert g(f"sockets/{kind}-create-socket", f"create-{kind}-socket", "ipv4") == Err("access-denied")
    network = g("sockets/instance-network", "instance-network")
    lookup = g("sockets/ip-name-lookup", "resolve-addresses", network, "localhost").value
    answer = g("sockets/ip-name-lookup", "resolve-address-stream.resolve-next-address", lookup)
    assert answer == Err("permanent-resolver-failure")


def test_rules_are_asked(guest):
    asked = []

    def allow(action, endpoint):
        asked.append((action, str(endpoint.ip), endpoint.port))
        return endpoint.port != 80

    net = Net(guest(network=NetworkGrant(Network(), udp=False, allow=allow)))
    assert net.g("sockets/udp-create-socket", "create-udp-socket", "ipv4") == Err("access-denied")
    assert net.bind(net.socket(), "127.0.0.1", 80) == Err("access-denied")
    assert net.connect(address("127.0.0.1", 80))[1] == Err("access-denied")
    assert net.connect(address("127.0.0.1", 81))[1] == Err("connection-refused")
    assert asked == [("bind", "127.0.0.1", 80), ("connect", "127.0.0.1", 80), ("connect", "127.0.0.1", 81)]


@pytest.mark.parametrize("ip", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_tcp_bind(any_net, ip):
    net = any_net
    family = "ipv6" if ":" in ip else "ipv4"
    socket = net.socket("tcp", family)
    assert net.bind(socket, ip) == Ok()
    bound = net("tcp-socket.local-address", socket).value
    assert bound.tag == family
    assert bound.value.port >= 1024
    assert net("tcp-socket.start-listen", socket) == net("tcp-socket.finish-listen", socket) == Ok()
    other = net.socket("tcp", family)
    assert net.bind(other, ip, bound.value.port) == Err("address-in-use")
    assert net.bind(other, ip) == Ok()
    assert net.bind(other, ip, 4243) == Err("invalid-state")
    net.g.drop("sockets/tcp", "tcp-socket", socket)
    assert net.bind(net.socket("tcp", family), ip, bound.value.port) == Ok()


@pytest.mark.parametrize(
    ("family", "ip", "error"),
    [
        ("ipv4", "192.0.2.0", "address-not-bindable"),
        ("ipv6", "2001:db8::", "address-not-bindable"),
        ("ipv4", "::1", "invalid-argument"),
        ("ipv6", "127.0.0.1", "invalid-argument"),
        ("ipv4", "224.254.0.0", "invalid-argument"),
        ("ipv4", "255.255.255.255", "invalid-argument"),
        ("ipv6", "ff00::1", "invalid-argument"),
        ("ipv6", "::ffff:127.0.0.1", "invalid-argument"),
    ],
)
def test_tcp_bind_refuses(any_net, family, ip, error):
    net = any_net
    assert net.bind(net.socket("tcp", family), ip) == Err(error)


@pytest.mark.parametrize(
    ("family", "ip", "port"),
    [
        ("ipv4", "0.0.0.0", 80),
        ("ipv6", "::", 80),
        ("ipv4", "127.0.0.1", 0),
        ("ipv4", "::1", 80),
        ("ipv4", "224.0.0.1", 80),
        ("ipv6", "::ffff:127.0.0.1", 80),
        ("ipv6", "::127.0.0.1", 80),
    ],
)
def test_tcp_connect_refuses(any_net, family, ip, port):
    net = any_net
    socket = net.socket("tcp", family)
    assert net("tcp-socket.start-connect", socket, net.network, address(ip, port)) == Err("invalid-argument")
    assert net("tcp-socket.finish-connect", socket) == Err("not-in-progress")


def test_tcp_nobody_there(any_net):
    net = any_net
    socket, answer = net.connect(address("127.0.0.1", 9))
    assert answer == Err("connection-refused")
    assert net("tcp-socket.start-connect", socket, net.network, address("127.0.0.1", 9)) == Err("invalid-state")
    assert net.connect(address("192.0.2.1", 9))[1] == beyond(net)


def states(net, socket):
    """What every operation of a state that does not change it says."""
    to = address("127.0.0.1", 1)
    return {
        "start-bind": net("tcp-socket.start-bind", socket, net.network, to),
        "finish-bind": net("tcp-socket.finish-bind", socket),
        "finish-connect": net("tcp-socket.finish-connect", socket),
        "finish-listen": net("tcp-socket.finish-listen", socket),
        "accept": net("tcp-socket.accept", socket),
        "shutdown": net("tcp-socket.shutdown", socket, "both"),
        "is-listening": net("tcp-socket.is-listening", socket),
        "backlog": net("tcp-socket.set-listen-backlog-size", socket, 32),
        "local": isinstance(net("tcp-socket.local-address", socket), Ok),
        "remote": isinstance(net("tcp-socket.remote-address", socket), Ok),
    }


STATE, IDLE = Err("invalid-state"), Err("not-in-progress")


def test_tcp_states(any_net):
    net = any_net
    idle = {"finish-bind": IDLE, "finish-connect": IDLE, "finish-listen": IDLE}
    socket = net.socket()
    assert net("tcp-socket.start-listen", socket) == STATE
    unbound = states(net, socket)
    assert unbound.pop("start-bind") == Ok()
    assert unbound.pop("finish-bind") == Ok()
    socket = net.socket()
    net.bind(socket, "127.0.0.1")
    assert states(net, socket) == idle | {
        "start-bind": STATE,
        "accept": STATE,
        "shutdown": STATE,
        "is-listening": False,
        "backlog": Ok(),
        "local": True,
        "remote": False,
    }
    listener, (client, _, _), (server, _, _) = net.pair()
    assert states(net, listener) == idle | {
        "start-bind": STATE,
        "accept": Err("would-block"),
        "shutdown": STATE,
        "is-listening": True,
        "backlog": Ok(),
        "local": True,
        "remote": False,
    }
    for connected in (client, server):
        assert states(net, connected) == idle | {
            "start-bind": STATE,
            "accept": STATE,
            "shutdown": Ok(),
            "is-listening": False,
            "backlog": STATE,
            "local": True,
            "remote": True,
        }
    starting = net.socket()
    assert net("tcp-socket.start-bind", starting, net.network, address("127.0.0.1")) == Ok()
    assert net("tcp-socket.start-bind", starting, net.network, address("127.0.0.1")) == Err("concurrency-conflict")
    assert net("tcp-socket.local-address", starting) == STATE
    assert net("tcp-socket.address-family", starting) == "ipv4"
    assert net("tcp-socket.address-family", net.socket("tcp", "ipv6")) == "ipv6"


def test_tcp_options(any_net):
    net = any_net

    def read(socket):
        return {
            name: net(f"tcp-socket.{name}", socket).value
            for name in (
                "keep-alive-enabled",
                "keep-alive-idle-time",
                "keep-alive-interval",
                "keep-alive-count",
                "hop-limit",
                "receive-buffer-size",
                "send-buffer-size",
            )
        }

    socket = net.socket()
    defaults = read(socket)
    assert defaults.pop("keep-alive-enabled") is False
    assert all(value > 0 for value in defaults.values())
    for name in defaults:
        assert net(f"tcp-socket.set-{name}", socket, 0) == Err("invalid-argument")
        for value in (1, 255 if name == "hop-limit" else (1 << 32) - 1 if name == "keep-alive-count" else (1 << 64) - 1):
            assert net(f"tcp-socket.set-{name}", socket, value) == Ok()
    assert net("tcp-socket.set-listen-backlog-size", socket, 0) == Err("invalid-argument")
    assert net("tcp-socket.set-keep-alive-idle-time", socket, 1) == Ok()
    assert 0 < net("tcp-socket.keep-alive-idle-time", socket).value <= SECOND
    wanted = {
        "keep-alive-enabled": True,
        "keep-alive-idle-time": 42 * SECOND,
        "keep-alive-interval": 43 * SECOND,
        "keep-alive-count": 42,
        "hop-limit": 42,
        "receive-buffer-size": 0x10000,
        "send-buffer-size": 0x10000,
    }
    listener = net.listen()
    for name, value in wanted.items():
        assert net(f"tcp-socket.set-{name}", listener, value) == Ok()
    assert read(listener) == wanted
    net.connect(net("tcp-socket.local-address", listener).value)
    accepted = net("tcp-socket.accept", listener).value[0]
    assert read(accepted) == wanted
    assert net("tcp-socket.set-hop-limit", listener, 7) == Ok()
    assert net("tcp-socket.hop-limit", accepted) == Ok(42)


def test_tcp_conversation(any_net):
    net = any_net
    _, (client, c_in, c_out), (server, s_in, s_out) = net.pair()
    assert net("tcp-socket.local-address", client) == net("tcp-socket.remote-address", server)
    assert net("tcp-socket.remote-address", client) == net("tcp-socket.local-address", server)
    assert net.receive(s_in, 0) == Ok(b"")
    assert net.send(c_out, b"") == Ok()
    assert net.send(c_out, b"ping") == Ok()
    assert net.receive(s_in) == Ok(b"ping")
    assert net.send(s_out, b"pong") == Ok()
    assert net.receive(c_in) == Ok(b"pong")
    assert net.receive(c_in) == Ok(b"")
    assert net("tcp-socket.shutdown", client, "send") == Ok()
    assert net("tcp-socket.shutdown", client, "send") == Ok()
    assert net.io("output-stream.check-write", c_out) == CLOSED
    assert net.io("output-stream.flush", c_out) == CLOSED
    assert net.receive(s_in, 0) == CLOSED
    assert net.send(s_out, b"late") == Ok()
    assert net("tcp-socket.shutdown", client, "receive") == Ok()
    assert net.receive(c_in, 0) == CLOSED
    assert net.send(s_out, b"nobody reads") == Ok()


def test_tcp_data_outlives_its_sender(any_net):
    net = any_net
    listener = net.listen()
    client, connected = net.connect(net("tcp-socket.local-address", listener).value)
    source, sink = connected.value
    assert net.send(sink, b"I was here") == Ok()
    for interface, resource, thing in (
        ("io/streams", "input-stream", source),
        ("io/streams", "output-stream", sink),
        ("sockets/tcp", "tcp-socket", client),
    ):
        net.g.drop(interface, resource, thing)
    _, source, sink = net("tcp-socket.accept", listener).value
    assert net.receive(source) == Ok(b"I was here")
    assert net.receive(source) == CLOSED
    assert net.send(sink, b"first write") == Ok()
    failed = net.io("output-stream.check-write", sink)
    assert failed.value.tag == "last-operation-failed"
    assert net.g("sockets/network", "network-error-code", failed.value.value) == "connection-reset"
    assert net.g("filesystem/types", "filesystem-error-code", failed.value.value) is None
    assert net.io("output-stream.check-write", sink) == CLOSED


def test_tcp_small_send_buffer_loses_nothing(any_net):
    net = any_net
    listener = net.listen()
    client = net.socket()
    assert net("tcp-socket.set-send-buffer-size", client, 1024) == Ok()
    size = net("tcp-socket.send-buffer-size", client).value
    client, connected = net.connect(net("tcp-socket.local-address", listener).value, client)
    _, source, _ = net("tcp-socket.accept", listener).value
    sink = connected.value[1]
    permit = net.io("output-stream.check-write", sink).value
    assert permit > size
    assert net.io("output-stream.write", sink, bytes(permit)) == Ok()
    assert net.io("output-stream.check-write", sink) == Ok(0)
    assert net("tcp-socket.shutdown", client, "send") == Ok()
    received = 0
    while (answer := net.receive(source)) != CLOSED:
        received += len(answer.value)
    assert received == permit


def test_tcp_port_is_free_again_while_a_connection_lives(any_net):
    net = any_net
    listener, (client, _, _), _ = net.pair()
    port = net("tcp-socket.local-address", listener).value.value.port
    net.g.drop("sockets/tcp", "tcp-socket", listener)
    again = net.listen(port=port)
    assert net("tcp-socket.is-listening", again) is True
    assert isinstance(net("tcp-socket.remote-address", client), Ok)


def test_tcp_backlog(net):
    listener = net.listen()
    assert net("tcp-socket.set-listen-backlog-size", listener, 1) == Ok()
    to = net("tcp-socket.local-address", listener).value
    assert isinstance(net.connect(to)[1], Ok)
    waiting, answer = net.connect(to)
    assert answer == Err("would-block")
    pollable = net("tcp-socket.subscribe", waiting)
    assert not net.g("io/poll", "pollable.ready", pollable)
    assert isinstance(net("tcp-socket.accept", listener), Ok)
    assert net.g("io/poll", "poll", [pollable]) == [0]
    assert isinstance(net("tcp-socket.finish-connect", waiting), Ok)


def test_sockets_are_limited(guest):
    net = Net(guest(network=NetworkGrant(Network(limit=3))))
    listener, (client, _, _), _ = net.pair()
    assert net.g("sockets/udp-create-socket", "create-udp-socket", "ipv4") == Err("new-socket-limit")
    assert net.g("sockets/tcp-create-socket", "create-tcp-socket", "ipv4") == Err("new-socket-limit")
    net.g.drop("sockets/tcp", "tcp-socket", client)
    udp = net.socket("udp")
    net.g.drop("sockets/udp", "udp-socket", udp)
    _again, answer = net.connect(net("tcp-socket.local-address", listener).value)
    assert answer == Err("new-socket-limit")


def test_tcp_busy_poll(any_net):
    net = any_net
    _, (_, c_in, _), (_, _, s_out) = net.pair()
    pollable = net.io("input-stream.subscribe", c_in)
    for _ in range(100):
        timer = net.g("clocks/monotonic-clock", "subscribe-duration", 0)
        assert net.g("io/poll", "poll", [timer, pollable]) == [0]
        assert net.send(s_out, b"x") == Ok()
        timer = net.g("clocks/monotonic-clock", "subscribe-duration", 0)
        assert net.g("io/poll", "poll", [timer, pollable]) == [0, 1]
        assert net.receive(c_in) == Ok(b"x")


async def settled(answer):
    """An answer, whether it had to be waited for or not."""
    return await answer if isinstance(answer, Awaitable) else answer


def test_two_machines_on_one_network(guest):
    network = Network()
    server, client = Net(guest(network=NetworkGrant(network))), Net(guest(network=NetworkGrant(network)))
    listener = server.listen(port=8080)

    async def serve():
        await server.g("io/poll", "poll", [server("tcp-socket.subscribe", listener)])
        _, source, sink = server("tcp-socket.accept", listener).value
        asked = await settled(server.io("input-stream.blocking-read", source, 100))
        assert server.send(sink, asked.value.upper()) == Ok()

    async def ask():
        await asyncio.sleep(0)
        _, connected = client.connect(address("127.0.0.1", 8080))
        await asyncio.sleep(0)
        source, sink = connected.value
        assert client.send(sink, b"hello") == Ok()
        return (await settled(client.io("input-stream.blocking-read", source, 100))).value

    async def both():
        return (await asyncio.gather(serve(), ask()))[1]

    assert asyncio.run(both()) == b"HELLO"
    client.g.machine.close()
    with pytest.raises(Trap, match="nothing can ever"):
        server.g("io/poll", "poll", [server("tcp-socket.subscribe", listener)])


def datagram(data, to=None):
    return RecordValue(data=data, remote_address=to)


class Udp:
    """A bound UDP socket with its streams."""

    def __init__(self, net, ip="127.0.0.1", remote=None):
        self.net = net
        self.socket = net.socket("udp", "ipv6" if ":" in ip else "ipv4")
        assert net.bind(self.socket, ip) == Ok()
        self.stream(remote)

    def stream(self, remote):
        self.incoming, self.outgoing = self.net("udp-socket.stream", self.socket, remote).value

    @property
    def address(self):
        return self.net("udp-socket.local-address", self.socket).value

    def send(self, *datagrams):
        assert self.net("outgoing-datagram-stream.check-send", self.outgoing) == Ok(16)
        return self.net("outgoing-datagram-stream.send", self.outgoing, list(datagrams))

    def receive(self, count=100):
        answer = self.net("incoming-datagram-stream.receive", self.incoming, count)
        return [(d.data, d.remote_address) for d in answer.value] if isinstance(answer, Ok) else answer


def test_udp_exchange(any_net):
    net = any_net
    a, b = Udp(net), Udp(net)
    assert a.send(datagram(b"one", b.address), datagram(b"", b.address), datagram(b"two", b.address)) == Ok(3)
    assert net("outgoing-datagram-stream.subscribe", a.outgoing).ready()
    assert b.receive(0) == []
    assert b.receive(2) == [(b"one", a.address), (b"", a.address)]
    assert b.receive() == [(b"two", a.address)]
    assert b.receive() == []
    assert a.send() == Ok(0)


def test_udp_connected(any_net):
    net = any_net
    a, b, c = Udp(net, "0.0.0.0"), Udp(net), Udp(net)
    wildcard = a.address
    assert b.send(datagram(b"from b", address("127.0.0.1", wildcard.value.port))) == Ok(1)
    assert c.send(datagram(b"from c", address("127.0.0.1", wildcard.value.port))) == Ok(1)
    assert net("udp-socket.remote-address", a.socket) == STATE
    a.stream(b.address)
    assert net("udp-socket.remote-address", a.socket) == Ok(b.address)
    assert a.address == address("127.0.0.1", wildcard.value.port)
    assert a.receive() == [(b"from b", b.address)]
    assert c.send(datagram(b"again", a.address)) == Ok(1)
    pollable = net("incoming-datagram-stream.subscribe", a.incoming)
    assert not net.g("io/poll", "pollable.ready", pollable)
    assert b.send(datagram(b"heard", a.address)) == Ok(1)
    assert net.g("io/poll", "pollable.ready", pollable)
    assert a.receive() == [(b"heard", b.address)]
    assert a.send(datagram(b"1"), datagram(b"2", b.address)) == Ok(2)
    assert b.receive() == [(b"1", a.address), (b"2", a.address)]
    assert a.send(datagram(b"3", c.address)) == Err("invalid-argument")
    assert a.send(datagram(b"3"), datagram(b"4", c.address)) == Ok(1)
    old = a.outgoing
    a.stream(None)
    assert a.address == wildcard
    assert net("outgoing-datagram-stream.check-send", old) == STATE
    assert a.send(datagram(b"5")) == Err("invalid-argument")


def test_udp_permits(any_net):
    net = any_net
    a, b = Udp(net), Udp(net)
    to = b.address
    assert a.send(*[datagram(b"x", to)] * 16) == Ok(16)
    with pytest.raises(Trap, match="permitted 0"):
        net("outgoing-datagram-stream.send", a.outgoing, [datagram(b"x", to)])
    with pytest.raises(Trap, match="permitted 16"):
        a.send(*[datagram(b"x", to)] * 17)


def test_udp_to_a_closed_receiver(any_net):
    net = any_net
    a, b = Udp(net), Udp(net)
    to = b.address
    net.g.drop("sockets/udp", "udp-socket", b.socket)
    assert a.send(datagram(b"x", to)) == Ok(1)
    assert a.receive() == []
    a.stream(to)
    assert a.send(datagram(b"x")) == Ok(1)
    pollable = net("incoming-datagram-stream.subscribe", a.incoming)
    assert net.g("io/poll", "poll", [pollable]) == [0]
    assert net("incoming-datagram-stream.receive", a.incoming, 0) == Ok([])
    assert a.receive() == Err("connection-refused")
    assert a.receive() == []


@pytest.mark.parametrize(
    ("to", "error"),
    [
        (address("::1", 1), "invalid-argument"),
        (address("0.0.0.0", 1), "invalid-argument"),
        (address("127.0.0.1", 0), "invalid-argument"),
        (address("192.0.2.1", 1), None),
    ],
)
def test_udp_bad_destinations(any_net, to, error):
    net = any_net
    a = Udp(net)
    wanted = Err(error) if error else beyond(net)
    assert a.send(datagram(b"x", to)) == wanted
    assert net("udp-socket.stream", a.socket, to) == wanted


def test_udp_too_large(any_net):
    net = any_net
    a, b = Udp(net), Udp(net)
    assert a.send(datagram(bytes(65507), b.address)) == Ok(1)
    assert a.send(datagram(bytes(65508), b.address)) == Err("datagram-too-large")
    assert len(b.receive()[0][0]) == 65507


def test_udp_states_and_options(any_net):
    net = any_net
    socket = net.socket("udp", "ipv6")
    assert net("udp-socket.address-family", socket) == "ipv6"
    assert net("udp-socket.finish-bind", socket) == IDLE
    assert net("udp-socket.local-address", socket) == STATE
    assert net("udp-socket.stream", socket, None) == STATE
    assert net("udp-socket.start-bind", socket, net.network, address("127.0.0.1")) == Err("invalid-argument")
    assert net.bind(socket, "::1") == Ok()
    assert net("udp-socket.start-bind", socket, net.network, address("::1")) == STATE
    assert net("udp-socket.subscribe", socket).ready()
    for name, top in (("unicast-hop-limit", 255), ("receive-buffer-size", (1 << 64) - 1), ("send-buffer-size", (1 << 64) - 1)):
        assert net(f"udp-socket.{name}", socket).value > 0
        assert net(f"udp-socket.set-{name}", socket, 0) == Err("invalid-argument")
        for value in (1, 42, top):
            assert net(f"udp-socket.set-{name}", socket, value) == Ok()
    assert net("udp-socket.set-unicast-hop-limit", socket, 42) == Ok()
    assert net("udp-socket.unicast-hop-limit", socket) == Ok(42)


def resolve(net, name):
    answer = net.g("sockets/ip-name-lookup", "resolve-addresses", net.network, name)
    if isinstance(answer, Err):
        return answer.value
    found = []
    stream = answer.value
    assert net.g("sockets/ip-name-lookup", "resolve-address-stream.subscribe", stream).ready()
    while True:
        answer = net.g("sockets/ip-name-lookup", "resolve-address-stream.resolve-next-address", stream)
        if isinstance(answer, Err):
            return answer.value
        if answer.value is None:
            return found
        found.append((answer.value.tag, answer.value.value))


def test_lookup(net):
    local6 = ("ipv6", (0, 0, 0, 0, 0, 0, 0, 1))
    assert resolve(net, "localhost") == resolve(net, "LOCALHOST.") == [("ipv4", (127, 0, 0, 1)), local6]
    assert resolve(net, "127.0.0.1") == resolve(net, "db.example") == [("ipv4", (127, 0, 0, 1))]
    assert resolve(net, "::1") == resolve(net, "[::1]") == [local6]
    assert resolve(net, "::ffff:127.0.0.1") == [("ipv4", (127, 0, 0, 1))]
    assert resolve(net, "2001:DB8::FF") == [("ipv6", (0x2001, 0xDB8, 0, 0, 0, 0, 0, 0xFF))]
    assert resolve(net, "example.com") == resolve(net, "Example.COM") != resolve(net, "example.org")
    assert resolve(net, "bücher.example") == resolve(net, "xn--bcher-kva.example")
    for bad in ("", " ", "a.b<&>", "127.0.0.1:80", "[::]:80", "http://x/", "a..b", "1.2.3", "x" * 64, "[127.0.0.1]"):
        assert resolve(net, bad) == "invalid-argument", bad


def test_unknown_names(guest):
    assert resolve(Net(guest(network=NetworkGrant(Network()))), "example.com") == "name-unresolvable"


def test_the_systems_names(guest):
    platform = BlockingPlatform()
    net = Net(guest(platform, network=NetworkGrant(NativeNetwork())))
    stream = net.g("sockets/ip-name-lookup", "resolve-addresses", net.network, "localhost").value
    ready = net.g("sockets/ip-name-lookup", "resolve-address-stream.subscribe", stream)
    assert net.g("sockets/ip-name-lookup", "resolve-address-stream.resolve-next-address", stream) == Err("would-block")
    assert not ready.ready()
    assert net.g("io/poll", "poll", [ready]) == [0]
    found = net.g("sockets/ip-name-lookup", "resolve-address-stream.resolve-next-address", stream)
    assert ip_address("127.0.0.1" if found.value.tag == "ipv4" else "::1").is_loopback
    for bad in ("", "a.b<&>", "127.0.0.1:80"):
        assert net.g("sockets/ip-name-lookup", "resolve-addresses", net.network, bad) == Err("invalid-argument")
    assert resolve(net, "[::1]") == [("ipv6", (0, 0, 0, 0, 0, 0, 0, 1))]
    platform.close()


def test_real_options_are_set_in_the_system(guest):
    net = Net(guest(network=NetworkGrant(NativeNetwork(), allow=LOOPBACK)))
    tcp = net.socket("tcp")
    for name, value in (
        ("hop-limit", 42),
        ("keep-alive-enabled", True),
        ("keep-alive-idle-time", 7 * SECOND),
        ("keep-alive-count", 5),
    ):
        assert net(f"tcp-socket.set-{name}", tcp, value) == Ok()
    system = tcp._system
    assert system.getsockopt(real.IPPROTO_IP, real.IP_TTL) == 42
    assert system.getsockopt(real.SOL_SOCKET, real.SO_KEEPALIVE) == 1
    assert system.getsockopt(real.IPPROTO_TCP, real.TCP_KEEPIDLE) == 7
    assert system.getsockopt(real.IPPROTO_TCP, real.TCP_KEEPCNT) == 5
    udp = net.socket("udp", "ipv6")
    assert net("udp-socket.set-unicast-hop-limit", udp, 9) == Ok()
    assert udp._system.getsockopt(real.IPPROTO_IPV6, real.IPV6_UNICAST_HOPS) == 9


def test_real_connections_reach_others(guest):
    """A socket of ours and one that knows nothing of WASI."""
    platform = BlockingPlatform()
    with real.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        net = Net(guest(platform, network=NetworkGrant(NativeNetwork(), allow=Rules([parse_rule(f"connect@127.0.0.1:{port}")]))))
        assert net.bind(net.socket(), "127.0.0.1") == Err("access-denied")
        assert net.connect(address("127.0.0.1", port - 1))[1] == Err("access-denied")
        socket, answer = net.connect(address("127.0.0.1", port))
        if answer == Err("would-block"):
            net.g("io/poll", "poll", [net("tcp-socket.subscribe", socket)])
            answer = net("tcp-socket.finish-connect", socket)
        source, sink = answer.value
        peer, _ = server.accept()
        with peer:
            assert net.send(sink, b"to you") == Ok()
            assert peer.recv(100) == b"to you"
            peer.sendall(b"to me")
            assert net.io("input-stream.blocking-read", source, 100) == Ok(b"to me")
            big = bytes(range(256)) * 20_000  # more than the system's buffers hold: the rest waits for the peer
            reader = threading.Thread(target=lambda: got.append(drain(peer)))
            got = []
            reader.start()
            for at in range(0, len(big), 4096):
                assert net.send(sink, big[at : at + 4096]) == Ok()
            assert net("tcp-socket.shutdown", socket, "send") == Ok()
            reader.join(30)
            assert got == [big]
    platform.close()


def drain(peer):
    """Everything until the end."""
    data = b""
    while part := peer.recv(1 << 16):
        data += part
    return data


@pytest.mark.parametrize(
    ("rule", "action", "ip", "port", "allowed"),
    [
        ("connect@10.0.0.0/8:443", "connect", "10.1.2.3", 443, True),
        ("connect@10.0.0.0/8:443", "connect", "11.1.2.3", 443, False),
        ("connect@10.0.0.0/8:443", "bind", "10.1.2.3", 443, False),
        ("connect@10.0.0.0/8:443", "connect", "10.1.2.3", 80, False),
        ("*:80-90", "send", "2001:db8::1", 90, True),
        ("*:80-90", "send", "2001:db8::1", 91, False),
        ("bind,send@[::1]:*", "send", "::1", 1, True),
        ("bind,send@[::1]:*", "send", "127.0.0.1", 1, False),
    ],
)
def test_rules(rule, action, ip, port, allowed):
    assert Rules([parse_rule(rule)])(action, Endpoint(ip_address(ip), port)) is allowed
    assert not Rules([])(action, Endpoint(ip_address(ip), port))
