"""wasi:sockets/instance-network"""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.sockets_network import NETWORK
from wasi_browser.machine import Machine


def sockets_instance_network(machine: Machine) -> HostInterface:
    """wasi:sockets/instance-network: the machine's grant, or the lack of one."""
    return provide("wasi:sockets/instance-network", {"instance-network": lambda: machine.settings.network}, NETWORK)
