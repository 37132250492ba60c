"""Stop may hit Python anywhere, also in a task of its event loop for which nobody waits: nothing uncaught may reach the worker or the page
then, and the next run works."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Page

from tests.browser.test_waiting import opened

RUSH = """async ([id, host, after]) => {
  let written = 0;
  const given = {id, argv: ['fetch', `http://${host}/`], grants: {clock: 'real', http: {hosts: [host]}}};
  const run = pycm.call('run', given, {onOutput: (_, bytes) => (written += bytes.byteLength)}).then(({exit}) => ({exit}), (error) => error);
  while (written < 10000) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, after));
  await pycm.stop();
  const ended = await run;
  const again = await pycm.call('check-wit', {text: ''}).then(() => true);
  return {kind: ended.kind, again};
}"""


class Endless(http.server.BaseHTTPRequestHandler):
    """Sends small pieces for ever: each of them is work for a task beside the guest's."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("access-control-allow-origin", "*")
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(b"a piece of it\n" * 100)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def endless() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.timeout(600)
def test_a_rush_of_tasks_stops_anywhere(booted: Page, endless: str) -> None:
    id = opened(booted, "fetch")
    for round in range(10):
        assert booted.evaluate(RUSH, [id, endless, round * 7 % 40]) == {"kind": "Stopped", "again": True}
