"""The text format: abbreviations, faults with their place, round trips, and text that is broken in every way."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycm_core.base.errors import Exhaustion, Invalid, Malformed
from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.source import Source, Span
from pycm_core.component import syntax as s
from pycm_core.component import types as t
from pycm_core.component.binary.decode import decode
from pycm_core.component.binary.encode import encode
from pycm_core.component.binary.names import SECTION, Names, name_section, names
from pycm_core.component.text.parse import parse
from pycm_core.component.text.print import print_component
from pycm_core.component.types import Prim
from pycm_core.component.valid.validate import validate
from pycm_core.script.component import plain
from pycm_core.wasm.text.lexer import place

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2] / ".." / "shared"))
CORPUS = sorted((SHARED / "components" / "components").glob("*.wasm"))
LARGE = 8 << 20
"""From this size on a component prints to more than 100 MB of text, which takes a minute to read back."""


def a_case(path: Path) -> Any:
    slow = path.stat().st_size >= LARGE and not os.environ.get("PYCM_SLOW_COMPONENTS")
    return pytest.param(path, id=path.stem, marks=[pytest.mark.skip("takes a minute (PYCM_SLOW_COMPONENTS)")] if slow else [])


def read(text: str) -> s.Component:
    return parse(Source(text), features=ALL_FEATURES)


def definitions(text: str) -> list[s.Definition]:
    return [d for d in read(text).definitions if not (isinstance(d, s.CustomSection) and d.name == SECTION)]


@pytest.mark.skipif(not CORPUS, reason="needs the component corpus (PYCM_SHARED)")
@pytest.mark.parametrize("path", [a_case(path) for path in CORPUS])
def test_corpus_prints_and_parses_back(path: Path) -> None:
    component = decode(path.read_bytes())
    printed = print_component(component)
    assert plain(parse(Source(printed))) == plain(component)


def test_abbreviations() -> None:
    assert definitions('(component (import "f" (func $f (param "x" (list string)))))') == [
        s.TypeDef(t.List(Prim.STRING)),
        s.TypeDef(t.FuncType((t.Field("x", 0),), None)),
        s.Import(s.ExternName("f"), s.FuncDesc(1)),
    ]
    assert definitions('(component (func $f (export "e") (import "f")))') == [
        s.TypeDef(t.FuncType((), None)),
        s.Import(s.ExternName("f"), s.FuncDesc(0)),
        s.Export(s.ExternName("e"), s.SortIdx(s.Sort.FUNC, 0), None),
    ]
    assert definitions('(component (import "i" (instance $i)) (export "f" (func $i "a" "f")))')[2:] == [
        s.AliasExport(s.Sort.INSTANCE, 0, "a"),
        s.AliasExport(s.Sort.FUNC, 1, "f"),
        s.Export(s.ExternName("f"), s.SortIdx(s.Sort.FUNC, 0), None),
    ]
    nested = definitions("(component $C (type $t u8) (component (type (list $t)) (type (list $t))))")[1]
    assert isinstance(nested, s.NestedComponent)
    assert nested.component.definitions == (
        s.AliasOuter(s.Sort.TYPE, 1, 0),
        s.TypeDef(t.List(0)),
        s.TypeDef(t.List(0)),
    )


def test_identifiers_become_names() -> None:
    component = read('(component $c (type $t u8) (type $"two words" u8) (import "f" (func $f)))')
    assert names(component) == Names("c", {s.Sort.FUNC: {0: "f"}, s.Sort.TYPE: {0: "t", 1: "two words"}})
    assert plain(read(print_component(component))) == plain(component)
    assert decode(encode(component)) == component


def test_names_of_every_kind_survive() -> None:
    odd = Names("own name", {s.Sort.TYPE: {0: "x", 1: "x", 2: "", 3: 'q"'}, s.CoreSort.MODULE: {0: "m"}})
    module = s.CoreModule(b"\x00asm\x01\x00\x00\x00")
    types = [s.TypeDef(t.Named(Prim.U8))] * 4
    inner = s.Component((name_section(Names("inner")),))
    component = s.Component((*types, module, s.NestedComponent(inner), name_section(odd)))
    assert plain(read(print_component(component))) == plain(component)


def test_value_literals() -> None:
    text = """(component
      (type $r (record (field "a" bool) (field "b" (list u16))))
      (type $v (variant (case "x") (case "y" s32)))
      (value $a $r (record true (list 1 300)))
      (value $b $v (variant "y" -1))
      (value (option (result (error string))) (some (error "no")))
      (value (tuple u8 f32 f64 char) (tuple 255 1.5 nan 'e'))
      (value (flags "a" "b") (flags "b"))
      (value u8 (binary "\\07")))"""
    literals = [d.literal for d in definitions(text) if isinstance(d, s.ValueDef)]
    assert literals == [
        b"\x01\x02\x01\xac\x02",
        b"\x01\x7f",
        b"\x01\x01\x02no",
        b"\xff\x00\x00\xc0\x3f" + b"\x00" * 6 + b"\xf8\x7f" + b"e",
        b"\x02",
        b"\x07",
    ]
    with pytest.raises(Invalid, match="was not used"):
        validate(read(text), features=ALL_FEATURES)


@pytest.mark.parametrize(
    ("text", "words", "at"),
    [
        ("(component (type $t (list $u)))", "failed to find name `$u`", "$u"),
        ('(component (type $t u8) (import "t" (type $t (eq $t))))', "duplicate type identifier", "$t"),
        ("(component (type (list 1 2 3)))", "unexpected token", "3"),
        ('(component (import "a" (implements "a:b/c") (implements "a:b/c") (instance)))', "unexpected token", "(implements"),
        ('(component (import "x" (func $x)) (component (export "x" (func $x))))', "is not a module, type, or component", "$x"),
        ("(component (frob))", "expected `(core`", "(frob"),
    ],
)
def test_faults_have_a_place(text: str, words: str, at: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(text)
    assert words in caught.value.message
    assert isinstance(caught.value.where, Span)
    assert caught.value.where.text() == at


def test_validation_of_a_text_points_into_it() -> None:
    source = Source('(component\n  (type u8)\n  (import "Foo" (func)))')
    with pytest.raises(Invalid) as caught:
        validate(parse(source), place=lambda at: place(source, at))
    assert isinstance(caught.value.where, Span)
    assert source.line_column(caught.value.where.start) == (3, 3)


def test_skeleton() -> None:
    component = read('(component (core module $m (func)) (@custom "c" "data") (type u8))')
    printed = print_component(component, skeleton=True)
    assert "(core module $m (;0;) ...)" in printed
    assert '(@custom "c" ...)' in printed


def test_nesting_bombs() -> None:
    for open_, close in (
        ("(component ", ")"),
        ("(type (component ", "))"),
        ("(type (list ", "))"),
        ("(core type (module ", "))"),
    ):
        text = "(component " + open_ * 5000 + close * 5000 + ")"
        with pytest.raises((Malformed, Exhaustion)):
            read(text)
    with pytest.raises(Exhaustion):
        read("(component (type " + "(list " * 5000 + "u8" + ")" * 5000 + "))")


WORDS = """
    component core module instance func type import export alias outer canon lift lower list record field own borrow sub resource eq
    param result async instantiate with memory realloc interface implements rep i32 u8 string value start case $a $b 0 1 2
    "a" "a:b/c" "[method]a.b" (@custom
"""


@given(
    st.recursive(
        st.sampled_from(WORDS.split()),
        lambda inner: st.lists(inner, max_size=5).map(lambda parts: f"({' '.join(parts)})"),
        max_leaves=30,
    )
)
@settings(max_examples=300, deadline=None)
def test_random_text(text: str) -> None:
    for whole in (text, f"(component {text})", f"(component (type {text}))", f'(component (import "a" {text}))'):
        try:
            validate(read(whole), features=ALL_FEATURES)
        except (Malformed, Invalid, Exhaustion) as e:
            assert e.where is not None


def test_parsing_is_linear() -> None:
    def seconds(count: int) -> float:
        text = "(component " + '(type (record (field "a" (list u8)) (field "b" string)))\n' * count + ")"
        start = time.process_time()
        read(text)
        return time.process_time() - start

    seconds(1000)
    assert seconds(20_000) < 30 * seconds(2000)
