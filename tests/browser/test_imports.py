"""Imports that the page answers."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.test_stop import OPEN
from tests.browser.wasm import ASKS, component


def test_the_page_answers_an_import(booted: Page) -> None:
    id = booted.evaluate(OPEN, component(ASKS))
    answer = """async ([id, keep]) => {
      const seen = [];
      const imports = {'test:host/words#double': async (x) => { seen.push(x); return String(2 * Number(x)); }};
      const {instance} = keep ? await pycm.call('instantiate', {id, imports}) : {};
      const call = {id, func: 'quadruple', args: ['3'], ...(keep ? {instance} : {imports})};
      return [(await pycm.call('invoke', call)).result, seen];
    }"""
    assert booted.evaluate(answer, [id, False]) == ["12", ["3", "6"]]
    assert booted.evaluate(answer, [id, True]) == ["12", ["3", "6"]]


def test_what_nobody_answers_traps_and_names_itself(booted: Page) -> None:
    id = booted.evaluate(OPEN, component(ASKS))
    result = booted.evaluate("id => pycm.call('invoke', {id, func: 'quadruple', args: ['3']})", id)
    assert "test:host/words#double" in result["trap"]["message"]
    imports = "{'test:host/words#double': () => { throw new Error('not today'); }}"
    result = booted.evaluate(f"id => pycm.call('invoke', {{id, func: 'quadruple', args: ['3'], imports: {imports}}})", id)
    assert "not today" in result["trap"]["message"]
