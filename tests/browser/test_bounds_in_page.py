"""What a guest may use up in the page: memory and time, from a script and by hand; and a clear word when a bound is reached."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.api.test_bounds import binary
from tests.browser.hands import Hands
from tests.browser.test_waiting import PROGRAMS

CALLS = """async (bytes) => {
  const {id} = await pycm.call('open', {name: 'guest.wasm', bytes: new Uint8Array(bytes)});
  const call = (func, args, bounds) => pycm.call('invoke', {id, func, args, bounds})
    .then(({result, trap}) => trap ? [trap.kind, trap.message, trap.hint] : result, ({kind, message}) => [kind, message]);
  return {
    within: await call('grow', ['2'], {memory: 3 << 16}),
    past: await call('grow', ['3'], {memory: 3 << 16}),
    free: await call('grow', ['3']),
    need: await call('need', ['3'], {memory: 98304}),
    start: await call('spin', [], {memory: 100}),
    fuel: await call('spin', [], {fuel: 100}),
    time: await call('spin', [], {time: 500}),
    after: await call('count', ['5'], {time: 60000}),
  };
}"""


def test_from_a_script(booted: Page) -> None:
    found = booted.evaluate(CALLS, list(binary()))
    assert (found["within"], found["past"], found["free"]) == ("1", "-1", "1")
    kind, message, hint = found["need"]
    assert (kind, message.startswith("unreachable")) == ("unreachable", True)
    assert hint == "its memory had come to 65,536 of at most 98,304 bytes; it may have needed more"
    assert found["start"][1] == "a memory starts with 65,536 bytes, more than the 100 that are allowed"
    assert (found["fuel"][0], "does not count instructions" in found["fuel"][1]) == ("BadRequest", True)
    assert found["time"] == ["Exhaustion", "the time limit of 0.5 s was reached"]
    assert found["after"] == "7"


def test_by_hand(booted: Page) -> None:
    hands = Hands(booted)
    hands.give("files.wasm", PROGRAMS / "files.wasm")
    expect(hands.find("granted")).to_contain_text("nothing outside its machine")
    hands.find("change-grants").click()
    hands.find("bound-memory").fill("64")
    hands.find("bound-time").fill("1.5")
    axe = (PROGRAMS.parents[1] / "node_modules" / "axe-core" / "axe.min.js").read_text()
    booted.evaluate(axe)
    assert booted.evaluate("axe.run('[data-testid=grants]').then(({violations}) => violations.map(({id}) => id))") == []
    hands.find("grants-ok").click()
    expect(hands.find("granted")).to_contain_text("At most 64 MiB of memory and 1.5 s.")
    hands.find("argv").fill("files hold /a ready")
    hands.find("run").click()
    expect(hands.find("run-error")).to_contain_text("the time limit of 1.5 s was reached", timeout=60_000)
    expect(hands.find("run-error")).to_contain_text("The command was ended")
    hands.find("argv").fill("files put /a b")
    hands.find("run").click()
    expect(hands.find("exit")).to_contain_text("exit code 0", timeout=60_000)
