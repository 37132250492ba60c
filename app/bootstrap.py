"""The Python end of the worker: takes requests from JavaScript, hands them to the session, posts what it answers.

Values cross as JSON text with the bytes beside it: an object with the one key `BYTES` stands for an entry of the list of bytes
(`web/src/engine/wire.ts` does the same). Failures are data: no traceback reaches the page, it goes to the worker's console.

A memory snapshot is taken after importing this module. It can hold modules that import `js`, but no object of JavaScript, so nothing here
makes an engine before `start`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol, cast

from pyodide.ffi import to_js

from app import failures
from app.context import ImportRefused
from app.messages import Failure
from app.session import Session
from pycm_core.runtime.engine import Engine
from pycm_core.runtime.engines.browser import BrowserEngine
from wasi_browser import Interrupted
from wasi_browser.http.messages import Transport
from wasi_browser.platform.base import Platform
from wasi_browser.platform.browser import BrowserPlatform, FetchTransport

BYTES = "\0bytes"
UNTAKEN = 1 << 17
"""How many bytes of a streaming response may be on their way to its reader."""


class Port(Protocol):
    """What the worker offers Python (`web/src/engine/worker.ts`)."""

    def reply(self, id: int, text: str, bytes: Any) -> None:
        """Post the reply to request `id`: `{result}` or `{error}` as JSON text, and the bytes in it."""
        ...

    def event(self, text: str, bytes: Any) -> None:
        """Post a message without a request."""
        ...


class PageContext:
    """`app.context.Context` over messages of request `id`."""

    def __init__(self, door: Door, id: int, fetch: Any = None) -> None:
        """`fetch` is a way to the hosts that were granted, where there are any."""
        self._door = door
        self.id = id
        self._fetch = fetch
        self._feed: Callable[[bytes | None], None] | None = None
        self._early: list[bytes | None] = []
        self._stops: list[Callable[[], None]] = []
        self._untaken = 0
        self._room: asyncio.Future[None] | None = None

    def progress(self, stage: str, done: int, total: int, unit: Literal["bytes", "items"]) -> None:
        """Show how far the request is; `total` is 0 when unknown."""
        self._door.event({"event": "progress", "id": self.id, "stage": stage, "done": done, "total": total, "unit": unit})

    def output(self, stream: Literal["stdout", "stderr"], data: bytes) -> None:
        """Show bytes the guest wrote."""
        self._door.event({"event": "output", "id": self.id, "stream": stream, "bytes": bytes(data)})

    def tell(self, event: str, **fields: Any) -> None:
        """Send another event of this request."""
        self._door.event({"event": event, "id": self.id, **fields})

    async def respond(self, data: bytes) -> None:
        """Send a piece of a response, and wait until the reader has come near it."""
        self.tell("response-chunk", bytes=data)
        self._untaken += len(data)
        while self._untaken > UNTAKEN:
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    def taken(self, size: int) -> None:
        """The reader has taken `size` bytes."""
        self._untaken -= size
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    def transport(self, notice: Callable[[str], None]) -> Transport:
        """By `fetch`, in the worker that the page keeps for it."""
        return FetchTransport(notice, self._fetch)

    def listen(self, feed: Callable[[bytes | None], None]) -> None:
        """Pass on what is typed, beginning with what came before."""
        self._feed = feed
        for data in self._early:
            feed(data)

    def feed(self, data: bytes | None) -> None:
        """Something was typed."""
        if self._feed is None:
            self._early.append(data)
        else:
            self._feed(data)

    def on_stop(self, stop: Callable[[], None]) -> None:
        """Call `stop` when the request is to end."""
        self._stops.append(stop)

    def stop(self) -> None:
        """End the request while it waits."""
        for stop in self._stops:
            stop()
        if self._room is not None and not self._room.done():
            self._room.set_exception(Interrupted())

    async def import_call(self, func: str, args: list[str]) -> str:
        """Ask the page to answer an import (`ns:pkg/iface#func`, WAVE texts); the result is WAVE. Raises `ImportRefused`."""
        return await self._door.ask(self.id, func, args)


class Door:
    """The worker's one door to the page. JavaScript calls `receive` and `answer`."""

    def __init__(
        self, port: Port, boot: Literal["snapshot", "plain"], doze: Callable[[float], None] | None = None, ring: Any = None
    ) -> None:
        self._port = port
        self._boot = boot
        self._session = Session(lambda: surroundings(doze, ring))
        self._asked: dict[int, asyncio.Future[str]] = {}
        self._running: dict[int, PageContext] = {}
        self._calls = 0

    def receive(self, id: int, method: str, text: str, buffers: Any, fetch: Any = None) -> Awaitable[None]:
        """Answer one request. `buffers` is a JavaScript list of `Uint8Array`s; `fetch` reaches the hosts that were granted.

        From here on `feed` and `stop` find it, though the event loop starts on it later.
        """
        self._running[id] = context = PageContext(self, id, fetch)
        return self._respond(id, method, text, buffers, context)

    async def _respond(self, id: int, method: str, text: str, buffers: Any, context: PageContext) -> None:
        try:
            params, given = decode(text, buffers)
            result = await self._session.handle(method, params, context)
            if method == "hello":
                result["boot"] = self._boot
            reply, found = encode({"result": result})
            found = given.back(found)
        except BaseException as error:  # KeyboardInterrupt is how Stop arrives
            reply, found = encode({"error": failure_of(error)})
        finally:
            self._running.pop(id, None)
        self._port.reply(id, reply, to_js(found))

    def feed(self, id: int, data: Any) -> None:
        """More of a live input: a `Uint8Array`, or `None` for its end."""
        if id in self._running:
            self._running[id].feed(None if data is None else data.to_bytes())

    def taken(self, id: int, size: int) -> None:
        """The reader of a streaming response has taken `size` bytes."""
        if id in self._running:
            self._running[id].taken(size)

    def stop(self, id: int) -> None:
        """End a request that waits."""
        if id in self._running:
            self._running[id].stop()
            for future in self._asked.values():
                if not future.done():
                    future.set_exception(Interrupted())

    def interrupted(self) -> None:
        """Stop hit a task of the event loop that is no request's own: what it belongs to ends."""
        for context in list(self._running.values()):
            self.stop(context.id)

    def answer(self, call: int, result: str | None, error: str | None) -> None:
        """The page's answer to an import call."""
        future = self._asked.pop(call, None)
        if future is None or future.done():
            return
        if error is not None:
            future.set_exception(ImportRefused(error))
        else:
            future.set_result(result or "")

    def ask(self, id: int, func: str, args: list[str]) -> Awaitable[str]:
        self._calls += 1
        future = asyncio.get_running_loop().create_future()
        self._asked[self._calls] = future
        self.event({"event": "import-call", "id": id, "call": self._calls, "func": func, "args": args})
        return future

    def event(self, message: dict[str, Any]) -> None:
        text, found = encode(message)
        self._port.event(text, to_js(found))


def start(port: Port, boot: Literal["snapshot", "plain"], doze: Callable[[float], None] | None = None, ring: Any = None) -> Door:
    """Open the door. After a restore `random` would repeat itself in every tab, so it is seeded anew.

    `doze` is there where WebAssembly cannot be suspended: it blocks for at most so many milliseconds, and passes on what the page sent.
    `ring` is a shared memory into which the page looks for what guests write (`web/src/engine/ring.ts`), where there can be one.
    """
    random.seed()
    door = Door(port, boot, doze, ring)
    # A task that `KeyboardInterrupt` hits raises it once more into the event loop (`asyncio.Task`), which would throw it at nobody. Pyodide's
    # has a place for who takes it, without a public name.
    loop = asyncio.get_event_loop()
    vars(loop)["_keyboard_interrupt_handler"] = door.interrupted
    loop.set_exception_handler(unheard)
    return door


def unheard(loop: asyncio.AbstractEventLoop, what: dict[str, Any]) -> None:
    """Print what a task failed with for which nobody waits, unless it was stopped."""
    if not isinstance(what.get("exception"), KeyboardInterrupt):
        loop.default_exception_handler(what)


def surroundings(doze: Callable[[float], None] | None = None, ring: Any = None) -> tuple[Engine, Platform]:
    """What runs guests in a browser, and what they see of the world."""
    return BrowserEngine(ring), BrowserPlatform(doze)


def rehearse() -> None:
    """Do, before the snapshot is taken, what every session does first, so that parsers are built and modules imported; nothing that runs a guest."""
    wit = "package a:b;\n\ninterface c {\n  record d { e: u8 }\n  f: func(g: d) -> option<string>;\n}\n\nworld h { export c; }\n"
    here = {"files": {"a.wit": wit}, "file": "a.wit", "at": wit.index("d)")}
    session = Session(surroundings)
    for method, params in (
        ("hello", {}),
        ("wit-check", here),
        ("wit-complete", here),
        ("wit-hover", here),
        ("open", {"name": "empty", "bytes": b"\0asm\x0d\0\x01\0"}),
    ):
        answering = session.handle(method, params, cast(PageContext, Unheard()))
        try:
            answering.send(None)
        except StopIteration:
            continue
        raise RuntimeError(f"the rehearsal of `{method}` waits for something")
    del session
    gc.collect()


class Unheard:
    """A context of which nothing is kept."""

    def progress(self, stage: str, done: int, total: int, unit: str) -> None:
        """Progress nobody sees."""


class Given:
    """Large bytes of a request, and the `Uint8Array`s they came in: what goes back unchanged (a file, say) need not be copied again."""

    LEAST = 1 << 16

    def __init__(self, bytes: list[bytes], arrays: list[Any]) -> None:
        self._by_identity = {
            id(data): (data, array) for data, array in zip(bytes, arrays, strict=True) if len(data) >= self.LEAST
        }

    def back(self, found: list[Any]) -> list[Any]:
        """Bytes, each as it came if it did."""
        return [self._by_identity.get(id(item), (item, item))[1] for item in found]


def decode(text: str, buffers: Any) -> tuple[Any, Given]:
    """The value of a packed text; `buffers` are `Uint8Array`s (or anything with `to_bytes`)."""
    arrays = list(buffers)
    found = [array.to_bytes() for array in arrays]
    given = Given(found, arrays)
    if not found:
        return json.loads(text), given

    def place(item: dict[str, Any]) -> Any:
        return found[item[BYTES]] if BYTES in item else item

    return json.loads(text, object_hook=place), given


def encode(value: Any) -> tuple[str, list[bytes]]:
    """A value as JSON text and the bytes it holds."""
    found: list[bytes] = []

    def put_aside(item: Any) -> Any:
        if isinstance(item, (bytes, bytearray, memoryview)):
            found.append(bytes(item))
            return {BYTES: len(found) - 1}
        raise TypeError(f"cannot send a {type(item).__name__} to the page")

    return json.dumps(value, default=put_aside, separators=(",", ":"), allow_nan=False), found


def failure_of(error: BaseException) -> Failure:
    """An exception as data. The traceback of what should not happen goes to the worker's console."""
    if isinstance(error, KeyboardInterrupt):
        return {"kind": "Stopped", "message": "stopped", "where": None, "hint": None}
    what = error.failure if isinstance(error, failures.Failed) else failures.failure(error)
    if what["kind"] == "InternalError":
        traceback.print_exception(error, file=sys.stderr)
    return what
