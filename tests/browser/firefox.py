"""A Firefox as distributions ship it, which Playwright cannot drive: by WebDriver BiDi, as much of it as the tests use.

https://w3c.github.io/webdriver-bidi/
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import connect

NAMES = ("firefox-esr", "firefox")
START = 60
"""How long Firefox may take to listen, in seconds."""
LISTENS = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")


def executable() -> str | None:
    """An installed Firefox."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Firefox:
    """One tab of a headless Firefox with a fresh profile. `evaluate` and `url` are as those of Playwright's `Page`."""

    def __init__(self, program: str, profile: Path) -> None:
        command = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
        log = profile / "log.txt"
        with log.open("wb") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out)
        self.url = "about:blank"
        self._last = 0
        for _ in range(START * 10):
            if found := LISTENS.search(log.read_bytes()):
                break
            time.sleep(0.1)
        else:
            self._process.kill()
            raise RuntimeError(f"{program} does not listen: {log.read_text(errors='replace')[-500:]}")
        self._open = ExitStack()
        self._socket = self._open.enter_context(connect(f"{found[1].decode()}/session", max_size=None))
        self.command("session.new", capabilities={})
        self._context = self.command("browsingContext.getTree")["contexts"][0]["context"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self._process.kill()
        self._process.wait()

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of one command. Raises `RuntimeError` with Firefox's words."""
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": params}))
        while (message := json.loads(self._socket.recv())).get("id") != self._last:
            pass  # an event
        if message["type"] == "error":
            raise RuntimeError(message["message"])
        result: dict[str, Any] = message["result"]
        return result

    def goto(self, url: str) -> None:
        self.command("browsingContext.navigate", context=self._context, url=url, wait="complete")
        self.url = url

    def evaluate(self, expression: str, argument: object = None) -> Any:
        """What the function gives for the argument, or the expression is, both as JSON. Raises `RuntimeError` for what it throws."""
        given = json.dumps(argument)
        script = f"(async () => {{ const it = ({expression}); return JSON.stringify(await (typeof it === 'function' ? it({given}) : it)); }})()"
        target = {"context": self._context}
        result = self.command("script.evaluate", expression=script, target=target, awaitPromise=True)
        if result["type"] != "success":
            raise RuntimeError(result["exceptionDetails"]["text"])
        value = result["result"].get("value")
        return None if value is None else json.loads(value)
