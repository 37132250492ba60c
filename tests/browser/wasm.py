"""Small components for the browser tests, encoded by wasmtime from text."""

from __future__ import annotations

from functools import cache

import wasmtime

LOOP = """
(component
  (core module $m
    (func (export "spin") (loop (br 0)))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  (core instance $i (instantiate $m))
  (func (export "spin") (canon lift (core func $i "spin")))
  (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add"))))
"""

ASKS = """
(component
  (import "test:host/words" (instance $words (export "double" (func (param "x" u32) (result u32)))))
  (core func $double (canon lower (func $words "double")))
  (core module $m
    (import "words" "double" (func $double (param i32) (result i32)))
    (func (export "quadruple") (param i32) (result i32) (call $double (call $double (local.get 0)))))
  (core instance $i (instantiate $m (with "words" (instance (export "double" (func $double))))))
  (func (export "quadruple") (param "x" u32) (result u32) (canon lift (core func $i "quadruple"))))
"""


@cache
def component(text: str) -> list[int]:
    """The bytes, as JavaScript takes them."""
    return list(wasmtime.wat2wasm(text))
