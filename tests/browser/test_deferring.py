"""What guests write is told later, and nobody can tell: in Chromium, on the engine itself and in the page."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from pycm_core.base.source import Source
from pycm_core.component.binary.encode import encode
from pycm_core.component.text.parse import parse
from tests.browser.conftest import PYTHON_PAGE
from tests.browser.test_waiting import OPEN

HERE = Path(__file__).parent

MAIN = """
import json
import js
from pyodide.ffi import to_js
from deferring import differences
from pycm_core.runtime.engines.browser import BrowserEngine
from pycm_core.runtime.engines.ring import PAGES

def main():
    limits = to_js({"initial": PAGES, "maximum": PAGES, "shared": True}, dict_converter=js.Object.fromEntries)
    ring = js.WebAssembly.Memory.new(limits)
    return json.dumps([differences(engine, range(SEEDS)) for engine in (BrowserEngine(ring), BrowserEngine())])
"""


@pytest.mark.timeout(PYTHON_PAGE / 1000)
def test_nothing_differs(python_page: Callable[..., str]) -> None:
    """Random scripts of writes, sound and not, with and without deferring."""
    shared, alone = json.loads(python_page(MAIN.replace("SEEDS", "150"), HERE / "deferring.py"))
    for found in (shared, alone):
        assert found["wrong"] == []
        assert min(found["ended"], found["trapped"]) > 30, found
    assert shared["deferred"] < 0.75 * shared["not"], "where somebody looks, outputs are told later"
    assert alone["deferred"] == alone["not"], "where nobody looks, output that is shown is told at once"


COMMAND = """
(component
  (import "wasi:io/error@0.2.0" (instance $errors (export "error" (type (sub resource)))))
  (alias export $errors "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer 1 $error (type $e))
    (export "error" (type $error (eq $e)))
    (export "output-stream" (type $stream (sub resource)))
    (type $failure (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $failure)))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $stream)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "output-stream" (type $stream))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $stream (type $s))
    (export "output-stream" (type $stream (eq $s)))
    (export "get-stdout" (func (result (own $stream))))))
  (import "wasi:cli/stderr@0.2.0" (instance $stderr
    (alias outer 1 $stream (type $s))
    (export "output-stream" (type $stream (eq $s)))
    (export "get-stderr" (func (result (own $stream))))))
  (core module $memory (memory (export "memory") 1)
    (data (i32.const 0) "one\\0atwo\\0athree\\0afour\\0a"))
  (core instance $m (instantiate $memory))
  (core func $stdout (canon lower (func $stdout "get-stdout")))
  (core func $stderr (canon lower (func $stderr "get-stderr")))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $m "memory")))
  (core module $code
    (import "h" "stdout" (func $stdout (result i32)))
    (import "h" "stderr" (func $stderr (result i32)))
    (import "h" "write" (func $write (param i32 i32 i32 i32)))
    (func (export "run") (result i32)
      (local $out i32) (local $err i32)
      (local.set $out (call $stdout))
      (local.set $err (call $stderr))
      (call $write (local.get $out) (i32.const 0) (i32.const 4) (i32.const 64))
      (call $write (local.get $err) (i32.const 0) (i32.const 4) (i32.const 64))
      (call $write (local.get $out) (i32.const 4) (i32.const 4) (i32.const 64))
      (call $write (local.get $err) (i32.const 8) (i32.const 6) (i32.const 64))
      (call $write (local.get $out) (i32.const 14) (i32.const 5) (i32.const 64))
      ;; and now it only computes
      END))
  (core instance $c (instantiate $code (with "h" (instance
    (export "stdout" (func $stdout)) (export "stderr" (func $stderr)) (export "write" (func $write))))))
  (func $run (result (result)) (canon lift (core func $c "run")))
  (instance $exported (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $exported))
)
"""
"""Writes to both outputs in turn, so that from the second write on by a handle nothing passes through Python."""

START = """([id]) => {
  const decoder = new TextDecoder();
  window.told = [];
  const onOutput = (stream, bytes) => told.push(`${stream}: ${decoder.decode(bytes)}`);
  window.over = pycm.call('run', {id}, {onOutput}).then((result) => window.result = result, (error) => window.result = error);
}"""
TOLD = ["stdout: one\n", "stderr: one\n", "stdout: two\n", "stderr: three\n", "stdout: four\n"]


def started(page: Page, end: str) -> None:
    binary = encode(parse(Source(COMMAND.replace("END", end), "command.wat")))
    page.evaluate(START, [page.evaluate(OPEN, ["command", base64.b64encode(binary).decode()])])


def test_output_shows_while_the_guest_computes(booted: Page) -> None:
    """It never calls the host again, so Python cannot tell anybody; it is stopped by ending the worker, and nothing is lost."""
    started(booted, "(loop $on (br $on)) unreachable")
    booted.wait_for_function("() => told.length === 5", timeout=20_000)
    assert booted.evaluate("told") == TOLD
    booted.evaluate("() => pycm.stop().then(() => over)")
    assert booted.evaluate("result.kind") == "Stopped"
    assert booted.evaluate("told") == TOLD


@pytest.mark.parametrize("end", ["(i32.const 0)", "unreachable"])
def test_output_is_told_once(booted: Page, end: str) -> None:
    """What was shown early is not shown again when it is told; a trap loses nothing."""
    wait = "(loop $on (br_if $on (local.tee $out (i32.add (local.get $out) (i32.const 1)))))"
    started(booted, f"{wait} {end}")
    booted.evaluate("over")
    assert booted.evaluate("told") == TOLD
    result = booted.evaluate(
        "({out: new TextDecoder().decode(result.stdout), err: new TextDecoder().decode(result.stderr), exit: result.exit})"
    )
    assert result == {"out": "one\ntwo\nfour\n", "err": "one\nthree\n", "exit": 134 if end == "unreachable" else 0}
