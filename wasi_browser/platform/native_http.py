"""Requests over real sockets, with the standard library: as transports of `wasi_browser.http.messages`."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import Entries
from wasi_browser.http.messages import Request, Response
from wasi_browser.http.web import host_and_port
from wasi_browser.platform.native import in_thread

T = TypeVar("T")

CHUNK = 1 << 16
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "trailer", "te"})
"""Response fields that speak of the connection, not of the content."""


def seconds(nanoseconds: int | None) -> float | None:
    """A timeout as sockets want it."""
    return None if nanoseconds is None else nanoseconds / 1e9


def attempt(action: Callable[[], T], timeout: str) -> T:
    """`action`, its failure as an `HttpError`; a timeout is `timeout`."""
    try:
        return action()
    except TimeoutError:
        raise HttpError(timeout) from None
    except socket.gaierror as error:
        raise HttpError("DNS-error", {"rcode": error.strerror, "info-code": None}) from None
    except ConnectionRefusedError:
        raise HttpError("connection-refused") from None
    except ssl.SSLCertVerificationError:
        raise HttpError("TLS-certificate-error") from None
    except ssl.SSLError:
        raise HttpError("TLS-protocol-error") from None
    except (ConnectionError, http.client.RemoteDisconnected):
        raise HttpError("connection-terminated") from None
    except http.client.IncompleteRead:
        raise HttpError("HTTP-response-incomplete") from None
    except (http.client.HTTPException, ValueError):
        raise HttpError("HTTP-protocol-error") from None
    except OSError as error:
        unroutable = error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH)
        raise HttpError("destination-IP-unroutable" if unroutable else "destination-unavailable") from None


def begin(request: Request) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse, Entries]:
    """Send a request and read the head of its response. Redirects are the guest's business."""
    host, port = host_and_port(request.authority, request.scheme)
    kind = http.client.HTTPSConnection if request.scheme == "https" else http.client.HTTPConnection
    connection = kind(host.strip("[]"), port, timeout=seconds(request.timeouts.connect))
    attempt(connection.connect, "connection-timeout")
    connection.sock.settimeout(seconds(request.timeouts.first_byte))
    given = {name.lower() for name, _ in request.headers}

    def exchange() -> http.client.HTTPResponse:
        connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("host", request.authority.rpartition("@")[2])
        for name, value in request.headers:
            connection.putheader(name, value)
        if "content-length" not in given and (request.body or request.method in ("POST", "PUT", "PATCH")):
            connection.putheader("content-length", str(len(request.body)))
        connection.endheaders(request.body or None)
        return connection.getresponse()

    response = attempt(exchange, "connection-read-timeout")
    connection_socket = connection.sock
    if connection_socket is not None:
        connection_socket.settimeout(seconds(request.timeouts.between_bytes))
    headers = [(name.lower(), value.encode("latin-1")) for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP]
    return connection, response, headers


def blocking_transport(request: Request) -> Response:
    """The whole response, while everything else stands still: for guests that cannot be suspended."""
    connection, response, headers = begin(request)
    try:
        body = attempt(response.read, "connection-read-timeout")
    finally:
        connection.close()
    return Response(response.status, headers, body)


async def transport(request: Request) -> Response:
    """The response as it comes, in a thread of its own."""
    connection, response, headers = await in_thread(begin, request)

    async def chunks() -> AsyncIterator[bytes]:
        try:
            while chunk := await in_thread(attempt, lambda: response.read1(CHUNK), "connection-read-timeout"):
                yield chunk
            if response.length:
                raise HttpError("HTTP-response-incomplete")
        finally:
            connection.close()

    return Response(response.status, headers, chunks())
