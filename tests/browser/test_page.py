"""The main job through the page, as a visitor does it: open, read the WIT, call, run, share, stop; with broken and with large files."""

from __future__ import annotations

import json
import random
import re
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import corpus
from tests.browser.conftest import Watch, wait_for_python
from tests.browser.hands import Hands
from tests.browser.wasm import LOOP, component
from tests.oracles import wasm_tools

needs_corpus = pytest.mark.skipif(corpus.manifest() is None, reason=f"the components are not there: {corpus.COMPONENTS}")
BY_HAND = {
    "mandel-bench": "a benchmark",
    "wc-files": "the fixture has an empty directory",
    "wc-long": "its file is checked by the API",
}


@pytest.fixture
def hands(booted: Page) -> Hands:
    return Hands(booted)


@needs_corpus
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", corpus.CALLABLE)
def test_components_are_called_by_hand(hands: Hands, name: str) -> None:
    hands.open(name)
    opened = corpus.open_component(hands.page, name)
    shown = subprocess.run([wasm_tools(), "component", "wit", corpus.file_of(name)], capture_output=True, text=True, check=True)
    assert hands.wit().rstrip() == shown.stdout.rstrip()
    for test in corpus.tests_of((name,), "invoke", "transcript"):
        check = {"invoke": hands.check_invoke, "transcript": hands.check_transcript}[test["kind"]]
        assert check(opened, test) == []


@needs_corpus
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", corpus.COMMANDS)
def test_commands_are_run_by_hand(hands: Hands, name: str) -> None:
    for test in corpus.tests_of((name,), "cli"):
        if test["name"] not in BY_HAND:
            hands.open(name)  # anew, so that no file of the test before is left
            assert hands.check_run(test) == [], test["name"]
    shown = subprocess.run([wasm_tools(), "component", "wit", corpus.file_of(name)], capture_output=True, text=True, check=True)
    assert hands.wit().rstrip() == shown.stdout.rstrip()


BREAK = """async (files) => {
  const failures = [];
  for (const bytes of files) {
    const ended = await pycm.call('open', {name: 'broken.wasm', bytes: Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))})
      .then(async ({id}) => { await pycm.call('close', {id}); return null; }, (error) => error);
    failures.push(ended);
  }
  return failures;
}"""


def broken_ways(data: bytes) -> tuple[list[bytes], list[bytes]]:
    """A file cut at every length, and with one random byte changed, a thousand times (always the same ones)."""
    chance = random.Random(20)
    flipped = []
    for _ in range(1000):
        copy = bytearray(data)
        copy[chance.randrange(len(copy))] ^= chance.randrange(1, 256)
        flipped.append(bytes(copy))
    return [data[:length] for length in range(len(data))], flipped


def failures_of(page: Page, files: list[bytes]) -> list[Any]:
    found: list[Any] = []
    for at in range(0, len(files), 250):
        found += page.evaluate(BREAK, [b64encode(file).decode() for file in files[at : at + 250]])
    return found


@needs_corpus
@pytest.mark.timeout(900)
def test_broken_files_say_where_and_the_next_one_opens(hands: Hands) -> None:
    data = corpus.file_of("jco-exitcode").read_bytes()
    cut, flipped = broken_ways(data)
    for length, failure in enumerate(failures_of(hands.page, cut)):
        if failure is None:
            continue  # cut between two sections, it is a smaller component
        assert failure["kind"] in {"Malformed", "Invalid"}, (length, failure)
        assert 0 <= failure["where"]["offset"] <= length, (length, failure)
    opened = 0
    for failure in failures_of(hands.page, flipped):
        opened += failure is None
        if failure is not None:
            assert failure["kind"] in {"Malformed", "Invalid", "Unlinkable", "Exhaustion"}, failure
            assert failure["where"] is not None and 0 <= failure["where"]["offset"] <= len(data), failure
            assert "Traceback" not in json.dumps(failure)
    assert opened < len(flipped)
    hands.give("cut.wasm", data[: len(data) // 2])
    expect(hands.find("open-error")).to_contain_text("at byte")
    hands.open("jco-exitcode")
    expect(hands.find("open-error")).to_have_count(0)


def test_what_is_no_wasm_is_refused_in_words(hands: Hands) -> None:
    hands.give("notes.wasm", b"hello")
    expect(hands.find("open-error")).to_contain_text("at byte 0")


LONG_TASKS = """() => {
  window.longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((entry) => entry.duration))).observe({type: 'longtask'});
}"""


@pytest.mark.alone
def test_a_large_file_is_opened_by_hand(hands: Hands, tmp_path: Path) -> None:
    size = 100 << 20
    large = tmp_path / "large.wasm"
    with large.open("wb") as file:
        file.write(b"\0asm\x0d\0\x01\0\0" + leb(size + 2) + b"\x01x")
        file.truncate(file.tell() + size)
    hands.page.wait_for_timeout(500)
    hands.page.evaluate(LONG_TASKS)
    hands.give("large.wasm", large)
    hands.find("tab-component").click()
    expect(hands.find("component-kind")).to_contain_text("A component", timeout=60_000)
    assert hands.page.evaluate("longTasks") == [], "tasks of the main thread over 50 ms"
    hands.find("open-file").set_input_files(large)
    hands.find("stop").click()
    expect(hands.find("busy")).to_have_count(0, timeout=5_000)
    hands.give("loop.wasm", bytes(component(LOOP)))
    expect(hands.find("component-panel")).to_contain_text("loop.wasm")


def leb(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def test_stop_brings_the_page_back(hands: Hands) -> None:
    hands.give("loop.wasm", bytes(component(LOOP)))
    hands.choose("spin")
    hands.find("call").dblclick()  # as many people do everywhere; the second click is not for what stands there then
    hands.page.wait_for_timeout(300)
    expect(hands.find("busy")).to_contain_text("spin")
    hands.find("stop-call").click()
    expect(hands.find("call")).to_be_visible(timeout=5_000)
    expect(hands.find("status")).to_contain_text("Ready", timeout=20_000)
    hands.find("func").select_option("add")
    hands.find("wave-a").fill("20")
    hands.find("wave-b").fill("22")
    hands.find("call").click()
    expect(hands.find("result")).to_have_text("42", timeout=20_000)


@needs_corpus
@pytest.mark.parametrize(
    ("name", "call", "args"), [("c-kit", "stats", ["[1.5, -2, 4]"]), ("wippy-mapper", "aggregate-tags", ["[]"])]
)
def test_a_link_restores_everything_and_runs_nothing(
    hands: Hands, browser: Browser, watch: Watch, name: str, call: str, args: list[str]
) -> None:
    hands.open(name)
    func = next(
        func for func in corpus.functions(corpus.open_component(hands.page, name)["exports"]).values() if func["name"] == call
    )
    first = hands.call(func, args)
    events = events_of(hands)
    wit = hands.wit()
    hands.find("tab-wit").click()
    hands.find("wit-editor").locator(".cm-content").click()
    hands.page.keyboard.press("Control+Home")
    hands.page.keyboard.type("// written before sharing\n")
    hands.find("share").click()
    link = hands.find("share-link").input_value(timeout=20_000)
    assert "#v1." in link

    context = browser.new_context(service_workers="block")
    page = context.new_page()
    watch.page(page)
    page.goto(link)
    wait_for_python(page)
    other = Hands(page)
    expect(other.find("arrival")).to_contain_text("Nothing has run")
    expect(other.find("func")).to_have_value(func["path"], timeout=30_000)
    for param, text in zip(func["params"], args, strict=True):
        expect(other.find(f"wave-{param['name']}")).to_have_value(text)
    page.wait_for_timeout(500)
    assert other.find("result").count() == 0
    other.find("call").click()
    expect(other.find("result")).to_have_text(first[1] or "", timeout=30_000)
    assert events_of(other) == events
    assert other.wit() == wit
    other.find("tab-wit").click()
    expect(other.find("wit-editor").locator(".cm-line").first).to_have_text("// written before sharing")
    context.close()


def events_of(hands: Hands) -> list[str]:
    """Every event of the trace, as the page copies it."""
    expect(hands.find("trace-count")).to_contain_text("event")
    hands.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    hands.page.get_by_role("button", name="Copy the trace as text").click()
    hands.page.wait_for_timeout(200)
    lines: list[str] = hands.page.evaluate("navigator.clipboard.readText()").splitlines()
    counted = re.findall(r"[\d,]+", hands.find("trace-count").text_content())[-1]  # of those hidden too
    assert len(lines) >= 5 and counted == f"{len(lines):,}"
    hands.page.evaluate("navigator.clipboard.writeText('')")
    return lines


@needs_corpus
def test_a_component_too_large_for_a_link_offers_a_file(hands: Hands) -> None:
    hands.open("js-shop-qjs")
    hands.find("share").click()
    expect(hands.find("too-large")).to_contain_text("64 KiB", timeout=20_000)
    with hands.page.expect_download() as download:
        hands.find("save-project").click()
    assert download.value.suggested_filename.endswith(".pycm")


def test_the_work_survives_a_reload(hands: Hands) -> None:
    hands.give("loop.wasm", bytes(component(LOOP)))
    hands.choose("add")
    hands.find("wave-a").fill("7")
    hands.page.wait_for_timeout(1500)
    hands.page.reload()
    wait_for_python(hands.page)
    expect(hands.find("func")).to_have_value("add", timeout=30_000)
    expect(hands.find("wave-a")).to_have_value("7")
    # Another component is another project; the one before waits with its arguments.
    hands.give("other.wasm", bytes(component(LOOP)))
    hands.find("projects").click()
    hands.page.get_by_role("button", name=re.compile("^loop.wasm")).click()
    expect(hands.find("component-panel")).to_contain_text("loop.wasm", timeout=30_000)
    expect(hands.find("wave-a")).to_have_value("7")
