"""wasi:http/outgoing-handler: a request leaves only where the grant lets it."""

from __future__ import annotations

from pycm_core.abi.values import Err, Ok, VariantValue
from pycm_core.runtime.host import HostInterface
from wasi_browser.http.exchange import OutgoingRequest, RequestOptions
from wasi_browser.http.messages import Timeouts
from wasi_browser.http.web import PORTS
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.http_types import FUTURE_INCOMING_RESPONSE, OUTGOING_REQUEST, REQUEST_OPTIONS
from wasi_browser.machine import Machine


def http_outgoing_handler(machine: Machine) -> HostInterface:
    """wasi:http/outgoing-handler"""
    grant = machine.settings.http

    def handle(request: OutgoingRequest, options: RequestOptions | None) -> Ok | Err:
        if request.scheme is not None and request.scheme not in PORTS:
            return Err(VariantValue("HTTP-protocol-error"))
        if not request.authority or request.path is None:
            return Err(VariantValue("HTTP-request-URI-invalid"))
        if grant is None or not grant.allows(request.authority, request.scheme or "https"):
            return Err(VariantValue("HTTP-request-denied"))
        timeouts = Timeouts() if options is None else options.value()
        return Ok(request.send(grant.transport, machine.waiter, timeouts))

    return provide("wasi:http/outgoing-handler", {"handle": handle}, FUTURE_INCOMING_RESPONSE, OUTGOING_REQUEST, REQUEST_OPTIONS)
