"""Stop: a guest's loop, Python's own work, a large file on its way in; and the page afterwards."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import BOOT
from tests.browser.wasm import ASKS, LOOP, component

OPEN = "bytes => pycm.call('open', {name: 'test.wasm', bytes: new Uint8Array(bytes)}).then(({id}) => id)"

STOP_SOON = """async ([id, func, args]) => {
  const call = pycm.call('invoke', {id, func, args}).then(() => 'returned', (error) => error);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const state = pycm.state;
  const start = performance.now();
  await pycm.stop();
  const error = await call;
  const again = await pycm.call('invoke', {id, func: 'add', args: ['1', '2']});
  return {state, error, again: again.result, took: performance.now() - start};
}"""


def test_stop_ends_a_loop_and_the_component_stays(booted: Page) -> None:
    id = booted.evaluate(OPEN, component(LOOP))
    stopped = booted.evaluate(STOP_SOON, [id, "spin", []])
    assert stopped["state"] == "busy"
    assert stopped["error"]["kind"] == "Stopped"
    assert stopped["again"] == "3"
    assert stopped["took"] < BOOT / 2


def test_stop_ends_a_call_that_waits_for_the_page(booted: Page) -> None:
    id = booted.evaluate(OPEN, component(ASKS))
    error = booted.evaluate(
        """async (id) => {
          const imports = {'test:host/words#double': () => new Promise(() => {})};
          const call = pycm.call('invoke', {id, func: 'quadruple', args: ['1'], imports}).catch((error) => error);
          await new Promise((resolve) => setTimeout(resolve, 300));
          await pycm.stop();
          return call;
        }""",
        id,
    )
    assert error["kind"] == "Stopped"


def test_a_signal_stops(booted: Page) -> None:
    id = booted.evaluate(OPEN, component(LOOP))
    error = booted.evaluate(
        "id => pycm.call('invoke', {id, func: 'spin', args: []}, {signal: AbortSignal.timeout(300)}).catch((error) => error)", id
    )
    assert error["kind"] == "Stopped"


LARGE = """async ({megabytes, stopAfter}) => {
  // a component with one custom section of zeros
  const size = megabytes << 20;
  const leb = (n) => { const out = []; do { out.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; } while (n > 0); return out; };
  const head = [0, 97, 115, 109, 13, 0, 1, 0, 0, ...leb(size + 2), 1, 120];
  const bytes = new Uint8Array(head.length + size);
  bytes.set(head);
  await new Promise((resolve) => setTimeout(resolve, 200));  // the making of it is not measured
  const long = [];
  const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration)));
  observer.observe({type: 'longtask'});
  const stages = new Set();
  const call = pycm.call('open', {name: 'large.wasm', bytes}, {onProgress: ({stage}) => stages.add(stage)});
  const outcome = call.then(({kind, size}) => ({kind, size}), (error) => error);
  if (stopAfter !== null) {
    await new Promise((resolve) => setTimeout(resolve, stopAfter));
    await pycm.stop();
  }
  const result = await outcome;
  await new Promise((resolve) => setTimeout(resolve, 100));
  observer.disconnect();
  const alive = await pycm.call('check-wit', {text: ''}).then(() => true, () => false);
  return {result, long, stages: [...stages], alive};
}"""


@pytest.mark.alone
def test_a_hundred_megabytes_do_not_block_the_page(booted: Page) -> None:
    opened = booted.evaluate(LARGE, {"megabytes": 100, "stopAfter": None})
    assert opened["result"]["kind"] == "component", opened
    assert opened["long"] == [], "tasks of the main thread over 50 ms"
    assert "read" in opened["stages"]


def test_stop_works_while_a_large_file_opens(booted: Page) -> None:
    for after in (0, 50, 300):
        opened = booted.evaluate(LARGE, {"megabytes": 100, "stopAfter": after})
        assert opened["result"].get("kind") == "Stopped", (after, opened)
        assert opened["alive"]
