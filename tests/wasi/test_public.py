"""The public face, pinned; and that a run repeats."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import wasi_browser
from tests.wasi import corpus
from wasi_browser import Machine

DATA = corpus.manifest()


def test_the_public_face():
    assert wasi_browser.__all__ == [
        "Difference",
        "Entry",
        "Exit",
        "Folder",
        "HttpGrant",
        "Interrupted",
        "Limits",
        "Machine",
        "MemoryMount",
        "Network",
        "NetworkGrant",
        "Preopen",
        "RealMount",
        "Settings",
        "SymbolicLink",
        "Tree",
        "difference",
        "link",
        "run",
        "run_async",
        "tree_of",
        "zip_of",
    ]


def test_one_resource_type_has_one_identity():
    seen = {}
    for interface in wasi_browser.link(Machine()):
        for name, resource in interface.resources.items():
            assert seen.setdefault(resource.name, resource) is resource
            assert name in (resource.name, "io-error", "headers", "trailers")


def test_every_interface_bears_the_version():
    names = [interface.name for interface in wasi_browser.link(Machine())]
    assert len(set(names)) == len(names) == 31
    assert all(name.startswith("wasi:") and name.endswith("@0.2.12") for name in names)


@pytest.mark.skipif(not DATA["tests"], reason="the component corpus is absent (PYCM_SHARED)")
@pytest.mark.parametrize("name", ["py-write", "sqlite-file", "p1-ru-path_filestat", "fetch-big"])
def test_a_run_repeats(name, engine, component):
    test = next(test for test in DATA["tests"] if test["name"] == name)

    def once():
        machine = Machine(corpus.settings(test, DATA))
        corpus.run_command(engine, component(test["component"]), machine)
        return machine.stdout, machine.stderr, machine.tree(), machine.clock.now(), machine.secure.number()

    assert once() == once()


OUTSIDE = {
    "asyncio",
    "http",
    "js",
    "os",
    "pathlib",
    "pyodide",
    "select",
    "socket",
    "ssl",
    "subprocess",
    "threading",
    "time",
    "urllib",
}
"""What reaches outside; only `platform/` may."""


def imports(path):
    """The modules a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_walls():
    root = Path(wasi_browser.__file__).parent
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        room = inside.parts[0]
        for module in imports(path):
            where = f"{inside} imports {module}"
            assert room == "platform" or module.split(".")[0] not in OUTSIDE, where
            if room in ("vfs", "net", "http", "platform", "streams.py", "clock.py", "random.py", "terminal.py", "waiting.py"):
                assert not module.startswith(("wasi_browser.interfaces", "wasi_browser.machine", "pycm_core.runtime")), where
            if room in ("vfs", "streams.py", "clock.py", "random.py"):
                assert not module.startswith(("pycm_core", "wasi_browser.net", "wasi_browser.http")), where
