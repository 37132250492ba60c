"""The command: what it prints, its exit codes, and that faults are told without tracebacks."""

import json

import pytest

from pycm_core.api.command import main

WIT = """package lab:b;

interface api {
  echo: func(s: string) -> string;
}

world w {
  export api;
}
"""


@pytest.fixture
def file(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_wit_of_a_text(file, capsys):
    assert main(["wit", file("w.wit", WIT)]) == 0
    assert "echo: func(s: string) -> string;" in capsys.readouterr().out


def test_wit_as_json(file, capsys):
    assert main(["wit", "--json", file("w.wit", WIT)]) == 0
    assert [w["name"] for w in json.loads(capsys.readouterr().out)["worlds"]] == ["w"]


def test_a_mistake_is_shown_where_it_is(file, capsys):
    path = file("bad.wit", WIT.replace("string;", "strnig;"))
    assert main(["wit", path]) == 1
    shown = capsys.readouterr().err
    assert f"--> {path}:4:28" in shown
    assert shown.splitlines()[4].index("^^^^^^") - shown.splitlines()[3].index("strnig") == 0


def test_a_core_module_is_told_from_a_component(file, capsys):
    assert main(["wit", file("m.wasm", b"\0asm\x01\0\0\0")]) == 1
    assert "core module" in capsys.readouterr().err


def test_truncated(file, capsys):
    assert main(["validate", file("c.wasm", b"\0asm\x0d\0\x01\0\x07\x7f")]) == 1
    assert "offset 0x" in capsys.readouterr().err


def test_valid_as_json(file, capsys):
    assert main(["validate", "--json", file("c.wasm", b"\0asm\x0d\0\x01\0")]) == 0
    assert json.loads(capsys.readouterr().out) == {"kind": "component", "valid": True}


def test_fault_as_json(file, capsys):
    assert main(["validate", "--json", file("c.wasm", b"\0asm\x0d\0\x01")]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "Malformed"


def test_no_such_file(tmp_path, capsys):
    assert main(["validate", str(tmp_path / "none.wasm")]) == 1
    assert "No such file" in capsys.readouterr().err


def test_no_such_file_as_json(tmp_path, capsys):
    assert main(["validate", "--json", str(tmp_path / "none.wasm")]) == 1
    assert "No such file" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_a_directory_without_scripts(tmp_path, capsys):
    assert main(["wast", str(tmp_path)]) == 1
    assert "there is no `.wast` file" in capsys.readouterr().err


def test_embedding_a_world_that_uses_built_in_packages(file, capsys):
    wit = file("w.wit", "package a:b;\nworld w { import wasi:cli/environment@0.2.0; export f: func(); }\n")
    module = file("m.wasm", b"")
    assert main(["component", "embed", "--dummy", wit, "-o", module]) == 0
    assert main(["component", "new", module, "-t"]) == 0
    assert '(import "wasi:cli/environment@0.2.0"' in capsys.readouterr().out


def test_unknown_feature(file, capsys):
    assert main(["validate", "--features", "nope", file("c.wasm", b"\0asm\x0d\0\x01\0")]) == 1
    assert "unknown feature `nope`" in capsys.readouterr().err


def test_usage():
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2


ADDER = """(component
  (core module $m (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  (core instance $i (instantiate $m))
  (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add"))))
"""


def test_text_to_binary_to_text(file, tmp_path, capsys):
    binary, text, again = tmp_path / "add.wasm", tmp_path / "add.wat", tmp_path / "again.wasm"
    assert main(["parse", file("a.wat", ADDER), "-o", str(binary)]) == 0
    assert main(["validate", str(binary)]) == 0
    assert main(["print", str(binary), "-o", str(text)]) == 0
    assert main(["parse", str(text), "-o", str(again)]) == 0
    assert main(["print", str(again)]) == 0
    assert capsys.readouterr().out == text.read_text()
    assert main(["wit", str(binary)]) == 0
    assert "export add: func(a: u32, b: u32) -> u32;" in capsys.readouterr().out


def test_nested_core_code_is_validated(file, capsys):
    assert main(["validate", file("a.wat", ADDER.replace("(result i32)", "(result i64)"))]) == 1
    assert "type mismatch" in capsys.readouterr().err


def test_a_script(file, capsys):
    script = file(
        "a.wast", f'{ADDER}(assert_invalid (component (export "a" (func 0))) "index out of bounds")\n(component binary "\\00")'
    )
    assert main(["wast", "--json", script]) == 1
    summary = json.loads(capsys.readouterr().out)
    assert summary["total"]["passed"] == 2 and summary["total"]["failed"] == 1
    assert [f["line"] for f in summary["files"][0]["failures"]] == [6]
    assert main(["wast", script]) == 1
    assert capsys.readouterr().out.endswith("2 passed, 1 failed, 0 skipped\n")


def test_objdump_of_a_component(file, capsys):
    assert main(["objdump", file("c.wat", '(component (type (enum "a")) (export "t" (type 0)))')]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ['0000-0004  magic: "\\00asm"', "0004-0006  version: 13", "0006-0008  layer: 1"]
    assert '000b-000f    type 0: (type (;0;) (enum "a"))' in lines


def test_objdump_of_a_core_module_as_json(file, capsys):
    assert main(["objdump", "--json", file("m.wasm", b"\0asm\x01\0\0\0")]) == 0
    dump = json.loads(capsys.readouterr().out)
    assert (dump["kind"], dump["size"]) == ("module", 8)
    assert dump["entries"][1] == {"start": 4, "end": 8, "depth": 0, "what": "version", "text": "1"}


def test_objdump_of_what_is_broken(file, capsys):
    assert main(["objdump", file("c.wasm", b"\0asm\x0d\0\x01\0\x07\x7f")]) == 1
    assert "offset 0x" in capsys.readouterr().err


def test_a_script_that_runs(file, capsys):
    pytest.importorskip("wasmtime")
    script = file("r.wast", f'{ADDER}(assert_return (invoke "add" (u32.const 1) (u32.const 2)) (u32.const 3))')
    assert main(["wast", script]) == 0
    assert capsys.readouterr().out == "1 passed, 0 failed, 1 skipped\n"
    assert main(["wast", "--engine", "wasmtime", script]) == 0
    assert capsys.readouterr().out == "2 passed, 0 failed, 0 skipped\n"


def test_wit_as_a_package_and_back(file, tmp_path, capsys):
    source = file("w.wit", WIT)
    assert main(["wit", source]) == 0
    printed = capsys.readouterr().out
    assert main(["wit", "--wasm", source, "-o", str(tmp_path / "w.wasm")]) == 0
    assert main(["wit", str(tmp_path / "w.wasm")]) == 0
    assert capsys.readouterr().out == printed
    assert main(["wit", "--check", source]) == 0
    assert capsys.readouterr().out == ""


def test_what_a_change_breaks(file, capsys):
    old, new = file("old.wit", WIT), file("new.wit", WIT.replace("s: string", "s: u8"))
    assert main(["wit", "diff", old, old]) == 0
    assert main(["wit", "diff", old, new]) == 1
    assert "breaking" in capsys.readouterr().out
    assert main(["wit", old, new]) == 1
    assert "expected one file" in capsys.readouterr().err


def test_what_is_neither_binary_nor_text(file, capsys):
    assert main(["validate", file("x.wasm", b"\xff\x1b[31m")]) == 1
    shown = capsys.readouterr().err
    assert "hint: this is neither a binary" in shown
    assert "\x1b" not in shown, "a terminal would obey"


RUN = '(instance $i (export "run" (func $f))) (export "wasi:cli/run@0.2.{}" (instance $i))'


@pytest.mark.parametrize(
    ("exports", "said"),
    [
        ("", "hint: call a function with `--invoke`; it exports f"),
        ('(instance $i (export "handle" (func $f))) (export "wasi:http/incoming-handler@0.2.0" (instance $i))', "`pycm serve`"),
    ],
)
def test_no_command(file, capsys, exports, said):
    assert main(["run", "--engine", "python", file("c.wat", COMMAND.format(exports))]) == 1
    assert said in capsys.readouterr().err


def test_a_command_of_several_versions(file):
    assert (
        main(["run", "--engine", "python", file("c.wat", COMMAND.format(RUN.format(0) + RUN.replace("$i", "$j").format(3)))]) == 0
    )


COMMAND = """(component
  (core module $m (func (export "run") (result i32) (i32.const 0)))
  (core instance $m (instantiate $m))
  (func $f (result (result)) (canon lift (core func $m "run")))
  (export "f" (func $f))
  {})
"""
