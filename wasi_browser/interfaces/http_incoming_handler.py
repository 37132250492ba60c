"""wasi:http/incoming-handler, imported: a component in the middle passes a request on, and the web answers it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from pycm_core.runtime.host import HostInterface
from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import Fields
from wasi_browser.http.messages import Request, Response
from wasi_browser.http.serving import IncomingRequest, OutgoingResponse, Outparam
from wasi_browser.interfaces.answers import provide
from wasi_browser.interfaces.http_types import INCOMING_REQUEST, RESPONSE_OUTPARAM
from wasi_browser.machine import Machine


def http_incoming_handler(machine: Machine) -> HostInterface:
    """wasi:http/incoming-handler"""
    grant = machine.settings.http

    def handle(request: IncomingRequest, outparam: Outparam) -> Any:
        if grant is None or not grant.allows(request.authority, request.scheme):
            outparam.set(HttpError("HTTP-request-denied"))
            return None
        body = b"" if request.consumed else request.body.pipe.drain()
        forwarded = Request(request.method, request.scheme, request.authority, request.path, request.headers.entries(), body)
        try:
            answer = grant.transport(forwarded)
        except HttpError as error:
            outparam.set(error)
            return None
        if isinstance(answer, Response) and isinstance(answer.body, bytes):
            give(outparam, answer, answer.body)
            return None
        return wait(outparam, answer)

    return provide("wasi:http/incoming-handler", {"handle": handle}, INCOMING_REQUEST, RESPONSE_OUTPARAM)


def give(outparam: Outparam, response: Response, content: bytes) -> None:
    """Answer with a whole response."""
    given = OutgoingResponse(Fields(response.headers))
    given.status = response.status
    body = given.open_body()
    assert body is not None
    body.pipe.put(content)
    body.written = len(content)
    body.trailers = response.trailers
    body.pipe.end()
    outparam.set(given)


async def wait(outparam: Outparam, answer: Response | Awaitable[Response]) -> None:
    """Answer with a response that must be waited for."""
    try:
        response = answer if isinstance(answer, Response) else await answer
        content = response.body if isinstance(response.body, bytes) else b"".join([chunk async for chunk in response.body])
    except HttpError as error:
        outparam.set(error)
        return
    give(outparam, response, content)
