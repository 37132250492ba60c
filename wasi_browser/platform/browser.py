"""The world of a browser's worker: its clocks, and requests by `fetch`.

Under Pyodide, `time`, `os.urandom` and `asyncio` stand on `performance`, `Date`, `crypto.getRandomValues` and the worker's own event
loop, so the clocks and the waiting are those of a process.

What `fetch` cannot do is said, not hidden: fields that the browser would drop and that change what a request means are refused, a
failure says that its cause is not told, and what is harmless to drop goes to `notice`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

from pyodide.ffi import JsException, to_js

from pycm_core.base.errors import Trap, TrapKind
from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import Entries
from wasi_browser.http.messages import Request, Response
from wasi_browser.platform.base import Ringing, Watch
from wasi_browser.platform.native import NativePlatform

REFUSED_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
"""Methods that `fetch` throws at."""
REPLACED = frozenset({"accept-encoding", "content-length", "date", "dnt", "user-agent"})
"""Fields the browser drops or sets itself, without harm."""
DROPPED = frozenset(
    {
        "accept-charset",
        "access-control-request-headers",
        "access-control-request-method",
        "cookie",
        "cookie2",
        "expect",
        "origin",
        "referer",
        "te",
        "trailer",
        "via",
    }
)
"""Fields the browser drops, and a request without them would be another one."""


REDIRECT = (
    "the server redirects, and browsers do not say where to; it could be a host that was not granted, so it was not followed"
)


class BrowserPlatform(NativePlatform):
    """`performance.now` ticks every 100 µs at best, and says so."""

    __slots__ = ("_doze",)

    def __init__(self, doze: Callable[[float], None] | None = None) -> None:
        """`doze` is there where WebAssembly cannot be suspended: it keeps this worker waiting, at most so many milliseconds, and passes on
        what the page has sent."""
        super().__init__()
        self._doze = doze

    @property
    def resolution(self) -> int:
        """100 µs: what browsers grant without cross-origin isolation."""
        return 100_000

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside whoever waits; where nothing runs beside, that traps."""
        if self._doze is not None:
            work.close()
            raise cannot_wait("nothing else goes on in this browser while a component waits, not even a request")
        super().spawn(work)

    async def wait(self, bell: Ringing, heard: int, timeout: int | None, watches: Sequence[Watch] = ()) -> bool:
        """Sleep until the bell has rung (true), or `timeout` has passed (false)."""
        if self._doze is None:
            return await super().wait(bell, heard, timeout, watches)
        until = None if timeout is None else self.monotonic() + timeout
        while bell.rings == heard:
            left = FOREVER if until is None else (until - self.monotonic()) / 1e6
            if left <= 0:
                return False
            try:
                self._doze(left)
            except JsException as error:
                raise cannot_wait(f"this page is not cross-origin isolated, and {error.js_error.message}") from None
        return True

    def settle(self, waiting: Coroutine[Any, Any, Any]) -> Any:
        """`waiting` itself; its result, where it must be had at once."""
        if self._doze is None:
            return waiting
        try:
            waiting.send(None)
        except StopIteration as done:
            return done.value
        waiting.close()
        raise cannot_wait("what it waits for needs this browser's event loop")


FOREVER = 86_400_000.0
"""A day, in milliseconds."""


def cannot_wait(why: str) -> Trap:
    """The guest must wait, and cannot."""
    return Trap(
        f"the component must wait, but this browser cannot suspend WebAssembly (it lacks JavaScript Promise Integration): {why}",
        kind=TrapKind.HOST,
        hint="use a browser that has it, such as a current Chrome, Edge or Firefox",
    )


class FetchTransport:
    """Sends requests with `fetch`. `notice` hears, in words, of what the browser does on its own account.

    `fetch` may be a function of JavaScript that stands for the browser's own: it reaches the hosts that were granted, where the worker
    of the engine itself reaches none (web/src/engine/reach.ts).
    """

    __slots__ = ("_fetch", "_js", "_notice")

    def __init__(self, notice: Callable[[str], None] | None = None, fetch: Any = None) -> None:
        import js  # not when this module is loaded: a memory snapshot cannot hold what belongs to JavaScript

        self._js = js
        self._notice = notice
        self._fetch = fetch or js.fetch

    def _say(self, words: str) -> None:
        if self._notice is not None:
            self._notice(words)

    def _headers(self, request: Request) -> Any:
        headers = self._js.Headers.new()
        for name, value in request.headers:
            lower = name.lower()
            if lower in DROPPED or lower.startswith(("sec-", "proxy-")):
                raise HttpError("internal-error", f"browsers do not let programs send the field `{lower}`")
            if lower in REPLACED:
                self._say(f"the browser sends its own `{lower}`")
                continue
            headers.append(name, value.decode("latin-1"))
        return headers

    async def __call__(self, request: Request) -> Response:
        """The response as it comes. Raises `HttpError`."""
        if request.method.upper() in REFUSED_METHODS:
            raise HttpError("HTTP-request-method-invalid")
        if request.body and request.method.upper() in ("GET", "HEAD"):
            raise HttpError("internal-error", f"browsers do not send a body with {request.method}")
        if "@" in request.authority:
            raise HttpError("internal-error", "browsers do not send user information that stands in an address")
        if request.trailers:
            raise HttpError("internal-error", "browsers do not send trailers")
        abort = self._js.AbortController.new()
        options = self._js.Object.new()
        options.method = request.method
        options.headers = self._headers(request)
        options.signal = abort.signal
        options.credentials = "omit"
        options.cache = "no-store"
        options.referrerPolicy = "no-referrer"
        if request.body:
            options.body = to_js(request.body)
        given = [timeout for timeout in (request.timeouts.connect, request.timeouts.first_byte) if timeout is not None]
        try:
            answer = await asyncio.wait_for(self._fetch(request.url, options), sum(given) / 1e9 if given else None)
        except TimeoutError:
            abort.abort()
            code = "connection-timeout" if request.timeouts.first_byte is None else "connection-read-timeout"
            raise HttpError(code) from None
        except JsException as error:
            if str(error.js_error.name) == "PyCMRefused":
                raise HttpError("HTTP-request-denied", None) from None
            why = f"{error}; browsers do not say whether the server refused, its name is unknown, or CORS forbids it"
            raise HttpError("internal-error", why) from None
        if str(answer.type) == "opaqueredirect":
            raise HttpError("internal-error", REDIRECT)
        if answer.redirected:
            self._say(f"the browser followed a redirect to {answer.url}")
        between = request.timeouts.between_bytes
        return Response(answer.status, response_headers(answer), chunks(answer, abort, between))


def response_headers(answer: Any) -> Entries:
    """What the browser lets one see. A body it has decoded has neither the coding nor the length that the fields speak of."""
    pairs = [(str(pair[0]), str(pair[1]).encode("latin-1")) for pair in answer.headers.entries()]
    if any(name == "content-encoding" for name, _ in pairs):
        pairs = [(name, value) for name, value in pairs if name not in ("content-encoding", "content-length")]
    return pairs


async def chunks(answer: Any, abort: Any, timeout: int | None) -> AsyncIterator[bytes]:
    """The body of a response, as it arrives."""
    if not answer.body:  # `null`, which is not `None` here
        return
    reader = answer.body.getReader()
    try:
        while True:
            part = await asyncio.wait_for(reader.read(), None if timeout is None else timeout / 1e9)
            if part.done:
                return
            yield part.value.to_bytes()
    except TimeoutError:
        raise HttpError("connection-read-timeout") from None
    except JsException:
        raise HttpError("HTTP-response-incomplete") from None
    finally:
        abort.abort()
