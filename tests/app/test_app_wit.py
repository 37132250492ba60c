"""What the editor asks while somebody types: checks of several texts, completion, hover with layout, definition, references, rename."""

import pytest
from app_corpus import Client

from app.failures import Failed
from app.messages import METHODS

SHAPES = """package lab:draw@1.0.0;

/// Where things are.
interface shapes {
  use wasi:io/streams@0.2.12.{input-stream};
  /// A point in the plane.
  record point { x: u8, y: f64, name: string }
  variant shape { dot(point), line(tuple<point, point>), nothing }
  read: func(from-here: borrow<input-stream>, at: point) -> result<list<shape>, string>;
}
"""
WORLD = "package lab:draw@1.0.0;\n\nworld drawing {\n  import base:kit/tools;\n  use shapes.{point};\n  export shapes;\n}\n"
KIT = "package base:kit;\ninterface tools { type colour = u32; }\n"
FILES = {"shapes.wit": SHAPES, "world.wit": WORLD, "deps/kit.wit": KIT}


@pytest.fixture(scope="module")
def client():
    return Client()


def ask(client, method, file, mark, nth=0, files=None, after=0, **more):
    files = FILES if files is None else files
    at = -1
    for _ in range(nth + 1):
        at = files[file].index(mark, at + 1)
    return client(method, files=files, file=file, at=at + after, **more)


def test_several_texts_are_one_project(client):
    answer = client("wit-check", files=FILES, file="world.wit")
    assert answer["diagnostics"] == {name: [] for name in FILES}
    assert [(i["kind"], i["name"]) for i in answer["outline"]] == [("world", "drawing")]
    assert answer["package"] == "lab:draw@1.0.0"


def test_a_mistake_is_told_where_it_is_and_what_else_to_look_at(client):
    files = {**FILES, "world.wit": WORLD.replace("export shapes", "export shape") + "interface shapes {}\n"}
    found = client("wit-check", files=files, file="world.wit")["diagnostics"]
    (twice,) = [d for d in found["world.wit"] if "more than once" in d["message"]]
    (related,) = twice["related"]
    assert related["file"] == "shapes.wit" and SHAPES[related["start"] : related["end"]] == "shapes"
    (unknown,) = [d for d in found["world.wit"] if "`shape`" in d["message"]]
    assert files["world.wit"][unknown["start"] : unknown["end"]] == "shape" and unknown["hint"] == "did you mean `shapes`?"


def test_completion_knows_the_built_in_packages(client):
    files = {"a.wit": "package a:b;\nworld w {\n  import wasi:io/str\n}\n"}
    answer = ask(client, "wit-complete", "a.wit", "wasi:io/str", files=files, after=11)
    items = {item["text"]: item for item in answer["items"]}
    assert files["a.wit"][answer["start"] : answer["end"]] == "wasi:io/str"
    assert items["wasi:io/streams@0.2.12"]["kind"] == "interface"
    assert items["wasi:io/streams@0.2.12"]["docs"].startswith("WASI I/O is an I/O abstraction API")
    assert "wasi:cli/stdout@0.3.0" in items
    types = ask(client, "wit-complete", "shapes.wit", "u8", after=1)["items"]
    assert {"u8", "list", "shape", "input-stream"} <= {t["text"] for t in types}


@pytest.mark.parametrize("cursor", ["// wasi:io/", "/// text", "/* a "])
def test_nothing_is_completed_in_a_comment(client, cursor):
    files = {"a.wit": f"package a:b;\nworld w {{\n  {cursor}"}
    assert client("wit-complete", files=files, file="a.wit", at=len(files["a.wit"]))["items"] == []


def test_hover_shows_docs_and_layout(client):
    hover = ask(client, "wit-hover", "world.wit", "point")["hover"]
    assert hover["text"].startswith("record point {") and hover["docs"] == "A point in the plane."
    layout = hover["layout"]
    assert (layout["size"], layout["align"], layout["flat"]) == (24, 8, ["i32", "f64", "i32", "i32"])
    assert [(p["name"], p["type"], p["offset"], p["size"]) for p in layout["parts"]] == [
        ("x", "u8", 0, 1),
        ("y", "f64", 8, 8),
        ("name", "string", 16, 8),
    ]
    shape = ask(client, "wit-hover", "shapes.wit", "shape ")["hover"]["layout"]
    assert (shape["size"], shape["align"], len(shape["flat"])) == (56, 8, 9)
    assert [(p["name"], p["offset"], p["size"]) for p in shape["parts"]] == [("dot", 8, 24), ("line", 8, 48), ("nothing", 8, 0)]
    read = ask(client, "wit-hover", "shapes.wit", "read")["hover"]
    assert read["core"] == "(i32, i32, f64, i32, i32) → i32" and read["layout"] is None
    assert ask(client, "wit-hover", "shapes.wit", "input-stream")["hover"]["layout"] is None
    assert ask(client, "wit-hover", "shapes.wit", ";")["hover"] is None


def test_what_nests_too_much_has_no_layout(client):
    lines = ["package a:b;", "interface i {", "  record r0 { a: u64, b: u64 }"]
    lines += [f"  record r{n} {{ a: r{n - 1}, b: r{n - 1} }}" for n in range(1, 60)]
    files = {"a.wit": "\n".join([*lines, "  type huge = list<list<u8, 4000000000>, 4000000000>;", "}", ""])}
    assert ask(client, "wit-hover", "a.wit", "r59", files=files)["hover"]["layout"] is None
    assert ask(client, "wit-hover", "a.wit", "huge", files=files)["hover"]["layout"] is None
    assert ask(client, "wit-hover", "a.wit", "r3 ", files=files)["hover"]["layout"]["size"] == 128


def test_definitions_lead_into_built_in_packages(client):
    found = ask(client, "wit-definition", "shapes.wit", "input-stream")["location"]
    assert found["file"] == "wasi:io@0.2.12/streams.wit" and found["built_in"]
    text = client("wit-source", name=found["file"])["text"]
    assert text[found["start"] : found["end"]] == "input-stream" and found["preview"] == "resource input-stream {"
    here = ask(client, "wit-definition", "world.wit", "point")["location"]
    assert (here["file"], here["line"], here["built_in"]) == ("shapes.wit", 7, False)
    assert ask(client, "wit-definition", "world.wit", "world")["location"] is None
    files = {"a.wit": "package a:b;\ninterface i { use wasi:io/poll@0.2.5.{pollable}; }"}
    earlier = ask(client, "wit-definition", "a.wit", "pollable", files=files)["location"]
    assert "package wasi:io@0.2.5;" in client("wit-source", name=earlier["file"])["text"]


def test_hover_explains_words_also_where_nothing_resolves(client):
    files = {"a.wit": "package a:b;\ninterface i { f: func(a: u32) -> nowhere; }\n"}
    for word, start in (("u32", "An unsigned integer"), ("func", "A function"), ("interface", "Types and functions")):
        hover = ask(client, "wit-hover", "a.wit", word, files=files)["hover"]
        assert hover["text"] == word and hover["docs"].startswith(start) and hover["layout"] is None


def test_references_and_rename_go_through_all_texts(client):
    places = ask(client, "wit-references", "world.wit", "point")
    assert [p["file"] for p in places["locations"]] == ["world.wit"] + ["shapes.wit"] * 5 and places["total"] == 6
    asked = ask(client, "wit-rename", "world.wit", "point")
    assert WORLD[asked["start"] : asked["end"]] == "point" and asked["problem"] is None and asked["edits"] == []
    edits = ask(client, "wit-rename", "world.wit", "point", name="record")["edits"]
    files = dict(FILES)
    for edit in sorted(edits, key=lambda e: (e["file"], -e["start"])):
        text = files[edit["file"]]
        files[edit["file"]] = text[: edit["start"]] + edit["text"] + text[edit["end"] :]
    assert len(edits) == 6 and files["shapes.wit"].count("%record") == 5
    assert client("wit-check", files=files, file="world.wit")["diagnostics"]["shapes.wit"] == []
    assert "identifier" in ask(client, "wit-rename", "world.wit", "point", name="no good")["problem"]
    taken = ask(client, "wit-rename", "world.wit", "point", name="shape")
    assert taken["edits"] == [] and taken["problem"] == "with that name, `shape` is defined more than once"
    assert (
        ask(client, "wit-rename", "shapes.wit", "y:", name="X")["problem"] == "with that name, `X` differs only in case from `x`"
    )
    assert "these texts define" in ask(client, "wit-rename", "shapes.wit", "input-stream", name="other")["problem"]


def test_format(client):
    assert client("wit-format", text="package a:b; interface i{f:func();}")["text"] == (
        "package a:b;\n\ninterface i {\n  f: func();\n}\n"
    )
    with pytest.raises(Failed) as caught:
        client("wit-format", text="package a:b; interface {")
    assert caught.value.failure["kind"] == "WitError"


def test_a_file_that_is_not_there(client):
    for method in METHODS:
        if method.startswith("wit-") and method not in ("wit-format", "wit-source"):
            with pytest.raises(Failed, match="no text"):
                client(method, files=FILES, file="x.wit", at=0)
    with pytest.raises(Failed, match="no built-in text"):
        client("wit-source", name="../../etc/passwd")


def test_deps_that_a_project_brings_come_before_the_built_in_ones(client):
    files = {
        "a.wit": "package a:b;\ninterface i { use wasi:io/streams@0.2.12.{mine}; }\n",
        "deps/io/streams.wit": "package wasi:io@0.2.12;\ninterface streams { type mine = u8; }\n",
    }
    assert client("wit-check", files=files, file="a.wit")["diagnostics"]["a.wit"] == []
