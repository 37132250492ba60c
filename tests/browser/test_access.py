"""Every panel and dialog for everybody: axe has nothing to say, wide in light, narrow in dark; nothing runs over the edge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Watch, wait_for_python
from tests.browser.hands import Hands
from tests.browser.test_editor import Writer
from tests.browser.test_waiting import PROGRAMS

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"wide": (1280, 800), "narrow": (360, 740)}
OVER = "() => document.scrollingElement.scrollWidth - innerWidth"


@pytest.fixture(params=[("wide", "light"), ("narrow", "dark")], ids="-".join)
def hands(request: Any, browser: Browser, site: str, watch: Watch) -> Iterator[Hands]:
    width, scheme = request.param
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    context = browser.new_context(service_workers="block", viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    watch.page(page)
    page.goto(site)
    wait_for_python(page)
    page.evaluate(AXE.read_text())
    yield Hands(page)
    context.close()


def look(hands: Hands, where: str) -> None:
    """Nothing to complain of, as things are shown now."""
    found = hands.page.evaluate(
        """() => axe.run().then(({violations}) => violations.flatMap(({id, nodes}) =>
            nodes.map(({target, failureSummary}) => `${id}: ${target} ${failureSummary}`)))"""
    )
    assert found == [], f"{where}: " + "\n".join(found)
    assert hands.page.evaluate(OVER) <= 0, f"{where} runs over the edge"


def tab(hands: Hands, name: str) -> None:
    """Show a panel; side by side, some are always shown."""
    if hands.find(f"tab-{name}").count():
        hands.find(f"tab-{name}").click()


def panels(hands: Hands, where: str) -> None:
    for name in ("wit", "component", "imports", "call", "trace"):
        tab(hands, name)
        look(hands, f"{where}, {name}")


def test_before_anything_is_open(hands: Hands) -> None:
    panels(hands, "nothing open")
    tab(hands, "wit")
    hands.find("show-keys").click()
    look(hands, "keys")


def test_the_editor_with_problems(hands: Hands) -> None:
    Writer(hands.page).write("package a:b;\n\ninterface i {\n  type t = u88;\n  f: func() -> t;\n}\n")
    expect(hands.find("problems")).to_contain_text("u88", timeout=20_000)
    look(hands, "a problem")
    hands.find("file-add").click()
    look(hands, "a name for a file")


def test_the_example_called(hands: Hands) -> None:
    tab(hands, "call")
    hands.find("open-example").first.click()
    expect(hands.find("component-panel")).to_contain_text("bench.wasm", timeout=60_000)
    tab(hands, "call")
    expect(hands.find("call")).to_be_enabled(timeout=30_000)
    funcs = hands.find("func").locator("option").all_text_contents()
    for func in range(len(funcs)):
        hands.find("func").select_option(index=func)
        look(hands, f"the form of {funcs[func]}")
    hands.find("func").select_option(index=0)
    hands.find("call").click()
    expect(hands.find("history")).to_contain_text("1 call", timeout=30_000)
    panels(hands, "called")


def test_what_can_be_run_and_served(hands: Hands) -> None:
    for program in ("lines", "site"):
        hands.give(f"{program}.wasm", PROGRAMS / f"{program}.wasm")
        tab(hands, "component")
        expect(hands.find("component-panel")).to_contain_text(f"{program}.wasm", timeout=60_000)
        panels(hands, program)


@pytest.mark.parametrize("name", ["share", "projects"])
def test_dialogs(hands: Hands, name: str) -> None:
    hands.find(name).click()
    look(hands, name)


def test_what_is_no_component(hands: Hands) -> None:
    hands.give("holiday.jpg", b"\xff\xd8\xff\xe0 a picture")
    expect(hands.find("open-error")).to_be_visible()
    look(hands, "refused")


def test_a_trap_and_a_value_that_is_none(hands: Hands) -> None:
    tab(hands, "call")
    hands.find("open-example").click()
    expect(hands.find("component-panel")).to_contain_text("bench.wasm", timeout=60_000)
    tab(hands, "call")
    hands.find("func").select_option(label="share")
    hands.find("wave-total").fill("seven")
    look(hands, "a value that is none")
    hands.find("wave-total").fill("7")
    hands.find("wave-among").fill("0")
    hands.find("call").click()
    expect(hands.find("trap")).to_be_visible(timeout=30_000)
    look(hands, "a trap")
