"""wasi:sockets/tcp"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycm_core.abi.values import VariantValue
from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser.interfaces.answers import close, provide
from wasi_browser.interfaces.io_poll import POLLABLE
from wasi_browser.interfaces.io_streams import INPUT_STREAM, OUTPUT_STREAM
from wasi_browser.interfaces.sockets_network import NETWORK, answering, endpoint, ip_socket_address
from wasi_browser.machine import Machine
from wasi_browser.net.tcp import BUFFER_MAX, BUFFER_MIN, COUNT_MAX, TcpSink, TcpSocket, TcpSource, clamp, whole_seconds
from wasi_browser.waiting import Condition

TCP_SOCKET = HostResource("tcp-socket", close)


def start_bind(socket: TcpSocket, network: object, address: VariantValue) -> None:
    """`tcp-socket.start-bind`"""
    socket.start_bind(endpoint(address))


def start_connect(socket: TcpSocket, network: object, address: VariantValue) -> None:
    """`tcp-socket.start-connect`"""
    socket.start_connect(endpoint(address))


def finish_connect(socket: TcpSocket) -> tuple[TcpSource, TcpSink]:
    """`tcp-socket.finish-connect`"""
    return socket.finish_connect()


def accept(socket: TcpSocket) -> tuple[TcpSocket, TcpSource, TcpSink]:
    """`tcp-socket.accept`"""
    return socket.accept()


def shutdown(socket: TcpSocket, kind: str) -> None:
    """`tcp-socket.shutdown`"""
    socket.shutdown(kind != "send", kind != "receive")


def option(name: str) -> Callable[[TcpSocket], Any]:
    """Reads an option."""
    return lambda socket: socket.option(name)


def set_option(name: str, adapt: Callable[[Any], Any]) -> Callable[[TcpSocket, Any], None]:
    """Sets an option to the value `adapt` makes of what is asked for."""
    return lambda socket, value: socket.set_option(name, adapt(value))


def buffer(value: int) -> int:
    """A buffer size in bytes."""
    return clamp(value, BUFFER_MIN, BUFFER_MAX)


OPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "keep-alive-enabled": ("keep_alive", bool),
    "keep-alive-idle-time": ("keep_alive_idle", whole_seconds),
    "keep-alive-interval": ("keep_alive_interval", whole_seconds),
    "keep-alive-count": ("keep_alive_count", lambda value: clamp(value, 1, COUNT_MAX)),
    "hop-limit": ("hop_limit", lambda value: clamp(value, 1, 255)),
    "receive-buffer-size": ("receive", buffer),
    "send-buffer-size": ("send", buffer),
}
"""By WIT name: the option, and what it makes of a value."""


def sockets_tcp(machine: Machine) -> HostInterface:
    """wasi:sockets/tcp"""
    functions: dict[str, Callable[..., Any]] = {
        "[method]tcp-socket.start-bind": answering(start_bind),
        "[method]tcp-socket.finish-bind": answering(lambda socket: socket.finish_bind()),
        "[method]tcp-socket.start-connect": answering(start_connect),
        "[method]tcp-socket.finish-connect": answering(finish_connect),
        "[method]tcp-socket.start-listen": answering(lambda socket: socket.start_listen()),
        "[method]tcp-socket.finish-listen": answering(lambda socket: socket.finish_listen()),
        "[method]tcp-socket.accept": answering(accept),
        "[method]tcp-socket.local-address": answering(lambda socket: ip_socket_address(socket.local_address())),
        "[method]tcp-socket.remote-address": answering(lambda socket: ip_socket_address(socket.remote_address())),
        "[method]tcp-socket.is-listening": lambda socket: socket.listening,
        "[method]tcp-socket.address-family": lambda socket: socket.family.value,
        "[method]tcp-socket.set-listen-backlog-size": answering(lambda socket, *arguments: socket.set_backlog(*arguments)),
        "[method]tcp-socket.subscribe": lambda socket: Condition(socket.ready, watch=socket.watch),
        "[method]tcp-socket.shutdown": answering(shutdown),
    }
    for name, (attribute, adapt) in OPTIONS.items():
        functions[f"[method]tcp-socket.{name}"] = answering(option(attribute))
        functions[f"[method]tcp-socket.set-{name}"] = answering(set_option(attribute, adapt))
    return provide("wasi:sockets/tcp", functions, TCP_SOCKET, NETWORK, INPUT_STREAM, OUTPUT_STREAM, POLLABLE)
