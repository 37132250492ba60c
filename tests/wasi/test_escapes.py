"""Nothing outside of a preopened directory can be seen or changed, whatever path or link a guest thinks of."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pycm_core.abi.values import Err, Ok, VariantValue
from wasi_browser import Folder, Preopen, SymbolicLink
from wasi_browser.platform.directory import RealMount

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


class Memory:
    """A jail in a file system in memory."""

    def __init__(self, guest, folder):
        tree = {
            "/secret/key": SECRET,
            "/jail/in.txt": b"mine",
            "/jail/dir/deep": Folder(),
            **{f"/jail/{name}": SymbolicLink(target) for name, target in LINKS.items()},
        }
        self.guest = guest(files=tree, preopens={"/": Preopen("/jail")})
        self.fs = self.guest.machine.fs

    def outside(self):
        """Everything a guest must neither see nor change: identities, and state."""
        secret = self.fs.root.entries["secret"]
        nodes = (self.fs.root, secret, secret.entries["key"])
        state = [(n.modified, n.changed, n.links) for n in nodes]
        return {(0, n.inode) for n in nodes}, (state, sorted(self.fs.root.entries), secret.entries["key"].data)


class Real:
    """The same in a real directory."""

    def __init__(self, guest, folder):
        self.folder = folder
        (folder / "secret").mkdir()
        (folder / "secret" / "key").write_bytes(SECRET)
        (folder / "jail" / "dir" / "deep").mkdir(parents=True)
        (folder / "jail" / "in.txt").write_bytes(b"mine")
        for name, target in LINKS.items():
            # what is absolute in the jail's world is so in ours
            absolute = str(folder) + target if target.startswith("/") else target
            (folder / "jail" / name).symlink_to(absolute)
        self.guest = guest(mounts={"/": RealMount(str(folder / "jail"), writable=True)})

    def outside(self):
        """Everything a guest must neither see nor change: identities, and state."""
        paths = (self.folder, self.folder / "secret", self.folder / "secret" / "key")
        stats = [path.lstat() for path in paths]
        state = [(s.st_mtime_ns, s.st_ctime_ns, s.st_nlink, s.st_size) for s in stats]
        names = sorted(path.name for path in self.folder.iterdir())
        return {(s.st_dev, s.st_ino) for s in stats}, (state, names, paths[2].read_bytes())


@pytest.fixture(params=[Memory, pytest.param(Real, marks=pytest.mark.skipif(sys.platform == "win32", reason="needs dir_fd"))])
def jail(request, guest, tmp_path):
    made = request.param(guest, tmp_path)
    g = made.guest
    g.outside = made.outside
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
    hidden, state = jail.outside()
    refused = False
    for function, *arguments in attempts(path):
        answer = jail.do(function, *(jail.root if argument == "root" else argument for argument in arguments))
        refused = refused or answer == Err("not-permitted")
        if function == "open-at" and isinstance(answer, Ok):
            assert answer.value.stat().identity not in hidden
            answer.value.close()
        if function in ("stat-at", "metadata-hash-at") and isinstance(answer, Ok):
            assert path.rstrip("/") in LINKS and arguments[0] is NO
        jail.do("unlink-file-at", "stolen")
    assert refused
    assert jail.outside() == (hidden, state)


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
        assert jail.do("stat-at", NO, name).value.type == "directory"
    for name in ("in.txt\0", "\0", "..\0/secret", "dir/\0"):
        assert jail.do("stat-at", FOLLOW, name) == Err("invalid")
