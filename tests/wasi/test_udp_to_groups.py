"""Datagrams may be sent to a group: `invalid-argument` is for another family, no address and no port (wasi:sockets/udp, `send`, `stream`)."""

from pycm_core.api import Err, Ok, RecordValue
from tests.wasi.test_sockets import Net, address
from wasi_browser import Network, NetworkGrant


def test_a_group_is_no_mistake(guest):
    net = Net(guest(network=NetworkGrant(Network())))
    socket = net.socket("udp", "ipv4")
    assert net.bind(socket, "127.0.0.1") == Ok()
    _, out = net("udp-socket.stream", socket, None).value

    def send(ip, port):
        assert net("outgoing-datagram-stream.check-send", out).value > 0
        return net("outgoing-datagram-stream.send", out, [RecordValue(data=b"x", remote_address=address(ip, port))])

    for group in ("224.0.0.1", "255.255.255.255"):
        assert send(group, 9) == Err("remote-unreachable")  # nobody listens to groups here
        assert net("udp-socket.stream", socket, address(group, 9)) == Err("remote-unreachable")
    for ip, port in (("0.0.0.0", 9), ("127.0.0.1", 0), ("::1", 9)):
        assert send(ip, port) == Err("invalid-argument")
