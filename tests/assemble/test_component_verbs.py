"""`pycm component embed` and `pycm component new` as commands."""

import json
from pathlib import Path

import pytest

from pycm_core.api import Component, Malformed, WitError, embed_world, new_component
from pycm_core.api.command import main
from pycm_core.component.syntax import Import
from pycm_core.wit import load
from tests.assemble.oracle import tool, unordered

PROGRAMS = Path(__file__).parent / "programs"
KIT = str(PROGRAMS / "kit.wit")


def test_from_module_to_component(tmp_path, capsys):
    module, component = tmp_path / "module.wasm", tmp_path / "component.wasm"
    assert main(["component", "embed", KIT, str(PROGRAMS / "kit.wasm"), "-o", str(module)]) == 0
    assert main(["component", "new", str(module), "-o", str(component), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["imports"] == ["demo:kit/log@1.2.3"]
    assert made["exports"] == ["greet", "demo:kit/shapes@1.2.3", "demo:kit/counters@1.2.3"]
    assert made["bytes"] == component.stat().st_size
    tool("validate", component)


def test_as_text(tmp_path, capsys):
    dummy, text = tmp_path / "dummy.wat", tmp_path / "component.wat"
    assert main(["component", "embed", KIT, "--dummy", "-t", "-o", str(dummy)]) == 0
    assert 'export "cm32p2||greet"' in dummy.read_text()
    module = tmp_path / "dummy.wasm"
    assert main(["component", "embed", KIT, "-w", "demo:kit/kit", "--dummy-names", "legacy", "-o", str(module)]) == 0
    assert main(["component", "new", str(module), "-t", "-o", str(text)]) == 0
    assert main(["validate", str(text)]) == 0


def test_renamed_imports(tmp_path, capsys):
    module, component = tmp_path / "module.wasm", tmp_path / "component.wasm"
    main(["component", "embed", KIT, "--dummy", "-o", str(module)])
    rename = ["--import-name", "demo:kit/log@1.2.3=demo:kit/log@2.0.0", "--import-name", "not:there/x=not:there/y"]
    assert main(["component", "new", str(module), *rename, "-o", str(component), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["imports"] == ["demo:kit/log@2.0.0"]


@pytest.mark.parametrize("encoding", ["utf8", "utf16", "compact-utf16"])
def test_string_encodings(encoding, tmp_path):
    module, component, theirs = tmp_path / "module.wasm", tmp_path / "component.wasm", tmp_path / "theirs.wasm"
    main(["component", "embed", KIT, "--dummy-names", "legacy", "--string-encoding", encoding, "-o", str(module)])
    assert main(["component", "new", str(module), "-o", str(component)]) == 0
    tool("component", "new", module, "-o", theirs)
    word = {"utf8": "string-encoding=utf8", "utf16": "string-encoding=utf16", "compact-utf16": "string-encoding=latin1+utf16"}[
        encoding
    ]
    assert tool("print", component).count(word) == tool("print", theirs).count(word) > 0


def test_only_custom(tmp_path):
    ours, theirs = tmp_path / "ours.wasm", tmp_path / "theirs.wasm"
    assert main(["component", "embed", KIT, "--only-custom", "-o", str(ours)]) == 0
    tool("component", "embed", KIT, "--only-custom", "-o", theirs)
    assert tool("component", "wit", ours) == tool("component", "wit", theirs)


def test_options_between_arguments(tmp_path):
    """As in the examples of wasm-tools."""
    module, component = str(tmp_path / "module.wasm"), str(tmp_path / "component.wasm")
    assert main(["component", "embed", KIT, "--world", "kit", str(PROGRAMS / "kit.wasm"), "-o", module]) == 0
    assert main(["component", "new", "-o", component, module]) == 0
    assert main(["wit", "diff", KIT, "--json", component, "-o", str(tmp_path / "diff.json")]) in (0, 1)


def test_which_world(tmp_path, capsys):
    wit = tmp_path / "two.wit"
    wit.write_text("package a:b; world one {} world two {}")
    out = str(tmp_path / "out.wasm")
    assert main(["component", "embed", str(wit), "--dummy", "-o", out]) == 1
    assert "has 2 worlds: `one`, `two`" in capsys.readouterr().err
    assert main(["component", "embed", str(wit), "--dummy", "-w", "three", "-o", out]) == 1
    assert "there are: `one`, `two`" in capsys.readouterr().err
    assert main(["component", "embed", str(wit), "--dummy", "-w", "a:b/two", "-o", out]) == 0


def test_versions_are_merged(tmp_path, capsys):
    """The main module and an older name: the newest version answers."""
    folder = tmp_path / "wit"
    (folder / "deps").mkdir(parents=True)
    for patch in (0, 3):
        text = f"package x:y@0.2.{patch}; interface i {{ resource r; f: func() -> r; {'g: func();' * (patch > 0)} }}"
        (folder / "deps" / f"y{patch}.wit").write_text(text)
    (folder / "w.wit").write_text("package a:b; world w { import x:y/i@0.2.0; import x:y/i@0.2.3; }")
    module, component = tmp_path / "module.wasm", tmp_path / "component.wasm"
    main(["component", "embed", str(folder), "--dummy-names", "legacy", "-o", str(module)])
    assert main(["component", "new", str(module), "-o", str(component), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["imports"] == ["x:y/i@0.2.3"]
    unmerged = ["--merge-imports-based-on-semver", "false"]
    assert main(["component", "new", str(module), *unmerged, "-o", str(component), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["imports"] == ["x:y/i@0.2.0", "x:y/i@0.2.3"]
    tool("validate", component)


def test_an_empty_folder_is_no_package(tmp_path, capsys):
    assert main(["wit", str(tmp_path)]) == 1
    assert "there is no `.wit` file" in capsys.readouterr().err


def test_only_standard_names(tmp_path, capsys):
    legacy, standard, out = tmp_path / "legacy.wasm", tmp_path / "standard.wasm", str(tmp_path / "out.wasm")
    main(["component", "embed", KIT, "--dummy-names", "legacy", "-o", str(legacy)])
    main(["component", "embed", KIT, "--dummy-names", "standard32", "-o", str(standard)])
    assert main(["component", "new", str(standard), "--reject-legacy-names", "-o", out]) == 0
    assert main(["component", "new", str(legacy), "-o", out]) == 0
    assert main(["component", "new", str(legacy), "--reject-legacy-names", "-o", out]) == 1
    assert "which is a name of the older scheme" in capsys.readouterr().err


def test_bytes_to_bytes():
    """The same as a library."""
    wit = load(KIT)
    module = embed_world((PROGRAMS / "kit.wasm").read_bytes(), wit)
    component = new_component(module, rename_imports={"demo:kit/log@1.2.3": "demo:kit/log@2.0.0"})
    imports = [x.name.name for x in Component(component).syntax.definitions if isinstance(x, Import)]
    assert imports == ["demo:kit/log@2.0.0"]
    with pytest.raises(WitError, match="there is no world `nope`"):
        embed_world(module, wit, "nope")
    with pytest.raises(Malformed):
        new_component(b"no module")


def test_targets(tmp_path, capsys):
    module, component, other = tmp_path / "module.wasm", tmp_path / "component.wasm", tmp_path / "other.wit"
    main(["component", "embed", KIT, str(PROGRAMS / "kit.wasm"), "-o", str(module)])
    main(["component", "new", str(module), "-o", str(component)])
    assert main(["component", "targets", KIT, str(component)]) == 0
    assert capsys.readouterr().out == "fits demo:kit/kit@1.2.3\n"
    other.write_text("package a:b; world w { export greet: func(loud: bool); export run: func(); }")
    assert main(["component", "targets", str(other), "-w", "w", str(component)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert "import demo:kit/log@1: the world does not provide `demo:kit/log@1`" in said
    assert "export run: the component does not export `run`" in said
    assert any(line.startswith("  wanted  ") and "(loud: bool)" in line for line in said)
    assert main(["component", "targets", str(other), str(component), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["fits"] is False
    assert main(["component", "targets", KIT, str(module)]) == 1
    assert "core module" in capsys.readouterr().err


def test_canonical_names(tmp_path, capsys):
    """🔗 `a:b/i@1` with `.2.3` beside it: it reads back as what it was, here and by wasm-tools, and modules need not know."""
    wit, module, component, package = (tmp_path / x for x in ("w.wit", "module.wasm", "component.wasm", "package.wasm"))
    wit.write_text(
        "package a:b@0.2.1; interface i { f: func(); } interface j { resource r; g: func(); } world w { import i; export j; import again: i; }"
    )
    option = "--emit-canonical-names"
    assert main(["component", "embed", str(wit), "--dummy-names", "legacy", option, "-o", str(module)]) == 0
    assert main(["component", "new", str(module), option, "-o", str(component)]) == 0
    assert main(["wit", str(wit), "--wasm", option, "-o", str(package)]) == 0
    for made in (component, package):
        text = tool("print", made)
        assert '"a:b/i@0.2"' in text and '"a:b/j@0.2"' in text and '(version-suffix ".1")' in text
        tool("validate", "--features", "all", made)
    assert tool("component", "wit", package) == tool("component", "wit", wit)
    assert main(["wit", str(component)]) == 0
    assert unordered(capsys.readouterr().out) == unordered(tool("component", "wit", component))
    assert "import a:b/i@0.2.1;" in tool("component", "wit", component)
