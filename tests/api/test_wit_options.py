"""The options of `pycm wit` that people know from wasm-tools: the same output."""

import subprocess

import pytest

from pycm_core.api.command import main
from tests.oracles import wasm_tools

WIT = """package a:b@1.0.0;
/// Types.
interface t { resource r; type n = u8; }
interface x { use t.{r}; f: func(a: r); }
interface y { use t.{n}; f: func(a: n); @unstable(feature = more) g: func(); }
interface z { use y.{n}; f: func(a: n); }
world w { use t.{n}; type m = n; import x; import y; import f: func(a: m); import l: y;
  export z; export g: func(a: m) -> n; export j: interface { h: func(); } }
world only { import t; import f: func(); import j: interface { use t.{n}; h: func() -> n; } }
"""


def theirs(*options):
    return subprocess.run([wasm_tools(), "component", "wit", *options], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def wit(tmp_path):
    path = tmp_path / "w.wit"
    path.write_text(WIT)
    return str(path)


@pytest.fixture
def component(tmp_path, wit):
    module, path = str(tmp_path / "module.wasm"), str(tmp_path / "component.wasm")
    assert main(["component", "embed", wit, "-w", "w", "--dummy-names", "legacy", "-o", module]) == 0
    assert main(["component", "new", module, "-o", path]) == 0
    return path


@pytest.mark.parametrize(
    "options",
    [
        ["--no-docs"],
        ["-j"],
        ["--all-features"],
        ["--features", "more"],
        ["--importize-world", "w"],
        ["--importize-world", "a:b/w@1.0.0", "--importize-out-world-name", "user"],
        ["--exportize-world", "only"],
        ["--exportize-world", "only", "--exportize-import", "f", "--exportize-out-world-name", "provider"],
        ["--merge-world-imports-based-on-semver", "w"],
    ],
)
def test_of_a_package(options, wit, capsys):
    assert main(["wit", wit, *options]) == 0
    assert capsys.readouterr().out.rstrip() == theirs(wit, *options).rstrip()


@pytest.mark.parametrize("options", [["--importize"], ["--importize", "--importize-out-world-name", "user"], ["-j"]])
def test_of_a_component(options, component, capsys):
    assert main(["wit", component, *options]) == 0
    assert capsys.readouterr().out.rstrip() == theirs(component, *options).rstrip()


def test_exportize_of_a_component(component, tmp_path, capsys):
    """What the component needs as a world to write a component for: it can be embedded."""
    assert main(["wit", component, "--exportize", "--out-dir", str(tmp_path / "out")]) == 0
    world = (tmp_path / "out" / "component.wit").read_text()
    assert "world root-exportized" in world
    assert "export f: func(a: m);" in world and "export a:b/x@1.0.0;" in world
    assert main(["component", "embed", str(tmp_path / "out"), "--dummy", "-o", str(tmp_path / "m.wasm")]) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--importize"], "`--importize` is for components"),
        (["--importize-world", "nope"], "there is no world `nope`"),
        (["--exportize-world", "only", "--exportize-import", "nope"], "world `only` has no import `nope`"),
        (["--importize-world", "w", "--importize-out-world-name", "only"], "has a world `only` already"),
    ],
)
def test_what_there_is_not(options, message, wit, capsys):
    assert main(["wit", wit, *options]) == 1
    assert message in capsys.readouterr().err


def test_every_package_as_a_file(component, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["wit", component, "--out-dir", str(out)]) == 0
    assert sorted(str(p.relative_to(out)) for p in out.rglob("*.wit")) == ["component.wit", "deps/b.wit"]
    capsys.readouterr()
    assert main(["wit", str(out)]) == 0
    assert capsys.readouterr().out == theirs(component) == theirs(out)


def test_text_of_the_binary(wit, tmp_path, capsys):
    text, binary, again = tmp_path / "w.wat", tmp_path / "w.wasm", tmp_path / "again.wasm"
    assert main(["wit", wit, "-t", "-o", str(text)]) == 0
    assert main(["wit", wit, "-w", "-o", str(binary)]) == 0
    assert main(["parse", str(text), "-o", str(again)]) == 0
    assert theirs(again) == theirs(binary) == theirs(wit)


def test_what_a_component_cannot_hold(tmp_path, capsys):
    path, out = tmp_path / "e.wit", tmp_path / "e.wasm"
    path.write_text("package a:b; interface i { record r {} }")
    assert main(["wit", str(path), "--wasm", "-o", str(out)]) == 1
    assert not out.exists()
    assert main(["wit", str(path), "--wasm", "--skip-validation", "-o", str(out)]) == 0
    assert out.exists()


@pytest.mark.parametrize("dash", [["-"], []])
def test_standard_input(dash, wit, monkeypatch, capsys):
    with open(wit) as file:
        monkeypatch.setattr("sys.stdin", file)
        assert main(["wit", *dash]) == 0
    assert capsys.readouterr().out == theirs(wit)


def test_versions_are_merged(tmp_path, capsys):
    text = """package a:b;
package x:y@0.2.0 { interface i { resource r; f: func() -> r; } }
package x:y@0.2.3 { interface i { resource r; f: func() -> r; g: func(); } }
world w { import x:y/i@0.2.0; import x:y/i@0.2.3; import j: interface { use x:y/i@0.2.0.{r}; k: func(a: r); } }
"""
    path = tmp_path / "w.wit"
    path.write_text(text)
    assert main(["wit", str(path), "--merge-world-imports-based-on-semver", "w"]) == 0
    world = capsys.readouterr().out.partition("package x:y")[0]
    assert world == theirs(str(path), "--merge-world-imports-based-on-semver", "w").partition("package x:y")[0]
    assert "x:y/i@0.2.0" not in world


def test_check_shows_every_error_and_warning(tmp_path, capsys):
    path = tmp_path / "w.wit"
    path.write_text("package a:b@1.0.0;\ninterface i { f: func(a: strnig); g: func() -> nope; }\ninterface i {}\n")
    assert main(["wit", "--check", str(path)]) == 1
    said = capsys.readouterr().err
    assert said.count("error: ") == 3
    assert "did you mean `string`?" in said and "note: first defined here" in said
    path.write_text("package a:b@1.0.0;\n@since(version = 1.0.0) interface i { f: func(); }\n")
    assert main(["wit", "--check", str(path)]) == 0
    assert capsys.readouterr().err.startswith("warning: `f` has no gate, and `i`, which it is in, has\n")
    assert main(["wit", "--check", str(tmp_path)]) == 0
    capsys.readouterr()
    path.write_text("package a:b@1.0.0;")
    assert main(["wit", "--check", str(path)]) == 0
    out = capsys.readouterr()
    assert (out.out, out.err) == ("", "")
