"""A text that is edited gives what the same text gives when it is parsed as a whole; what did not change is not parsed again."""

from importlib.resources import files

from hypothesis import given, settings
from hypothesis import strategies as st

from pycm_core.base.errors import Exhaustion
from pycm_core.base.limits import DEFAULT_LIMITS
from pycm_core.base.source import Source
from pycm_core.wit.edited import EditedText
from pycm_core.wit.parser import parse
from pycm_core.wit.pieces import cut
from pycm_core.wit.workspace import Workspace

WASI = sorted((p for p in files("wasi_browser.wit").joinpath("0.2", "io").iterdir()), key=lambda p: p.name)
SMALL = """package a:b@1.0.0;

/// Uses.
use c:d/e as f;

/// One.
@since(version = 1.0.0)
interface one {
  use f.{x, y as z};
  /// A point; with "a } quote" and { a brace.
  record point { a: u8, b: list<z> }
  enum colour { red, green }
  resource r {
    constructor(p: point);
    /* between { them */
    go: static func() -> own<r>;
  }
  @external-id("} ; {")
  move: func(p: point) -> result<_, string>;
}

package in:side {
  interface i { type t = u8; f: func(); }
}

world w {
  include v with { a as b }
  import g: interface { h: func(); }
  export one;
}
"""
TEXTS = [SMALL, *(p.read_text("utf-8") for p in WASI if p.name.endswith(".wit") and p.name != "streams.wit")]
BITS = ["{", "}", ";", "/*", "*/", "//", '"', "interface ", "\ninterface q {", "\nuse ", "@since(version = 1.0.0)\n", " ", "x", "u32",
        "record", "-", "%", "<", ">", "(", ")", ",", ":", "\n", "}\n\n", "resource ", "\nworld w {\n", "func", "->", "\ufeff", "é"]  # fmt: skip
EDITS = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 12), st.one_of(st.just(""), st.sampled_from(BITS))), max_size=6)


def placed(node, place):
    """A node with its offsets where they are in the text."""
    if hasattr(node, "_fields"):
        fields = {f: getattr(node, f) for f in node._fields}
        return (
            type(node).__name__,
            *(place(v) if f in ("start", "end") else placed(v, place) for f, v in fields.items()),
        )
    return tuple(placed(x, place) for x in node) if isinstance(node, tuple) else node


def docs(file, item, place):
    return [(place(c.start), c.text) for c in file.comments.get(item.start, ())]


@settings(max_examples=1200, deadline=None)
@given(st.sampled_from(TEXTS), EDITS)
def test_edited_and_parsed_as_a_whole_are_the_same(text, edits):
    edited = EditedText(text, "a.wit", DEFAULT_LIMITS)
    for at, drop, put in edits:
        at %= len(text) + 1
        text = text[:at] + put + text[at + drop :]
        edited.update(text)
        assert "".join(p.cut.text for p in edited.pieces) in (text, "")
        try:
            whole = parse(Source(text, "a.wit"))
        except Exhaustion as e:
            assert [str(x) for x in edited.errors] == [str(e)]
            return
        place = edited.scroll.place
        assert bool(edited.errors) == bool(whole.errors)
        if not whole.errors:
            assert placed(edited.file.items, place) == placed(whole.file.items, lambda index: index)
            for mine, theirs in zip(edited.file.items, whole.file.items, strict=True):
                assert docs(edited.file, mine, place) == docs(whole.file, theirs, lambda index: index)
        for error in edited.errors:
            assert 0 <= place(error.where.start) <= place(error.where.end) <= len(text)


def test_the_pieces_of_a_text():
    pieces = cut(SMALL)
    assert "".join(p.text for p in pieces) == SMALL
    assert [(p.inside, p.kind) for p in pieces] == [
        ((), "item"), ((), "item"), ((), "open"), *[(("interface",), "item")] * 5, (("interface",), "close"),
        ((), "open"), (("package",), "open"), *[(("package", "interface"), "item")] * 2, (("package", "interface"), "close"),
        (("package",), "close"), ((), "open"), *[(("world",), "item")] * 3, (("world",), "close"), ((), "item"),
    ]  # fmt: skip
    for broken in ("interface i {", "}", "interface i { /* }", 'interface i { @external-id("x }', "interface i {\nworld w {} }"):
        assert cut(broken) is None


def test_only_what_changed_is_parsed():
    edited = EditedText(SMALL, "a.wit", DEFAULT_LIMITS)
    before = {id(p) for p in edited.pieces}
    edited.update(SMALL.replace("red, green", "red, green, blue"))
    assert len([p for p in edited.pieces if id(p) not in before]) == 1 and edited.errors == []
    before = {id(p) for p in edited.pieces}
    edited.update("// moved\n" + edited.text)
    assert len([p for p in edited.pieces if id(p) not in before]) == 1


def test_the_scroll_is_begun_anew_before_it_grows_too_long():
    edited = EditedText("package a:b;\n", "a.wit", DEFAULT_LIMITS)
    for round in range(300):
        edited.update(f"package a:b;\n{'// ' + 'x' * 10_000}{round}\ninterface i {{}}\n")
        assert len(edited.scroll.text) < 1_000_000
    assert edited.errors == []


def test_lines_in_messages_are_those_of_the_text():
    workspace = Workspace()
    workspace.update({"a.wit": "package a:b;\n\ninterface i {\n  f: func();\n}\n"})
    workspace.update({"a.wit": "package a:b;\n\n\n\ninterface i {\n  f: func();\n"})
    (found,) = workspace.diagnostics("a.wit")
    assert found.hint == "the `{` of line 5 is not closed"


def test_files_come_and_go():
    workspace = Workspace()
    workspace.update({"a.wit": "package a:b;\nworld w { import i; }\n", "b.wit": "interface i {}\n"})
    assert [workspace.diagnostics(name) for name in workspace.texts] == [(), ()]
    workspace.update({"a.wit": "package a:b;\nworld w { import i; }\n"})
    assert [d.message for d in workspace.diagnostics("a.wit")] == ["interface or world `i` does not exist"]
    workspace.update({"b.wit": "interface i {}\n"})
    assert [d.message for d in workspace.diagnostics("b.wit")] == ["no `package` header was found"]
