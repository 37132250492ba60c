"""Stop may hit Python anywhere, also between the tasks of its event loop, where nobody waits for what it raises: nothing uncaught may reach
the worker or the page then, and the next run works."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.test_waiting import opened

RUSH = """async ([id, after]) => {
  const lines = async function* () {
    const bytes = new TextEncoder().encode('a line\\n');
    for (let i = 0; i < 20000; i++) { yield bytes; if (i % 8 === 0) await new Promise((resolve) => setTimeout(resolve)); }
  };
  let written = 0;
  const run = pycm.call('run', {id, stdin: lines()}, {onOutput: (_, bytes) => (written += bytes.byteLength)})
    .then(({exit}) => ({exit}), (error) => error);
  while (written === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, after));
  await pycm.stop();
  const ended = await run;
  const again = await pycm.call('check-wit', {text: ''}).then(() => true);
  return {kind: ended.kind, again};
}"""


@pytest.mark.timeout(600)
def test_a_rush_of_lines_stops_anywhere(booted: Page) -> None:
    id = opened(booted, "lines")
    for round in range(12):
        assert booted.evaluate(RUSH, [id, round * 7 % 40]) == {"kind": "Stopped", "again": True}
