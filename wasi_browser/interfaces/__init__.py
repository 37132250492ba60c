"""WASI 0.2, one thin file per interface, named as in WIT: `wasi:cli/terminal-stdin` is `cli_terminal_stdin`."""

from __future__ import annotations

from collections.abc import Callable

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.cli_environment import cli_environment
from wasi_browser.interfaces.cli_exit import cli_exit
from wasi_browser.interfaces.cli_stderr import cli_stderr
from wasi_browser.interfaces.cli_stdin import cli_stdin
from wasi_browser.interfaces.cli_stdout import cli_stdout
from wasi_browser.interfaces.cli_terminal_input import cli_terminal_input
from wasi_browser.interfaces.cli_terminal_output import cli_terminal_output
from wasi_browser.interfaces.cli_terminal_stderr import cli_terminal_stderr
from wasi_browser.interfaces.cli_terminal_stdin import cli_terminal_stdin
from wasi_browser.interfaces.cli_terminal_stdout import cli_terminal_stdout
from wasi_browser.interfaces.clocks_monotonic_clock import clocks_monotonic_clock
from wasi_browser.interfaces.clocks_timezone import clocks_timezone
from wasi_browser.interfaces.clocks_wall_clock import clocks_wall_clock
from wasi_browser.interfaces.filesystem_preopens import filesystem_preopens
from wasi_browser.interfaces.filesystem_types import filesystem_types
from wasi_browser.interfaces.http_incoming_handler import http_incoming_handler
from wasi_browser.interfaces.http_outgoing_handler import http_outgoing_handler
from wasi_browser.interfaces.http_types import http_types
from wasi_browser.interfaces.io_error import io_error
from wasi_browser.interfaces.io_poll import io_poll
from wasi_browser.interfaces.io_streams import io_streams
from wasi_browser.interfaces.random_insecure import random_insecure
from wasi_browser.interfaces.random_insecure_seed import random_insecure_seed
from wasi_browser.interfaces.random_random import random_random
from wasi_browser.interfaces.sockets_instance_network import sockets_instance_network
from wasi_browser.interfaces.sockets_ip_name_lookup import sockets_ip_name_lookup
from wasi_browser.interfaces.sockets_network import sockets_network
from wasi_browser.interfaces.sockets_tcp import sockets_tcp
from wasi_browser.interfaces.sockets_tcp_create_socket import sockets_tcp_create_socket
from wasi_browser.interfaces.sockets_udp import sockets_udp
from wasi_browser.interfaces.sockets_udp_create_socket import sockets_udp_create_socket
from wasi_browser.machine import Machine

INTERFACES: tuple[Callable[[Machine], HostInterface], ...] = (
    io_error,
    io_poll,
    io_streams,
    cli_environment,
    cli_exit,
    cli_stdin,
    cli_stdout,
    cli_stderr,
    cli_terminal_input,
    cli_terminal_output,
    cli_terminal_stdin,
    cli_terminal_stdout,
    cli_terminal_stderr,
    clocks_monotonic_clock,
    clocks_wall_clock,
    clocks_timezone,
    random_random,
    random_insecure,
    random_insecure_seed,
    filesystem_types,
    filesystem_preopens,
    sockets_network,
    sockets_instance_network,
    sockets_ip_name_lookup,
    sockets_tcp,
    sockets_tcp_create_socket,
    sockets_udp,
    sockets_udp_create_socket,
    http_types,
    http_outgoing_handler,
    http_incoming_handler,
)
"""Every interface, in an order in which each comes after those it uses."""
