"""A guest that uses up its stack ends `pycm run` as a trap does, with 134, and not as a mistake of the caller, with 1."""

import pytest

from pycm_core.api.command import main

COMPONENT = """(component
  (core module $m (func $f (export "f") (result i32) (i32.add (call $f) (i32.const 1))))
  (core instance $i (instantiate $m))
  (func (export "f") (result u32) (canon lift (core func $i "f"))))"""


@pytest.mark.parametrize("engine", ["python", "wasmtime"])
def test_exit_code(engine, tmp_path, capsys):
    if engine == "wasmtime":
        pytest.importorskip("wasmtime")
    (tmp_path / "endless.wat").write_text(COMPONENT)
    assert main(["run", "--engine", engine, "--invoke", "f()", str(tmp_path / "endless.wat")]) == 134
    assert "call stack exhausted" in capsys.readouterr().err
