"""The parts of a request's target (RFC 3986)."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv6Address

UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
SUB_DELIMS = frozenset("!$&'()*+,;=")
SCHEME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.")


def is_scheme(text: str) -> bool:
    """(RFC 3986, "Scheme")"""
    return bool(text) and text.isascii() and text[0].isalpha() and SCHEME.issuperset(text)


def is_path(text: str) -> bool:
    """A path from the root (or nothing, or `*`), maybe with a query: no spaces, controls or fragment.

    What lies beyond ASCII passes, as in browsers.
    """
    return (text in ("", "*") or text[0] in "/?") and all(char > " " and char not in '#<>"\\^`{|}\x7f' for char in text)


def is_authority(text: str) -> bool:
    """A host, maybe with user information before and a port after it (RFC 3986, "Authority")."""
    user, at, rest = text.rpartition("@")
    if at and not (UNRESERVED | SUB_DELIMS | {"%", ":"}).issuperset(user):
        return False
    if rest.startswith("["):
        literal, bracket, after = rest[1:].partition("]")
        try:
            IPv6Address(literal)
        except AddressValueError:
            return False
        if not bracket or (after and not after.startswith(":")):
            return False
        host, colon, port = "v6", after[:1], after[1:]
    else:
        host, colon, port = rest.partition(":")
    if not host or not (UNRESERVED | SUB_DELIMS | {"%"}).issuperset(host):
        return False
    return not colon or (port.isascii() and port.isdigit() and int(port) <= 65535)
