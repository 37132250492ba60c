"""The trace panel: what guest code writes, memory as of any event, and several memories."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from pycm_core.base.source import Source
from pycm_core.component.binary.encode import encode
from pycm_core.component.text.parse import parse
from tests.browser.hands import Hands

LIBC = """
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $top (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
      (global.get $top)
      (global.set $top (i32.add (global.get $top) (local.get 3))))"""
TWO = f"""
(component
  (component $Inner
    (core module $M {LIBC}
      (func (export "shout") (param i32 i32) (result i32)
        (i32.store8 (local.get 0) (i32.const 0x21))
        (i32.store (i32.const 512) (i32.const 0x2a2a2a2a))
        (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16)))
    (core instance $m (instantiate $M))
    (alias core export $m "memory" (core memory $memory))
    (alias core export $m "realloc" (core func $realloc))
    (func (export "shout") (param "x" string) (result string)
      (canon lift (core func $m "shout") (memory $memory) (realloc $realloc))))
  (instance $inner (instantiate $Inner))
  (alias export $inner "shout" (func $shout))
  (core module $Libc {LIBC})
  (core instance $libc (instantiate $Libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $lowered (canon lower (func $shout) (memory $memory) (realloc $realloc)))
  (core module $Outer
    (import "" "shout" (func $shout (param i32 i32 i32)))
    (func (export "relay") (param i32 i32) (result i32) (call $shout (local.get 0) (local.get 1) (i32.const 32)) (i32.const 32)))
  (core instance $outer (instantiate $Outer (with "" (instance (export "shout" (func $lowered))))))
  (func (export "relay") (param "x" string) (result string)
    (canon lift (core func $outer "relay") (memory $memory) (realloc $realloc))))
"""


@pytest.fixture
def relayed(booted: Page) -> Hands:
    """A component with two memories, called once."""
    hands = Hands(booted)
    hands.give("two.wasm", encode(parse(Source(TWO, "two.wat"))))
    hands.choose("relay")
    hands.find("wave-x").fill('"hey"')
    hands.find("call").click()
    expect(hands.find("result")).to_have_text('"!ey"', timeout=30_000)
    if hands.find("tab-trace").is_visible():
        hands.find("tab-trace").click()
    return hands


def row_of(page: Page, address: int) -> str:
    """The bytes at an address, as the memory strip shows them."""
    cells = [page.locator(f'.memory-rows .byte[data-address="{address + i}"]') for i in range(4)]
    return " ".join(cell.text_content() or "" for cell in cells)


def test_guest_writes_are_hidden_until_asked_for(relayed: Hands) -> None:
    hands = relayed
    guest = hands.find("trace-filters").get_by_role("button", name=re.compile("guest write"))
    expect(guest).to_have_attribute("aria-pressed", "false")
    shown, of = (int(n) for n in re.findall(r"\d+", hands.find("trace-count").text_content()))
    assert 0 < shown < of
    assert hands.find("trace-list").get_by_text("guest-write").count() == 0
    guest.click()
    expect(guest).to_have_attribute("aria-pressed", "true")
    expect(hands.find("trace-count")).to_have_text(re.compile(rf"^{of} events"))
    hands.find("trace-list").get_by_role("option").filter(has_text="guest-write").last.click()
    expect(hands.find("trace-detail")).to_contain_text("the guest wrote")


def test_memory_is_that_of_the_event(relayed: Hands) -> None:
    """The string as the canonical ABI stored it, and as the guest left it."""
    hands, page = relayed, relayed.page
    stores = hands.find("trace-list").get_by_role("option").filter(has_text="store").filter(has_text="68 65 79")
    stores.last.click()
    expect(hands.find("memories").get_by_role("button", pressed=True)).to_contain_text("memory 0 of instance 1")
    at = int(re.search(r"0x([0-9a-f]+)", hands.find("trace-detail").text_content())[1], 16)
    assert row_of(page, at).startswith("68 65 79")
    hands.find("trace-list").get_by_role("option").filter(has_text="core-return").first.click()
    hands.find("memories").get_by_role("button", name="memory 0").click()
    assert row_of(page, at).startswith("21 65 79")
    hands.find("memories").get_by_role("button", name="memory 1").click()
    expect(hands.find("memories").get_by_role("button", pressed=True)).to_contain_text("memory 1 of instance 0")
    stores.first.click()
    expect(hands.find("memories").get_by_role("button", pressed=True)).to_contain_text("memory 1 of instance 0")
