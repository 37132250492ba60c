"""Requests a component answers: the two objects its handler is given, and what it made of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from wasi_browser.http.bodies import Body, IncomingBody
from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import Entries, Fields
from wasi_browser.http.messages import Request, Response
from wasi_browser.streams import CHUNK, UNBOUNDED, Broken, Closed, Pipe
from wasi_browser.waiting import Bell, Waiter


class IncomingRequest:
    """A request the guest reads."""

    __slots__ = ("authority", "body", "consumed", "headers", "method", "path", "scheme")

    def __init__(self, request: Request) -> None:
        pipe = Pipe(UNBOUNDED)
        pipe.put(request.body)
        pipe.end()
        self.method = request.method
        self.scheme = request.scheme
        self.authority = request.authority
        self.path = request.path
        self.headers = Fields(request.headers)
        self.body = IncomingBody(pipe, lambda: request.trailers)
        self.consumed = False


class OutgoingResponse:
    """A response being made."""

    __slots__ = ("body", "headers", "pipe", "status")

    def __init__(self, headers: Fields, pipe: Pipe | None = None) -> None:
        self.headers = headers.freeze()
        self.status = 200
        self.body: Body | None = None
        self.pipe = Pipe(UNBOUNDED) if pipe is None else pipe

    def open_body(self) -> Body | None:
        """The body, once."""
        if self.body is not None:
            return None
        self.body = Body(self.pipe, self.headers.content_length(), "HTTP-response-body-size")
        return self.body


class Outparam:
    """Where the guest puts its response, once. `informed` hears of 1xx responses before it."""

    __slots__ = ("answer", "informational", "on_answer")

    def __init__(self, on_answer: Callable[[], None] | None = None) -> None:
        self.answer: OutgoingResponse | HttpError | None = None
        self.informational: list[tuple[int, Entries]] = []
        self.on_answer = on_answer

    def set(self, answer: OutgoingResponse | HttpError) -> None:
        """This is the answer."""
        self.answer = answer
        if self.on_answer is not None:
            self.on_answer()

    def response(self) -> Response:
        """The whole answer, after the handler has returned. Raises `HttpError` where it is one, is missing, or is cut short."""
        answer = self.answer
        if answer is None:
            raise HttpError("internal-error", "the handler returned without a response")
        if isinstance(answer, HttpError):
            raise answer
        body = answer.body
        if body is None:
            return Response(answer.status, answer.headers.entries(), informational=self.informational)
        if not body.pipe.ended:
            raise HttpError("HTTP-response-incomplete")
        if isinstance(body.pipe.failure, HttpError):
            raise body.pipe.failure
        return Response(
            answer.status,
            answer.headers.entries(),
            body.pipe.drain(),
            body.trailers,
            informational=self.informational,
        )


def error_response() -> Response:
    """What a client is told when there is no response: 500, and nothing of the inside."""
    return Response(500)


def serve(handle: Callable[[IncomingRequest, Outparam], Any], request: Request) -> Response:
    """Let a component's `wasi:http/incoming-handler#handle` answer. Raises `HttpError`; what the guest raises comes out unchanged."""
    outparam = Outparam()
    handle(IncomingRequest(request), outparam)
    return outparam.response()


async def serve_async(handle: Callable[[IncomingRequest, Outparam], Any], request: Request) -> Response:
    """The same for a handler that must be awaited."""
    outparam = Outparam()
    await handle(IncomingRequest(request), outparam)
    return outparam.response()


async def serve_streaming(handle: Callable[[IncomingRequest, Outparam], Any], request: Request, waiter: Waiter) -> Response:
    """The answer as soon as it begins; its body comes in chunks while the handler goes on. Raises `HttpError`.

    The machine's settings must say `streaming`, so that its bodies wait for their reader.
    """
    began = Bell()
    outparam = Outparam(began.ring)
    ended: list[BaseException | None] = []
    waiter.bell.sources += 1  # who reads the body may always make room

    async def work() -> None:
        try:
            await handle(IncomingRequest(request), outparam)
        except BaseException as error:  # whatever ended the guest, the reader must hear of it
            ended.append(error)
        else:
            ended.append(None)
        finally:
            waiter.bell.sources -= 1
            began.ring()
            waiter.bell.ring()

    waiter.platform.spawn(work())
    while outparam.answer is None and not ended:
        await waiter.platform.wait(began, 0, None)
    if ended and ended[0] is not None:
        raise ended[0]
    answer = outparam.answer
    if not isinstance(answer, OutgoingResponse):
        return outparam.response()
    body = _chunks(answer, ended, waiter)
    return Response(answer.status, answer.headers.entries(), body, informational=outparam.informational)


async def _chunks(answer: OutgoingResponse, ended: list[BaseException | None], waiter: Waiter) -> AsyncIterator[bytes]:
    """A body as the guest writes it. A guest that ends before its body cuts it short."""
    pipe = answer.pipe
    try:
        while True:
            heard = waiter.bell.rings
            while not pipe.readable():
                if ended:
                    if ended[0] is not None:
                        raise ended[0]
                    if answer.body is None:
                        return
                    raise HttpError("HTTP-response-incomplete")
                await waiter.platform.wait(waiter.bell, heard, None)
                heard = waiter.bell.rings
            try:
                chunk = pipe.read(CHUNK)
            except Closed:
                return
            except Broken as broken:
                raise broken.cause from None
            yield chunk
    finally:
        pipe.abandon()
