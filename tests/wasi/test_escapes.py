"""Nothing outside of a preopened directory can be seen or changed, whatever path or link a guest thinks of."""

from __future__ import annotations

from pathlib import Path

import pytest

from pycm_core.abi.values import Err, Ok, VariantValue
from wasi_browser import Folder, Preopen, SymbolicLink

PATHS = [line for line in (Path(__file__).parent / "escapes.txt").read_text().splitlines() if line and not line.startswith("#")]
FOLLOW, NO = frozenset({"symlink-follow"}), frozenset()
SECRET = b"the key to everything"
LINKS = {
    "up": "..",
    "upup": "../..",
    "abs": "/secret",
    "absdir": "/",
    "out": "../secret",
    "chain": "link1",
    "link1": "link2",
    "link2": "../secret",
    "dir/out": "../../secret",
    "dir/up": "../..",
    "self": ".",
    "selfup": "./..",
    "round": "dir/../../secret",
}


@pytest.fixture
def jail(guest):
    tree = {
        "/secret/key": SECRET,
        "/jail/in.txt": b"mine",
        "/jail/dir/deep": Folder(),
        **{f"/jail/{name}": SymbolicLink(target) for name, target in LINKS.items()},
    }
    g = guest(files=tree, preopens={"/": Preopen("/jail")})
    g.root = g("filesystem/preopens", "get-directories")[0][0]
    g.do = lambda function, *arguments: g("filesystem/types", f"descriptor.{function}", g.root, *arguments)
    return g


def attempts(path):
    """Every function that takes a path, in every way."""
    times = VariantValue("now"), VariantValue("now")
    for follow in (FOLLOW, NO):
        for open_flags in ((), ("create",), ("directory",), ("truncate",), ("create", "exclusive")):
            for flags in ({"read"}, {"read", "write"}, {"mutate-directory"}):
                yield "open-at", follow, path, frozenset(open_flags), frozenset(flags)
        yield "stat-at", follow, path
        yield "metadata-hash-at", follow, path
        yield "set-times-at", follow, path, *times
        yield "link-at", follow, path, "root", "stolen"
        yield "link-at", follow, "in.txt", "root", path
    yield "readlink-at", path
    yield "symlink-at", "in.txt", path
    yield "create-directory-at", path
    yield "rename-at", path, "root", "stolen"
    yield "rename-at", "in.txt", "root", path
    yield "unlink-file-at", path
    yield "remove-directory-at", path


def test_there_are_enough():
    assert len(set(PATHS)) == len(PATHS) >= 60


@pytest.mark.parametrize("path", PATHS)
def test_escape(jail, path):
    fs = jail.machine.fs
    outside = {id(fs.root), id(fs.root.entries["secret"]), id(fs.root.entries["secret"].entries["key"])}
    before = {p: e for p, e in jail.machine.tree().items() if not p.startswith("/jail")}
    times = [(n.modified, n.changed, n.links) for n in (fs.root, fs.root.entries["secret"])]
    refused = False
    for function, *arguments in attempts(path):
        answer = jail.do(function, *(jail.root if argument == "root" else argument for argument in arguments))
        refused = refused or answer == Err("not-permitted")
        if function == "open-at" and isinstance(answer, Ok):
            assert id(answer.value.node) not in outside
        if function in ("stat-at", "metadata-hash-at") and isinstance(answer, Ok):
            assert path.rstrip("/") in LINKS and arguments[0] is NO
        jail.do("unlink-file-at", "stolen")
        assert "stolen" not in fs.root.entries
    assert refused
    assert {p: e for p, e in jail.machine.tree().items() if not p.startswith("/jail")} == before
    assert [(n.modified, n.changed, n.links) for n in (fs.root, fs.root.entries["secret"])] == times
    assert fs.root.entries["secret"].entries["key"].data == SECRET


def test_links_made_by_the_guest(jail):
    for target in ("/", "/secret", "//secret/key"):
        assert jail.do("symlink-at", target, "made") == Err("not-permitted")
    for number, target in enumerate(("..", "../secret", "dir/../../secret", "./../secret/key", "up/secret")):
        name = f"made{number}"
        assert jail.do("symlink-at", target, name) == Ok()
        assert jail.do("stat-at", FOLLOW, name) == Err("not-permitted")
        assert jail.do("open-at", FOLLOW, f"{name}/key", NO, frozenset({"read"})) == Err("not-permitted")
        assert jail.do("create-directory-at", f"{name}/x") == Err("not-permitted")


def test_a_directory_moved_while_open(jail):
    deep = jail.do("open-at", NO, "dir/deep", NO, frozenset({"read"})).value
    assert jail.do("rename-at", "dir/deep", jail.root, "shallow") == Ok()
    for path in ("..", "../in.txt", "../../secret/key"):
        assert jail("filesystem/types", "descriptor.stat-at", deep, FOLLOW, path) == Err("not-permitted")


def test_odd_names_are_only_names(jail):
    for name in ("..\\secret", "...", "C:", "%2e%2e", "\u2025", ".. ", "..\u200b", "~", "-", "..;"):
        assert jail.do("stat-at", FOLLOW, f"{name}/key") == Err("no-entry")
        assert jail.do("create-directory-at", name) == Ok()
        assert f"/jail/{name}" in jail.machine.tree()
    for name in ("in.txt\0", "\0", "..\0/secret", "dir/\0"):
        assert jail.do("stat-at", FOLLOW, name) == Err("invalid")
