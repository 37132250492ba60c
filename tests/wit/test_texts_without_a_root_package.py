"""A workspace whose texts are all in folders has no root package: that is said, and nothing fails inside."""

from __future__ import annotations

import pytest

from pycm_core.wit.workspace import Workspace


@pytest.mark.parametrize("name", ["deps/x", "deps/a/b.wit", "deps/", "a/b/c", "demo:shapes/types@0.1.0#x"])
def test_texts_without_a_root_package(name: str) -> None:
    workspace = Workspace()
    workspace.update({name: "package a:b;\ninterface x {}\n"})
    (diagnostic,) = workspace.diagnostics(name)
    assert diagnostic.message == "main.wit:1: no `package` header was found"
    workspace.update({name: "package a:b;\ninterface x {}\n", "main.wit": "package c:d;\n"})
    assert workspace.diagnostics(name) == ()
