"""The language service: completion, hover, definition, references, rename, folding."""

import os
import random

import pytest

from pycm_core.abi.layout import alignment, elem_size, flatten_type
from pycm_core.base.source import Source
from pycm_core.component.types import Prim
from pycm_core.wit.language import document as one_text
from pycm_core.wit.resolve import Library
from pycm_core.wit.tokens import KEYWORDS, PRIMITIVES
from pycm_core.wit.words import explanation
from tests.wit.test_wit_verdicts import broken

LIBRARY = Library(
    [
        [
            Source(
                "package lib:io@1.0.0;\n/// Bytes that flow.\ninterface streams {\n  /// Where bytes come from.\n"
                "  resource input-stream { read: func() -> u8; }\n  type size = u64;\n}\nworld all { import streams; }\n",
                "lib.wit",
            )
        ]
    ],
    features=["*"],
)
TEXT = """package a:b;

/// Points and more.
interface shapes {
  use lib:io/streams@1.0.0.{input-stream, size as length};
  /// A point in space.
  record point { x: u32, y: length }
  /// Moves it.
  move: func(p: point, by: u32) -> point;
}

world w {
  use shapes.{point};
  import shapes;
  import draw: func(p: point) -> string;
}
"""


def document(text=TEXT):
    return one_text(text, "a.wit", LIBRARY)


def at(text, marked, nth=0):
    place = -1
    for _ in range(nth + 1):
        place = text.index(marked, place + 1)
    return place


def test_no_diagnostics():
    assert document().diagnostics == ()


@pytest.mark.parametrize(
    ("name", "nth", "text", "docs"),
    [
        ("point", 2, "record point {\n  x: u32,\n  y: length,\n}", "A point in space."),
        ("input-stream", 0, "resource input-stream;", "Where bytes come from."),
        ("shapes", 1, "interface a:b/shapes", "Points and more."),
        ("streams", 0, "interface lib:io/streams@1.0.0", "Bytes that flow."),
        ("move", 0, "move: func(p: point, by: u32) -> point;", "Moves it."),
        ("draw", 0, "draw: func(p: point) -> string;", None),
    ],
)
def test_hover(name, nth, text, docs):
    hover = document().hover(at(TEXT, name, nth))
    assert (hover.text, hover.docs) == (text, docs)


def test_definition():
    doc = document()
    found = doc.definition(TEXT.rindex("point"))
    assert (found.file, found.start) == ("a.wit", at(TEXT, "point {"))
    found = doc.definition(at(TEXT, "input-stream"))
    assert found.file == "lib.wit"
    assert doc.definition(at(TEXT, "x: u32")).start == at(TEXT, "x: u32")  # a field is where it is
    assert doc.definition(at(TEXT, "u32")) is None


def test_references_and_rename():
    doc = document()
    places = doc.references(at(TEXT, "point {"))
    assert [TEXT[p.start : p.end] for p in places] == ["point"] * 5
    edits = doc.rename(at(TEXT, "point {"), "record")
    renamed = TEXT
    for edit in reversed(edits):
        renamed = renamed[: edit.start] + edit.text + renamed[edit.end :]
    assert renamed.count("%record") == 5 and document(renamed).diagnostics == ()
    assert doc.rename(at(TEXT, "input-stream"), "other") == ()  # it is defined in another package
    assert doc.rename(at(TEXT, "point {"), "no good") == ()


@pytest.mark.parametrize(
    ("before", "expected", "absent"),
    [
        ("package a:b;\n", {"interface", "world", "use", "package"}, {"record", "u32"}),
        ("package a:b;\ninterface i {\n  ", {"record", "use", "resource", "type"}, {"import", "u32"}),
        ("package a:b;\nworld w {\n  ", {"import", "export", "include", "use"}, {"func"}),
        ("package a:b;\ninterface i { type q = u8; f: func(a: ", {"u32", "list", "string", "q"}, {"record"}),
        ("package a:b;\ninterface i { resource q; f: func(a: borrow<", {"q"}, {"record"}),
        ("package a:b;\ninterface j {}\ninterface i { use ", {"j", "lib:io/streams@1.0.0"}, {"record", "lib:io/all@1.0.0"}),
        ("package a:b;\nworld w { include ", {"lib:io/all@1.0.0"}, {"lib:io/streams@1.0.0"}),
        ("package a:b;\ninterface i { use lib:io/streams@1.0.0.{", {"input-stream", "size"}, {"record"}),
        ("package a:b;\ninterface i { use lib:io/streams@1.0.0.{size, in", {"input-stream"}, {"record"}),
        ("package a:b;\ninterface i { f: ", {"func", "async"}, {"u32"}),
        ("package a:b;\ninterface i { @", {"since", "unstable", "deprecated", "external-id"}, {"u32"}),
    ],
)
@pytest.mark.parametrize("after", ["", "\n}\n"])
def test_completion(before, after, expected, absent):
    found = {c.text for c in document(before + after).complete(len(before))}
    assert expected <= found
    assert not absent & found


def test_completion_replaces_the_word():
    text = "package a:b;\ninterface i { f: func(a: stri) }"
    found = {c.text: c for c in document(text).complete(text.index("stri") + 4)}
    assert text[found["string"].start : found["string"].end] == "stri"


def test_folding():
    folds = document().folding()
    assert [TEXT[:start].rsplit("\n", 1)[-1] for start, _ in folds] == ["interface shapes {", "world w {"]


@pytest.mark.parametrize("cut", range(0, len(TEXT), 7))
def test_every_prefix(cut):
    doc = document(TEXT[:cut])
    doc.complete(cut)
    doc.hover(cut)
    doc.references(cut)
    doc.outline()


@pytest.mark.parametrize(
    ("before", "expected", "absent"),
    [
        ("package a:b;\nworld v { import f: func(); export g: interface {} }\nworld w { include v with { ", {"f", "g"}, {"as"}),
        ("package a:b;\nworld v { import f: func(); import g: func(); }\nworld w { include v with { f as h, ", {"g"}, {"v"}),
        ("package a:b;\nworld v { import f: func(); }\nworld w { include v with { f as ", set(), {"f", "v"}),
        ("package a:b@1.2.0;\n@since(", {"version = 1.2.0", "version = "}, {"feature = "}),
        ("package a:b@1.2.0;\n@deprecated(version = ", {"1.2.0"}, set()),
        ("package a:b;\n@unstable(feature = one) interface i {}\n@unstable(feature = ", {"one"}, set()),
    ],
)
def test_completion_of_names_and_gates(before, expected, absent):
    found = {c.text for c in document(before).complete(len(before))}
    assert expected <= found
    assert not absent & found


@pytest.mark.parametrize(
    ("word", "docs"),
    [
        ("u32", "An unsigned integer of 32 bits, 0 to 4294967295. 4 bytes, aligned to 4; core `i32`."),
        ("string", "Unicode text. 8 bytes, aligned to 4: address and length; core `i32 i32`."),
        ("record", "Named fields, all of which are there, laid out one after another."),
        ("world", "What a component needs (`import`) and what it offers (`export`)."),
    ],
)
def test_hover_over_words(word, docs):
    hover = document().hover(TEXT.index(word))
    assert (hover.text, hover.docs) == (word, docs)


def test_every_word_is_explained():
    assert not [w for w in KEYWORDS | PRIMITIVES if explanation(w) is None]
    for word in PRIMITIVES - {"string"}:  # what is said about layout is so
        type_ = Prim(word)
        size, (flat,) = elem_size(type_), flatten_type(type_)
        assert f"{size} byte{'s' * (size > 1)}, aligned to {alignment(type_)}; core `{flat.value}`" in explanation(word)


def test_hover_over_members():
    text = "package a:b;\ninterface i {\n  record r {\n    /// Wide.\n    x: list<u8>,\n  }\n  variant v { none, some(r) }\n  flags f { on }\n}\n"
    doc = document(text)
    assert [
        (h.text, h.docs) for h in map(doc.hover, (text.index("x:"), text.index("none"), text.index("some"), text.index("on }")))
    ] == [
        ("x: list<u8>", "Wide."),
        ("none", None),
        ("some(r)", None),
        ("on", None),
    ]


def ask_everything(text):
    doc = document(text)
    doc.outline(), doc.folding()
    for offset in range(0, len(text) + 1, 3):
        doc.complete(offset), doc.hover(offset), doc.definition(offset), doc.references(offset)
        doc.renames(offset), doc.rename(offset, "new-name")


@pytest.mark.parametrize("seed", range(int(os.environ.get("PYCM_CASES", "40"))))
def test_no_position_of_any_text_raises(seed):
    """Accepted cases of `rules/` with words left out, doubled or moved: whatever is asked about any place, nothing comes out."""
    ask_everything(broken(random.Random(seed))[:1500])
