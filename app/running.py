"""Runs from start to end: a command (`wasi:cli/run`), or one request for a handler (`wasi:http/incoming-handler`)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from app.context import Context
from app.exchanges import in_words
from app.failures import BadRequest
from app.live import Live, exited
from app.machines import Box, Boxes, tree
from app.messages import MachineParams, RequestParams, RequestResult, RunParams, RunResult, ServeParams, ServeResult
from app.opened import Opened
from pycm_core.abi.values import Err
from pycm_core.base.errors import Exhaustion, Trap
from pycm_core.runtime.engine import Engine
from wasi_browser import Exit, Network, link
from wasi_browser.http.errors import HttpError
from wasi_browser.http.fields import Entries, is_token
from wasi_browser.http.messages import Request, Response
from wasi_browser.http.serving import serve_async, serve_streaming
from wasi_browser.http.web import PORTS

TRAPPED = 134
"""The exit code of a command that trapped: what a shell shows for an abort."""
NO_RESPONSE = 500
"""The status of a request that was not answered."""
HERE = "http://localhost"
"""Where a request goes whose address is a path only."""


class Run:
    """An instance in a machine of its own, for one run."""

    __slots__ = ("box", "live")

    def __init__(
        self,
        opened: Opened,
        params: MachineParams,
        context: Context,
        boxes: Boxes,
        streaming: bool = False,
        network: Network | None = None,
        place: int = 0,
    ) -> None:
        self.live = Live(context, opened.names, (), False)
        self.box: Box = boxes.make(params, self.live, context, streaming, network, place)

    def link(self, opened: Opened, engine: Engine) -> None:
        """Instantiate. Raises `Trap`, `Exhaustion`, `Exit`."""
        machine = self.box.machine
        self.live.link(engine, opened.runnable(), machine, *link(machine), suspends=self.box.waits)


async def run(opened: Opened, params: RunParams, context: Context, engine: Engine, boxes: Boxes) -> RunResult:
    """Run a command. A trap is an outcome; raises `BadRequest` for what is no command."""
    path = command(opened)
    return await carry_out(Run(opened, params, context, boxes), path, opened, engine)


def command(opened: Opened) -> str:
    """The path of the function that runs it. Raises `BadRequest` where there is none."""
    path = opened.command()
    if path is None:
        opened.runnable()
        raise BadRequest(f"`{opened.name}` is no command: it does not export `wasi:cli/run`", "call its exports instead")
    return path


async def carry_out(this: Run, path: str, opened: Opened, engine: Engine) -> RunResult:
    """The run itself."""
    machine = this.box.machine
    outcome: RunResult = {"exit": 0, "stdout": b"", "stderr": b"", "files": {}, "changes": []}
    try:
        this.link(opened, engine)
        result = await this.live.instance.func(path).call_async()
        outcome["exit"] = 1 if isinstance(result, Err) else 0
    except Exit as exit:
        outcome["exit"] = exit.code
    except (Trap, Exhaustion) as error:
        outcome["exit"] = TRAPPED
        outcome["trap"] = this.live.trapped(error)
    finally:
        this.live.close()
    outcome["stdout"], outcome["stderr"] = machine.stdout, machine.stderr
    outcome["files"] = tree(this.box.files())
    outcome["changes"] = this.box.changes()
    if kept := this.box.kept():
        outcome["kept"] = kept
    recorded = this.box.exchanges.recorded
    if recorded is not None:
        outcome["exchanges"] = recorded
    return outcome


async def request(opened: Opened, params: RequestParams, context: Context, engine: Engine, boxes: Boxes) -> RequestResult:
    """Let a component answer one request. What goes wrong in the guest is an outcome; raises `BadRequest` for what is no handler."""
    path = handler(opened)
    streaming = params.get("streaming", False) and engine.can_suspend
    asked = incoming(params)
    this = Run(opened, params, context, boxes, streaming)
    machine = this.box.machine
    ended: list[None] = []

    async def handle(*arguments: Any) -> None:
        try:
            await this.live.instance.func(path).call_async(*arguments)
        finally:
            ended.append(None)
            machine.bell.ring()

    outcome: RequestResult = {
        "status": NO_RESPONSE, "headers": [], "body": b"", "trailers": [], "stdout": b"", "stderr": b""
    }  # fmt: skip
    try:
        this.link(opened, engine)
        if streaming:
            response = await serve_streaming(handle, asked, machine.waiter)
            head(outcome, response)
            await pass_on(outcome, response, context)
            while not ended:  # a handler may go on after its response is complete
                await machine.platform.wait(machine.bell, machine.bell.rings, None)
        else:
            response = await serve_async(handle, asked)
            head(outcome, response)
            assert isinstance(response.body, bytes)
            outcome["body"] = response.body
    except HttpError as error:
        outcome["error"] = in_words(error)
    except Exit as exit:
        outcome["trap"] = exited(exit.code)
    except (Trap, Exhaustion) as error:
        outcome["trap"] = this.live.trapped(error)
    finally:
        this.live.close()
    outcome["stdout"], outcome["stderr"] = machine.stdout, machine.stderr
    if kept := this.box.kept():
        outcome["kept"] = kept
    recorded = this.box.exchanges.recorded
    if recorded is not None:
        outcome["exchanges"] = recorded
    return outcome


def handler(opened: Opened) -> str:
    """The path of the function that answers requests. Raises `BadRequest` where there is none."""
    path = opened.handler()
    if path is None:
        opened.runnable()
        raise BadRequest(
            f"`{opened.name}` answers no requests: it does not export `wasi:http/incoming-handler`", "call its exports instead"
        )
    return path


def serve(opened: Opened, params: ServeParams, context: Context, boxes: Boxes) -> ServeResult:
    """Whether it can serve: makes the machine once, for the faults in what it is given. Raises `BadRequest`."""
    path = handler(opened)
    Run(opened, params, context, boxes, True).live.close()
    return {"handler": path}


def incoming(params: RequestParams) -> Request:
    """The request as the guest gets it. Raises `BadRequest`."""
    method = params.get("method", "GET")
    if not is_token(method):
        raise BadRequest(f"`{method}` is no method of HTTP")
    url = params["url"]
    try:
        target = urlsplit(HERE + url if url.startswith("/") else url)
    except ValueError:
        raise BadRequest(f"`{url}` is no address") from None
    if target.scheme not in PORTS or not target.netloc:
        raise BadRequest("`url` must be an `http` or `https` address, or a path that starts with `/`")
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    return Request(method, target.scheme, target.netloc, path, entries(params.get("headers", [])), bytes(params.get("body", b"")))


def entries(given: list[list[str]]) -> Entries:
    """Fields as they come from the page: values are text, ISO 8859-1 where they fit, else UTF-8. Raises `BadRequest`."""
    found: Entries = []
    for entry in given:
        if len(entry) != 2 or not is_token(entry[0]):
            raise BadRequest("`headers` must be pairs of a field's name and its value")
        name, value = entry
        try:
            found.append((name, value.encode("latin-1")))
        except UnicodeEncodeError:
            found.append((name, value.encode("utf-8", "replace")))
    return found


def shown(fields: Entries) -> list[list[str]]:
    """Fields for the page."""
    return [[name, value.decode("latin-1")] for name, value in fields]


def head(outcome: RequestResult, response: Response) -> None:
    """What is known when a response begins."""
    outcome["status"] = response.status
    outcome["headers"] = shown(response.headers)
    outcome["trailers"] = shown(response.trailers)


async def pass_on(outcome: RequestResult, response: Response, context: Context) -> None:
    """Send a response to the page as it comes."""
    context.tell("response-head", status=outcome["status"], headers=outcome["headers"])
    if isinstance(response.body, bytes):
        if response.body:
            await context.respond(response.body)
    else:
        async for chunk in response.body:
            await context.respond(chunk)
    context.tell("response-end")
