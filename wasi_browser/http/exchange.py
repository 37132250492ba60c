"""Requests the guest makes, and what comes of them."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable

from wasi_browser.http.bodies import Body, IncomingBody
from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import Entries, Fields
from wasi_browser.http.messages import Request, Response, Timeouts, Transport
from wasi_browser.streams import ROOM, UNBOUNDED, Pipe
from wasi_browser.waiting import Condition, Waiter


class RequestOptions:
    """Timeouts being set."""

    __slots__ = ("between_bytes", "connect", "first_byte")

    def __init__(self) -> None:
        self.connect: int | None = None
        self.first_byte: int | None = None
        self.between_bytes: int | None = None

    def value(self) -> Timeouts:
        """What has been set."""
        return Timeouts(self.connect, self.first_byte, self.between_bytes)


class OutgoingRequest:
    """A request being made. It is sent whole, when its body is finished."""

    __slots__ = ("authority", "body", "exchange", "headers", "method", "path", "scheme")

    def __init__(self, headers: Fields) -> None:
        self.headers = headers.freeze()
        self.method = "GET"
        self.scheme: str | None = None
        self.authority: str | None = None
        self.path: str | None = None
        self.body: Body | None = None
        self.exchange: Exchange | None = None

    def open_body(self) -> Body | None:
        """The body, once."""
        if self.body is not None:
            return None
        self.body = Body(Pipe(UNBOUNDED), self.headers.content_length(), "HTTP-request-body-size", self._body_ended)
        return self.body

    def _body_ended(self, error: HttpError | None) -> None:
        if self.exchange is not None:
            self.exchange.body_ended(error)

    def request(self, timeouts: Timeouts) -> Request:
        """The request as it goes out."""
        body = self.body
        return Request(
            self.method,
            self.scheme or "https",
            self.authority or "",
            self.path or "/",
            self.headers.entries(),
            b"" if body is None else body.pipe.drain(),
            [] if body is None else body.trailers,
            timeouts,
        )

    def send(self, transport: Transport, waiter: Waiter, timeouts: Timeouts) -> Exchange:
        """Send it, now or when its body is finished."""
        self.exchange = exchange = Exchange(self, transport, waiter, timeouts)
        if self.body is None:
            promised = self.headers.content_length()
            exchange.body_ended(HttpError("HTTP-request-body-size", 0) if promised else None)
        elif self.body.pipe.ended:
            failure = self.body.pipe.failure
            exchange.body_ended(failure if isinstance(failure, HttpError) else None)
        return exchange


class IncomingResponse:
    """A response the guest reads."""

    __slots__ = ("body", "consumed", "headers", "status")

    def __init__(self, status: int, headers: Entries, body: IncomingBody) -> None:
        self.status = status
        self.headers = Fields(headers)
        self.body = body
        self.consumed = False


class Exchange:
    """A request under way. Ready when there is a response or an error."""

    __slots__ = ("_conditions", "_failure", "_request", "_response", "_timeouts", "_transport", "_waiter", "deadline", "taken")

    def __init__(self, request: OutgoingRequest, transport: Transport, waiter: Waiter, timeouts: Timeouts) -> None:
        self._request = request
        self._transport = transport
        self._waiter = waiter
        self._timeouts = timeouts
        self._response: Response | None = None
        self._failure: HttpError | None = None
        self.deadline: int | None = None
        """When the response begins, where that is a matter of time only."""
        self._conditions: list[Condition] = []
        self.taken = False

    def body_ended(self, error: HttpError | None) -> None:
        """The request is complete, or will never be."""
        if error is not None:
            self._failure = error
            self._waiter.bell.ring()
            return
        try:
            answer = self._transport(self._request.request(self._timeouts))
        except HttpError as failure:
            self._failure = failure
            return
        if isinstance(answer, Response):
            self._begin(answer)
        else:
            self._waiter.start(self._await(answer))

    async def _await(self, answer: Awaitable[Response]) -> None:
        try:
            self._begin(await answer)
        except HttpError as failure:
            self._failure = failure

    def _begin(self, response: Response) -> None:
        timeout, delay = self._timeouts.first_byte, response.delay
        if timeout is not None and delay > timeout:
            self._failure = HttpError("connection-read-timeout")
            delay = timeout
        else:
            self._response = response
        if delay:
            self.deadline = self._waiter.clock.now() + delay
            for condition in self._conditions:
                condition.deadline = self.deadline

    def subscribe(self) -> Condition:
        """Ready when this is."""
        condition = Condition(self.ready, self.deadline)
        self._conditions.append(condition)
        return condition

    def ready(self) -> bool:
        """Whether `get` has an answer."""
        if self._response is None and self._failure is None:
            return False
        return self.deadline is None or self._waiter.clock.now() >= self.deadline

    def get(self) -> IncomingResponse:
        """The response. Raises `HttpError`."""
        if self._failure is not None:
            raise self._failure
        response = self._response
        assert response is not None
        content = response.body
        if isinstance(content, bytes):
            pipe = Pipe(UNBOUNDED)
            pipe.put(content)
            pipe.end()
        else:
            pipe = Pipe(ROOM, self._waiter.bell.ring)
            self._waiter.start(self._pump(content, pipe))
        body = IncomingBody(pipe, lambda: response.trailers)
        return IncomingResponse(response.status, response.headers, body)

    async def _pump(self, content: AsyncIterable[bytes], pipe: Pipe) -> None:
        """Bring the body in, as fast as it is read."""
        waiter = self._waiter
        try:
            async for chunk in content:
                pipe.put(chunk)
                heard = waiter.bell.rings
                while not pipe.free and not pipe.orphaned:
                    await waiter.platform.wait(waiter.bell, heard, None)
                    heard = waiter.bell.rings
                if pipe.orphaned:
                    break
        except HttpError as failure:
            pipe.fail(failure)
        else:
            pipe.end()

    def close(self) -> None:
        """Nobody waits for it."""
        self.taken = True
