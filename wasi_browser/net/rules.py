"""Rules about who may be talked to: `connect@10.0.0.0/8:443`, `127.0.0.1:*`, `[::1]:8000-8010`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from wasi_browser.net.addresses import Endpoint

ACTIONS = frozenset({"bind", "connect", "send"})
"""What may be done at an address: be found there, connect to it, send datagrams to it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Allows `actions` at the addresses in `networks`, on `ports`."""

    actions: frozenset[str]
    networks: tuple[IPv4Network | IPv6Network, ...]
    ports: range

    def allows(self, action: str, endpoint: Endpoint) -> bool:
        """Whether this rule does."""
        return action in self.actions and endpoint.port in self.ports and any(endpoint.ip in network for network in self.networks)


EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))


def parse_rule(text: str) -> Rule:
    """`[ACTION[,ACTION…]@]ADDRESS[/BITS]:PORT`; `*` for any address or any port, `N-M` for ports. Raises `ValueError`."""
    before, at, target = text.rpartition("@")
    actions = frozenset(before.split(",")) if at else ACTIONS
    if not actions <= ACTIONS:
        raise ValueError(f"expected actions of {', '.join(sorted(ACTIONS))}, found `{before}`")
    address, colon, port = target.rpartition(":")
    if not colon:
        raise ValueError("expected a port after a colon, or `:*` for any")
    networks = EVERYWHERE if address == "*" else (ip_network(address.replace("[", "").replace("]", ""), strict=False),)
    if port == "*":
        return Rule(actions, networks, range(65536))
    first, _, last = port.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal() or int(last or first) > 65535:
        raise ValueError(f"expected a port, found `{port}`")
    return Rule(actions, networks, range(int(first), int(last or first) + 1))


@dataclass(frozen=True, slots=True)
class Rules:
    """Allows what one of them allows; nothing where there are none."""

    rules: Sequence[Rule]

    def __call__(self, action: str, endpoint: Endpoint) -> bool:
        """Whether `action` may be done at `endpoint`."""
        return any(rule.allows(action, endpoint) for rule in self.rules)
