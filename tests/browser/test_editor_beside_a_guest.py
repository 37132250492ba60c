"""The editor answers while a guest holds Python and never lets go: another worker does it, until the guest has ended."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from tests.browser.test_editor import SHAPES, Writer
from tests.browser.test_stop import OPEN
from tests.browser.wasm import LOOP, component


def test_the_editor_goes_on_beside_an_endless_loop(booted: Page) -> None:
    writer = Writer(booted)
    writer.write(SHAPES)
    writer.clean()
    id = booted.evaluate(OPEN, component(LOOP))
    booted.evaluate("id => { window.spun = pycm.call('invoke', {id, func: 'spin', args: []}).catch((error) => error); }", id)
    booted.wait_for_function("() => pycm.state === 'busy'")
    writer.to("u8", after=2)
    writer.type("8")
    problem = writer.find("problems").get_by_role("button")
    expect(problem).to_contain_text("type u88 does not exist", timeout=30_000)
    assert booted.evaluate("pycm.state") == "busy"
    # The second answer needs no second worker to boot.
    started = time.monotonic()
    writer.press("Backspace")
    writer.clean()
    assert time.monotonic() - started < 10
    assert booted.evaluate("pycm.state") == "busy"
    booted.evaluate("pycm.stop()")
    assert booted.evaluate("spun")["kind"] == "Stopped"
    writer.type("8")
    expect(problem).to_contain_text("type u88 does not exist", timeout=30_000)
