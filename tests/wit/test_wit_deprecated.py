"""Warnings about deprecated items of other packages: in one text, in a project, and by `pycm wit --check`."""

from pycm_core.api.command import main
from pycm_core.base.source import Source
from pycm_core.wit import check
from pycm_core.wit.resolve import Library
from pycm_core.wit.workspace import Workspace

OLD = """package lib:old@1.2.0;
@since(version = 1.0.0) @deprecated(version = 1.1.0) interface gone { @since(version = 1.0.0) type t = u8; }
@since(version = 1.0.0) interface kept {
  @since(version = 1.0.0) @deprecated(version = 1.2.0) type small = u8;
  @since(version = 1.0.0) type large = u64;
  @since(version = 1.0.0) type again = small;
}
"""
TEXT = """package a:b;
interface i { use lib:old/kept@1.2.0.{small, large}; f: func(a: small) -> large; }
world w { import lib:old/gone@1.2.0; import i; }
"""
EXPECTED = [
    ("small", "`small` is deprecated since version 1.2.0 of `lib:old`"),
    ("gone", "`gone` is deprecated since version 1.1.0 of `lib:old`"),
]


def shown(diagnostics):
    return [(TEXT[d.start : d.end], d.message) for d in diagnostics if d.severity == "warning"]


def test_a_text():
    assert shown(check(TEXT, deps=Library([[Source(OLD, "old.wit")]])).diagnostics) == EXPECTED


def test_a_project():
    workspace = Workspace()
    workspace.update({"a.wit": TEXT, "deps/old.wit": OLD})
    assert shown(workspace.diagnostics("a.wit")) == EXPECTED
    assert workspace.diagnostics("deps/old.wit") == ()


def test_the_command(tmp_path, capsys):
    (tmp_path / "deps").mkdir()
    (tmp_path / "a.wit").write_text(TEXT)
    (tmp_path / "deps" / "old.wit").write_text(OLD)
    assert main(["wit", "--check", str(tmp_path)]) == 0
    assert capsys.readouterr().err.count("is deprecated since version") == 2
